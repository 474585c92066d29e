#include "effects.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE (64 * 1024)

/* Strings live in blocks that never move, so an effect's pointers stay good until the list is cleared. */
struct effects_block {
	struct effects_block *next;
	size_t used, size;
	char   bytes[];
};

/* What a caller writes to when memory ran out; `failed` tells the edge. */
static struct effect discarded;

struct effect *effects_add(struct effects *effects, enum effect_kind kind)
{
	struct effect *effect;

	if (effects->count == effects->size) {
		size_t size = effects->size ? effects->size * 2 : 64;
		struct effect *grown = realloc(effects->at, size * sizeof(*grown));

		if (!grown) {
			effects->failed = true;
			return &discarded;
		}
		effects->at = grown;
		effects->size = size;
	}
	effect = &effects->at[effects->count++];
	*effect = (struct effect){ .kind = kind, .topic = "", .payload = "" };
	return effect;
}

const char *effects_copy(struct effects *effects, const void *bytes, size_t len)
{
	struct effects_block *block = effects->blocks;
	char *copy;

	if (!block || block->size - block->used <= len) {
		size_t size = len + 1 > BLOCK_SIZE ? len + 1 : BLOCK_SIZE;

		block = malloc(sizeof(*block) + size);
		if (!block) {
			effects->failed = true;
			return "";
		}
		*block = (struct effects_block){ .next = effects->blocks, .size = size };
		effects->blocks = block;
	}
	copy = block->bytes + block->used;
	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	block->used += len + 1;
	return copy;
}

struct effect *effects_publish(struct effects *effects, uint64_t connection, enum message_role role,
                               const char *topic, const void *payload, size_t payload_len, int qos)
{
	struct effect *effect = effects_add(effects, EFFECT_PUBLISH);

	effect->connection = connection;
	effect->role = role;
	effect->topic = effects_copy(effects, topic, strlen(topic));
	effect->payload = effects_copy(effects, payload, payload_len);
	effect->payload_len = payload_len;
	effect->qos = qos;
	return effect;
}

struct effect *effects_kick(struct effects *effects, uint64_t connection)
{
	struct effect *effect = effects_add(effects, EFFECT_KICK);

	effect->connection = connection;
	return effect;
}

struct effect *effects_answer(struct effects *effects, uint64_t ticket, int status, const char *body, size_t len)
{
	struct effect *effect = effects_add(effects, EFFECT_ANSWER);

	effect->ticket = ticket;
	effect->status = status;
	effect->payload = effects_copy(effects, body, len);
	effect->payload_len = len;
	return effect;
}

void effects_cut(struct effects *effects, size_t count)
{
	if (count < effects->count)
		effects->count = count;
}

void effects_clear(struct effects *effects)
{
	/* One block stays, so that a busy turn after another allocates nothing. */
	while (effects->blocks && effects->blocks->next) {
		struct effects_block *next = effects->blocks->next;

		free(effects->blocks);
		effects->blocks = next;
	}
	if (effects->blocks)
		effects->blocks->used = 0;
	effects->count = 0;
	effects->failed = false;
}

void effects_free(struct effects *effects)
{
	effects_clear(effects);
	free(effects->blocks);
	free(effects->at);
	*effects = (struct effects){ 0 };
}

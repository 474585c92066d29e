#include "kept.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_MAX 5000          /* devices times operations */

struct kept {
	UT_hash_handle hh;
	char  *first, *newest;
	size_t first_len, newest_len;
	char   key[];              /* PK/DN and operation */
};

static void key_of(struct happening *happening, struct text *key)
{
	text_addf(key, "%s\n%s", happening_key(happening, PER_DEVICE), happening->operation);
}

static char *copy(const char *bytes, size_t len)
{
	char *made = malloc(len + 1);

	if (made && len)
		memcpy(made, bytes, len);
	return made;
}

void kept_add(struct scenarios *engine, struct happening *happening)
{
	struct text key = { 0 };
	struct kept *kept = NULL;
	char *bytes = copy(happening->payload, happening->payload_len);

	key_of(happening, &key);
	HASH_FIND(hh, engine->kept, text_string(&key), key.len, kept);
	if (!kept && bytes && HASH_COUNT(engine->kept) < KEPT_MAX) {
		kept = calloc(1, sizeof(*kept) + key.len + 1);
		if (kept) {
			memcpy(kept->key, text_string(&key), key.len + 1);
			kept->first = copy(happening->payload, happening->payload_len);
			kept->first_len = happening->payload_len;
			HASH_ADD_KEYPTR(hh, engine->kept, kept->key, key.len, kept);
		}
	}
	text_free(&key);
	if (!kept || !bytes) {
		free(bytes);
		return;
	}
	free(kept->newest);
	kept->newest = bytes;
	kept->newest_len = happening->payload_len;
}

bool kept_find(struct scenarios *engine, struct happening *happening, bool first, const char **payload, size_t *len)
{
	struct text key = { 0 };
	struct kept *kept = NULL;

	key_of(happening, &key);
	HASH_FIND(hh, engine->kept, text_string(&key), key.len, kept);
	text_free(&key);
	if (!kept)
		return false;
	*payload = first ? kept->first : kept->newest;
	*len = first ? kept->first_len : kept->newest_len;
	return *payload;
}

void kept_free(struct scenarios *engine)
{
	struct kept *kept, *next;

	HASH_ITER(hh, engine->kept, kept, next) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): uthash frees its table with the last element, when the head is NULL */
		HASH_DELETE(hh, engine->kept, kept);
		free(kept->first);
		free(kept->newest);
		free(kept);
	}
}

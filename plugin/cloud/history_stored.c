#include "history_stored.h"

#include <string.h>

/*
 * A sample: a byte of flags; unless SAME, device and time; the name with its NUL if SPELLED, otherwise a byte, the place of
 * that name among those that were; the value with its NUL.
 */
enum stored_flags {
	CURRENT = 1,     /* it became the property's value */
	SAME    = 2,     /* device and time are those of the sample before it, as they are within a post */
	NONE    = 4,     /* memory was short, nothing follows; it keeps the count right */
	EVENT   = 8,
	SPELLED = 16,
	FLAGS   = 31,
};

struct origin {          /* as it stands in memory: state files stay with machines of one byte order */
	int64_t device, time_ms;
};

/* Names of a post come in the order of the post before. */
static int name_find(struct stored_before *before, const char *name)
{
	size_t i;

	for (i = 0; i < before->count; i++) {
		size_t place = (before->next + i) % before->count;

		if (!strcmp(before->names[place], name)) {
			before->next = place + 1;
			return (int)place;
		}
	}
	return -1;
}

static void name_add(struct stored_before *before, const char *name)
{
	if (before->count < STORED_NAMES)
		before->names[before->count++] = name;
	before->next = 0;
}

void stored_write(struct stored_before *before, const struct history_sample *sample, size_t value_size, struct text *out)
{
	unsigned char head[2] = { NONE };
	struct origin origin;
	int name;

	if (!sample) {
		text_add_bytes(out, head, 1);
		return;
	}
	name = name_find(before, sample->name);
	head[0] = (unsigned char)((sample->current ? CURRENT : 0) | (sample->kind == SAMPLE_EVENT ? EVENT : 0) | (name < 0 ? SPELLED : 0));
	head[1] = (unsigned char)name;
	if (sample->device == before->device && sample->time_ms == before->time_ms) {
		head[0] |= SAME;
		text_add_bytes(out, head, name < 0 ? 1 : 2);
	} else {
		origin = (struct origin){ sample->device, sample->time_ms };
		text_add_bytes(out, head, 1);
		text_add_bytes(out, &origin, sizeof(origin));
		if (name >= 0)
			text_add_bytes(out, head + 1, 1);
	}
	if (name < 0) {
		text_add_bytes(out, sample->name, strlen(sample->name) + 1);
		name_add(before, sample->name);
	}
	text_add_bytes(out, sample->value, value_size);
	before->device = sample->device;
	before->time_ms = sample->time_ms;
}

/* The next `size` bytes, NULL when there are fewer. */
static const char *take(const char **at, size_t *left, size_t size)
{
	const char *taken = *at;

	if (*left < size)
		return NULL;
	*at += size;
	*left -= size;
	return taken;
}

/* … and all up to the next NUL, with it. */
static const char *take_string(const char **at, size_t *left)
{
	return take(at, left, strnlen(*at, *left) + 1);
}

static bool take_origin(struct stored_before *before, const char **at, size_t *left)
{
	const char *place = take(at, left, sizeof(struct origin));
	struct origin origin;

	if (!place)
		return false;
	memcpy(&origin, place, sizeof(origin));
	before->device = origin.device;
	before->time_ms = origin.time_ms;
	return true;
}

static const char *take_name(struct stored_before *before, bool spelled, const char **at, size_t *left)
{
	const char *name;

	if (spelled) {
		name = take_string(at, left);
		if (name)
			name_add(before, name);
		return name;
	}
	name = take(at, left, 1);
	return name && (unsigned char)*name < before->count ? before->names[(unsigned char)*name] : NULL;
}

bool stored_read(struct stored_before *before, const char **at, size_t *left, struct history_sample *out)
{
	const char *head = take(at, left, 1);
	unsigned flags = head ? (unsigned char)*head : ~0u;

	if (flags & ~(unsigned)FLAGS)
		return false;
	*out = (struct history_sample){ 0 };
	if (flags & NONE)
		return true;
	if (!(flags & SAME) && !take_origin(before, at, left))
		return false;
	*out = (struct history_sample){
		.device = before->device, .time_ms = before->time_ms, .kind = flags & EVENT ? SAMPLE_EVENT : SAMPLE_PROPERTY,
		.current = flags & CURRENT,
	};
	out->name = take_name(before, flags & SPELLED, at, left);
	out->value = out->name ? take_string(at, left) : NULL;
	return out->value != NULL;
}

/* --- format 1: each name spelled, behind lengths --- */

struct head_1 {
	uint32_t value_len;
	uint16_t name_len;
	uint8_t  kind;
	uint8_t  flags;      /* CURRENT, SAME, NONE */
};

bool stored_read_1(struct stored_before *before, const char **at, size_t *left, struct history_sample *out)
{
	const char *place = take(at, left, sizeof(struct head_1));
	struct head_1 head;

	if (!place)
		return false;
	memcpy(&head, place, sizeof(head));
	if (head.flags & ~(CURRENT | SAME | NONE) || head.kind > SAMPLE_EVENT)
		return false;
	*out = (struct history_sample){ 0 };
	if (head.flags & NONE)
		return true;
	if (!(head.flags & SAME) && !take_origin(before, at, left))
		return false;
	*out = (struct history_sample){
		.device = before->device, .time_ms = before->time_ms, .kind = (enum sample_kind)head.kind, .current = head.flags & CURRENT,
	};
	out->name = take_string(at, left);
	out->value = out->name ? take_string(at, left) : NULL;
	return out->value != NULL;
}

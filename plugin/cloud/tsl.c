#include "tsl_private.h"

#include <stdlib.h>
#include <string.h>

const char *tsl_type_name(enum tsl_type type)
{
	static const char *const names[TSL_TYPES] = {
		[TSL_INT] = "int", [TSL_LONG] = "long", [TSL_FLOAT] = "float", [TSL_DOUBLE] = "double",
		[TSL_TEXT] = "text", [TSL_BOOL] = "bool", [TSL_ENUM] = "enum", [TSL_DATE] = "date",
		[TSL_STRUCT] = "struct", [TSL_ARRAY] = "array",
	};

	return names[type];
}

bool tsl_type_in_array(enum tsl_type type)
{
	return type == TSL_INT || type == TSL_FLOAT || type == TSL_DOUBLE || type == TSL_TEXT || type == TSL_STRUCT;
}

/* --- memory: a model is built once and dies at once --- */

struct tsl_block {
	struct tsl_block *next;
	size_t            size, used;
	max_align_t       bytes[];
};

#define BLOCK_SIZE 8192

void *tsl_alloc(struct tsl *tsl, size_t size)
{
	struct tsl_block *block = tsl->blocks;
	char *found;

	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (!block || block->size - block->used < size) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		block = calloc(1, sizeof(*block) + room);
		if (!block)
			return NULL;
		block->size = room;
		block->next = tsl->blocks;
		tsl->blocks = block;
	}
	found = (char *)block->bytes + block->used;
	block->used += size;
	return found;
}

void tsl_free(struct tsl *tsl)
{
	struct tsl_block *block, *next;

	if (!tsl)
		return;
	for (block = tsl->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
	free(tsl);
}

/* --- finding features: rows sorted by name, because a report names up to 200 of them --- */

struct entry {
	const char *name;
	size_t      len, row;
};

struct tsl_index {
	struct entry *properties, *events, *services;
};

static int entry_compare(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->name, b->name, a->len);
}

/* The rows are structs of `stride` bytes that begin with their identifier. */
static bool entries_build(struct tsl *tsl, struct entry **entries, const void *rows, size_t count, size_t stride)
{
	*entries = tsl_alloc(tsl, count * sizeof(**entries));
	if (!*entries)
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *name = *(char *const *)(const void *)((const char *)rows + i * stride);

		(*entries)[i] = (struct entry){ .name = name, .len = strlen(name), .row = i };
	}
	qsort(*entries, count, sizeof(**entries), entry_compare);
	return true;
}

bool tsl_index_build(struct tsl *tsl)
{
	struct tsl_index *index = tsl->index = tsl_alloc(tsl, sizeof(*index));

	return index &&
	       entries_build(tsl, &index->properties, tsl->properties, tsl->property_count, sizeof(*tsl->properties)) &&
	       entries_build(tsl, &index->events, tsl->events, tsl->event_count, sizeof(*tsl->events)) &&
	       entries_build(tsl, &index->services, tsl->services, tsl->service_count, sizeof(*tsl->services));
}

static int entry_find(const struct entry *entries, size_t count, const char *name, size_t len)
{
	struct entry key = { .name = name, .len = len };
	const struct entry *found = bsearch(&key, entries, count, sizeof(*entries), entry_compare);

	return found ? (int)found->row : -1;
}

int tsl_find_property(const struct tsl *tsl, const char *name, size_t len)
{
	return entry_find(tsl->index->properties, tsl->property_count, name, len);
}

int tsl_find_event(const struct tsl *tsl, const char *name, size_t len)
{
	return entry_find(tsl->index->events, tsl->event_count, name, len);
}

int tsl_find_service(const struct tsl *tsl, const char *name, size_t len)
{
	return entry_find(tsl->index->services, tsl->service_count, name, len);
}

static bool is_name(const char *name, const char *bytes, size_t len)
{
	return strlen(name) == len && !memcmp(name, bytes, len);
}

bool tsl_has_module(const struct tsl *tsl, const char *name, size_t len)
{
	for (size_t i = 0; i < tsl->module_count; i++)
		if (is_name(tsl->modules[i].identifier, name, len))
			return true;
	return false;
}

int tsl_find_field(const struct tsl_field *fields, size_t count, const char *name, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (is_name(fields[i].identifier, name, len))
			return (int)i;
	return -1;
}

/* --- messages --- */

const char *tsl_clip(const char *bytes, size_t len, char buf[static TSL_EXCERPT_SIZE])
{
	static const char more[] = "…";
	const size_t room = 40;
	size_t shown = len;

	if (len > room)
		for (shown = room; shown && (bytes[shown] & 0xC0) == 0x80; shown--)
			;   /* cut in front of a character, not inside it */
	memcpy(buf, bytes, shown);
	memcpy(buf + shown, more, shown < len ? sizeof(more) : 0);
	buf[shown + (shown < len ? sizeof(more) - 1 : 0)] = '\0';
	return buf;
}

const char *tsl_excerpt(struct json value, char buf[static TSL_EXCERPT_SIZE])
{
	size_t len;
	const char *span = json_span(value, &len);

	if (json_is(value, JSON_OBJECT) || json_is(value, JSON_ARRAY))
		len = 0;
	return tsl_clip(span, len, buf);
}

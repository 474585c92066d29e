/* JSON paths as scenario files write them: `$`, `$.a.b`, `$.list[0]`, `$['a b']`. No wildcards. */
#ifndef ALINK_SCENARIO_PATH_H
#define ALINK_SCENARIO_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "json.h"
#include "text.h"

struct path_step {
	const char *name;      /* of a member; NULL: an element */
	size_t      index;
};

struct path {
	const char       *text;      /* as written */
	struct path_step *steps;
	size_t            count;
};

/* False, with what is wrong (static text), when it is none. Depth and names are bounded as in JSON documents. */
bool path_read(struct path *path, const char *text, struct arena *arena, const char **wrong);

/* Absent when the document has no such value. */
struct json path_get(const struct path *path, struct json root);

/*
 * Appends the document with the value at `path` replaced by, or a new member holding, `value` (JSON text);
 * NULL takes the member or element out. Everything else stays byte for byte. False, with nothing usable in
 * `out`, when there is no place: a parent is missing or no container, or the root is to go.
 */
bool path_set(const struct path *path, struct json root, const char *value, struct text *out);

#endif

/* A shadow document: two trees, when each leaf was set, a version. Inside the core only. */
#ifndef ALINK_SHADOW_DOC_H
#define ALINK_SHADOW_DOC_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "json.h"
#include "text.h"

enum shadow_side { SHADOW_REPORTED, SHADOW_DESIRED, SHADOW_SIDES };
extern const char *const shadow_side_names[SHADOW_SIDES];

struct shadow {
	cJSON  *state[SHADOW_SIDES];     /* objects; NULL: never set or cleared */
	cJSON  *meta[SHADOW_SIDES];      /* the same shape, each leaf {"timestamp":s}; after a clear only that */
	int64_t version;
};

/* From the stored form {"reported","desired","metadata","version"}; NULL text: empty. NULL: out of memory. */
struct shadow *shadow_read(const char *text, int64_t now_s);
void           shadow_store(const struct shadow *shadow, struct text *out);

/*
 * Merges an object's members: objects into objects, everything else replaces, null and the string "null" remove.
 * Numbers keep their literals. False: out of memory.
 */
bool shadow_merge(struct shadow *shadow, enum shadow_side side, struct json members, int64_t now_s);
void shadow_clear(struct shadow *shadow, enum shadow_side side, int64_t now_s);

/* {"reported":…,"desired":…} of the state or of the metadata; what was never set is left out. */
void shadow_write_state(const struct shadow *shadow, struct text *out);
void shadow_write_meta(const struct shadow *shadow, struct text *out);

/* Leaves below a value; the deepest nesting, a plain value being 0. */
size_t shadow_attributes(const cJSON *value);
size_t shadow_depth(const cJSON *value);

/* Both seen: "null" is what every client sends. */
bool shadow_is_null(struct json value);

#endif

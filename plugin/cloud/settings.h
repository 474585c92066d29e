/*
 * Limits and options of a cloud, one row each in settings.def, from which the
 * struct, the loader, the README's tables and the JSON Schema are made.
 */
#ifndef ALINK_SETTINGS_H
#define ALINK_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"

enum profile { PROFILE_TEST, PROFILE_PLATFORM };

/*
 * settings.def rows:
 *   LIMIT(field, "jsonName", default in profile test, default in profile platform, "what lies beyond it")
 *   OPTION(field, "jsonName", "value0 value1 …" (default first; true/false are JSON booleans), "what it does")
 * An option's field holds the index of its value.
 */
struct settings {
	enum profile profile;
	struct {
#define LIMIT(field, name, test, platform, beyond) int64_t field;
#define OPTION(field, name, values, what)
#include "settings.def"
#undef LIMIT
#undef OPTION
	} limits;
	struct {
#define LIMIT(field, name, test, platform, beyond)
#define OPTION(field, name, values, what) int field;
#include "settings.def"
#undef LIMIT
#undef OPTION
	} options;
};

struct limit_row {
	const char *name;
	int64_t     test, platform;
	const char *beyond;
	size_t      offset;      /* of the int64_t in struct settings */
};

struct option_row {
	const char *name;
	const char *values;      /* separated by one blank, default first */
	const char *what;
	size_t      offset;      /* of the int in struct settings */
};

const struct limit_row  *settings_limits(size_t *count);
const struct option_row *settings_options(size_t *count);

/* Every default of that profile. */
void settings_init(struct settings *settings, enum profile profile);

/*
 * One member of `limits` or `options`. NULL when fine, else a static or `buf`-held sentence
 * ("must be a whole number from 0 to …", "must be one of a, b"); unknown names come with a suggestion.
 */
const char *settings_set_limit(struct settings *settings, struct json member, char *buf, size_t size);
const char *settings_set_option(struct settings *settings, struct json member, char *buf, size_t size);

/* The text of an option's present value. */
const char *option_value(const struct settings *settings, const struct option_row *row, char *buf, size_t size);

/* The name of `names` (count of them, `stride` bytes apart, the first member a const char *) nearest to
   `word`; NULL when none is near. For "did you mean". */
const char *suggest(const char *word, const void *rows, size_t count, size_t stride);

#endif

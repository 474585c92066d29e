/*
 * `match`: which of the things that happen a rule or an expectation is about. Every field given must hold.
 */
#ifndef ALINK_SCENARIO_MATCH_H
#define ALINK_SCENARIO_MATCH_H

#include "happening.h"
#include "path.h"

struct loading;

/* A value somewhere in a document, and what it must be. */
struct path_test {
	struct path       path;
	struct value_test test;
	enum tsl_word { TSL_NO_WORD, TSL_OK, TSL_VIOLATES } tsl;   /* instead of the test */
};

struct condition {
	const struct match_field *field;
	const char      **words;       /* globs, methods, filters */
	size_t            word_count;
	int64_t          *numbers;     /* one of them */
	size_t            number_count;
	struct value_test *test;       /* instead of numbers or words; NULL: none */
	struct path_test *paths;
	size_t            path_count;
	struct named_test *states;
	size_t            state_count;
	struct match     *matches;     /* any, all, not */
	size_t            match_count;
};

struct match {
	struct condition *conditions;
	size_t            count;
};

/* A field of `match` is in this table, or there is none. */
struct match_field {
	struct form_key key;           /* first, so that the rows are a table of keys, too */
	unsigned        events;        /* bits of those that have it */
	void (*read)(struct loading *loading, struct condition *condition, enum event event, struct json value);
	bool (*holds)(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
	              struct seen *seen);
};
const struct match_field *match_fields(size_t *count);

/* False with the first condition that does not hold. NULL matches everything. */
bool match_holds(const struct match *match, struct happening *happening, const struct scenario *scenario,
                 struct seen *seen);
bool path_tests_hold(const struct path_test *tests, size_t count, struct json root, struct happening *happening,
                     struct seen *seen);

/* `pattern` is a glob of "PK/DN" or of a deviceName alone. */
bool device_glob_matches(const char *pattern, const char *product_key, const char *device_name);
bool is_glob(const char *text);

/* load_match.c; complains about what is wrong. NULL when there is none. */
struct match *match_read(struct loading *loading, enum event event, struct json value);

#endif

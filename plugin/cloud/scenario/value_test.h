/*
 * What a value must be like: a literal, or {"ge": 20, "type": "number", …} whose members must all hold.
 * Operands are looked at where they stand in the scenario file's document, which must outlive the test.
 */
#ifndef ALINK_SCENARIO_VALUE_TEST_H
#define ALINK_SCENARIO_VALUE_TEST_H

#include <stdbool.h>

#include "arena.h"
#include "form.h"
#include "json.h"

struct value_test {
	struct value_check *checks;
	size_t              count;
};

/* Compiled expressions, which an arena cannot release. */
struct regexes {
	struct compiled *first;
};
void regexes_free(struct regexes *regexes);

/* Complains about what is wrong; the test is then of no use. */
void value_test_read(struct value_test *test, struct form *form, struct arena *arena, struct regexes *regexes,
                     struct json value);

/* An absent value satisfies `exists: false` only. */
bool value_test_holds(const struct value_test *test, struct json value);
/* The same for a string that is not JSON yet. */
bool value_test_holds_text(const struct value_test *test, const char *text);

/* Equal as JSON values: numbers by their value, objects without regard to order. */
bool json_equal(struct json a, struct json b);

/* `*` stands for any characters, `?` for one. Bounded: a pattern costs at most its length times the text's. */
bool glob_matches(const char *pattern, const char *text);

/* The operators, for the JSON Schema's test and for help. */
const struct form_key *value_operators(size_t *count);

#endif

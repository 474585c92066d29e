#include "value_test.h"

#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings.h"

#define GLOB_MAX    256
#define REGEX_MAX   256
#define REPEATS_MAX 255     /* of all {m,n} of an expression together: the library unrolls them */
#define SUBJECT_MAX 4096    /* bytes of a string that a regex is tried on; longer ones do not match */

enum operator {
	OP_EQ, OP_NE, OP_IN, OP_GT, OP_GE, OP_LT, OP_LE, OP_EXISTS, OP_GLOB, OP_REGEX, OP_TYPE, OP_CONTAINS, OP_LEN,
};

#define ANY (FORM_BOOLEAN | FORM_NUMBER | FORM_STRING | FORM_ARRAY | FORM_OBJECT | 1 << JSON_NULL)
#define TYPES "null boolean number integer string array object"

static const struct form_key operators[] = {
	[OP_EQ]       = { "eq",       ANY,          NULL,  false },
	[OP_NE]       = { "ne",       ANY,          NULL,  false },
	[OP_IN]       = { "in",       FORM_ARRAY,   NULL,  false },
	[OP_GT]       = { "gt",       FORM_NUMBER,  NULL,  false },
	[OP_GE]       = { "ge",       FORM_NUMBER,  NULL,  false },
	[OP_LT]       = { "lt",       FORM_NUMBER,  NULL,  false },
	[OP_LE]       = { "le",       FORM_NUMBER,  NULL,  false },
	[OP_EXISTS]   = { "exists",   FORM_BOOLEAN, NULL,  false },
	[OP_GLOB]     = { "glob",     FORM_STRING,  NULL,  false },
	[OP_REGEX]    = { "regex",    FORM_STRING,  NULL,  false },
	[OP_TYPE]     = { "type",     FORM_STRING,  TYPES, false },
	[OP_CONTAINS] = { "contains", ANY,          NULL,  false },
	[OP_LEN]      = { "len",      FORM_NUMBER | FORM_OBJECT, NULL, false },
};
#define OPERATOR_COUNT (sizeof(operators) / sizeof(operators[0]))

struct compiled {
	struct compiled *next;
	regex_t regex;
};

struct value_check {
	enum operator op;
	struct json   operand;
	double        number;
	char         *glob;
	struct compiled   *regex;
	struct value_test *length;     /* OP_LEN with an object */
};

const struct form_key *value_operators(size_t *count)
{
	*count = OPERATOR_COUNT;
	return operators;
}

void regexes_free(struct regexes *regexes)
{
	while (regexes->first) {
		struct compiled *next = regexes->first->next;

		regfree(&regexes->first->regex);
		free(regexes->first);
		regexes->first = next;
	}
}

bool glob_matches(const char *pattern, const char *text)
{
	const char *star = NULL, *star_text = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			star_text = text;
		} else if (*pattern && (*pattern == '?' || *pattern == *text)) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++star_text;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

/* --- reading --- */

/* Expressions come from files of anybody: what makes the library slow or large is refused. */
static const char *regex_refused(const char *text)
{
	unsigned long repeats = 1;
	const char *at;

	if (strlen(text) > REGEX_MAX)
		return "has more than 256 characters";
	for (at = text; *at; at++) {
		if (*at == '\\' && at[1]) {
			if (at[1] >= '1' && at[1] <= '9')
				return "refers back to a group, which can take for ever";
			at++;
		} else if (*at == '{') {
			const char *comma = at + strcspn(at, ",}");
			unsigned long most = strtoul(at + 1, NULL, 10), upper = *comma == ',' ? strtoul(comma + 1, NULL, 10) : 0;

			if (upper > most)
				most = upper;
			repeats = most && repeats > REPEATS_MAX / most ? REPEATS_MAX + 1 : repeats * (most ? most : 1);
		}
		if (repeats > REPEATS_MAX)
			return "repeats more than 255 times";
	}
	return NULL;
}

static void read_regex(struct value_check *check, struct form *form, struct regexes *regexes, struct json value)
{
	char *text = json_strdup(value), message[120];
	struct compiled *compiled = calloc(1, sizeof(*compiled));
	const char *refused = text ? regex_refused(text) : "cannot be read";
	int wrong;

	if (refused || !compiled) {
		form_complain(form, value, "the regular expression %s", refused ? refused : "finds no memory");
		free(compiled);
	} else if ((wrong = regcomp(&compiled->regex, text, REG_EXTENDED | REG_NOSUB))) {
		regerror(wrong, &compiled->regex, message, sizeof(message));
		form_complain(form, value, "the regular expression is wrong: %s", message);
		free(compiled);
	} else {
		compiled->next = regexes->first;
		regexes->first = compiled;
		check->regex = compiled;
	}
	free(text);
}

static void read_check(struct value_check *check, struct form *form, struct arena *arena, struct regexes *regexes,
                       struct json value)
{
	size_t size = json_string_bytes(value) + 1;

	check->operand = value;
	json_double(value, &check->number);
	switch (check->op) {
	case OP_GLOB:
		if (size > GLOB_MAX)
			form_complain(form, value, "a pattern may have %d characters", GLOB_MAX - 1);
		check->glob = arena_alloc(arena, size);
		if (check->glob)
			json_string(value, check->glob, size);
		break;
	case OP_REGEX:
		read_regex(check, form, regexes, value);
		break;
	case OP_IN:
		if (!json_count(value))
			form_complain(form, value, "`in` is empty, so nothing could ever match");
		break;
	case OP_LEN:
		if (!json_is(value, JSON_OBJECT))
			break;
		check->length = arena_alloc(arena, sizeof(*check->length));
		if (check->length)
			value_test_read(check->length, form, arena, regexes, value);
		break;
	default:
		break;
	}
}

static int operator_named(struct json key)
{
	size_t i;

	for (i = 0; i < OPERATOR_COUNT; i++)
		if (json_is_string(key, operators[i].name))
			return (int)i;
	return -1;
}

void value_test_read(struct value_test *test, struct form *form, struct arena *arena, struct regexes *regexes,
                     struct json value)
{
	unsigned errors = form->complaints->errors;

	*test = (struct value_test){ 0 };
	test->checks = arena_alloc(arena, (json_count(value) + 1) * sizeof(*test->checks));
	if (!test->checks)
		return;
	if (!json_is(value, JSON_OBJECT)) {
		test->checks[test->count++] = (struct value_check){ .op = OP_EQ, .operand = value };
		return;
	}
	form_check(form, value, operators, OPERATOR_COUNT);
	if (!json_count(value))
		form_complain(form, value, "a matcher without an operator would match everything; `exists` says that something is there");
	if (form->complaints->errors != errors)
		return;
	json_each(member, value) {
		int op = operator_named(json_key(member));

		test->checks[test->count].op = (enum operator)op;
		read_check(&test->checks[test->count++], form, arena, regexes, member);
	}
}

/* --- asking --- */

static bool strings_equal(struct json a, struct json b)
{
	size_t a_len, b_len;
	const char *x = json_span(a, &a_len), *y = json_span(b, &b_len);
	char *left, *right;
	bool equal;

	if (a_len == b_len && !memcmp(x, y, a_len))
		return true;
	if (!memchr(x, '\\', a_len) && !memchr(y, '\\', b_len))
		return false;
	left = json_strdup(a);
	right = json_strdup(b);
	equal = left && right && !strcmp(left, right);
	free(left);
	free(right);
	return equal;
}

static bool numbers_equal(struct json a, struct json b)
{
	int64_t x, y;
	double u, v;

	if (json_int64(a, &x) && json_int64(b, &y))
		return x == y;
	return json_double(a, &u) && json_double(b, &v) && u == v;
}

static bool objects_equal(struct json a, struct json b)
{
	json_each(member, a) {
		bool found = false;

		for (struct json other = json_first(b); json_present(other) && !found; other = json_next(other))
			found = strings_equal(json_key(member), json_key(other)) && json_equal(member, other);
		if (!found)
			return false;
	}
	return true;
}

bool json_equal(struct json a, struct json b)
{
	struct json x, y;

	if (json_type(a) != json_type(b) || json_count(a) != json_count(b))
		return false;
	switch (json_type(a)) {
	case JSON_STRING:
		return strings_equal(a, b);
	case JSON_NUMBER:
		return numbers_equal(a, b);
	case JSON_OBJECT:
		return objects_equal(a, b);
	case JSON_ARRAY:
		for (x = json_first(a), y = json_first(b); json_present(x); x = json_next(x), y = json_next(y))
			if (!json_equal(x, y))
				return false;
		return true;
	default:
		return json_present(a);
	}
}

static bool type_is(struct json value, struct json word)
{
	double number;

	switch (words_find(TYPES, word)) {
	case 0: return json_is(value, JSON_NULL);
	case 1: return json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE);
	case 2: return json_is(value, JSON_NUMBER);
	case 3: return json_double(value, &number) && number == floor(number);
	case 4: return json_is(value, JSON_STRING);
	case 5: return json_is(value, JSON_ARRAY);
	case 6: return json_is(value, JSON_OBJECT);
	default: return false;
	}
}

static bool text_fits(const struct value_check *check, struct json value)
{
	char text[SUBJECT_MAX + 1];

	if (json_string(value, text, sizeof(text)) < 0)
		return false;
	if (check->op == OP_GLOB)
		return check->glob && glob_matches(check->glob, text);
	return check->regex && !regexec(&check->regex->regex, text, 0, NULL, 0);
}

static bool contains(struct json value, struct json part)
{
	char *text, *wanted;
	bool found = false;

	if (json_is(value, JSON_ARRAY)) {
		json_each(item, value)
			if (json_equal(item, part))
				return true;
		return false;
	}
	if (!json_is(part, JSON_STRING))
		return false;
	if (json_is(value, JSON_OBJECT)) {
		json_each(member, value)
			if (strings_equal(json_key(member), part))
				return true;
		return false;
	}
	text = json_strdup(value);
	wanted = json_strdup(part);
	found = text && wanted && strstr(text, wanted);
	free(text);
	free(wanted);
	return found;
}

static bool length_fits(const struct value_check *check, struct json value)
{
	size_t length = json_is(value, JSON_STRING) ? json_string_chars(value) : json_count(value);
	struct json_doc doc = { 0 };
	char digits[24];
	bool fits;

	if (!json_is(value, JSON_STRING) && !json_is(value, JSON_ARRAY) && !json_is(value, JSON_OBJECT))
		return false;
	if (!check->length)
		return check->number == (double)length;
	snprintf(digits, sizeof(digits), "%zu", length);
	fits = !json_parse(&doc, digits, strlen(digits), JSON_STRICT, NULL) &&
	       value_test_holds(check->length, json_root(&doc));
	json_doc_free(&doc);
	return fits;
}

static bool check_holds(const struct value_check *check, struct json value)
{
	double number = 0;

	if (check->op == OP_EXISTS)
		return json_present(value) == json_is(check->operand, JSON_TRUE);
	if (!json_present(value))
		return false;
	switch (check->op) {
	case OP_EQ:
		return json_equal(value, check->operand);
	case OP_NE:
		return !json_equal(value, check->operand);
	case OP_IN:
		json_each(item, check->operand)
			if (json_equal(value, item))
				return true;
		return false;
	case OP_GT:
		return json_double(value, &number) && number > check->number;
	case OP_GE:
		return json_double(value, &number) && number >= check->number;
	case OP_LT:
		return json_double(value, &number) && number < check->number;
	case OP_LE:
		return json_double(value, &number) && number <= check->number;
	case OP_GLOB:
	case OP_REGEX:
		return text_fits(check, value);
	case OP_TYPE:
		return type_is(value, check->operand);
	case OP_CONTAINS:
		return contains(value, check->operand);
	case OP_LEN:
		return length_fits(check, value);
	case OP_EXISTS:
		break;
	}
	return false;
}

bool value_test_holds(const struct value_test *test, struct json value)
{
	size_t i;

	for (i = 0; i < test->count; i++)
		if (!check_holds(&test->checks[i], value))
			return false;
	return true;
}

bool value_test_holds_text(const struct value_test *test, const char *text)
{
	struct json_doc doc = { 0 };
	struct text literal = { 0 };
	bool holds;

	text_add_json(&literal, text);
	holds = !literal.failed && !json_parse(&doc, literal.at, literal.len, JSON_STRICT, NULL) &&
	        value_test_holds(test, json_root(&doc));
	json_doc_free(&doc);
	text_free(&literal);
	return holds;
}

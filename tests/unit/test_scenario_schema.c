/* The JSON Schema of scenarios has the loader's keys, types and words, event by event. tests/cli/schema.test.js tries it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "scenario/action.h"
#include "scenario/expect.h"
#include "scenario/load.h"
#include "scenario/value_test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ANY (FORM_BOOLEAN | FORM_NUMBER | FORM_STRING | FORM_ARRAY | FORM_OBJECT | 1 << JSON_NULL)

static struct json_doc doc;
static char *text;

static void load_schema(void)
{
	char why[160];
	size_t len;

	text = file_load(TESTS "/../emulator/schema/scenario.schema.json", 1 << 20, &len, why, sizeof(why));
	ck_assert_msg(text, "the schema %s", why);
	ck_assert_int_eq(json_parse(&doc, text, len, JSON_STRICT, NULL), 0);
}

static void free_schema(void)
{
	json_doc_free(&doc);
	free(text);
}

/* The schema of an object; NULL: the file itself. */
static struct json definition(const char *name)
{
	struct json root = json_root(&doc), found = name ? json_get(json_get(root, "$defs"), name) : root;

	ck_assert_msg(json_is(found, JSON_OBJECT), "$defs has no %s", name);
	return found;
}

static struct json resolve(struct json schema)
{
	char ref[64];

	if (json_string(json_get(schema, "$ref"), ref, sizeof(ref)) < 0)
		return schema;
	ck_assert_int_eq(strncmp(ref, "#/$defs/", 8), 0);
	return resolve(definition(ref + 8));
}

static unsigned type_bit(struct json name)
{
	static const struct {
		const char *name;
		unsigned bits;
	} types[] = {
		{ "boolean", FORM_BOOLEAN }, { "number", FORM_NUMBER }, { "integer", FORM_NUMBER }, { "string", FORM_STRING },
		{ "array", FORM_ARRAY }, { "object", FORM_OBJECT },
	};
	size_t i;

	for (i = 0; i < COUNT(types); i++)
		if (json_is_string(name, types[i].name))
			return types[i].bits;
	ck_abort_msg("an unknown type in the schema");
}

/* Without a type, anything. */
static unsigned types_of(struct json schema)
{
	struct json type = json_get(schema, "type");
	unsigned bits = 0;

	if (json_is(type, JSON_STRING))
		return type_bit(type);
	json_each(name, type)
		bits |= type_bit(name);
	return json_present(type) ? bits : ANY;
}

static bool list_has(struct json list, const char *word)
{
	json_each(entry, list)
		if (json_is_string(entry, word))
			return true;
	return false;
}

/* "a b c"; NULL for none. */
static void same_words(struct json list, const char *words, const char *what)
{
	size_t count = 0;
	char *copy = strdup(words), *save = NULL, *word;

	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save), count++)
		ck_assert_msg(list_has(list, word), "%s: the schema lacks %s", what, word);
	ck_assert_msg(json_count(list) == count, "%s: the schema has more words than the loader", what);
	free(copy);
}

/* What a reader takes less of than its row says: it complains about the rest in words of its own. */
static unsigned types_taken(const char *object, const struct form_key *key)
{
	static const struct {
		const char *object, *key;
		unsigned    types;
	} narrower[] = {
		{ "match", "version", FORM_NUMBER | FORM_ARRAY | FORM_OBJECT },
		{ "match", "qos",     FORM_NUMBER | FORM_ARRAY | FORM_OBJECT },
	};
	size_t i;

	for (i = 0; i < COUNT(narrower); i++)
		if (!strcmp(object, narrower[i].object) && !strcmp(key->name, narrower[i].key))
			return narrower[i].types;
	return key->types;
}

static void same_keys(const char *object, struct json schema, const struct form_key *keys, size_t count)
{
	struct json properties = json_get(schema, "properties"), required = json_get(schema, "required");
	size_t i, required_count = 0;

	ck_assert_msg(json_is(json_get(schema, "additionalProperties"), JSON_FALSE), "%s is open", object);
	ck_assert_msg(json_count(properties) == count, "%s has %u keys, not %zu", object, json_count(properties), count);
	for (i = 0; i < count; i++) {
		struct json property = resolve(json_get(properties, keys[i].name));

		ck_assert_msg(json_present(property), "%s: %s is missing", object, keys[i].name);
		ck_assert_msg(types_of(property) == types_taken(object, &keys[i]), "%s: type of %s", object, keys[i].name);
		ck_assert_msg(list_has(required, keys[i].name) == keys[i].required, "%s: is %s required?", object, keys[i].name);
		if (keys[i].words)
			same_words(json_get(property, "enum"), keys[i].words, keys[i].name);
		required_count += keys[i].required;
	}
	ck_assert_uint_eq(json_count(required), required_count);
}

static const struct {
	const struct form_key *keys;
	const char *definition;
} objects[] = {
	{ scenario_keys,   NULL },        { clock_spec_keys, "clock" },     { defaults_keys,  "defaults" },  { stop_keys,   "stop" },
	{ report_keys,     "report" },    { rule_keys,       "rule" },      { when_keys,      "when" },      { burst_keys,  "burst" },
	{ set_keys,        "set" },       { step_keys,       "step" },      { after_keys,     "after" },     { repeat_keys, "repeat" },
	{ expect_keys,     "expect" },    { count_keys,      "count" },     { intervals_keys, "intervals" }, { http_match_keys, "httpMatch" },
	{ normal_keys,     "normal" },    { lognormal_keys,  "lognormal" }, { pareto_keys,    "pareto" },    { ramp_keys,   "ramp" },
};

START_TEST(object_has_the_loaders_keys)
{
	same_keys(objects[_i].definition ? objects[_i].definition : "the file", definition(objects[_i].definition), objects[_i].keys,
	          keys_count(objects[_i].keys));
}
END_TEST

START_TEST(matchers_and_operators_are_the_loaders)
{
	struct form_key keys[64];
	const struct match_field *fields;
	const struct form_key *operators;
	size_t count, i;

	fields = match_fields(&count);
	ck_assert_uint_le(count, COUNT(keys));
	for (i = 0; i < count; i++)
		keys[i] = fields[i].key;
	same_keys("match", definition("match"), keys, count);
	operators = value_operators(&count);
	same_keys("operators", definition("operators"), operators, count);
}
END_TEST

START_TEST(actions_are_the_loaders)
{
	struct json properties = json_get(definition("action"), "properties");
	const struct action_row *rows;
	size_t count, i, there = 0;

	rows = action_rows(&count);
	for (i = 0; i < count; i++) {
		struct json form = resolve(json_get(properties, rows[i].name));

		ck_assert_msg(json_present(form) == !rows[i].missing, "the schema %s %s", rows[i].missing ? "has" : "lacks", rows[i].name);
		if (rows[i].missing)
			continue;
		there++;
		ck_assert_msg(types_of(form) == rows[i].types, "type of %s", rows[i].name);
		if (rows[i].keys)
			same_keys(rows[i].name, form, rows[i].keys, keys_count(rows[i].keys));
	}
	ck_assert_uint_eq(json_count(properties), there);
}
END_TEST

/* Whether a condition of the schema, {"if": {"properties": {MEMBER: {"const" or "enum"}}}}, is about this event. */
static bool is_about(struct json condition, const char *member, const char *event)
{
	struct json value = json_get(json_get(json_get(json_get(condition, "if"), "properties"), member), "const");

	if (json_present(value))
		return json_is_string(value, event);
	return list_has(json_get(json_get(json_get(json_get(condition, "if"), "properties"), member), "enum"), event);
}

/* The words that `then` allows for this event, by way of the definition whose name begins so. */
static struct json allowed(const char *object, const char *member, const char *event, const char *key, const char *prefix)
{
	json_each(condition, json_get(definition(object), "allOf")) {
		struct json then = json_get(json_get(json_get(condition, "then"), "properties"), key), words;
		char ref[64];

		if (!is_about(condition, member, event) || json_string(json_get(then, "$ref"), ref, sizeof(ref)) < 0 ||
		    strncmp(ref + 8, prefix, strlen(prefix)))
			continue;
		words = resolve(then);
		if (json_present(json_get(words, "items")))
			words = json_get(words, "items");
		return json_get(json_get(words, "propertyNames"), "enum");
	}
	ck_abort_msg("%s: nothing is said of %s on %s", object, key, event);
}

START_TEST(events_take_what_the_loader_takes)
{
	struct json events = json_get(definition("event"), "enum");
	const char *event = event_name((enum event)_i);
	const struct match_field *fields;
	const struct action_row *rows;
	struct text words = { 0 };
	size_t count, i;

	ck_assert_uint_eq(json_count(events), EVENT_COUNT);
	ck_assert_msg(list_has(events, event), "the schema lacks %s", event);
	rows = action_rows(&count);
	for (i = 0; i < count; i++)
		if (rows[i].events >> _i & 1)
			text_addf(&words, "%s ", rows[i].name);
	same_words(allowed("rule", "on", event, "do", "actions:"), text_string(&words), event);
	text_clear(&words);
	fields = match_fields(&count);
	for (i = 0; i < count; i++)
		if (fields[i].events >> _i & 1)
			text_addf(&words, "%s ", fields[i].key.name);
	same_words(allowed("rule", "on", event, "match", "match:"), text_string(&words), event);
	same_words(allowed("after", "event", event, "match", "match:"), text_string(&words), event);
	same_words(allowed("expect", "that", event, "match", "match:"), text_string(&words), event);
	text_free(&words);
}
END_TEST

START_TEST(timeline_takes_what_the_loader_takes)
{
	struct json words = json_get(json_get(json_get(definition("actions:timeline"), "items"), "propertyNames"), "enum");
	const struct action_row *rows;
	struct text expected = { 0 };
	size_t count, i;

	rows = action_rows(&count);
	for (i = 0; i < count; i++)
		if (rows[i].events & ON_TIMELINE)
			text_addf(&expected, "%s ", rows[i].name);
	same_words(words, text_string(&expected), "timeline");
	text_free(&expected);
}
END_TEST

START_TEST(other_words_are_the_loaders)
{
	struct json services = json_get(json_get(json_get(definition("log"), "properties"), "service"), "enum");
	struct json known = json_get(json_get(json_get(definition("expect"), "properties"), "invariant"), "enum");
	const struct invariant *rows;
	size_t count, i;

	rows = invariants(&count);
	ck_assert_uint_eq(json_count(known), count);
	for (i = 0; i < count; i++)
		ck_assert_msg(list_has(known, rows[i].name), "the schema lacks %s", rows[i].name);
	ck_assert_uint_eq(json_count(services), SERVICE_COUNT);
	for (i = 0; i < SERVICE_COUNT; i++)
		ck_assert_msg(list_has(services, service_name((enum service)i)), "the schema lacks %s", service_name((enum service)i));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario schema");
	TCase *tcase = tcase_create("scenario schema");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tcase, load_schema, free_schema);
	tcase_add_loop_test(tcase, object_has_the_loaders_keys, 0, COUNT(objects));
	tcase_add_test(tcase, matchers_and_operators_are_the_loaders);
	tcase_add_test(tcase, actions_are_the_loaders);
	tcase_add_loop_test(tcase, events_take_what_the_loader_takes, 0, EVENT_COUNT);
	tcase_add_test(tcase, timeline_takes_what_the_loader_takes);
	tcase_add_test(tcase, other_words_are_the_loaders);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

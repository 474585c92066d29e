/* The JSON Schema of cloud files says what the loader does, and the demo's file satisfies the loader. */
#include "cloud_file_private.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct json_doc doc;
static char *text;

static void load_schema(void)
{
	char why[160];
	size_t len;

	text = file_load(TESTS "/../emulator/schema/cloud.schema.json", 1 << 20, &len, why, sizeof(why));
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
	struct json root = json_root(&doc);
	struct json found = name ? json_get(json_get(root, "$defs"), name) : root;

	ck_assert_msg(json_is(found, JSON_OBJECT), "$defs has no %s", name);
	return found;
}

static struct json resolve(struct json schema)
{
	char ref[64];

	if (json_string(json_get(schema, "$ref"), ref, sizeof(ref)) < 0)
		return schema;
	ck_assert_int_eq(strncmp(ref, "#/$defs/", 8), 0);
	return definition(ref + 8);
}

static unsigned type_bit(struct json name)
{
	static const struct {
		const char *name;
		unsigned bits;
	} types[] = {
		{ "boolean", FORM_BOOLEAN }, { "number", FORM_NUMBER }, { "string", FORM_STRING },
		{ "array", FORM_ARRAY },     { "object", FORM_OBJECT },
	};
	size_t i;

	for (i = 0; i < COUNT(types); i++)
		if (json_is_string(name, types[i].name))
			return types[i].bits;
	ck_abort_msg("an unknown type in the schema");
}

static unsigned types_of(struct json schema)
{
	struct json type = json_get(schema, "type");
	unsigned bits = 0;

	if (json_is(type, JSON_STRING))
		return type_bit(type);
	json_each(name, type)
		bits |= type_bit(name);
	return bits;
}

/* "a b c" */
static char *words_of(struct json list)
{
	struct text words = { 0 };

	json_each(word, list) {
		char *decoded = json_strdup(word);

		if (decoded)   /* numbers stand beside strings of the same digits */
			text_addf(&words, "%s%s", words.len ? " " : "", decoded);
		free(decoded);
	}
	text_add(&words, "");
	return text_take(&words);
}

static bool list_has(struct json list, const char *word)
{
	json_each(entry, list)
		if (json_is_string(entry, word))
			return true;
	return false;
}

static const struct {
	const struct key_table *table;
	const char *definition;
} objects[] = {
	{ &file_keys,     NULL },
	{ &product_keys,  "product" },
	{ &config_keys,   "remoteConfig" },
	{ &topic_keys,    "topic" },
	{ &device_keys,   "device" },
	{ &shadow_keys,   "shadow" },
	{ &firmware_keys, "firmware" },
};

START_TEST(object_has_the_loaders_keys)
{
	const struct key_table *table = objects[_i].table;
	struct json schema = definition(objects[_i].definition);
	struct json properties = json_get(schema, "properties"), required = json_get(schema, "required");
	size_t i, required_count = 0;

	ck_assert_msg(json_is(json_get(schema, "additionalProperties"), JSON_FALSE), "%s is open", table->object);
	ck_assert_uint_eq(json_count(properties), table->count);
	for (i = 0; i < table->count; i++) {
		const struct form_key *key = &table->keys[i];
		struct json property = resolve(json_get(properties, key->name));
		char *words = words_of(json_get(property, "enum"));

		ck_assert_msg(json_present(property), "%s: %s is missing", table->object, key->name);
		ck_assert_msg(types_of(property) == key->types, "%s: type of %s", table->object, key->name);
		ck_assert_msg(list_has(required, key->name) == key->required, "%s: is %s required?",
		              table->object, key->name);
		ck_assert_msg(!strcmp(words, key->words ? key->words : ""), "%s: words of %s", table->object, key->name);
		required_count += key->required;
		free(words);
	}
	ck_assert_uint_eq(json_count(required), required_count);
}
END_TEST

START_TEST(limits_are_the_loaders)
{
	struct json schema = definition("limits"), properties = json_get(schema, "properties");
	size_t count, i;
	const struct limit_row *rows = settings_limits(&count);

	ck_assert(json_is(json_get(schema, "additionalProperties"), JSON_FALSE));
	ck_assert_uint_eq(json_count(properties), count);
	for (i = 0; i < count; i++) {
		struct json property = json_get(properties, rows[i].name);
		char description[256];
		int64_t number = -1;

		ck_assert_msg(json_is_string(json_get(property, "type"), "integer"), "%s", rows[i].name);
		ck_assert(json_int64(json_get(property, "minimum"), &number) && number == 0);
		ck_assert(json_int64(json_get(property, "maximum"), &number) && number == LIMIT_MAX);
		ck_assert_msg(json_int64(json_get(property, "default"), &number) && number == rows[i].test,
		              "default of %s", rows[i].name);
		snprintf(description, sizeof(description), "Beyond it: %s", rows[i].beyond);
		ck_assert_msg(json_is_string(json_get(property, "description"), description),
		              "description of %s", rows[i].name);
	}
}
END_TEST

START_TEST(options_are_the_loaders)
{
	struct json schema = definition("options"), properties = json_get(schema, "properties");
	size_t count, i;
	const struct option_row *rows = settings_options(&count);

	ck_assert(json_is(json_get(schema, "additionalProperties"), JSON_FALSE));
	ck_assert_uint_eq(json_count(properties), count);
	for (i = 0; i < count; i++) {
		struct json property = json_get(properties, rows[i].name), preset = json_get(property, "default");

		ck_assert_msg(json_present(property), "%s is missing", rows[i].name);
		ck_assert_msg(json_is_string(json_get(property, "description"), rows[i].what), "description of %s",
		              rows[i].name);
		if (option_is_boolean(&rows[i])) {
			ck_assert_uint_eq(types_of(property), FORM_BOOLEAN);
			ck_assert_msg(json_is(preset, *rows[i].values == 't' ? JSON_TRUE : JSON_FALSE), "default of %s",
			              rows[i].name);
		} else {
			char *words = words_of(json_get(property, "enum"));

			ck_assert_str_eq(words, rows[i].values);
			ck_assert_msg(words_find(words, preset) == 0, "default of %s", rows[i].name);
			free(words);
		}
	}
}
END_TEST

START_TEST(demo_is_good)
{
	static const char *const paths[] = { TESTS "/../emulator/demo/cloud.json" };
	struct text complaints = { 0 };
	struct cloud_file *file = cloud_file_read(paths, 1, &complaints);
	size_t i, bound = 0;

	ck_assert_str_eq(text_string(&complaints), "");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(file->product_count, 4);
	for (i = 0; i < file->product_count; i++)
		ck_assert_ptr_nonnull(file->products[i].tsl);
	ck_assert_uint_eq(file->device_count, 8);
	/* what the README's and the references' commands use */
	ck_assert_str_eq(file->devices[0].product_key, "a1EmuThermo1");
	ck_assert_str_eq(file->devices[0].device_name, "thermo-1");
	ck_assert_str_eq(file->devices[0].device_secret, "90051ef3c4f78c6d953f2a1bc219f7e2");
	ck_assert_str_eq(file->devices[2].device_name, "gw-0001");
	ck_assert_str_eq(file->devices[2].device_secret, "0123456789abcdef0123456789abcdef");
	for (i = 0; i < file->device_count; i++)
		if (file->devices[i].gateway_name)
			bound++;
	ck_assert_uint_eq(bound, 2);
	cloud_file_free(file);
	text_free(&complaints);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cloud schema");
	TCase *tcase = tcase_create("cloud schema");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tcase, load_schema, free_schema);
	tcase_add_loop_test(tcase, object_has_the_loaders_keys, 0, COUNT(objects));
	tcase_add_test(tcase, limits_are_the_loaders);
	tcase_add_test(tcase, options_are_the_loaders);
	tcase_add_test(tcase, demo_is_good);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

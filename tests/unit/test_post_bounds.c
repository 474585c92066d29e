/*
 * Values just inside and just outside of every bound of a model, made from the model itself and posted.
 *
 * The models stand below; for each of their properties the values come from its spec as tsl_new read it. Strong
 * validation takes the inside ones and refuses the outside ones with their data type's code; weak validation takes
 * both as long as the JSON type is right; without validation everything passes.
 */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>

#include "post_fixture.h"
#include "tsl.h"

#define NUMBER(type, min, max) "{\"type\":\"" type "\",\"specs\":{\"min\":\"" min "\",\"max\":\"" max "\",\"step\":\"1\"}}"
#define MEMBER(name, type) "{\"identifier\":\"" name "\",\"name\":\"" name "\",\"dataType\":" type "}"

static const char *const types[] = {
	NUMBER("int", "0", "100"), NUMBER("int", "-40", "-3"), NUMBER("int", "7", "7"),
	NUMBER("int", "-2147483648", "2147483647"), "{\"type\":\"int\",\"specs\":{}}",
	NUMBER("float", "0", "1"), NUMBER("float", "-273.15", "1000.5"), "{\"type\":\"float\",\"specs\":{}}",
	NUMBER("double", "0", "1000"), NUMBER("double", "-1e300", "1e300"), NUMBER("double", "0.1", "0.3"),
	NUMBER("long", "0", "9007199254740993"), NUMBER("long", "-9223372036854775808", "9223372036854775807"),
	"{\"type\":\"text\",\"specs\":{\"length\":\"1\"}}", "{\"type\":\"text\",\"specs\":{\"length\":\"255\"}}",
	"{\"type\":\"text\",\"specs\":{\"length\":\"10240\"}}",
	"{\"type\":\"bool\",\"specs\":{\"0\":\"off\",\"1\":\"on\"}}",
	"{\"type\":\"enum\",\"specs\":{\"0\":\"a\",\"1\":\"b\",\"5\":\"c\",\"-3\":\"d\"}}",
	"{\"type\":\"date\",\"specs\":{}}",
	"{\"type\":\"struct\",\"specs\":[" MEMBER("i", NUMBER("int", "1", "5")) "," MEMBER("t", "{\"type\":\"text\",\"specs\":{\"length\":\"3\"}}") ","
	MEMBER("d", "{\"type\":\"date\",\"specs\":{}}") "," MEMBER("b", "{\"type\":\"bool\",\"specs\":{\"0\":\"n\",\"1\":\"y\"}}") "]}",
	"{\"type\":\"array\",\"specs\":{\"size\":\"4\",\"item\":{\"type\":\"int\"}}}",
	"{\"type\":\"array\",\"specs\":{\"size\":\"512\",\"item\":{\"type\":\"double\"}}}",
	"{\"type\":\"array\",\"specs\":{\"size\":\"1\",\"item\":{\"type\":\"text\"}}}",
	"{\"type\":\"array\",\"specs\":{\"size\":\"2\",\"item\":{\"type\":\"struct\",\"specs\":[" MEMBER("i", NUMBER("int", "1", "5")) "]}}}",
};

/* doc: the code of each data type; a value of another JSON type gets it, too, but for arrays. */
static const int codes[TSL_TYPES] = {
	[TSL_INT] = 6306, [TSL_LONG] = 6330, [TSL_FLOAT] = 6307, [TSL_DOUBLE] = 6322, [TSL_TEXT] = 6310, [TSL_BOOL] = 6308,
	[TSL_ENUM] = 6309, [TSL_DATE] = 6311, [TSL_STRUCT] = 6312, [TSL_ARRAY] = 6324,
};

struct value {
	char *json;
	int   strong, weak;        /* codes */
};

struct values {
	struct value at[200];
	size_t       count;
};

static struct value *add(struct values *values, const char *json, int strong, int weak)
{
	ck_assert_uint_lt(values->count, COUNT(values->at));
	values->at[values->count] = (struct value){ strdup(json), strong, weak };
	return &values->at[values->count++];
}

static void free_values(struct values *values)
{
	while (values->count)
		free(values->at[--values->count].json);
}

__attribute__((format(printf, 4, 5)))
static void addf(struct values *values, int strong, int weak, const char *format, ...)
{
	char json[64];
	va_list args;

	va_start(args, format);
	vsnprintf(json, sizeof(json), format, args);
	va_end(args);
	add(values, json, strong, weak);
}

static void make_integers(const struct tsl_spec *spec, struct values *out)
{
	bool wide = spec->type == TSL_LONG;
	int64_t low = wide ? INT64_MIN : INT32_MIN, high = wide ? INT64_MAX : INT32_MAX;
	int64_t min = spec->has_min ? spec->int_min : low, max = spec->has_max ? spec->int_max : high;
	int code = codes[spec->type];

	addf(out, 200, 200, "%" PRId64, min);
	addf(out, 200, 200, "%" PRId64, max);
	if (min > low)
		addf(out, code, 200, "%" PRId64, min - 1);
	if (max < high)
		addf(out, code, 200, "%" PRId64, max + 1);
	/* The type's own bounds hold in weak validation, too. */
	add(out, wide ? "9223372036854775808" : "2147483648", code, code);
	add(out, wide ? "-9223372036854775809" : "-2147483649", code, code);
	addf(out, code, code, "%" PRId64 ".0", min);
	add(out, "1e0", code, code);
	add(out, "\"1\"", code, code);
	add(out, "null", code, code);
	add(out, "true", code, code);
	add(out, "[]", code, code);
}

static void make_decimals(const struct tsl_spec *spec, struct values *out)
{
	int code = codes[spec->type];
	double min = spec->has_min ? spec->min : -FLT_MAX, max = spec->has_max ? spec->max : FLT_MAX;

	addf(out, 200, 200, "%.17g", min);
	addf(out, 200, 200, "%.17g", max);
	if (spec->has_min)
		addf(out, code, 200, "%.17g", nextafter(min, -HUGE_VAL));
	if (spec->has_max)
		addf(out, code, 200, "%.17g", nextafter(max, HUGE_VAL));
	add(out, spec->type == TSL_FLOAT ? "1e39" : "1e309", code, code);
	add(out, spec->type == TSL_FLOAT ? "-1e39" : "-1e309", code, code);
	add(out, "\"1.0\"", code, code);
	add(out, "null", code, code);
	add(out, "false", code, code);
	add(out, "{}", code, code);
}

/* A string of so many bytes; é has two. */
static char *string_of(int64_t bytes)
{
	struct text text = { 0 };

	text_add_char(&text, '"');
	if (bytes % 2)
		text_add_char(&text, 'x');
	while (bytes > 1) {
		text_add(&text, "é");
		bytes -= 2;
	}
	text_add_char(&text, '"');
	return text_take(&text);
}

static void make_texts(const struct tsl_spec *spec, struct values *out)
{
	int64_t length = spec->length ? spec->length : 2048;
	char *fits = string_of(length), *longer = string_of(length + 1);

	add(out, fits, 200, 200);
	add(out, "\"\"", 200, 200);
	if (spec->length)
		add(out, longer, 6310, 200);
	add(out, "1", 6310, 6310);
	add(out, "null", 6310, 6310);
	add(out, "{}", 6310, 6310);
	free(fits);
	free(longer);
}

static void make_bools(struct values *out)
{
	add(out, "0", 200, 200);
	add(out, "1", 200, 200);
	add(out, "-1", 6308, 200);
	add(out, "2", 6308, 200);
	add(out, "1.0", 6308, 6308);
	add(out, "true", 6308, 6308);
	add(out, "\"1\"", 6308, 6308);
	add(out, "null", 6308, 6308);
}

static bool is_key(const struct tsl_spec *spec, int64_t number)
{
	size_t i;

	for (i = 0; i < spec->key_count; i++)
		if (spec->keys[i] == number)
			return true;
	return false;
}

static void make_enums(const struct tsl_spec *spec, struct values *out)
{
	size_t i;

	for (i = 0; i < spec->key_count; i++) {
		addf(out, 200, 200, "%" PRId64, spec->keys[i]);
		if (!is_key(spec, spec->keys[i] - 1))
			addf(out, 6309, 200, "%" PRId64, spec->keys[i] - 1);
		if (!is_key(spec, spec->keys[i] + 1))
			addf(out, 6309, 200, "%" PRId64, spec->keys[i] + 1);
		addf(out, 6309, 6309, "\"%" PRId64 "\"", spec->keys[i]);
		addf(out, 6309, 6309, "%" PRId64 ".0", spec->keys[i]);
	}
	add(out, "null", 6309, 6309);
}

static void make_dates(struct values *out)
{
	add(out, "\"0\"", 200, 200);
	add(out, "\"9223372036854775807\"", 200, 200);
	add(out, "\"9223372036854775808\"", 6311, 200);
	add(out, "\"\"", 6311, 200);
	add(out, "\"-1\"", 6311, 200);
	add(out, "\"1.5\"", 6311, 200);
	add(out, "1700000000000", 6311, 6311);
	add(out, "null", 6311, 6311);
}

static void make_values(const struct tsl_spec *spec, struct values *out);

/* All members good but the one at `bad` (which is `json`); `leave` is left out. */
static char *struct_of(const struct tsl_spec *spec, const struct values *members, size_t bad, const char *json, size_t leave,
                       const char *more)
{
	struct text text = { 0 };
	size_t i;

	text_add_char(&text, '{');
	for (i = 0; i < spec->member_count; i++) {
		if (i == leave)
			continue;
		text_add_key(&text, spec->members[i].identifier);
		text_add(&text, i == bad ? json : members[i].at[0].json);
	}
	if (*more)
		text_addf(&text, "%s%s", text.len > 1 ? "," : "", more);
	text_add_char(&text, '}');
	return text_take(&text);
}

static void make_structs(const struct tsl_spec *spec, struct values *out)
{
	const size_t none = spec->member_count;
	struct values members[8] = { 0 };
	char *json;
	size_t i, j;

	ck_assert_uint_le(spec->member_count, COUNT(members));
	for (i = 0; i < spec->member_count; i++)
		make_values(&spec->members[i].spec, &members[i]);
	for (i = 0; i < spec->member_count; i++) {
		for (j = 0; j < members[i].count; j++) {
			json = struct_of(spec, members, i, members[i].at[j].json, none, "");
			add(out, json, members[i].at[j].strong, members[i].at[j].weak);
			free(json);
		}
		json = struct_of(spec, members, none, "", i, "");
		add(out, json, 6312, 200);
		free(json);
	}
	json = struct_of(spec, members, none, "", none, "\"other\":1");
	add(out, json, 6304, 6304);
	free(json);
	add(out, "[]", 6312, 6312);
	add(out, "\"{}\"", 6312, 6312);
	add(out, "null", 6312, 6312);
	for (i = 0; i < spec->member_count; i++)
		free_values(&members[i]);
}

static char *array_of(const char *element, int64_t count)
{
	struct text text = { 0 };

	text_add_char(&text, '[');
	while (count-- > 0) {
		text_add_comma(&text);
		text_add(&text, element);
	}
	text_add_char(&text, ']');
	return text_take(&text);
}

static void make_arrays(const struct tsl_spec *spec, struct values *out)
{
	struct values items = { 0 };
	char *json;
	size_t i;

	make_values(spec->item, &items);
	for (i = 0; i < items.count; i++) {
		json = array_of(items.at[i].json, 1);
		add(out, json, items.at[i].strong == 200 ? 200 : 6324, items.at[i].weak == 200 ? 200 : 6324);
		free(json);
	}
	json = array_of(items.at[0].json, spec->length);
	add(out, json, 200, 200);
	free(json);
	json = array_of(items.at[0].json, spec->length + 1);
	add(out, json, 6324, 200);
	free(json);
	add(out, "[]", 200, 200);
	add(out, "{}", 6328, 6328);
	add(out, "1", 6328, 6328);
	add(out, "null", 6328, 6328);
	free_values(&items);
}

static void make_values(const struct tsl_spec *spec, struct values *out)
{
	switch (spec->type) {
	case TSL_INT: case TSL_LONG:     make_integers(spec, out); break;
	case TSL_FLOAT: case TSL_DOUBLE: make_decimals(spec, out); break;
	case TSL_TEXT:                   make_texts(spec, out); break;
	case TSL_BOOL:                   make_bools(out); break;
	case TSL_ENUM:                   make_enums(spec, out); break;
	case TSL_DATE:                   make_dates(out); break;
	case TSL_STRUCT:                 make_structs(spec, out); break;
	case TSL_ARRAY:                  make_arrays(spec, out); break;
	case TSL_TYPES:                  ck_abort();
	}
}

static const char *const validations[] = { "strong", "weak", "none" };

static void write_cloud(const char *type, const char *validation, struct text *model, struct text *members)
{
	text_addf(model, "{\"properties\":[{\"identifier\":\"p\",\"name\":\"P\",\"accessMode\":\"r\",\"dataType\":%s}],\"events\":[],\"services\":[]}", type);
	text_addf(members, "\"cloud\":1,\"options\":{\"longType\":true,\"propertyReply\":\"code\"},\"products\":[{\"productKey\":\"a1Bounds001\","
	          "\"validation\":\"%s\",\"tsl\":%s}],\"devices\":[{\"productKey\":\"a1Bounds001\",\"deviceName\":\"dev1\",\"deviceSecret\":\""
	          POST_SECRET "\"}]}", validation, text_string(model));
}

START_TEST(judges_at_the_bounds)
{
	const char *validation = validations[(size_t)_i / COUNT(types)];
	struct text model = { 0 }, members = { 0 };
	struct json_doc doc = { 0 };
	struct values values = { 0 };
	struct post_cloud post;
	struct tsl_error error;
	uint64_t connection;
	struct tsl *tsl;
	size_t i;

	write_cloud(types[(size_t)_i % COUNT(types)], validation, &model, &members);
	post = post_open_file(NULL, text_string(&members), NULL);
	connection = post_connect(&post, "a1Bounds001/dev1");
	ck_assert_int_eq(json_parse(&doc, text_string(&model), model.len, JSON_STRICT, NULL), 0);
	tsl = tsl_new(json_root(&doc), &post.file->settings, &error);
	ck_assert_msg(tsl, "%s", error.message);
	make_values(&tsl->properties[0].spec, &values);
	ck_assert_uint_ge(values.count, 4);
	for (i = 0; i < values.count; i++) {
		const struct value *value = &values.at[i];
		int expected = *validation == 's' ? value->strong : *validation == 'w' ? value->weak : 200, code;
		struct text payload = { 0 };

		text_addf(&payload, "{\"id\":\"%zu\",\"params\":{\"p\":%s}}", i, value->json);
		code = post_code(post_send(&post, connection, "/sys/a1Bounds001/dev1/thing/event/property/post", text_string(&payload)));
		ck_assert_msg(code == expected, "%s validation of %.80s: %d, not %d", validation, value->json, code, expected);
		text_free(&payload);
	}
	free_values(&values);
	tsl_free(tsl);
	json_doc_free(&doc);
	text_free(&model);
	text_free(&members);
	post_close(&post);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("post bounds");
	TCase *tcase = tcase_create("bounds");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, judges_at_the_bounds, 0, COUNT(types) * COUNT(validations));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* What a parsed document answers. */
#include "json.h"
#include "text.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* --- walking --- */

START_TEST(walks)
{
	static const char text[] = " {\"a\":{\"x\":[10,20]},\"k\\u0065y\":\"v\",\"a\":2,\"e\":[]} ";
	struct json_doc doc = { 0 };
	struct json root, list, item;
	const char *span;
	size_t len;

	ck_assert_int_eq(json_parse(&doc, text, strlen(text), JSON_STRICT, NULL), 0);
	root = json_root(&doc);
	ck_assert_uint_eq(json_count(root), 4);
	ck_assert_uint_eq(json_offset(root), 1);

	list = json_get(json_get(root, "a"), "x");
	ck_assert_uint_eq(json_count(list), 2);
	ck_assert_uint_eq(json_offset(list), 11);
	span = json_span(list, &len);
	ck_assert_mem_eq(span, "[10,20]", 7);
	ck_assert_uint_eq(len, 7);
	item = json_next(json_first(list));
	span = json_span(item, &len);
	ck_assert_mem_eq(span, "20", 2);
	ck_assert_uint_eq(len, 2);
	ck_assert(!json_present(json_next(item)));
	ck_assert(!json_present(json_key(item)));
	ck_assert(json_is_string(json_key(list), "x"));

	/* The last member of an inner object is no neighbour of the outer one's next. */
	ck_assert(!json_present(json_next(list)));
	ck_assert(!json_present(json_next(json_key(list))));

	ck_assert(json_is_string(json_get(root, "key"), "v"));
	ck_assert(json_is(json_get(root, "a"), JSON_OBJECT));
	ck_assert(!json_present(json_get(root, "x")));
	ck_assert(!json_present(json_get(root, "ke")));
	ck_assert(!json_present(json_get(root, "keys")));
	ck_assert(!json_present(json_get(root, "")));
	ck_assert(!json_present(json_get(list, "x")));
	ck_assert(!json_present(json_first(json_get(root, "e"))));
	ck_assert(!json_present(json_first(json_get(root, "key"))));
	ck_assert(!json_present(json_next(root)));
	json_doc_free(&doc);
}
END_TEST

START_TEST(takes_the_absent)
{
	struct json absent = { 0 };
	struct json_doc doc = { 0 };
	int64_t integer = 5;
	double number = 5;
	char buf[4] = "abc";
	size_t len = 5;

	ck_assert(!json_present(absent));
	ck_assert(!json_present(json_root(&doc)));
	ck_assert(!json_present(json_root(NULL)));
	ck_assert(!json_present(json_get(json_get(absent, "a"), "b")));
	ck_assert(!json_present(json_first(absent)));
	ck_assert(!json_present(json_next(absent)));
	ck_assert(!json_present(json_key(absent)));
	ck_assert(json_is(absent, JSON_ABSENT));
	ck_assert_uint_eq(json_count(absent), 0);
	ck_assert_uint_eq(json_offset(absent), 0);
	ck_assert_ptr_nonnull(json_span(absent, &len));
	ck_assert_uint_eq(len, 0);
	ck_assert_int_eq(json_string(absent, buf, sizeof(buf)), -1);
	ck_assert_str_eq(buf, "");
	ck_assert_ptr_null(json_strdup(absent));
	ck_assert(!json_is_string(absent, ""));
	ck_assert_uint_eq(json_string_bytes(absent), 0);
	ck_assert_uint_eq(json_string_chars(absent), 0);
	ck_assert(!json_int64(absent, &integer));
	ck_assert(!json_double(absent, &number));
	ck_assert_int_eq(integer, 5);
	ck_assert(number > 4.9 && number < 5.1);
}
END_TEST

START_TEST(names_the_types)
{
	static const char text[] = "[null,false,true,1,\"\",[],{}]";
	static const char *const names[] = { "null", "false", "true", "number", "string", "array", "object" };
	struct json_doc doc = { 0 };
	size_t i = 0;

	ck_assert_int_eq(json_parse(&doc, text, strlen(text), JSON_STRICT, NULL), 0);
	json_each(item, json_root(&doc))
		ck_assert_str_eq(json_type_name(json_type(item)), names[i++]);
	ck_assert_uint_eq(i, 7);
	ck_assert_str_eq(json_type_name(JSON_ABSENT), "absent");
	json_doc_free(&doc);
}
END_TEST

/* --- strings --- */

static const struct {
	const char *text, *decoded;   /* decoded: NULL when it holds U+0000 */
	size_t      bytes, chars;
} strings[] = {
	{ "\"\"",                        "",                           0, 0 },
	{ "\"abc\"",                     "abc",                        3, 3 },
	{ "\"a\\u0041\"",                "aA",                         2, 2 },
	{ "\"\\\\\"",                    "\\",                         1, 1 },
	{ "\"\\/\\b\\f\\n\\r\\t\\\"\"",  "/\b\f\n\r\t\"",              7, 7 },
	{ "\"x\\ty\"",                   "x\ty",                       3, 3 },
	{ "\"\xE6\xB8\xA9\xE5\xBA\xA6\"", "\xE6\xB8\xA9\xE5\xBA\xA6",  6, 2 },
	{ "\"\\u6e29\xE5\xBA\xA6\"",     "\xE6\xB8\xA9\xE5\xBA\xA6",   6, 2 },
	{ "\"\\u007f\\u0080\"",          "\x7F\xC2\x80",               3, 2 },
	{ "\"\\u07ff\\u0800\"",          "\xDF\xBF\xE0\xA0\x80",       5, 2 },
	{ "\"\\uffff\"",                 "\xEF\xBF\xBF",               3, 1 },
	{ "\"\\ud83d\\ude00!\"",         "\xF0\x9F\x98\x80!",          5, 2 },
	{ "\"\xF0\x9F\x98\x80\"",        "\xF0\x9F\x98\x80",           4, 1 },
	{ "\"\\u0000\"",                 NULL,                         1, 1 },
	{ "\"ab\\u0000cd\"",             NULL,                         5, 5 },
};

START_TEST(decodes)
{
	const char *decoded = strings[_i].decoded;
	struct json_doc doc = { 0 };
	char buf[64], *copy;
	struct json value;

	ck_assert_int_eq(json_parse(&doc, strings[_i].text, strlen(strings[_i].text), JSON_STRICT, NULL), 0);
	value = json_root(&doc);
	ck_assert_uint_eq(json_string_bytes(value), strings[_i].bytes);
	ck_assert_uint_eq(json_string_chars(value), strings[_i].chars);
	copy = json_strdup(value);
	if (!decoded) {
		memset(buf, 'x', sizeof(buf));
		ck_assert_int_eq(json_string(value, buf, sizeof(buf)), -1);
		ck_assert_str_eq(buf, "");
		ck_assert_ptr_null(copy);
		ck_assert(!json_is_string(value, ""));
		ck_assert(!json_is_string(value, "ab"));
		json_doc_free(&doc);
		return;
	}
	ck_assert_int_eq(json_string(value, buf, strings[_i].bytes + 1), (int)strings[_i].bytes);
	ck_assert_str_eq(buf, decoded);
	ck_assert_str_eq(copy, decoded);
	ck_assert(json_is_string(value, decoded));
	ck_assert(!json_is_string(value, "something else"));

	/* One byte too little, and none at all. */
	memset(buf, 'x', sizeof(buf));
	ck_assert_int_eq(json_string(value, buf, strings[_i].bytes), -1);
	ck_assert_int_eq(buf[0], strings[_i].bytes ? '\0' : 'x');
	ck_assert_int_eq(buf[strings[_i].bytes], 'x');

	/* Neither a beginning of it nor a continuation is it. */
	snprintf(buf, sizeof(buf), "%sx", decoded);
	ck_assert(!json_is_string(value, buf));
	if (strings[_i].bytes) {
		buf[strings[_i].bytes - 1] = '\0';
		ck_assert(!json_is_string(value, buf));
	}
	free(copy);
	json_doc_free(&doc);
}
END_TEST

START_TEST(decodes_strings_only)
{
	static const char text[] = "[1,null,[\"a\"],{\"a\":\"a\"}]";
	struct json_doc doc = { 0 };
	char buf[8];

	ck_assert_int_eq(json_parse(&doc, text, strlen(text), JSON_STRICT, NULL), 0);
	json_each(item, json_root(&doc)) {
		ck_assert_int_eq(json_string(item, buf, sizeof(buf)), -1);
		ck_assert_ptr_null(json_strdup(item));
		ck_assert(!json_is_string(item, "1") && !json_is_string(item, "a") && !json_is_string(item, ""));
		ck_assert_uint_eq(json_string_bytes(item), 0);
		ck_assert_uint_eq(json_string_chars(item), 0);
	}
	json_doc_free(&doc);
}
END_TEST

/* --- numbers --- */

static const struct {
	const char *text;
	bool        is_integer;
	int64_t     integer;
	bool        is_finite;
	double      number;
} numbers[] = {
	{ "0",                      true,  0,                       true,  0 },
	{ "-0",                     true,  0,                       true,  -0.0 },
	{ "42",                     true,  42,                      true,  42 },
	{ "-7",                     true,  -7,                      true,  -7 },
	{ "9007199254740993",       true,  INT64_C(9007199254740993), true, 9007199254740992.0 },
	{ "9223372036854775807",    true,  INT64_MAX,               true,  9223372036854775808.0 },
	{ "-9223372036854775808",   true,  INT64_MIN,               true,  -9223372036854775808.0 },
	{ "9223372036854775808",    false, 0,                       true,  9223372036854775808.0 },
	{ "-9223372036854775809",   false, 0,                       true,  -9223372036854775808.0 },
	{ "18446744073709551616",   false, 0,                       true,  18446744073709551616.0 },
	{ "92233720368547758070",   false, 0,                       true,  92233720368547758070.0 },
	{ "10.0",                   false, 0,                       true,  10 },
	{ "1e3",                    false, 0,                       true,  1000 },
	{ "1E+2",                   false, 0,                       true,  100 },
	{ "23.6",                   false, 0,                       true,  23.6 },
	{ "-2.5e-1",                false, 0,                       true,  -0.25 },
	{ "1.7976931348623157e308", false, 0,                       true,  1.7976931348623157e308 },
	{ "1e999",                  false, 0,                       false, 0 },
	{ "-1e999",                 false, 0,                       false, 0 },
	{ "1e-999",                 false, 0,                       true,  0 },
	{ "1.234500000000000000000000000000000000000000000000000000000000e2",
	                            false, 0,                       true,  123.45 },   /* 64 bytes */
	/* longer than any buffer of a sensible size */
	{ "1.00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000e1",
	                            false, 0,                       true,  10 },
	{ "\"1\"",                  false, 0,                       false, 0 },
	{ "true",                   false, 0,                       false, 0 },
	{ "[1]",                    false, 0,                       false, 0 },
};

START_TEST(reads_numbers)
{
	size_t len = strlen(numbers[_i].text);
	char *text = malloc(len);   /* exactly as long, so that a sanitizer sees any step beyond it */
	struct json_doc doc = { 0 };
	int64_t integer = 5;
	double number = 5;

	ck_assert_ptr_nonnull(text);
	memcpy(text, numbers[_i].text, len);
	ck_assert_int_eq(json_parse(&doc, text, len, JSON_STRICT, NULL), 0);
	ck_assert_int_eq(json_int64(json_root(&doc), &integer), numbers[_i].is_integer);
	ck_assert_int_eq(integer, numbers[_i].is_integer ? numbers[_i].integer : 5);
	ck_assert_int_eq(json_double(json_root(&doc), &number), numbers[_i].is_finite);
	ck_assert_double_eq(number, numbers[_i].is_finite ? numbers[_i].number : 5);
	if (numbers[_i].is_finite)
		ck_assert_int_eq(!!signbit(number), !!signbit(numbers[_i].number));
	json_doc_free(&doc);
	free(text);
}
END_TEST

/* Decimals of every length and point, against the C library. */
START_TEST(reads_decimals_exactly)
{
	uint64_t state = 1;
	int i;

	for (i = 0; i < 20000; i++) {
		struct json_doc doc = { 0 };
		char text[48];
		double number = 5;
		int places;

		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		places = (int)(state >> 59) % 20;
		snprintf(text, sizeof(text), "%s%llu%s%0*llu", state >> 33 & 1 ? "-" : "",
		         (unsigned long long)((state >> 34) % 100000), places ? "." : "", places,
		         (unsigned long long)(places ? state % 1000 : 0));
		if (!places)
			*strrchr(text, '0') = '\0';   /* the second number's, which has no place */
		ck_assert_msg(!json_parse(&doc, text, strlen(text), JSON_STRICT, NULL), "%s", text);
		ck_assert(json_double(json_root(&doc), &number));
		ck_assert_msg(number == strtod(text, NULL), "%s is read as %.17g", text, number);
		json_doc_free(&doc);
	}
}
END_TEST

/* --- writing --- */

static const struct {
	const char *text, *written;
} values[] = {
	{ " 1.50e+1 ", "1.50e+1" }, { "9007199254740993", "9007199254740993" }, { "null", "null" }, { " true", "true" },
	{ "\"a \\u0041\\n\"", "\"a \\u0041\\n\"" },
	{ "{ }", "{}" }, { "[ ]", "[]" }, { "[ , ]", "[]" },
	{ "{ \"a\" : 1 ,, \"b\" : [ 1 , 2,, {\"c\":{}}, ] , }", "{\"a\":1,\"b\":[1,2,{\"c\":{}}]}" },
	{ "{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}" },
	{ "[[[[\"{\",\"[\",\":\"]]]]", "[[[[\"{\",\"[\",\":\"]]]]" },
};

START_TEST(writes)
{
	struct json_doc doc = { 0 };
	struct text out = { 0 };

	ck_assert_int_eq(json_parse(&doc, values[_i].text, strlen(values[_i].text), JSON_LENIENT, NULL), 0);
	text_add(&out, "before ");
	json_write(json_root(&doc), &out);
	ck_assert_str_eq(text_string(&out) + strlen("before "), values[_i].written);
	ck_assert_int_eq(json_parse(&doc, values[_i].written, strlen(values[_i].written), JSON_STRICT, NULL), 0);
	json_doc_free(&doc);
	json_write(json_root(&doc), &out);
	ck_assert_str_eq(text_string(&out) + strlen("before "), values[_i].written);
	text_free(&out);
}
END_TEST

static TCase *walking(void)
{
	TCase *tcase = tcase_create("walking");

	tcase_add_test(tcase, walks);
	tcase_add_test(tcase, takes_the_absent);
	tcase_add_test(tcase, names_the_types);
	tcase_add_loop_test(tcase, writes, 0, COUNT(values));
	return tcase;
}

static TCase *scalars(void)
{
	TCase *tcase = tcase_create("scalars");

	tcase_add_loop_test(tcase, decodes, 0, COUNT(strings));
	tcase_add_test(tcase, decodes_strings_only);
	tcase_add_loop_test(tcase, reads_numbers, 0, COUNT(numbers));
	tcase_add_test(tcase, reads_decimals_exactly);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("json values");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, walking());
	suite_add_tcase(suite, scalars());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

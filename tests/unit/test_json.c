/* Texts as files and devices hold them: what is accepted, and where the others are wrong. */
#include "json.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
/* A text that may hold NUL bytes, as pointer and length. */
#define T(literal) literal, sizeof(literal) - 1

/* Bytes of exactly that length on the heap, so that a sanitizer sees any step beyond them. */
static char *exact(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	return copy;
}

/* A value as the walkers show it: strings decoded and written anew, everything else as spelled. */
static void show(struct json value, struct text *out)
{
	char string[256];
	const char *span;
	size_t len;
	int decoded;

	switch (json_type(value)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		text_add(out, json_is(value, JSON_OBJECT) ? "{" : "[");
		json_each(item, value) {
			text_add_comma(out);
			if (json_present(json_key(item))) {
				show(json_key(item), out);
				text_add_char(out, ':');
			}
			show(item, out);
		}
		text_add(out, json_is(value, JSON_OBJECT) ? "}" : "]");
		break;
	case JSON_STRING:
		decoded = json_string(value, string, sizeof(string));
		ck_assert_int_ge(decoded, 0);
		text_add_json_bytes(out, string, (size_t)decoded);
		break;
	default:
		span = json_span(value, &len);
		text_add_bytes(out, span, len);
	}
}

/* --- whole texts --- */

static const struct {
	const char *text;
	size_t      len;
	const char *shown;
} accepted[] = {
	{ T("null"),                            "null" },
	{ T(" \t\r\n true \t\r\n "),            "true" },
	{ T("false"),                           "false" },
	{ T("0"),                               "0" },
	{ T("-0"),                              "-0" },
	{ T("10"),                              "10" },
	{ T("10.0"),                            "10.0" },
	{ T("9007199254740993"),                "9007199254740993" },
	{ T("-12.050e+07"),                     "-12.050e+07" },
	{ T("1E-3"),                            "1E-3" },
	{ T("1e999"),                           "1e999" },
	{ T("\"\""),                            "\"\"" },
	{ T("\"plain\x7f\""),                   "\"plain\x7f\"" },
	{ T("[]"),                              "[]" },
	{ T("{}"),                              "{}" },
	{ T("[ ]"),                             "[]" },
	{ T("{\n}"),                            "{}" },
	{ T("[[],{},[[]]]"),                    "[[],{},[[]]]" },
	{ T("{\"\":{\"\":[]}}"),                "{\"\":{\"\":[]}}" },
	{ T(" [ 1 , \"a\" , null ] "),          "[1,\"a\",null]" },
	{ T("{ \"a\" : 1 , \"b\" : [ 2 ] }"),   "{\"a\":1,\"b\":[2]}" },
	{ T("{\"a\":1,\"a\":2}"),               "{\"a\":1,\"a\":2}" },
	{ T("{\"a\":{\"b\":{\"c\":[1,{\"d\":2}]}},\"e\":3}"),
	                                        "{\"a\":{\"b\":{\"c\":[1,{\"d\":2}]}},\"e\":3}" },
	{ T("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),  "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\"" },
	{ T("\"\\u0041\\u00e9\\u4e2D\\uD83D\\uDe00\""),  "\"A\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80\"" },
	/* the first and the last sequence of every length, and those around the surrogates */
	{ T("\"\xC2\x80\xDF\xBF\""),                  "\"\xC2\x80\xDF\xBF\"" },
	{ T("\"\xE0\xA0\x80\xEF\xBF\xBF\""),          "\"\xE0\xA0\x80\xEF\xBF\xBF\"" },
	{ T("\"\xED\x9F\xBF\xEE\x80\x80\""),          "\"\xED\x9F\xBF\xEE\x80\x80\"" },
	{ T("\"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\""),  "\"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"" },
	{ T("\"\\ud800\\udc00\\udbff\\udfff\""),      "\"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"" },
	/* doc: "Devices submit property data" */
	{ T("{\"id\":\"123\",\"version\":\"1.0\",\"sys\":{\"ack\":0},\"params\":{\"Power\":{\"value\":\"on\","
	    "\"time\":1524448722000},\"WF\":{\"value\":23.6,\"time\":1524448722000}},"
	    "\"method\":\"thing.event.property.post\"}"),
	  "{\"id\":\"123\",\"version\":\"1.0\",\"sys\":{\"ack\":0},\"params\":{\"Power\":{\"value\":\"on\","
	  "\"time\":1524448722000},\"WF\":{\"value\":23.6,\"time\":1524448722000}},"
	  "\"method\":\"thing.event.property.post\"}" },
};

START_TEST(accepts)
{
	char *text = exact(accepted[_i].text, accepted[_i].len);
	struct json_error error = { 0 };
	struct json_doc doc = { 0 };

	for (int rules = JSON_STRICT; rules <= JSON_LENIENT; rules++) {
		struct text shown = { 0 };

		ck_assert_msg(!json_parse(&doc, text, accepted[_i].len, rules, &error), "%s: %s at %zu",
		              accepted[_i].text, error.message, error.at);
		show(json_root(&doc), &shown);
		ck_assert_str_eq(text_string(&shown), accepted[_i].shown);
		text_free(&shown);
	}
	json_doc_free(&doc);
	free(text);
}
END_TEST

#define EARLY       "the text ends too early"
#define NO_VALUE    "expected a value"
#define NO_NAME     "expected a member name in quotes"
#define NO_COLON    "expected ':' after a member name"
#define NO_DIGIT    "expected a digit"
#define NO_WORD     "expected true, false or null"
#define NO_OBJECT   "expected ',' or '}'"
#define NO_ARRAY    "expected ',' or ']'"
#define ZEROS       "a number has no leading zeros"
#define CONTROL     "control character in a string"
#define ESCAPE      "not an escape sequence, or half a surrogate pair"
#define UTF8        "not UTF-8"
#define MORE        "expected nothing more after the value"

static const struct {
	const char *text;
	size_t      len;
	size_t      at;
	const char *message;
} refused[] = {
	{ T(""),                        0, EARLY },
	{ T(" \n"),                     2, EARLY },
	{ T("nonsense"),                1, NO_WORD },
	{ T("nul"),                     3, EARLY },
	{ T("nulL"),                    3, NO_WORD },
	{ T("truefalse"),               4, MORE },
	{ T("True"),                    0, NO_VALUE },
	{ T("NaN"),                     0, NO_VALUE },
	{ T("-Infinity"),               1, NO_DIGIT },
	{ T("'a'"),                     0, NO_VALUE },
	{ T("/* */ 1"),                 0, NO_VALUE },
	{ T("\xEF\xBB\xBF{}"),          0, NO_VALUE },   /* a byte order mark */
	{ T("{} {}"),                   3, MORE },
	{ T("1,"),                      1, MORE },
	{ T(",1"),                      0, NO_VALUE },
	{ T("]"),                       0, NO_VALUE },
	{ T("\0"),                      0, NO_VALUE },
	{ T("{}\0"),                    2, MORE },
	{ T("[\0]"),                    1, NO_VALUE },
	{ T("[1\0]"),                   2, NO_ARRAY },
	{ T("{\"a\"\0:1}"),             4, NO_COLON },
	{ T("\v1"),                     0, NO_VALUE },   /* no blank of JSON */
	/* numbers */
	{ T("-"),                       1, EARLY },
	{ T("+1"),                      0, NO_VALUE },
	{ T(".5"),                      0, NO_VALUE },
	{ T("-.5"),                     1, NO_DIGIT },
	{ T("1."),                      2, EARLY },
	{ T("[1.]"),                    3, NO_DIGIT },
	{ T("1.e5"),                    2, NO_DIGIT },
	{ T("1e"),                      2, EARLY },
	{ T("[1e+]"),                   4, NO_DIGIT },
	{ T("01"),                      1, ZEROS },
	{ T("-00"),                     2, ZEROS },
	{ T("0x10"),                    1, MORE },
	{ T("1_000"),                   1, MORE },
	{ T("--1"),                     1, NO_DIGIT },
	/* containers */
	{ T("["),                       1, EARLY },
	{ T("[1"),                      2, EARLY },
	{ T("[1 2]"),                   3, NO_ARRAY },
	{ T("[1}"),                     2, NO_ARRAY },
	{ T("[}"),                      1, NO_VALUE },
	{ T("[\"a\":1]"),               4, NO_ARRAY },
	{ T("{"),                       1, EARLY },
	{ T("{]"),                      1, NO_NAME },
	{ T("{1:2}"),                   1, NO_NAME },
	{ T("{a:2}"),                   1, NO_NAME },
	{ T("{\"a\""),                  4, EARLY },
	{ T("{\"a\"}"),                 4, NO_COLON },
	{ T("{\"a\",1}"),               4, NO_COLON },
	{ T("{\"a\"=1}"),               4, NO_COLON },
	{ T("{\"a\":"),                 5, EARLY },
	{ T("{\"a\":}"),                5, NO_VALUE },
	{ T("{\"a\":,1}"),              5, NO_VALUE },
	{ T("{\"a\"::1}"),              5, NO_VALUE },
	{ T("{\"a\":1"),                6, EARLY },
	{ T("{\"a\":1]"),               6, NO_OBJECT },
	{ T("{\"a\":1 \"b\":2}"),       7, NO_OBJECT },
	{ T("{\"a\":1}}"),              7, MORE },
	{ T("{\"a\":[1}]"),             7, NO_ARRAY },
	/* strings */
	{ T("\""),                      1, EARLY },
	{ T("\"abc"),                   4, EARLY },
	{ T("\"a\nb\""),                2, CONTROL },
	{ T("\"a\0b\""),                2, CONTROL },
	{ T("\"\x1F\""),                1, CONTROL },
	{ T("{\"a\tb\":1}"),            3, CONTROL },
	{ T("\"\\"),                    1, ESCAPE },
	{ T("\"\\\""),                  3, EARLY },
	{ T("\"\\x41\""),               1, ESCAPE },
	{ T("\"\\U0041\""),             1, ESCAPE },
	{ T("\"\\\0\""),                1, ESCAPE },
	{ T("\"\\'\""),                 1, ESCAPE },
	{ T("\"\\u\""),                 1, ESCAPE },
	{ T("\"\\u12"),                 1, ESCAPE },
	{ T("\"\\u123\""),              1, ESCAPE },
	{ T("\"\\u123"),                1, ESCAPE },
	{ T("\"\\u12g4\""),             1, ESCAPE },
	{ T("\"\\u-123\""),             1, ESCAPE },
	{ T("\"a\\ud83d\""),            2, ESCAPE },
	{ T("\"a\\ud83dx\""),           2, ESCAPE },
	{ T("\"a\\ud83d\\n01234\""),    2, ESCAPE },
	{ T("\"a\\ud83d\\u0041\""),     2, ESCAPE },
	{ T("\"a\\ud83d\\ud83d\""),     2, ESCAPE },
	{ T("\"a\\ud83d\\ude0"),        2, ESCAPE },
	{ T("\"a\\ude00\""),            2, ESCAPE },
	{ T("\"a\\ude00\\ud83d\""),     2, ESCAPE },
	{ T("\"a\\ude00\\ude00\""),     2, ESCAPE },
	{ T("\"a\\ud83d\\ue000\""),     2, ESCAPE },
	/* UTF-8 */
	{ T("\"\x80\""),                1, UTF8 },
	{ T("\"a\xBF\""),               2, UTF8 },
	{ T("\"\xC3\""),                1, UTF8 },
	{ T("\"\xC3"),                  1, UTF8 },
	{ T("\"\xC3\xA9\xC3(\""),       3, UTF8 },
	{ T("\"\xE4\xB8\""),            1, UTF8 },
	{ T("\"\xE4\xB8"),              1, UTF8 },
	{ T("\"\xF0\x9F\x98\""),        1, UTF8 },
	{ T("\"\xC0\x80\""),            1, UTF8 },   /* overlong */
	{ T("\"\xC1\xBF\""),            1, UTF8 },
	{ T("\"\xE0\x9F\xBF\""),        1, UTF8 },
	{ T("\"\xF0\x8F\xBF\xBF\""),    1, UTF8 },
	{ T("\"\xED\xA0\x80\""),        1, UTF8 },   /* surrogates */
	{ T("\"\xED\xBF\xBF\""),        1, UTF8 },
	{ T("\"\xF4\x90\x80\x80\""),    1, UTF8 },   /* beyond U+10FFFF */
	{ T("\"\xF5\x80\x80\x80\""),    1, UTF8 },
	{ T("\"\xFE\""),                1, UTF8 },
	{ T("\"\xFF\""),                1, UTF8 },
	{ T("{\"\xFF\":1}"),            2, UTF8 },
	{ T("\xC3\xA9"),                0, NO_VALUE },
};

START_TEST(refuses)
{
	char *text = exact(refused[_i].text, refused[_i].len);
	struct json_doc doc = { 0 };

	for (int rules = JSON_STRICT; rules <= JSON_LENIENT; rules++) {
		struct json_error error = { 0 };

		ck_assert_int_eq(json_parse(&doc, text, refused[_i].len, rules, &error), -1);
		ck_assert_str_eq(error.message, refused[_i].message);
		ck_assert_uint_eq(error.at, refused[_i].at);
		ck_assert(!json_present(json_root(&doc)));
		ck_assert_int_eq(json_parse(&doc, text, refused[_i].len, rules, NULL), -1);
	}
	json_doc_free(&doc);
	free(text);
}
END_TEST

/* Texts with commas that JSON has not: where strictness stops, and what is read all the same. */
static const struct {
	const char *text;
	size_t      at;
	const char *shown;
} stray_commas[] = {
	{ "[,]",                        1, "[]" },
	{ "{,}",                        1, "{}" },
	{ "[,,,]",                      1, "[]" },
	{ "[1,]",                       2, "[1]" },
	{ "[1 , ]",                     3, "[1]" },
	{ "[1,,2]",                     3, "[1,2]" },
	{ "[1, ,2]",                    4, "[1,2]" },
	{ "[,1]",                       1, "[1]" },
	{ "[ ,\n, 1,2 ,, ]",            2, "[1,2]" },
	{ "{\"a\":1,}",                 6, "{\"a\":1}" },
	{ "{\"a\":1,,\"b\":2}",         7, "{\"a\":1,\"b\":2}" },
	{ "{,\"a\":1}",                 1, "{\"a\":1}" },
	{ "{\"a\":{\"b\":[1,],},}",    12, "{\"a\":{\"b\":[1]}}" },
	{ "[[],,{},]",                  4, "[[],{}]" },
	{ "[\",,\",]",                  5, "[\",,\"]" },
	/* sdk: v4 file/download */
	{ "{\"id\":\"7\",\"version\":\"1.0\",\"params\":{\"fileToken\":\"default\",\"fileInfo\":"
	  "{\"streamId\":1397345,\"fileId\":1,},\"fileBlock\":{\"size\":5120,\"offset\":0}}}", 99,
	  "{\"id\":\"7\",\"version\":\"1.0\",\"params\":{\"fileToken\":\"default\",\"fileInfo\":"
	  "{\"streamId\":1397345,\"fileId\":1},\"fileBlock\":{\"size\":5120,\"offset\":0}}}" },
};

START_TEST(forgives_stray_commas)
{
	const char *text = stray_commas[_i].text;
	struct json_error error = { 0 };
	struct json_doc doc = { 0 };
	struct text shown = { 0 };

	ck_assert_int_eq(json_parse(&doc, text, strlen(text), JSON_STRICT, &error), -1);
	ck_assert_str_eq(error.message, "stray comma");
	ck_assert_uint_eq(error.at, stray_commas[_i].at);
	ck_assert_int_eq(json_parse(&doc, text, strlen(text), JSON_LENIENT, &error), 0);
	show(json_root(&doc), &shown);
	ck_assert_str_eq(text_string(&shown), stray_commas[_i].shown);
	text_free(&shown);
	json_doc_free(&doc);
}
END_TEST

/* Stray commas forgive nothing else: these end at the same place as if the commas were right. */
static const struct {
	const char *text;
	size_t      at;
	const char *message;
} lenient_refused[] = {
	{ "[1,,",                4, EARLY },
	{ "{\"id\":\"7\",,,",   12, EARLY },
	{ "[1,,}",               4, NO_VALUE },
	{ "{,1}",                2, NO_NAME },
	{ "[1,,2 3]",            6, NO_ARRAY },
	{ "{\"a\":1,,]",         8, NO_NAME },
	{ "[1,],",               4, MORE },
	{ "{\"a\",:1}",          4, NO_COLON },
	{ "{\"a\":,}",           5, NO_VALUE },
};

START_TEST(forgives_nothing_else)
{
	const char *text = lenient_refused[_i].text;
	struct json_error error = { 0 };
	struct json_doc doc = { 0 };

	ck_assert_int_eq(json_parse(&doc, text, strlen(text), JSON_LENIENT, &error), -1);
	ck_assert_str_eq(error.message, lenient_refused[_i].message);
	ck_assert_uint_eq(error.at, lenient_refused[_i].at);
	json_doc_free(&doc);
}
END_TEST

/* `levels` containers in one another, objects and arrays in turn. */
static void nest(struct text *out, int levels)
{
	text_clear(out);
	for (int i = 0; i < levels; i++)
		text_add(out, i % 2 ? "[" : "{\"a\":");
	text_add(out, "1");
	for (int i = levels - 1; i >= 0; i--)
		text_add(out, i % 2 ? "]" : "}");
}

START_TEST(bounds_the_depth)
{
	struct json_error error = { 0 };
	struct json_doc doc = { 0 };
	struct text text = { 0 };
	struct json value;

	nest(&text, 32);
	ck_assert_int_eq(json_parse(&doc, text.at, text.len, JSON_STRICT, NULL), 0);
	value = json_root(&doc);
	for (int i = 0; i < 32; i++)
		value = json_first(value);
	ck_assert(json_is(value, JSON_NUMBER));

	nest(&text, 33);
	ck_assert_int_eq(json_parse(&doc, text.at, text.len, JSON_STRICT, &error), -1);
	ck_assert_str_eq(error.message, "nested too deeply");
	ck_assert_uint_eq(error.at, 16 * 5 + 16);

	/* Depth counts what is open, not what there was. */
	text_clear(&text);
	text_add(&text, "[");
	for (int i = 0; i < 100; i++)
		text_add(&text, "[{}],");
	text_add(&text, "[]]");
	ck_assert_int_eq(json_parse(&doc, text.at, text.len, JSON_STRICT, NULL), 0);
	ck_assert_uint_eq(json_count(json_root(&doc)), 101);
	text_free(&text);
	json_doc_free(&doc);
}
END_TEST

START_TEST(reuses_its_memory)
{
	struct json_doc doc = { 0 };
	struct text text = { 0 };
	const struct json_node *nodes;
	uint32_t size, seen = 0;

	text_add(&text, "[");
	for (int i = 0; i < 5000; i++) {
		text_add_comma(&text);
		text_addf(&text, "{\"n\":%d}", i);
	}
	text_add(&text, "]");
	ck_assert_int_eq(json_parse(&doc, text.at, text.len, JSON_STRICT, NULL), 0);
	ck_assert_uint_eq(json_count(json_root(&doc)), 5000);
	json_each(item, json_root(&doc)) {
		int64_t n = -1;

		ck_assert(json_int64(json_get(item, "n"), &n));
		ck_assert_int_eq(n, seen++);
	}
	ck_assert_uint_eq(seen, 5000);
	nodes = doc.nodes;
	size = doc.size;
	ck_assert_int_eq(json_parse(&doc, "[1", 2, JSON_STRICT, NULL), -1);
	ck_assert_int_eq(json_parse(&doc, "{\"a\":[]}", 8, JSON_STRICT, NULL), 0);
	ck_assert_int_eq(json_parse(&doc, text.at, text.len, JSON_STRICT, NULL), 0);
	ck_assert_ptr_eq(doc.nodes, nodes);
	ck_assert_uint_eq(doc.size, size);
	text_free(&text);
	json_doc_free(&doc);
	ck_assert(!json_present(json_root(&doc)));
}
END_TEST

START_TEST(refuses_a_text_too_long)
{
	struct json_error error = { 0 };
	struct json_doc doc = { 0 };

	/* Refused by its length alone: no byte is read. */
	ck_assert_int_eq(json_parse(&doc, "1", ((size_t)1 << 31) + 1, JSON_STRICT, &error), -1);
	ck_assert_str_eq(error.message, "the text is too long");
	json_doc_free(&doc);
}
END_TEST

/* --- positions --- */

static const struct {
	const char *text;
	size_t      at;
	unsigned    line, column;
} positions[] = {
	{ "",               0, 1, 1 },
	{ "abc",            0, 1, 1 },
	{ "abc",            2, 1, 3 },
	{ "abc",            3, 1, 4 },
	{ "abc",           99, 1, 4 },   /* no further than the end */
	{ "a\nb",           1, 1, 2 },   /* the line break ends its line */
	{ "a\nb",           2, 2, 1 },
	{ "a\nb",           3, 2, 2 },
	{ "\n\n\n",         3, 4, 1 },
	{ "a\r\nbc",        4, 2, 2 },
	{ "\xC3\xA9x\n",    2, 1, 3 },   /* columns are bytes */
};

START_TEST(finds_positions)
{
	struct json_doc doc = { 0 };
	unsigned line = 0, column = 0;

	/* None of these is JSON: positions are for complaints, so they must work for texts refused. */
	ck_assert_int_eq(json_parse(&doc, positions[_i].text, strlen(positions[_i].text), JSON_STRICT, NULL), -1);
	json_position(&doc, positions[_i].at, &line, &column);
	ck_assert_uint_eq(line, positions[_i].line);
	ck_assert_uint_eq(column, positions[_i].column);
	json_doc_free(&doc);
}
END_TEST

START_TEST(finds_the_position_of_a_value)
{
	static const char text[] = "{\n\t\"products\": [\n\t\t{ \"productKey\": 5 }\n\t]\n}\n";
	struct json_doc doc = { 0 };
	unsigned line = 0, column = 0;

	ck_assert_int_eq(json_parse(&doc, text, strlen(text), JSON_STRICT, NULL), 0);
	json_position(&doc, json_offset(json_get(json_first(json_get(json_root(&doc), "products")), "productKey")),
	              &line, &column);
	ck_assert_uint_eq(line, 3);
	ck_assert_uint_eq(column, 19);
	json_doc_free(&doc);

	json_position(&doc, 0, &line, &column);   /* of an empty document */
	ck_assert_uint_eq(line, 1);
	ck_assert_uint_eq(column, 1);
}
END_TEST

/* --- ids of what is no JSON --- */

static const struct {
	const char *text;
	size_t      len;
	const char *id;    /* NULL: none */
} salvages[] = {
	{ T("{\"id\":\"7\",,,"),                     "7" },
	{ T("{\"id\":\"7\",\"params\":{\"a\":}"),    "7" },
	{ T("{\"id\" \n:\t\"123\" garbage"),         "123" },
	{ T("{\"id\":7,"),                           "7" },
	{ T("{\"id\":7}}"),                          "7" },
	{ T("{\"id\":7]"),                           "7" },
	{ T("{\"id\":7\"method\":1"),                "7" },
	{ T("{\"id\":-12.5e3 "),                     "-12.5e3" },
	{ T("{\"id\":42"),                           "42" },
	{ T("{\"id\":9007199254740993,,"),           "9007199254740993" },
	{ T("\"id\":\"a\\u0041\\n\""),               "aA\n" },
	{ T("xx\0\xFF\"id\":\"1\""),                 "1" },
	{ T("{\"id\":\"\",}}"),                      "" },
	{ T("{\"params\":{\"id\":{}},\"id\":\"9\""), "9" },
	{ T("\"id\",\"id\"=1,\"id\":null,\"id\":5,"), "5" },
	{ T("\"id\"\"id\":5,"),                      "5" },
	{ T("{\"id\":\"1234567\"]"),                 "1234567" },
	{ T("{\"id\":12345678901234567]"),           "12345678901234567" },
	{ T(""),                                     NULL },
	{ T("nonsense"),                             NULL },
	{ T("\"id\""),                               NULL },
	{ T("\"id\":"),                              NULL },
	{ T("{\"id\":\"7"),                          NULL },   /* cut off: the rest is unknown */
	{ T("{\"id\":\"7\\"),                        NULL },
	{ T("{\"id\":\"7\n\"}"),                     NULL },
	{ T("{\"id\":\"\xC3\"}"),                    NULL },
	{ T("{\"id\":\"a\\u0000b\",,"),              NULL },
	{ T("{\"id\":12a,"),                         NULL },
	{ T("{\"id\":1.2.3,"),                       NULL },
	{ T("{\"id\":0x12,"),                        NULL },
	{ T("{\"id\":007,"),                         NULL },
	{ T("{\"id\":true,,"),                       NULL },
	{ T("{\"id\":[\"7\"],,"),                    NULL },
	{ T("{\"ID\":\"7\",,"),                      NULL },
	{ T("{id:\"7\",,"),                          NULL },
	{ T("{\"uid\":\"7\",,"),                     NULL },
	{ T("{\\\"id\\\":\\\"7\\\"}"),               NULL },
	{ T("{\"id\":\"123456789012345678\",,"),     NULL },   /* no room */
	{ T("{\"id\":123456789012345678,,"),         NULL },
};

START_TEST(salvages_ids)
{
	char *text = exact(salvages[_i].text, salvages[_i].len);
	char buf[18];
	bool found = json_salvage_id(text, salvages[_i].len, buf, sizeof(buf));

	if (salvages[_i].id) {
		ck_assert(found);
		ck_assert_str_eq(buf, salvages[_i].id);
	} else {
		ck_assert(!found);
	}
	free(text);
}
END_TEST

START_TEST(salvages_nothing_from_nothing)
{
	char buf[4];

	ck_assert(!json_salvage_id(NULL, 0, buf, sizeof(buf)));   /* a message without payload */
	ck_assert(!json_salvage_id("\"id\":7,", 7, buf, 0));
	ck_assert(!json_salvage_id("\"id\":\"7\"", 8, buf, 0));
}
END_TEST

START_TEST(reads_no_text)
{
	struct json_error error = { 0 };
	struct json_doc doc = { 0 };

	ck_assert_int_eq(json_parse(&doc, NULL, 0, JSON_LENIENT, &error), -1);
	ck_assert_uint_eq(error.at, 0);
	ck_assert_str_eq(error.message, "the text ends too early");
	json_doc_free(&doc);
	json_doc_free(&doc);
}
END_TEST

static TCase *texts(void)
{
	TCase *tcase = tcase_create("texts");

	tcase_add_loop_test(tcase, accepts, 0, COUNT(accepted));
	tcase_add_loop_test(tcase, refuses, 0, COUNT(refused));
	tcase_add_loop_test(tcase, forgives_stray_commas, 0, COUNT(stray_commas));
	tcase_add_loop_test(tcase, forgives_nothing_else, 0, COUNT(lenient_refused));
	tcase_add_test(tcase, bounds_the_depth);
	tcase_add_test(tcase, reuses_its_memory);
	tcase_add_test(tcase, refuses_a_text_too_long);
	tcase_add_test(tcase, reads_no_text);
	return tcase;
}

static TCase *complaints(void)
{
	TCase *tcase = tcase_create("complaints");

	tcase_add_loop_test(tcase, finds_positions, 0, COUNT(positions));
	tcase_add_test(tcase, finds_the_position_of_a_value);
	tcase_add_loop_test(tcase, salvages_ids, 0, COUNT(salvages));
	tcase_add_test(tcase, salvages_nothing_from_nothing);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("json");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, texts());
	suite_add_tcase(suite, complaints());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

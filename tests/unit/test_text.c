/* Text that only grows. */
#include "text.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
/* Bytes that may hold NUL, as pointer and length. */
#define T(literal) literal, sizeof(literal) - 1

START_TEST(starts_empty)
{
	struct text text = { 0 };

	ck_assert_str_eq(text_string(&text), "");
	text_add(&text, "");
	text_add_bytes(&text, NULL, 0);
	ck_assert_str_eq(text_string(&text), "");
	ck_assert_uint_eq(text.len, 0);
	ck_assert(!text.failed);
	text_free(&text);
	text_free(&text);
}
END_TEST

START_TEST(grows)
{
	struct text text = { 0 };

	text_add(&text, "abc");
	text_add_char(&text, '-');
	text_add_bytes(&text, T("x\0y"));
	ck_assert_uint_eq(text.len, 7);
	ck_assert_mem_eq(text.at, "abc-x\0y", 8);

	/* Every length around the sizes it grows to keeps what was there and its NUL. */
	text_clear(&text);
	for (size_t len = 0; len < 3000; len++) {
		ck_assert_uint_eq(text.len, len);
		ck_assert_int_eq(text_string(&text)[len], '\0');
		text_add_char(&text, (char)('a' + len % 26));
	}
	for (size_t i = 0; i < 3000; i++)
		ck_assert_int_eq(text.at[i], (char)('a' + i % 26));
	text_free(&text);
	ck_assert_str_eq(text_string(&text), "");
}
END_TEST

static const struct {
	int64_t     number;
	const char *digits;
} integers[] = {
	{ 0, "0" }, { -1, "-1" }, { 9007199254740993, "9007199254740993" },
	{ INT64_MAX, "9223372036854775807" }, { INT64_MIN, "-9223372036854775808" },
};

START_TEST(adds_integers)
{
	struct text text = { 0 };

	text_add_int(&text, integers[_i].number);
	ck_assert_str_eq(text_string(&text), integers[_i].digits);
	text_free(&text);
}
END_TEST

START_TEST(adds_formats)
{
	char long_word[1000];
	struct text text = { 0 };

	memset(long_word, 'w', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	text_addf(&text, "%s-%d", "a", 5);
	text_addf(&text, "%s", "");
	text_addf(&text, "[%s]", long_word);
	ck_assert_uint_eq(text.len, 3 + 1001);
	ck_assert_mem_eq(text.at, "a-5[www", 7);
	ck_assert_str_eq(text.at + 3 + 999, "w]");
	text_free(&text);
}
END_TEST

START_TEST(adds_hex)
{
	struct text text = { 0 };

	text_add_hex(&text, (const unsigned char *)"\x00\x0f\xa5\xff", 4);
	text_add_hex(&text, NULL, 0);
	ck_assert_str_eq(text_string(&text), "000fa5ff");
	text_free(&text);
}
END_TEST

static const struct {
	const char *bytes;
	size_t      len;
	const char *literal;
} literals[] = {
	{ T(""),                            "\"\"" },
	{ T("plain /text\x7f"),             "\"plain /text\x7f\"" },
	{ T("\"quoted\\\""),                "\"\\\"quoted\\\\\\\"\"" },
	{ T("a\nb\rc\td"),                  "\"a\\nb\\rc\\td\"" },
	{ T("\0\x01\b\f\x1f"),              "\"\\u0000\\u0001\\u0008\\u000c\\u001f\"" },
	{ T("\xE6\xB8\xA9 \xC3\xA9 \xF0\x9F\x98\x80"), "\"\xE6\xB8\xA9 \xC3\xA9 \xF0\x9F\x98\x80\"" },
	/* each byte that belongs to no sequence becomes U+FFFD */
	{ T("a\xFFz"),                      "\"a\xEF\xBF\xBDz\"" },
	{ T("\xC3"),                        "\"\xEF\xBF\xBD\"" },
	{ T("\xE6\xB8"),                    "\"\xEF\xBF\xBD\xEF\xBF\xBD\"" },
	{ T("\xC0\x80\xC3\xA9"),            "\"\xEF\xBF\xBD\xEF\xBF\xBD\xC3\xA9\"" },
	{ T("\xED\xA0\x80"),                "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"" },
};

START_TEST(quotes_json)
{
	/* On the heap and exactly as long, so that a sanitizer sees any step beyond it. */
	char *bytes = malloc(literals[_i].len ? literals[_i].len : 1);
	struct text text = { 0 };

	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, literals[_i].bytes, literals[_i].len);
	text_add_json_bytes(&text, bytes, literals[_i].len);
	ck_assert_str_eq(text_string(&text), literals[_i].literal);
	if (!memchr(bytes, '\0', literals[_i].len)) {
		text_clear(&text);
		text_add_json(&text, literals[_i].bytes);
		ck_assert_str_eq(text_string(&text), literals[_i].literal);
	}
	text_free(&text);
	free(bytes);
}
END_TEST

START_TEST(places_commas)
{
	struct text text = { 0 };

	text_add_comma(&text);
	text_add(&text, "{");
	text_add_key(&text, "a");
	text_add(&text, "[");
	for (int i = 1; i <= 3; i++) {
		text_add_comma(&text);
		text_add_int(&text, i);
	}
	text_add(&text, "]");
	text_add_key(&text, "quo\"te");
	text_add(&text, "{");
	text_add_key(&text, "c");
	text_add_json(&text, "[");
	text_add_key(&text, "d");
	text_add_comma(&text);
	text_add(&text, "null}}");
	ck_assert_str_eq(text_string(&text), "{\"a\":[1,2,3],\"quo\\\"te\":{\"c\":\"[\",\"d\":null}}");

	text_clear(&text);
	text_add_key(&text, "first");
	ck_assert_str_eq(text_string(&text), "\"first\":");
	text_free(&text);
}
END_TEST

START_TEST(clears_without_releasing)
{
	struct text text = { 0 };
	const char *at;

	text_clear(&text);
	text_add(&text, "some words");
	at = text.at;
	text_clear(&text);
	ck_assert_str_eq(text_string(&text), "");
	text_add(&text, "other");
	ck_assert_ptr_eq(text.at, at);
	ck_assert_str_eq(text_string(&text), "other");
	text_free(&text);
}
END_TEST

START_TEST(is_taken)
{
	struct text text = { 0 };
	char *taken;

	text_add(&text, "words");
	taken = text_take(&text);
	ck_assert_str_eq(taken, "words");
	ck_assert_str_eq(text_string(&text), "");
	ck_assert_uint_eq(text.len, 0);
	free(taken);

	taken = text_take(&text);   /* of nothing: an empty text, not none */
	ck_assert_str_eq(taken, "");
	free(taken);
	text_free(&text);
}
END_TEST

START_TEST(fails_once_and_for_all)
{
	struct text text = { 0 };

	text_add(&text, "before");
	text_add_bytes(&text, "x", SIZE_MAX);   /* no memory is that large, so no byte is read */
	ck_assert(text.failed);
	text_add(&text, "after");
	text_add_char(&text, 'c');
	text_addf(&text, "%d", 1);
	text_add_json(&text, "j");
	text_add_key(&text, "k");
	ck_assert(text.failed);
	ck_assert_uint_eq(text.len, 6);
	ck_assert_str_eq(text_string(&text), "");
	ck_assert_ptr_null(text_take(&text));
	ck_assert(!text.failed);

	text_add_bytes(&text, "x", SIZE_MAX);
	text_clear(&text);
	ck_assert(!text.failed);
	text_add(&text, "again");
	ck_assert_str_eq(text_string(&text), "again");
	text_free(&text);
}
END_TEST

static const struct {
	const char *bytes;
	size_t      len, sequence;
} sequences[] = {
	{ T(""),                  0 },
	{ T("\0"),                1 },
	{ T("a\xFF"),             1 },
	{ T("\xC2\x80x"),         2 },
	{ T("\xC2"),              0 },
	{ T("\xE0\xA0\x80"),      3 },
	{ T("\xE0\xA0"),          0 },
	{ T("\xE0\x9F\x80"),      0 },
	{ T("\xF4\x8F\xBF\xBF"),  4 },
	{ T("\xF4\x8F\xBF"),      0 },
	{ T("\xF4\x90\x80\x80"),  0 },
	{ T("\xED\xA0\x80"),      0 },
	{ T("\x80"),              0 },
	{ T("\xFF"),              0 },
};

START_TEST(measures_utf8)
{
	ck_assert_uint_eq(utf8_length(sequences[_i].bytes, sequences[_i].len), sequences[_i].sequence);
}
END_TEST

START_TEST(writes_members)
{
	struct text text = { 0 };

	text_add_char(&text, '{');
	text_add_member(&text, "a", "x\"y");
	text_add_member(&text, "b", NULL);
	text_add_member(&text, "c", "");
	text_add_time(&text, "d", 1700000000000);
	text_add_time(&text, "e", 0);
	ck_assert_str_eq(text_string(&text), "{\"a\":\"x\\\"y\",\"b\":null,\"c\":\"\",\"d\":1700000000000,\"e\":null");
	text_free(&text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text");
	TCase *tcase = tcase_create("text");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, starts_empty);
	tcase_add_test(tcase, writes_members);
	tcase_add_test(tcase, grows);
	tcase_add_loop_test(tcase, adds_integers, 0, COUNT(integers));
	tcase_add_test(tcase, adds_formats);
	tcase_add_test(tcase, adds_hex);
	tcase_add_loop_test(tcase, quotes_json, 0, COUNT(literals));
	tcase_add_test(tcase, places_commas);
	tcase_add_test(tcase, clears_without_releasing);
	tcase_add_test(tcase, is_taken);
	tcase_add_test(tcase, fails_once_and_for_all);
	tcase_add_loop_test(tcase, measures_utf8, 0, COUNT(sequences));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

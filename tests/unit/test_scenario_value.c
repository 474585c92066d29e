/* Value tests, JSON paths and what is changed at them, globs, delays. */
#include "scenario/value_test.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/action.h"
#include "scenario/load.h"
#include "scenario/path.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *test, *value;     /* value NULL: absent */
	bool holds;
} tests[] = {
	{ "1", "1", true }, { "1", "1.0", true }, { "1", "1e0", true }, { "1", "2", false }, { "1", "\"1\"", false },
	{ "\"a\"", "\"a\"", true }, { "\"a\"", "\"\\u0061\"", true }, { "\"a\"", "\"b\"", false },
	{ "9007199254740993", "9007199254740993", true }, { "9007199254740993", "9007199254740992", false },
	{ "null", "null", true }, { "null", NULL, false }, { "true", "true", true }, { "true", "1", false },
	{ "[1,2]", "[1,2]", true }, { "[1,2]", "[2,1]", false }, { "[1]", "[1,2]", false },
	{ "{\"eq\":{\"a\":1,\"b\":[2]}}", "{\"b\":[2],\"a\":1}", true }, { "{\"eq\":{\"a\":1}}", "{\"a\":1,\"b\":2}", false },
	{ "{\"ne\":1}", "2", true }, { "{\"ne\":1}", "1", false }, { "{\"ne\":1}", NULL, false },
	{ "{\"in\":[1,\"x\"]}", "\"x\"", true }, { "{\"in\":[1,\"x\"]}", "2", false },
	{ "{\"gt\":1}", "1", false }, { "{\"gt\":1}", "1.5", true }, { "{\"ge\":1}", "1", true }, { "{\"lt\":1}", "0", true },
	{ "{\"le\":1}", "1", true }, { "{\"le\":1}", "2", false }, { "{\"ge\":1}", "\"5\"", false },
	{ "{\"ge\":1,\"lt\":3}", "2", true }, { "{\"ge\":1,\"lt\":3}", "3", false },
	{ "{\"exists\":true}", "null", true }, { "{\"exists\":true}", NULL, false }, { "{\"exists\":false}", NULL, true },
	{ "{\"exists\":false}", "0", false },
	{ "{\"glob\":\"a*c\"}", "\"abc\"", true }, { "{\"glob\":\"a*c\"}", "\"abd\"", false }, { "{\"glob\":\"a?c\"}", "\"a/c\"", true },
	{ "{\"glob\":\"*\"}", "\"\"", true }, { "{\"glob\":\"1*\"}", "12", false },
	{ "{\"regex\":\"^v[0-9]+$\"}", "\"v12\"", true }, { "{\"regex\":\"^v[0-9]+$\"}", "\"v\"", false }, { "{\"regex\":\".\"}", "1", false },
	{ "{\"type\":\"integer\"}", "5", true }, { "{\"type\":\"integer\"}", "5.0", true }, { "{\"type\":\"integer\"}", "5.5", false },
	{ "{\"type\":\"integer\"}", "1e300", true }, { "{\"type\":\"number\"}", "5.5", true }, { "{\"type\":\"string\"}", "5", false },
	{ "{\"type\":\"boolean\"}", "false", true }, { "{\"type\":\"null\"}", "null", true }, { "{\"type\":\"object\"}", "{}", true },
	{ "{\"type\":\"array\"}", "{}", false },
	{ "{\"contains\":\"b\"}", "\"abc\"", true }, { "{\"contains\":\"x\"}", "\"abc\"", false }, { "{\"contains\":2}", "[1,2]", true },
	{ "{\"contains\":3}", "[1,2]", false }, { "{\"contains\":\"k\"}", "{\"k\":1}", true }, { "{\"contains\":1}", "11", false },
	{ "{\"len\":3}", "\"abc\"", true }, { "{\"len\":2}", "\"\xc3\xa4\xc3\xb6\"", true }, { "{\"len\":{\"ge\":2}}", "[1,2]", true },
	{ "{\"len\":{\"gt\":2}}", "{\"a\":1}", false }, { "{\"len\":1}", "7", false },
};

START_TEST(value_is_tested)
{
	struct text out = { 0 };
	struct complaints complaints = { .out = &out };
	struct form form;
	struct arena arena = { 0 };
	struct regexes regexes = { 0 };
	struct value_test test;
	struct json_doc doc = { 0 };

	ck_assert(form_open(&form, "t", tests[_i].test, strlen(tests[_i].test), &complaints));
	value_test_read(&test, &form, &arena, &regexes, json_root(&form.doc));
	ck_assert_str_eq(text_string(&out), "");
	if (tests[_i].value)
		ck_assert_int_eq(json_parse(&doc, tests[_i].value, strlen(tests[_i].value), JSON_STRICT, NULL), 0);
	ck_assert_msg(value_test_holds(&test, json_root(&doc)) == tests[_i].holds, "%s of %s", tests[_i].test,
	              tests[_i].value ? tests[_i].value : "nothing");
	json_doc_free(&doc);
	regexes_free(&regexes);
	arena_free(&arena);
	form_close(&form);
	text_free(&out);
}
END_TEST

#define DOC "{\"a\":{\"b\":[10,20,{\"c\":\"x\"}]},\"a b\":1,\"n\":9007199254740993 , \"last\":null}"

static const struct {
	const char *path, *found;     /* found NULL: absent */
} paths[] = {
	{ "$", DOC }, { "$.a.b[1]", "20" }, { "$.a.b[2].c", "\"x\"" }, { "$['a b']", "1" }, { "$.n", "9007199254740993" },
	{ "$.a.b[3]", NULL }, { "$.a.c", NULL }, { "$.n.x", NULL }, { "$[0]", NULL }, { "$.last", "null" }, { "$['a']['b'][0]", "10" },
};

START_TEST(path_is_walked)
{
	struct arena arena = { 0 };
	struct json_doc doc = { 0 };
	struct path path;
	const char *wrong, *span;
	size_t len;

	ck_assert_int_eq(json_parse(&doc, DOC, strlen(DOC), JSON_STRICT, NULL), 0);
	ck_assert_msg(path_read(&path, paths[_i].path, &arena, &wrong), "%s", paths[_i].path);
	span = json_span(path_get(&path, json_root(&doc)), &len);
	ck_assert_msg(paths[_i].found ? len == strlen(paths[_i].found) && !memcmp(span, paths[_i].found, len) :
	              !json_present(path_get(&path, json_root(&doc))), "%s", paths[_i].path);
	json_doc_free(&doc);
	arena_free(&arena);
}
END_TEST

static const char *const no_paths[] = {
	"", "a", "$.", "$..a", "$[", "$[]", "$[x]", "$['", "$['']", "$a", "$[1", "$.a[", "$[12345678]",
	"$.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a",
};

START_TEST(is_no_path)
{
	struct arena arena = { 0 };
	struct path path;
	const char *wrong;

	ck_assert_msg(!path_read(&path, no_paths[_i], &arena, &wrong), "%s", no_paths[_i]);
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *doc, *path, *value, *result;    /* value NULL: taken out; result NULL: no place */
} changes[] = {
	{ "{\"a\":1,\"b\":2}", "$.a", "7", "{\"a\":7,\"b\":2}" },
	{ "{\"a\":1,\"b\":2}", "$.a", NULL, "{\"b\":2}" },
	{ "{\"a\":1,\"b\":2}", "$.b", NULL, "{\"a\":1}" },
	{ "{ \"a\" : 1 , \"b\" : 2 }", "$.b", NULL, "{ \"a\" : 1  }" },
	{ "{\"a\":1}", "$.a", NULL, "{}" },
	{ "{\"a\":1}", "$.c", "\"x\"", "{\"a\":1,\"c\":\"x\"}" },
	{ "{}", "$.c", "{}", "{\"c\":{}}" },
	{ "{\"a\":{}}", "$.a.b", "[1]", "{\"a\":{\"b\":[1]}}" },
	{ "{\"a\":[1,2,3]}", "$.a[1]", NULL, "{\"a\":[1,3]}" },
	{ "{\"a\":[1,2,3]}", "$.a[2]", NULL, "{\"a\":[1,2]}" },
	{ "{\"a\":[1,2]}", "$.a[2]", "3", "{\"a\":[1,2,3]}" },
	{ "{\"a\":[]}", "$.a[0]", "3", "{\"a\":[3]}" },
	{ "{\"a\":[]}", "$.a[1]", "3", NULL },
	{ "{\"a\":1}", "$.b.c", "3", NULL },
	{ "{\"a\":1}", "$.a.c", "3", NULL },
	{ "{\"a\":1}", "$.b", NULL, NULL },
	{ "{\"a\":1}", "$", "[]", "[]" },
	{ "{\"a\":1}", "$", NULL, NULL },
	{ "{\"n\":9007199254740993,\"b\":1}", "$.b", "2", "{\"n\":9007199254740993,\"b\":2}" },
	/* sdk: stray commas of shipping firmware stay what they are */
	{ "{\"a\":1,}", "$.b", "2", "{\"a\":1,\"b\":2}" },
};

START_TEST(place_is_changed)
{
	struct arena arena = { 0 };
	struct json_doc doc = { 0 };
	struct text out = { 0 };
	struct path path;
	const char *wrong;
	bool changed;

	ck_assert_int_eq(json_parse(&doc, changes[_i].doc, strlen(changes[_i].doc), JSON_LENIENT, NULL), 0);
	ck_assert(path_read(&path, changes[_i].path, &arena, &wrong));
	changed = path_set(&path, json_root(&doc), changes[_i].value, &out);
	ck_assert_msg(changed == (changes[_i].result != NULL), "%s in %s", changes[_i].path, changes[_i].doc);
	if (changed)
		ck_assert_str_eq(text_string(&out), changes[_i].result);
	text_free(&out);
	json_doc_free(&doc);
	arena_free(&arena);
}
END_TEST

/* A pattern of many stars on a long text that nearly fits costs no more than the product of their lengths. */
START_TEST(globs_are_bounded)
{
	char text[2001], pattern[201];

	memset(text, 'a', 2000);
	text[2000] = '\0';
	memset(pattern, 0, sizeof(pattern));
	for (int i = 0; i < 199; i += 2) {
		pattern[i] = 'a';
		pattern[i + 1] = '*';
	}
	pattern[199] = 'b';
	ck_assert(!glob_matches(pattern, text));
	pattern[199] = '*';
	ck_assert(glob_matches(pattern, text));
}
END_TEST

static const struct {
	const char *json;
	int64_t least, most, sum;     /* of 2000 draws; sum 0: not looked at */
} delays[] = {
	{ "\"250ms\"", 250, 250, 500000 },
	{ "{\"fixed\":\"2s\"}", 2000, 2000, 4000000 },
	{ "{\"uniform\":[\"100ms\",\"300ms\"]}", 100, 300, 400000 },
	{ "{\"normal\":{\"mean\":\"1s\",\"sd\":\"100ms\"}}", 0, 2000, 2000000 },
	{ "{\"normal\":{\"mean\":\"0s\",\"sd\":\"100ms\"}}", 0, 1000, 0 },
	{ "{\"lognormal\":{\"median\":\"200ms\",\"sigma\":0.4,\"max\":\"400ms\"}}", 1, 400, 0 },
	{ "{\"pareto\":{\"min\":\"100ms\",\"alpha\":2,\"max\":\"5s\"}}", 100, 5000, 0 },
	{ "{\"ramp\":{\"from\":\"1s\",\"to\":\"3s\",\"over\":\"10s\"}}", 2000, 2000, 4000000 },
};

START_TEST(delay_is_drawn)
{
	struct text out = { 0 };
	struct complaints complaints = { .out = &out };
	struct scenario scenario = { 0 };
	struct loading loading = { .scenario = &scenario, .form = &scenario.form };
	struct chance chance = { 1, "s", "r", "k", 1, 0 };
	struct delay delay;
	int64_t sum = 0;
	int i;

	ck_assert(form_open(&scenario.form, "t", delays[_i].json, strlen(delays[_i].json), &complaints));
	delay_read(&loading, json_root(&scenario.form.doc), &delay);
	ck_assert_str_eq(text_string(&out), "");
	for (i = 0; i < 2000; i++) {
		int64_t ms = delay_draw(&delay, &chance, 5000);

		ck_assert_msg(ms >= delays[_i].least && ms <= delays[_i].most, "%s: %lld", delays[_i].json, (long long)ms);
		sum += ms;
	}
	if (delays[_i].sum)
		ck_assert_msg(llabs(sum - delays[_i].sum) < delays[_i].sum / 50, "%s: %lld in all", delays[_i].json, (long long)sum);
	form_close(&scenario.form);
	arena_free(&scenario.arena);
	text_free(&out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario value");
	TCase *tcase = tcase_create("scenario value");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, value_is_tested, 0, COUNT(tests));
	tcase_add_loop_test(tcase, path_is_walked, 0, COUNT(paths));
	tcase_add_loop_test(tcase, is_no_path, 0, COUNT(no_paths));
	tcase_add_loop_test(tcase, place_is_changed, 0, COUNT(changes));
	tcase_add_test(tcase, globs_are_bounded);
	tcase_add_loop_test(tcase, delay_is_drawn, 0, COUNT(delays));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

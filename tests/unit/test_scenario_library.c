/*
 * The files of scenarios/: each loads beside the demo cloud without a remark, is listed and explained, is passed by a
 * device that behaves and failed by one that does not; and together they know every documented code.
 */
#include <check.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../transcript.h"
#include "cloud_file.h"
#include "json.h"
#include "scenario.h"
#include "text.h"

#define LIBRARY TESTS "/../scenarios"
#define TALKS   TESTS "/scenarios"
#define NAME_SIZE 80

static glob_t files, talks;

/* "ota" of ".../ota.json" and of ".../ota.good.txt" */
static void name_of(const char *path, char name[NAME_SIZE])
{
	const char *base = strrchr(path, '/') + 1;

	snprintf(name, NAME_SIZE, "%.*s", (int)strcspn(base, "."), base);
}

static char *load(const char *path)
{
	struct text text = { 0 };
	FILE *file = fopen(path, "r");
	char bytes[4096], *copy;
	size_t got;

	ck_assert_msg(file, "%s cannot be read", path);
	while ((got = fread(bytes, 1, sizeof(bytes), file)) > 0)
		text_add_bytes(&text, bytes, got);
	fclose(file);
	copy = strdup(text_string(&text));
	text_free(&text);
	return copy;
}

/* --- each file --- */

START_TEST(loads_with_the_demo_cloud)
{
	static const char *const demo[] = { TESTS "/../emulator/demo/cloud.json" };
	struct text complaints = { 0 };
	struct cloud_file *cloud = cloud_file_read(demo, 1, &complaints);
	bool fine = cloud && scenario_check(files.gl_pathv[_i], cloud, &complaints);

	ck_assert_msg(fine && !complaints.len, "%s", text_string(&complaints));
	cloud_file_free(cloud);
	text_free(&complaints);
}
END_TEST

START_TEST(is_listed_and_explained)
{
	char *readme = load(LIBRARY "/README.md"), *text = load(files.gl_pathv[_i]), row[200];
	char name[NAME_SIZE], called[NAME_SIZE], *line;
	struct json_doc doc = { 0 };

	name_of(files.gl_pathv[_i], name);
	ck_assert(!json_parse(&doc, text, strlen(text), JSON_STRICT, NULL));
	ck_assert(json_string(json_get(json_root(&doc), "name"), called, sizeof(called)) > 0);
	ck_assert_str_eq(called, name);
	/* Two sentences at least: what happens, and what a correct device does. */
	ck_assert_int_gt(json_string_bytes(json_get(json_root(&doc), "description")), 80);
	ck_assert_int_gt(json_count(json_get(json_root(&doc), "expect")), 0);
	ck_assert(json_is(json_get(json_root(&doc), "stop"), JSON_OBJECT));
	snprintf(row, sizeof(row), "\n| [%s](%s.json) | ", name, name);
	line = strstr(readme, row);
	ck_assert_msg(line, "%s is not listed in scenarios/README.md", name);
	ck_assert_msg(!strstr(line + 1, row), "%s is listed twice in scenarios/README.md", name);
	json_doc_free(&doc);
	free(readme);
	free(text);
}
END_TEST

START_TEST(has_both_conversations)
{
	static const char *const kinds[] = { "good", "bad" };
	char name[NAME_SIZE], path[400];
	size_t i;

	name_of(files.gl_pathv[_i], name);
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), TALKS "/%s.%s.txt", name, kinds[i]);
		free(load(path));
	}
}
END_TEST

START_TEST(readme_lists_nothing_else)
{
	char *readme = load(LIBRARY "/README.md"), path[400], *at;
	size_t listed = 0;

	for (at = readme; (at = strstr(at, "\n| [")); at += 4, listed++) {
		snprintf(path, sizeof(path), LIBRARY "/%.*s.json", (int)strcspn(at + 4, "]"), at + 4);
		free(load(path));
	}
	ck_assert_uint_eq(listed, files.gl_pathc);
	free(readme);
}
END_TEST

START_TEST(the_worked_example_is_its_file)
{
	char *guide = load(LIBRARY "/FIRST.md"), *example = load(LIBRARY "/first.json");

	ck_assert_msg(strstr(guide, example), "scenarios/FIRST.md does not show first.json as it is");
	free(guide);
	free(example);
}
END_TEST

/* --- conversations --- */

/* The name tells what becomes of it, and the last line says so: with a reason when it fails. */
START_TEST(ends_as_it_should)
{
	const char *path = talks.gl_pathv[_i], *reason;
	char error[8192], name[NAME_SIZE], wanted[200], *text = load(path), *last;
	bool good = strstr(path, ".good.txt");

	ck_assert_msg(good || strstr(path, ".bad"), "%s is neither good nor bad", path);
	name_of(path, name);
	snprintf(wanted, sizeof(wanted), "\nverdict %s %s", name, good ? "passed" : "failed \"id\":\"");
	last = strstr(text, "\nverdict ");
	ck_assert_msg(last && !strncmp(last, wanted, strlen(wanted)), "%s does not say `%s`", path, wanted + 1);
	reason = last + strlen(wanted);
	ck_assert_msg(good || strchr(reason, '"'), "%s does not say what fails", path);
	snprintf(wanted, sizeof(wanted), "\nscenario ../../scenarios/%s.json\n", name);
	ck_assert_msg(strstr(text, wanted), "%s does not load %s", path, name);
	free(text);
	ck_assert_msg(!transcript_run(path, NULL, NULL, error, sizeof(error)), "%s", error);
}
END_TEST

/* --- every documented code --- */

#define PAIRS_MAX 1000

static struct pair {
	char operation[64];
	int  code;
} pairs[PAIRS_MAX];
static size_t pair_count;

static void read_catalogue(void)
{
	char line[1024];
	FILE *file = fopen(TESTS "/catalog/operation-codes.tsv", "r");

	if (!file || !fgets(line, sizeof(line), file)) {
		fprintf(stderr, "operation-codes.tsv cannot be read\n");
		exit(EXIT_FAILURE);
	}
	while (fgets(line, sizeof(line), file) && pair_count < PAIRS_MAX) {
		struct pair *pair = &pairs[pair_count++];

		snprintf(pair->operation, sizeof(pair->operation), "%.*s", (int)strcspn(line, "\t"), line);
		pair->code = atoi(strrchr(line, '\t') + 1);
	}
	fclose(file);
}

static bool names(struct json method, const char *operation)
{
	if (json_is(method, JSON_STRING))
		return json_is_string(method, operation);
	json_each(one, method)
		if (json_is_string(one, operation))
			return true;
	return false;
}

/* Answers carry the operation of the request; what is pushed on /ext/error tells by its code what it is. */
static bool does(struct json rule, struct json action, const struct pair *pair)
{
	struct json reply = json_get(action, "reply"), error = json_get(action, "error");
	const char *pushed;
	int64_t code;

	if (json_int64(json_get(reply, "code"), &code) && code == pair->code)
		return names(json_get(json_get(rule, "match"), "method"), pair->operation);
	if (!json_int64(json_get(error, "code"), &code) || code != pair->code)
		return false;
	pushed = code == 520 ? "session.send" : "session.forced";
	return !strcmp(pushed, pair->operation);
}

static bool file_has(const char *path, const struct pair *pair)
{
	char *text = load(path);
	struct json_doc doc = { 0 };
	bool found = false;

	ck_assert(!json_parse(&doc, text, strlen(text), JSON_STRICT, NULL));
	if (json_is_string(json_first(json_get(json_root(&doc), "tags")), "family"))
		json_each(rule, json_get(json_root(&doc), "rules"))
			json_each(list, json_get(rule, "sequence"))
				json_each(action, list)
					found = found || does(rule, action, pair);
	json_doc_free(&doc);
	free(text);
	return found;
}

START_TEST(every_pair_is_in_a_family)
{
	const struct pair *pair = &pairs[_i];
	size_t i;

	for (i = 0; i < files.gl_pathc; i++)
		if (file_has(files.gl_pathv[i], pair))
			return;
	ck_abort_msg("no family's scenario answers %s with %d", pair->operation, pair->code);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario library");
	TCase *each = tcase_create("each"), *conversations = tcase_create("conversations"), *codes = tcase_create("codes");
	SRunner *runner;
	int failed;

	glob(LIBRARY "/*.json", 0, NULL, &files);
	glob(TALKS "/*.txt", 0, NULL, &talks);
	if (!files.gl_pathc || !talks.gl_pathc) {
		fprintf(stderr, "no scenarios in " LIBRARY ", or no conversations in " TALKS "\n");
		return EXIT_FAILURE;
	}
	read_catalogue();
	tcase_add_loop_test(each, loads_with_the_demo_cloud, 0, (int)files.gl_pathc);
	tcase_add_loop_test(each, is_listed_and_explained, 0, (int)files.gl_pathc);
	tcase_add_loop_test(each, has_both_conversations, 0, (int)files.gl_pathc);
	tcase_add_test(each, readme_lists_nothing_else);
	tcase_add_test(each, the_worked_example_is_its_file);
	tcase_add_loop_test(conversations, ends_as_it_should, 0, (int)talks.gl_pathc);
	tcase_add_loop_test(codes, every_pair_is_in_a_family, 0, (int)pair_count);
	suite_add_tcase(suite, each);
	suite_add_tcase(suite, conversations);
	suite_add_tcase(suite, codes);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	globfree(&files);
	globfree(&talks);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

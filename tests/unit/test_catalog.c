/*
 * The catalogue's (operation, code) pairs: each is seen in some transcript, caused by really breaking the rule, or
 * stands in tests/catalog/injected-only.tsv with the reason why only a scenario can cause it; never both.
 */
#include <check.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../transcript.h"

/* What is covered so far. An operation whose handler is written, with its transcripts, is added here. */
static const char *const operations[] = {
	"config.get",
	"desired.delete",
	"desired.get",
	"dynamic.register",
	"event.post",
	"event.post.raw",
	"list.found",
	"ota.request",
	"pack.post",
	"pack.post.raw",
	"property.post",
	"property.post.raw",
	"session.forced",
	"session.login",
	"session.logout",
	"session.send",
	"subdevice.register",
	"tag.delete",
	"tag.update",
	"topo.add",
	"topo.delete",
	"topo.get",
	"tsl.get",
};

#define PAIRS_MAX 1000

struct pair {
	char operation[64];
	int  code;
	char rest[200];      /* of an injected-only row: the reason */
};

struct pairs {
	struct pair at[PAIRS_MAX];
	size_t      count;
};

static struct pairs seen, catalogue, injected;

static bool pairs_have(const struct pairs *pairs, const struct pair *pair)
{
	size_t i;

	for (i = 0; i < pairs->count; i++)
		if (pairs->at[i].code == pair->code && !strcmp(pairs->at[i].operation, pair->operation))
			return true;
	return false;
}

static void pairs_add(struct pairs *pairs, const char *operation, int code, const char *rest)
{
	struct pair pair = { .code = code };

	snprintf(pair.operation, sizeof(pair.operation), "%s", operation);
	snprintf(pair.rest, sizeof(pair.rest), "%s", rest);
	if (!pairs_have(pairs, &pair) && pairs->count < PAIRS_MAX)
		pairs->at[pairs->count++] = pair;
}

static void saw(void *ctx, const char *operation, int code)
{
	pairs_add(ctx, operation, code, "");
}

static bool covered(const char *operation)
{
	size_t i;

	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (!strcmp(operations[i], operation))
			return true;
	return false;
}

/* The rows of covered operations, or all: the operation stands first, the code in column `code_column`. */
static void read_table(struct pairs *pairs, const char *name, int code_column, bool all)
{
	char path[1024], line[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s/catalog/%s", TESTS, name);
	file = fopen(path, "r");
	if (!file || !fgets(line, sizeof(line), file)) {
		fprintf(stderr, "%s cannot be read\n", path);
		exit(EXIT_FAILURE);
	}
	while (fgets(line, sizeof(line), file)) {
		char *columns[5] = { line, "", "", "", "" }, *at = line;
		int i;

		line[strcspn(line, "\n")] = '\0';
		for (i = 1; i < 5 && (at = strchr(at, '\t')); i++) {
			*at++ = '\0';
			columns[i] = at;
		}
		if (all || covered(columns[0]))
			pairs_add(pairs, columns[0], atoi(columns[code_column]), columns[code_column + 1]);
	}
	fclose(file);
}

static void replay_all(void)
{
	char error[4096];
	glob_t files;
	size_t i;

	glob(TESTS "/transcripts/*.txt", 0, NULL, &files);
	glob(TESTS "/transcripts/*/*.txt", GLOB_APPEND, NULL, &files);
	for (i = 0; i < files.gl_pathc; i++)
		transcript_run(files.gl_pathv[i], saw, &seen, error, sizeof(error));
	globfree(&files);
}

START_TEST(a_pair_is_seen_or_explained)
{
	const struct pair *pair = &catalogue.at[_i];
	bool is_seen = pairs_have(&seen, pair), is_injected = pairs_have(&injected, pair);

	ck_assert_msg(is_seen || is_injected, "no transcript causes %s with %d, and injected-only.tsv does not say why",
	              pair->operation, pair->code);
	ck_assert_msg(!is_seen || !is_injected, "%s with %d stands in injected-only.tsv, but a transcript causes it",
	              pair->operation, pair->code);
}
END_TEST

START_TEST(an_explained_pair_is_of_the_catalogue)
{
	const struct pair *pair = &injected.at[_i];

	ck_assert_msg(pairs_have(&catalogue, pair), "%s with %d is no pair of the covered operations", pair->operation, pair->code);
	ck_assert_msg(*pair->rest, "%s with %d has no reason", pair->operation, pair->code);
}
END_TEST

START_TEST(every_covered_operation_is_in_the_catalogue)
{
	size_t i, rows = 0;

	for (i = 0; i < catalogue.count; i++)
		rows += !strcmp(catalogue.at[i].operation, operations[_i]);
	ck_assert_msg(rows, "the catalogue has no %s", operations[_i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("catalog");
	TCase *tcase = tcase_create("catalog");
	SRunner *runner;
	int failed;

	read_table(&catalogue, "operation-codes.tsv", 3, false);
	read_table(&injected, "injected-only.tsv", 1, true);
	replay_all();
	tcase_add_loop_test(tcase, a_pair_is_seen_or_explained, 0, (int)catalogue.count);
	tcase_add_loop_test(tcase, an_explained_pair_is_of_the_catalogue, 0, (int)injected.count);
	tcase_add_loop_test(tcase, every_covered_operation_is_in_the_catalogue, 0,
	                    sizeof(operations) / sizeof(operations[0]));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

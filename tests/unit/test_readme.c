/*
 * The README's tables are made from the code's: each stands between `<!-- NAME -->` and `<!-- end -->`, and must be
 * what is written here. `test_readme --write` puts them in.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "method.h"
#include "settings.h"
#include "text.h"

#define README TESTS "/../README.md"

static void add_topic(struct text *out, const char *topic)
{
	/* A bar would end the cell. */
	for (; *topic; topic++)
		text_add_char(out, *topic == '|' ? '/' : *topic);
}

static void write_methods(struct text *out)
{
	const struct method *rows;
	size_t count, i;

	text_add(out, "| A device publishes to | Operation | Answered |\n|---|---|---|\n");
	rows = method_rows(&count);
	for (i = 0; i < count; i++) {
		text_add(out, "| `");
		add_topic(out, rows[i].topic);
		text_addf(out, "` | `%s` | %s |\n", rows[i].operation,
		          rows[i].flags & (METHOD_PLAIN | METHOD_OWN_ANSWER) ? "its own way" : "on `…_reply`");
	}
}

static void write_limits(struct text *out)
{
	const struct limit_row *rows;
	size_t count, i;

	text_add(out, "| Limit | Profile `test` | Profile `platform` | Beyond it |\n|---|---|---|---|\n");
	rows = settings_limits(&count);
	for (i = 0; i < count; i++)
		text_addf(out, "| `%s` | %lld | %lld | %s |\n", rows[i].name, (long long)rows[i].test, (long long)rows[i].platform,
		          rows[i].beyond);
}

static void write_options(struct text *out)
{
	const struct option_row *rows;
	size_t count, i;

	text_add(out, "| Option | Values, default first | |\n|---|---|---|\n");
	rows = settings_options(&count);
	for (i = 0; i < count; i++)
		text_addf(out, "| `%s` | `%s` | %s |\n", rows[i].name, rows[i].values, rows[i].what);
}

static const struct {
	const char *name;
	void      (*write)(struct text *out);
} tables[] = {
	{ "methods", write_methods },
	{ "limits",  write_limits  },
	{ "options", write_options },
};

static char *read_all(void)
{
	struct text all = { 0 };
	FILE *file = fopen(README, "r");
	char buf[4096];
	size_t len;

	if (!file) {
		perror(README);
		exit(EXIT_FAILURE);
	}
	while ((len = fread(buf, 1, sizeof(buf), file)))
		text_add_bytes(&all, buf, len);
	fclose(file);
	return text_take(&all);
}

/* Where the table `name` begins and ends in the text. */
static char *find(char *readme, const char *name, size_t *len)
{
	char mark[64], *start, *end;

	snprintf(mark, sizeof(mark), "<!-- %s -->\n", name);
	start = strstr(readme, mark);
	if (!start)
		return NULL;
	start += strlen(mark);
	end = strstr(start, "<!-- end -->");
	*len = end ? (size_t)(end - start) : 0;
	return end ? start : NULL;
}

START_TEST(table_is_the_codes)
{
	char *readme = read_all(), *at;
	struct text expected = { 0 };
	size_t len;

	at = find(readme, tables[_i].name, &len);
	ck_assert_msg(at != NULL, "README.md has no table %s", tables[_i].name);
	tables[_i].write(&expected);
	ck_assert_msg(len == expected.len && !memcmp(at, expected.at, len),
	              "the table %s of README.md is not what the code says: run test_readme --write", tables[_i].name);
	text_free(&expected);
	free(readme);
}
END_TEST

static int write_tables(void)
{
	size_t i, len;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		char *readme = read_all(), *at = find(readme, tables[i].name, &len);
		struct text out = { 0 };
		FILE *file;

		if (!at) {
			fprintf(stderr, "README.md has no table %s\n", tables[i].name);
			return EXIT_FAILURE;
		}
		text_add_bytes(&out, readme, (size_t)(at - readme));
		tables[i].write(&out);
		text_add(&out, at + len);
		file = fopen(README, "w");
		if (!file || fwrite(out.at, 1, out.len, file) != out.len || fclose(file))
			return EXIT_FAILURE;
		text_free(&out);
		free(readme);
	}
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("readme");
	TCase *tcase = tcase_create("tables");
	SRunner *runner;
	int failed;

	if (argc > 1 && !strcmp(argv[1], "--write"))
		return write_tables();
	tcase_add_loop_test(tcase, table_is_the_codes, 0, (int)(sizeof(tables) / sizeof(tables[0])));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

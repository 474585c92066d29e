/* scenarios/FORMAT.md says all that a scenario file may: every word that the loader knows stands in it as code. */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/expect.h"
#include "scenario/load.h"
#include "scenario/value_test.h"

#define FORMAT TESTS "/../scenarios/FORMAT.md"

static char *page;

static void setup(void)
{
	FILE *file = fopen(FORMAT, "r");
	long size;

	ck_assert_ptr_nonnull(file);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	page = calloc(1, (size_t)size + 1);
	ck_assert_ptr_nonnull(page);
	ck_assert_uint_eq(fread(page, 1, (size_t)size, file), (size_t)size);
	fclose(file);
}

static void teardown(void)
{
	free(page);
}

static bool part_of_word(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '-';
}

/* Whether it stands between backticks, on its own or as a word of something longer. */
static bool is_said(const char *word)
{
	const char *at = page, *c;

	while ((at = strstr(at, word))) {
		unsigned ticks = 0;

		for (c = at; c > page && c[-1] != '\n'; c--)
			ticks += c[-1] == '`';
		if (ticks % 2 && !part_of_word(at[-1]) && !part_of_word(at[strlen(word)]))
			return true;
		at++;
	}
	return false;
}

static void say_keys(const struct form_key *keys, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (*keys[i].name != '$')
			ck_assert_msg(is_said(keys[i].name), "scenarios/FORMAT.md says nothing of `%s`", keys[i].name);
}

START_TEST(keys)
{
	static const struct form_key *const tables[] = {
		scenario_keys, clock_spec_keys, defaults_keys, stop_keys, report_keys, rule_keys, when_keys, burst_keys, set_keys,
		step_keys, after_keys, repeat_keys, expect_keys, count_keys, intervals_keys, http_match_keys,
	};

	say_keys(tables[_i], keys_count(tables[_i]));
}
END_TEST

START_TEST(actions)
{
	const struct action_row *rows;
	size_t count, i;

	rows = action_rows(&count);
	ck_assert_uint_gt(count, 20);
	for (i = 0; i < count; i++) {
		ck_assert_msg(is_said(rows[i].name), "scenarios/FORMAT.md says nothing of the action `%s`", rows[i].name);
		say_keys(rows[i].keys, keys_count(rows[i].keys));
	}
}
END_TEST

START_TEST(matchers_and_operators)
{
	const struct match_field *fields;
	const struct form_key *operators;
	size_t count, i;

	fields = match_fields(&count);
	for (i = 0; i < count; i++)
		say_keys(&fields[i].key, 1);
	operators = value_operators(&count);
	say_keys(operators, count);
}
END_TEST

START_TEST(events_and_invariants)
{
	const struct invariant *rows;
	size_t count, i;

	for (i = 0; i < EVENT_COUNT; i++)
		ck_assert_msg(is_said(event_name((enum event)i)), "scenarios/FORMAT.md says nothing of %s", event_name((enum event)i));
	rows = invariants(&count);
	for (i = 0; i < count; i++)
		ck_assert_msg(is_said(rows[i].name), "scenarios/FORMAT.md says nothing of %s", rows[i].name);
}
END_TEST

/* The test itself can fail. */
START_TEST(what_it_does_not_say)
{
	ck_assert(is_said("lognormal"));
	ck_assert(!is_said("lognorma"));
	ck_assert(!is_said("wireless"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario_format");
	TCase *tcase = tcase_create("scenario_format");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, keys, 0, 16);
	tcase_add_test(tcase, actions);
	tcase_add_test(tcase, matchers_and_operators);
	tcase_add_test(tcase, events_and_invariants);
	tcase_add_test(tcase, what_it_does_not_say);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

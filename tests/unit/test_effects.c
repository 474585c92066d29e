/* Lists of effects: in order, with strings of their own, cut and used again. */
#include "effects.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(keeps_copies_in_order)
{
	struct effects effects = { 0 };
	char topic[] = "/sys/a", payload[] = "one\0two";

	effects_publish(&effects, 7, ROLE_REPLY, topic, payload, 7, 1);
	effects_kick(&effects, 8);
	effects_answer(&effects, 9, 409, "{}", 2);
	memset(topic, 'x', sizeof(topic));
	memset(payload, 'x', sizeof(payload));

	ck_assert_uint_eq(effects.count, 3);
	ck_assert_int_eq(effects.at[0].kind, EFFECT_PUBLISH);
	ck_assert_uint_eq(effects.at[0].connection, 7);
	ck_assert_int_eq(effects.at[0].role, ROLE_REPLY);
	ck_assert_str_eq(effects.at[0].topic, "/sys/a");
	ck_assert_uint_eq(effects.at[0].payload_len, 7);
	ck_assert_int_eq(memcmp(effects.at[0].payload, "one\0two", 8), 0);
	ck_assert_int_eq(effects.at[0].qos, 1);
	ck_assert_int_eq(effects.at[1].kind, EFFECT_KICK);
	ck_assert_uint_eq(effects.at[1].connection, 8);
	ck_assert_str_eq(effects.at[1].topic, "");
	ck_assert_int_eq(effects.at[2].kind, EFFECT_ANSWER);
	ck_assert_uint_eq(effects.at[2].ticket, 9);
	ck_assert_int_eq(effects.at[2].status, 409);
	ck_assert_str_eq(effects.at[2].payload, "{}");
	ck_assert(!effects.failed);
	effects_free(&effects);
}
END_TEST

START_TEST(grows)
{
	struct effects effects = { 0 };
	static char large[200000];
	char topic[32];
	size_t i;

	memset(large, 'l', sizeof(large));
	for (i = 0; i < 1000; i++) {
		snprintf(topic, sizeof(topic), "t%zu", i);
		effects_publish(&effects, i, ROLE_DOWN, topic, large, i % 100 ? 10 : sizeof(large), 0);
	}
	for (i = 0; i < 1000; i++) {
		snprintf(topic, sizeof(topic), "t%zu", i);
		ck_assert_str_eq(effects.at[i].topic, topic);
		ck_assert_uint_eq(strlen(effects.at[i].payload), i % 100 ? 10 : sizeof(large));
	}
	effects_free(&effects);
}
END_TEST

START_TEST(is_cut_and_used_again)
{
	struct effects effects = { 0 };

	effects_kick(&effects, 1);
	effects_kick(&effects, 2);
	effects_kick(&effects, 3);
	effects_cut(&effects, 5);
	ck_assert_uint_eq(effects.count, 3);
	effects_cut(&effects, 1);
	ck_assert_uint_eq(effects.count, 1);
	effects_kick(&effects, 4);
	ck_assert_uint_eq(effects.at[1].connection, 4);
	effects_clear(&effects);
	ck_assert_uint_eq(effects.count, 0);
	effects_publish(&effects, 5, ROLE_DOWN, "t", NULL, 0, 0);
	ck_assert_uint_eq(effects.count, 1);
	ck_assert_str_eq(effects.at[0].payload, "");
	effects_free(&effects);
	effects_free(&effects);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("effects");
	TCase *tcase = tcase_create("effects");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, keeps_copies_in_order);
	tcase_add_test(tcase, grows);
	tcase_add_test(tcase, is_cut_and_used_again);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

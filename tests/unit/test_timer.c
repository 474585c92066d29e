/* Timers: in order of their time, then of their setting; each once. */
#include "timer.h"

#include <check.h>
#include <stdlib.h>

#define MANY 1000

struct alarm {
	struct timer timer;
	int number;
};

static int fired[MANY * 2];
static size_t fired_count;
static struct timers *running;

static void note(struct timer *timer, void *ctx)
{
	ck_assert_ptr_eq(ctx, &fired_count);
	ck_assert_uint_eq(timer->slot, 0);
	fired[fired_count++] = timer_owner(timer, struct alarm, timer)->number;
}

/* Sets itself again for the same moment. */
static void again(struct timer *timer, void *ctx)
{
	note(timer, ctx);
	ck_assert_int_eq(timer_set(running, timer, timer->due_ms), 0);
}

START_TEST(in_order)
{
	struct timers timers = { 0 };
	struct alarm alarms[] = {
		{ .timer.fire = note, .number = 0 }, { .timer.fire = note, .number = 1 }, { .timer.fire = note, .number = 2 },
		{ .timer.fire = note, .number = 3 },
	};

	fired_count = 0;
	ck_assert_int_eq(timers_next_ms(&timers), INT64_MAX);
	ck_assert_int_eq(timer_set(&timers, &alarms[0].timer, 30), 0);
	ck_assert_int_eq(timer_set(&timers, &alarms[1].timer, 10), 0);
	ck_assert_int_eq(timer_set(&timers, &alarms[2].timer, 20), 0);
	ck_assert_int_eq(timer_set(&timers, &alarms[3].timer, 10), 0);
	ck_assert_int_eq(timers_next_ms(&timers), 10);
	timers_run(&timers, 9, &fired_count);
	ck_assert_uint_eq(fired_count, 0);
	timers_run(&timers, 20, &fired_count);
	ck_assert_uint_eq(fired_count, 3);
	ck_assert_int_eq(fired[0], 1);
	ck_assert_int_eq(fired[1], 3);
	ck_assert_int_eq(fired[2], 2);
	ck_assert_int_eq(timers_next_ms(&timers), 30);
	timers_run(&timers, 30, &fired_count);
	timers_run(&timers, 1000, &fired_count);
	ck_assert_uint_eq(fired_count, 4);
	ck_assert_int_eq(timers_next_ms(&timers), INT64_MAX);
	timers_free(&timers);
}
END_TEST

START_TEST(moved_and_cancelled)
{
	struct timers timers = { 0 };
	struct alarm a = { .timer.fire = note, .number = 1 }, b = { .timer.fire = note, .number = 2 };

	fired_count = 0;
	timer_cancel(&timers, &a.timer);      /* was never set */
	timer_set(&timers, &a.timer, 10);
	timer_set(&timers, &b.timer, 20);
	timer_set(&timers, &a.timer, 30);
	ck_assert_int_eq(timers_next_ms(&timers), 20);
	timer_cancel(&timers, &b.timer);
	timer_cancel(&timers, &b.timer);
	ck_assert_int_eq(timers_next_ms(&timers), 30);
	timers_run(&timers, 100, &fired_count);
	ck_assert_uint_eq(fired_count, 1);
	ck_assert_int_eq(fired[0], 1);
	timers_free(&timers);
}
END_TEST

/* Else one that sets itself again would never let the loop end. */
START_TEST(set_while_running_waits_for_the_next_run)
{
	struct timers timers = { 0 };
	struct alarm a = { .timer.fire = again, .number = 1 };

	fired_count = 0;
	running = &timers;
	timer_set(&timers, &a.timer, 10);
	timers_run(&timers, 10, &fired_count);
	ck_assert_uint_eq(fired_count, 1);
	timers_run(&timers, 10, &fired_count);
	ck_assert_uint_eq(fired_count, 2);
	timer_cancel(&timers, &a.timer);
	timers_free(&timers);
}
END_TEST

/* A heap that loses its order shows with many, in an order that repeats. */
START_TEST(many)
{
	static struct alarm alarms[MANY];
	struct timers timers = { 0 };
	uint32_t x = 1;
	size_t i, cancelled = 0;

	fired_count = 0;
	for (i = 0; i < MANY; i++) {
		x = x * 1664525 + 1013904223;
		alarms[i] = (struct alarm){ .timer.fire = note, .number = (int)(x >> 22) };
		timer_set(&timers, &alarms[i].timer, alarms[i].number);
	}
	for (i = 0; i < MANY; i += 7, cancelled++)
		timer_cancel(&timers, &alarms[i].timer);
	timers_run(&timers, 1 << 10, &fired_count);
	ck_assert_uint_eq(fired_count, MANY - cancelled);
	for (i = 1; i < fired_count; i++)
		ck_assert_int_le(fired[i - 1], fired[i]);
	timers_free(&timers);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("timer");
	TCase *tcase = tcase_create("timer");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, in_order);
	tcase_add_test(tcase, moved_and_cancelled);
	tcase_add_test(tcase, set_while_running_waits_for_the_next_run);
	tcase_add_test(tcase, many);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

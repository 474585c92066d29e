/* The pool: every call has its result, whatever becomes of the processes, and none waits for another's loop. */
#include "script_pool.h"

#include <check.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define UP_DOWN "function protocolToRawData(json) { return [1]; }" \
	"function rawDataToProtocol(bytes) { if (bytes[0]) for (;;); return { n: bytes.length }; }"

static atomic_int woken;

static void wake(void *ctx)
{
	(void)ctx;
	woken++;
}

static bool submit(struct script_pool *pool, uint64_t ticket, uint64_t script, const char *input, size_t len, unsigned timeout_ms)
{
	return script_pool_submit(pool, ticket, &(struct script_request){
		.script = script, .source = UP_DOWN, .source_len = strlen(UP_DOWN), .function = SCRIPT_UPLINK, .input = input,
		.input_len = len, .timeout_ms = timeout_ms });
}

/* The next result, waited for; its ticket. */
static uint64_t next(struct script_pool *pool, struct script_result *result)
{
	uint64_t ticket;
	int i;

	for (i = 0; i < 1000; i++) {
		if (script_pool_next(pool, &ticket, result))
			return ticket;
		script_pool_wait(pool, 20000);
	}
	ck_abort_msg("no result came");
	return 0;
}

START_TEST(every_call_has_its_result)
{
	struct script_pool *pool = script_pool_new(HELPER, wake, NULL);
	struct script_result result;
	bool seen[300] = { false };
	uint64_t ticket;
	int i;

	ck_assert_ptr_nonnull(pool);
	ck_assert(!script_pool_next(pool, &ticket, &result));
	for (i = 0; i < 300; i++)
		ck_assert(submit(pool, (uint64_t)i, 1 + (uint64_t)i % 100, "\0\0\0", 1 + (size_t)i % 3, 60000));
	for (i = 0; i < 300; i++) {
		ticket = next(pool, &result);
		ck_assert_uint_lt(ticket, 300);
		ck_assert(!seen[ticket]);
		seen[ticket] = true;
		ck_assert_msg(result.code == 200, "%d %s", result.code, result.why);
		ck_assert_int_eq(result.output[5] - '0', (int)(1 + ticket % 3));
	}
	ck_assert_int_ge(woken, 1);
	ck_assert(!script_pool_next(pool, &ticket, &result));
	script_pool_free(pool);
}
END_TEST

/* The same script on three devices, all but one worker: what else there is goes on. */
START_TEST(loops_leave_room_for_others)
{
	struct script_pool *pool = script_pool_new(HELPER, wake, NULL);
	struct script_result result;
	uint64_t ticket;

	for (ticket = 1; ticket <= 3; ticket++)
		submit(pool, ticket, 1, "\1", 1, 1000);
	submit(pool, 4, 1, "\0", 1, 1000);        /* waits: its script has what it may have */
	submit(pool, 5, 2, "\0", 1, 1000);
	ck_assert_uint_eq(next(pool, &result), 5);
	ck_assert_int_eq(result.code, 200);
	for (ticket = 1; ticket <= 3; ticket++) {
		ck_assert_uint_le(next(pool, &result), 4);
		ck_assert_int_eq(result.code == 26003 || result.code == 200, 1);
	}
	next(pool, &result);
	script_pool_free(pool);
}
END_TEST

START_TEST(a_loop_ends_at_its_deadline)
{
	struct script_pool *pool = script_pool_new(HELPER, wake, NULL);
	struct script_result result;

	submit(pool, 1, 1, "\1", 1, 200);
	ck_assert_uint_eq(next(pool, &result), 1);
	ck_assert_int_eq(result.code, 26003);
	ck_assert_str_eq(result.why, "the script ran longer than 200 ms");
	submit(pool, 2, 1, "\0", 1, 60000);
	ck_assert_uint_eq(next(pool, &result), 2);
	ck_assert_int_eq(result.code, 200);
	script_pool_free(pool);
}
END_TEST

START_TEST(the_end_does_not_wait_for_scripts)
{
	struct script_pool *pool = script_pool_new(HELPER, wake, NULL);
	struct script_result result;

	submit(pool, 1, 1, "\0", 1, 60000);
	next(pool, &result);
	submit(pool, 2, 1, "\1", 1, 60000);
	submit(pool, 3, 1, "\1", 1, 60000);
	script_pool_free(pool);
	script_pool_free(NULL);
	script_pool_free(script_pool_new(HELPER, wake, NULL));
}
END_TEST

static const struct {
	const char *helper, *why, *emulated;
} broken[] = {
	{ "/nowhere/alink-script", "/nowhere/alink-script cannot be started: No such file or directory",
	  "/nowhere/alink-script ended by itself with exit code 127" },
	{ "/bin/false", "/bin/false ended by itself with exit code 1", NULL },
};

/* Valgrind makes a fork of the vfork that would tell why a program does not start. */
static bool is_emulated(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded && strstr(preloaded, "vgpreload");
}

START_TEST(without_a_helper_every_call_says_so)
{
	struct script_pool *pool = script_pool_new(broken[_i].helper, wake, NULL);
	struct script_result result;
	uint64_t ticket;

	for (ticket = 1; ticket <= 5; ticket++)
		submit(pool, ticket, 1, "\0", 1, 60000);
	for (ticket = 1; ticket <= 5; ticket++) {
		next(pool, &result);
		ck_assert_int_eq(result.code, 26015);
		ck_assert_str_eq(result.why, is_emulated() && broken[_i].emulated ? broken[_i].emulated : broken[_i].why);
		ck_assert_str_eq(result.output, "");
		ck_assert_str_eq(result.console, "");
	}
	script_pool_free(pool);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("script pool");
	TCase *tcase = tcase_create("pool");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, every_call_has_its_result);
	tcase_add_test(tcase, loops_leave_room_for_others);
	tcase_add_test(tcase, a_loop_ends_at_its_deadline);
	tcase_add_test(tcase, the_end_does_not_wait_for_scripts);
	tcase_add_loop_test(tcase, without_a_helper_every_call_says_so, 0, sizeof(broken) / sizeof(broken[0]));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

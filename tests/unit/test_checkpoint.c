/* The state file's log: of bounded length, however busy whoever writes it is. */
#include "checkpoint.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"

static char folder[] = "/tmp/alink-test-checkpoint-XXXXXX";
static char path[80], log_path[90];

static void setup(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/state.db", folder);
	snprintf(log_path, sizeof(log_path), "%s-wal", path);
}

static void teardown(void)
{
	char shared[90];

	snprintf(shared, sizeof(shared), "%s-shm", path);
	unlink(path);
	unlink(log_path);
	unlink(shared);
	rmdir(folder);
}

static int64_t log_size(void)
{
	struct stat about;

	return stat(log_path, &about) ? 0 : (int64_t)about.st_size;
}

/* One commit behind the other, with a turn between them as the broker has it. What is not begun anew grows with each. */
START_TEST(begins_anew_under_load)
{
	char error[300];
	struct store *store = store_open(path, error, sizeof(error));
	struct checkpointer *checkpointer = checkpointer_start(path);
	int64_t size = -1, round = 0;

	ck_assert(store && checkpointer);
	while (log_size() != size) {
		size = log_size();
		ck_assert_int_eq(store_set_note(store, 1, "round", ++round), 0);
		ck_assert_int_eq(store_commit(store), 0);
		checkpointer_turn(checkpointer);
		ck_assert_msg(size < (1 << 30), "after %lld rounds", (long long)round);
	}
	ck_assert_int_ge(size, 4000 * 4096);
	ck_assert_int_eq(checkpointer_news(checkpointer, error, sizeof(error)), 0);
	checkpointer_stop(checkpointer);
	store_close(store);
	ck_assert_int_eq(log_size(), 0);
}
END_TEST

/* Whoever runs the broker hears of it once, and once that it is over. */
START_TEST(says_once_that_it_fails)
{
	char why[300];
	struct checkpointer *checkpointer = checkpointer_start(path);
	struct store *store;
	int news;

	while ((news = checkpointer_news(checkpointer, why, sizeof(why))) == 0)
		usleep(1000);
	ck_assert_int_eq(news, 1);
	ck_assert_str_eq(why, "unable to open database file");
	ck_assert_int_eq(checkpointer_news(checkpointer, why, sizeof(why)), 0);
	store = store_open(path, why, sizeof(why));
	ck_assert_ptr_nonnull(store);
	while ((news = checkpointer_news(checkpointer, why, sizeof(why))) == 0)
		usleep(1000);
	ck_assert_int_eq(news, -1);
	checkpointer_stop(checkpointer);
	store_close(store);
}
END_TEST

START_TEST(none_is_fine)
{
	char why[300];

	checkpointer_turn(NULL);
	ck_assert_int_eq(checkpointer_news(NULL, why, sizeof(why)), 0);
	checkpointer_stop(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("checkpoint");
	TCase *tcase = tcase_create("checkpoint");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, begins_anew_under_load);
	tcase_add_test(tcase, says_once_that_it_fails);
	tcase_add_test(tcase, none_is_fine);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

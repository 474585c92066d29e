/* What is done beside the broker: the write-ahead log is of bounded length, however busy who writes it, and the log is kept. */
#include "state_keeper.h"

#include <check.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "monotonic.h"
#include "store.h"
#include "store_log.h"

/* monotonic.c tells a later time than it is. */
static int64_t later_ms;
int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = __real_clock_gettime(clock, now);

	now->tv_sec += later_ms / 1000;
	return result;
}

static char folder[] = "/tmp/alink-test-keeper-XXXXXX";
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
	static const char *const ends[] = { "", "-wal", "-shm", "-log", "-log-wal", "-log-shm" };
	char name[100];
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	rmdir(folder);
}

static int64_t log_size(void)
{
	struct stat about;

	return stat(log_path, &about) ? 0 : (int64_t)about.st_size;
}

static int64_t log_claim(void)
{
	char name[90];
	struct log_store *log;
	int64_t claim;

	snprintf(name, sizeof(name), "%s-log", path);
	log = log_store_open(name);
	ck_assert_ptr_nonnull(log);
	claim = log_store_claim(log);
	ck_assert_int_gt(claim, 0);
	log_store_close(log);
	return claim;
}

static struct state_keeper *keeper_start(void)
{
	char why[300];
	int64_t claim = log_claim();
	struct state_keeper *keeper = state_keeper_start(KEEPER, path, claim, why, sizeof(why));

	ck_assert_msg(keeper != NULL, "%s", why);
	return keeper;
}

/* One commit behind the other, with a turn between them as the broker has it. What is not begun anew grows with each. */
START_TEST(begins_anew_under_load)
{
	char error[300];
	struct store *store = store_open(path, error, sizeof(error));
	struct state_keeper *keeper = keeper_start();
	int64_t size = 0, round = 0, grew = 0;

	ck_assert(store && keeper);
	while (round - grew < 1000) {
		if (log_size() != size)
			grew = round;
		size = log_size();
		ck_assert_int_eq(store_set_note(store, 1, "round", ++round), 0);
		ck_assert_int_eq(store_commit(store), 0);
		state_keeper_turn(keeper);
		ck_assert_msg(size < (1 << 30), "after %lld rounds", (long long)round);
	}
	ck_assert_int_eq(state_keeper_news(keeper, error, sizeof(error)), 0);
	state_keeper_stop(keeper);
	store_close(store);
	ck_assert_int_eq(log_size(), 0);
}
END_TEST

static int next_news(struct state_keeper *keeper, char *why, size_t size)
{
	int news;

	do {
		state_keeper_turn(keeper);
		usleep(1000);
	} while ((news = state_keeper_news(keeper, why, size)) == 0);
	return news;
}

/* Whoever runs the broker hears of it once, and once that it is over. */
START_TEST(says_once_that_it_fails)
{
	char why[300];
	struct state_keeper *keeper = keeper_start();
	struct store *store;

	ck_assert_int_eq(next_news(keeper, why, sizeof(why)), 1);
	ck_assert_str_eq(why, "unable to open database file");
	ck_assert_int_eq(state_keeper_news(keeper, why, sizeof(why)), 0);
	store = store_open(path, why, sizeof(why));
	ck_assert_ptr_nonnull(store);
	ck_assert_int_eq(next_news(keeper, why, sizeof(why)), -1);
	state_keeper_stop(keeper);
	store_close(store);
}
END_TEST

START_TEST(says_that_its_program_is_not_there)
{
	char why[300];
	struct state_keeper *keeper = state_keeper_start("/nowhere/alink-keeper", path, 0, why, sizeof(why));

	if (!keeper) {
		ck_assert_str_eq(why, "/nowhere/alink-keeper cannot be started: No such file or directory");
		return;
	}
	/* Where vfork is a fork, as below valgrind, posix_spawn does not hear of it. */
	ck_assert_int_eq(next_news(keeper, why, sizeof(why)), 1);
	ck_assert_str_eq(why, "alink-keeper ended with exit code 127");
	state_keeper_stop(keeper);
}
END_TEST

/* 0: there is none. */
static pid_t child(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int pid, parent, found = 0;
	char state;

	ck_assert_ptr_nonnull(proc);
	while (!found && (entry = readdir(proc))) {
		char name[300];
		FILE *stat;

		snprintf(name, sizeof(name), "/proc/%s/stat", entry->d_name);
		stat = strspn(entry->d_name, "0123456789") ? fopen(name, "r") : NULL;
		if (stat && fscanf(stat, "%d %*s %c %d", &pid, &state, &parent) == 3 && parent == getpid() && state != 'Z')
			found = pid;
		if (stat)
			fclose(stat);
	}
	closedir(proc);
	return found;
}

/* --- the cloud's log --- */

struct rows {
	int      count;
	uint64_t first[4];
	char     records[4][32];
};

static int each(void *ctx, uint64_t first, const char *bytes, size_t len)
{
	struct rows *rows = ctx;

	ck_assert_int_lt(rows->count, 4);
	rows->first[rows->count] = first;
	snprintf(rows->records[rows->count++], sizeof(rows->records[0]), "%.*s", (int)len, bytes);
	return 0;
}

static struct rows written(void)
{
	char name[90];
	struct rows rows = { 0 };
	struct log_store *log;

	snprintf(name, sizeof(name), "%s-log", path);
	log = log_store_open(name);
	ck_assert_ptr_nonnull(log);
	ck_assert_int_eq(log_store_each(log, each, &rows), 0);
	log_store_close(log);
	return rows;
}

START_TEST(has_written_all_when_it_stops)
{
	struct state_keeper *keeper = keeper_start();
	struct rows rows;

	state_keeper_put(keeper, 1, 5, "one to five", 11, 1);
	state_keeper_put(keeper, 6, 9, "six to nine", 11, 1);
	state_keeper_put(keeper, 10, 10, "ten", 3, 7);
	ck_assert(state_keeper_stop(keeper));
	rows = written();
	/* Record 7 is still wanted, and lies in a row with 6. */
	ck_assert_int_eq(rows.count, 2);
	ck_assert_uint_eq(rows.first[0], 6);
	ck_assert_str_eq(rows.records[0], "six to nine");
	ck_assert_uint_eq(rows.first[1], 10);
	ck_assert_str_eq(rows.records[1], "ten");
}
END_TEST

/* More than a socket takes at once: what it has no room for follows in later turns. */
START_TEST(takes_a_large_log_little_by_little)
{
	static char records[8 << 20];
	struct state_keeper *keeper = keeper_start();
	struct stat about;
	char name[90];

	memset(records, 'r', sizeof(records));
	ck_assert(state_keeper_is_ready(keeper));
	ck_assert_int_eq(kill(child(), SIGSTOP), 0);
	state_keeper_put(keeper, 1, 1000, records, sizeof(records), 1);
	ck_assert(!state_keeper_is_ready(keeper));
	ck_assert_int_eq(kill(child(), SIGCONT), 0);
	while (!state_keeper_is_ready(keeper)) {
		state_keeper_turn(keeper);
		usleep(1000);
	}
	while (state_keeper_written(keeper) == 0) {
		state_keeper_turn(keeper);
		usleep(1000);
	}
	ck_assert_uint_eq(state_keeper_written(keeper), 1000);
	state_keeper_stop(keeper);
	snprintf(name, sizeof(name), "%s-log", path);
	ck_assert_int_eq(stat(name, &about), 0);
	ck_assert_int_ge(about.st_size, sizeof(records));
}
END_TEST

START_TEST(is_replaced_when_it_dies)
{
	char why[300];
	struct store *store = store_open(path, why, sizeof(why));
	struct state_keeper *keeper = keeper_start();
	pid_t first = child();
	struct rows rows;

	ck_assert_ptr_nonnull(store);
	ck_assert_int_gt(first, 0);
	ck_assert_int_eq(kill(first, SIGKILL), 0);
	ck_assert_int_eq(next_news(keeper, why, sizeof(why)), 1);
	ck_assert_str_eq(why, "alink-keeper ended by signal 9");
	ck_assert(state_keeper_has_lost(keeper));
	ck_assert(!state_keeper_has_lost(keeper));
	ck_assert_int_eq(next_news(keeper, why, sizeof(why)), -1);
	ck_assert_int_gt(child(), 0);
	ck_assert_int_ne(child(), first);
	state_keeper_put(keeper, 1, 1, "one", 3, 1);
	state_keeper_stop(keeper);
	ck_assert_int_eq(child(), 0);
	store_close(store);
	rows = written();
	ck_assert_int_eq(rows.count, 1);
	ck_assert_str_eq(rows.records[0], "one");
}
END_TEST

/* Whoever looks seldom hears of it all the same, once. */
START_TEST(says_what_is_over_when_it_is_asked)
{
	char why[300];
	struct store *store = store_open(path, why, sizeof(why));
	struct state_keeper *keeper = keeper_start();
	pid_t first = child();
	int64_t until_ms = monotonic_ms() + 4000;

	ck_assert_ptr_nonnull(store);
	ck_assert_int_eq(kill(first, SIGKILL), 0);
	while (monotonic_ms() < until_ms) {
		state_keeper_turn(keeper);
		usleep(1000);
	}
	ck_assert_int_gt(child(), 0);
	ck_assert_int_ne(child(), first);
	ck_assert_int_eq(state_keeper_news(keeper, why, sizeof(why)), 1);
	ck_assert_str_eq(why, "alink-keeper ended by signal 9");
	ck_assert_int_eq(state_keeper_news(keeper, why, sizeof(why)), -1);
	ck_assert_int_eq(state_keeper_news(keeper, why, sizeof(why)), 0);
	state_keeper_stop(keeper);
	store_close(store);
}
END_TEST

/* One that hangs is replaced, too: nobody else would move the write-ahead log. */
START_TEST(is_replaced_when_it_hangs)
{
	char why[300];
	struct store *store = store_open(path, why, sizeof(why));
	struct state_keeper *keeper = keeper_start();
	pid_t first = child();

	ck_assert_ptr_nonnull(store);
	ck_assert_int_eq(kill(first, SIGSTOP), 0);
	state_keeper_turn(keeper);
	ck_assert_int_eq(state_keeper_news(keeper, why, sizeof(why)), 0);
	later_ms = 31000;
	ck_assert_int_eq(next_news(keeper, why, sizeof(why)), 1);
	ck_assert_str_eq(why, "alink-keeper does not answer");
	ck_assert_int_eq(next_news(keeper, why, sizeof(why)), -1);
	ck_assert_int_ne(child(), first);
	later_ms = 0;
	state_keeper_stop(keeper);
	store_close(store);
}
END_TEST

/* What ends every process of a service means the broker; that still has something to write then. */
START_TEST(outlives_what_ends_a_service)
{
	struct state_keeper *keeper = keeper_start();
	char why[300];

	ck_assert_int_eq(next_news(keeper, why, sizeof(why)), 1);      /* no state file: it has begun to work */
	ck_assert_int_eq(kill(child(), SIGTERM), 0);
	ck_assert_int_eq(kill(child(), SIGHUP), 0);
	state_keeper_put(keeper, 1, 1, "one", 3, 1);
	ck_assert(state_keeper_stop(keeper));
	ck_assert_int_eq(written().count, 1);
}
END_TEST

/* What outlives a broker that was killed writes nothing into the log of the next one. */
START_TEST(writes_no_log_that_another_has_claimed)
{
	struct state_keeper *keeper = keeper_start();

	log_claim();
	state_keeper_put(keeper, 1, 1, "one", 3, 1);
	state_keeper_stop(keeper);
	ck_assert_int_eq(written().count, 0);
}
END_TEST

START_TEST(none_is_fine)
{
	char why[300];

	state_keeper_turn(NULL);
	state_keeper_put(NULL, 1, 1, "one", 3, 1);
	ck_assert(!state_keeper_is_ready(NULL));
	ck_assert_int_eq(state_keeper_news(NULL, why, sizeof(why)), 0);
	state_keeper_stop(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("state_keeper");
	TCase *tcase = tcase_create("state_keeper");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, begins_anew_under_load);
	tcase_add_test(tcase, says_once_that_it_fails);
	tcase_add_test(tcase, says_that_its_program_is_not_there);
	tcase_add_test(tcase, has_written_all_when_it_stops);
	tcase_add_test(tcase, takes_a_large_log_little_by_little);
	tcase_add_test(tcase, is_replaced_when_it_dies);
	tcase_add_test(tcase, says_what_is_over_when_it_is_asked);
	tcase_add_test(tcase, is_replaced_when_it_hangs);
	tcase_add_test(tcase, outlives_what_ends_a_service);
	tcase_add_test(tcase, writes_no_log_that_another_has_claimed);
	tcase_add_test(tcase, none_is_fine);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

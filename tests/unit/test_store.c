/* The state file: what is refused, what is kept, what a copy is. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store.h"
#include "keeper/wal.h"

static char folder[] = "/tmp/alink-test-store-XXXXXX";
static char path[64];

static void setup(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/state.db", folder);
}

static void teardown(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[80];
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	rmdir(folder);
}

static void run_sql(const char *sql)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void refused(const char *expected)
{
	char error[300] = "";

	ck_assert_ptr_null(store_open(path, error, sizeof(error)));
	ck_assert_msg(strstr(error, expected) != NULL, "%s", error);
}

START_TEST(refuses_a_newer_format)
{
	char error[300];
	struct store *store = store_open(path, error, sizeof(error));

	ck_assert_ptr_nonnull(store);
	store_close(store);
	run_sql("PRAGMA user_version = 99");
	refused("the state file has format 99, this build knows up to ");
}
END_TEST

START_TEST(refuses_another_programs_database)
{
	run_sql("CREATE TABLE other (x)");
	refused("not a state file of alink-emulator");
}
END_TEST

START_TEST(refuses_what_is_no_database)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs("this is a text file, long enough to be taken for a header and a page of something else than SQLite\n", file);
	fclose(file);
	refused("not a database");
}
END_TEST

START_TEST(refuses_a_folder_that_is_not_there)
{
	snprintf(path, sizeof(path), "%s/none/state.db", folder);
	refused("unable to open database file");
	snprintf(path, sizeof(path), "%s/state.db", folder);
}
END_TEST

START_TEST(keeps_what_was_committed)
{
	char error[300], *shadow = NULL;
	struct store *store = store_open(path, error, sizeof(error));
	int64_t number, value = 0;

	ck_assert_int_eq(store_next(store, "job", &number), 0);
	ck_assert_int_eq(number, 1);
	ck_assert_int_eq(store_set_note(store, 7, "logMode", 1), 0);
	ck_assert(store_dirty(store));
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert(!store_dirty(store));
	ck_assert_int_eq(store_set_note(store, 7, "logMode", 2), 0);
	store_rollback(store);
	ck_assert_int_eq(store_get_note(store, 7, "logMode", &value), 1);
	ck_assert_int_eq(value, 1);
	store_close(store);
	store = store_open(path, error, sizeof(error));
	ck_assert_ptr_nonnull(store);
	ck_assert_int_eq(store_next(store, "job", &number), 0);
	ck_assert_int_eq(number, 2);
	ck_assert_int_eq(store_get_note(store, 7, "logMode", &value), 1);
	ck_assert_int_eq(store_get_note(store, 8, "logMode", &value), 0);
	ck_assert_int_eq(store_get_shadow(store, 7, &shadow), 0);
	ck_assert_ptr_null(shadow);
	store_close(store);
}
END_TEST

static long size_of(const char *end)
{
	char name[80];
	struct stat about;

	snprintf(name, sizeof(name), "%s%s", path, end);
	return stat(name, &about) ? 0 : (long)about.st_size;
}

/* As long as somebody moves the log into the file, neither grows with what was written and written over. */
START_TEST(moves_the_log_into_the_file)
{
	char error[300], bytes[20000];
	struct store *store = store_open(path, error, sizeof(error));
	struct wal *wal = wal_new(path);
	long log = 0, file = 0;
	int round, pages;

	memset(bytes, 'x', sizeof(bytes));
	for (round = 1; round <= 20; round++) {
		ck_assert_int_eq(store_set_values(store, 1, bytes, sizeof(bytes)), 0);
		ck_assert_int_eq(store_set_note(store, 1, "round", round), 0);
		ck_assert_int_eq(store_commit(store), 0);
		ck_assert_msg(!wal_move(wal, &pages), "%s", wal_error(wal));
		ck_assert_int_gt(pages, 0);
		if (round == 2) {
			log = size_of("-wal");
			file = size_of("");
			ck_assert_int_gt(file, (long)sizeof(bytes));
		}
	}
	ck_assert_int_le(size_of("-wal"), log);
	ck_assert_int_le(size_of(""), file);
	wal_free(wal);
	store_close(store);
}
END_TEST

START_TEST(says_why_a_log_cannot_be_moved)
{
	struct wal *wal = wal_new(path);
	char error[300];
	struct store *store;
	int pages;

	ck_assert_int_eq(wal_move(wal, &pages), -1);
	ck_assert_str_eq(wal_error(wal), "unable to open database file");
	store = store_open(path, error, sizeof(error));
	ck_assert_int_eq(wal_move(wal, &pages), 0);
	wal_free(wal);
	store_close(store);
}
END_TEST

/* No file may become larger than this; 0: as large as it likes. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);      /* else it kills instead of refusing */
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes ? bytes : limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* All of a transaction or nothing, also when SQLite itself gives it up halfway. */
START_TEST(what_finds_no_room_is_not_there_at_all)
{
	char error[300];
	struct store *store = store_open(path, error, sizeof(error));
	int64_t value = 0;
	int i;

	ck_assert_int_eq(store_set_note(store, 1, "before", 1), 0);
	ck_assert_int_eq(store_commit(store), 0);
	limit_files(256 * 1024);
	ck_assert(store_try(store));
	/* more than the page cache holds: it is written, and refused, before the commit */
	for (i = 0; i < 200000 && !store_set_note(store, i, "lost", i); i++)
		;
	ck_assert_int_lt(i, 200000);
	ck_assert_int_ne(store_set_note(store, 1, "after it", 1), 0);
	ck_assert_int_eq(store_commit(store), -1);
	ck_assert_str_ne(store_error(store), "");
	ck_assert(!store_dirty(store));
	/* a little that fits behind what is there, and does not */
	for (i = 0; i < 1000 && store_try(store); i++)
		;
	ck_assert_int_lt(i, 1000);
	ck_assert(!store_try(store));
	limit_files(0);
	ck_assert(store_try(store));
	ck_assert_int_eq(store_set_note(store, 1, "after", 1), 0);
	ck_assert_int_eq(store_commit(store), 0);
	store_close(store);
	store = store_open(path, error, sizeof(error));
	ck_assert_int_eq(store_get_note(store, 1, "before", &value), 1);
	ck_assert_int_eq(store_get_note(store, 1, "after", &value), 1);
	ck_assert_int_eq(store_get_note(store, 1, "after it", &value), 0);
	ck_assert_int_eq(store_get_note(store, 0, "lost", &value), 0);
	store_close(store);
}
END_TEST

START_TEST(a_copy_is_the_same)
{
	char error[300];
	struct store *from = store_open(NULL, error, sizeof(error)), *to = store_open(path, error, sizeof(error));
	int64_t value = 0;

	ck_assert_int_eq(store_set_note(from, 1, "a", 11), 0);
	ck_assert_int_eq(store_set_note(to, 2, "b", 22), 0);
	ck_assert_int_eq(store_commit(from), 0);
	ck_assert_int_eq(store_commit(to), 0);
	ck_assert_int_eq(store_copy(to, from), 0);
	ck_assert_int_eq(store_get_note(to, 1, "a", &value), 1);
	ck_assert_int_eq(value, 11);
	ck_assert_int_eq(store_get_note(to, 2, "b", &value), 0);
	store_close(from);
	store_close(to);
}
END_TEST

int main(void)
{
	const struct { const char *name; const TTest *test; } tests[] = {
		{ "newer", refuses_a_newer_format }, { "other", refuses_another_programs_database },
		{ "no database", refuses_what_is_no_database }, { "no folder", refuses_a_folder_that_is_not_there },
		{ "kept", keeps_what_was_committed }, { "log moved", moves_the_log_into_the_file },
		{ "log not moved", says_why_a_log_cannot_be_moved }, { "no room", what_finds_no_room_is_not_there_at_all }, { "copy", a_copy_is_the_same },
	};
	Suite *suite = suite_create("store");
	SRunner *runner;
	size_t i;
	int failed;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		TCase *tcase = tcase_create(tests[i].name);

		tcase_add_checked_fixture(tcase, setup, teardown);
		tcase_add_test(tcase, tests[i].test);
		suite_add_tcase(suite, tcase);
	}
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

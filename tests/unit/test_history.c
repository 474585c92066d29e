/* The ring of reported samples: its bounds, its order, and that it outlives a killed broker. */
#include "history.h"

#include <inttypes.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api.h"
#include "post_fixture.h"
#include "tape.h"

static void add(struct history *history, int64_t device, const char *name, const char *value, int64_t time_ms)
{
	history_add(history, &(struct history_sample){ .device = device, .name = name, .value = value, .time_ms = time_ms });
}

/* "name=value@time name=value@time" of a query. */
static char *ask(const struct history *history, struct history_filter filter, size_t limit)
{
	struct history_sample *samples = calloc(limit, sizeof(*samples));
	struct text text = { 0 };
	size_t count, i;

	count = history_query(history, &filter, limit, samples);
	text_add(&text, "");
	for (i = 0; i < count; i++)
		text_addf(&text, "%s%s=%s@%" PRId64, i ? " " : "", samples[i].name, samples[i].value, samples[i].time_ms);
	free(samples);
	return text_take(&text);
}

#define ck_assert_samples(expected, ...) do { \
	char *got = ask(__VA_ARGS__); \
	ck_assert_str_eq(got ? got : "", expected); \
	free(got); \
} while (0)

START_TEST(newest_first)
{
	struct history *history = history_new(100);

	add(history, 1, "a", "1", 10);
	add(history, 2, "a", "9", 11);
	add(history, 1, "b", "2", 30);
	add(history, 1, "a", "3", 20);   /* late */
	add(history, 1, "a", "4", 30);
	ck_assert_samples("a=4@30 b=2@30 a=3@20 a=1@10", history, (struct history_filter){ .device = 1 }, 10);
	ck_assert_samples("a=4@30 b=2@30", history, (struct history_filter){ .device = 1 }, 2);
	ck_assert_samples("a=9@11", history, (struct history_filter){ .device = 2 }, 10);
	ck_assert_samples("", history, (struct history_filter){ .device = 3 }, 10);
	ck_assert_samples("a=4@30 a=3@20 a=1@10", history, (struct history_filter){ .device = 1, .name = "a" }, 10);
	ck_assert_samples("", history, (struct history_filter){ .device = 1, .name = "A" }, 10);
	ck_assert_samples("a=3@20 a=1@10", history, (struct history_filter){ .device = 1, .from_ms = 10, .to_ms = 20 }, 10);
	ck_assert_samples("a=3@20", history, (struct history_filter){ .device = 1, .from_ms = 11, .to_ms = 29 }, 10);
	ck_assert_samples("", history, (struct history_filter){ .device = 1, .kind = SAMPLE_EVENT }, 10);
	/* Behind a=4, the fifth to come, and behind b=2, the third, of the same time. */
	ck_assert_samples("b=2@30 a=3@20", history, (struct history_filter){ .device = 1, .after_ms = 30, .after_seq = 5 }, 2);
	ck_assert_samples("a=3@20 a=1@10", history, (struct history_filter){ .device = 1, .after_ms = 30, .after_seq = 3 }, 10);
	ck_assert_samples("", history, (struct history_filter){ .device = 1, .after_ms = 10, .after_seq = 1 }, 10);
	history_free(history);
}
END_TEST

/* Whatever the order of arrival, and wherever a page ends. */
START_TEST(pages)
{
	struct history *history = history_new(1000);
	struct history_sample page[7];
	struct history_filter filter = { .device = 1 };
	size_t total = 0, count, i;
	int64_t last = INT64_MAX;
	uint32_t random = 1;

	for (i = 0; i < 500; i++) {
		random = random * 1664525 + 1013904223;
		add(history, (int64_t)(1 + i % 2), "a", "0", 1000 + (random >> 24));
	}
	while ((count = history_query(history, &filter, COUNT(page), page))) {
		for (i = 0; i < count; i++) {
			ck_assert_int_le(page[i].time_ms, last);
			last = page[i].time_ms;
		}
		total += count;
		filter.after_ms = page[count - 1].time_ms;
		filter.after_seq = page[count - 1].seq;
	}
	ck_assert_uint_eq(total, 250);
	history_free(history);
}
END_TEST

START_TEST(oldest_go)
{
	struct history *history = history_new(3);
	int i;

	add(history, 1, "a", "1", 1);
	add(history, 2, "a", "2", 2);
	add(history, 1, "a", "3", 3);
	add(history, 1, "a", "4", 4);
	ck_assert_samples("a=4@4 a=3@3", history, (struct history_filter){ .device = 1 }, 10);
	ck_assert_samples("a=2@2", history, (struct history_filter){ .device = 2 }, 10);
	add(history, 3, "a", "5", 5);
	ck_assert_samples("", history, (struct history_filter){ .device = 2 }, 10);
	ck_assert_uint_eq(history_count(history), 3);
	for (i = 0; i < 1000; i++)
		add(history, i, "a", "6", 6);
	ck_assert_uint_eq(history_count(history), 3);
	ck_assert_samples("a=6@6", history, (struct history_filter){ .device = 999 }, 10);
	ck_assert_samples("", history, (struct history_filter){ .device = 996 }, 10);
	history_clear(history);
	ck_assert_uint_eq(history_count(history), 0);
	ck_assert_samples("", history, (struct history_filter){ .device = 999 }, 10);
	add(history, 999, "a", "7", 7);
	ck_assert_samples("a=7@7", history, (struct history_filter){ .device = 999 }, 10);
	history_free(history);
}
END_TEST

START_TEST(bounded_in_bytes)
{
	struct history *history = history_new(2000);   /* so 2000 KiB */
	char *value = malloc(100001);
	int i;

	memset(value, '1', 100000);
	value[100000] = '\0';
	for (i = 0; i < 50; i++)
		add(history, 1, "a", value, i);
	ck_assert_uint_eq(history_count(history), 20);
	for (i = 0; i < 3000; i++)
		add(history, 1, "a", "1", i);
	ck_assert_uint_eq(history_count(history), 2000);
	history_free(history);
	free(value);
}
END_TEST

START_TEST(keeps_none)
{
	struct history *history = history_new(0);

	add(history, 1, "a", "1", 1);
	ck_assert_uint_eq(history_count(history), 0);
	ck_assert_samples("", history, (struct history_filter){ .device = 1 }, 10);
	history_free(history);
}
END_TEST

/* --- in a state file --- */

static char folder[100], path[120];

static void make_folder(void)
{
	snprintf(folder, sizeof(folder), "%s/alink-history-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/state.db", folder);
}

static void remove_folder(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[140];
	size_t i;

	for (i = 0; i < COUNT(ends); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		remove(name);
	}
	rmdir(folder);
}

static struct store *open_store(void)
{
	char error[300];
	struct store *store = store_open(path, error, sizeof(error));

	ck_assert_msg(store, "%s", error);
	return store;
}

static int64_t number_of(const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *statement;
	int64_t number;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return number;
}

/* As after a restart. */
static struct history *load(size_t capacity)
{
	struct store *store = open_store();
	struct history *history = history_new(capacity);

	ck_assert_int_eq(history_load(history, store, NULL, NULL), 0);
	store_close(store);
	return history;
}

START_TEST(outlives_a_restart)
{
	struct store *store = open_store();
	struct history *history = history_new(100), *again;

	add(history, 1, "a", "1", 10);
	add(history, 2, "é\"", "{\"x\":\"y\"}", -5);
	history_add(history, &(struct history_sample){ .device = 1, .kind = SAMPLE_EVENT, .name = "e", .value = "{}", .time_ms = 12 });
	ck_assert_int_eq(history_save(history, store, UINT64_MAX), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_int_eq(history_save(history, store, UINT64_MAX), 0);
	ck_assert_msg(!store_dirty(store), "nothing new costs nothing");
	add(history, 1, "a", "2", 11);
	ck_assert_int_eq(history_save(history, store, UINT64_MAX), 0);
	store_close(store);
	ck_assert_int_eq(number_of("SELECT count(*) FROM tape"), 1);

	again = load(100);
	ck_assert_samples("a=2@11 a=1@10", again, (struct history_filter){ .device = 1 }, 10);
	ck_assert_samples("e={}@12", again, (struct history_filter){ .device = 1, .kind = SAMPLE_EVENT }, 10);
	ck_assert_samples("é\"={\"x\":\"y\"}@-5", again, (struct history_filter){ .device = 2, .from_ms = -10 }, 10);
	/* Cursors of before go on, and so does what is saved. */
	ck_assert_samples("a=1@10", again, (struct history_filter){ .device = 1, .after_ms = 11, .after_seq = 4 }, 10);
	store = open_store();
	add(again, 1, "a", "3", 12);
	ck_assert_int_eq(history_save(again, store, UINT64_MAX), 0);
	store_close(store);
	history_free(again);
	again = load(100);
	ck_assert_samples("a=3@12 a=2@11 a=1@10", again, (struct history_filter){ .device = 1 }, 10);
	history_free(again);
	/* A smaller bound keeps the newest. */
	again = load(2);
	ck_assert_samples("a=3@12 a=2@11", again, (struct history_filter){ .device = 1 }, 10);
	history_free(again);
	history_free(history);
}
END_TEST

/* What is not kept is written over, so the file stays bounded. */
START_TEST(stays_bounded)
{
	struct store *store = open_store();
	struct history *history = history_new(800), *again;
	char value[24];
	int i;

	for (i = 1; i <= 30000; i++) {
		snprintf(value, sizeof(value), "%d", i);
		add(history, 1, "a", value, i);
		if (i % 3)
			continue;
		ck_assert_int_eq(history_save(history, store, UINT64_MAX), 0);
		ck_assert_int_eq(store_commit(store), 0);
	}
	store_close(store);
	/* 800 of 36 bytes at most, and a row at either end */
	ck_assert_int_le(number_of("SELECT count(*) FROM tape"), 800 * 36 / 4046 + 2);
	again = load(800);
	ck_assert_uint_eq(history_count(again), 800);
	ck_assert_samples("a=30000@30000 a=29999@29999", again, (struct history_filter){ .device = 1 }, 2);
	ck_assert_samples("a=29201@29201", again, (struct history_filter){ .device = 1, .to_ms = 29201 }, 10);
	history_free(again);
	history_free(history);
}
END_TEST

/* Samples that some value is still known by stay, however many come after them. */
START_TEST(keeps_what_is_needed)
{
	struct store *store = open_store();
	struct history *history = history_new(10), *again;
	int i;

	for (i = 1; i <= 2000; i++) {
		add(history, 1, "a", "1", i);
		ck_assert_int_eq(history_save(history, store, 500), 0);
		ck_assert_int_eq(store_commit(store), 0);
	}
	store_close(store);
	again = load(3000);
	ck_assert_uint_ge(history_count(again), 1501);
	ck_assert_samples("a=1@500", again, (struct history_filter){ .device = 1, .from_ms = 500, .to_ms = 500 }, 10);
	history_free(again);
	history_free(history);
}
END_TEST

/* More than the ring holds between two commits: what was pushed out is gone, the rest is saved. */
START_TEST(saves_what_is_left)
{
	struct store *store = open_store();
	struct history *history = history_new(5), *again;
	int i;

	for (i = 1; i <= 12; i++)
		add(history, 1, "a", "1", i);
	ck_assert_int_eq(history_save(history, store, UINT64_MAX), 0);
	add(history, 1, "a", "2", 13);
	ck_assert_int_eq(history_save(history, store, UINT64_MAX), 0);
	store_close(store);
	again = load(100);
	ck_assert_samples("a=2@13 a=1@12 a=1@11 a=1@10 a=1@9 a=1@8", again, (struct history_filter){ .device = 1 }, 10);
	history_free(again);
	history_free(history);
}
END_TEST

/* -1 or 0: of a history whose only batch is this; never more than its one sample. */
static int load_damaged(const char *bytes, size_t len)
{
	char error[300], batch[100] = { 1 };     /* the number of the first */
	struct store *store = store_open(NULL, error, sizeof(error));
	struct history *history = history_new(10);
	struct tape *tape = tape_new();
	int result;

	ck_assert_msg(store, "%s", error);
	memcpy(batch + 8, bytes, len);
	ck_assert_int_eq(tape_add(tape, store, batch, 8 + len, 1, 0), 0);
	tape_free(tape);
	result = history_load(history, store, NULL, NULL);
	ck_assert_uint_le(history_count(history), 1);
	store_close(store);
	history_free(history);
	return result;
}

/* Batches cut short or scribbled over are refused, and never read beyond. */
START_TEST(refuses_damage)
{
	char bytes[33] = { 16, 1 };      /* the name is spelled; device, and behind it the time */
	size_t at;

	memcpy(bytes + 17, "level\000123456789", 16);
	ck_assert_int_eq(load_damaged(bytes, sizeof(bytes)), 0);
	for (at = 1; at < sizeof(bytes); at++) {
		ck_assert_int_eq(load_damaged(bytes, at), -1);
		bytes[at] = (char)~bytes[at];
		load_damaged(bytes, sizeof(bytes));
		bytes[at] = (char)~bytes[at];
	}
	bytes[0] = 32;                   /* no such flag */
	ck_assert_int_eq(load_damaged(bytes, sizeof(bytes)), -1);
	bytes[0] = 0;                    /* no name was spelled before */
	ck_assert_int_eq(load_damaged(bytes, sizeof(bytes)), -1);
}
END_TEST

/* More names than are told by their number, long ones and empty values among them, and the same again in another order. */
START_TEST(any_name_is_kept)
{
	enum { NAMES = 100 };
	struct store *store = open_store();
	struct history *history = history_new(1000), *again;
	char name[256], expected[300];
	int round, i, n;

	for (round = 1; round <= 3; round++)
		for (i = 0; i < NAMES; i++) {
			n = i * (2 * round + 1) % NAMES;
			snprintf(name, sizeof(name), "%0*d", n % 2 ? 255 : 3, n);
			add(history, 1 + i % 2, name, n % 3 ? "1" : "", round * 1000 + n);
		}
	ck_assert_int_eq(history_save(history, store, UINT64_MAX), 0);
	store_close(store);
	again = load(1000);
	ck_assert_uint_eq(history_count(again), 3 * NAMES);
	for (round = 1; round <= 3; round++)
		for (i = 0; i < NAMES; i++) {
			n = i * (2 * round + 1) % NAMES;
			snprintf(name, sizeof(name), "%0*d", n % 2 ? 255 : 3, n);
			snprintf(expected, sizeof(expected), "%s=%s@%d", name, n % 3 ? "1" : "", round * 1000 + n);
			ck_assert_samples(expected, again,
			                  (struct history_filter){ .device = 1 + i % 2, .from_ms = round * 1000 + n, .to_ms = round * 1000 + n }, 1);
		}
	history_free(again);
	history_free(history);
}
END_TEST

/* A file as it was before there was a tape. */
START_TEST(takes_over_format_1)
{
	static const char format_1[] = "DROP TABLE tape; PRAGMA user_version = 1;"
		"INSERT INTO history (first, samples) VALUES"
		" (7, x'0100000001000000' || x'0100000000000000' || x'0A00000000000000' || x'61003100' ||"
		"     x'0100000001000002' || x'61003200'),"
		" (9, x'0200000001000000' || x'0200000000000000' || x'0B00000000000000' || x'6200333300');";
	struct history *history;
	struct store *store = open_store();
	sqlite3 *db;

	store_close(store);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, format_1, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);

	store = open_store();
	history = history_new(100);
	ck_assert_int_eq(history_load(history, store, NULL, NULL), 0);
	ck_assert_samples("a=2@10 a=1@10", history, (struct history_filter){ .device = 1 }, 10);
	ck_assert_msg(!history_complete(history), "values are to be saved before what they are known by is moved");
	ck_assert_int_eq(history_save(history, store, UINT64_MAX), 0);
	ck_assert(history_complete(history));
	ck_assert_int_eq(store_commit(store), 0);
	add(history, 1, "a", "3", 12);
	ck_assert_int_eq(history_save(history, store, UINT64_MAX), 0);
	store_close(store);
	history_free(history);
	ck_assert_int_eq(number_of("SELECT count(*) FROM history"), 0);

	history = load(100);
	ck_assert_uint_eq(history_last(history), 10);
	ck_assert_samples("a=3@12 a=2@10 a=1@10", history, (struct history_filter){ .device = 1 }, 10);
	ck_assert_samples("b=33@11", history, (struct history_filter){ .device = 2 }, 10);
	history_free(history);
}
END_TEST

/* --- killed --- */

/* Runs it in a process of its own, which is killed then. */
static void killed(void (*life)(const void *ctx), const void *ctx)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (!child) {
		life(ctx);
		raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void must(bool holds)
{
	if (!holds)
		_exit(1);
}

static void post(struct post_cloud *cloud, uint64_t connection, const char *device, const char *below, const char *params)
{
	char topic[200], payload[300];

	snprintf(topic, sizeof(topic), "/sys/%s/thing/event/%s", device, below);
	snprintf(payload, sizeof(payload), "{\"id\":\"1\",\"params\":%s}", params);
	must(post_code(post_send(cloud, connection, topic, payload)) == 200);
}

/* Answered means committed: what a killed broker had answered is there when it comes back. */
static void report(const void *ctx)
{
	struct post_cloud cloud = post_open_file(TESTS "/transcripts/things.json", "", path);
	uint64_t connection = post_connect(&cloud, "a1Types0001/gate1");

	(void)ctx;
	post(&cloud, connection, "a1Types0001/gate1", "property/post", "{\"level\":1,\"power\":1}");
	post(&cloud, connection, "a1Types0001/gate1", "bell/post", "{}");
	post(&cloud, connection, "a1Types0001/gate1", "property/post", "{\"level\":2}");
}

START_TEST(outlives_a_kill)
{
	struct history *history;

	killed(report, NULL);
	history = load(100);
	ck_assert_uint_eq(history_count(history), 4);
	ck_assert_samples("level=2@1700000000000 power=1@1700000000000 level=1@1700000000000", history,
	                  (struct history_filter){ .device = 1 }, 10);
	ck_assert_samples("bell={}@1700000000000", history, (struct history_filter){ .device = 1, .kind = SAMPLE_EVENT }, 10);
	history_free(history);
}
END_TEST

/* Values are known by the history where their row is behind: also when it holds fewer samples than came since, or none. */
static const struct {
	int bounds[3];   /* historySamples of three lives */
} lives[] = {
	{ { 3, 3, 3 } }, { { 100000, 100000, 100000 } }, { { 100000, 3, 100000 } }, { { 100000, 0, 0 } }, { { 0, 100000, 3 } },
	{ { 3, 0, 100000 } }, { { 0, 0, 0 } }, { { 1, 1, 0 } },
};

struct life {
	int bound, number;
};

static void live(const void *ctx)
{
	const struct life *life = ctx;
	char limits[64], params[64], expected[100];
	struct post_cloud cloud;
	uint64_t one, other;
	int i;

	snprintf(limits, sizeof(limits), "\"limits\":{\"historySamples\":%d},", life->bound);
	cloud = post_open_file(TESTS "/transcripts/things.json", limits, path);
	if (life->number) {
		static const char request[] = "{\"id\":1,\"method\":\"GET\",\"path\":\"/properties/a1None00001/dev1\"}";

		snprintf(expected, sizeof(expected), "{\"properties\":{\"level\":{\"value\":%d,\"time\":1700000000000},\"ghost\":", life->number);
		effects_clear(&cloud.out);
		api_handle(cloud.cloud, 1, request, strlen(request), &cloud.out);
		must(cloud.out.count == 1 && !strncmp(cloud.out.at[0].payload, expected, strlen(expected)));
	}
	one = post_connect(&cloud, "a1None00001/dev1");
	other = post_connect(&cloud, "a1Types0001/gate1");
	snprintf(params, sizeof(params), "{\"level\":%d,\"ghost\":%d}", life->number + 1, life->number + 1);
	post(&cloud, one, "a1None00001/dev1", "property/post", params);
	for (i = 0; i < 300; i++)      /* so that the tape goes round where it may */
		post(&cloud, other, "a1Types0001/gate1", "property/post", "{\"level\":1}");
}

START_TEST(values_outlive_kills)
{
	size_t i;

	for (i = 0; i < COUNT(lives[0].bounds); i++)
		killed(live, &(struct life){ lives[_i].bounds[i], (int)i });
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("history");
	TCase *ring = tcase_create("ring"), *file = tcase_create("state file");
	SRunner *runner;
	int failed;

	tcase_add_test(ring, newest_first);
	tcase_add_test(ring, pages);
	tcase_add_test(ring, oldest_go);
	tcase_add_test(ring, bounded_in_bytes);
	tcase_add_test(ring, keeps_none);
	suite_add_tcase(suite, ring);
	tcase_set_timeout(file, 60);   /* for a busy machine with sanitizers */
	tcase_add_checked_fixture(file, make_folder, remove_folder);
	tcase_add_test(file, outlives_a_restart);
	tcase_add_test(file, stays_bounded);
	tcase_add_test(file, keeps_what_is_needed);
	tcase_add_test(file, saves_what_is_left);
	tcase_add_test(file, any_name_is_kept);
	tcase_add_test(file, refuses_damage);
	tcase_add_test(file, takes_over_format_1);
	tcase_add_test(file, outlives_a_kill);
	tcase_add_loop_test(file, values_outlive_kills, 0, COUNT(lives));
	suite_add_tcase(suite, file);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

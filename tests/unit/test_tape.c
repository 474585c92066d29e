/* The tape: what goes on comes off again, in order, and takes no more room than what is kept. */
#include "tape.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BATCHES 3000

static struct store *store;
static struct tape *tape;

static void setup(void)
{
	char error[300];

	store = store_open(NULL, error, sizeof(error));
	tape = tape_new();
	ck_assert(store && tape);
}

static void teardown(void)
{
	tape_free(tape);
	store_close(store);
}

/* Each batch says by itself what it has to be: its number, then bytes that follow from it, as many as length_of says. */
static const struct {
	size_t least, most;
} lengths[] = {
	{ 0, 0 }, { 0, 50 }, { 0, 3 }, { 300, 5000 }, { 4026, 4036 }, { 4047, 4049 }, { 0, 40000 }, { 12136, 12136 },
};

static size_t length_of(int kind, uint64_t number)
{
	size_t span = lengths[kind].most - lengths[kind].least;

	return sizeof(number) + lengths[kind].least + (span ? (size_t)(number * 2654435761u >> 7) % (span + 1) : 0);
}

static void make(int kind, uint64_t number, char *bytes)
{
	size_t len = length_of(kind, number), i;

	for (i = 0; i < len; i++)
		bytes[i] = (char)(number + i * 7);
	memcpy(bytes, &number, sizeof(number));
}

struct seen {
	int      kind;
	uint64_t first, last;
};

static int see(void *ctx, const char *bytes, size_t len, uint64_t *last)
{
	static char expected[50000];
	struct seen *seen = ctx;

	memcpy(last, bytes, sizeof(*last));
	ck_assert(!seen->last || *last == seen->last + 1);
	ck_assert_uint_eq(len, length_of(seen->kind, *last));
	make(seen->kind, *last, expected);
	ck_assert(!memcmp(bytes, expected, len));
	if (!seen->first)
		seen->first = *last;
	seen->last = *last;
	return 0;
}

static int count_row(void *ctx, int64_t slot, int64_t number, const char *bytes, size_t len)
{
	(void)slot;
	(void)number;
	(void)bytes;
	ck_assert_uint_eq(len, 4048);
	++*(size_t *)ctx;
	return 0;
}

static size_t rows(void)
{
	size_t count = 0;

	ck_assert_int_eq(store_list_tape(store, count_row, &count), 0);
	return count;
}

static void must_hold(int kind, uint64_t keep, uint64_t last)
{
	struct seen seen = { .kind = kind };

	ck_assert_int_eq(tape_load(tape, store, see, &seen), 0);
	ck_assert_uint_eq(seen.last, last);
	ck_assert_uint_le(seen.first, keep);
}

START_TEST(comes_off_as_it_went_on)
{
	static char bytes[50000];
	uint64_t number;
	size_t kept = 0;
	int most_kept = 20;

	for (number = 1; number <= BATCHES; number++) {
		uint64_t keep = number > (uint64_t)most_kept ? number - (uint64_t)most_kept : 1;

		make(_i, number, bytes);
		ck_assert_int_eq(tape_add(tape, store, bytes, length_of(_i, number), number, keep), 0);
		ck_assert_int_eq(store_commit(store), 0);
		if (number % 97 < 2)
			must_hold(_i, keep, number);
	}
	must_hold(_i, BATCHES - (uint64_t)most_kept, BATCHES);
	/* The largest that were ever kept at once, and a row at either end. */
	kept = (size_t)(most_kept + 1) * (lengths[_i].most + 12);
	ck_assert_uint_le(rows(), kept / 4046 + 3);
}
END_TEST

START_TEST(keeps_what_may_not_go)
{
	char bytes[50000];
	uint64_t number;

	for (number = 1; number <= 200; number++) {
		make(3, number, bytes);
		ck_assert_int_eq(tape_add(tape, store, bytes, length_of(3, number), number, 5), 0);
	}
	must_hold(3, 5, 200);
	ck_assert_uint_ge(rows(), 200 * 1000 / 4048);
}
END_TEST

START_TEST(an_empty_one_is_fine)
{
	must_hold(0, 0, 0);
	ck_assert_uint_eq(rows(), 0);
}
END_TEST

static int take(void *ctx, const char *bytes, size_t len, uint64_t *last)
{
	(void)bytes;
	*last = ++*(uint64_t *)ctx;
	return len == 1;
}

static int load_row(int64_t slot, int64_t number, const char *begin, size_t len)
{
	char row[STORE_TAPE_ROW] = { 0 };
	uint64_t count = 0;

	memcpy(row, begin, len);
	ck_assert_int_eq(store_set_tape_row(store, slot, number, row), 0);
	return tape_load(tape, store, take, &count);
}

START_TEST(refuses_damage)
{
	static const char fine[] = { 2, 0, 2, 0, 0, 0, 'a', 'b' };
	static const struct { size_t at; char byte; } broken[] = {
		{ 0, 0 }, { 0, 1 }, { 1, 0x40 }, { 1, (char)0xff },           /* where the first batch begins */
		{ 3, 0x40 }, { 5, 1 }, { 2, 1 },                              /* how long it is; nobody takes one of 1 */
	};
	char row[sizeof(fine)];
	size_t i;

	ck_assert_int_eq(load_row(1, 1, fine, sizeof(fine)), 0);
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		memcpy(row, fine, sizeof(fine));
		row[broken[i].at] = broken[i].byte;
		ck_assert_msg(load_row(1, 1, row, sizeof(row)) == -1, "%zu", i);
	}
	ck_assert_int_eq(load_row(1, 1, fine, sizeof(fine)), 0);
	/* A row behind the end, and one that does not follow. */
	ck_assert_int_eq(load_row(2, 2, fine, sizeof(fine)), -1);
	ck_assert_int_eq(load_row(2, 3, fine, sizeof(fine)), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tape");
	TCase *tcase = tcase_create("tape");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);   /* for a busy machine with sanitizers */
	tcase_add_loop_test(tcase, comes_off_as_it_went_on, 0, sizeof(lengths) / sizeof(lengths[0]));
	tcase_add_test(tcase, keeps_what_may_not_go);
	tcase_add_test(tcase, an_empty_one_is_fine);
	tcase_add_test(tcase, refuses_damage);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

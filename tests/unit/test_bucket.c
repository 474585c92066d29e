/* Token buckets: one row is one moment in a bucket's life. */
#include "bucket.h"

#include <check.h>
#include <stdlib.h>

#define MINUTE 60000
#define SECOND 1000

struct take {
	int64_t now_ms, amount;
	bool    given;
};

static const struct {
	const char *when;
	int64_t     limit, period_ms;
	struct take takes[8];
} lives[] = {
	{ "the whole allowance at once, and not one more", 5, MINUTE,
	  { { 1000, 1, true }, { 1000, 1, true }, { 1000, 1, true }, { 1000, 1, true }, { 1000, 1, true }, { 1000, 1, false } } },
	{ "a token comes back every fifth of a minute, not a millisecond earlier", 5, MINUTE,
	  { { 1000, 5, true }, { 12999, 1, false }, { 13000, 1, true }, { 13000, 1, false }, { 25000, 1, true } } },
	{ "after the period all are back, and no more than all", 5, MINUTE,
	  { { 1000, 5, true }, { 61000, 5, true }, { 61000, 1, false }, { 900000, 6, false }, { 900000, 5, true } } },
	{ "what is refused takes nothing", 5, MINUTE,
	  { { 1000, 3, true }, { 1000, 3, false }, { 1000, 2, true }, { 1000, 1, false } } },
	{ "off", 0, MINUTE,
	  { { 1000, 1, true }, { 1000, 2000000000, true } } },
	{ "the largest numbers", 2147483647, MINUTE,
	  { { 1700000000000, 2147483647, true }, { 1700000000000, 1, false }, { 1700000000001, 35791, true },
	    { 1700000000001, 1, false } } },
	{ "a clock set back neither gives nor takes", 2, SECOND,
	  { { 5000, 2, true }, { 1000, 1, false }, { 1499, 1, false }, { 1500, 1, true } } },
	{ "rounding never loses a token", 3, SECOND,
	  { { 0, 3, true }, { 333, 1, false }, { 334, 1, true }, { 666, 1, false }, { 667, 1, true }, { 1000, 1, true } } },
};

START_TEST(lives_as_written)
{
	struct bucket bucket = { 0 };
	size_t i;

	for (i = 0; i < 8 && lives[_i].takes[i].amount; i++) {
		const struct take *take = &lives[_i].takes[i];

		ck_assert_msg(bucket_take(&bucket, lives[_i].limit, lives[_i].period_ms, take->amount, take->now_ms) == take->given,
		              "%s: take %zu", lives[_i].when, i + 1);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bucket");
	TCase *tcase = tcase_create("bucket");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, lives_as_written, 0, sizeof(lives) / sizeof(lives[0]));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

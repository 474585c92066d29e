/* Draws are SHA-256 over what they depend on; the literals are sha256sum's. */
#include "scenario/chance.h"

#include <check.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	int64_t     seed;
	const char *scenario, *rule, *key;
	uint64_t    n;
	unsigned    draw;
	uint64_t    bits;
} rows[] = {
	{ 1, "s", "r", "k", 1, 1, 0x14da9d758fd0e52d },
	{ 1, "s", "r", "k", 1, 2, 0x06a271e6fbbb63bd },
	{ 1, "s", "r", "k", 2, 1, 0x74c65a37c5fa15c0 },
	{ 2, "s", "r", "k", 1, 1, 0xdbea3d9dd21c48bf },
	{ 20260914, "uplink", "busy", "a1EmuThermo1/thermo-1", 12, 1, 0x5ec097789faeb59f },
	{ 9007199254740991, "a", "b", "", 7, 3, 0x99b1b45308f118cc },
	{ 0, "", "", "", 1, 1, 0x53d84b3e1b72f2f9 },
};

START_TEST(draws_are_hashes)
{
	struct chance chance = { rows[_i].seed, rows[_i].scenario, rows[_i].rule, rows[_i].key, rows[_i].n, rows[_i].draw - 1 };

	ck_assert_uint_eq(chance_bits(&chance), rows[_i].bits);
	chance.draws = rows[_i].draw - 1;
	ck_assert_double_eq_tol(chance_draw(&chance), (double)rows[_i].bits / 18446744073709551616.0, 1e-12);
	ck_assert_uint_eq(chance.draws, rows[_i].draw);
}
END_TEST

/* Enough of them to tell a wrong formula from a right one. */
START_TEST(distributions_are_what_they_are_called)
{
	struct chance chance = { 1, "s", "r", "k", 1, 0 };
	double sum = 0, normal_sum = 0, normal_squares = 0;
	int i, n = 20000;

	for (i = 0; i < n; i++) {
		double u = chance_draw(&chance), z = chance_normal(&chance);

		ck_assert(u >= 0 && u < 1);
		sum += u;
		normal_sum += z;
		normal_squares += z * z;
	}
	ck_assert_double_eq_tol(sum / n, 0.5, 0.01);
	ck_assert_double_eq_tol(normal_sum / n, 0, 0.03);
	ck_assert_double_eq_tol(normal_squares / n, 1, 0.05);
	for (i = 0; i < 1000; i++)
		ck_assert(chance_below(&chance, 3) < 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario chance");
	TCase *tcase = tcase_create("scenario chance");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, draws_are_hashes, 0, COUNT(rows));
	tcase_add_test(tcase, distributions_are_what_they_are_called);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

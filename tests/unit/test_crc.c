/* The checksums' published check values. */
#include <check.h>
#include <stdlib.h>

#include "crc.h"

START_TEST(published_values)
{
	ck_assert_uint_eq(crc16(0, "123456789", 9), 0xBB3D);
	ck_assert_uint_eq(crc64(0, "123456789", 9), 0x995dc9bbdf1939faULL);
	ck_assert_uint_eq(crc64(crc64(0, "1234", 4), "56789", 5), 0x995dc9bbdf1939faULL);
	ck_assert_uint_eq(crc16(0, "", 0), 0);
	ck_assert_uint_eq(crc64(0, "", 0), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("crc");
	TCase *tcase = tcase_create("values");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, published_values);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

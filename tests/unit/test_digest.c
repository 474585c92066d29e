/* Digests of files: published values, piece by piece, and files that are none or change. */
#include <check.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"

static char folder[512], path[600];

static void setup(void)
{
	snprintf(folder, sizeof(folder), "%s/alink-digest-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
}

static void teardown(void)
{
	unlink(path);
	rmdir(folder);
}

static void write_file(char letter, size_t len)
{
	FILE *file = fopen(path, "w");

	while (len--)
		fputc(letter, file);
	ck_assert_int_eq(fclose(file), 0);
}

/* RFC 1321, FIPS 180-2: the million of `a`. The empty ones and that of one `a` are in the RFC and in every library's tests. */
static const struct {
	size_t      len;
	int         steps;
	const char *md5, *sha256;
} values[] = {
	{ 0, 1, "d41d8cd98f00b204e9800998ecf8427e", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ 1, 1, "0cc175b9c0f1b6a831c399e269772661", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb" },
	{ 1000000, 4, "7707d6ae4e027c70eea2a935c2296f21", "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
};

START_TEST(published_values)
{
	struct file_digest digest = { 0 };
	struct text why = { 0 };
	struct digester *digester;
	int steps = 1, more;

	write_file('a', values[_i].len);
	ck_assert_int_eq(digest_file(path, &digest, &why), 0);
	ck_assert_str_eq(digest.md5, values[_i].md5);
	ck_assert_str_eq(digest.sha256, values[_i].sha256);
	ck_assert_int_eq(digest.size, (int64_t)values[_i].len);

	/* No step is long. */
	digester = digester_open(path, &why);
	ck_assert_ptr_nonnull(digester);
	memset(&digest, 0, sizeof(digest));
	while ((more = digester_step(digester, &digest, &why)) > 0)
		steps++;
	ck_assert_int_eq(more, 0);
	ck_assert_int_eq(steps, values[_i].steps);
	ck_assert_str_eq(digest.sha256, values[_i].sha256);
	digester_close(digester);
	text_free(&why);
}
END_TEST

START_TEST(a_text)
{
	char hex[65];

	ck_assert_int_eq(digest_sha256("a", 1, hex), 0);
	ck_assert_str_eq(hex, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
}
END_TEST

START_TEST(a_change_is_noticed)
{
	struct file_digest before, after;
	struct text why = { 0 };
	struct digester *digester;

	write_file('a', 1000000);
	ck_assert_int_eq(digest_stat(path, &before, &why), 0);
	digester = digester_open(path, &why);
	ck_assert_int_eq(digester_step(digester, &after, &why), 1);
	ck_assert_int_eq(truncate(path, 300000), 0);
	ck_assert_int_eq(digester_step(digester, &after, &why), 1);
	ck_assert_int_eq(digester_step(digester, &after, &why), -1);
	ck_assert_ptr_nonnull(strstr(text_string(&why), "it became shorter while it was read"));
	digester_close(digester);

	/* The same size, other content. */
	text_clear(&why);
	write_file('a', 300000);
	digester = digester_open(path, &why);
	ck_assert_int_eq(digester_step(digester, &after, &why), 1);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, (const struct timespec[2]){ { 1, 0 }, { 1, 0 } }, 0), 0);
	ck_assert_int_eq(digester_step(digester, &after, &why), -1);
	ck_assert_ptr_nonnull(strstr(text_string(&why), "changed while it was read"));
	digester_close(digester);
	ck_assert_int_eq(digest_stat(path, &after, &why), 0);
	ck_assert_int_eq(after.changed_ns, 1000000000);
	ck_assert(before.changed_ns != after.changed_ns);
	text_free(&why);
}
END_TEST

START_TEST(no_files)
{
	struct file_digest digest;
	struct text why = { 0 };

	ck_assert_int_eq(digest_file(path, &digest, &why), -1);
	ck_assert_ptr_nonnull(strstr(text_string(&why), "No such file"));
	ck_assert_int_eq(digest_file(folder, &digest, &why), -1);
	/* Nobody writes to it: it must not be waited for. */
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(digest_file(path, &digest, &why), -1);
	ck_assert_ptr_nonnull(strstr(text_string(&why), "is not a regular file"));
	unlink(path);
	/* 1 GB and a byte, of which nothing is written. */
	write_file('a', 0);
	ck_assert_int_eq(truncate(path, ((off_t)1 << 30) + 1), 0);
	text_clear(&why);
	ck_assert_int_eq(digest_stat(path, &digest, &why), -1);
	ck_assert_ptr_nonnull(strstr(text_string(&why), "more than a firmware file may have (1073741824)"));
	ck_assert_ptr_null(digester_open(path, &why));
	text_free(&why);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("digest");
	TCase *tcase = tcase_create("files");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, published_values, 0, sizeof(values) / sizeof(values[0]));
	tcase_add_test(tcase, a_text);
	tcase_add_test(tcase, a_change_is_noticed);
	tcase_add_test(tcase, no_files);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

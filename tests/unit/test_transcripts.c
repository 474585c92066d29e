/* Every transcript below tests/transcripts is one test; run by hand it takes the transcripts to run as arguments. */
#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "../transcript.h"

static glob_t files;

START_TEST(replays)
{
	char error[8192];

	ck_assert_msg(!transcript_run(files.gl_pathv[_i], NULL, NULL, error, sizeof(error)), "%s", error);
}
END_TEST

static int run_some(int count, char **paths)
{
	char error[8192];
	int failed = 0, i;

	for (i = 0; i < count; i++) {
		int result = transcript_run(paths[i], NULL, NULL, error, sizeof(error));

		printf("%s %s%s%s\n", result ? "FAIL" : "ok", paths[i], result ? "\n" : "", result ? error : "");
		failed += result != 0;
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("transcripts");
	TCase *tcase = tcase_create("replay");
	SRunner *runner;
	int failed;

	if (argc > 1)
		return run_some(argc - 1, argv + 1);
	glob(TESTS "/transcripts/*.txt", 0, NULL, &files);
	glob(TESTS "/transcripts/*/*.txt", GLOB_APPEND, NULL, &files);
	if (!files.gl_pathc) {
		fprintf(stderr, "no transcripts in %s/transcripts\n", TESTS);
		return EXIT_FAILURE;
	}
	tcase_add_loop_test(tcase, replays, 0, (int)files.gl_pathc);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	globfree(&files);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

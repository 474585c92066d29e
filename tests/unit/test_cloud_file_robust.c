/* Cloud files: any byte wrong, an end anywhere, no memory; none of it brings the reader down. */
#include "cloud_file_fixture.h"

/* Any byte wrong, anywhere, is a complaint or harmless, never a crash or a leak. */
START_TEST(broken_bytes_are_survived)
{
	static const char good[] =
		"{'cloud':1,'limits':{'payloadBytes':9},'options':{'tlsOnly':true},'products':[{'productKey':'a1G',"
		"'nodeType':'gateway','tsl':['good.tsl.json','motor.tsl.json'],'script':'node.js','topics':[{'name':'a/b'}],"
		"'remoteConfig':{'content':{}}},{'productKey':'a1S','nodeType':'sub-device'}],'devices':[{'productKey':'a1G',"
		"'deviceName':'gate{1..3}','properties':{'temp':1}},{'productKey':'a1S','deviceName':'node','gateway':'a1G/gate1',"
		"'tags':{'a':'b'},'shadow':{'version':1}}],'firmware':[{'productKey':'a1G','version':'1','files':['fw.bin','fw2.bin']}]}";
	static const char bytes[] = "\0\"{}[],:x9\\";
	char *text = spell(good);
	size_t len = strlen(text), at, i;

	for (at = 0; at < len; at++) {
		char was = text[at];

		for (i = 0; i < sizeof(bytes) - 1; i++) {
			struct text complaints = { 0 };
			struct cloud_file *file;

			text[at] = bytes[i];
			file = cloud_file_parse("x", folder, text, len, &complaints);
			ck_assert_msg(file || complaints.len, "byte %zu as %d: neither file nor complaint", at, bytes[i]);
			cloud_file_free(file);
			text_free(&complaints);
		}
		text[at] = was;
	}
	for (at = 0; at < len; at++) {
		struct text complaints = { 0 };

		ck_assert_ptr_null(cloud_file_parse("x", folder, text, at, &complaints));
		ck_assert(complaints.len);
		text_free(&complaints);
	}
	free(text);
}
END_TEST

/* --- without memory --- */

static long until_failure = -1;   /* allocations before the one that fails; -1: none does */

static bool may_allocate(void)
{
	return until_failure < 0 || until_failure-- > 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);

void *__wrap_malloc(size_t size)
{
	return may_allocate() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return may_allocate() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
	return may_allocate() ? __real_realloc(old, size) : NULL;
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
	return may_allocate() ? __real_reallocarray(old, count, size) : NULL;
}

/* Each allocation fails once: the file is refused then, and never half of it taken. */
START_TEST(lack_of_memory_is_survived)
{
	static const char good[] = TOP
		"'products':[{'productKey':'a1S','nodeType':'sub-device'},{'productKey':'a1G','nodeType':'gateway','tsl':'good.tsl.json'}],\n"
		"'devices':[{'productKey':'a1G','deviceName':'gate','properties':{'temp':1}},\n"
		"{'productKey':'a1S','deviceName':'node_{1000..1040}','gateway':'a1G/gate'}],\n"
		"'firmware':[{'productKey':'a1G','version':'1','file':'fw.bin','sourceVersions':['0']}]}";
	char *json = spell(good);
	struct cloud_file *file = NULL;
	bool failed = true;
	long before;

	for (before = 0; failed; before++) {
		struct text complaints = { 0 };

		until_failure = before;
		file = cloud_file_parse("cloud.json", folder, json, strlen(json), &complaints);
		failed = until_failure < 0;
		until_failure = -1;
		ck_assert_msg(!file == failed, "allocation %ld: taken nevertheless", before);
		ck_assert(file || complaints.len || complaints.failed);
		text_free(&complaints);
	}
	ck_assert_int_gt(before, 20);
	ck_assert_uint_eq(file->device_count, 42);
	cloud_file_free(file);
	free(json);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cloud file robust");
	TCase *tcase = tcase_create("damage");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tcase, make_folder, remove_folder);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, broken_bytes_are_survived);
	tcase_add_test(tcase, lack_of_memory_is_survived);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

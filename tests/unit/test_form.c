/* Reading strictly: places, tables of keys, how much is said, and files. */
#include "form.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct form_key keys[] = {
	{ "name",   FORM_STRING,                NULL,       true },
	{ "colour", FORM_STRING | FORM_NUMBER,  "red 7",    false },
	{ "on",     FORM_BOOLEAN,               NULL,       false },
	{ "any",    FORM_BOOLEAN | FORM_NUMBER | FORM_STRING | FORM_OBJECT | FORM_ARRAY, NULL, false },
};

static const struct {
	const char *json, *said;
} checked[] = {
	{ "{\"name\":\"x\"}", "" },
	{ "{\"name\":\"x\",\"colour\":\"red\",\"on\":false,\"any\":[]}", "" },
	{ "{\"name\":\"x\",\"colour\":8}", "" },   /* words are for strings */
	{ "{\"name\":\"x\",\"colour\":\"blue\"}", "f:1:22: `colour` must be one of red, 7\n" },
	{ "{\"name\":\"x\",\n\t\"colour\":true}", "f:2:11: `colour` must be a number or a string, not true\n" },
	{ "{\"name\":\"x\",\"on\":\"yes\"}", "f:1:18: `on` must be true or false, not a string\n" },
	{ "{\"name\":\"x\",\"any\":null}",
	  "f:1:19: `any` must be true or false, a number, a string, an object or an array, not null\n" },
	{ "{\"nmae\":1}", "f:1:2: unknown key `nmae`, did you mean `name`?\nf:1:1: `name` is missing\n" },
	{ "{\"name\":\"x\",\"\":1}", "f:1:13: unknown key ``\n" },
	{ "{\"name\":\"\\u0000\"}", "f:1:9: `name` must not hold \\u0000\n" },
	{ "\"name\"", "f:1:1: this must be an object, not a string\n" },
	{ "{\"name\":\"x\",\"any\":[{\"a\":1,\"b\":2,\"\\u0061\":3}]}", "f:1:33: `\\u0061` is here twice\n" },
	/* 67 bytes are shown, never half a character */
	{ "{\"name\":\"x\",\"123456789012345678901234567890123456789012345678901234567890123456\xC3\xA9\":1}",
	  "f:1:13: unknown key `123456789012345678901234567890123456789012345678901234567890123456\xC3\xA9`\n" },
	{ "{\"name\":\"x\",\"1234567890123456789012345678901234567890123456789012345678901234567\xC3\xA9z\":1}",
	  "f:1:13: unknown key `1234567890123456789012345678901234567890123456789012345678901234567…`\n" },
};

START_TEST(object_is_checked)
{
	struct text said = { 0 };
	struct complaints complaints = { .out = &said };
	struct form form;

	ck_assert(form_open(&form, "f", checked[_i].json, strlen(checked[_i].json), &complaints));
	form_check(&form, json_root(&form.doc), keys, COUNT(keys));
	ck_assert_str_eq(text_string(&said), checked[_i].said);
	ck_assert_int_eq(complaints.errors > 0, *checked[_i].said != '\0');
	form_close(&form);
	text_free(&said);
}
END_TEST

START_TEST(places_are_found_in_any_order)
{
	static const char json[] = "[1,\n2,\n\n 3]";
	static const struct {
		size_t at;
		const char *place;
	} places[] = {
		{ 8, "f:4:1" }, { 1, "f:1:2" }, { 4, "f:2:1" }, { 9, "f:4:2" }, { 9, "f:4:2" }, { 3, "f:1:4" },
		{ 0, "f:1:1" }, { 999, "f:4:4" },
	};
	struct text said = { 0 };
	struct complaints complaints = { .out = &said };
	struct form form;
	size_t i;

	ck_assert(form_open(&form, "f", json, strlen(json), &complaints));
	for (i = 0; i < COUNT(places); i++) {
		form_place(&form, places[i].at, &said);
		ck_assert_str_eq(text_string(&said), places[i].place);
		text_clear(&said);
	}
	form_close(&form);
	text_free(&said);
}
END_TEST

/* Warnings do not use up the room of what is really wrong. */
START_TEST(complaints_are_counted)
{
	struct text said = { 0 };
	struct complaints complaints = { .out = &said };
	const char *line;
	struct form form;
	int i, lines = 0;

	ck_assert(form_open(&form, "f", "[]", 2, &complaints));
	for (i = 0; i < 53; i++)
		form_warn(&form, json_root(&form.doc), "w%d", i);
	for (i = 0; i < 51; i++)
		form_complain(&form, json_root(&form.doc), "e%d", i);
	complaints_end(&complaints);
	ck_assert_uint_eq(complaints.warnings, 53);
	ck_assert_uint_eq(complaints.errors, 51);
	for (line = text_string(&said); (line = strchr(line, '\n')); line++)
		lines++;
	ck_assert_int_eq(lines, 102);
	ck_assert_ptr_nonnull(strstr(text_string(&said), "f:1:1: warning: w49\nf:1:1: e0\n"));
	ck_assert_ptr_nonnull(strstr(text_string(&said), "f:1:1: e49\nand 1 more\nand 3 more warnings\n"));
	form_close(&form);
	text_free(&said);
}
END_TEST

START_TEST(what_is_no_json_is_refused)
{
	struct text said = { 0 };
	struct complaints complaints = { .out = &said };
	struct form form;

	ck_assert(!form_open(&form, "f", "[1,\n]", 5, &complaints));
	ck_assert_str_eq(text_string(&said), "f:1:3: stray comma\n");
	form_close(&form);
	text_free(&said);
}
END_TEST

static void write_file(const char *path, const char *bytes, size_t len)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(files_are_loaded)
{
	char path[] = "/tmp/form.XXXXXX", why[100], *bytes;
	int file = mkstemp(path);
	size_t len;

	ck_assert_int_ge(file, 0);
	close(file);
	write_file(path, "a\0b", 3);
	bytes = file_load(path, 3, &len, why, sizeof(why));
	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(len, 3);
	ck_assert_int_eq(memcmp(bytes, "a\0b", 4), 0);
	free(bytes);

	ck_assert_ptr_null(file_load(path, 2, &len, why, sizeof(why)));
	ck_assert_str_eq(why, "is larger than 2 bytes");

	write_file(path, "\xEF\xBB\xBF{}", 5);   /* as some editors save */
	bytes = file_load(path, 99, &len, why, sizeof(why));
	ck_assert_str_eq(bytes, "{}");
	ck_assert_uint_eq(len, 2);
	free(bytes);

	write_file(path, "", 0);
	bytes = file_load(path, 0, &len, why, sizeof(why));
	ck_assert_str_eq(bytes, "");
	free(bytes);

	ck_assert_int_eq(unlink(path), 0);
	ck_assert_ptr_null(file_load(path, 99, &len, why, sizeof(why)));
	ck_assert_str_eq(why, "cannot be read: No such file or directory");

	ck_assert_int_eq(mkfifo(path, 0600), 0);   /* nobody writes to it, so a careless open would hang */
	ck_assert_ptr_null(file_load(path, 99, &len, why, sizeof(why)));
	ck_assert_str_eq(why, "is not a regular file");
	unlink(path);
}
END_TEST

static const struct {
	const char *folder, *path, *joined;
} joins[] = {
	{ "",     "a.json",  "a.json" },
	{ ".",    "a.json",  "./a.json" },
	{ "x/y",  "a.json",  "x/y/a.json" },
	{ "x/y/", "../a",    "x/y/../a" },
	{ "/",    "a.json",  "/a.json" },
	{ "x",    "/a.json", "/a.json" },
};

START_TEST(paths_are_joined)
{
	char *joined = file_path(joins[_i].folder, joins[_i].path);

	ck_assert_str_eq(joined, joins[_i].joined);
	free(joined);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("form");
	TCase *tcase = tcase_create("form");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, object_is_checked, 0, COUNT(checked));
	tcase_add_test(tcase, places_are_found_in_any_order);
	tcase_add_test(tcase, complaints_are_counted);
	tcase_add_test(tcase, what_is_no_json_is_refused);
	tcase_add_test(tcase, files_are_loaded);
	tcase_add_loop_test(tcase, paths_are_joined, 0, COUNT(joins));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

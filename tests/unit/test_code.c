/* The codes: complete against the catalogue, in order, and with the texts that devices see. */
#include "code.h"

#include <check.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* doc: the device error pages and samples; sdk: iot_export_errno.h; seen: 5092 and 63xx in forwarded messages. */
static const struct {
	int wire;
	const char *name, *message;
} literals[] = {
	{ 200,   "SUCCESS",              "success" },
	{ 401,   "AUTH_ERROR",           "request auth error" },
	{ 427,   "CONNECTED_ELSEWHERE",  "device connect in elsewhere" },
	{ 428,   "TOO_MANY_ONLINE",      "too many subdevices under gateway" },
	{ 429,   "TOO_MANY_REQUESTS",    "too many requests" },
	{ 460,   "BAD_PARAMS",           "request parameter error" },
	{ 500,   "SERVER_ERROR",         "server error" },
	{ 520,   "NO_SESSION",           "device no session" },
	{ 521,   "DEVICE_DELETED",       "device deleted" },
	{ 522,   "DEVICE_FORBIDDEN",     "device forbidden" },
	{ 5092,  "PROPERTY_NOT_FOUND",   "property not found" },
	{ 6100,  "DEVICE_NOT_FOUND",     "device not found" },
	{ 6104,  "TOO_MANY_DESIRED",     "list size must less than 200" },
	{ 6106,  "TOO_MANY_PROPERTIES",  "map size must less than 200" },
	{ 6204,  "DEVICE_DISABLED",      "device is disabled" },
	{ 6207,  "NOT_JSON",             "device data format is error" },
	{ 6280,  "DEVICE_NAME_INVALID",  "devicename not meet specs" },
	{ 6287,  "INVALID_SIGN",         "invalid sign" },
	{ 6304,  "PARAM_NOT_EXIST",      "tsl parse: params not exist" },
	{ 6306,  "INT_INVALID",          "tsl parse: data type is not int" },
	{ 6308,  "BOOL_INVALID",         "tsl parse: value of bool type must be int" },
	{ 6310,  "TEXT_INVALID",         "tsl parse: data type is not string" },
	{ 6321,  "NO_TSL",               "tsl: device not exist in product" },
	{ 6400,  "TOPO_TOO_MANY",        "topo relation count exceed" },
	{ 6401,  "TOPO_NOT_EXIST",       "topo relation not exist" },
	{ 6402,  "TOPO_SELF",            "topo relation cannot add by self" },
	{ 6450,  "ALINK_METHOD_MISSING", "alink method not exist" },
	{ 6710,  "CONFIG_EMPTY",         "no data" },
	{ 6713,  "CONFIG_OFF",           "thing config function is not available" },
	{ 6813,  "TOPIC_ILLEGAL",        "topic illegal" },
	{ 9200,  "DEVICE_NOT_ACTIVATED", "device not actived" },
	{ 9201,  "DEVICE_OFFLINE",       "device offline" },
};

START_TEST(message_is_the_documented_one)
{
	const struct code_row *row = code_find(literals[_i].wire);

	ck_assert_ptr_nonnull(row);
	ck_assert_str_eq(row->name, literals[_i].name);
	ck_assert_str_eq(row->message, literals[_i].message);
	ck_assert_str_eq(code_message(literals[_i].wire), literals[_i].message);
	ck_assert_ptr_eq(code_find_name(literals[_i].name), row);
}
END_TEST

/* The catalogue lists each code that a page of the documents names, one page's table per file. */
static const struct {
	const char *file;
	int column, rows;
} catalogues[] = {
	{ "operation-codes.tsv",      3, 301 },
	{ "device-and-log-codes.tsv", 0, 143 },
};

START_TEST(every_code_of_the_catalogue_has_a_row)
{
	char path[1024], line[1024];
	int rows = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/catalog/%s", TESTS, catalogues[_i].file);
	file = fopen(path, "r");
	ck_assert_msg(file, "%s cannot be read", path);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));   /* the columns' names */
	while (fgets(line, sizeof(line), file)) {
		const char *at = line;
		int column, wire;

		for (column = 0; at && column < catalogues[_i].column; column++) {
			at = strchr(at, '\t');
			at = at ? at + 1 : NULL;
		}
		ck_assert_msg(at, "too few columns: %s", line);
		wire = atoi(at);
		ck_assert_msg(wire > 0, "no code: %s", line);
		ck_assert_msg(code_find(wire), "%d has no row", wire);
		rows++;
	}
	fclose(file);
	ck_assert_int_eq(rows, catalogues[_i].rows);
}
END_TEST

START_TEST(rows_are_in_order_and_complete)
{
	static const char *const tags[] = { "doc: ", "sdk: ", "seen: ", "guess: " };
	size_t count, i, j;
	const struct code_row *rows = code_rows(&count);

	ck_assert_uint_ge(count, 150);
	for (i = 0; i < count; i++) {
		bool tagged = false;

		if (i)
			ck_assert_msg(rows[i - 1].wire < rows[i].wire, "%d is out of order", rows[i].wire);
		for (j = 0; j < i; j++)
			ck_assert_str_ne(rows[i].name, rows[j].name);
		for (j = 0; rows[i].name[j]; j++)
			ck_assert_msg(isupper((unsigned char)rows[i].name[j]) || rows[i].name[j] == '_',
			              "%s", rows[i].name);
		for (j = 0; j < sizeof(tags) / sizeof(tags[0]); j++)
			tagged = tagged || !strncmp(rows[i].source, tags[j], strlen(tags[j]));
		ck_assert_msg(tagged, "%s: source \"%s\"", rows[i].name, rows[i].source);
		ck_assert_msg(rows[i].message[0], "%s has no message", rows[i].name);
		ck_assert_msg(rows[i].meaning[0] && rows[i].meaning[strlen(rows[i].meaning) - 1] == '.',
		              "%s: the meaning is no sentence", rows[i].name);
	}
}
END_TEST

START_TEST(found_by_name_or_number)
{
	ck_assert_int_eq(code_find_name("bad_params")->wire, 460);
	ck_assert_int_eq(code_find_name("Not_Json")->wire, 6207);
	ck_assert_int_eq(code_find_name("460")->wire, 460);
	ck_assert_int_eq(code_find_name("100000")->wire, 100000);
	ck_assert_int_eq(CODE_BAD_PARAMS, 460);
	ck_assert_int_eq(CODE_TIME_IN_FUTURE, 6336);
}
END_TEST

START_TEST(unknown_ones_are_not_found)
{
	ck_assert_ptr_null(code_find(0));
	ck_assert_ptr_null(code_find(-460));
	ck_assert_ptr_null(code_find(461));
	ck_assert_ptr_null(code_find(100001));
	ck_assert_ptr_null(code_find_name(""));
	ck_assert_ptr_null(code_find_name("461"));
	ck_assert_ptr_null(code_find_name("4600000000460"));
	ck_assert_ptr_null(code_find_name("460 "));
	ck_assert_ptr_null(code_find_name("BAD"));
	ck_assert_str_eq(code_message(461), "unknown code");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("code");
	TCase *tcase = tcase_create("code");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, message_is_the_documented_one, 0, sizeof(literals) / sizeof(literals[0]));
	tcase_add_loop_test(tcase, every_code_of_the_catalogue_has_a_row, 0,
	                    sizeof(catalogues) / sizeof(catalogues[0]));
	tcase_add_test(tcase, rows_are_in_order_and_complete);
	tcase_add_test(tcase, found_by_name_or_number);
	tcase_add_test(tcase, unknown_ones_are_not_found);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

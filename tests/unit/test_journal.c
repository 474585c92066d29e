/* The log: its ring, its filters, and what is kept of it elsewhere. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "journal.h"
#include "json.h"

static struct journal *journal;
static struct text out;

static void setup(void)
{
	journal = journal_new(4);
	ck_assert_ptr_nonnull(journal);
}

static void teardown(void)
{
	journal_free(journal);
	text_free(&out);
}

static void add(const char *device, enum service service, int code, const char *why)
{
	journal_add(journal, &(struct record){
		.time_ms = 1700000000000 + (int64_t)journal_last(journal), .trace = 0xabc, .service = service, .code = code,
		.message_id = "7", .product_key = "pk", .device_name = device, .operation = "op", .content = "c\"ontent",
		.content_len = 8, .why = why,
	});
}

/* How many records match, the seqs in `seqs` as text. */
static const char *query(struct journal_filter filter, uint64_t after, bool newest, size_t limit)
{
	static char seqs[64];
	struct json_doc doc = { 0 };
	struct text list = { 0 };

	text_clear(&out);
	text_add(&out, "[");
	journal_query(journal, &filter, after, newest, limit, &out);
	text_add(&out, "]");
	ck_assert_msg(!json_parse(&doc, out.at, out.len, JSON_STRICT, NULL), "%s", out.at);
	json_each(record, json_root(&doc)) {
		int64_t seq = 0;

		json_int64(json_get(record, "seq"), &seq);
		text_addf(&list, "%lld ", (long long)seq);
	}
	strcpy(seqs, text_string(&list));
	text_free(&list);
	json_doc_free(&doc);
	return seqs;
}

START_TEST(keeps_the_newest)
{
	int i;

	for (i = 0; i < 6; i++)
		add("dev", SERVICE_UPLINK, 200, NULL);
	ck_assert_uint_eq(journal_count(journal), 4);
	ck_assert_uint_eq(journal_last(journal), 6);
	ck_assert_str_eq(query((struct journal_filter){ 0 }, 0, false, 10), "3 4 5 6 ");
	ck_assert_str_eq(query((struct journal_filter){ 0 }, 4, false, 10), "5 6 ");
	ck_assert_str_eq(query((struct journal_filter){ 0 }, 0, false, 2), "3 4 ");
	ck_assert_str_eq(query((struct journal_filter){ 0 }, 0, true, 2), "5 6 ");
}
END_TEST

START_TEST(filters)
{
	add("one", SERVICE_UPLINK, 200, NULL);
	add("two", SERVICE_THING_MODEL, 460, "because 100% of it");
	add("one", SERVICE_THING_MODEL, 6207, NULL);
	add("two", SERVICE_DOWNLINK, 200, "note");
	ck_assert_str_eq(query((struct journal_filter){ .device_name = "one" }, 0, false, 10), "1 3 ");
	ck_assert_str_eq(query((struct journal_filter){ .product_key = "other" }, 0, false, 10), "");
	ck_assert_str_eq(query((struct journal_filter){ .has_service = true, .service = SERVICE_THING_MODEL }, 0, false, 10), "2 3 ");
	ck_assert_str_eq(query((struct journal_filter){ .failed_only = true }, 0, false, 10), "2 3 ");
	ck_assert_str_eq(query((struct journal_filter){ .ok_only = true }, 0, false, 10), "1 4 ");
	ck_assert_str_eq(query((struct journal_filter){ .why_only = true }, 0, false, 10), "2 ");
	ck_assert_str_eq(query((struct journal_filter){ .keyword = "100% of" }, 0, false, 10), "2 ");
	ck_assert_str_eq(query((struct journal_filter){ .keyword = "6207" }, 0, false, 10), "3 ");
	ck_assert_str_eq(query((struct journal_filter){ .keyword = "c\"on" }, 0, false, 10), "1 2 3 4 ");
	ck_assert_str_eq(query((struct journal_filter){ .trace = 0xabc }, 2, false, 10), "3 4 ");
	ck_assert_str_eq(query((struct journal_filter){ .trace = 1 }, 0, false, 10), "");
	ck_assert_str_eq(query((struct journal_filter){ .from_ms = 1700000000001, .to_ms = 1700000000002 }, 0, false, 10), "2 3 ");
	ck_assert_str_eq(query((struct journal_filter){ .message_id = "8" }, 0, false, 10), "");
	journal_add(journal, &(struct record){ .time_ms = 1700000000004, .code = 200, .why = "delayed", .rule = "slow/later" });
	ck_assert_str_eq(query((struct journal_filter){ .why_only = true }, 0, false, 10), "2 5 ");
}
END_TEST

START_TEST(cuts_long_content)
{
	char *long_text = malloc(5000);

	memset(long_text, 'x', 5000);
	journal_add(journal, &(struct record){ .content = long_text, .content_len = 5000 });
	query((struct journal_filter){ 0 }, 0, false, 1);
	ck_assert_ptr_nonnull(strstr(out.at, "\"contentCut\":true"));
	ck_assert_uint_gt(out.len, 4096);
	ck_assert_uint_lt(out.len, 4500);
	free(long_text);
}
END_TEST

START_TEST(comes_back)
{
	struct text kept = { 0 };
	struct journal *other = journal_new(4);
	int i;

	for (i = 0; i < 6; i++)
		add("dev", SERVICE_UPLINK, i == 4 ? 6287 : 200, i == 4 ? "why" : NULL);
	ck_assert_uint_eq(journal_export(journal, 0, 1, &kept), 3);        /* at least one */
	text_clear(&kept);
	ck_assert_uint_eq(journal_export(journal, 0, 100000, &kept), 6);
	ck_assert_int_eq(journal_import(other, 3, kept.at, kept.len), 0);
	journal_free(journal);
	journal = other;
	ck_assert_str_eq(query((struct journal_filter){ 0 }, 0, false, 10), "3 4 5 6 ");
	ck_assert_str_eq(query((struct journal_filter){ .why_only = true }, 0, false, 10), "5 ");
	text_free(&kept);
}
END_TEST

/* What was never written, and what was written twice: all the rest is there. */
START_TEST(comes_back_with_gaps_and_twice)
{
	struct text kept[6] = { 0 };
	struct journal *other = journal_new(4);
	uint64_t i;

	for (i = 0; i < 6; i++) {
		add("dev", SERVICE_UPLINK, 200, NULL);
		journal_export(journal, i, 1, &kept[i]);
	}
	ck_assert_int_eq(journal_import(other, 1, kept[0].at, kept[0].len), 0);
	ck_assert_int_eq(journal_import(other, 2, kept[1].at, kept[1].len), 0);
	ck_assert_int_eq(journal_import(other, 1, kept[0].at, kept[0].len), 0);
	ck_assert_int_eq(journal_import(other, 4, kept[3].at, kept[3].len), 0);
	journal_free(journal);
	journal = other;
	ck_assert_str_eq(query((struct journal_filter){ 0 }, 0, false, 10), "1 2 4 ");
	/* More than there is room for is missing. */
	ck_assert_int_eq(journal_import(other, 100, kept[5].at, kept[5].len), 0);
	ck_assert_uint_eq(journal_last(other), 100);
	ck_assert_uint_eq(journal_count(other), 1);
	ck_assert_int_eq(journal_import(other, 0, kept[5].at, kept[5].len), -1);
	ck_assert_int_eq(journal_import(other, UINT64_MAX, kept[5].at, kept[5].len), -1);
	for (i = 0; i < 6; i++)
		text_free(&kept[i]);
}
END_TEST

START_TEST(refuses_damage)
{
	struct text kept = { 0 };
	size_t i, refused = 0;

	add("dev", SERVICE_UPLINK, 200, "why");
	journal_export(journal, 0, 100000, &kept);
	/* Any byte may be wrong: never a crash, and what the sizes and the strings' places say is checked. */
	for (i = 0; i < kept.len; i++) {
		struct journal *other = journal_new(4);

		kept.at[i] = (char)~kept.at[i];
		refused += journal_import(other, 1, kept.at, kept.len) != 0;
		kept.at[i] = (char)~kept.at[i];
		journal_free(other);
	}
	ck_assert_uint_gt(refused, 20);
	for (i = 1; i < kept.len; i++) {
		struct journal *other = journal_new(4);

		ck_assert_int_eq(journal_import(other, 1, kept.at, i), -1);
		journal_free(other);
	}
	text_free(&kept);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal");
	TCase *tcase = tcase_create("ring");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, keeps_the_newest);
	tcase_add_test(tcase, filters);
	tcase_add_test(tcase, cuts_long_content);
	tcase_add_test(tcase, comes_back);
	tcase_add_test(tcase, comes_back_with_gaps_and_twice);
	tcase_add_test(tcase, refuses_damage);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

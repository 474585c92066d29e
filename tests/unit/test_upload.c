/* Blocks of a file upload at their bounds, which are too long for a transcript. */
#include "post_fixture.h"

#define UPLOAD "/sys/a1Types0001/gate1/thing/file/upload/mqtt/"

static const struct {
	size_t len;      /* of the block: zeros, whose CRC-16 is zero */
	int    code;
} blocks[] = {
	{ 255,    78120 },
	{ 256,    200 },
	{ 131072, 200 },
	{ 131073, 78118 },
	{ 200000, 78118 },
};

START_TEST(a_block_of_that_size)
{
	struct post_cloud post = post_open("");
	uint64_t device = post_connect(&post, "a1Types0001/gate1");
	char *bytes = calloc(1, blocks[_i].len + 200);
	struct message in = { .topic = UPLOAD "send", .payload = bytes };
	int header;

	ck_assert(bytes);
	ck_assert_int_eq(post_code(post_send(&post, device, UPLOAD "init",
	                                     "{\"id\":\"1\",\"params\":{\"fileName\":\"a.bin\",\"fileSize\":1000000}}")), 200);
	header = sprintf(bytes + 2, "{\"id\":\"2\",\"params\":{\"uploadId\":\"U1\",\"offset\":0,\"bSize\":%zu}}", blocks[_i].len);
	bytes[1] = (char)header;
	memset(bytes + 2 + header, 0, blocks[_i].len + 2);
	in.payload_len = 2 + (size_t)header + blocks[_i].len + 2;
	effects_clear(&post.out);
	json_doc_free(&post.reply);
	ck_assert_int_eq(cloud_message(post.cloud, device, &in, &post.out), MESSAGE_TAKEN);
	ck_assert_uint_eq(post.out.count, 1);
	ck_assert_str_eq(post.out.at[0].topic, UPLOAD "send_reply");
	ck_assert_int_eq(json_parse(&post.reply, post.out.at[0].payload, post.out.at[0].payload_len, JSON_STRICT, NULL), 0);
	ck_assert_int_eq(post_code(json_root(&post.reply)), blocks[_i].code);
	free(bytes);
	post_close(&post);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("upload");
	TCase *tcase = tcase_create("upload");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, a_block_of_that_size, 0, sizeof(blocks) / sizeof(blocks[0]));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* /files/: downloads whole and in ranges, as C SDKs ask for them, and what may go wrong on the way. */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http_fixture.h"

static char folder[512], path[600], said[800];

static void file_setup(void)
{
	setup();
	snprintf(folder, sizeof(folder), "%s/alink-files-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/fw.bin", folder);
}

static void file_teardown(void)
{
	unlink(path);
	rmdir(folder);
	teardown();
}

/* The cloud says that the URL stands for a file of this content, of which it was told `size`. */
static void lay_out(const char *content, size_t len, size_t size)
{
	FILE *file = fopen(path, "w");

	ck_assert_uint_eq(fwrite(content, 1, len, file), len);
	fclose(file);
	snprintf(said, sizeof(said), "{\"path\":\"%s\",\"size\":%zu,\"contentType\":\"application/octet-stream\"}", path, size);
	cloud.answers[0] = said;
	cloud.asked = 0;
}

static bool has(const char *answer, const char *text)
{
	return strstr(answer, text) != NULL;
}

/* Of the ten bytes 0123456789. NULL: no Content-Range. */
static const struct {
	const char *header, *status, *content_range, *body;
} ranges[] = {
	{ "", "200", NULL, "0123456789" },
	/* sdk: v4 asks so */
	{ "\r\nRange: bytes=0-", "206", "bytes 0-9/10", "0123456789" },
	{ "\r\nRange: bytes=4-", "206", "bytes 4-9/10", "456789" },
	{ "\r\nRange: bytes=0-3", "206", "bytes 0-3/10", "0123" },
	{ "\r\nRange: bytes=9-9", "206", "bytes 9-9/10", "9" },
	{ "\r\nRange: bytes=4-99", "206", "bytes 4-9/10", "456789" },
	{ "\r\nRange: bytes=-3", "206", "bytes 7-9/10", "789" },
	{ "\r\nRange: bytes=-99", "206", "bytes 0-9/10", "0123456789" },
	{ "\r\nRange: bytes=10-", "416", "bytes */10", NULL },
	{ "\r\nRange: bytes=10-20", "416", "bytes */10", NULL },
	{ "\r\nRange: bytes=-0", "416", "bytes */10", NULL },
	/* what is none, or several, or conditional, counts as absent */
	{ "\r\nRange: bytes=5-4", "200", NULL, "0123456789" },
	{ "\r\nRange: bytes=", "200", NULL, "0123456789" },
	{ "\r\nRange: bytes=x-", "200", NULL, "0123456789" },
	{ "\r\nRange: bytes=1", "200", NULL, "0123456789" },
	{ "\r\nRange: bytes=1-2x", "200", NULL, "0123456789" },
	{ "\r\nRange: bytes=1-2,4-5", "200", NULL, "0123456789" },
	{ "\r\nRange: bytes=99999999999999999999-", "200", NULL, "0123456789" },
	{ "\r\nRange: lines=1-2", "200", NULL, "0123456789" },
	{ "\r\nRange: bytes=1-2\r\nIf-Range: \"x\"", "200", NULL, "0123456789" },
};

START_TEST(a_range_is_sent)
{
	char head[200], expected[80];
	const char *answer;

	snprintf(head, sizeof(head), "GET /files/fw1-fw.bin?Expires=1&Signature=2 HTTP/1.1%s", ranges[_i].header);
	lay_out("0123456789", 10, 10);
	answer = ask(head, NULL);
	snprintf(expected, sizeof(expected), "HTTP/1.1 %s ", ranges[_i].status);
	ck_assert_msg(!strncmp(answer, expected, strlen(expected)), "%s: %s", head, answer);
	if (ranges[_i].body) {
		ck_assert_str_eq(body_of(answer), ranges[_i].body);
		snprintf(expected, sizeof(expected), "\r\nContent-Length: %zu\r\n", strlen(ranges[_i].body));
		ck_assert_msg(has(answer, expected), "%s", answer);
		ck_assert(has(answer, "\r\nContent-Type: application/octet-stream\r\n"));
		ck_assert(has(answer, "\r\nAccept-Ranges: bytes\r\n"));
	}
	snprintf(expected, sizeof(expected), "\r\nContent-Range: %s\r\n", ranges[_i].content_range ? ranges[_i].content_range : "");
	ck_assert_msg(has(answer, ranges[_i].content_range ? expected : "\r\nContent-Range: ") == (ranges[_i].content_range != NULL),
	              "%s", answer);
	/* sdk: neither chunks nor redirects */
	ck_assert(!has(answer, "Transfer-Encoding") && !has(answer, "Location"));
}
END_TEST

START_TEST(the_cloud_is_asked_with_what_was_sent)
{
	lay_out("x", 1, 1);
	ask("GET /files/fw1-fw.bin?Expires=17&Signature=ab HTTP/1.1", NULL);
	ck_assert_str_eq(text_string(&cloud.seen), "{\"method\":\"GET\",\"path\":\"/files/fw1-fw.bin\","
	                 "\"query\":{\"Expires\":\"17\",\"Signature\":\"ab\"},\"body\":null}");
}
END_TEST

START_TEST(head_says_how_long_it_is)
{
	const char *answer;

	lay_out("0123456789", 10, 10);
	answer = ask("HEAD /files/x HTTP/1.1", NULL);
	ck_assert(has(answer, "HTTP/1.1 200 "));
	ck_assert(has(answer, "\r\nContent-Length: 10\r\n"));
	ck_assert_str_eq(body_of(answer), "");
	client_close(&answered);
	lay_out("0123456789", 10, 10);
	answer = ask("HEAD /files/x HTTP/1.1\r\nRange: bytes=8-", NULL);
	ck_assert(has(answer, "HTTP/1.1 206 "));
	ck_assert(has(answer, "\r\nContent-Length: 2\r\n"));
	ck_assert_str_eq(body_of(answer), "");
}
END_TEST

START_TEST(an_empty_file)
{
	lay_out("", 0, 0);
	ck_assert(has(ask("GET /files/x HTTP/1.1", NULL), "\r\nContent-Length: 0\r\n"));
	client_close(&answered);
	lay_out("", 0, 0);
	ck_assert(has(ask("GET /files/x HTTP/1.1\r\nRange: bytes=0-", NULL), "HTTP/1.1 416 "));
}
END_TEST

START_TEST(a_text_of_the_cloud)
{
	const char *answer;

	cloud.answers[0] = "{\"content\":\"{\\\"interval\\\": 30}\\n\",\"size\":17,\"contentType\":\"application/json\"}";
	answer = ask("GET /files/cfg1 HTTP/1.1", NULL);
	ck_assert(has(answer, "\r\nContent-Length: 17\r\n"));
	ck_assert(has(answer, "\r\nContent-Type: application/json\r\n"));
	ck_assert_str_eq(body_of(answer), "{\"interval\": 30}\n");
	client_close(&answered);
	cloud.asked = 0;
	ck_assert_str_eq(body_of(ask("GET /files/cfg1 HTTP/1.1\r\nRange: bytes=1-10", NULL)), "\"interval\"");
}
END_TEST

START_TEST(a_refusal_passes_as_it_is)
{
	cloud.status = 403;
	cloud.answers[0] = "{\"code\":\"AccessDenied\",\"message\":\"over\"}";
	ck_assert(has(ask("GET /files/x HTTP/1.1", NULL), "HTTP/1.1 403 "));
	ck_assert_str_eq(body_of(text_string(&answered.got)), "{\"code\":\"AccessDenied\",\"message\":\"over\"}");
}
END_TEST

/* No name leaves the folder of names: the cloud is asked for one segment, and knows no paths. */
static const struct {
	const char *head, *status;
} strays[] = {
	{ "GET /files/..%2F..%2Fetc%2Fpasswd HTTP/1.1", "HTTP/1.1 400 " },
	{ "GET /files/a%00b HTTP/1.1", "HTTP/1.1 400 " },
	{ "GET /files/x?Expires=1&Expires=2 HTTP/1.1", "HTTP/1.1 400 " },
	{ "POST /files/x HTTP/1.1", "HTTP/1.1 405 " },
	{ "GET /files HTTP/1.1", "HTTP/1.1 404 " },
};

START_TEST(strays_are_refused)
{
	ck_assert_msg(has(ask(strays[_i].head, NULL), strays[_i].status), "%s", text_string(&answered.got));
	ck_assert_int_eq(cloud.asked, 0);
}
END_TEST

START_TEST(a_file_that_is_not_what_the_device_was_told)
{
	lay_out("0123456789", 10, 11);
	ck_assert(has(ask("GET /files/x HTTP/1.1", NULL), "HTTP/1.1 500 "));
	client_close(&answered);
	lay_out("0123456789", 10, 10);
	unlink(path);
	ck_assert(has(ask("GET /files/x HTTP/1.1", NULL), "HTTP/1.1 500 "));
	client_close(&answered);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	cloud.asked = 0;
	ck_assert(has(ask("GET /files/x HTTP/1.1", NULL), "HTTP/1.1 500 "));
	client_close(&answered);
	cloud.answers[0] = "{\"size\":1,\"contentType\":\"a/b\"}";
	cloud.asked = 0;
	ck_assert(has(ask("GET /files/x HTTP/1.1", NULL), "HTTP/1.1 502 "));
}
END_TEST

#define LARGE (8 * 1024 * 1024)

static char *large_file(void)
{
	char *content = malloc(LARGE + 1);
	size_t i;

	for (i = 0; i < LARGE; i++)
		content[i] = (char)('a' + i / 977 % 26);
	content[LARGE] = '\0';
	lay_out(content, LARGE, LARGE);
	return content;
}

START_TEST(a_large_file_comes_whole)
{
	char *content = large_file();
	const char *answer = ask("GET /files/x HTTP/1.1", NULL);

	ck_assert(has(answer, "\r\nContent-Length: 8388608\r\n"));
	ck_assert_uint_eq(strlen(body_of(answer)), LARGE);
	ck_assert(!memcmp(body_of(answer), content, LARGE));
	client_close(&answered);
	cloud.asked = 0;
	answer = ask("GET /files/x HTTP/1.1\r\nRange: bytes=70000-8000000", NULL);
	ck_assert_uint_eq(strlen(body_of(answer)), 8000000 - 70000 + 1);
	ck_assert(!memcmp(body_of(answer), content + 70000, 8000000 - 70000 + 1));
	free(content);
}
END_TEST

START_TEST(ranges_on_one_connection)
{
	struct client client;
	int i;

	client_open(&client);
	for (i = 0; i < 3; i++) {
		lay_out("0123456789", 10, 10);
		text_clear(&client.got);
		client_send(&client, "GET /files/x HTTP/1.1\r\nHost: x\r\nRange: bytes=3-5\r\n\r\n");
		client_wait(&client, "\r\n\r\n345");
	}
	client_close(&client);
}
END_TEST

/* Those of this process. */
static int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

START_TEST(who_leaves_leaves_nothing_behind)
{
	char *content = large_file();
	struct client client;
	int before = open_files();

	client_open(&client);
	client_send(&client, "GET /files/x HTTP/1.1\r\nHost: x\r\n\r\n");
	client_wait(&client, "\r\n\r\n");
	client_close(&client);
	while (open_files() > before)
		event_base_loop(base, EVLOOP_ONCE);
	free(content);
}
END_TEST

START_TEST(who_does_not_read_is_let_go)
{
	struct client client;
	int before = open_files();

	/* more than the sockets take */
	lay_out("", 0, 256 * 1024 * 1024);
	ck_assert_int_eq(truncate(path, 256 * 1024 * 1024), 0);
	client_open(&client);
	client_send(&client, "GET /files/x HTTP/1.1\r\nHost: x\r\n\r\n");
	client_wait(&client, "\r\n\r\n");
	bufferevent_disable(client.bev, EV_READ);
	/* the client's own socket stays open */
	while (open_files() > before + 1) {
		event_base_loop(base, EVLOOP_ONCE);
		ahead_s += 31;
	}
	client_close(&client);
}
END_TEST

START_TEST(a_file_that_becomes_shorter_ends_the_connection)
{
	char *content = large_file();
	struct client client;

	client_open(&client);
	client_send(&client, "GET /files/x HTTP/1.1\r\nHost: x\r\n\r\n");
	client_wait(&client, "\r\n\r\n");
	ck_assert_int_eq(truncate(path, 10), 0);
	client_wait(&client, NULL);
	ck_assert_uint_lt(client.got.len, LARGE);
	client_close(&client);
	free(content);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http files");
	TCase *tcase = tcase_create("files");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, file_setup, file_teardown);
	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, a_range_is_sent, 0, (int)(sizeof(ranges) / sizeof(*ranges)));
	tcase_add_test(tcase, the_cloud_is_asked_with_what_was_sent);
	tcase_add_test(tcase, head_says_how_long_it_is);
	tcase_add_test(tcase, an_empty_file);
	tcase_add_test(tcase, a_text_of_the_cloud);
	tcase_add_test(tcase, a_refusal_passes_as_it_is);
	tcase_add_loop_test(tcase, strays_are_refused, 0, (int)(sizeof(strays) / sizeof(*strays)));
	tcase_add_test(tcase, a_file_that_is_not_what_the_device_was_told);
	tcase_add_test(tcase, a_large_file_comes_whole);
	tcase_add_test(tcase, ranges_on_one_connection);
	tcase_add_test(tcase, who_leaves_leaves_nothing_behind);
	tcase_add_test(tcase, who_does_not_read_is_let_go);
	tcase_add_test(tcase, a_file_that_becomes_shorter_ends_the_connection);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

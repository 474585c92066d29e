/* The HTTP server: what it answers by itself, what it passes on, and what it bears. */
#include "http_fixture.h"

/* --- tests --- */

#define JSON_TYPE "\r\nContent-Type: application/json"
#define FORM_TYPE "\r\nContent-Type: application/x-www-form-urlencoded"

static const struct {
	const char *head, *body;
	const char *status, *says;     /* the status line's begin; the body, or its begin if it ends in … */
} exchanges[] = {
	{ "GET /healthz HTTP/1.1", NULL, "HTTP/1.1 200 ", "{\"status\":\"alive\"}" },
	{ "GET /readyz HTTP/1.1", NULL, "HTTP/1.1 200 ", "{\"status\":\"ready\"}" },
	{ "GET /ca.pem HTTP/1.1", NULL, "HTTP/1.1 200 ", "the pem" },
	{ "GET /ca.h HTTP/1.1", NULL, "HTTP/1.1 200 ", "the header" },
	{ "HEAD /healthz HTTP/1.1", NULL, "HTTP/1.1 200 ", "" },
	{ "OPTIONS /healthz HTTP/1.1", NULL, "HTTP/1.1 204 ", "" },
	{ "GET / HTTP/1.1", NULL, "HTTP/1.1 404 ", "{\"code\":\"NotFound\",…" },
	{ "GET /healthz/ HTTP/1.1", NULL, "HTTP/1.1 404 ", "{\"code\":\"NotFound\",…" },
	{ "GET /emulator/v1 HTTP/1.1", NULL, "HTTP/1.1 404 ", "{\"code\":\"NotFound\",…" },
	{ "POST /healthz HTTP/1.1" JSON_TYPE, "{}", "HTTP/1.1 405 ", "{\"code\":\"MethodNotAllowed\",…" },
	{ "TRACE /emulator/v1/status HTTP/1.1", NULL, "HTTP/1.1 405 ", "{\"code\":\"MethodNotAllowed\",…" },
	/* to the cloud and back */
	{ "GET /emulator/v1/status HTTP/1.1", NULL, "HTTP/1.1 200 ",
	  "{\"method\":\"GET\",\"path\":\"/status\",\"query\":{},\"body\":null}" },
	{ "GET /emulator/v1/a%20b/c%2Bd?x=%26&y=1+2 HTTP/1.1", NULL, "HTTP/1.1 200 ",
	  "{\"method\":\"GET\",\"path\":\"/a b/c+d\",\"query\":{\"x\":\"&\",\"y\":\"1 2\"},\"body\":null}" },
	{ "DELETE /emulator/v1/devices/p/d HTTP/1.1", NULL, "HTTP/1.1 200 ",
	  "{\"method\":\"DELETE\",\"path\":\"/devices/p/d\",\"query\":{},\"body\":null}" },
	/* numbers keep their literals */
	{ "POST /emulator/v1/p HTTP/1.1" JSON_TYPE "; charset=utf-8", "{\"a\":9007199254740993,\"b\":1.0}",
	  "HTTP/1.1 200 ", "{\"method\":\"POST\",\"path\":\"/p\",\"query\":{},\"body\":{\"a\":9007199254740993,\"b\":1.0}}" },
	{ "PUT /emulator/v1/p HTTP/1.1" JSON_TYPE, "[]", "HTTP/1.1 200 ",
	  "{\"method\":\"PUT\",\"path\":\"/p\",\"query\":{},\"body\":[]}" },
	{ "POST /emulator/v1/p HTTP/1.1" JSON_TYPE, NULL, "HTTP/1.1 200 ",
	  "{\"method\":\"POST\",\"path\":\"/p\",\"query\":{},\"body\":null}" },
	/* what devices call: a form, and with it where the MQTT listener is */
	{ "POST /auth/register/device HTTP/1.1" FORM_TYPE, "productKey=pk&deviceName=a%26b+c&sign=", "HTTP/1.1 200 ",
	  "{\"method\":\"POST\",\"path\":\"/auth/register/device\",\"query\":{\"host\":\"127.0.0.1\",\"port\":\"11883\"},"
	  "\"body\":{\"productKey\":\"pk\",\"deviceName\":\"a&b c\",\"sign\":\"\"}}" },
	{ "POST /auth/devicename HTTP/1.1", "a=1&a=2", "HTTP/1.1 200 ",
	  "{\"method\":\"POST\",\"path\":\"/auth/devicename\",\"query\":{\"host\":\"127.0.0.1\",\"port\":\"11883\"},\"body\":{\"a\":\"1\"}}" },
	{ "GET /auth/bootstrap/regionId/cn-shanghai HTTP/1.1", NULL, "HTTP/1.1 200 ",
	  "{\"method\":\"GET\",\"path\":\"/auth/bootstrap/regionId/cn-shanghai\",\"query\":{\"host\":\"127.0.0.1\",\"port\":\"11883\"},"
	  "\"body\":{}}" },
	{ "POST /auth/register/device HTTP/1.1" FORM_TYPE, "a", "HTTP/1.1 400 ", "{\"code\":\"BadRequest\",…" },
	{ "POST /auth/register/device HTTP/1.1" FORM_TYPE, "a=%00", "HTTP/1.1 400 ", "{\"code\":\"BadRequest\",…" },
	{ "DELETE /auth/register/device HTTP/1.1", NULL, "HTTP/1.1 405 ", "{\"code\":\"MethodNotAllowed\",…" },
	/* what a web page of another origin could send */
	{ "POST /emulator/v1/p HTTP/1.1", "{}", "HTTP/1.1 415 ", "{\"code\":\"UnsupportedMediaType\",…" },
	{ "POST /emulator/v1/p HTTP/1.1", NULL, "HTTP/1.1 415 ", "{\"code\":\"UnsupportedMediaType\",…" },
	{ "POST /emulator/v1/p HTTP/1.1\r\nContent-Type: text/plain", "{}", "HTTP/1.1 415 ", "{\"code\":…" },
	{ "POST /emulator/v1/p HTTP/1.1\r\nContent-Type: application/jsonx", "{}", "HTTP/1.1 415 ", "{\"code\":…" },
	{ "DELETE /emulator/v1/p HTTP/1.1", "{}", "HTTP/1.1 415 ", "{\"code\":…" },
	/* what is no request */
	{ "POST /emulator/v1/p HTTP/1.1" JSON_TYPE, "{\n \"a\": }", "HTTP/1.1 400 ", "{\"code\":\"BadRequest\",…" },
	{ "GET /emulator/v1/a%2Fb HTTP/1.1", NULL, "HTTP/1.1 400 ", "{\"code\":\"BadRequest\",…" },
	{ "GET /emulator/v1/a%00b HTTP/1.1", NULL, "HTTP/1.1 400 ", "{\"code\":\"BadRequest\",…" },
	{ "GET /emulator/v1/a?b HTTP/1.1", NULL, "HTTP/1.1 400 ", "{\"code\":\"BadRequest\",…" },
	{ "GET /emulator/v1/a?b=1&b=2 HTTP/1.1", NULL, "HTTP/1.1 400 ", "{\"code\":\"BadRequest\",…" },
	{ "GET /emulator/v1/a?b=%00 HTTP/1.1", NULL, "HTTP/1.1 400 ", "{\"code\":\"BadRequest\",…" },
};

START_TEST(answers)
{
	const char *answer = ask(exchanges[_i].head, exchanges[_i].body), *says = exchanges[_i].says, *body;
	const char *open = strstr(says, "…");

	ck_assert_msg(!strncmp(answer, exchanges[_i].status, strlen(exchanges[_i].status)), "%s: %s",
	              exchanges[_i].head, answer);
	body = body_of(answer);
	if (open)
		ck_assert_msg(!strncmp(body, says, (size_t)(open - says)), "%s: %s", exchanges[_i].head, body);
	else
		ck_assert_str_eq(body, says);
	if (*body == '{')
		ck_assert_ptr_nonnull(strstr(answer, "\r\nContent-Type: application/json\r\n"));
}
END_TEST

/* A page of another site, and a name of another site that points to us. */
static const struct {
	const char *headers;
	bool refused;
} origins[] = {
	{ "Host: 127.0.0.1:8080", false },
	{ "Host: [::1]:8080", false },
	{ "Host: 203.0.113.7", false },
	{ "Host: LocalHost:8080", false },
	{ "Host: localhost.", false },
	{ "Host: emulator:8080", false },
	{ "Host: emulator.ci.svc.cluster.local", false },
	{ "Host: host.docker.internal:8080", false },
	{ "Host: EMU.example", false },
	{ "Host: a.wild.example", false },
	{ "Host: files.example", false },
	{ "Host: wild.example", true },
	{ "Host: evil.example:8080", true },
	{ "Host: 127.0.0.1.evil.example", true },
	{ "Host: emu.example.evil.example", true },
	{ "Host: notlocal.example", true },
	{ "Host: localhost.evil.example", true },
	{ "Host: evil.example.", true },
	{ "Host: :8080", true },
	{ "Host: 127.0.0.1:8080\r\nOrigin: http://127.0.0.1:8080", false },
	{ "Host: emulator:8443\r\nOrigin: https://emulator:8443", false },
	{ "Host: 127.0.0.1:8080\r\nOrigin: http://127.0.0.1:9090", true },
	{ "Host: 127.0.0.1:8080\r\nOrigin: http://evil.example", true },
	{ "Host: 127.0.0.1:8080\r\nOrigin: http://127.0.0.1:8080.evil.example", true },
	{ "Host: 127.0.0.1:8080\r\nOrigin: null", true },
};

START_TEST(only_its_own_pages_use_the_api)
{
	struct text request = { 0 };

	text_addf(&request, "GET /emulator/v1/status HTTP/1.1\r\n%s\r\nConnection: close\r\n\r\n", origins[_i].headers);
	client_open(&answered);
	client_send(&answered, text_string(&request));
	client_wait(&answered, NULL);
	text_free(&request);
	ck_assert_msg(!strncmp(text_string(&answered.got), origins[_i].refused ? "HTTP/1.1 403 " : "HTTP/1.1 200 ", 13), "%s: %s",
	              origins[_i].headers, text_string(&answered.got));
	ck_assert_int_eq(cloud.asked, !origins[_i].refused);
	ck_assert_ptr_null(strcasestr(text_string(&answered.got), "Access-Control"));
}
END_TEST

START_TEST(head_says_the_length)
{
	ck_assert_ptr_nonnull(strstr(ask("HEAD /ca.pem HTTP/1.1", NULL), "\r\nContent-Length: 7\r\n"));
}
END_TEST

START_TEST(options_lists_the_methods)
{
	ck_assert_ptr_nonnull(strstr(ask("OPTIONS /healthz HTTP/1.1", NULL), "\r\nAllow: GET, HEAD, OPTIONS\r\n"));
}
END_TEST

START_TEST(the_place_in_a_bad_body_is_named)
{
	ck_assert_ptr_nonnull(strstr(ask("POST /emulator/v1/p HTTP/1.1" JSON_TYPE, "{\n \"a\": }"), "line 2, column 7"));
}
END_TEST

START_TEST(not_ready_before_the_cloud_is)
{
	http_ready(http, false);
	ck_assert_ptr_nonnull(strstr(ask("GET /readyz HTTP/1.1", NULL), "HTTP/1.1 503 "));
	client_close(&answered);
	ck_assert_ptr_nonnull(strstr(ask("GET /healthz HTTP/1.1", NULL), "HTTP/1.1 200 "));
	client_close(&answered);
	http_ready(http, true);
	cloud.up = false;
	ck_assert_ptr_nonnull(strstr(ask("GET /readyz HTTP/1.1", NULL), "HTTP/1.1 503 "));
}
END_TEST

START_TEST(a_refusal_passes_as_it_is)
{
	cloud.answers[0] = "{\"code\":\"9201\",\"message\":\"offline\"}";
	cloud.status = 409;
	ask("GET /emulator/v1/x HTTP/1.1", NULL);
	ck_assert_ptr_nonnull(strstr(text_string(&answered.got), "HTTP/1.1 409 "));
	ck_assert_str_eq(body_of(text_string(&answered.got)), "{\"code\":\"9201\",\"message\":\"offline\"}");
}
END_TEST

START_TEST(the_time_that_a_request_allows_is_added)
{
	ask("POST /emulator/v1/p HTTP/1.1" JSON_TYPE, "{}");
	ck_assert_int_eq(cloud.timeout_ms, 30000);
	client_close(&answered);
	ask("POST /emulator/v1/p HTTP/1.1" JSON_TYPE, "{\"timeoutMs\":120000}");
	ck_assert_int_eq(cloud.timeout_ms, 150000);
	client_close(&answered);
	ask("POST /emulator/v1/p HTTP/1.1" JSON_TYPE, "{\"timeoutMs\":99999999999}");
	ck_assert_int_eq(cloud.timeout_ms, 30000);
}
END_TEST

static const struct {
	const char *target, *answer, *says;
} credentials[] = {
	{ "/emulator/v1/devices/p/d/credentials", "{\"host\":null,\"port\":null,\"listener\":\"mqtt\"}",
	  "{\"listener\":\"mqtt\",\"host\":\"127.0.0.1\",\"port\":11883}" },
	/* that listener is everywhere, so the name under which the asker knows us is the best there is */
	{ "/emulator/v1/devices/p/d/credentials?tls=true", "{\"host\":null,\"port\":null,\"listener\":\"mqtts\"}",
	  "{\"listener\":\"mqtts\",\"host\":\"emu.example\",\"port\":18883}" },
	/* what a gateway sends for its sub-device goes over any listener */
	{ "/emulator/v1/devices/p/d/credentials?mode=login", "{\"host\":null,\"port\":null}",
	  "{\"host\":\"127.0.0.1\",\"port\":11883}" },
	{ "/emulator/v1/devices/p/credentials2", "{\"host\":null,\"port\":null}", "{\"host\":null,\"port\":null}" },
};

START_TEST(credentials_say_where_to_connect)
{
	struct text head = { 0 };

	cloud.answers[0] = credentials[_i].answer;
	text_addf(&head, "GET %s HTTP/1.1", credentials[_i].target);
	ck_assert_str_eq(body_of(ask(text_string(&head), NULL)), credentials[_i].says);
	text_free(&head);
}
END_TEST

START_TEST(credentials_without_their_listener)
{
	ports[LISTENER_MQTTS].count = 0;
	cloud.answers[0] = "{\"host\":null,\"port\":null,\"listener\":\"mqtts\"}";
	ask("GET /emulator/v1/devices/p/d/credentials?tls=true HTTP/1.1", NULL);
	ck_assert_ptr_nonnull(strstr(text_string(&answered.got), "HTTP/1.1 409 "));
	ck_assert_ptr_nonnull(strstr(text_string(&answered.got), "--mqtts-port"));
}
END_TEST

START_TEST(a_long_body_is_refused)
{
	size_t len = 1024 * 1024 + 1;
	char *body = malloc(len + 1);

	memset(body, ' ', len);
	body[len] = '\0';
	ask("POST /emulator/v1/p HTTP/1.1" JSON_TYPE, body);
	ck_assert_ptr_nonnull(strstr(text_string(&answered.got), "HTTP/1.1 413 "));
	ck_assert_ptr_nonnull(strstr(text_string(&answered.got), "\"code\":\"TooLarge\""));
	ck_assert_int_eq(cloud.asked, 0);
	free(body);
}
END_TEST

START_TEST(one_connection_takes_many_requests)
{
	client_open(&answered);
	client_send(&answered, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /ca.h HTTP/1.1\r\nHost: x\r\n\r\n");
	client_wait(&answered, "the header");
	ck_assert_ptr_nonnull(strstr(text_string(&answered.got), "alive"));
	ck_assert(!answered.over);
}
END_TEST

/* Each record is one event; the next question goes on where the answer ended. */
START_TEST(the_log_is_followed)
{
	cloud.answers[0] = "{\"records\":[{\"seq\":7,\"why\":\"a\"},{\"seq\":8}],\"next\":9}";
	cloud.answers[1] = "{\"records\":[],\"next\":9}";
	cloud.answers[2] = "{\"records\":[{\"seq\":12}],\"next\":12}";
	client_open(&answered);
	client_send(&answered, "GET /emulator/v1/log?follow=true&status=failed&after=5 HTTP/1.1\r\nHost: x\r\n\r\n");
	client_wait(&answered, "data: {\"seq\":12}\n\n");
	ck_assert_ptr_nonnull(strstr(text_string(&answered.got), "\r\nContent-Type: text/event-stream\r\n"));
	ck_assert_ptr_nonnull(strstr(text_string(&answered.got),
	                             "id: 7\ndata: {\"seq\":7,\"why\":\"a\"}\n\nid: 8\ndata: {\"seq\":8}\n\n"));
	ck_assert_ptr_nonnull(strstr(text_string(&answered.got), ":\n\n"));
	ck_assert_str_eq(text_string(&cloud.seen), "{\"method\":\"GET\",\"path\":\"/log\",\"query\":"
	                 "{\"status\":\"failed\",\"after\":\"12\",\"wait\":\"15\"},\"body\":null}");
	/* the fourth question waits; the reader leaves */
	client_close(&answered);
	answered = (struct client){ 0 };
	while (!cloud.forgotten)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(cloud.forgotten, 77);
}
END_TEST

START_TEST(a_reader_that_comes_back_goes_on)
{
	cloud.silent = true;
	client_open(&answered);
	client_send(&answered, "GET /emulator/v1/log?follow=true HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 41\r\n\r\n");
	while (!cloud.asked)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_str_eq(text_string(&cloud.seen), "{\"method\":\"GET\",\"path\":\"/log\",\"query\":"
	                 "{\"after\":\"41\",\"wait\":\"15\"},\"body\":null}");
}
END_TEST

START_TEST(the_log_ends_with_the_reason)
{
	cloud.answers[0] = "{\"code\":\"Unavailable\",\"message\":\"x\"}";
	cloud.status = 503;
	ask("GET /emulator/v1/log?follow=true HTTP/1.1", NULL);
	ck_assert_ptr_nonnull(strstr(text_string(&answered.got),
	                             "event: error\ndata: {\"code\":\"Unavailable\",\"message\":\"x\"}\n\n"));
}
END_TEST

/* Whoever is not done with a request after 30 s is let go, and idle connections with them. */
START_TEST(a_slow_client_is_let_go)
{
	struct client waiting;

	cloud.silent = true;
	client_open(&waiting);
	client_send(&waiting, "GET /emulator/v1/slow HTTP/1.1\r\nHost: x\r\n\r\n");
	client_open(&answered);
	client_send(&answered, "GET /healthz HTT");
	while (!cloud.asked)
		event_base_loop(base, EVLOOP_ONCE);
	ahead_s = 31;
	client_wait(&answered, NULL);
	ck_assert_uint_eq(answered.got.len, 0);
	/* one that waits for us is not slow */
	ck_assert(!waiting.over);
	client_close(&waiting);
}
END_TEST

/* The 257th waits for one of the others to end. */
START_TEST(connections_are_counted)
{
	static struct client many[256];
	size_t i;

	for (i = 0; i < 256; i++) {
		client_open(&many[i]);
		client_send(&many[i], "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
		client_wait(&many[i], "alive");
	}
	client_open(&answered);
	client_send(&answered, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
	for (i = 0; i < 50; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(answered.got.len, 0);
	client_close(&many[17]);
	client_wait(&answered, "alive");
	for (i = 0; i < 256; i++)
		if (i != 17)
			client_close(&many[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http");
	TCase *tcase = tcase_create("http");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, answers, 0, (int)(sizeof(exchanges) / sizeof(*exchanges)));
	tcase_add_loop_test(tcase, only_its_own_pages_use_the_api, 0, (int)(sizeof(origins) / sizeof(*origins)));
	tcase_add_test(tcase, head_says_the_length);
	tcase_add_test(tcase, options_lists_the_methods);
	tcase_add_test(tcase, the_place_in_a_bad_body_is_named);
	tcase_add_test(tcase, not_ready_before_the_cloud_is);
	tcase_add_test(tcase, a_refusal_passes_as_it_is);
	tcase_add_test(tcase, the_time_that_a_request_allows_is_added);
	tcase_add_loop_test(tcase, credentials_say_where_to_connect, 0,
	                    (int)(sizeof(credentials) / sizeof(*credentials)));
	tcase_add_test(tcase, credentials_without_their_listener);
	tcase_add_test(tcase, a_long_body_is_refused);
	tcase_add_test(tcase, one_connection_takes_many_requests);
	tcase_add_test(tcase, the_log_is_followed);
	tcase_add_test(tcase, a_reader_that_comes_back_goes_on);
	tcase_add_test(tcase, the_log_ends_with_the_reason);
	tcase_add_test(tcase, a_slow_client_is_let_go);
	tcase_add_test(tcase, connections_are_counted);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/*
 * The HTTP server over real sockets, with a control channel that echoes what it is asked, or says what
 * a test has laid out for it.
 */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "control.h"
#include "http.h"

static struct event_base *base;
static struct ports ports[LISTENERS];
static struct http *http;

/* --- time, as the server sees it --- */

static time_t ahead_s;
int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	int err = __real_clock_gettime(clock, now);

	now->tv_sec += ahead_s;
	return err;
}

/* --- the cloud's side --- */

static struct {
	bool        up, silent;         /* silent: requests are left waiting */
	const char *answers[4];         /* instead of the echo, in order; NULL: as asked, and status 200 */
	int         status;             /* of them all; 0: 200 */
	int         asked;
	uint64_t    forgotten;
	int         timeout_ms;         /* of the last request */
	struct text seen;               /* the last request */
} cloud;

struct pending {
	control_answer *answer;
	void *ctx;
	char *body;
};

static void deliver(evutil_socket_t fd, short what, void *ctx)
{
	struct pending *pending = ctx;

	(void)fd;
	(void)what;
	pending->answer(pending->ctx, cloud.status ? cloud.status : 200, pending->body, strlen(pending->body));
	free(pending->body);
	free(pending);
}

uint64_t control_request(struct control *control, const char *method, const char *path, const char *query,
                         const char *body, int timeout_ms, control_answer *answer, void *ctx)
{
	static const struct timeval soon = { 0, 0 };
	struct pending *pending;
	const char *laid_out = cloud.asked < 4 ? cloud.answers[cloud.asked] : NULL;

	(void)control;
	cloud.asked++;
	cloud.timeout_ms = timeout_ms;
	text_clear(&cloud.seen);
	text_add(&cloud.seen, "{\"method\":");
	text_add_json(&cloud.seen, method);
	text_add_key(&cloud.seen, "path");
	text_add_json(&cloud.seen, path);
	text_addf(&cloud.seen, ",\"query\":%s,\"body\":%s}", query, body ? body : "null");
	if (cloud.silent || (cloud.asked > 1 && cloud.answers[0] && !laid_out))
		return 77;
	pending = calloc(1, sizeof(*pending));
	pending->answer = answer;
	pending->ctx = ctx;
	pending->body = strdup(laid_out ? laid_out : text_string(&cloud.seen));
	event_base_once(base, -1, EV_TIMEOUT, deliver, pending, &soon);
	return (uint64_t)cloud.asked;
}

void control_forget(struct control *control, uint64_t id)
{
	(void)control;
	cloud.forgotten = id;
}

bool control_is_up(const struct control *control)
{
	(void)control;
	return cloud.up;
}

/* --- a client --- */

struct client {
	struct bufferevent *bev;
	struct text got;
	bool over;
};

static void on_client_data(struct bufferevent *bev, void *ctx)
{
	struct client *client = ctx;
	char buf[4096];
	size_t len;

	while ((len = bufferevent_read(bev, buf, sizeof(buf))) > 0)
		text_add_bytes(&client->got, buf, len);
}

static void on_client_event(struct bufferevent *bev, short what, void *ctx)
{
	struct client *client = ctx;

	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) {
		on_client_data(bev, ctx);
		client->over = true;
	}
}

static void client_open(struct client *client)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)ports[LISTENER_HTTP].at[0].number),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	*client = (struct client){ 0 };
	client->bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(client->bev, on_client_data, NULL, on_client_event, client);
	bufferevent_enable(client->bev, EV_READ | EV_WRITE);
	ck_assert_int_eq(bufferevent_socket_connect(client->bev, (struct sockaddr *)&at, sizeof(at)), 0);
}

static void client_send(struct client *client, const char *bytes)
{
	bufferevent_write(client->bev, bytes, strlen(bytes));
}

/* Bounded by the test case's own time limit. */
static void client_wait(struct client *client, const char *until)
{
	while (until ? !strstr(text_string(&client->got), until) : !client->over) {
		ck_assert_msg(!client->over, "no '%s' in: %s", until, text_string(&client->got));
		event_base_loop(base, EVLOOP_ONCE);
	}
}

static void client_close(struct client *client)
{
	bufferevent_free(client->bev);
	text_free(&client->got);
}

/* The whole answer to a request that says "Connection: close". */
static struct client answered;
static const char *ask(const char *head, const char *body)
{
	struct text request = { 0 };

	text_addf(&request, "%s\r\nHost: emu.example:8080\r\nConnection: close\r\n", head);
	if (body)
		text_addf(&request, "Content-Length: %zu\r\n", strlen(body));
	text_add(&request, "\r\n");
	text_add(&request, body ? body : "");
	client_open(&answered);
	client_send(&answered, text_string(&request));
	client_wait(&answered, NULL);
	text_free(&request);
	return text_string(&answered.got);
}

static const char *body_of(const char *answer)
{
	const char *gap = strstr(answer, "\r\n\r\n");

	ck_assert_msg(gap != NULL, "%s", answer);
	return gap + 4;
}

static void setup(void)
{
	struct text error = { 0 };

	base = event_base_new();
	ck_assert(!ports_parse(&ports[LISTENER_HTTP], "0", "127.0.0.1"));
	ck_assert(!ports_parse(&ports[LISTENER_MQTT], "11883", "127.0.0.1"));
	ck_assert(!ports_parse(&ports[LISTENER_MQTTS], "0.0.0.0:18883", "127.0.0.1"));
	ck_assert_int_eq(ports_hold(&ports[LISTENER_HTTP], LISTENER_HTTP, &error), 0);
	memset(&cloud, 0, sizeof(cloud));
	cloud.up = true;
	http = http_new(base, &(struct http_config){
		.ports = ports, .ca_pem = "the pem", .ca_header = "the header",
	}, &error);
	ck_assert_msg(http != NULL, "%s", text_string(&error));
	http_ready(http, true);
	text_free(&error);
}

static void teardown(void)
{
	if (answered.bev)
		client_close(&answered);
	answered = (struct client){ 0 };
	http_free(http);
	ports_release(&ports[LISTENER_HTTP]);
	text_free(&cloud.seen);
	event_base_free(base);
	ahead_s = 0;
}

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

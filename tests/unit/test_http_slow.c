/* Clients that are slow, stuck or silent: they are let go, and hurt nobody else. */
#include <time.h>
#include <unistd.h>

#include "certs.h"
#include "http_fixture.h"

/* Each byte in time does not make a request in time. */
START_TEST(a_dribbling_client_is_let_go)
{
	client_open(&answered);
	client_send(&answered, "GET /healthz HTTP/1.1\r\nHost: x\r\n");
	/* a second client's answer shows that the server has read the first one's bytes */
	for (; ahead_s <= 20; ahead_s += 10) {
		struct client witness;

		client_open(&witness);
		client_send(&witness, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
		client_wait(&witness, NULL);
		client_close(&witness);
		ck_assert(!answered.over);
		client_send(&answered, "X: ");
	}
	ahead_s = 31;
	client_wait(&answered, NULL);
	ck_assert_uint_eq(answered.got.len, 0);
}
END_TEST

/* A stream waits for its reader, but keeps no more than 4 MiB for it. */
START_TEST(a_reader_that_does_not_read_is_let_go)
{
	const size_t len = 24 * 1024 * 1024;
	char *filler = malloc(len + 1);
	struct text records = { 0 };

	memset(filler, 'x', len);
	filler[len] = '\0';
	text_addf(&records, "{\"records\":[{\"seq\":1,\"content\":\"%s\"}],\"next\":2}", filler);
	cloud.answers[0] = text_string(&records);
	cloud.answers[1] = "{\"records\":[{\"seq\":2}],\"next\":3}";
	client_open(&answered);
	bufferevent_disable(answered.bev, EV_READ);
	client_send(&answered, "GET /emulator/v1/log?follow=true HTTP/1.1\r\nHost: x\r\n\r\n");
	while (cloud.asked < 2)
		event_base_loop(base, EVLOOP_ONCE);
	event_base_loop(base, EVLOOP_NONBLOCK);
	bufferevent_enable(answered.bev, EV_READ);
	client_wait(&answered, NULL);
	ck_assert_msg(answered.got.len < len, "all %zu bytes came", answered.got.len);
	ck_assert_int_eq(cloud.asked, 2);
	text_free(&records);
	free(filler);
}
END_TEST

/* --- clients that leave while their call is in hand --- */

static const char slow[] = "GET /emulator/v1/slow HTTP/1.1\r\nHost: x\r\n\r\n";

/* With what else they had sent, which nobody has read: nothing, or another request. */
static const char *const unread[] = { "", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" };

START_TEST(callers_that_left_do_not_keep_the_server_full)
{
	static struct client many[256];
	size_t i;

	cloud.silent = true;
	for (i = 0; i < 256; i++) {
		client_open(&many[i]);
		client_send(&many[i], slow);
		client_send(&many[i], unread[_i]);
	}
	while (cloud.asked < 256)
		event_base_loop(base, EVLOOP_ONCE);
	for (i = 0; i < 256; i++)
		client_close(&many[i]);
	client_open(&answered);
	client_send(&answered, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
	client_wait(&answered, "alive");
	ck_assert_int_eq(cloud.forgets, 256);
}
END_TEST

/* Who resets its connection cannot read an answer; who ends its side of it can, and gets one while there is room. */
START_TEST(a_reset_is_not_an_end)
{
	static const struct linger none = { 1, 0 };
	struct client gone;

	cloud.silent = true;
	client_open(&gone);
	client_send(&gone, slow);
	while (cloud.asked < 1)
		event_base_loop(base, EVLOOP_ONCE);
	client_open(&answered);
	client_send(&answered, slow);
	while (cloud.asked < 2)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(shutdown(bufferevent_getfd(answered.bev), SHUT_WR), 0);
	ck_assert_int_eq(setsockopt(bufferevent_getfd(gone.bev), SOL_SOCKET, SO_LINGER, &none, sizeof(none)), 0);
	client_close(&gone);
	while (!cloud.forgets)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(cloud.forgets, 1);   /* the same look showed both */
	deliver(&cloud.held);
	client_wait(&answered, "{\"method\":\"GET\"");
}
END_TEST

/* --- TLS --- */

static char folder[32];
static struct certs *certs;
static char served[64];

static void setup_tls(void)
{
	struct text error = { 0 };

	setup();
	http_free(http);   /* the fixture's has no TLS */
	strcpy(folder, "/tmp/alink-test-http-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(served, sizeof(served), "%s/server.pem", folder);
	certs = certs_open(folder, &error);
	ck_assert_msg(certs && !certs_issue(certs, NULL, 0, time(NULL), served, &error), "%s", text_string(&error));
	ck_assert(!ports_parse(&ports[LISTENER_HTTP], "0", "127.0.0.1"));
	ck_assert(!ports_parse(&ports[LISTENER_HTTPS], "0", "127.0.0.1"));
	ck_assert_int_eq(ports_hold(&ports[LISTENER_HTTP], LISTENER_HTTP, &error), 0);
	ck_assert_int_eq(ports_hold(&ports[LISTENER_HTTPS], LISTENER_HTTPS, &error), 0);
	http = http_new(base, &(struct http_config){
		.ports = ports, .ca_pem = "the pem", .ca_header = "the header", .certificate = served, .key = certs_key_path(certs),
	}, &error);
	ck_assert_msg(http != NULL, "%s", text_string(&error));
	text_free(&error);
}

static void teardown_tls(void)
{
	static const char *const files[] = { "ca.pem", "ca.h", "ca-key.pem", "server-key.pem", "server.pem" };
	char path[128];
	size_t i;

	teardown();
	ports_release(&ports[LISTENER_HTTPS]);
	ports[LISTENER_HTTPS].count = 0;   /* the next test may have no TLS */
	certs_free(certs);
	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		unlink(path);
	}
	rmdir(folder);
}

/* What a client may send instead of a handshake: nothing, a piece of one, or plain HTTP. */
static const char *const handshakes[] = { "", "\x16\x03\x01", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" };

START_TEST(a_handshake_that_does_not_come_is_not_waited_for)
{
	struct client witness;

	client_open_at(&answered, LISTENER_HTTPS);
	client_send(&answered, handshakes[_i]);
	/* meanwhile others are served */
	client_open(&witness);
	client_send(&witness, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
	client_wait(&witness, "alive");
	client_close(&witness);
	ahead_s = 31;
	client_wait(&answered, NULL);
	ck_assert_ptr_null(strstr(text_string(&answered.got), "alive"));
}
END_TEST

/* They take the places of others only until they are let go. */
START_TEST(silent_tls_clients_do_not_keep_the_server_full)
{
	static struct client many[256];
	size_t i;

	for (i = 0; i < 256; i++)
		client_open_at(&many[i], LISTENER_HTTPS);
	for (i = 0; i < 50; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	client_open(&answered);
	client_send(&answered, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
	ahead_s = 3;
	client_wait(&answered, "alive");
	for (i = 0; i < 256; i++)
		client_close(&many[i]);
}
END_TEST

/* While others wait to connect, half a request is worth 2 s; whose answer is in hand keeps its place. */
START_TEST(half_requests_do_not_keep_the_server_full)
{
	static struct client many[256];
	size_t i;

	cloud.silent = true;
	for (i = 0; i < 256; i++) {
		client_open(&many[i]);
		client_send(&many[i], i ? "GET /healthz HTTP/1.1\r\nHost: x\r\nX: " : "GET /emulator/v1/slow HTTP/1.1\r\nHost: x\r\n\r\n");
	}
	while (!cloud.asked)
		event_base_loop(base, EVLOOP_ONCE);
	client_open(&answered);
	client_send(&answered, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
	ahead_s = 3;
	client_wait(&answered, "alive");
	client_wait(&many[1], NULL);
	ck_assert(!many[0].over);
	for (i = 0; i < 256; i++)
		client_close(&many[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("slow clients");
	TCase *tcase = tcase_create("http"), *tls = tcase_create("https");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 20);
	tcase_add_test(tcase, a_dribbling_client_is_let_go);
	tcase_add_test(tcase, a_reader_that_does_not_read_is_let_go);
	tcase_add_test(tcase, half_requests_do_not_keep_the_server_full);
	tcase_add_loop_test(tcase, callers_that_left_do_not_keep_the_server_full, 0, (int)(sizeof(unread) / sizeof(*unread)));
	tcase_add_test(tcase, a_reset_is_not_an_end);
	suite_add_tcase(suite, tls);
	tcase_add_checked_fixture(tls, setup_tls, teardown_tls);
	tcase_set_timeout(tls, 20);
	tcase_add_loop_test(tls, a_handshake_that_does_not_come_is_not_waited_for, 0,
	                    (int)(sizeof(handshakes) / sizeof(*handshakes)));
	tcase_add_test(tls, silent_tls_clients_do_not_keep_the_server_full);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

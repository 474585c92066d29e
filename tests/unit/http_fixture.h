/*
 * The HTTP server over real sockets, with a control channel that echoes what it is asked, or says what
 * a test has laid out for it; and a client.
 */
#ifndef HTTP_FIXTURE_H
#define HTTP_FIXTURE_H

#include <check.h>
#include <signal.h>
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

struct pending {
	control_answer *answer;
	void *ctx;
	char *body;
};

static struct {
	bool        up, silent;         /* silent: requests are left waiting */
	const char *answers[4];         /* instead of the echo, in order; NULL: as asked, and status 200 */
	int         status;             /* of them all; 0: 200 */
	int         asked;
	struct pending held;            /* the last of those that wait, for deliver() */
	uint64_t    forgotten;
	int         forgets;
	int         timeout_ms;         /* of the last request */
	struct text seen;               /* the last request */
} cloud;

static inline void deliver(struct pending *pending)
{
	pending->answer(pending->ctx, cloud.status ? cloud.status : 200, pending->body, strlen(pending->body));
	free(pending->body);
	pending->body = NULL;
}

static inline void on_time(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	deliver(ctx);
	free(ctx);
}

uint64_t control_request(struct control *control, const char *method, const char *path, const char *query,
                         const char *body, int timeout_ms, control_answer *answer, void *ctx)
{
	static const struct timeval soon = { 0, 0 };
	struct pending *pending, made;
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
	made = (struct pending){ answer, ctx, strdup(laid_out ? laid_out : text_string(&cloud.seen)) };
	if (cloud.silent || (cloud.asked > 1 && cloud.answers[0] && !laid_out)) {
		free(cloud.held.body);
		cloud.held = made;
		return 77;
	}
	pending = malloc(sizeof(*pending));
	*pending = made;
	event_base_once(base, -1, EV_TIMEOUT, on_time, pending, &soon);
	return (uint64_t)cloud.asked;
}

void control_forget(struct control *control, uint64_t id)
{
	(void)control;
	cloud.forgotten = id;
	cloud.forgets++;
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

static inline void on_client_data(struct bufferevent *bev, void *ctx)
{
	struct client *client = ctx;
	char buf[4096];
	size_t len;

	while ((len = bufferevent_read(bev, buf, sizeof(buf))) > 0)
		text_add_bytes(&client->got, buf, len);
}

static inline void on_client_event(struct bufferevent *bev, short what, void *ctx)
{
	struct client *client = ctx;

	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) {
		on_client_data(bev, ctx);
		client->over = true;
	}
}

static inline void client_open_at(struct client *client, enum listener listener)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)ports[listener].at[0].number),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	*client = (struct client){ 0 };
	client->bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(client->bev, on_client_data, NULL, on_client_event, client);
	bufferevent_enable(client->bev, EV_READ | EV_WRITE);
	ck_assert_int_eq(bufferevent_socket_connect(client->bev, (struct sockaddr *)&at, sizeof(at)), 0);
}

static inline void client_open(struct client *client)
{
	client_open_at(client, LISTENER_HTTP);
}

static inline void client_send(struct client *client, const char *bytes)
{
	bufferevent_write(client->bev, bytes, strlen(bytes));
}

/* Bounded by the test case's own time limit. */
static inline void client_wait(struct client *client, const char *until)
{
	while (until ? !strstr(text_string(&client->got), until) : !client->over) {
		ck_assert_msg(!client->over, "no '%s' in: %s", until, text_string(&client->got));
		event_base_loop(base, EVLOOP_ONCE);
	}
}

static inline void client_close(struct client *client)
{
	bufferevent_free(client->bev);
	text_free(&client->got);
}

/* The whole answer to a request that says "Connection: close". */
static struct client answered;
static inline const char *ask(const char *head, const char *body)
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

static inline const char *body_of(const char *answer)
{
	const char *gap = strstr(answer, "\r\n\r\n");

	ck_assert_msg(gap != NULL, "%s", answer);
	return gap + 4;
}

static inline void setup(void)
{
	static const char *const hosts[] = { "emu.example", "*.wild.example" };
	struct text error = { 0 };

	signal(SIGPIPE, SIG_IGN);   /* as the tool does */
	base = event_base_new();
	ck_assert(!ports_parse(&ports[LISTENER_HTTP], "0", "127.0.0.1"));
	ck_assert(!ports_parse(&ports[LISTENER_MQTT], "11883", "127.0.0.1"));
	ck_assert(!ports_parse(&ports[LISTENER_MQTTS], "0.0.0.0:18883", "127.0.0.1"));
	ck_assert_int_eq(ports_hold(&ports[LISTENER_HTTP], LISTENER_HTTP, &error), 0);
	memset(&cloud, 0, sizeof(cloud));
	cloud.up = true;
	http = http_new(base, &(struct http_config){
		.ports = ports, .ca_pem = "the pem", .ca_header = "the header", .hosts = hosts, .host_count = 2, .file_url = "https://files.example:8443/x",
	}, &error);
	ck_assert_msg(http != NULL, "%s", text_string(&error));
	http_ready(http, true);
	text_free(&error);
}

static inline void teardown(void)
{
	if (answered.bev)
		client_close(&answered);
	answered = (struct client){ 0 };
	http_free(http);
	ports_release(&ports[LISTENER_HTTP]);
	text_free(&cloud.seen);
	free(cloud.held.body);
	event_base_free(base);
	ahead_s = 0;
}

#endif

/*
 * What anybody may send to the HTTP port, byte for byte, up to the cloud and back: evhttp, the routes, the control
 * request that they make of it, the API, the answer. The server must stay, each control request must be JSON, and
 * what comes back must be answers, with JSON in them where they say so.
 *
 * An input is what a client sends; a byte 0xFE ends a piece, which arrives and is looked at before the next one.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "control.h"
#include "http.h"
#include "json.h"
#include "live.h"

#define PIECE_END   0xFE
#define SENT_MAX    32768    /* what the socket takes without anybody reading */
#define GOT_MAX     (1 << 20)
#define LOOPS       8        /* turns of the event loop that a request may take */
#define PENDING_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(expression) \
	do { \
		if (!(expression)) { \
			fprintf(stderr, "fuzz_http.c:%d: not so: %s\n%.*s\n", __LINE__, #expression, (int)got_len, got); \
			abort(); \
		} \
	} while (0)

static char got[GOT_MAX + 1];
static size_t got_len;
static struct event_base *base;
static struct http *http;
static struct sockaddr_un address = { .sun_family = AF_UNIX };

/* --- the control channel: the cloud is next door --- */

struct pending {
	uint64_t        id;      /* 0: free */
	control_answer *answer;
	void           *ctx;
	char           *body;    /* NULL: the cloud has not answered */
	int             status;
	struct event   *soon;
};
static struct pending pendings[PENDING_MAX];
static uint64_t last_id;

static void pending_free(struct pending *pending)
{
	if (pending->soon)
		event_free(pending->soon);
	free(pending->body);
	*pending = (struct pending){ 0 };
}

static void deliver(evutil_socket_t fd, short what, void *ctx)
{
	struct pending pending = *(struct pending *)ctx;

	(void)fd;
	(void)what;
	*(struct pending *)ctx = (struct pending){ 0 };
	event_free(pending.soon);
	pending.answer(pending.ctx, pending.status, pending.body, strlen(pending.body));
	free(pending.body);
}

/* As control.c writes it. */
static char *ask_cloud(const char *method, const char *path, const char *query, const char *body, int *status)
{
	struct text message = { 0 };
	struct json_doc doc = { 0 };
	struct json_error wrong;
	char *answer;

	text_addf(&message, "{\"id\":%llu,\"method\":", (unsigned long long)last_id);
	text_add_json(&message, method);
	text_add_key(&message, "path");
	text_add_json(&message, path);
	if (query) {
		text_add_key(&message, "query");
		text_add(&message, query);
	}
	if (body) {
		text_add_key(&message, "body");
		text_add(&message, body);
	}
	text_add_char(&message, '}');
	check(!json_parse(&doc, text_string(&message), message.len, JSON_STRICT, &wrong));
	check(json_is(json_get(json_root(&doc), "id"), JSON_NUMBER));
	json_doc_free(&doc);
	*status = 200;
	/* The way of a download's URL through the cloud is no affair of the server's. */
	if (!strncmp(path, "/files/", 7)) {
		text_clear(&message);
		text_addf(&message, "{\"path\":\"" TESTS "/fuzz/files/fw.bin\",\"size\":23,\"contentType\":\"application/octet-stream\"}");
		answer = strdup(text_string(&message));
	} else {
		answer = live_ask(text_string(&message), message.len, status);
	}
	text_free(&message);
	return answer;
}

uint64_t control_request(struct control *control, const char *method, const char *path, const char *query,
                         const char *body, int timeout_ms, control_answer *answer, void *ctx)
{
	static const struct timeval at_once = { 0, 0 };
	struct pending *pending = pendings;

	(void)control;
	check(timeout_ms > 0);
	while (pending->id && pending < pendings + PENDING_MAX - 1)
		pending++;
	check(!pending->id);
	pending->id = ++last_id;
	pending->answer = answer;
	pending->ctx = ctx;
	pending->body = ask_cloud(method, path, query, body, &pending->status);
	if (pending->body) {
		pending->soon = evtimer_new(base, deliver, pending);
		check(pending->soon && !evtimer_add(pending->soon, &at_once));
	}
	return pending->id;
}

void control_forget(struct control *control, uint64_t id)
{
	size_t i;

	(void)control;
	for (i = 0; id && i < PENDING_MAX; i++)
		if (pendings[i].id == id)
			pending_free(&pendings[i]);
}

/* What has not come when its client is gone. evhttp may notice that only when it has something to write. */
static void time_out(void)
{
	static const char late[] = "{\"code\":\"Timeout\",\"message\":\"no answer from the cloud in time\"}";
	size_t i;

	for (i = 0; i < PENDING_MAX; i++) {
		struct pending pending = pendings[i];

		if (!pending.id)
			continue;
		pendings[i].soon = NULL;
		pending_free(&pendings[i]);
		check(!pending.soon);
		pending.answer(pending.ctx, 504, late, strlen(late));
	}
}

bool control_is_up(const struct control *control)
{
	(void)control;
	return true;
}

/* --- the server --- */

static void start(void)
{
	static struct ports ports[LISTENERS];
	struct http_config config = { .ports = ports, .ca_pem = "the pem", .ca_header = "the header" };
	struct text error = { 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	signal(SIGPIPE, SIG_IGN);
	/* A name without a file, that nobody else has. */
	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "alink-fuzz-http-%ld", (long)getpid());
	check(fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address)));
	check(!ports_parse(&ports[LISTENER_MQTT], "11883", "127.0.0.1"));
	check(!ports_parse(&ports[LISTENER_MQTTS], "0.0.0.0:18883", "127.0.0.1"));
	ports[LISTENER_HTTP] = (struct ports){ .at = { { .address = "127.0.0.1", .number = 8080, .fd = fd } }, .count = 1 };
	base = event_base_new();
	check(base);
	http = http_new(base, &config, &error);
	check(http);
	http_ready(http, true);
	text_free(&error);
}

static void run_loop(void)
{
	int i;

	for (i = 0; i < LOOPS; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static void receive(int fd)
{
	ssize_t len;

	while (got_len < GOT_MAX && (len = recv(fd, got + got_len, GOT_MAX - got_len, MSG_DONTWAIT)) > 0)
		got_len += (size_t)len;
	got[got_len] = '\0';
}

/* --- what came back --- */

static const char *header_of(const char *head, const char *end, const char *name)
{
	const char *line = head;
	size_t len = strlen(name);

	while ((line = strstr(line, "\r\n")) && line < end) {
		line += 2;
		if (!strncasecmp(line, name, len) && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " ");
	}
	return NULL;
}

static void judge(void)
{
	const char *at = got, *end, *type, *length;
	cJSON *body;
	size_t len;

	while (*at) {
		check(!strncmp(at, "HTTP/", 5));   /* with the version that it was asked with */
		check(strspn(strchr(at, ' ') + 1, "0123456789") == 3);
		end = strstr(at, "\r\n\r\n");
		if (!end)
			return;
		type = header_of(at, end, "Content-Type");
		length = header_of(at, end, "Content-Length");
		/* Chunks, or up to the end, as it may be to a HEAD. */
		if (!length)
			return;
		len = strtoul(length, NULL, 10);
		at = end + 4;
		if (len > got_len - (size_t)(at - got) || (len && !strncmp(at, "HTTP/", 5)))
			return;
		if (type && !strncmp(type, "application/json", 16) && len) {
			body = cJSON_ParseWithLength(at, len);
			check(body);
			cJSON_Delete(body);
		}
		at += len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *at = data, *end = data + (size < SENT_MAX ? size : SENT_MAX);
	size_t i;
	int fd;

	if (!size)
		return 0;
	if (!http)
		start();
	live_cloud(1000);
	got_len = 0;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	check(fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address)));
	while (at < end) {
		const uint8_t *stop = memchr(at, PIECE_END, (size_t)(end - at));
		size_t len = (size_t)((stop ? stop : end) - at);

		/* It may have had enough of us. */
		if (len && send(fd, at, len, MSG_NOSIGNAL) < 0)
			break;
		run_loop();
		receive(fd);
		at += len + (stop != NULL);
	}
	receive(fd);
	close(fd);
	run_loop();
	time_out();
	run_loop();
	judge();
	for (i = 0; i < PENDING_MAX; i++)
		check(!pendings[i].id);
	live_end();
	return 0;
}

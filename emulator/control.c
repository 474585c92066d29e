#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <mosquitto.h>
#include <uthash.h>

#include "json.h"
#include "text.h"

#define TOPIC          "$CONTROL/alink/v1"
#define TOPIC_RESPONSE "$CONTROL/alink/v1/response"
#define USERNAME       "control"
#define KEEPALIVE_S    60
#define WAITING_MAX    512    /* requests at once; the broker would hold 100000 messages */
#define RETRY_MS       20     /* while the broker starts */
#define MISC_S         5      /* libmosquitto's own clock: keepalive */

struct request {
	uint64_t id;
	struct event *deadline;
	int status;               /* of the answer when the deadline passes */
	const char *body;
	control_answer *answer;
	void *ctx;
	struct control *control;
	UT_hash_handle hh;        /* by id, in the order of asking */
};

struct control {
	struct event_base *base;
	struct mosquitto *mqtt;
	char *path;
	struct event *readable, *writable, *misc, *retry;
	bool connected, up;       /* the socket; the session */
	void (*told)(void *ctx, bool is_up);
	void *ctx;
	struct request *waiting;
	uint64_t last_id;
};

static void connection_lost(struct control *control);

/* --- requests --- */

static void request_free(struct request *request)
{
	HASH_DELETE(hh, request->control->waiting, request);
	event_free(request->deadline);
	free(request);
}

static void request_answer(struct request *request, int status, const char *body, size_t len)
{
	control_answer *answer = request->answer;
	void *ctx = request->ctx;

	request_free(request);   /* first: the callback may ask again, or forget */
	answer(ctx, status, body, len);
}

static void on_deadline(evutil_socket_t fd, short what, void *ctx)
{
	struct request *request = ctx;

	(void)fd;
	(void)what;
	request_answer(request, request->status, request->body, strlen(request->body));
}

/* The request gets this answer from the event loop, whatever else happens. */
static void request_settle(struct request *request, int status, const char *body, int in_ms)
{
	struct timeval in = { in_ms / 1000, in_ms % 1000 * 1000 };

	request->status = status;
	request->body = body;
	evtimer_add(request->deadline, &in);
}

static void request_unreachable(struct request *request)
{
	request_settle(request, 503, "{\"code\":\"Unavailable\",\"message\":\"the broker is not running\"}", 0);
}

static struct request *request_find(struct control *control, uint64_t id)
{
	struct request *request;

	HASH_FIND(hh, control->waiting, &id, sizeof(id), request);
	return request;
}

/* --- what comes back --- */

static void on_message(struct mosquitto *mqtt, void *ctx, const struct mosquitto_message *message)
{
	struct control *control = ctx;
	struct json_doc doc = { 0 };
	struct json_error wrong;
	struct request *request;
	struct json root, body;
	int64_t id, status;
	const char *span;
	size_t len;

	(void)mqtt;
	if (strcmp(message->topic, TOPIC_RESPONSE))
		return;
	if (json_parse(&doc, message->payload, (size_t)message->payloadlen, JSON_STRICT, &wrong)) {
		fprintf(stderr, "alink-emulator: an answer of the cloud is not JSON: %s at byte %zu\n",
		        wrong.message, wrong.at);
		goto done;
	}
	root = json_root(&doc);
	if (!json_int64(json_get(root, "id"), &id))
		goto done;
	request = request_find(control, (uint64_t)id);
	if (!request)
		goto done;   /* too late, or nobody waits any more */
	body = json_get(root, "body");
	if (!json_int64(json_get(root, "status"), &status) || status < 100 || status > 599 || !json_present(body)) {
		static const char none[] = "{\"code\":\"Internal\",\"message\":\"the cloud's answer has no status or no body\"}";

		request_answer(request, 502, none, strlen(none));
		goto done;
	}
	span = json_span(body, &len);
	request_answer(request, (int)status, span, len);
done:
	json_doc_free(&doc);
}

/* --- the connection --- */

static void flush(struct control *control)
{
	if (control->connected && mosquitto_want_write(control->mqtt))
		event_add(control->writable, NULL);
}

static void up_tell(struct control *control, bool up)
{
	if (control->up == up)
		return;
	control->up = up;
	control->told(control->ctx, up);
}

static void connection_check(struct control *control, int rc)
{
	if (rc != MOSQ_ERR_SUCCESS)
		connection_lost(control);
	else
		flush(control);
}

static void on_connect(struct mosquitto *mqtt, void *ctx, int rc)
{
	(void)mqtt;
	if (!rc)
		up_tell(ctx, true);
}

static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct control *control = ctx;

	(void)fd;
	(void)what;
	connection_check(control, mosquitto_loop_read(control->mqtt, 1));
}

static void on_writable(evutil_socket_t fd, short what, void *ctx)
{
	struct control *control = ctx;

	(void)fd;
	(void)what;
	connection_check(control, mosquitto_loop_write(control->mqtt, 1));
}

static void on_misc(evutil_socket_t fd, short what, void *ctx)
{
	struct control *control = ctx;

	(void)fd;
	(void)what;
	if (control->connected)
		connection_check(control, mosquitto_loop_misc(control->mqtt));
}

static void retry_later(struct control *control)
{
	struct timeval in = { 0, RETRY_MS * 1000 };

	evtimer_add(control->retry, &in);
}

static void connection_lost(struct control *control)
{
	struct request *request;

	if (!control->connected)
		return;
	control->connected = false;
	event_free(control->readable);
	event_free(control->writable);
	control->readable = control->writable = NULL;
	mosquitto_disconnect(control->mqtt);
	for (request = control->waiting; request; request = request->hh.next)
		request_unreachable(request);
	up_tell(control, false);
	retry_later(control);
}

static void on_retry(evutil_socket_t none, short what, void *ctx)
{
	struct control *control = ctx;
	int fd;

	(void)none;
	(void)what;
	/* port 0 makes the host a socket's path; a local connect takes no time */
	if (mosquitto_connect(control->mqtt, control->path, 0, KEEPALIVE_S) != MOSQ_ERR_SUCCESS) {
		retry_later(control);
		return;
	}
	fd = mosquitto_socket(control->mqtt);
	control->readable = event_new(control->base, fd, EV_READ | EV_PERSIST, on_readable, control);
	control->writable = event_new(control->base, fd, EV_WRITE, on_writable, control);
	if (!control->readable || !control->writable)
		abort();   /* out of memory */
	control->connected = true;
	event_add(control->readable, NULL);
	flush(control);
}

struct control *control_new(struct event_base *base, const char *path, void (*up)(void *ctx, bool is_up), void *ctx)
{
	static const struct timeval misc = { MISC_S, 0 };
	struct control *control = calloc(1, sizeof(*control));

	if (!control)
		return NULL;
	control->base = base;
	control->told = up;
	control->ctx = ctx;
	mosquitto_lib_init();
	control->path = strdup(path);
	control->mqtt = mosquitto_new("alink-emulator", true, control);
	control->misc = event_new(base, -1, EV_PERSIST, on_misc, control);
	control->retry = evtimer_new(base, on_retry, control);
	if (!control->path || !control->mqtt || !control->misc || !control->retry ||
	    mosquitto_username_pw_set(control->mqtt, USERNAME, NULL) || event_add(control->misc, &misc)) {
		control_free(control);
		return NULL;
	}
	mosquitto_connect_callback_set(control->mqtt, on_connect);
	mosquitto_message_callback_set(control->mqtt, on_message);
	retry_later(control);
	return control;
}

void control_free(struct control *control)
{
	struct request *request, *next;

	if (!control)
		return;
	for (request = control->waiting; request; request = next) {
		next = request->hh.next;
		request_free(request);
	}
	if (control->readable)
		event_free(control->readable);
	if (control->writable)
		event_free(control->writable);
	if (control->misc)
		event_free(control->misc);
	if (control->retry)
		event_free(control->retry);
	if (control->mqtt)
		mosquitto_destroy(control->mqtt);
	mosquitto_lib_cleanup();
	free(control->path);
	free(control);
}

bool control_is_up(const struct control *control)
{
	return control->up;
}

uint64_t control_request(struct control *control, const char *method, const char *path, const char *query,
                         const char *body, int timeout_ms, control_answer *answer, void *ctx)
{
	struct request *request = calloc(1, sizeof(*request));
	struct text message = { 0 };

	if (!request)
		abort();
	request->id = ++control->last_id;
	request->control = control;
	request->answer = answer;
	request->ctx = ctx;
	request->deadline = evtimer_new(control->base, on_deadline, request);
	if (!request->deadline)
		abort();
	HASH_ADD(hh, control->waiting, id, sizeof(request->id), request);
	if (HASH_COUNT(control->waiting) > WAITING_MAX) {
		request_settle(request, 503, "{\"code\":\"Busy\",\"message\":\"512 requests are already waiting\"}", 0);
		return request->id;
	}
	if (!control->up) {
		request_unreachable(request);
		return request->id;
	}
	text_addf(&message, "{\"id\":%llu,\"method\":", (unsigned long long)request->id);
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
	request_settle(request, 504, "{\"code\":\"Timeout\",\"message\":\"no answer from the cloud in time\"}", timeout_ms);
	if (message.failed || mosquitto_publish(control->mqtt, NULL, TOPIC, (int)message.len, message.at, 0, false))
		request_unreachable(request);
	text_free(&message);
	flush(control);
	return request->id;
}

void control_forget(struct control *control, uint64_t id)
{
	struct request *request = request_find(control, id);

	if (request)
		request_free(request);
}

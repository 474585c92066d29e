#include "script_worker.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "code.h"
#include "monotonic.h"
#include "script/frame.h"

#define ANSWER_MAX (2 * SCRIPT_OUTPUT_MAX)   /* bytes; no result is as long as that */

void script_worker_init(struct script_worker *worker, const char *path)
{
	*worker = (struct script_worker){ .path = path };
}

/* --- the process --- */

static int stop(struct script_worker *worker)
{
	worker->busy = false;
	return helper_kill(&worker->helper);
}

/* Something else may have ended it since its last call. */
static bool is_alive(const struct script_worker *worker)
{
	char byte;

	return worker->helper.pid && recv(worker->helper.fd, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

static bool start(struct script_worker *worker)
{
	char *argv[] = { (char *)"alink-script", NULL };
	int err;

	if (is_alive(worker))
		return true;
	stop(worker);
	err = helper_start(&worker->helper, worker->path, argv);
	if (err) {
		snprintf(worker->why, sizeof(worker->why), "%.120s cannot be started: %s", worker->path, strerror(err));
		return false;
	}
	memset(worker->scripts, 0, sizeof(worker->scripts));
	return true;
}

void script_worker_free(struct script_worker *worker)
{
	stop(worker);
	text_free(&worker->out);
	text_free(&worker->in);
}

/* --- a call --- */

static void fail(struct script_worker *worker, enum code code, struct script_result *result)
{
	*result = (struct script_result){ .code = code, .why = worker->why, .output = "", .console = "" };
}

/* The slot of a script: the one that holds it, else the one that has been idle for longest. */
static unsigned slot_of(struct script_worker *worker, uint64_t script, bool *held)
{
	unsigned slot, oldest = 0;

	for (slot = 0; slot < WORKER_SCRIPTS; slot++) {
		*held = worker->scripts[slot] == script;
		if (*held)
			break;
		if (worker->used[slot] < worker->used[oldest])
			oldest = slot;
	}
	if (!*held)
		slot = oldest;
	worker->scripts[slot] = script;
	worker->used[slot] = ++worker->uses;
	return slot;
}

bool script_worker_send(struct script_worker *worker, const struct script_request *request, struct script_result *result)
{
	struct script_request sent = *request;
	unsigned slot;
	bool held;

	if (!start(worker)) {
		fail(worker, CODE_SCRIPT_SERVICE_ERROR, result);
		return false;
	}
	slot = slot_of(worker, request->script, &held);
	if (held)
		sent.source = NULL;
	text_clear(&worker->out);
	text_clear(&worker->in);
	frame_add_request(&worker->out, slot, &sent);
	if (worker->out.failed) {
		stop(worker);
		snprintf(worker->why, sizeof(worker->why), "out of memory");
		fail(worker, CODE_SCRIPT_SERVICE_ERROR, result);
		return false;
	}
	worker->sent = 0;
	worker->busy = true;
	worker->timeout_ms = request->timeout_ms;
	worker->started_ms = monotonic_ms();
	worker->deadline_ms = worker->started_ms + request->timeout_ms;
	return true;
}

short script_worker_events(const struct script_worker *worker)
{
	return worker->sent < worker->out.len ? POLLIN | POLLOUT : POLLIN;
}

/* False when the process is gone. */
static bool send_more(struct script_worker *worker)
{
	while (worker->sent < worker->out.len) {
		ssize_t sent = send(worker->helper.fd, worker->out.at + worker->sent, worker->out.len - worker->sent, MSG_NOSIGNAL);

		if (sent < 0)
			return errno == EAGAIN || errno == EINTR;
		worker->sent += (size_t)sent;
	}
	return true;
}

static bool receive_more(struct script_worker *worker)
{
	char bytes[65536];
	ssize_t got;

	while ((got = recv(worker->helper.fd, bytes, sizeof(bytes), 0)) > 0) {
		text_add_bytes(&worker->in, bytes, (size_t)got);
		if (got < (ssize_t)sizeof(bytes) || worker->in.len > ANSWER_MAX)
			return !worker->in.failed;
	}
	return got < 0 && (errno == EAGAIN || errno == EINTR);
}

static void died(struct script_worker *worker, struct script_result *result)
{
	int status = stop(worker);

	if (WIFEXITED(status))
		snprintf(worker->why, sizeof(worker->why), "%.120s ended by itself with exit code %d", worker->path, WEXITSTATUS(status));
	else
		snprintf(worker->why, sizeof(worker->why), "the script brought its engine down (signal %d)", WTERMSIG(status));
	fail(worker, WIFEXITED(status) ? CODE_SCRIPT_SERVICE_ERROR : CODE_SCRIPT_FAILED, result);
}

bool script_worker_step(struct script_worker *worker, struct script_result *result)
{
	bool alive = send_more(worker) && receive_more(worker);
	ssize_t len = frame_read_result(text_string(&worker->in), worker->in.len, result);

	if (len > 0 && (size_t)len == worker->in.len) {
		worker->busy = false;
		return true;
	}
	if (len || !alive) {
		died(worker, result);
		return true;
	}
	if (monotonic_ms() >= worker->deadline_ms) {
		stop(worker);
		snprintf(worker->why, sizeof(worker->why), "the script ran longer than %u ms", worker->timeout_ms);
		fail(worker, CODE_SCRIPT_TIMEOUT, result);
		return true;
	}
	return false;
}

struct script_result script_worker_call(struct script_worker *worker, const struct script_request *request)
{
	struct script_result result;

	if (!script_worker_send(worker, request, &result))
		return result;
	while (!script_worker_step(worker, &result)) {
		struct pollfd fd = { .fd = worker->helper.fd, .events = script_worker_events(worker) };
		int64_t left = worker->deadline_ms - monotonic_ms();

		poll(&fd, 1, left > 0 ? (int)left : 0);
	}
	return result;
}

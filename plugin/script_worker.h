/*
 * A process that runs scripts, seen from who started it: the plugin's pool, the tool, a test. Nothing blocks but
 * script_worker_call. A worker that dies or runs too long is replaced at the next send.
 */
#ifndef ALINK_SCRIPT_WORKER_H
#define ALINK_SCRIPT_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "helper.h"
#include "script.h"
#include "text.h"

#define WORKER_SCRIPTS 32      /* kept compiled in the process, as ENGINE_SLOTS */

struct script_worker {
	const char *path;               /* of alink-script; borrowed */
	struct helper helper;
	bool        busy;
	int64_t     started_ms, deadline_ms;   /* of the call under way, CLOCK_MONOTONIC */
	unsigned    timeout_ms;
	struct text out, in;
	size_t      sent;               /* of `out` */
	uint64_t    scripts[WORKER_SCRIPTS], used[WORKER_SCRIPTS], uses;
	char        why[200];
};

void script_worker_init(struct script_worker *worker, const char *path);
void script_worker_free(struct script_worker *worker);      /* kills and reaps */

/*
 * Begins a call of an idle worker, starting its process when there is none. The request needs its source: whether
 * it must be sent is decided here. False when there is no process to be had: `result` then says so, with 26015.
 */
bool script_worker_send(struct script_worker *worker, const struct script_request *request, struct script_result *result);

/* What to poll its socket for. */
short script_worker_events(const struct script_worker *worker);

/*
 * Goes on as far as it can without waiting; true when the call is over, one way or the other, and the worker idle.
 * The result's texts are the worker's, until the next send.
 */
bool script_worker_step(struct script_worker *worker, struct script_result *result);

/* A whole call, waiting for its end. */
struct script_result script_worker_call(struct script_worker *worker, const struct script_request *request);

#endif

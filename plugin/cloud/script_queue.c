#include "script_queue.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "scenario.h"

#define CALLS_PER_DEVICE 100                 /* waiting; more are refused */
#define CALLS_BYTES_MAX  ((size_t)64 << 20)  /* of input, all devices together */

struct script_job {
	struct script_job *next, *prev;     /* of the same device */
	struct script_call call;            /* its texts lie in `bytes` */
	struct script *script;              /* NULL: the product had none */
	uint64_t ticket;                    /* 0: waits for its turn */
	bool     running;                   /* false with a ticket: a scenario holds it back */
	size_t   size;                      /* of `bytes` */
	UT_hash_handle hh;                  /* in cloud.script_jobs, by ticket */
	char     bytes[];
};

struct script *script_new(struct cloud *cloud, const char *text)
{
	size_t len = strlen(text), blanks = 0;
	struct script *script;

	while (isspace((unsigned char)text[blanks]))
		blanks++;
	if (blanks == len)
		return NULL;
	script = malloc(sizeof(*script) + len + 1);
	if (!script)
		return NULL;
	*script = (struct script){ .number = ++cloud->next_script, .refs = 1, .len = len };
	memcpy(script->text, text, len + 1);
	return script;
}

void script_release(struct script *script)
{
	if (script && !--script->refs)
		free(script);
}

/* --- the calls of a device --- */

static struct script_result failure(enum code code, const char *why)
{
	return (struct script_result){ .code = code, .why = why, .output = "", .console = "" };
}

/* The text behind *at, which moves behind the copy. */
static const char *copy(char **at, const char *text, size_t len)
{
	char *start = *at;

	if (!text)
		return NULL;
	memcpy(start, text, len);
	start[len] = '\0';
	*at += len + 1;
	return start;
}

static struct script_job *job_new(struct cloud *cloud, const struct script_call *call)
{
	size_t topic_len = call->topic ? strlen(call->topic) : 0, id_len = call->id ? strlen(call->id) : 0;
	size_t size = topic_len + id_len + call->input_len + call->reply_len + call->asked_len + 5;
	struct script_job *job = calloc(1, sizeof(*job) + size);
	char *at = job ? job->bytes : NULL;

	if (!job)
		return NULL;
	job->call = *call;
	job->call.topic = copy(&at, call->topic, topic_len);
	job->call.id = copy(&at, call->id, id_len);
	job->call.input = copy(&at, call->input ? call->input : "", call->input_len);
	job->call.reply = copy(&at, call->reply, call->reply_len);
	job->call.asked = copy(&at, call->asked, call->asked_len);
	job->size = size;
	job->script = call->device->product->script;
	if (job->script)
		job->script->refs++;
	cloud->script_bytes += size;
	cloud->script_count++;
	return job;
}

static void job_free(struct cloud *cloud, struct script_job *job)
{
	if (job->ticket)
		HASH_DEL(cloud->script_jobs, job);
	script_release(job->script);
	cloud->scripts_running -= job->running;
	cloud->script_bytes -= job->size;
	cloud->script_count--;
	free(job);
}

/* What a person needs to see what a script made of what: bytes in hex, an arrow, the result. */
static void show(const struct script_call *call, const struct script_result *result, struct text *out)
{
	bool down = call->function == SCRIPT_DOWNLINK;

	if (down)
		text_add_bytes(out, call->input, call->input_len);
	else
		text_add_hex(out, (const unsigned char *)call->input, call->input_len);
	if (result->code != CODE_SUCCESS)
		return;
	text_add(out, " → ");
	if (down)
		text_add_hex(out, (const unsigned char *)result->output, result->output_len);
	else
		text_add_bytes(out, result->output, result->output_len);
}

static void log_call(struct cloud *cloud, const struct script_call *call, const struct script_result *result)
{
	const char *name = script_function_name(call->function);
	struct record record = record_new(cloud, SERVICE_SCRIPT, call->device, call->trace, "console.log", CODE_SUCCESS);
	struct text content = { 0 }, why = { 0 };

	if (result->console_len) {
		record.message_id = call->id;
		record.content = result->console;
		record.content_len = result->console_len;
		journal_add(cloud->journal, &record);
	}
	show(call, result, &content);
	if (result->line)
		text_addf(&why, "line %u: ", result->line);
	if (result->why)
		text_add(&why, result->why);
	record = record_new(cloud, SERVICE_SCRIPT, call->device, call->trace, name, result->code);
	record.message_id = call->id;
	record.content = content.at;
	record.content_len = content.len;
	record.why = text_string(&why);
	journal_add(cloud->journal, &record);
	text_free(&content);
	text_free(&why);
}

/* The first job of its device is over. */
static void finish(struct cloud *cloud, struct script_job *job, const struct script_result *result, struct effects *out)
{
	struct device *device = job->call.device;

	log_call(cloud, &job->call, result);
	if (job->call.function == SCRIPT_UPLINK && result->code == CODE_SUCCESS && scenario_watches(cloud, EVENT_PUBLISH_UP))
		scenario_bytes_read(cloud, &job->call, result, out);
	job->call.done(cloud, &job->call, result, out);
	DL_DELETE(device->scripts, job);
	device->script_calls--;
	job_free(cloud, job);
}

/* doc: 26001 where a message of the device was to be read, 6200 where one to it was to be written. */
static struct script_result no_script(const struct script_call *call)
{
	bool request = call->function == SCRIPT_DOWNLINK && call->downlink;

	return failure(request ? CODE_SCRIPT_NOT_FOUND : CODE_SCRIPT_EMPTY, "the product has no script, or an empty one");
}

void script_log_missing(struct cloud *cloud, const struct script_call *call)
{
	struct script_result result = no_script(call);

	log_call(cloud, call, &result);
}

/* False: there is no memory for it. */
static bool run(struct cloud *cloud, struct script_job *job, struct effects *out)
{
	size_t before = out->count;
	struct effect *effect = effects_add(out, EFFECT_SCRIPT);

	effect->ticket = job->ticket;
	effect->device = job->call.device->id;
	job->running = out->count > before;
	cloud->scripts_running += job->running;
	return job->running;
}

/* A scenario's rule has it so. */
static void fail(struct cloud *cloud, struct script_job *job, int code, const char *label, struct effects *out)
{
	const char *before = cloud->touched;
	struct script_result result;
	char why[200];

	snprintf(why, sizeof(why), "scenario rule %s lets the script fail: it did not run", label);
	result = failure((enum code)code, why);
	cloud->touched = label;
	finish(cloud, job, &result, out);
	cloud->touched = before;
}

/* Starts what is first, unless it runs already. What needs no engine is over at once. */
static void go_on(struct cloud *cloud, struct device *device, struct effects *out)
{
	struct script_job *job;

	while ((job = device->scripts) && !job->ticket) {
		struct script_result result = no_script(&job->call);
		const char *label = "";
		int code = 0;

		if (job->script && job->call.input_len <= SCRIPT_INPUT_MAX) {
			job->ticket = ++cloud->next_script_call;
			HASH_ADD(hh, cloud->script_jobs, ticket, sizeof(job->ticket), job);
			if (scenario_watches(cloud, EVENT_SCRIPT) &&
			    !scenario_script(cloud, &job->call, job->ticket, &code, &label, out)) {
				if (!code)
					return;
				fail(cloud, job, code, label, out);
				continue;
			}
			if (run(cloud, job, out))
				return;
			result = failure(CODE_SCRIPT_SERVICE_ERROR, "out of memory");
		} else if (job->script) {
			result = failure(CODE_SCRIPT_FAILED, "the message is longer than what scripts are given");
		}
		finish(cloud, job, &result, out);
	}
}

static bool has_room(const struct cloud *cloud, const struct script_call *call)
{
	return call->device->script_calls < CALLS_PER_DEVICE && cloud->script_bytes + call->input_len <= CALLS_BYTES_MAX;
}

static struct script_job *admit(struct cloud *cloud, const struct script_call *call, bool room, struct effects *out)
{
	struct script_job *job = room ? job_new(cloud, call) : NULL;

	if (!job) {
		struct script_result result = failure(CODE_SCRIPT_THROTTLED, "too much waits for the scripts of this device already");

		log_call(cloud, call, &result);
		call->done(cloud, call, &result, out);
	}
	return job;
}

void script_call(struct cloud *cloud, const struct script_call *call, struct effects *out)
{
	struct device *device = call->device;
	struct script_job *job = admit(cloud, call, has_room(cloud, call), out);
	bool first = !device->scripts;

	if (!job)
		return;
	DL_APPEND(device->scripts, job);
	device->script_calls++;
	if (first)
		go_on(cloud, device, out);
}

void script_call_next(struct cloud *cloud, const struct script_call *call, struct effects *out)
{
	struct device *device = call->device;
	/* What follows from a call takes the room that the call had. */
	struct script_job *job = admit(cloud, call, true, out), *first = device->scripts;

	if (!job)
		return;
	device->script_calls++;
	if (first) {
		/* `first` is the call that is just over. */
		DL_APPEND_ELEM(device->scripts, first, job);
		return;
	}
	DL_APPEND(device->scripts, job);
	go_on(cloud, device, out);
}

void scripts_end(struct cloud *cloud, struct device *device)
{
	struct script_job *job, *next;

	DL_FOREACH_SAFE(device->scripts, job, next) {
		DL_DELETE(device->scripts, job);
		job_free(cloud, job);
	}
	device->script_calls = 0;
}

/* --- the edge --- */

static struct script_job *job_find(const struct cloud *cloud, uint64_t ticket)
{
	struct script_job *job;

	HASH_FIND(hh, cloud->script_jobs, &ticket, sizeof(ticket), job);
	return job;
}

void script_resume(struct cloud *cloud, uint64_t ticket, int code, const char *label, struct effects *out)
{
	const struct script_result no_memory = failure(CODE_SCRIPT_SERVICE_ERROR, "out of memory");
	struct script_job *job = job_find(cloud, ticket);
	struct device *device;

	if (!job)
		return;
	device = job->call.device;
	if (code)
		fail(cloud, job, code, label, out);
	else if (run(cloud, job, out))
		return;
	else
		finish(cloud, job, &no_memory, out);
	go_on(cloud, device, out);
}

static unsigned timeout_ms(const struct settings *settings)
{
	int64_t ms = settings->limits.script_timeout_seconds * 1000;

	return ms && ms < SCRIPT_TIMEOUT_MAX_MS ? (unsigned)ms : SCRIPT_TIMEOUT_MAX_MS;
}

bool cloud_script_request(const struct cloud *cloud, uint64_t ticket, struct script_request *out)
{
	const struct script_job *job = job_find(cloud, ticket);

	if (!job)
		return false;
	*out = (struct script_request){
		.script = job->script->number, .source = job->script->text, .source_len = job->script->len,
		.function = job->call.function, .topic = job->call.topic, .input = job->call.input,
		.input_len = job->call.input_len, .now_ms = cloud_now(cloud), .seed = job->call.trace ^ ticket,
		.timeout_ms = timeout_ms(&cloud->settings),
	};
	return true;
}

void cloud_script_result(struct cloud *cloud, uint64_t ticket, const struct script_result *result, struct effects *out)
{
	struct script_job *job = job_find(cloud, ticket);
	size_t before = out->count;
	struct device *device;

	if (!job)
		return;
	device = job->call.device;
	finish(cloud, job, result, out);
	go_on(cloud, device, out);
	scenario_settle(cloud, NULL, before, out);
}

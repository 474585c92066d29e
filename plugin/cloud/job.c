#include "job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "downlink.h"
#include "method.h"
#include "push.h"
#include "store_job.h"

#define TASKS_LISTED_MAX 10      /* sdk: v4 reads at most so many */
#define TASKS_PER_JOB_MAX 1000

static bool is_final(const char *status)
{
	static const char *const open[] = { "QUEUED", "SENT", "IN_PROGRESS" };
	size_t i;

	for (i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		if (!strcmp(status, open[i]))
			return false;
	return true;
}

static void write_task(const struct stored_task *task, bool with_document, struct text *out)
{
	text_addf(out, "{\"taskId\":\"T%lld\",\"status\":\"%s\"", (long long)task->id, task->status);
	if (with_document) {
		text_addf(out, ",\"jobDocument\":%s", task->document ? task->document : "{}");
		if (task->file)
			text_addf(out, ",\"jobFile\":%s", task->file);
	}
	text_add_char(out, '}');
}

/* thing.job.notify. doc: only for SENT, CANCELLED and REMOVED; without document and file for the latter two. */
static enum delivery notify(struct cloud *cloud, const struct stored_task *task, struct effects *out)
{
	struct device *device = device_get(cloud, task->device);
	struct text topic = { 0 }, payload = { 0 };
	enum delivery delivery = DELIVERY_OFFLINE;
	char id_text[24];
	int64_t id;

	if (!device || !device_route(device) || down_id(cloud, &id))
		return DELIVERY_OFFLINE;
	snprintf(id_text, sizeof(id_text), "%lld", (long long)id);
	text_addf(&topic, "/sys/%s/%s/thing/job/notify", device->product->key, device->name);
	text_addf(&payload, "{\"id\":\"%s\",\"version\":\"1.0\",\"method\":\"thing.job.notify\",\"params\":{\"task\":", id_text);
	write_task(task, !strcmp(task->status, "SENT"), &payload);
	text_add(&payload, "}}");
	delivery = push_send(cloud, &(struct push){
		.device = device, .role = ROLE_DOWN, .service = SERVICE_JOB, .topic = text_string(&topic),
		.payload = text_string(&payload), .payload_len = payload.len, .id = id_text, .trace = trace_new(cloud),
	}, out);
	text_free(&topic);
	text_free(&payload);
	return delivery;
}

static void set_status(struct stored_task *task, const char *status)
{
	char *copy = strdup(status);

	if (!copy)
		return;
	free(task->status);
	task->status = copy;
}

/* --- devices --- */

/* "T17" is 17; 0 for what no task is called. */
static int64_t task_number(const char *name)
{
	char *end;
	int64_t number = name[0] == 'T' ? strtoll(name + 1, &end, 10) : 0;

	return number > 0 && !*end ? number : 0;
}

static int list_one(void *ctx, const struct stored_task *task)
{
	struct text *out = ctx;

	if (is_final(task->status))
		return 0;
	text_add_comma(out);
	write_task(task, false, out);
	return 0;
}

/* thing.job.get: one task by id, "$next" the oldest that is not final, "$list" those that are not. */
enum code job_get(struct call *call)
{
	struct store *store = call->cloud->store;
	struct stored_task task = { 0 };
	char name[64];
	bool next;
	int found;

	if (json_string(json_get(call->params, "taskId"), name, sizeof(name)) < 1) {
		text_add(call->why, "`taskId` is missing");
		return CODE_BAD_PARAMS;
	}
	text_add(call->data, "{\"taskId\":");
	text_add_json(call->data, name);
	if (!strcmp(name, "$list")) {
		text_add(call->data, ",\"tasks\":[");
		if (store_list_tasks(store, call->device->id, NULL, TASKS_LISTED_MAX, list_one, call->data))
			return CODE_SERVER_ERROR;
		text_add(call->data, "]}");
		return CODE_SUCCESS;
	}
	next = !strcmp(name, "$next");
	found = next || task_number(name) ? store_find_task(store, call->device->id, next ? 0 : task_number(name), &task) : 0;
	if (found == 1) {
		/* guess: delivering it is sending it. */
		if (!strcmp(task.status, "QUEUED")) {
			set_status(&task, "SENT");
			store_set_task(store, task.id, task.status, task.progress, NULL);
		}
		text_add_key(call->data, "task");
		write_task(&task, true, call->data);
	}
	text_add_char(call->data, '}');
	stored_task_free(&task);
	if (found < 0)
		return CODE_SERVER_ERROR;
	/* seen: nothing to do is an answer without `task`; an id that names none is 71019. */
	if (!found && !next) {
		text_addf(call->why, "the device has no task `%s`", name);
		return CODE_JOB_NOT_FOUND;
	}
	return CODE_SUCCESS;
}

/* thing.job.update */
enum code job_update(struct call *call)
{
	static const char *const allowed[] = { "IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED" };
	struct store *store = call->cloud->store;
	struct json details = json_get(call->params, "statusDetails"), progress_value = json_get(call->params, "progress");
	struct stored_task task = { 0 };
	char name[64] = "", status[16];
	enum code code = CODE_SUCCESS;
	int64_t progress = -1;
	size_t i, len;
	int found;

	json_string(json_get(call->params, "taskId"), name, sizeof(name));
	/* sdk: v4 needs data.taskId even on errors. */
	text_add(call->data, "{\"taskId\":");
	text_add_json(call->data, name);
	text_add_char(call->data, '}');
	if (!*name || json_string(json_get(call->params, "status"), status, sizeof(status)) < 1) {
		text_add(call->why, "`taskId` or `status` is missing");
		return CODE_BAD_PARAMS;
	}
	for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]) && strcmp(status, allowed[i]); i++)
		;
	if (i == sizeof(allowed) / sizeof(allowed[0])) {
		text_addf(call->why, "a device may not set status `%s`", status);
		return CODE_BAD_PARAMS;
	}
	if (json_present(progress_value) && (!json_int64(progress_value, &progress) || progress < 0 || progress > 100)) {
		text_add(call->why, "`progress` is no whole number from 0 to 100");
		return CODE_BAD_PARAMS;
	}
	found = task_number(name) ? store_find_task(store, call->device->id, task_number(name), &task) : 0;
	if (found < 0) {
		code = CODE_SERVER_ERROR;
	} else if (!found) {
		text_addf(call->why, "the device has no task `%s`", name);
		code = CODE_JOB_NOT_FOUND;
	} else if (is_final(task.status)) {
		text_addf(call->why, "the task is %s already", task.status);
		code = CODE_JOB_FINAL;
	} else {
		const char *span = json_span(details, &len);
		char *text = json_present(details) ? strndup(span, len) : NULL;

		if (store_set_task(store, task.id, status, progress < 0 ? task.progress : progress, text))
			code = CODE_SERVER_ERROR;
		free(text);
	}
	stored_task_free(&task);
	return code;
}

/* --- the cloud's side --- */

bool job_create_for(struct cloud *cloud, struct json document, struct json file, struct device *const *devices, size_t count,
                    char id[32], struct effects *out, struct text *why)
{
	struct text document_text = { 0 }, file_text = { 0 };
	size_t i, len;
	const char *span;
	bool done = false;
	int64_t number;

	span = json_span(document, &len);
	text_add_bytes(&document_text, span, len);
	span = json_span(file, &len);
	text_add_bytes(&file_text, span, len);
	if (!store_next(cloud->store, "job", &number)) {
		snprintf(id, 32, "J%lld", (long long)number);
		done = !store_add_job(cloud->store, id, document_text.len ? text_string(&document_text) : "{}",
		                      json_present(file) ? text_string(&file_text) : NULL);
	}
	for (i = 0; done && i < count; i++) {
		struct stored_task task;
		int64_t task_id;

		done = !store_add_task(cloud->store, id, devices[i]->id, &task_id) &&
		       store_find_task(cloud->store, devices[i]->id, task_id, &task) == 1;
		if (!done)
			break;
		set_status(&task, "SENT");
		if (notify(cloud, &task, out) == DELIVERED)
			store_set_task(cloud->store, task_id, "SENT", -1, NULL);
		stored_task_free(&task);
	}
	if (!done)
		text_add(why, store_error(cloud->store));
	text_free(&document_text);
	text_free(&file_text);
	return done;
}

bool job_create(struct cloud *cloud, struct json document, struct json file, struct json devices, char id[32],
                struct effects *out, struct text *why)
{
	struct device *members[TASKS_PER_JOB_MAX];
	size_t count = 0;

	json_each(entry, devices) {
		char product_key[NAME_MAX_BYTES] = "", device_name[NAME_MAX_BYTES] = "";

		json_string(json_get(entry, "productKey"), product_key, sizeof(product_key));
		json_string(json_get(entry, "deviceName"), device_name, sizeof(device_name));
		if (count == TASKS_PER_JOB_MAX) {
			text_addf(why, "a job has at most %d devices", TASKS_PER_JOB_MAX);
			return false;
		}
		members[count] = device_find_key(cloud, product_key, device_name);
		if (!members[count++]) {
			text_addf(why, "there is no device %s/%s", product_key, device_name);
			return false;
		}
	}
	if (!count) {
		text_add(why, "`devices` is empty");
		return false;
	}
	return job_create_for(cloud, document, file, members, count, id, out, why);
}

struct ending {
	int64_t tasks[TASKS_PER_JOB_MAX], devices[TASKS_PER_JOB_MAX];
	size_t  count;
};

static int collect_open(void *ctx, const struct stored_task *task)
{
	struct ending *ending = ctx;

	if (is_final(task->status) || ending->count == TASKS_PER_JOB_MAX)
		return 0;
	ending->devices[ending->count] = task->device;
	ending->tasks[ending->count++] = task->id;
	return 0;
}

int job_end(struct cloud *cloud, const char *job, const char *status, struct effects *out)
{
	struct ending ending = { .count = 0 };
	char *document, *file;
	int found = store_find_job(cloud->store, job, &document, &file);
	size_t i;

	free(document);
	free(file);
	if (found != 1)
		return found;
	if (store_list_tasks(cloud->store, 0, job, TASKS_PER_JOB_MAX, collect_open, &ending))
		return -1;
	for (i = 0; i < ending.count; i++) {
		struct stored_task task;

		if (store_find_task(cloud->store, ending.devices[i], ending.tasks[i], &task) != 1)
			return -1;
		set_status(&task, status);
		store_set_task(cloud->store, task.id, status, task.progress, NULL);
		notify(cloud, &task, out);
		stored_task_free(&task);
	}
	return 1;
}

struct job_listing {
	struct cloud *cloud;
	struct text  *out;
};

static int write_one(void *ctx, const struct stored_task *task)
{
	struct job_listing *listing = ctx;
	struct device *device = device_get(listing->cloud, task->device);

	text_add_comma(listing->out);
	text_addf(listing->out, "{\"taskId\":\"T%lld\",\"status\":\"%s\",\"progress\":", (long long)task->id, task->status);
	if (task->progress < 0)
		text_add(listing->out, "null");
	else
		text_add_int(listing->out, task->progress);
	text_add_key(listing->out, "productKey");
	text_add_json(listing->out, device ? device->product->key : "");
	text_add_key(listing->out, "deviceName");
	text_add_json(listing->out, device ? device->name : "");
	text_addf(listing->out, ",\"statusDetails\":%s}", task->details ? task->details : "null");
	return 0;
}

int job_write(struct cloud *cloud, const char *job, struct text *out)
{
	struct job_listing listing = { cloud, out };
	char *document, *file;
	int found = store_find_job(cloud->store, job, &document, &file);

	if (found == 1) {
		text_addf(out, "{\"jobId\":\"%s\",\"jobDocument\":%s,\"jobFile\":%s,\"tasks\":[", job, document ? document : "{}",
		          file ? file : "null");
		if (store_list_tasks(cloud->store, 0, job, TASKS_PER_JOB_MAX, write_one, &listing))
			found = -1;
		text_add(out, "]}");
	}
	free(document);
	free(file);
	return found;
}

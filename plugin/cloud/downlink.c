#include "downlink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "api.h"
#include "raw.h"
#include "rrpc.h"
#include "service.h"

#define DOWN_ID_BLOCK 1000      /* taken from the store at once: a message costs no write */
#define DOWNLINKS_MAX 10000     /* under way at the same time; and as many given up, whose answer may still come */
#define LATE_MS       60000     /* for so long a late answer is known as one */

int down_id(struct cloud *cloud, int64_t *id)
{
	if (cloud->down_next == cloud->down_end) {
		int64_t block;

		if (store_next(cloud->store, "down", &block))
			return -1;
		cloud->down_next = (block - 1) * DOWN_ID_BLOCK + 1;
		cloud->down_end = cloud->down_next + DOWN_ID_BLOCK;
	}
	/* doc: ids are decimal numbers below 2^32. */
	*id = (cloud->down_next++ - 1) % 4294967295 + 1;
	return 0;
}

enum code device_reachable(struct cloud *cloud, const struct device *device, struct text *why)
{
	if (!device->enabled) {
		text_add(why, "the device is disabled");
		return CODE_DEVICE_PROHIBITED;
	}
	if (device_route(device))
		return CODE_SUCCESS;
	if (!device->activated_ms) {
		text_add(why, "the device has never connected");
		return CODE_DEVICE_NOT_ACTIVATED;
	}
	if (device->gateway) {
		const struct device *gateway = device_get(cloud, device->gateway);

		if (gateway && !gateway->connection) {
			text_addf(why, "its gateway %s/%s is offline", gateway->product->key, gateway->name);
			return CODE_GATEWAY_OFFLINE;
		}
	}
	text_add(why, "the device is offline");
	return CODE_DEVICE_OFFLINE;
}

/* --- the requests under way --- */

struct downlink *downlink_find(const struct cloud *cloud, int64_t id)
{
	struct downlink *downlink;

	HASH_FIND(hh, cloud->downlinks, &id, sizeof(id), downlink);
	return downlink;
}

/* Nobody waits for it any more. */
static void forget_ticket(struct cloud *cloud, struct downlink *downlink)
{
	if (downlink->ticket)
		HASH_DELETE(hh_ticket, cloud->downlink_tickets, downlink);
	downlink->ticket = 0;
}

void downlink_remove(struct cloud *cloud, struct downlink *downlink)
{
	forget_ticket(cloud, downlink);
	HASH_DELETE(hh, cloud->downlinks, downlink);
	DL_DELETE(downlink->device->downlinks, downlink);
	timer_cancel(&cloud->timers, &downlink->timer);
	cloud->downlinks_waiting -= !downlink->given_up;
	free(downlink);
}

/* How people know the message, in the device's log as well as in ours. */
static void add_name(const struct downlink *downlink, struct text *out)
{
	if (downlink->way == WAY_REPLY)
		text_addf(out, "message %lld", (long long)downlink->id);
	else
		text_addf(out, "RRPC %lld", (long long)rrpc_number(downlink->id));
}

static void downlink_timeout(struct timer *timer, void *ctx)
{
	struct downlink *downlink = timer_owner(timer, struct downlink, timer);
	struct tick *tick = ctx;
	struct cloud *cloud = tick->cloud;
	struct text message = { 0 };

	if (downlink->given_up) {
		downlink_remove(cloud, downlink);
		return;
	}
	text_add(&message, "the device did not answer ");
	add_name(downlink, &message);
	text_addf(&message, " within %lld ms", (long long)downlink->timeout_ms);
	if (downlink->way != WAY_REPLY) {
		struct record record = record_new(cloud, SERVICE_DOWNLINK, downlink->device, downlink->trace, downlink->path,
		                                  CODE_RRPC_TIMEOUT);

		record.why = text_string(&message);
		journal_add(cloud->journal, &record);
	}
	if (downlink->ticket)
		api_answer_error(tick->out, downlink->ticket, 504, downlink->way == WAY_REPLY ? "Timeout" : "1905",
		                 text_string(&message));
	text_free(&message);
	forget_ticket(cloud, downlink);
	downlink->given_up = true;
	cloud->downlinks_waiting--;
	if (HASH_COUNT(cloud->downlinks) - cloud->downlinks_waiting > DOWNLINKS_MAX ||
	    timer_set(&cloud->timers, &downlink->timer, cloud_now(cloud) + LATE_MS))
		downlink_remove(cloud, downlink);
}

enum code downlink_new(struct cloud *cloud, struct device *device, enum downlink_way way, const char *path,
                       int64_t timeout_ms, uint64_t ticket, struct downlink **out, struct text *why)
{
	enum code code = device_reachable(cloud, device, why);
	size_t size = strlen(path) + 1;
	struct downlink *downlink;

	*out = NULL;
	if (code != CODE_SUCCESS)
		return code;
	if (cloud->downlinks_waiting >= DOWNLINKS_MAX) {
		text_addf(why, "%zu requests are waiting for devices already", cloud->downlinks_waiting);
		return CODE_TOO_MANY_REQUESTS;
	}
	downlink = calloc(1, sizeof(*downlink) + size);
	if (!downlink || down_id(cloud, &downlink->id)) {
		text_add(why, "the emulator could not number the message");
		free(downlink);
		return CODE_SERVER_ERROR;
	}
	memcpy(downlink->path, path, size);
	downlink->device = device;
	downlink->way = way;
	downlink->ticket = ticket;
	downlink->timeout_ms = timeout_ms;
	downlink->trace = trace_new(cloud);
	downlink->timer.fire = downlink_timeout;
	*out = downlink;
	return CODE_SUCCESS;
}

enum code downlink_wait(struct cloud *cloud, struct downlink *downlink, struct text *why)
{
	if (timer_set(&cloud->timers, &downlink->timer, cloud_now(cloud) + downlink->timeout_ms)) {
		free(downlink);
		text_add(why, "out of memory");
		return CODE_SERVER_ERROR;
	}
	HASH_ADD(hh, cloud->downlinks, id, sizeof(downlink->id), downlink);
	DL_APPEND(downlink->device->downlinks, downlink);
	if (downlink->ticket)
		HASH_ADD(hh_ticket, cloud->downlink_tickets, ticket, sizeof(downlink->ticket), downlink);
	cloud->downlinks_waiting++;
	return CODE_SUCCESS;
}

static enum delivery push(struct cloud *cloud, const struct downlink *downlink, struct push message, struct effects *out)
{
	char id[24];

	snprintf(id, sizeof(id), "%lld", (long long)downlink->id);
	message.device = downlink->device;
	message.role = ROLE_DOWN;
	message.service = SERVICE_DOWNLINK;
	message.id = id;
	message.trace = downlink->trace;
	return push_send(cloud, &message, out);
}

enum code downlink_go(struct cloud *cloud, struct downlink *downlink, const char *topic, const char *payload, size_t len,
                      struct effects *out, struct text *why)
{
	enum code code = downlink_wait(cloud, downlink, why);
	enum delivery delivery;

	if (code != CODE_SUCCESS)
		return code;
	delivery = push(cloud, downlink, (struct push){ .topic = topic, .payload = payload, .payload_len = len }, out);
	if (delivery == DELIVERED)
		return CODE_SUCCESS;
	downlink_remove(cloud, downlink);
	text_add(why, delivery_why(delivery));
	return delivery_code(delivery);
}

void downlink_push(struct cloud *cloud, struct downlink *downlink, const struct push *message, struct effects *out)
{
	enum delivery delivery = push(cloud, downlink, *message, out);

	if (delivery != DELIVERED)
		downlink_fail(cloud, downlink, delivery_code(delivery), delivery_why(delivery), out);
}

void downlink_fail(struct cloud *cloud, struct downlink *downlink, enum code code, const char *why, struct effects *out)
{
	struct text message = { 0 };
	char name[16];

	if (downlink->ticket) {
		snprintf(name, sizeof(name), "%d", code);
		text_addf(&message, "%s: %s", code_message(code), why ? why : "");
		api_answer_error(out, downlink->ticket, 409, name, text_string(&message));
		text_free(&message);
	}
	downlink_remove(cloud, downlink);
}

static void add_method(const char *path, struct text *out)
{
	for (; *path; path++)
		text_add_char(out, *path == '/' ? '.' : *path);
}

enum code downlink_send(struct cloud *cloud, struct device *device, const struct down_request *request,
                        struct effects *out, struct text *why)
{
	struct text topic = { 0 }, payload = { 0 };
	struct downlink *downlink;
	enum code code = downlink_new(cloud, device, request->rrpc ? WAY_RRPC : WAY_REPLY, request->path, request->timeout_ms,
	                              request->ticket, &downlink, why);

	if (code != CODE_SUCCESS)
		return code;
	if (request->rrpc)
		rrpc_topic(downlink, request->path, &topic);
	else
		text_addf(&topic, "/sys/%s/%s/%s", device->product->key, device->name, request->path);
	/* sdk: C SDK 3.x drops a request that lacks one of id, version, method, params. */
	text_addf(&payload, "{\"id\":\"%lld\",\"version\":\"1.0\",\"method\":\"", (long long)downlink->id);
	add_method(request->path, &payload);
	text_add(&payload, "\",\"params\":");
	text_add(&payload, request->params);
	text_add_char(&payload, '}');
	if (topic.failed || payload.failed) {
		text_add(why, "out of memory");
		free(downlink);
		code = CODE_SERVER_ERROR;
	} else if (raw_takes(device, request->path)) {
		code = raw_request(cloud, downlink, text_string(&payload), payload.len, out, why);
	} else {
		code = downlink_go(cloud, downlink, text_string(&topic), text_string(&payload), payload.len, out, why);
	}
	text_free(&topic);
	text_free(&payload);
	return code;
}

void downlink_forget(struct cloud *cloud, uint64_t ticket)
{
	struct downlink *downlink;

	HASH_FIND(hh_ticket, cloud->downlink_tickets, &ticket, sizeof(ticket), downlink);
	if (downlink)
		forget_ticket(cloud, downlink);
}

void downlinks_end(struct cloud *cloud, struct device *device, struct effects *out)
{
	while (device->downlinks) {
		if (device->downlinks->ticket)
			api_answer_error(out, device->downlinks->ticket, 409, "521",
			                 "device deleted: it was deleted before it answered");
		downlink_remove(cloud, device->downlinks);
	}
}

void downlinks_free(struct cloud *cloud)
{
	struct downlink *downlink, *next;

	HASH_ITER(hh, cloud->downlinks, downlink, next)
		downlink_remove(cloud, downlink);
}

/* --- answers --- */

#define REPLY_SUFFIX "_reply"

bool downlink_is_reply(const struct topic *topic)
{
	return topic_reply_flags(topic) & TOPIC_ANSWERED;
}

/* A number that some clients send as a decimal string; 0 for anything else. */
static int64_t number_of(struct json value)
{
	char text[20], *end;
	int64_t number = 0;

	if (json_string(value, text, sizeof(text)) > 0) {
		number = strtoll(text, &end, 10);
		return *end ? 0 : number;
	}
	json_int64(value, &number);
	return number;
}

/* Whether a reply on this path (none: on any) may be meant for it. */
static bool asked_on(const struct downlink *downlink, struct span path)
{
	return downlink->way == WAY_REPLY &&
	       (!path.at || (strlen(downlink->path) == path.len && !memcmp(downlink->path, path.at, path.len)));
}

#define SERVICES "thing/service/"

/* Those of the model; property/set and its sisters are the platform's own. */
static bool is_service(const char *path)
{
	return !strncmp(path, SERVICES, strlen(SERVICES)) && !strchr(path + strlen(SERVICES), '/');
}

/*
 * seen: the Node SDK answers a service with an id of its own counting, unless the application passes the
 * request's. So where exactly one call of that service waits for the device, it is the one that is meant.
 */
static struct downlink *only_call(const struct device *device, struct span path, int64_t id, struct text *why)
{
	struct downlink *at, *only = NULL;

	DL_FOREACH(device->downlinks, at) {
		if (at->given_up || !asked_on(at, path) || !is_service(at->path))
			continue;
		if (only)
			return NULL;
		only = at;
	}
	if (only)
		text_addf(why, "taken as the answer to message %lld, the only call of this service that waits, though its id is %lld",
		          (long long)only->id, (long long)id);
	return only;
}

void downlink_stray(struct cloud *cloud, const struct downlink *downlink, int64_t id, struct text *why)
{
	if (downlink) {
		add_name(downlink, why);
		text_addf(why, " was given up %lld ms ago: the answer is late and ignored",
		          (long long)(cloud_now(cloud) - (downlink->timer.due_ms - LATE_MS)));
	} else {
		text_addf(why, "no request with id %lld waits for this device: the reply is ignored", (long long)id);
	}
}

void downlink_reply(struct cloud *cloud, struct device *device, const struct topic *topic, const char *topic_text,
                    const struct message *in, uint64_t trace, struct effects *out)
{
	struct record record = record_new(cloud, SERVICE_UPLINK, device, trace, topic_text, CODE_SUCCESS);
	struct span path = { topic ? topic->rest.at : NULL, topic ? topic->rest.len - strlen(REPLY_SUFFIX) : 0 };
	struct downlink *downlink = NULL;
	struct json_error error;
	struct json reply;
	char id[24] = "";

	text_clear(&cloud->why);
	if (json_parse(&cloud->request, in->payload ? in->payload : "", in->payload_len, JSON_LENIENT, &error)) {
		text_addf(&cloud->why, "the reply is not JSON: %s at byte %zu", error.message, error.at + 1);
		record.code = CODE_NOT_JSON;
	} else {
		int64_t number;

		reply = json_root(&cloud->request);
		number = number_of(json_get(reply, "id"));
		downlink = downlink_find(cloud, number);
		if (downlink && (downlink->device != device || !asked_on(downlink, path)))
			downlink = NULL;
		if (!downlink)
			downlink = only_call(device, path, number, &cloud->why);
		if (downlink && !downlink->given_up) {
			downlink_answered(cloud, downlink, topic_text, in, reply, out);
			return;
		}
		downlink_stray(cloud, downlink, number, &cloud->why);
		snprintf(id, sizeof(id), "%lld", (long long)number);
		record.code = (int)number_of(json_get(reply, "code"));
	}
	record.message_id = id;
	record.content = in->payload;
	record.content_len = in->payload_len;
	record.why = text_string(&cloud->why);
	journal_add(cloud->journal, &record);
}

/* Tells whoever asked what the device refused. */
static void pass_refusal(const struct downlink *downlink, struct json reply, int64_t code, struct effects *out)
{
	const struct code_row *row = code_find((int)code);
	struct text message = { 0 };
	char *said = json_strdup(json_get(reply, "message")), name[24];

	snprintf(name, sizeof(name), "%lld", (long long)code);
	if (json_present(json_get(reply, "code")))
		text_addf(&message, "the device answered code %s", name);
	else
		text_add(&message, "the device's answer has no `code`");
	if (row)
		text_addf(&message, " (%s)", row->message);
	if (said && *said)
		text_addf(&message, ": %s", said);
	api_answer_error(out, downlink->ticket, 409, name, text_string(&message));
	text_free(&message);
	free(said);
}

static void pass_data(const struct downlink *downlink, const struct text *data, const struct text *failed,
                      struct effects *out)
{
	struct text body = { 0 };

	text_addf(&body, "{\"id\":\"%lld\",\"code\":200,\"data\":", (long long)downlink->id);
	text_add(&body, data->len ? text_string(data) : "{}");
	if (failed->len)
		text_addf(&body, ",\"checkFailedData\":%s", text_string(failed));
	text_add_char(&body, '}');
	effects_answer(out, downlink->ticket, 200, text_string(&body), body.len);
	text_free(&body);
}

void downlink_answered(struct cloud *cloud, struct downlink *downlink, const char *topic_text, const struct message *in,
                       struct json reply, struct effects *out)
{
	int64_t code = number_of(json_get(reply, "code"));
	struct record record = record_new(cloud, SERVICE_UPLINK, downlink->device, downlink->trace, topic_text, (int)code);
	struct text data = { 0 }, failed = { 0 };
	struct json value = json_get(reply, "data");
	char id[24];

	if (code == CODE_SUCCESS && is_service(downlink->path)) {
		service_check_output(cloud, downlink->device, downlink->path + strlen(SERVICES), value, &data, &failed, &cloud->why);
		if (failed.len)
			record.code = CODE_TSL_PARSE_FAILED;
	} else {
		json_write(value, &data);
	}
	/* doc: data of a set_reply must be {}; a device that sends more gets no error, but the log shows 6335. */
	if (code == CODE_SUCCESS && json_count(value) && !strcmp(downlink->path, "thing/service/property/set")) {
		text_add(&cloud->why, "`data` of a set_reply must be {}");
		record.code = CODE_SET_REPLY_DATA;
	}
	snprintf(id, sizeof(id), "%lld", (long long)downlink->id);
	record.message_id = id;
	record.content = in->payload;
	record.content_len = in->payload_len;
	record.why = text_string(&cloud->why);
	journal_add(cloud->journal, &record);
	if (downlink->ticket && code == CODE_SUCCESS)
		pass_data(downlink, &data, &failed, out);
	else if (downlink->ticket)
		pass_refusal(downlink, reply, code, out);
	text_free(&data);
	text_free(&failed);
	downlink_remove(cloud, downlink);
}

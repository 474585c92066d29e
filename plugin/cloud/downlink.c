#include "downlink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "subscription.h"

#define DOWN_ID_BLOCK 1000      /* taken from the store at once: a message costs no write */
#define DOWNLINKS_MAX 10000     /* under way at the same time */

struct downlink {
	struct downlink *next;
	struct timer timer;
	int64_t      device, id;
	uint64_t     ticket, trace;
	int64_t      timeout_ms;
};

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

static void downlink_remove(struct cloud *cloud, struct downlink *downlink)
{
	struct downlink **at = &cloud->downlinks;

	while (*at != downlink)
		at = &(*at)->next;
	*at = downlink->next;
	timer_cancel(&cloud->timers, &downlink->timer);
	free(downlink);
}

static void downlink_timeout(struct timer *timer, void *ctx)
{
	struct downlink *downlink = timer_owner(timer, struct downlink, timer);
	struct tick *tick = ctx;
	char message[96];

	snprintf(message, sizeof(message), "the device did not answer message %lld within %lld ms",
	         (long long)downlink->id, (long long)downlink->timeout_ms);
	if (downlink->ticket)
		api_answer_error(tick->out, downlink->ticket, 504, "Timeout", message);
	downlink_remove(tick->cloud, downlink);
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

static void method_name(const char *path, struct text *out)
{
	for (; *path; path++)
		text_add_char(out, *path == '/' ? '.' : *path);
}

enum code downlink_send(struct cloud *cloud, struct device *device, const char *path, const char *params,
                        int64_t timeout_ms, uint64_t ticket, struct effects *out, struct text *why)
{
	enum code code = device_reachable(cloud, device, why);
	struct text topic = { 0 }, payload = { 0 };
	struct downlink *downlink = NULL, *at;
	enum delivery delivery = DELIVERY_OFFLINE;
	struct effect *effect = NULL;
	struct record record;
	size_t under_way = 0;
	char id[24];

	if (code != CODE_SUCCESS)
		return code;
	for (at = cloud->downlinks; at; at = at->next)
		under_way++;
	if (under_way >= DOWNLINKS_MAX) {
		text_addf(why, "%zu requests are waiting for devices already", under_way);
		return CODE_TOO_MANY_REQUESTS;
	}
	downlink = calloc(1, sizeof(*downlink));
	if (!downlink || down_id(cloud, &downlink->id)) {
		text_add(why, "the emulator could not number the message");
		free(downlink);
		return CODE_SERVER_ERROR;
	}
	downlink->device = device->id;
	downlink->ticket = ticket;
	downlink->timeout_ms = timeout_ms;
	downlink->trace = trace_new(cloud);
	downlink->timer.fire = downlink_timeout;
	snprintf(id, sizeof(id), "%lld", (long long)downlink->id);

	text_addf(&topic, "/sys/%s/%s/%s", device->product->key, device->name, path);
	/* sdk: C SDK 3.x drops a request that lacks one of id, version, method, params. */
	text_addf(&payload, "{\"id\":\"%s\",\"version\":\"1.0\",\"method\":\"", id);
	method_name(path, &payload);
	text_addf(&payload, "\",\"params\":%s}", params);
	if (!topic.failed && !payload.failed)
		delivery = deliver(cloud, device, ROLE_DOWN, text_string(&topic), text_string(&payload), payload.len, out, &effect);
	if (delivery == DELIVERED && timer_set(&cloud->timers, &downlink->timer, cloud_now(cloud) + timeout_ms) == 0) {
		downlink->next = cloud->downlinks;
		cloud->downlinks = downlink;
	} else {
		free(downlink);
		text_add(why, delivery == DELIVERED ? "out of memory" : delivery_why(delivery));
		code = delivery == DELIVERED ? CODE_SERVER_ERROR : CODE_TOPIC_FORBIDDEN;
		downlink = NULL;
	}
	record = record_new(cloud, SERVICE_DOWNLINK, device, downlink ? downlink->trace : trace_new(cloud), text_string(&topic), code);
	record.message_id = id;
	record.content = payload.at;
	record.content_len = payload.len;
	record.why = text_string(why);
	journal_add(cloud->journal, &record);
	text_free(&topic);
	text_free(&payload);
	return code;
}

bool downlink_is_reply(const struct topic *topic)
{
	return topic_reply_flags(topic) & TOPIC_ANSWERED;
}

static struct downlink *downlink_find(const struct cloud *cloud, int64_t device, int64_t id)
{
	struct downlink *at;

	for (at = cloud->downlinks; at; at = at->next)
		if (at->device == device && at->id == id)
			return at;
	return NULL;
}

/* The id of a reply: a decimal string, or from some clients a number. */
static int64_t reply_id(struct json reply)
{
	struct json value = json_get(reply, "id");
	char text[24];
	int64_t id = 0;

	if (json_string(value, text, sizeof(text)) > 0)
		return strtoll(text, NULL, 10);
	json_int64(value, &id);
	return id;
}

/* Answers whoever asked with what the device said. */
static void pass_on(struct downlink *downlink, struct json reply, int64_t code, struct effects *out)
{
	struct json data = json_get(reply, "data");
	struct text body = { 0 };
	size_t len;
	const char *text = json_span(data, &len);

	if (code != CODE_SUCCESS) {
		char name[24];

		snprintf(name, sizeof(name), "%lld", (long long)code);
		text_addf(&body, "the device answered code %lld", (long long)code);
		api_answer_error(out, downlink->ticket, 409, name, text_string(&body));
	} else {
		text_addf(&body, "{\"id\":\"%lld\",\"code\":200,\"data\":", (long long)downlink->id);
		if (json_present(data))
			text_add_bytes(&body, text, len);
		else
			text_add(&body, "{}");
		text_add_char(&body, '}');
		effects_answer(out, downlink->ticket, 200, text_string(&body), body.len);
	}
	text_free(&body);
}

void downlink_reply(struct cloud *cloud, struct device *device, const struct topic *topic, const char *topic_text,
                    const struct message *in, uint64_t trace, struct effects *out)
{
	struct record record = record_new(cloud, SERVICE_UPLINK, device, trace, topic_text, CODE_SUCCESS);
	struct downlink *downlink = NULL;
	struct json reply = { 0 };
	struct json_error error;
	int64_t code = 0;
	char id[24] = "";

	(void)topic;
	text_clear(&cloud->why);
	if (json_parse(&cloud->request, in->payload ? in->payload : "", in->payload_len, JSON_LENIENT, &error)) {
		text_addf(&cloud->why, "the reply is not JSON: %s at byte %zu", error.message, error.at + 1);
		record.code = CODE_NOT_JSON;
	} else {
		reply = json_root(&cloud->request);
		snprintf(id, sizeof(id), "%lld", (long long)reply_id(reply));
		downlink = downlink_find(cloud, device->id, reply_id(reply));
		if (!json_int64(json_get(reply, "code"), &code))
			code = 0;
		record.code = (int)code;
		if (!downlink)
			text_addf(&cloud->why, "no request with id %s waits for this device: the reply is ignored", id);
		else
			record.trace = downlink->trace;
	}
	/* doc: data of a set_reply must be {}; a device that sends more gets no error, but the log shows 6335. */
	if (downlink && code == CODE_SUCCESS && json_count(json_get(reply, "data")) &&
	    topic->rest.len == strlen("thing/service/property/set_reply") &&
	    !memcmp(topic->rest.at, "thing/service/property/set_reply", topic->rest.len)) {
		text_add(&cloud->why, "`data` of a set_reply must be {}");
		record.code = CODE_SET_REPLY_DATA;
	}
	record.message_id = id;
	record.content = in->payload;
	record.content_len = in->payload_len;
	record.why = text_string(&cloud->why);
	journal_add(cloud->journal, &record);
	if (!downlink)
		return;
	if (downlink->ticket)
		pass_on(downlink, reply, code, out);
	downlink_remove(cloud, downlink);
}

void downlink_forget(struct cloud *cloud, uint64_t ticket)
{
	struct downlink *at;

	for (at = cloud->downlinks; at; at = at->next)
		if (at->ticket == ticket)
			at->ticket = 0;
}

void downlinks_free(struct cloud *cloud)
{
	while (cloud->downlinks)
		downlink_remove(cloud, cloud->downlinks);
}

#include "rrpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "raw.h"

/* guess: 18 or 19 digits are typical. What counts is that firmware that keeps them in 32 bits is caught. */
#define NUMBER_BASE INT64_C(1000000000000000000)

int64_t rrpc_number(int64_t id)
{
	return NUMBER_BASE + id;
}

void rrpc_topic(const struct downlink *downlink, const char *path, struct text *topic)
{
	const struct device *device = downlink->device;
	const struct connection *connection = device_route(device);
	long long number = rrpc_number(downlink->id);

	/* guess: a service goes by the client's flag; a sub-device's gateway speaks for it. */
	if (connection && connection->ext_rrpc)
		text_addf(topic, "/ext/rrpc/%lld/sys/%s/%s/%s", number, device->product->key, device->name, path);
	else
		text_addf(topic, "/sys/%s/%s/rrpc/request/%lld", device->product->key, device->name, number);
}

enum code rrpc_send(struct cloud *cloud, struct device *device, const char *topic, const char *payload, size_t len,
                    int64_t timeout_ms, uint64_t ticket, struct effects *out, struct text *why)
{
	struct downlink *downlink;
	struct text full = { 0 };
	enum code code = downlink_new(cloud, device, WAY_RRPC_BYTES, topic ? topic : "rrpc/request", timeout_ms, ticket,
	                              &downlink, why);

	if (code != CODE_SUCCESS)
		return code;
	if (topic)
		text_addf(&full, "/ext/rrpc/%lld%s", (long long)rrpc_number(downlink->id), topic);
	else
		text_addf(&full, "/sys/%s/%s/rrpc/request/%lld", device->product->key, device->name,
		          (long long)rrpc_number(downlink->id));
	code = downlink_go(cloud, downlink, text_string(&full), payload, len, out, why);
	text_free(&full);
	return code;
}

/* --- answers --- */

/* doc: …/rrpc/response/{id}. seen: the RRPC demo of C Link SDK 4 answers on the request's topic instead. */
static const char *const answered_on[] = { "rrpc/response/", "rrpc/request/" };

struct span rrpc_message_id(const struct topic *topic)
{
	const char *level = topic_is(topic, "/ext/rrpc/") ? topic->rest.at : NULL;
	size_t i;

	for (i = 0; topic_is(topic, "/sys/") && i < sizeof(answered_on) / sizeof(answered_on[0]); i++)
		if (!strncmp(topic->rest.at, answered_on[i], strlen(answered_on[i])))
			level = topic->rest.at + strlen(answered_on[i]);
	return level ? (struct span){ level, strcspn(level, "/") } : (struct span){ NULL, 0 };
}

bool rrpc_is_reply(const struct topic *topic)
{
	return rrpc_message_id(topic).at != NULL;
}

/* The id of the request that a message id names; 0 when it is none of ours. */
static int64_t request_id(struct span id)
{
	int64_t number = id.len == 19 && strspn(id.at, "0123456789") == id.len ? strtoll(id.at, NULL, 10) : 0;

	return number > NUMBER_BASE ? number - NUMBER_BASE : 0;
}

static void add_base64(struct text *out, const char *bytes, size_t len)
{
	unsigned char *encoded = malloc((len + 2) / 3 * 4 + 1);

	if (!encoded) {
		out->failed = true;
		return;
	}
	EVP_EncodeBlock(encoded, (const unsigned char *)bytes, (int)len);
	text_add_json(out, (const char *)encoded);
	free(encoded);
}

static bool is_text(const char *bytes, size_t len)
{
	size_t at, step;

	for (at = 0; at < len; at += step) {
		step = utf8_length(bytes + at, len - at);
		if (!step)
			return false;
	}
	return true;
}

static void pass_bytes(const struct downlink *downlink, const struct message *in, struct effects *out)
{
	struct text body = { 0 };
	const char *payload = in->payload ? in->payload : "";

	text_addf(&body, "{\"messageId\":\"%lld\",\"payload\":", (long long)rrpc_number(downlink->id));
	if (is_text(payload, in->payload_len))
		text_add_json_bytes(&body, payload, in->payload_len);
	else
		text_add(&body, "null");
	text_add(&body, ",\"payloadBase64\":");
	add_base64(&body, payload, in->payload_len);
	text_add_char(&body, '}');
	effects_answer(out, downlink->ticket, 200, text_string(&body), body.len);
	text_free(&body);
}

void rrpc_reply(struct cloud *cloud, struct device *device, const struct topic *topic, const char *topic_text,
                const struct message *in, uint64_t trace, struct effects *out)
{
	struct record record = record_new(cloud, SERVICE_UPLINK, device, trace, topic_text, CODE_SUCCESS);
	struct span id = rrpc_message_id(topic);
	struct downlink *downlink = downlink_find(cloud, request_id(id));
	struct json_error error;

	text_clear(&cloud->why);
	/* A gateway answers for its sub-devices on /ext/rrpc/, which names nobody before the message id. */
	if (downlink && (downlink->way == WAY_REPLY || (downlink->device != device &&
	                 (!topic_is(topic, "/ext/rrpc/") || downlink->device->session != device->connection))))
		downlink = NULL;
	if (!downlink || downlink->given_up) {
		if (downlink)
			downlink_stray(cloud, downlink, downlink->id, &cloud->why);
		else
			text_addf(&cloud->why, "no RRPC `%.*s` waits for this device: the response is ignored",
			          (int)id.len, id.at);
		record.code = CODE_RRPC_STRAY;
	} else if (downlink->way == WAY_RRPC && raw_takes(downlink->device, downlink->path)) {
		raw_response(cloud, downlink, topic_text, in, out);
		return;
	} else if (downlink->way == WAY_RRPC) {
		if (!json_parse(&cloud->request, in->payload ? in->payload : "", in->payload_len, JSON_LENIENT, &error)) {
			downlink_answered(cloud, downlink, topic_text, in, json_root(&cloud->request), out);
			return;
		}
		text_addf(&cloud->why, "the response is not JSON: %s at byte %zu", error.message, error.at + 1);
		record.code = CODE_NOT_JSON;
	} else {
		record.trace = downlink->trace;
		if (downlink->ticket)
			pass_bytes(downlink, in, out);
		downlink_remove(cloud, downlink);
	}
	record.content = in->payload;
	record.content_len = in->payload_len;
	record.why = text_string(&cloud->why);
	journal_add(cloud->journal, &record);
}

int64_t rrpc_timeout(const struct settings *settings, int64_t wished_ms)
{
	int64_t limit_ms = settings->limits.rrpc_timeout_seconds * 1000;

	if (!limit_ms)
		return wished_ms ? wished_ms : 8000;
	return wished_ms > limit_ms ? -1 : wished_ms ? wished_ms : limit_ms;
}

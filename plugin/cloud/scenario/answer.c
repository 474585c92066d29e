/* Answers that a rule gives in the platform's place, or puts in place of the platform's own. */
#include "action.h"

#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "load.h"
#include "message.h"
#include "push.h"
#include "shadow.h"
#include "sub_device.h"

/* Wire texts that are not the code's own. */
static const struct {
	const char *operation;
	int         code;
	const char *message;
} messages[] = {
	{ "session.login", 429, "rate limit, too many subDeviceOnline msg in one minute" },   /* doc: API page */
	{ "session.send",  520, "device session error" },                                    /* doc: sub-device failed to send */
};

static const char *message_of(const struct cloud *cloud, const char *operation, int code)
{
	size_t i;

	for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].code == code && !strcmp(messages[i].operation, operation) &&
		    !(code == CODE_TOO_MANY_REQUESTS && cloud->settings.options.login_rate_text))
			return messages[i].message;
	return code_message(code);
}

static void write_sub_device(struct json entry, struct text *out)
{
	struct sub_name name;
	struct text unused = { 0 };

	if (sub_name_read(&name, entry, &unused))
		sub_name_write(out, name.product_key, name.device_name);
	text_free(&unused);
}

void answer_data(const struct cloud *cloud, const char *operation, struct json params, struct text *out)
{
	struct json list = json_is(params, JSON_ARRAY) ? params : json_get(params, "deviceList");

	if (!strncmp(operation, "topo.", 5)) {
		/* doc: newer documents show an array, older ones {}. */
		text_add(out, cloud->settings.options.topology_reply_data ? "{}" : "[]");
	} else if (!strncmp(operation, "session.log", 11) && json_is(list, JSON_ARRAY)) {
		text_add_char(out, '[');
		json_each(entry, list)
			write_sub_device(entry, out);
		text_add_char(out, ']');
	} else if (!strncmp(operation, "session.log", 11)) {
		/* sdk: C SDK 3.2 finds the waiting sub-device only by this. */
		write_sub_device(params, out);
	}
	if (!out->len)
		text_add(out, "{}");
}

/* A rule's members set in what is there. */
static bool merge(const struct answer *answer, const char *payload, size_t len, struct text *out)
{
	struct text now = { 0 }, next = { 0 };
	struct json_doc doc = { 0 };
	bool good = true;
	size_t i;

	text_add_bytes(&now, payload, len);
	for (i = 0; good && i < answer->merge_count; i++) {
		text_clear(&next);
		good = !json_parse(&doc, text_string(&now), now.len, JSON_LENIENT, NULL) &&
		       path_set(&answer->merge[i], json_root(&doc), answer->merge_values[i], &next);
		text_clear(&now);
		text_add_bytes(&now, text_string(&next), next.len);
	}
	text_add_bytes(out, text_string(&now), now.len);
	json_doc_free(&doc);
	text_free(&now);
	text_free(&next);
	return good;
}

/* doc: "Device shadow": errors have codes and texts of their own, the codes as strings. */
static void send_shadow(struct act *act, const struct answer *answer, struct happening *happening, int code)
{
	struct cloud *cloud = happening->cloud;
	struct json token = json_get(happening_body(happening), "clientToken");
	struct text payload = { 0 }, topic = { 0 };
	size_t len;
	const char *literal = json_span(token, &len);

	text_addf(&payload, "{\"method\":\"reply\",\"payload\":{\"status\":\"error\",\"content\":{\"errorcode\":\"%d\",\"errormessage\":",
	          code);
	text_add_json(&payload, answer->message ? answer->message : shadow_message((enum shadow_error)code));
	text_addf(&payload, "}},\"timestamp\":%lld", (long long)(happening->now_ms / 1000));
	if (json_present(token)) {
		text_add(&payload, ",\"clientToken\":");
		text_add_bytes(&payload, literal, len);
	}
	text_add_char(&payload, '}');
	text_addf(&topic, "/shadow/get/%s/%s", happening->product_key, happening->device_name);
	push_send(cloud, &(struct push){
		.device = happening->device, .role = ROLE_REPLY, .service = SERVICE_SHADOW, .operation = happening->operation,
		.topic = text_string(&topic), .payload = text_string(&payload), .payload_len = payload.len, .code = code,
		.trace = act->happening->trace,
	}, happening->out);
	text_free(&payload);
	text_free(&topic);
}

static void send_raw(const struct answer *answer, struct happening *happening, const char *topic)
{
	push_send(happening->cloud, &(struct push){
		.device = happening->device, .role = ROLE_REPLY, .service = SERVICE_DOWNLINK, .operation = happening->operation,
		.topic = topic, .payload = answer->raw, .payload_len = answer->raw_len, .id = happening_id(happening),
		.trace = happening->trace,
	}, happening->out);
}

/* Where the answer to a message goes; false when nothing ever answers it. */
static bool reply_topic(const struct happening *happening, const struct topic *topic, struct text *out)
{
	if (topic_is(topic, "/shadow/update/"))
		text_addf(out, "/shadow/get/%s/%s", happening->product_key, happening->device_name);
	else if (topic_is(topic, "/ext/ntp/"))
		text_addf(out, "/ext/ntp/%s/%s/response", happening->product_key, happening->device_name);
	else if (topic_is(topic, "/ota/device/request/"))
		text_add(out, happening->topic);   /* doc: answered on the same topic */
	else if (topic_is(topic, "/sys/") || topic_is(topic, "/ext/session/"))
		text_addf(out, "%s_reply", happening->topic);
	return out->len;
}

/* doc: HTTPS registration: a code and a text, and no data with an error. */
static void write_registration(int code, const char *message, struct text *out)
{
	text_addf(out, "{\"code\":%d,\"message\":", code);
	text_add_json(out, message);
	text_add_char(out, '}');
}

static void answer_registration(struct act *act, const struct answer *answer, int code)
{
	struct text body = { 0 };
	struct effect *effect;

	if (answer->raw)
		text_add_json_bytes(&body, answer->raw, answer->raw_len);    /* the control channel carries JSON only */
	else
		write_registration(code, answer->message ? answer->message : code_message(code), &body);
	effect = effects_answer(act->happening->out, act->subject->ticket, 200, text_string(&body), body.len);
	effect->operation = "dynamic.register";
	effect->code = code;
	effect->settled = SETTLED_RULES;
	text_free(&body);
}

bool answer_send(struct act *act, const struct answer *answer, int code)
{
	static const struct method unknown = { "", "", SERVICE_UPLINK, 0, NULL };
	struct happening *happening = act->happening;
	struct cloud *cloud = happening->cloud;
	struct text topic = { 0 }, data = { 0 }, why = { 0 }, merged = { 0 };
	struct topic parsed;
	struct call call = {
		.cloud = cloud, .connection = happening->connection, .device = happening->device, .topic = &parsed,
		.topic_text = happening->topic, .payload = happening->payload, .payload_len = happening->payload_len,
		.now_ms = happening->now_ms, .trace = happening->trace, .data = &data, .why = &why, .out = happening->out,
		.message = answer->message ? answer->message : message_of(cloud, happening->operation, code),
	};
	size_t before = happening->out->count;
	struct method named;
	bool sent = false;

	if (act->subject && act->subject->ticket) {
		answer_registration(act, answer, code);
		return true;
	}
	if (!happening->device || !topic_parse(&parsed, happening->topic) || !reply_topic(happening, &parsed, &topic))
		goto done;
	call.method = method_find(&parsed);
	if (!call.method) {
		/* Answered although this build has no handler for it. */
		named = unknown;
		named.operation = effects_copy(happening->out, happening->operation, strlen(happening->operation));
		call.method = &named;
	}
	sent = true;
	if (answer->raw) {
		send_raw(answer, happening, text_string(&topic));
		goto done;
	}
	if (topic_is(&parsed, "/shadow/update/")) {
		send_shadow(act, answer, happening, code);
		goto done;
	}
	call.request = happening_body(happening);
	call.params = json_get(call.request, "params");
	call.id = *happening_id(happening) ? happening_id(happening) : "0";
	if (!reply_wanted(&call))
		goto done;
	if (answer->data)
		text_add(&data, answer->data);
	else
		answer_data(cloud, happening->operation, call.params, &data);
	reply_send_on(&call, (enum code)code, text_string(&topic));
	if (answer->merge_count && happening->out->count > before) {
		struct effect *effect = &happening->out->at[happening->out->count - 1];

		if (merge(answer, effect->payload, effect->payload_len, &merged)) {
			effect->payload = effects_copy(happening->out, text_string(&merged), merged.len);
			effect->payload_len = merged.len;
		}
	}
done:
	/* The platform did not act, so this is no `reply` that rules could look at. */
	for (; before < happening->out->count; before++)
		happening->out->at[before].settled = SETTLED_RULES;
	text_free(&topic);
	text_free(&data);
	text_free(&why);
	text_free(&merged);
	return sent;
}

bool answer_bend(const struct answer *answer, struct happening *happening, int *code, struct text *out)
{
	struct text number = { 0 }, message = { 0 }, data = { 0 };
	struct path_step steps[] = { { "code", 0 }, { "message", 0 }, { "data", 0 } };
	const struct path paths[] = { { "$.code", &steps[0], 1 }, { "$.message", &steps[1], 1 }, { "$.data", &steps[2], 1 } };
	const char *values[3];
	struct answer all = { .merge = paths, .merge_values = values };
	struct path merged_paths[3];
	struct text base = { 0 };
	bool good;

	if (answer->raw) {
		text_add_bytes(out, answer->raw, answer->raw_len);
		return true;
	}
	if (!json_is(happening_body(happening), JSON_OBJECT))
		return false;
	if (!strcmp(happening->operation, "dynamic.register") && answer->has_code && answer->code != CODE_SUCCESS) {
		/* The secret that stood there must not leave with an error. */
		*code = answer->code;
		write_registration(*code, answer->message ? answer->message : code_message(*code), out);
		return true;
	}
	if (answer->has_code) {
		*code = answer->code;
		text_add_int(&number, answer->code);
		text_add_json(&message, answer->message ? answer->message :
		              message_of(happening->cloud, happening->operation, answer->code));
		if (answer->data)
			text_add(&data, answer->data);
		else
			answer_data(happening->cloud, happening->operation, happening_params(happening), &data);
	} else {
		if (answer->message)
			text_add_json(&message, answer->message);
		if (answer->data)
			text_add(&data, answer->data);
	}
	{
		const struct text *const parts[] = { &number, &message, &data };
		size_t i;

		for (i = 0; i < 3; i++)
			if (parts[i]->len) {
				merged_paths[all.merge_count] = paths[i];
				values[all.merge_count++] = text_string(parts[i]);
			}
		all.merge = merged_paths;
	}
	good = merge(&all, happening->payload, happening->payload_len, &base) &&
	       merge(answer, text_string(&base), base.len, out);
	text_free(&number);
	text_free(&message);
	text_free(&data);
	text_free(&base);
	return good;
}

/* Answers that a rule gives in the platform's place, or puts in place of the platform's own. */
#include "action.h"

#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "http_fault.h"
#include "load.h"
#include "message.h"
#include "ota.h"
#include "push.h"
#include "raw.h"
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
static void write_shadow(const struct answer *answer, struct happening *happening, int code, struct text *out)
{
	struct json token = json_get(happening_body(happening), "clientToken");
	size_t len;
	const char *literal = json_span(token, &len);

	text_addf(out, "{\"method\":\"reply\",\"payload\":{\"status\":\"error\",\"content\":{\"errorcode\":\"%d\",\"errormessage\":", code);
	text_add_json(out, answer->message ? answer->message : shadow_message((enum shadow_error)code));
	text_addf(out, "}},\"timestamp\":%lld", (long long)(happening->now_ms / 1000));
	if (json_present(token)) {
		text_add(out, ",\"clientToken\":");
		text_add_bytes(out, literal, len);
	}
	text_add_char(out, '}');
}

static bool is_shadow(const struct happening *happening)
{
	return !strcmp(happening->operation, "shadow.update");
}

static bool is_ota_request(const struct happening *happening)
{
	return !strcmp(happening->operation, "ota.request");
}

/* Answers that are no Alink JSON of the usual form. */
static void send_other(const struct answer *answer, struct happening *happening, const char *topic, int code,
                       const char *payload, size_t len)
{
	push_send(happening->cloud, &(struct push){
		.device = happening->device, .role = ROLE_REPLY,
		.service = is_shadow(happening) ? SERVICE_SHADOW : is_ota_request(happening) ? SERVICE_OTA : SERVICE_DOWNLINK,
		/* Of a message that was held back it is gone when the answer leaves. */
		.operation = effects_copy(happening->out, happening->operation, strlen(happening->operation)),
		.topic = topic, .payload = payload, .payload_len = len,
		.id = is_shadow(happening) ? NULL : happening_id(happening), .code = answer->raw ? 0 : code, .trace = happening->trace,
	}, happening->out);
}

/* Bytes come in, so bytes go out: the script reads and writes them. */
static void send_through_script(const struct answer *answer, struct happening *happening, const char *message,
                                const char *data, int code)
{
	const struct message in = { .topic = happening->topic, .payload = happening->payload, .payload_len = happening->payload_len };
	struct text reply = { 0 }, merged = { 0 };

	text_addf(&reply, "{\"code\":%d,\"data\":%s,\"id\":\"" RAW_ID "\",\"message\":", code, data);
	text_add_json(&reply, message);
	text_add(&reply, ",\"method\":\"" RAW_METHOD "\",\"version\":\"1.0\"}");
	merge(answer, text_string(&reply), reply.len, &merged);
	raw_answer_message(happening->cloud, happening->device, &in, &(struct raw_answer){
		.reply = text_string(&merged), .reply_len = merged.len, .code = code, .trace = happening->trace }, happening->out);
	text_free(&reply);
	text_free(&merged);
}

static bool ends_with(struct span text, const char *end)
{
	size_t len = strlen(end);

	return text.len >= len && !memcmp(text.at + text.len - len, end, len);
}

/* Where the answer to a message goes; false when nothing ever answers it. */
static bool reply_topic(const struct happening *happening, const struct topic *topic, struct text *out)
{
	/* It is an answer itself. */
	if (ends_with(topic->rest, "_reply") || strstr(happening->topic, "/rrpc/"))
		return false;
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

	write_registration(code, answer->message ? answer->message : code_message(code), &body);
	effect = effects_answer(act->happening->out, act->subject->ticket, 200, text_string(&body), body.len);
	effect->operation = "dynamic.register";
	effect->device = act->happening->device ? act->happening->device_id : 0;
	effect->code = code;
	effect->settled = SETTLED_RULES;
	if (answer->raw)
		http_answer_text(effect, answer->raw, answer->raw_len, act->happening->out);
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
	if (!happening->device || !device_route(happening->device) || !topic_parse(&parsed, happening->topic) || !reply_topic(happening, &parsed, &topic))
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
		send_other(answer, happening, text_string(&topic), code, answer->raw, answer->raw_len);
		goto done;
	}
	if (is_shadow(happening)) {
		write_shadow(answer, happening, code, &merged);
		send_other(answer, happening, text_string(&topic), code, text_string(&merged), merged.len);
		goto done;
	}
	call.request = happening_body(happening);
	call.params = json_get(call.request, "params");
	call.id = *happening_id(happening) ? happening_id(happening) : "0";
	if (answer->data)
		text_add(&data, answer->data);
	else
		answer_data(cloud, happening->operation, call.params, &data);
	if (raw_is_message(&parsed) && happening->device->product->data_format == FORMAT_RAW) {
		send_through_script(answer, happening, call.message, text_string(&data), code);
		goto done;
	}
	if (is_ota_request(happening)) {
		struct text written = { 0 };

		ota_request_write(&written, code, answer->message, text_string(&data), call.id, happening->now_ms);
		merge(answer, text_string(&written), written.len, &merged);
		send_other(answer, happening, text_string(&topic), code, text_string(&merged), merged.len);
		text_free(&written);
		goto done;
	}
	if (!reply_wanted(&call))
		goto done;
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
	if (is_shadow(happening) && answer->has_code && answer->code != CODE_SUCCESS) {
		*code = answer->code;
		write_shadow(answer, happening, *code, out);
		return true;
	}
	if (answer->has_code) {
		*code = answer->code;
		/* As it was: some answers have it as text. */
		text_addf(&number, json_is(json_get(happening_body(happening), "code"), JSON_STRING) ? "\"%d\"" : "%d",
		          is_ota_request(happening) && answer->code == CODE_SUCCESS ? CODE_OTA_PUSH : answer->code);
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
	good = merge(&all, happening->alink ? happening->alink : happening->payload,
	             happening->alink ? happening->alink_len : happening->payload_len, &base) &&
	       merge(answer, text_string(&base), base.len, out);
	text_free(&number);
	text_free(&message);
	text_free(&data);
	text_free(&base);
	return good;
}

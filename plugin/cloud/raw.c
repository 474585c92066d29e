#include "raw.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "metrics.h"
#include "push.h"
#include "rrpc.h"
#include "script_queue.h"

#define UP_RAW         "thing/model/up_raw"
#define UP_RAW_REPLY   "thing/model/up_raw_reply"
#define DOWN_RAW       "thing/model/down_raw"
#define DOWN_RAW_REPLY "thing/model/down_raw_reply"

/* The catalogue's words for messages that came as bytes; others have none of their own. */
static const struct { const char *operation, *raw; } operations[] = {
	{ "property.post", "property.post.raw" },
	{ "event.post",    "event.post.raw"    },
	{ "pack.post",     "pack.post.raw"     },
};

const char *raw_operation(const char *operation)
{
	size_t i;

	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (!strcmp(operations[i].operation, operation))
			return operations[i].raw;
	return operation;
}

static void log_message(struct cloud *cloud, const struct script_call *call, const char *content, size_t len, int code,
                        const char *why)
{
	struct record record = record_new(cloud, SERVICE_UPLINK, call->device, call->trace, call->topic, code);

	record.content = content;
	record.content_len = len;
	record.why = why;
	journal_add(cloud->journal, &record);
}

/* --- replies --- */

static enum delivery send_reply(struct cloud *cloud, const struct script_call *call, const char *payload, size_t len,
                                bool bytes, struct effects *out)
{
	struct text topic = { 0 };
	enum delivery delivery;

	text_addf(&topic, "/sys/%s/%s/%s", call->device->product->key, call->device->name, UP_RAW_REPLY);
	delivery = push_send(cloud, &(struct push){
		.device = call->device, .role = ROLE_REPLY, .service = SERVICE_DOWNLINK, .operation = call->operation,
		.topic = text_string(&topic), .payload = payload, .payload_len = len, .bytes = bytes, .id = call->id,
		.alink = bytes ? call->input : NULL, .alink_len = bytes ? call->input_len : 0, .asked = call->asked,
		.asked_len = call->asked_len, .code = call->code,
		.trace = call->trace }, out);
	text_free(&topic);
	return delivery;
}

/* doc: a reply that the script cannot write is only logged. */
static void reply_written(struct cloud *cloud, const struct script_call *call, const struct script_result *result,
                          struct effects *out)
{
	if (result->code == CODE_SUCCESS)
		send_reply(cloud, call, result->output, result->output_len, true, out);
	else if (cloud->settings.options.raw_reply_fallback == RAW_FALLBACK_JSON)
		send_reply(cloud, call, call->input, call->input_len, false, out);
}

/* `method` is the text of a JSON string, or empty. */
static void write_refusal(struct text *out, enum code code, const char *id, const char *method, size_t method_len)
{
	text_addf(out, "{\"code\":%d,\"data\":{},\"id\":", code);
	text_add_json(out, id);
	text_add(out, ",\"message\":");
	text_add_json(out, code_message(code));
	if (method_len) {
		text_add(out, ",\"method\":");
		text_add_bytes(out, method, method_len);
	}
	text_add(out, ",\"version\":\"1.0\"}");
}

/* A message that did not become a request: told through the script, if that can be. */
static void refuse(struct cloud *cloud, const struct script_call *message, enum code code, const char *id,
                   struct json method, struct effects *out)
{
	struct text reply = { 0 };
	size_t method_len;
	const char *literal = json_span(method, &method_len);

	metrics_count(cloud, "property.post.raw", code);
	write_refusal(&reply, code, id, literal, json_is(method, JSON_STRING) ? method_len : 0);
	script_call_next(cloud, &(struct script_call){
		.device = message->device, .function = SCRIPT_DOWNLINK, .input = reply.at, .input_len = reply.len,
		.trace = message->trace, .done = reply_written,
		/* guess: what most messages are. Nobody knows what this one would have been. */
		.operation = "property.post.raw", .id = id, .code = code }, out);
	text_free(&reply);
}

void raw_reply(struct call *call, enum code code, const struct text *reply)
{
	script_call_next(call->cloud, &(struct script_call){
		.device = call->device, .function = SCRIPT_DOWNLINK, .input = reply->at, .input_len = reply->len,
		.trace = call->trace, .done = reply_written, .operation = raw_operation(call->method->operation),
		.id = call->id, .code = code, .asked = call->payload, .asked_len = call->payload_len }, call->out);
}

/* --- answers of others --- */

bool raw_method_topic(const struct device *device, struct json method, struct text *out)
{
	char name[NAME_MAX_BYTES * 2];
	int len = json_string(method, name, sizeof(name)), i;

	if (len < 0)
		return false;
	text_addf(out, "/sys/%s/%s/", device->product->key, device->name);
	for (i = 0; i < len; i++)
		text_add_char(out, name[i] == '.' ? '/' : name[i]);
	return !strchr(name, '/');
}

static void answer_written(struct cloud *cloud, const struct script_call *call, const struct script_result *result,
                           struct effects *out)
{
	size_t before = out->count;

	reply_written(cloud, call, result, out);
	for (; before < out->count; before++)
		out->at[before].settled = SETTLED_RULES;
}

/* The same word, to stay: who asks may be gone when the script has written. */
static const char *operation_stays(const char *operation)
{
	const struct method *rows;
	size_t count, i;

	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (!strcmp(operations[i].raw, operation))
			return operations[i].raw;
	rows = method_rows(&count);
	for (i = 0; i < count; i++)
		if (!strcmp(rows[i].operation, operation))
			return rows[i].operation;
	return operations[0].raw;
}

void raw_answer(struct cloud *cloud, struct device *device, const struct raw_answer *answer, struct effects *out)
{
	struct script_call call = {
		.device = device, .function = SCRIPT_DOWNLINK, .input = answer->reply, .input_len = answer->reply_len,
		.trace = answer->trace, .done = answer_written, .operation = operation_stays(answer->operation), .id = answer->id,
		.code = answer->code,
	};
	size_t before = out->count;

	if (device->product->script) {
		script_call_next(cloud, &call, out);
		return;
	}
	send_reply(cloud, &call, answer->reply, answer->reply_len, false, out);
	for (; before < out->count; before++)
		out->at[before].settled = SETTLED_RULES;
}

/* `word`, a JSON string by itself, becomes `value`, another one. */
static void replace(struct text *text, const char *word, const char *value)
{
	const char *at = strstr(text_string(text), word);
	struct text made = { 0 };

	if (!at)
		return;
	text_add_bytes(&made, text_string(text), (size_t)(at - text_string(text)));
	text_add(&made, value);
	text_add(&made, at + strlen(word));
	text_free(text);
	*text = made;
}

/* What the script finds in the message goes into the answer; where it finds nothing, what stands in a refusal. */
static void message_answered(struct cloud *cloud, const struct script_call *message, const struct script_result *result,
                             struct effects *out)
{
	struct text reply = { 0 }, id_text = { 0 }, method_text = { 0 }, topic_text = { 0 };
	const struct method *method = NULL;
	char id[MESSAGE_ID_MAX] = "0";
	struct json name = { 0 };
	struct topic topic;
	size_t len = 0;
	const char *literal;

	if (result->code == CODE_SUCCESS && !json_parse(&cloud->request, result->output, result->output_len, JSON_STRICT, NULL)) {
		message_id_read(json_root(&cloud->request), id);
		name = json_get(json_root(&cloud->request), "method");
	}
	if (raw_method_topic(message->device, name, &topic_text) && topic_parse(&topic, text_string(&topic_text)))
		method = method_find(&topic);
	literal = json_span(name, &len);
	text_add_json(&id_text, id);
	text_add_bytes(&method_text, literal, len);
	text_add_bytes(&reply, message->reply, message->reply_len);
	replace(&reply, "\"" RAW_ID "\"", text_string(&id_text));
	if (json_is(name, JSON_STRING))
		replace(&reply, "\"" RAW_METHOD "\"", text_string(&method_text));
	else
		replace(&reply, "\"method\":\"" RAW_METHOD "\",", "");
	raw_answer(cloud, message->device, &(struct raw_answer){
		.operation = method ? raw_operation(method->operation) : "property.post.raw", .id = id, .reply = text_string(&reply),
		.reply_len = reply.len, .code = message->code, .trace = message->trace }, out);
	text_free(&reply);
	text_free(&id_text);
	text_free(&method_text);
	text_free(&topic_text);
}

void raw_answer_message(struct cloud *cloud, struct device *device, const struct message *in, const struct raw_answer *answer,
                        struct effects *out)
{
	struct script_call call = {
		.device = device, .function = SCRIPT_UPLINK, .topic = in->topic, .input = in->payload, .input_len = in->payload_len,
		.trace = answer->trace, .done = message_answered, .code = answer->code, .reply = answer->reply,
		.reply_len = answer->reply_len,
	};
	const struct script_result unread = { .code = CODE_SCRIPT_EMPTY };

	if (device->product->script)
		script_call(cloud, &call, out);
	else
		message_answered(cloud, &call, &unread, out);
}

/* --- messages --- */

/* The request that a script made of a message, handled like any other. */
static void run_request(struct cloud *cloud, const struct script_call *message, const struct script_result *result,
                        const char *id, struct effects *out)
{
	struct json request = json_root(&cloud->request), name = json_get(request, "method");
	struct text text = { 0 };
	struct topic topic;
	const struct method *method = NULL;

	if (raw_method_topic(message->device, name, &text) && topic_parse(&topic, text_string(&text)))
		method = method_find(&topic);
	if (!method || !(method->flags & METHOD_DATA)) {
		/* doc: 6831 stands in the log and is not answered. */
		log_message(cloud, message, result->output, result->output_len, CODE_NOT_ALINK,
		            "the script's `method` is none that a device may send as bytes");
	} else if (method->flags & METHOD_GATEWAY && message->device->product->node_type != NODE_GATEWAY) {
		log_message(cloud, message, result->output, result->output_len, CODE_TOPIC_FORBIDDEN,
		            "only devices of a gateway product may use the script's `method`");
	} else {
		struct call call = {
			.cloud = cloud, .device = message->device, .method = method, .topic = &topic, .topic_text = text_string(&text),
			.payload = result->output, .payload_len = result->output_len, .now_ms = cloud_now(cloud),
			.trace = message->trace, .id = id, .request = request, .params = json_get(request, "params"),
			.data = &cloud->data, .why = &cloud->why, .raw = true, .out = out,
		};

		text_clear(call.data);
		text_clear(call.why);
		request_run(&call, CODE_SUCCESS);
	}
	text_free(&text);
}

static void message_read(struct cloud *cloud, const struct script_call *message, const struct script_result *result,
                         struct effects *out)
{
	struct json_error error;
	struct json method;
	char id[MESSAGE_ID_MAX] = "0";
	const char *why = NULL;
	enum code code = (enum code)result->code;

	if (code == CODE_SCRIPT_THROTTLED)
		return;      /* guess: an answer, which needs the script too, would make it worse */
	if (code != CODE_SUCCESS) {
		refuse(cloud, message, code, id, (struct json){ 0 }, out);
		return;
	}
	if (json_parse(&cloud->request, result->output, result->output_len, JSON_STRICT, &error)) {
		log_message(cloud, message, result->output, result->output_len, CODE_NOT_JSON, error.message);
		refuse(cloud, message, CODE_NOT_JSON, id, (struct json){ 0 }, out);
		return;
	}
	message_id_read(json_root(&cloud->request), id);
	method = json_get(json_root(&cloud->request), "method");
	if (!json_present(method)) {
		code = CODE_ALINK_METHOD_MISSING;
		why = "what the script returned has no `method`";
	} else if (!json_string_bytes(method)) {
		/* guess: the difference between the two codes. */
		code = CODE_METHOD_NOT_EXIST;
		why = "the `method` that the script returned is no text, or an empty one";
	}
	if (why) {
		log_message(cloud, message, result->output, result->output_len, code, why);
		refuse(cloud, message, code, id, method, out);
	} else {
		run_request(cloud, message, result, id, out);
	}
}

/* The reply to a request on down_raw. */
static void answer_read(struct cloud *cloud, const struct script_call *message, const struct script_result *result,
                        struct effects *out)
{
	struct message in = { .topic = message->topic, .payload = result->output, .payload_len = result->output_len };

	if (result->code == CODE_SUCCESS)
		downlink_reply(cloud, message->device, NULL, message->topic, &in, message->trace, out);
}

static bool rest_is(const struct topic *topic, const char *rest)
{
	return topic_is(topic, "/sys/") && topic->rest.len == strlen(rest) && !memcmp(topic->rest.at, rest, topic->rest.len);
}

bool raw_is_answer(const struct topic *topic)
{
	return rest_is(topic, DOWN_RAW_REPLY);
}

bool raw_is_message(const struct topic *topic)
{
	return rest_is(topic, UP_RAW) || raw_is_answer(topic);
}

void raw_message(struct cloud *cloud, struct device *device, const struct topic *topic, const char *topic_text,
                 const struct message *in, uint64_t trace, struct effects *out)
{
	bool is_answer = raw_is_answer(topic);
	struct script_call call = {
		.device = device, .function = SCRIPT_UPLINK, .topic = topic_text, .input = in->payload, .input_len = in->payload_len,
		.trace = trace, .done = is_answer ? answer_read : message_read,
	};
	struct text reply = { 0 };

	if (device->product->data_format == FORMAT_RAW) {
		script_call(cloud, &call, out);
		return;
	}
	/* doc: the failing sample of up_raw_reply. guess: it is for bytes from a product whose devices send JSON. */
	metrics_count(cloud, "property.post.raw", CODE_TOPIC_ILLEGAL);
	log_message(cloud, &call, in->payload, in->payload_len, CODE_TOPIC_ILLEGAL,
	            "the product has data format alink: its devices send JSON, each method on its own topic");
	if (is_answer)
		return;
	call.operation = "property.post.raw";
	call.code = CODE_TOPIC_ILLEGAL;
	write_refusal(&reply, CODE_TOPIC_ILLEGAL, "0", NULL, 0);
	send_reply(cloud, &call, text_string(&reply), reply.len, false, out);
	text_free(&reply);
}

/* --- requests --- */

bool raw_takes(const struct device *device, const char *path)
{
	return device->product->data_format == FORMAT_RAW && !strncmp(path, "thing/service/", strlen("thing/service/"));
}

/* The request that a call was made for, if somebody still waits for it. */
static struct downlink *request_of(struct cloud *cloud, const struct script_call *call)
{
	struct downlink *downlink = downlink_find(cloud, call->downlink);

	return downlink && downlink->device == call->device && !downlink->given_up ? downlink : NULL;
}

static void request_written(struct cloud *cloud, const struct script_call *call, const struct script_result *result,
                            struct effects *out)
{
	struct downlink *downlink = request_of(cloud, call);
	struct text topic = { 0 };

	if (!downlink)
		return;
	if (result->code != CODE_SUCCESS) {
		downlink_fail(cloud, downlink, (enum code)result->code, result->why, out);
		return;
	}
	if (downlink->way == WAY_RRPC)
		rrpc_topic(downlink, DOWN_RAW, &topic);
	else
		text_addf(&topic, "/sys/%s/%s/%s", call->device->product->key, call->device->name, DOWN_RAW);
	downlink_push(cloud, downlink, &(struct push){
		.topic = text_string(&topic), .payload = result->output, .payload_len = result->output_len, .bytes = true,
		.alink = call->input, .alink_len = call->input_len }, out);
	text_free(&topic);
}

enum code raw_request(struct cloud *cloud, struct downlink *downlink, const char *request, size_t len,
                      struct effects *out, struct text *why)
{
	struct script_call call = {
		.device = downlink->device, .function = SCRIPT_DOWNLINK, .input = request, .input_len = len,
		.trace = downlink->trace, .done = request_written, .downlink = downlink->id,
	};
	enum code code;

	if (!call.device->product->script) {
		text_addf(why, "product %s has no script, or an empty one", call.device->product->key);
		script_log_missing(cloud, &call);
		free(downlink);
		return CODE_SCRIPT_NOT_FOUND;
	}
	code = downlink_wait(cloud, downlink, why);
	if (code == CODE_SUCCESS)
		script_call(cloud, &call, out);
	return code;
}

static void push_written(struct cloud *cloud, const struct script_call *call, const struct script_result *result,
                         struct effects *out)
{
	struct text topic = { 0 };

	if (result->code != CODE_SUCCESS)
		return;      /* the log says so */
	text_addf(&topic, "/sys/%s/%s/" DOWN_RAW, call->device->product->key, call->device->name);
	push_send(cloud, &(struct push){
		.device = call->device, .role = ROLE_DOWN, .service = SERVICE_DOWNLINK, .topic = text_string(&topic),
		.payload = result->output, .payload_len = result->output_len, .bytes = true, .alink = call->input,
		.alink_len = call->input_len, .id = call->id, .trace = call->trace }, out);
	text_free(&topic);
}

static void settled_push_written(struct cloud *cloud, const struct script_call *call, const struct script_result *result,
                                 struct effects *out)
{
	size_t before = out->count;

	push_written(cloud, call, result, out);
	for (; before < out->count; before++)
		out->at[before].settled = SETTLED_RULES;
}

void raw_push(struct cloud *cloud, struct device *device, const char *request, size_t len, const char *id, uint64_t trace,
              bool settled, struct effects *out)
{
	script_call(cloud, &(struct script_call){
		.device = device, .function = SCRIPT_DOWNLINK, .input = request, .input_len = len, .id = id, .trace = trace,
		.done = settled ? settled_push_written : push_written }, out);
}

static void response_read(struct cloud *cloud, const struct script_call *call, const struct script_result *result,
                          struct effects *out)
{
	struct message in = { .topic = call->topic, .payload = result->output, .payload_len = result->output_len };
	struct downlink *downlink = request_of(cloud, call);
	struct json_error error;

	if (!downlink)
		return;
	if (result->code != CODE_SUCCESS)
		downlink_fail(cloud, downlink, (enum code)result->code, result->why, out);
	else if (json_parse(&cloud->request, in.payload, in.payload_len, JSON_STRICT, &error))
		downlink_fail(cloud, downlink, CODE_NOT_JSON, error.message, out);
	else
		downlink_answered(cloud, downlink, call->topic, &in, json_root(&cloud->request), out);
}

void raw_response(struct cloud *cloud, struct downlink *downlink, const char *topic_text, const struct message *in,
                  struct effects *out)
{
	script_call(cloud, &(struct script_call){
		.device = downlink->device, .function = SCRIPT_UPLINK, .topic = topic_text, .input = in->payload,
		.input_len = in->payload_len, .trace = downlink->trace, .done = response_read, .downlink = downlink->id }, out);
}

/* --- custom topics --- */

static void custom_read(struct cloud *cloud, const struct script_call *call, const struct script_result *result,
                        struct effects *out)
{
	(void)out;
	/* doc: who listens to the topic gets the JSON; the device hears nothing. */
	if (result->code == CODE_SUCCESS)
		log_message(cloud, call, result->output, result->output_len, CODE_SUCCESS, NULL);
	else
		log_message(cloud, call, call->input, call->input_len, result->code, result->why);
}

void raw_custom(struct cloud *cloud, struct device *device, const char *topic_text, const struct message *in,
                uint64_t trace, struct effects *out)
{
	script_call(cloud, &(struct script_call){
		.device = device, .function = SCRIPT_CUSTOM, .topic = topic_text, .input = in->payload, .input_len = in->payload_len,
		.trace = trace, .done = custom_read }, out);
}

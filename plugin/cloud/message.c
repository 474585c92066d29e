/*
 * A PUBLISH from a device: rights, the Alink envelope, the method, its reply.
 *
 * things-and-data reference, sections 0 and 10.3 (precedence); connect reference, sections 7 and 8.
 */
#include <stdio.h>
#include <string.h>

#include "custom_topic.h"
#include "downlink.h"
#include "ext_error.h"
#include "lifecycle.h"
#include "message.h"
#include "metrics.h"
#include "method.h"
#include "raw.h"
#include "rrpc.h"
#include "scenario.h"
#include "state.h"
#include "subscription.h"
#include "topic.h"

#define TOPIC_MAX 512           /* bytes of a topic we look at; MQTT allows more, the platform has nothing longer */

/* What a PUBLISH becomes known as while it is handled. */
struct arrival {
	struct cloud      *cloud;
	struct connection *connection;
	struct device     *device;        /* that the topic names, when it may be used */
	struct device     *absent;        /* a sub-device that it names, without a session, when scenarios are to see it first */
	struct topic       topic;
	char               text[TOPIC_MAX];
	uint64_t           trace;
	struct effects    *out;
};

static void log_arrival(struct arrival *arrival, const struct message *in, enum service service, const char *id,
                        int code, const char *why)
{
	struct record record = record_new(arrival->cloud, service,
	                                  arrival->device ? arrival->device : arrival->connection->device,
	                                  arrival->trace, arrival->text, code);

	record.message_id = id;
	record.content = in->payload;
	record.content_len = in->payload_len;
	record.why = why;
	journal_add(arrival->cloud->journal, &record);
}

/* The id in bytes that are not JSON. An empty one counts as none, as it does in a sound message. */
static void salvage_id(const char *payload, size_t len, char id[MESSAGE_ID_MAX])
{
	if (!json_salvage_id(payload, len, id, MESSAGE_ID_MAX) || !*id)
		strcpy(id, "0");
}

/* The gateway sent for a sub-device that it may not speak for now. */
static void no_session(struct arrival *arrival, const struct message *in, const char *product_key, const char *device_name)
{
	char id[MESSAGE_ID_MAX];
	enum delivery delivery;

	/* guess: the answer to a request that ended the session is not held against the gateway. */
	if (topic_reply_flags(&arrival->topic) & TOPIC_LAST) {
		log_arrival(arrival, in, SERVICE_UPLINK, NULL, CODE_SUCCESS, "it answers the request that ended the sub-device's session");
		return;
	}
	if (!json_parse(&arrival->cloud->request, in->payload ? in->payload : "", in->payload_len, JSON_LENIENT, NULL))
		message_id_read(json_root(&arrival->cloud->request), id);
	else
		salvage_id(in->payload ? in->payload : "", in->payload_len, id);
	delivery = ext_error_no_session(arrival->cloud, arrival->connection->device, product_key, device_name, id, arrival->out);
	log_arrival(arrival, in, SERVICE_UPLINK, id, CODE_NO_SESSION,
	            delivery == DELIVERED ? "the sub-device has no session over this gateway: log it in with combine/login" :
	            delivery_why(delivery));
}

static bool same_name(struct span span, const char *name)
{
	return span.len == strlen(name) && !memcmp(span.at, name, span.len);
}

/*
 * The device that the topic names, if this connection may send for it; else NULL, with everything said
 * that is to be said.
 */
static struct device *arrival_device(struct arrival *arrival, const struct message *in, bool settled)
{
	struct device *own = arrival->connection->device;
	struct product *product = NULL;
	struct device *device;
	char name[NAME_MAX_BYTES + 1];

	if (!own) {
		if (!arrival->connection->ended)
			log_arrival(arrival, in, SERVICE_UPLINK, NULL, CODE_TOPIC_FORBIDDEN,
			            "this connection is for a registration: nothing can be published");
		return NULL;
	}
	if (!topic_parse(&arrival->topic, arrival->text)) {
		log_arrival(arrival, in, SERVICE_UPLINK, NULL, CODE_TOPIC_SYNTAX, "the topic carries no productKey and deviceName");
		return NULL;
	}
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a topic that was parsed has a family */
	if (arrival->topic.family->scope == SCOPE_CONNECTION)
		return own;
	if (arrival->topic.family->scope == SCOPE_DEVICE && same_name(arrival->topic.product_key, own->product->key) &&
	    same_name(arrival->topic.device_name, own->name))
		return own;
	if (arrival->topic.family->scope == SCOPE_DEVICE)
		product = product_find(arrival->cloud, arrival->topic.product_key.at, arrival->topic.product_key.len);
	device = device_find(arrival->cloud, product, arrival->topic.device_name.at, arrival->topic.device_name.len);
	if (device && device->session == arrival->connection)
		return device;
	snprintf(name, sizeof(name), "%.*s", (int)arrival->topic.device_name.len, arrival->topic.device_name.at);
	if (own->product->node_type == NODE_GATEWAY && product && product->node_type == NODE_SUB_DEVICE &&
	    (device || device_was_deleted(arrival->cloud, product, name))) {
		if (device && !settled && scenario_watches(arrival->cloud, EVENT_PUBLISH_UP))
			arrival->absent = device;
		else
			no_session(arrival, in, product->key, name);
	} else {
		log_arrival(arrival, in, SERVICE_UPLINK, NULL, CODE_TOPIC_FORBIDDEN,
		            "the topic does not carry this device's productKey and deviceName");
	}
	return NULL;
}

void message_id_read(struct json request, char id[MESSAGE_ID_MAX])
{
	struct json value = json_get(request, "id");
	size_t len;
	const char *literal = json_span(value, &len);

	if (json_is(value, JSON_NUMBER) && len < MESSAGE_ID_MAX) {
		memcpy(id, literal, len);
		id[len] = '\0';
	} else if (json_string(value, id, MESSAGE_ID_MAX) <= 0) {
		strcpy(id, "0");
	}
}

/* The reply as the log shows it: the secrets in it are for the device alone. */
static void add_without_secrets(struct text *out, const char *reply)
{
	static const char member[] = "\"deviceSecret\":\"";
	const char *at;

	while ((at = strstr(reply, member))) {
		at += strlen(member);
		text_add_bytes(out, reply, (size_t)(at - reply));
		text_add(out, "***");
		reply = at + strcspn(at, "\"");
	}
	text_add(out, reply);
}

void reply_send_on(struct call *call, enum code code, const char *topic)
{
	struct cloud *cloud = call->cloud;
	struct text *reply = &cloud->reply;
	struct effect *effect = NULL;
	struct json method = json_get(call->request, "method");
	struct text shown = { 0 };
	enum delivery delivery;
	struct record record;
	size_t i;

	text_clear(reply);
	text_add(reply, "{\"code\":");
	text_add_int(reply, code);
	text_add(reply, ",\"data\":");
	if (call->data->len)
		text_add_bytes(reply, call->data->at, call->data->len);
	else
		text_add(reply, "{}");
	text_add(reply, ",\"id\":");
	text_add_json(reply, call->id);
	text_add(reply, ",\"message\":");
	text_add_json(reply, call->message ? call->message : code_message(code));
	text_add(reply, ",\"method\":");
	if (json_string_bytes(method)) {
		const char *literal = json_span(method, &i);

		text_add_bytes(reply, literal, i);
	} else {
		/* The topic's path with dots: what the documents call the method. */
		char name[TOPIC_MAX];

		for (i = 0; i < call->topic->rest.len && i < sizeof(name) - 1; i++)
			name[i] = call->topic->rest.at[i] == '/' ? '.' : call->topic->rest.at[i];
		name[i] = '\0';
		text_add_json(reply, name);
	}
	text_add(reply, ",\"version\":\"1.0\"}");
	if (call->raw) {
		raw_reply(call, code, reply);
		return;
	}
	delivery = deliver(cloud, call->device, ROLE_REPLY, topic, text_string(reply), reply->len,
	                   call->out, &effect);
	if (delivery == DELIVERED) {
		effect->operation = call->method->operation;
		effect->code = code;
		effect->trace = call->trace;
	}
	record = record_new(cloud, SERVICE_DOWNLINK, call->device, call->trace, topic, code);
	record.message_id = call->id;
	if (call->method->flags & METHOD_SECRETS)
		add_without_secrets(&shown, text_string(reply));
	record.content = call->method->flags & METHOD_SECRETS ? text_string(&shown) : reply->at;
	record.content_len = call->method->flags & METHOD_SECRETS ? shown.len : reply->len;
	record.why = delivery_why(delivery);
	journal_add(cloud->journal, &record);
	text_free(&shown);
}

void reply_send(struct call *call, enum code code)
{
	struct text *topic = &call->cloud->topic;

	text_clear(topic);
	text_add(topic, call->topic_text);
	text_add(topic, "_reply");
	reply_send_on(call, code, text_string(topic));
}

bool reply_wanted(const struct call *call)
{
	struct json ack = json_get(json_get(call->request, "sys"), "ack");
	int64_t number;

	if (call->silent || (!json_present(call->request) && call->cloud->settings.options.malformed_reply == MALFORMED_SILENT))
		return false;
	return !(call->method->flags & METHOD_MODEL && json_int64(ack, &number) && number == 0);
}

/* Reads the envelope. CODE_SUCCESS, or what is wrong with it. */
static enum code read_envelope(struct call *call, char id[MESSAGE_ID_MAX])
{
	struct cloud *cloud = call->cloud;
	enum code malformed = call->method->flags & METHOD_MODEL ? CODE_NOT_JSON : CODE_BAD_PARAMS;
	struct json_error error;

	if (!call->payload_len) {
		text_add(call->why, "the payload is empty");
		return CODE_BAD_PARAMS;
	}
	/* sdk: shipping firmware sends stray commas, so those are forgiven. */
	if (json_parse(&cloud->request, call->payload, call->payload_len, JSON_LENIENT, &error)) {
		unsigned line, column;

		json_position(&cloud->request, error.at, &line, &column);
		text_addf(call->why, "the payload is not JSON: %s at byte %zu", error.message, error.at + 1);
		salvage_id(call->payload, call->payload_len, id);
		return malformed;
	}
	call->request = json_root(&cloud->request);
	if (!json_is(call->request, JSON_OBJECT)) {
		text_addf(call->why, "the payload is JSON, but %s instead of an object", json_type_name(json_type(call->request)));
		call->request = (struct json){ 0 };
		return malformed;
	}
	message_id_read(call->request, id);
	call->params = json_get(call->request, "params");
	/* sdk: all of Link SDK 4.x sends none, so by default nobody needs one. */
	if (cloud->settings.options.strict_method && !json_string_bytes(json_get(call->request, "method"))) {
		text_add(call->why, "there is no `method`, which option strictMethod asks for");
		return CODE_METHOD_NOT_EXIST;
	}
	return CODE_SUCCESS;
}

static void log_request(const struct call *call, int code)
{
	struct record record = record_new(call->cloud, call->method->service, call->device, call->trace, call->topic_text, code);

	record.message_id = call->id;
	record.content = call->payload;
	record.content_len = call->payload_len;
	record.why = text_string(call->why);
	journal_add(call->cloud->journal, &record);
}

void request_run(struct call *call, enum code code)
{
	const struct method *method = call->method;

	if (code == CODE_SUCCESS || method->flags & METHOD_OWN_ANSWER)
		code = method->run(call);
	metrics_count(call->cloud, call->raw ? raw_operation(method->operation) : method->operation, code);
	log_request(call, call->log_code ? call->log_code : (int)code);
	if (!(method->flags & (METHOD_PLAIN | METHOD_BINARY | METHOD_OWN_ANSWER)) && reply_wanted(call))
		reply_send(call, code);
}

static enum message_fate handle(struct arrival *arrival, const struct message *in, const struct method *method)
{
	struct cloud *cloud = arrival->cloud;
	char id[MESSAGE_ID_MAX] = "0";
	struct call call = {
		.cloud = cloud, .connection = arrival->connection, .device = arrival->device, .method = method,
		.topic = &arrival->topic, .topic_text = arrival->text, .payload = in->payload ? in->payload : "",
		.payload_len = in->payload_len, .qos = in->qos, .now_ms = cloud_now(cloud), .trace = arrival->trace,
		.id = id, .data = &cloud->data, .why = &cloud->why, .out = arrival->out,
	};
	enum code code = CODE_SUCCESS;

	if (method->flags & METHOD_GATEWAY && arrival->device->product->node_type != NODE_GATEWAY) {
		log_arrival(arrival, in, method->service, NULL, CODE_TOPIC_FORBIDDEN, "only devices of a gateway product may use this topic");
		return MESSAGE_REFUSED;
	}
	text_clear(call.data);
	text_clear(call.why);
	/* What it was parsed from is the message before, which is gone. */
	json_doc_clear(&cloud->request);
	if (!(method->flags & (METHOD_PLAIN | METHOD_BINARY)))
		code = read_envelope(&call, id);
	if (method->flags & METHOD_ANY_PAYLOAD) {
		text_clear(call.why);
		code = CODE_SUCCESS;
	}
	if (method->flags & METHOD_DATA && arrival->device->product->data_format == FORMAT_RAW) {
		/* doc: reply sample of this code. guess: it is for messages on the other data format's topic, whatever they hold. */
		code = CODE_TOPIC_ILLEGAL;
		call.message = "The format of result is error!";
		text_clear(call.why);
		text_addf(call.why, "product %s has data format raw: its devices send bytes to thing/model/up_raw",
		          arrival->device->product->key);
	}
	request_run(&call, code);
	return MESSAGE_TAKEN;
}

/* With option platformRules off: whether it is an Alink message of a known device, or the broker's affair. */
static bool is_ours(const struct arrival *arrival, const struct message *in)
{
	const struct device *own = arrival->connection->device;
	struct topic topic;

	return own && topic_parse(&topic, in->topic) && topic.family->scope == SCOPE_DEVICE &&
	       (method_find(&topic) || downlink_is_reply(&topic) || raw_is_message(&topic));
}

/* doc: beyond its rates a message is dropped, with no answer of any kind but a warning in the log. */
static bool throttled(struct arrival *arrival, const struct message *in)
{
	const struct settings *settings = &arrival->cloud->settings;
	int64_t now_ms = cloud_now(arrival->cloud), limit = in->qos ? settings->limits.uplink_qos1_per_device_per_second :
		settings->limits.uplink_qos0_per_device_per_second;
	int64_t bytes = (int64_t)(in->payload_len + strlen(in->topic));
	char why[120];

	if (!bucket_take(&arrival->device->uplink[in->qos > 0], limit, 1000, 1, now_ms)) {
		snprintf(why, sizeof(why), "more than %lld messages per second with QoS %d (limit uplinkQos%dPerDevicePerSecond)",
		         (long long)limit, in->qos > 0, in->qos > 0);
		log_arrival(arrival, in, SERVICE_UPLINK, NULL, CODE_DEVICE_THROTTLED, why);
		return true;
	}
	limit = settings->limits.bytes_per_connection_per_second;
	if (!bucket_take(&arrival->connection->bytes, limit, 1000, bytes, now_ms)) {
		snprintf(why, sizeof(why), "more than %lld bytes per second (limit bytesPerConnectionPerSecond)", (long long)limit);
		log_arrival(arrival, in, SERVICE_UPLINK, NULL, CODE_TOPIC_THROTTLED, why);
		return true;
	}
	return false;
}

/* The platform passes it on to whoever listens to the topic, and answers nothing. */
static enum message_fate take_custom(struct arrival *arrival, const struct message *in)
{
	struct cloud *cloud = arrival->cloud;
	enum code code;

	text_clear(&cloud->why);
	code = custom_topic_publish(cloud, arrival->device, arrival->text, &arrival->topic, &cloud->why);
	if (code == CODE_SUCCESS && custom_topic_is_parsed(in->topic))
		raw_custom(cloud, arrival->device, arrival->text, in, arrival->trace, arrival->out);
	else
		log_arrival(arrival, in, SERVICE_UPLINK, NULL, code, text_string(&cloud->why));
	return code == CODE_SUCCESS ? MESSAGE_TAKEN : MESSAGE_REFUSED;
}

/* A topic that no method answers. */
static enum message_fate take_other(struct arrival *arrival, const struct message *in)
{
	unsigned flags;

	if (topic_is(&arrival->topic, "/"))
		return take_custom(arrival, in);
	flags = method_reply(&arrival->topic) ? TOPIC_DOWN : topic_flags(&arrival->topic);
	/* doc: documents of 2018 let devices publish to all of their own /sys, so an odd direction is not refused there. */
	if (flags & TOPIC_DOWN && topic_is(&arrival->topic, "/sys/")) {
		log_arrival(arrival, in, SERVICE_UPLINK, NULL, CODE_UNKNOWN_RESPONSE,
		            "only the platform sends on this topic: nothing is done with the message");
		return MESSAGE_TAKEN;
	}
	if (flags & TOPIC_DOWN || arrival->topic.family->scope == SCOPE_PRODUCT) {
		log_arrival(arrival, in, SERVICE_UPLINK, NULL, CODE_TOPIC_FORBIDDEN, "only the platform sends on this topic");
		return MESSAGE_REFUSED;
	}
	/* doc: 6831 topic or method is not Alink; nothing is answered. */
	log_arrival(arrival, in, SERVICE_UPLINK, NULL, CODE_NOT_ALINK, "no such topic is emulated for devices to publish to");
	return MESSAGE_TAKEN;
}

enum message_fate message_take(struct cloud *cloud, uint64_t number, const struct message *in, bool settled, uint64_t trace,
                               struct effects *out)
{
	struct arrival arrival = { .cloud = cloud, .connection = connection_find(cloud, number), .out = out };
	size_t len = strcspn(in->topic, "?");   /* sdk: Link SDK 4.x may append ?_rid=…; ?_sn=default asks for a script */
	const struct method *method;

	if (!arrival.connection)
		return MESSAGE_REFUSED;
	if (!cloud->settings.options.platform_rules && !is_ours(&arrival, in))
		return MESSAGE_ROUTED;
	cloud->counters.messages_up += !settled;
	arrival.trace = trace ? trace : trace_new(cloud);
	memcpy(arrival.text, in->topic, len < sizeof(arrival.text) ? len : sizeof(arrival.text) - 1);
	if (len >= sizeof(arrival.text)) {
		log_arrival(&arrival, in, SERVICE_UPLINK, NULL, CODE_TOPIC_SYNTAX, "the topic is longer than any topic of the platform");
		return MESSAGE_REFUSED;
	}
	arrival.device = arrival_device(&arrival, in, settled);
	if (arrival.absent)
		return scenario_up(cloud, arrival.connection, arrival.absent, &arrival.topic, arrival.text, in, arrival.trace, out);
	if (!arrival.device)
		return MESSAGE_REFUSED;
	if (!settled && scenario_watches(cloud, EVENT_PUBLISH_UP))
		return scenario_up(cloud, arrival.connection, arrival.device, &arrival.topic, arrival.text, in, arrival.trace, out);
	if (throttled(&arrival, in))
		return MESSAGE_TAKEN;
	/* doc: larger payloads are rejected without an answer. */
	if (cloud->settings.limits.payload_bytes && in->payload_len > (size_t)cloud->settings.limits.payload_bytes) {
		char why[96];

		snprintf(why, sizeof(why), "the payload has %zu bytes, more than %lld (limit payloadBytes)", in->payload_len,
		         (long long)cloud->settings.limits.payload_bytes);
		log_arrival(&arrival, in, SERVICE_UPLINK, NULL, CODE_BAD_PARAMS, why);
		return MESSAGE_TAKEN;
	}
	method = method_find(&arrival.topic);
	if (method)
		return handle(&arrival, in, method);
	if (downlink_is_reply(&arrival.topic)) {
		downlink_reply(cloud, arrival.device, &arrival.topic, arrival.text, in, arrival.trace, out);
		return MESSAGE_TAKEN;
	}
	if (rrpc_is_reply(&arrival.topic)) {
		rrpc_reply(cloud, arrival.device, &arrival.topic, arrival.text, in, arrival.trace, out);
		return MESSAGE_TAKEN;
	}
	if (raw_is_message(&arrival.topic)) {
		raw_message(cloud, arrival.device, &arrival.topic, arrival.text, in, arrival.trace, out);
		return MESSAGE_TAKEN;
	}
	return take_other(&arrival, in);
}

enum message_fate cloud_message(struct cloud *cloud, uint64_t number, const struct message *in, struct effects *out)
{
	size_t before = out->count;
	enum message_fate fate = message_take(cloud, number, in, false, 0, out);

	scenario_settle(cloud, in, before, out);
	return fate;
}

/*
 * /ext/ntp: the cloud's time. doc: "NTP service"; things-and-data reference, section 9.1.
 */
#include "method.h"
#include "push.h"
#include "state.h"

/* option ntpTypes. doc: older texts show strings, newer ones let the answer have the type that the device sent. */
static void add_time(struct text *out, const char *name, int64_t time_ms, bool as_string)
{
	text_add_key(out, name);
	text_addf(out, as_string ? "\"%lld\"" : "%lld", (long long)time_ms);
}

enum code ntp_request(struct call *call)
{
	struct cloud *cloud = call->cloud;
	struct json sent;
	size_t len;
	const char *literal;
	bool as_string;

	if (json_parse(&cloud->request, call->payload, call->payload_len, JSON_LENIENT, NULL)) {
		text_add(call->why, "the payload is not JSON: no answer");
		return CODE_BAD_PARAMS;
	}
	sent = json_get(json_root(&cloud->request), "deviceSendTime");
	if (!json_is(sent, JSON_STRING) && !json_is(sent, JSON_NUMBER)) {
		text_add(call->why, "`deviceSendTime` is missing: no answer");
		return CODE_BAD_PARAMS;
	}
	as_string = json_is(sent, JSON_STRING) || cloud->settings.options.ntp_types;
	literal = json_span(sent, &len);
	text_clear(&cloud->reply);
	text_add(&cloud->reply, "{\"deviceSendTime\":");
	/* sdk: v3 finds its own time by text, so the literal goes back as it came. */
	text_add(&cloud->reply, as_string && !json_is(sent, JSON_STRING) ? "\"" : "");
	text_add_bytes(&cloud->reply, literal, len);
	text_add(&cloud->reply, as_string && !json_is(sent, JSON_STRING) ? "\"" : "");
	add_time(&cloud->reply, "serverRecvTime", call->now_ms + cloud->clock.ntp_skew_ms, as_string);
	add_time(&cloud->reply, "serverSendTime", cloud_now(cloud) + cloud->clock.ntp_skew_ms, as_string);
	text_add_char(&cloud->reply, '}');
	text_clear(&cloud->topic);
	text_addf(&cloud->topic, "/ext/ntp/%s/%s/response", call->device->product->key, call->device->name);
	push_send(cloud, &(struct push){
		.device = call->device, .role = ROLE_REPLY, .service = SERVICE_DOWNLINK, .operation = call->method->operation,
		.topic = text_string(&cloud->topic), .payload = text_string(&cloud->reply), .payload_len = cloud->reply.len,
		.trace = call->trace,
	}, call->out);
	return CODE_SUCCESS;
}

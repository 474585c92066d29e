/* What a gateway has to send to bind a sub-device or to log it in, ready to be published by hand. */
#include <stdio.h>
#include <string.h>

#include "api_call.h"
#include "sub_device.h"

static const struct mode {
	const char *name;
	const char *prefix, *rest;     /* of the topic, around the gateway's identity */
	const char *sign_method;       /* sdk: the two requests spell it differently */
} modes[] = {
	{ "login",    "/ext/session", "combine/login",  "signMethod" },
	{ "topo-add", "/sys",         "thing/topo/add", "signmethod" },
};

/* The entry itself, as both requests have it. */
static void write_entry(struct text *out, const struct sub_claim *claim, const struct mode *mode)
{
	text_add_char(out, '{');
	text_add_member(out, "productKey", claim->name.product_key);
	text_add_member(out, "deviceName", claim->name.device_name);
	text_add_member(out, "clientId", claim->client_id);
	text_add_member(out, "timestamp", claim->timestamp);
	text_add_member(out, mode->sign_method, claim->sign_method);
	text_add_member(out, "sign", claim->sign);
	if (mode == &modes[0])
		text_add_member(out, "cleanSession", "true");
	text_add_char(out, '}');
}

static void write_answer(struct api_call *call, const struct device *gateway, const struct sub_claim *claim,
                         const struct mode *mode, const char *content)
{
	struct text payload = { 0 }, topic = { 0 };
	bool list = mode != &modes[0];

	text_addf(&payload, "{\"id\":\"1\",\"version\":\"1.0\",\"params\":%s", list ? "[" : "");
	write_entry(&payload, claim, mode);
	text_add(&payload, list ? "]}" : "}");
	text_add_char(call->answer, '{');
	text_add_key(call->answer, "params");
	write_entry(call->answer, claim, mode);
	text_add_member(call->answer, "content", content);
	/* Only a gateway has such a topic: none is known until the sub-device is bound. */
	text_add_key(call->answer, "topic");
	if (gateway) {
		text_addf(&topic, "%s/%s/%s/%s", mode->prefix, gateway->product->key, gateway->name, mode->rest);
		text_add_json(call->answer, text_string(&topic));
	} else {
		text_add(call->answer, "null");
	}
	text_add_member(call->answer, "payload", text_string(&payload));
	text_add_char(call->answer, '}');
	text_free(&payload);
	text_free(&topic);
}

int api_sub_credentials(struct api_call *call, const struct device *device, const char *mode_name)
{
	struct sub_claim claim = { .has_client_id = true };
	enum sign_method method = SIGN_SHA256;
	const struct mode *mode = NULL;
	struct signature signature;
	struct text content = { 0 };
	size_t i;
	int failed;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i].name, mode_name))
			mode = &modes[i];
	if (!mode)
		return api_refuse(call, 400, "BadRequest", "there is no mode `%s`", mode_name);
	if (device->product->node_type != NODE_SUB_DEVICE)
		return api_refuse(call, 409, "NotSubDevice", "%s/%s is no sub-device", device->product->key, device->name);
	if (api_query(call, "signMethod", claim.sign_method, sizeof(claim.sign_method)) &&
	    !sign_method_parse(claim.sign_method, &method))
		return api_refuse(call, 400, "BadRequest", "`signMethod` must be hmacmd5, hmacsha1 or hmacsha256");
	snprintf(claim.sign_method, sizeof(claim.sign_method), "%s", sign_method_name(method));
	snprintf(claim.name.product_key, sizeof(claim.name.product_key), "%s", device->product->key);
	snprintf(claim.name.device_name, sizeof(claim.name.device_name), "%s", device->name);
	if (!api_query(call, "clientId", claim.client_id, sizeof(claim.client_id)))
		snprintf(claim.client_id, sizeof(claim.client_id), "%s&%s", device->product->key, device->name);
	if (!api_query(call, "timestamp", claim.timestamp, sizeof(claim.timestamp)))
		snprintf(claim.timestamp, sizeof(claim.timestamp), "%lld", (long long)cloud_now(call->cloud));
	signature = sub_claim_signature(&claim, device);
	sign_content(signature.fields, SIGN_FIELDS_MAX, &content);
	failed = sign_hex(method, device->secret, text_string(&content), content.len, claim.sign);
	if (!failed)
		write_answer(call, device_get(call->cloud, device->gateway), &claim, mode, text_string(&content));
	text_free(&content);
	return failed ? api_refuse(call, 500, "SignFailed", "the signature could not be computed") : 200;
}

/* Messages that a caller sends to devices outside the thing model. */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "api_call.h"
#include "broadcast.h"
#include "downlink.h"
#include "push.h"
#include "store_upload.h"
#include "tunnel.h"

/*
 * The body's `payload` as text, or `payloadBase64` as bytes. NULL after refusing; free() it.
 */
static char *read_payload(struct api_call *call, size_t *len)
{
	struct json text = json_get(call->body, "payload"), base64 = json_get(call->body, "payloadBase64");
	char *bytes, *encoded;
	int decoded;

	if (json_present(text) == json_present(base64)) {
		api_refuse(call, 400, "BadRequest", "give either `payload` (text) or `payloadBase64`");
		return NULL;
	}
	if (json_present(text)) {
		bytes = json_strdup(text);
		*len = bytes ? strlen(bytes) : 0;
		if (!bytes)
			api_refuse(call, 400, "BadRequest", "`payload` holds a zero byte: use `payloadBase64`");
		return bytes;
	}
	encoded = json_strdup(base64);
	bytes = encoded ? malloc(strlen(encoded) + 1) : NULL;
	decoded = bytes ? EVP_DecodeBlock((unsigned char *)bytes, (const unsigned char *)encoded, (int)strlen(encoded)) : -1;
	if (decoded < 0) {
		api_refuse(call, 400, "BadRequest", "`payloadBase64` is not base64");
		free(bytes);
		free(encoded);
		return NULL;
	}
	*len = (size_t)decoded;
	/* The block is decoded with its padding. */
	while (*len && strlen(encoded) >= 2 && encoded[strlen(encoded) - 1] == '=') {
		encoded[strlen(encoded) - 1] = '\0';
		(*len)--;
	}
	free(encoded);
	return bytes;
}

int api_message_publish(struct api_call *call)
{
	struct device *device = api_device(call);
	struct topic topic;
	struct text why = { 0 };
	enum delivery delivery;
	enum code code;
	char name[256], *payload;
	size_t len;
	int status = 200;

	if (!device)
		return 404;
	if (json_string(json_get(call->body, "topic"), name, sizeof(name)) < 1 || !topic_parse(&topic, name) || strpbrk(name, "+#"))
		return api_refuse(call, 400, "BadRequest", "`topic` is no topic");
	payload = read_payload(call, &len);
	if (!payload)
		return 400;
	code = device_reachable(call->cloud, device, &why);
	/* What is kept for an absent device is sent all the same. */
	if (code != CODE_SUCCESS && !(device->enabled && device->keeps)) {
		status = api_refuse_code(call, code, text_string(&why));
	} else {
		delivery = push_send(call->cloud, &(struct push){
			.device = device, .role = ROLE_DOWN, .service = SERVICE_DOWNLINK, .topic = name, .payload = payload,
			.payload_len = len, .trace = trace_new(call->cloud),
		}, call->out);
		if (delivery == DELIVERY_KEPT)
			text_add(call->answer, "{\"kept\":true}");
		else if (delivery != DELIVERED)
			status = api_refuse_code(call, code != CODE_SUCCESS ? code : delivery_code(delivery), delivery_why(delivery));
	}
	free(payload);
	text_free(&why);
	return status;
}

int api_broadcast(struct api_call *call)
{
	struct product *product = product_find(call->cloud, call->segment[0], strlen(call->segment[0]));
	struct json name_value = json_get(call->body, "name");
	struct text why = { 0 };
	char name[128] = "", *payload;
	size_t len, reached;
	enum code code;
	int status = 200;

	if (!product)
		return api_refuse(call, 404, "NotFound", "there is no product %s", call->segment[0]);
	if (json_present(name_value) && (json_string(name_value, name, sizeof(name)) < 1 || strpbrk(name, "+#")))
		return api_refuse(call, 400, "BadRequest", "`name` is no topic level");
	payload = read_payload(call, &len);
	if (!payload)
		return 400;
	code = broadcast(call->cloud, product, *name ? name : NULL, payload, len, &reached, call->out, &why);
	if (code == CODE_SUCCESS)
		text_addf(call->answer, "{\"reached\":%zu}", reached);
	else
		status = api_refuse_code(call, code, text_string(&why));
	free(payload);
	text_free(&why);
	return status;
}

int api_bootstrap_notify(struct api_call *call)
{
	struct device *device = api_device(call);
	struct text why = { 0 };
	enum code code;
	int status = API_LATER;

	if (!device)
		return 404;
	code = downlink_send(call->cloud, device, &(struct down_request){
		.path = "thing/bootstrap/notify", .params = "{\"cmd\":0}", .timeout_ms = 10000, .ticket = call->ticket,
	}, call->out, &why);
	if (code != CODE_SUCCESS)
		status = api_refuse_code(call, code, text_string(&why));
	text_free(&why);
	return status;
}

int api_log_mode(struct api_call *call)
{
	struct device *device = api_device(call);
	struct text topic = { 0 }, payload = { 0 };
	int64_t mode = -1, id;

	if (!device)
		return 404;
	json_int64(json_get(call->body, "mode"), &mode);
	if (mode != 0 && mode != 1)
		return api_refuse(call, 400, "BadRequest", "`mode` must be 0 (do not upload) or 1");
	if (store_set_note(call->cloud->store, device->id, "logMode", mode) || down_id(call->cloud, &id))
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
	if (device_route(device)) {
		text_addf(&topic, "/sys/%s/%s/thing/config/log/push", device->product->key, device->name);
		text_addf(&payload, "{\"id\":\"%lld\",\"version\":\"1.0\",\"method\":\"thing.config.log.push\",\"params\":"
		          "{\"getType\":\"content\",\"content\":{\"mode\":%lld}}}", (long long)id, (long long)mode);
		push_send(call->cloud, &(struct push){
			.device = device, .role = ROLE_DOWN, .service = SERVICE_OTHER, .topic = text_string(&topic),
			.payload = text_string(&payload), .payload_len = payload.len, .trace = trace_new(call->cloud),
		}, call->out);
	}
	text_addf(call->answer, "{\"mode\":%lld}", (long long)mode);
	text_free(&topic);
	text_free(&payload);
	return 200;
}

int api_tunnel(struct api_call *call)
{
	struct device *device = api_device(call);
	struct text why = { 0 };
	char operation[16] = "connect";
	enum delivery delivery;
	enum code code;
	int status = 200;

	if (!device)
		return 404;
	if (json_present(json_get(call->body, "operation")))
		json_string(json_get(call->body, "operation"), operation, sizeof(operation));
	if (strcmp(operation, "connect") && strcmp(operation, "update") && strcmp(operation, "close"))
		return api_refuse(call, 400, "BadRequest", "`operation` must be connect, update or close");
	code = device_reachable(call->cloud, device, &why);
	if (code != CODE_SUCCESS) {
		status = api_refuse_code(call, code, text_string(&why));
	} else {
		delivery = tunnel_notify(call->cloud, device, operation, json_get(call->body, "fields"), call->out);
		if (delivery != DELIVERED)
			status = api_refuse_code(call, delivery_code(delivery), delivery_why(delivery));
	}
	text_free(&why);
	return status;
}

static int write_upload(void *ctx, const struct stored_upload *upload)
{
	struct text *out = ctx;

	text_add_comma(out);
	text_add(out, "{\"fileName\":");
	text_add_json(out, upload->file_name);
	text_addf(out, ",\"uploadId\":\"U%lld\",\"received\":%lld,\"complete\":%s,\"crc64\":\"%016llx\"}", (long long)upload->id,
	          (long long)upload->received, upload->complete ? "true" : "false", (unsigned long long)upload->crc64);
	return 0;
}

int api_upload_list(struct api_call *call)
{
	struct device *device = api_device(call);

	if (!device)
		return 404;
	text_add(call->answer, "{\"files\":[");
	if (store_list_uploads(call->cloud->store, device->id, write_upload, call->answer))
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
	text_add(call->answer, "]}");
	return 200;
}

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "api_call.h"
#include "downlink.h"
#include "rrpc.h"
#include "service.h"

/* How long a device may take to answer over RRPC. False after refusing. */
static bool sync_timeout(struct api_call *call, int64_t *timeout_ms)
{
	const struct settings *settings = &call->cloud->settings;

	if (!api_timeout(call, timeout_ms))
		return false;
	*timeout_ms = rrpc_timeout(settings, json_present(json_get(call->body, "timeoutMs")) ? *timeout_ms : 0);
	if (*timeout_ms > 0)
		return true;
	api_refuse(call, 400, "BadRequest", "`timeoutMs` is more than %lld ms, which is as long as an RRPC may take"
	           " (limit rrpcTimeoutSeconds)", (long long)settings->limits.rrpc_timeout_seconds * 1000);
	return false;
}

/* The call of a service that the model has. */
static int call_service(struct api_call *call, struct device *device, const struct tsl_service *service, struct text *why)
{
	struct json params = json_get(call->body, "params"), sync = json_get(call->body, "sync");
	struct down_request request = {
		.rrpc = json_present(sync) ? json_is(sync, JSON_TRUE) : service->sync, .ticket = call->ticket,
	};
	struct text path = { 0 }, input = { 0 };
	enum code code;
	size_t len;
	const char *literal = json_span(params, &len);

	if (!(request.rrpc ? sync_timeout(call, &request.timeout_ms) : api_timeout(call, &request.timeout_ms)))
		return 400;
	code = service_check_input(call->cloud, device->product, service, params, why);
	if (code == CODE_SUCCESS) {
		text_addf(&path, "thing/service/%s", service->identifier);
		text_add_bytes(&input, json_present(params) ? literal : "{}", json_present(params) ? len : 2);
		request.path = text_string(&path);
		request.params = text_string(&input);
		code = downlink_send(call->cloud, device, &request, call->out, why);
	}
	text_free(&path);
	text_free(&input);
	return code == CODE_SUCCESS ? API_LATER : api_refuse_code(call, code, text_string(why));
}

int api_service_call(struct api_call *call)
{
	struct device *device = api_device(call);
	struct text why = { 0 };
	int service, status;
	enum code code;

	if (!device)
		return 404;
	code = service_find(device->product, call->segment[2], strlen(call->segment[2]), &service, &why);
	status = code == CODE_SUCCESS ? call_service(call, device, &device->product->tsl->services[service], &why) :
		api_refuse_code(call, code, text_string(&why));
	text_free(&why);
	return status;
}

/* --- RRPC with a payload of the caller's own --- */

/* NULL when it is no Base64. */
static char *base64_decode(const char *text, size_t *len)
{
	size_t encoded = strlen(text), padding = encoded > 1 ? (text[encoded - 1] == '=') + (text[encoded - 2] == '=') : 0;
	unsigned char *bytes = malloc(encoded + 1);
	int decoded = bytes && encoded % 4 == 0 ? EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)encoded) : -1;

	if (decoded >= 0 && (size_t)decoded >= padding) {
		*len = (size_t)decoded - padding;
		return (char *)bytes;
	}
	free(bytes);
	return NULL;
}

/* The bytes to send; NULL after refusing. */
static char *read_payload(struct api_call *call, size_t *len)
{
	struct json plain = json_get(call->body, "payload"), base64 = json_get(call->body, "payloadBase64");
	char *text = json_strdup(json_present(plain) ? plain : base64), *bytes;

	if (json_present(plain) == json_present(base64)) {
		api_refuse(call, 400, "BadRequest", "give either `payload` or `payloadBase64`");
		free(text);
		return NULL;
	}
	if (text && json_present(plain)) {
		*len = strlen(text);
		return text;
	}
	bytes = text ? base64_decode(text, len) : NULL;
	free(text);
	if (!bytes)
		api_refuse(call, 400, "BadRequest", json_present(plain) ? "`payload` holds a NUL: send it as `payloadBase64`" :
		           "`payloadBase64` is no Base64");
	return bytes;
}

/* NULL: the system's topic, or false after refusing. */
static bool read_topic(struct api_call *call, char **topic)
{
	struct json value = json_get(call->body, "topic");
	int64_t limit = call->cloud->settings.limits.custom_topic_bytes;

	*topic = NULL;
	if (!json_present(value))
		return true;
	*topic = json_strdup(value);
	if (*topic && **topic == '/' && !strpbrk(*topic, "+#") && (*topic)[1] &&
	    strlen(*topic) <= (size_t)(limit ? limit : 400))
		return true;
	free(*topic);
	*topic = NULL;
	api_refuse(call, 400, "1903", "topic format error: `topic` begins with /, holds no + and no #, and has at most %lld bytes",
	           (long long)(limit ? limit : 400));
	return false;
}

int api_rrpc(struct api_call *call)
{
	struct device *device = api_device(call);
	struct text why = { 0 };
	char *topic = NULL, *payload = NULL;
	int64_t timeout_ms;
	size_t len = 0;
	enum code code;
	int status = 400;

	if (!device)
		return 404;
	if (!sync_timeout(call, &timeout_ms) || !read_topic(call, &topic))
		return 400;
	payload = read_payload(call, &len);
	if (payload) {
		code = rrpc_send(call->cloud, device, topic, payload, len, timeout_ms, call->ticket, call->out, &why);
		status = code == CODE_SUCCESS ? API_LATER : api_refuse_code(call, code, text_string(&why));
	}
	text_free(&why);
	free(payload);
	free(topic);
	return status;
}

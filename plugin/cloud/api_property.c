#include <string.h>

#include "api_call.h"
#include "downlink.h"
#include "property.h"

int api_property_get(struct api_call *call)
{
	const struct device *device = api_device(call);

	if (!device)
		return 404;
	text_add(call->answer, "{\"properties\":");
	values_write(device, call->answer);
	text_add_char(call->answer, '}');
	return 200;
}

/* Judges one value that the cloud is about to send. */
static enum code check_set(struct api_call *call, const struct product *product, struct json member, struct text *why)
{
	struct tsl_fault fault = { 0 };
	char name[NAME_MAX_BYTES];
	int len = json_string(json_key(member), name, sizeof(name)), property = -1;
	enum code code;

	if (len < 0) {
		text_add(why, "a property's name is longer than any identifier");
		return CODE_PROPERTY_NOT_FOUND;
	}
	code = property_find(product, name, (size_t)len, &property, why);
	if (code == CODE_SUCCESS && !product->tsl->properties[property].writable) {
		/* guess: no code is documented for setting a read-only property. */
		text_addf(why, "`%s` is read-only (accessMode r)", name);
		return CODE_BAD_PARAMS;
	}
	if (code == CODE_SUCCESS) {
		code = tsl_check(&product->tsl->properties[property].spec, member, name, product->validation,
		                 &call->cloud->settings, &fault);
		text_add(why, text_string(&fault.why));
	}
	tsl_fault_free(&fault);
	return code;
}

int api_property_set(struct api_call *call)
{
	struct device *device = api_device(call);
	struct json params = json_get(call->body, "params");
	int64_t timeout_ms = 10000;
	struct text why = { 0 }, text = { 0 };
	enum code code = CODE_SUCCESS;
	size_t len;
	const char *span = json_span(params, &len);
	int status = API_LATER;

	if (!device)
		return 404;
	json_int64(json_get(call->body, "timeoutMs"), &timeout_ms);
	if (timeout_ms < 1 || timeout_ms > 600000)
		return api_refuse(call, 400, "BadRequest", "`timeoutMs` must be from 1 to 600000");
	if (!json_count(params))
		return api_refuse(call, 400, "BadRequest", "`params` is empty");
	if (device->product->validation != VALIDATION_NONE)
		for (struct json m = json_first(params); code == CODE_SUCCESS && json_present(m); m = json_next(m))
			code = check_set(call, device->product, m, &why);
	text_add_bytes(&text, span, len);
	if (code == CODE_SUCCESS)
		code = downlink_send(call->cloud, device, "thing/service/property/set", text_string(&text), timeout_ms,
		                     call->ticket, call->out, &why);
	if (code != CODE_SUCCESS)
		status = api_refuse_code(call, code, text_string(&why));
	text_free(&text);
	text_free(&why);
	return status;
}

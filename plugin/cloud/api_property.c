#include "api_call.h"
#include "property_set.h"

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

bool api_timeout(struct api_call *call, int64_t *timeout_ms)
{
	*timeout_ms = 10000;
	json_int64(json_get(call->body, "timeoutMs"), timeout_ms);
	if (*timeout_ms >= 1 && *timeout_ms <= 600000)
		return true;
	api_refuse(call, 400, "BadRequest", "`timeoutMs` must be from 1 to 600000");
	return false;
}

int api_property_set(struct api_call *call)
{
	struct device *device = api_device(call);
	struct json params = json_get(call->body, "params");
	struct text why = { 0 };
	int64_t timeout_ms;
	enum code code;
	int status = API_LATER;

	if (!device)
		return 404;
	if (!api_timeout(call, &timeout_ms))
		return 400;
	if (!json_count(params))
		return api_refuse(call, 400, "BadRequest", "`params` is empty");
	code = property_set_check(call->cloud, device->product, params, &why);
	if (code == CODE_SUCCESS)
		code = property_set_send(call->cloud, device, params, timeout_ms, call->ticket, call->out, &why);
	if (code != CODE_SUCCESS)
		status = api_refuse_code(call, code, text_string(&why));
	text_free(&why);
	return status;
}

int api_property_fetch(struct api_call *call)
{
	struct device *device = api_device(call);
	struct json names = json_get(call->body, "properties");
	struct text why = { 0 };
	int64_t timeout_ms;
	enum code code;
	int status = API_LATER;

	if (!device)
		return 404;
	if (!call->cloud->settings.options.property_get)
		return api_refuse(call, 409, "Conflict", "the platform answers from what the device last reported;"
		                  " thing.service.property.get of the old documents needs option propertyGet");
	if (!api_timeout(call, &timeout_ms))
		return 400;
	if (!json_count(names))
		return api_refuse(call, 400, "BadRequest", "`properties` is empty");
	code = property_get_send(call->cloud, device, names, timeout_ms, call->ticket, call->out, &why);
	if (code != CODE_SUCCESS)
		status = api_refuse_code(call, code, text_string(&why));
	text_free(&why);
	return status;
}

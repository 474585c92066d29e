#include "api_call.h"
#include "desired.h"

static int answer(struct api_call *call, const struct device *device)
{
	text_add_key(call->answer, "desired");
	desired_write(call->cloud, device, call->answer);
	text_add_char(call->answer, '}');
	return 200;
}

int api_desired_get(struct api_call *call)
{
	struct device *device = api_device(call);

	if (!device)
		return 404;
	text_add_char(call->answer, '{');
	return answer(call, device);
}

int api_desired_set(struct api_call *call)
{
	struct device *device = api_device(call);
	struct json params = json_get(call->body, "params");
	struct text why = { 0 };
	bool sent = false;
	enum code code;
	int status;

	if (!device)
		return 404;
	if (!json_count(params))
		return api_refuse(call, 400, "BadRequest", "`params` is empty");
	code = desired_set(call->cloud, device, params, json_get(call->body, "versions"), &sent, call->out, &why);
	if (code == CODE_SUCCESS) {
		text_add(call->answer, sent ? "{\"sent\":true" : "{\"sent\":false");
		status = answer(call, device);
	} else {
		status = api_refuse_code(call, code, text_string(&why));
	}
	text_free(&why);
	return status;
}

int api_desired_delete(struct api_call *call)
{
	struct device *device = api_device(call);
	struct text why = { 0 };
	struct json names;
	enum code code;
	int status;

	if (!device)
		return 404;
	names = api_names(call, "properties");
	if (!json_present(names))
		return 400;
	code = desired_drop(call->cloud, device, names, &why);
	text_add_char(call->answer, '{');
	status = code == CODE_SUCCESS ? answer(call, device) : api_refuse_code(call, code, text_string(&why));
	text_free(&why);
	return status;
}

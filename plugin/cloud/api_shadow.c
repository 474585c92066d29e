#include <stdio.h>

#include "api_call.h"
#include "shadow.h"

int api_shadow_get(struct api_call *call)
{
	struct device *device = api_device(call);

	if (!device)
		return 404;
	return shadow_write(call->cloud, device, call->answer) ? api_refuse(call, 500, "OutOfMemory", "out of memory") : 200;
}

int api_shadow_set(struct api_call *call)
{
	struct device *device = api_device(call);
	struct text why = { 0 };
	enum shadow_error error;
	int status = 200;

	if (!device)
		return 404;
	error = shadow_want(call->cloud, device, json_get(call->body, "desired"), json_get(call->body, "version"), call->out, &why);
	if (error != SHADOW_OK) {
		char code[16];

		snprintf(code, sizeof(code), "%d", error);
		status = api_refuse(call, error == SHADOW_SERVER ? 500 : 409, code, "%s: %s", shadow_message(error), text_string(&why));
	} else if (shadow_write(call->cloud, device, call->answer)) {
		status = api_refuse(call, 500, "OutOfMemory", "out of memory");
	}
	text_free(&why);
	return status;
}

/*
 * _thing.diag.post: the device's network status. doc: "Device network status"; things-and-data reference, section 9.4.
 */
#include <string.h>

#include "method.h"
#include "state.h"

/* Whether one of the `|`-separated parts is `wanted`; their order is free. */
static bool has_part(const char *model, const char *wanted)
{
	size_t len = strlen(wanted);

	while (*model) {
		size_t part = strcspn(model, "|");

		if (part == len && !memcmp(model, wanted, len))
			return true;
		model += part;
		model += *model == '|';
	}
	return false;
}

enum code diag_post(struct call *call)
{
	struct json samples = json_get(call->params, "p");
	char model[128];
	bool batch;

	if (json_string(json_get(call->params, "model"), model, sizeof(model)) < 1) {
		text_add(call->why, "`model` is missing");
		return CODE_BAD_PARAMS;
	}
	batch = has_part(model, "quantity=batch");
	if (!json_is(samples, batch ? JSON_ARRAY : JSON_OBJECT) || !json_count(samples)) {
		text_addf(call->why, "`p` is no %s, which model `%s` wants", batch ? "array" : "object", model);
		return CODE_BAD_PARAMS;
	}
	return CODE_SUCCESS;
}

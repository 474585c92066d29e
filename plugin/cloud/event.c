/*
 * thing.event.{identifier}.post: something happened to a device.
 *
 * doc: "Devices submit events"; things-and-data reference, section 3.2. An event is one item, so a refused
 * output refuses it all.
 */
#include <string.h>

#include "sample.h"

enum code event_post(struct call *call)
{
	static const char before[] = "thing/event/", behind[] = "/post";
	struct report report = { .call = call, .device = call->device, .whole = true };
	struct span name = {
		call->topic->rest.at + strlen(before), call->topic->rest.len - strlen(before) - strlen(behind)
	};

	/* sdk: v3 and v4 send the bare outputs; without any, {} is legal here. */
	if (!json_is(call->params, JSON_OBJECT)) {
		text_addf(call->why, "`params` is %s, not an object", json_type_name(json_type(call->params)));
		return CODE_BAD_PARAMS;
	}
	report_event_named(&report, name, call->params);
	return report_end(&report);
}

/*
 * thing.event.property.history.post: what a device, or a gateway's sub-devices, could not report in time.
 *
 * doc: "Submit historical TSL data"; things-and-data reference, section 3.4. guess: every sample needs its time,
 * samples are judged one by one, and the limit of a property post holds for all of them together.
 */
#include "sample.h"

/* An array of objects; adds up their members. */
static bool count_samples(struct call *call, struct json entry, const char *name, size_t *count)
{
	if (!report_shape(call, entry, name, JSON_ARRAY))
		return false;
	json_each(item, json_get(entry, name)) {
		if (!json_is(item, JSON_OBJECT)) {
			text_addf(call->why, "`%s` holds %s, not objects alone", name, json_type_name(json_type(item)));
			return false;
		}
		*count += json_count(item);
	}
	return true;
}

static enum code check_shape(struct call *call)
{
	size_t property_count = 0, event_count = 0;

	if (!json_is(call->params, JSON_ARRAY) || !json_count(call->params)) {
		text_addf(call->why, "`params` is %s, not an array with at least one device",
		          json_is(call->params, JSON_ARRAY) ? "empty" : json_type_name(json_type(call->params)));
		return CODE_BAD_PARAMS;
	}
	json_each(entry, call->params)
		if (!count_samples(call, entry, "properties", &property_count) ||
		    !count_samples(call, entry, "events", &event_count))
			return CODE_BAD_PARAMS;
	return report_limit(call, property_count, "property samples", call->cloud->settings.limits.properties_per_post,
	                    "propertiesPerPost", CODE_TOO_MANY_PROPERTIES);
}

static void report_list(struct report *report, struct json list, report_sample *one)
{
	json_each(item, list)
		json_each(sample, item)
			one(report, json_key(sample), sample);
}

enum code history_post(struct call *call)
{
	struct report report = { .call = call, .keep_newer = true, .need_time = true };
	enum code code = check_shape(call);

	for (struct json e = json_first(call->params); code == CODE_SUCCESS && json_present(e); e = json_next(e))
		code = report_identity(call, json_get(e, "identity"), true, &report.device);
	if (code != CODE_SUCCESS)
		return code;
	json_each(entry, call->params) {
		report_identity(call, json_get(entry, "identity"), true, &report.device);
		report_list(&report, json_get(entry, "properties"), report_property);
		report_list(&report, json_get(entry, "events"), report_event);
	}
	return report_end(&report);
}

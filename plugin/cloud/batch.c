/*
 * thing.event.property.batch.post: many samples of a device's own properties and events.
 *
 * doc: "Submit TSL data in batches"; things-and-data reference, section 3.4. guess: samples are judged one by
 * one, as in a property post, and each counts towards its limit.
 */
#include "sample.h"

/* Every value of `lists` must be an array; adds up their samples. */
static bool count_samples(struct call *call, struct json lists, size_t *count)
{
	json_each(list, lists) {
		if (!json_is(list, JSON_ARRAY)) {
			text_addf(call->why, "the samples of a property or event are %s, not an array",
			          json_type_name(json_type(list)));
			return false;
		}
		*count += json_count(list);
	}
	return true;
}

static void report_lists(struct report *report, struct json lists, report_sample *one)
{
	json_each(list, lists) {
		bool told = false;

		json_each(sample, list) {
			if (one(report, json_key(list), sample) == CODE_SUCCESS || told)
				continue;
			report_refused(report, json_key(list));
			told = true;
		}
	}
}

enum code batch_post(struct call *call)
{
	struct report report = { .call = call, .device = call->device, .keep_newer = true };
	struct json properties = json_get(call->params, "properties"), events = json_get(call->params, "events");
	size_t property_count = 0, event_count = 0;
	enum code code;

	if (!json_present(properties) && !json_present(events)) {
		text_add(call->why, "`params` has neither `properties` nor `events`");
		return CODE_BAD_PARAMS;
	}
	if (!report_shape(call, call->params, "properties", JSON_OBJECT) ||
	    !report_shape(call, call->params, "events", JSON_OBJECT) ||
	    !count_samples(call, properties, &property_count) || !count_samples(call, events, &event_count))
		return CODE_BAD_PARAMS;
	code = report_limit(call, property_count, "property samples", call->cloud->settings.limits.properties_per_post,
	                    "propertiesPerPost", CODE_TOO_MANY_PROPERTIES);
	if (code != CODE_SUCCESS)
		return code;
	json_each(part, call->params) {
		if (json_is_string(json_key(part), "properties"))
			report_lists(&report, part, report_property);
		else if (json_is_string(json_key(part), "events"))
			report_lists(&report, part, report_event);
	}
	return report_end(&report);
}

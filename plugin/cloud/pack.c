/*
 * thing.event.property.pack.post: a gateway reports its own data and that of its sub-devices.
 *
 * doc: "Gateways submit data in batches"; things-and-data reference, section 3.4. Any failed check, of a device,
 * of the topology or of a value, fails the whole report; nothing of it is kept then. guess: sub-devices need no
 * session for it.
 */
#include "sample.h"

struct counts {
	size_t properties, events;
};

static enum code check_part(struct call *call, struct json part, struct counts *counts)
{
	if (!report_shape(call, part, "properties", JSON_OBJECT) || !report_shape(call, part, "events", JSON_OBJECT))
		return CODE_BAD_PARAMS;
	counts->properties += json_count(json_get(part, "properties"));
	counts->events += json_count(json_get(part, "events"));
	return CODE_SUCCESS;
}

/* Types and counts: guess: the data of all members counts together. */
static enum code check_shape(struct call *call)
{
	const struct settings *settings = &call->cloud->settings;
	struct json sub_devices = json_get(call->params, "subDevices");
	struct counts counts = { 0 };
	enum code code = check_part(call, call->params, &counts);

	if (code == CODE_SUCCESS && !json_present(sub_devices) && !json_present(json_get(call->params, "properties")) &&
	    !json_present(json_get(call->params, "events"))) {
		text_add(call->why, "`params` has none of `properties`, `events`, `subDevices`");
		code = CODE_BAD_PARAMS;
	}
	if (!report_shape(call, call->params, "subDevices", JSON_ARRAY))
		code = CODE_BAD_PARAMS;
	for (struct json s = json_first(sub_devices); code == CODE_SUCCESS && json_present(s); s = json_next(s))
		code = check_part(call, s, &counts);
	if (code == CODE_SUCCESS)
		code = report_limit(call, json_count(sub_devices), "sub-devices", settings->limits.sub_devices_per_pack,
		                    "subDevicesPerPack", CODE_TOO_MANY_SUB_DEVICES);
	if (code == CODE_SUCCESS)
		code = report_limit(call, counts.events, "events", settings->limits.events_per_pack, "eventsPerPack",
		                    CODE_TOO_MANY_EVENTS);
	if (code == CODE_SUCCESS)
		code = report_limit(call, counts.properties, "properties", settings->limits.properties_per_post,
		                    "propertiesPerPost", CODE_TOO_MANY_PROPERTIES);
	return code;
}

static void report_samples(struct report *report, struct json samples, report_sample *one)
{
	json_each(sample, samples)
		one(report, json_key(sample), sample);
}

/* The data of one device, in the order of the document. */
static void report_part(struct report *report, struct json part)
{
	json_each(member, part) {
		if (json_is_string(json_key(member), "properties"))
			report_samples(report, member, report_property);
		else if (json_is_string(json_key(member), "events"))
			report_samples(report, member, report_event);
	}
}

static void report_pack(struct report *report)
{
	struct call *call = report->call;

	report->device = call->device;
	report_part(report, call->params);
	json_each(sub_device, json_get(call->params, "subDevices"))
		if (report_identity(call, json_get(sub_device, "identity"), false, &report->device) == CODE_SUCCESS)
			report_part(report, sub_device);
}

enum code pack_post(struct call *call)
{
	struct report report = { .call = call, .whole = true, .judge_only = true };
	enum code code = check_shape(call);

	struct json s = json_first(json_get(call->params, "subDevices"));

	for (; code == CODE_SUCCESS && json_present(s); s = json_next(s))
		code = report_identity(call, json_get(s, "identity"), false, &report.device);
	if (code != CODE_SUCCESS)
		return code;
	report_pack(&report);
	report.judge_only = false;
	if (!report.first)
		report_pack(&report);
	return report_end(&report);
}

#include "sample.h"

#include <string.h>

#include "history.h"
#include "property.h"

/* --- one sample --- */

struct json sample_unwrap(struct json sample, struct json *time)
{
	struct json value = json_get(sample, "value");
	uint32_t count = json_count(sample);

	*time = (struct json){ 0 };
	if (!json_is(sample, JSON_OBJECT) || !json_present(value) || count > 2)
		return sample;
	if (count == 1)
		return value;
	*time = json_get(sample, "time");
	return json_present(*time) ? value : sample;
}

enum code sample_time(const struct cloud *cloud, struct json time, int64_t now_ms, int64_t *time_ms, struct text *why)
{
	const int64_t day_ms = 24 * 3600 * 1000LL, hour_ms = 3600 * 1000LL;
	int64_t past_days = cloud->settings.limits.post_age_max_days;
	int64_t future_hours = cloud->settings.limits.post_future_max_hours;

	*time_ms = now_ms;
	if (!json_present(time))
		return CODE_SUCCESS;
	if (!json_int64(time, time_ms) || *time_ms < 0) {
		text_add(why, "`time` is no whole number of milliseconds");
		return CODE_TIME_FORMAT;
	}
	if (future_hours && *time_ms > now_ms && *time_ms - now_ms > future_hours * hour_ms) {
		text_addf(why, "`time` %lld is more than %lld h ahead of the cloud's %lld", (long long)*time_ms,
		          (long long)future_hours, (long long)now_ms);
		return CODE_TIME_IN_FUTURE;
	}
	if (past_days && *time_ms < now_ms && now_ms - *time_ms > past_days * day_ms) {
		text_addf(why, "`time` %lld is more than %lld days before the cloud's %lld", (long long)*time_ms,
		          (long long)past_days, (long long)now_ms);
		return CODE_TIME_TOO_OLD;
	}
	return CODE_SUCCESS;
}

/* Fills the fault of a refusal that is none of tsl_check's; its `why` is there already. */
static enum code blame(struct report *report, enum code code, const char *message, const char *subject)
{
	text_add(&report->fault.message, message);
	text_add(&report->fault.subject, subject);
	return code;
}

static enum code judge_time(struct report *report, struct json time, const char *subject, int64_t *time_ms)
{
	struct call *call = report->call;
	enum code code;

	if (report->need_time && !json_present(time)) {
		text_add(&report->fault.why, "`time` is missing");
		code = CODE_TIME_FORMAT;
	} else {
		code = sample_time(call->cloud, time, call->now_ms, time_ms, &report->fault.why);
	}
	return code == CODE_SUCCESS ? code : blame(report, code, code_message(code), subject);
}

/* --- keeping --- */

static void keep(struct report *report, enum sample_kind kind, int property, const char *name, struct json value,
                 int64_t time_ms)
{
	struct cloud *cloud = report->call->cloud;
	struct history_sample sample = { .device = report->device->id, .kind = kind, .time_ms = time_ms, .name = name };
	struct text *text = &cloud->reply;   /* free until the reply is written */

	if (report->judge_only)
		return;
	text_clear(text);
	json_write(value, text);
	if (text->failed)
		return;
	if (kind == SAMPLE_PROPERTY) {
		struct value *slot = value_slot(report->device, property, name);

		if (!slot)
			text_addf(report->call->why, "`%s` is kept in the history alone: the model lacks it, and so it does "
			          "as many others as a device may have", name);
		else if (!report->keep_newer || !slot->text || time_ms >= slot->time_ms) {
			value_set(cloud, report->device, slot, text_string(text), text->len, time_ms);
			sample.current = true;
		}
	}
	sample.value = text_string(text);
	history_add(cloud->history, &sample);
}

/* --- properties and events --- */

static enum code judge_property(struct report *report, struct json key, struct json sample)
{
	const struct product *product = report->device->product;
	struct tsl_fault *fault = &report->fault;
	char name[NAME_MAX_BYTES];
	int len = json_string(key, name, sizeof(name)), property;
	struct json time, value = sample_unwrap(sample, &time);
	int64_t time_ms;
	enum code code;

	if (len < 0) {
		text_add(&fault->why, "a property's name is longer than any identifier");
		return blame(report, CODE_PROPERTY_NOT_FOUND, "tsl parse: params not exist", "");
	}
	code = property_find(product, name, (size_t)len, &property, &fault->why);
	/* doc: without validation unknown keys pass. guess: time is no matter of the model, so it is judged all the same. */
	if (code != CODE_SUCCESS && product->validation != VALIDATION_NONE)
		/* seen: replies of 2019 to a property that the model lacks. */
		return blame(report, code, code == CODE_PROPERTY_NOT_FOUND ? "tsl parse: params not exist" : code_message(code),
		             name);
	code = judge_time(report, time, name, &time_ms);
	if (code == CODE_SUCCESS && property >= 0)
		code = tsl_check(&product->tsl->properties[property].spec, value, name, product->validation,
		                 &report->call->cloud->settings, fault);
	if (code == CODE_SUCCESS)
		keep(report, SAMPLE_PROPERTY, property, name, value, time_ms);
	return code;
}

enum code event_find(const struct product *product, struct span name, int *event, struct text *why)
{
	*event = product->tsl ? tsl_find_event(product->tsl, name.at, name.len) : -1;
	if (*event >= 0)
		return CODE_SUCCESS;
	if (module_check(product, name.at, name.len, why) != CODE_SUCCESS)
		return CODE_MODULE_NOT_FOUND;
	text_addf(why, "`%.*s` is no event of product %s", (int)name.len, name.at, product->key);
	return CODE_EVENT_NOT_FOUND;
}

static enum code judge_outputs(struct report *report, const struct tsl_event *event, struct json outputs)
{
	const struct product *product = report->device->product;
	enum code code = CODE_SUCCESS;

	for (struct json m = json_first(outputs); code == CODE_SUCCESS && json_present(m); m = json_next(m)) {
		char name[NAME_MAX_BYTES];
		int len = json_string(json_key(m), name, sizeof(name));
		int output = len < 0 ? -1 : tsl_find_field(event->outputs, event->output_count, name, (size_t)len);

		if (output >= 0) {
			code = tsl_check(&event->outputs[output].spec, m, name, product->validation,
			                 &report->call->cloud->settings, &report->fault);
		} else if (product->validation != VALIDATION_NONE) {
			text_addf(&report->fault.why, "`%s` is no output of event `%s`", len < 0 ? "…" : name, event->identifier);
			code = blame(report, CODE_PARAM_NOT_EXIST, "tsl parse: params not exist", len < 0 ? "" : name);
		}
	}
	return code;
}

static enum code judge_event(struct report *report, struct span name, struct json sample)
{
	const struct product *product = report->device->product;
	struct json time, value = sample_unwrap(sample, &time);
	char text[NAME_MAX_BYTES];
	int64_t time_ms;
	enum code code;
	int event;

	code = event_find(product, name, &event, &report->fault.why);
	if (name.len >= sizeof(text) || (code != CODE_SUCCESS && product->validation != VALIDATION_NONE))
		return blame(report, code, code_message(code), "");
	memcpy(text, name.at, name.len);
	text[name.len] = '\0';
	code = judge_time(report, time, "", &time_ms);
	if (code != CODE_SUCCESS)
		return code;
	if (!json_is(value, JSON_OBJECT)) {
		text_addf(&report->fault.why, "the outputs of event `%s` must be an object, not %s", text,
		          json_type_name(json_type(value)));
		return blame(report, CODE_BAD_PARAMS, code_message(CODE_BAD_PARAMS), "");
	}
	/* guess: outputs may be missing. */
	if (event >= 0)
		code = judge_outputs(report, &product->tsl->events[event], value);
	if (code == CODE_SUCCESS)
		keep(report, SAMPLE_EVENT, -1, text, value, time_ms);
	return code;
}

/* --- a message's samples --- */

static void begin(struct report *report)
{
	text_clear(&report->fault.message);
	text_clear(&report->fault.subject);
	text_clear(&report->fault.why);
}

/* The text of the last refused sample, as option propertyText wants it. */
static void refusal_text(const struct report *report, struct text *out)
{
	enum code code = report->fault.code;

	if (report->call->cloud->settings.options.property_text == PROPERTY_TEXT_LEGACY)
		text_add(out, text_string(&report->fault.message));
	else
		text_addf(out, "%d - %s", code,
		          code == CODE_PROPERTY_NOT_FOUND ? code_message(code) : text_string(&report->fault.message));
}

static enum code finish(struct report *report, enum code code)
{
	struct call *call = report->call;

	report->fault.code = code;
	if (code == CODE_SUCCESS)
		return code;
	/* The log cuts them anyway. */
	if (call->why->len < JOURNAL_CONTENT_MAX)
		text_addf(call->why, "%s%d: %s", call->why->len ? "; " : "", code, text_string(&report->fault.why));
	/* seen: the platform's log shows 6332 whenever a value was refused, whatever the reply says. */
	call->log_code = CODE_TSL_PARSE_FAILED;
	if (report->first)
		return code;
	report->first = code;
	text_clear(&call->cloud->message);
	refusal_text(report, &call->cloud->message);
	if (report->fault.subject.len)
		text_addf(&call->cloud->message, " -> %s", text_string(&report->fault.subject));
	return code;
}

enum code report_property(struct report *report, struct json key, struct json sample)
{
	begin(report);
	return finish(report, judge_property(report, key, sample));
}

enum code report_event_named(struct report *report, struct span name, struct json sample)
{
	begin(report);
	return finish(report, judge_event(report, name, sample));
}

enum code report_event(struct report *report, struct json key, struct json sample)
{
	char name[2 * NAME_MAX_BYTES];
	int len = json_string(key, name, sizeof(name));

	return report_event_named(report, (struct span){ name, len < 0 ? 0 : (size_t)len }, sample);
}

void report_refused(struct report *report, struct json key)
{
	struct text *data = report->call->data, *text = &report->call->cloud->topic;
	size_t len;
	const char *literal = json_span(key, &len);

	if (report->call->cloud->settings.options.property_reply == PROPERTY_REPLY_CODE)
		return;
	text_add_char(data, data->len ? ',' : '{');
	text_add_bytes(data, literal, len);
	text_add_char(data, ':');
	text_clear(text);
	refusal_text(report, text);
	text_add_json(data, text_string(text));
}

enum code report_end(struct report *report)
{
	struct call *call = report->call;
	bool as_code = report->whole || call->cloud->settings.options.property_reply == PROPERTY_REPLY_CODE;

	tsl_fault_free(&report->fault);
	if (call->data->len)
		text_add_char(call->data, '}');
	if (!report->first || !as_code)
		return CODE_SUCCESS;
	call->message = text_string(&call->cloud->message);
	return report->first;
}

/* --- the shape of reports of many samples --- */

bool report_shape(struct call *call, struct json parent, const char *name, enum json_type type)
{
	struct json value = json_get(parent, name);

	if (!json_present(value) || json_is(value, type))
		return true;
	text_addf(call->why, "`%s` is %s, not %s", name, json_type_name(json_type(value)), json_type_name(type));
	return false;
}

enum code report_limit(struct call *call, size_t count, const char *what, int64_t limit, const char *name, enum code code)
{
	if (!limit || count <= (size_t)limit)
		return CODE_SUCCESS;
	text_addf(call->why, "%zu %s in one message, more than %lld (limit %s)", count, what, (long long)limit, name);
	return code;
}

enum code report_identity(struct call *call, struct json identity, bool own, struct device **out)
{
	char product_key[NAME_MAX_BYTES], device_name[NAME_MAX_BYTES];
	struct device *device;

	*out = NULL;
	if (json_string(json_get(identity, "productKey"), product_key, sizeof(product_key)) <= 0 ||
	    json_string(json_get(identity, "deviceName"), device_name, sizeof(device_name)) <= 0) {
		text_add(call->why, "an `identity` is no object with productKey and deviceName");
		return CODE_BAD_PARAMS;
	}
	device = device_find_key(call->cloud, product_key, device_name);
	if (!device) {
		text_addf(call->why, "there is no device %s/%s", product_key, device_name);
		return CODE_DEVICE_NOT_FOUND;
	}
	*out = device;
	if (own && device == call->device)
		return CODE_SUCCESS;
	if (device->gateway != call->device->id) {
		text_addf(call->why, "%s/%s is no sub-device of %s/%s", product_key, device_name, call->device->product->key,
		          call->device->name);
		/* guess: for another direct device there is no topology to speak of. */
		return own && device->product->node_type != NODE_SUB_DEVICE ? CODE_BAD_PARAMS : CODE_TOPO_NOT_EXIST;
	}
	if (!device->enabled) {
		text_addf(call->why, "%s/%s is disabled", product_key, device_name);
		return CODE_DEVICE_DISABLED;
	}
	return CODE_SUCCESS;
}

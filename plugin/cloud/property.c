/*
 * thing.event.property.post: a device reports properties.
 *
 * doc: "Devices submit property data"; things-and-data reference, sections 2 and 10.3.
 */
#include <string.h>

#include "property.h"
#include "state.h"

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

enum code property_find(const struct product *product, const char *name, size_t len, int *property, struct text *why)
{
	const char *colon = memchr(name, ':', len);

	*property = product->tsl ? tsl_find_property(product->tsl, name, len) : -1;
	if (*property >= 0)
		return CODE_SUCCESS;
	if (colon && !(product->tsl && tsl_has_module(product->tsl, name, (size_t)(colon - name)))) {
		text_addf(why, "product %s has no module `%.*s`", product->key, (int)(colon - name), name);
		return CODE_MODULE_NOT_FOUND;
	}
	text_addf(why, "`%.*s` is no property of product %s", (int)len, name, product->key);
	return CODE_PROPERTY_NOT_FOUND;
}

/* One property of a post: CODE_SUCCESS when stored, else the code, with `fault` filled. */
static enum code post_one(struct call *call, struct json member, struct tsl_fault *fault)
{
	const struct product *product = call->device->product;
	char name[NAME_MAX_BYTES];
	int len = json_string(json_key(member), name, sizeof(name)), property;
	struct json time, value = sample_unwrap(member, &time);
	int64_t time_ms;
	enum code code;
	const char *text;
	size_t text_len;

	text_clear(&fault->message);
	text_clear(&fault->subject);
	text_clear(&fault->why);
	if (len < 0) {
		text_add(&fault->why, "a property's name is longer than any identifier");
		code = CODE_PROPERTY_NOT_FOUND;
	} else {
		code = property_find(product, name, (size_t)len, &property, &fault->why);
	}
	if (code != CODE_SUCCESS && product->validation == VALIDATION_NONE) {
		/* doc: without validation unknown keys pass; there is nowhere to keep them. */
		text_addf(call->why, "%snot kept: %s", call->why->len ? "; " : "", text_string(&fault->why));
		return CODE_SUCCESS;
	}
	if (code != CODE_SUCCESS) {
		/* seen: replies of 2019 to a property that the model lacks. */
		text_add(&fault->message, "tsl parse: params not exist");
		return code;
	}
	code = sample_time(call->cloud, time, call->now_ms, &time_ms, &fault->why);
	if (code != CODE_SUCCESS) {
		text_add(&fault->message, code_message(code));
		return code;
	}
	code = tsl_check(&product->tsl->properties[property].spec, value, name, product->validation,
	                 &call->cloud->settings, fault);
	if (code != CODE_SUCCESS)
		return code;
	text = json_span(value, &text_len);
	value_set(call->cloud, call->device, property, text, text_len, time_ms);
	return CODE_SUCCESS;
}

void property_text(const struct settings *settings, enum code code, const struct tsl_fault *fault, struct text *out)
{
	if (!settings->options.property_text)
		text_add(out, text_string(&fault->message));
	else
		text_addf(out, "%d - %s", code, code == CODE_PROPERTY_NOT_FOUND ? code_message(code) : text_string(&fault->message));
}

enum code property_post(struct call *call)
{
	int64_t limit = call->cloud->settings.limits.properties_per_post;
	bool as_code = call->cloud->settings.options.property_reply;
	enum code first = CODE_SUCCESS;
	struct tsl_fault fault = { 0 };

	if (!json_is(call->params, JSON_OBJECT) || !json_count(call->params)) {
		text_addf(call->why, "`params` is %s, not an object with at least one property",
		          json_is(call->params, JSON_OBJECT) ? "empty" : json_type_name(json_type(call->params)));
		return CODE_BAD_PARAMS;
	}
	if (limit && json_count(call->params) > limit) {
		text_addf(call->why, "%u properties in one post, more than %lld (limit propertiesPerPost)",
		          json_count(call->params), (long long)limit);
		return CODE_TOO_MANY_PROPERTIES;
	}
	json_each(member, call->params) {
		enum code code = post_one(call, member, &fault);
		struct json key = json_key(member);
		const char *literal;
		size_t len;

		if (code == CODE_SUCCESS)
			continue;
		literal = json_span(key, &len);
		text_addf(call->why, "%s%d: %s", call->why->len ? "; " : "", code, text_string(&fault.why));
		if (first == CODE_SUCCESS && as_code) {
			struct text *message = &call->cloud->message;

			text_clear(message);
			property_text(&call->cloud->settings, code, &fault, message);
			text_add(message, " -> ");
			if (fault.subject.len)
				text_add(message, text_string(&fault.subject));
			else
				text_add_bytes(message, literal + 1, len - 2);
			call->message = text_string(message);
		}
		if (first == CODE_SUCCESS)
			first = code;
		if (as_code)
			continue;
		text_add_char(call->data, call->data->len ? ',' : '{');
		text_add_bytes(call->data, literal, len);
		text_add_char(call->data, ':');
		text_clear(&call->cloud->topic);
		property_text(&call->cloud->settings, code, &fault, &call->cloud->topic);
		text_add_json(call->data, text_string(&call->cloud->topic));
	}
	tsl_fault_free(&fault);
	if (call->data->len)
		text_add_char(call->data, '}');
	if (first == CODE_SUCCESS)
		return CODE_SUCCESS;
	/* seen: the platform's log shows 6332 whenever a value was refused, whatever the reply says. */
	call->log_code = CODE_TSL_PARSE_FAILED;
	return as_code ? first : CODE_SUCCESS;
}

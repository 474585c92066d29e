#include "desired.h"

#include <stdlib.h>
#include <string.h>

#include "downlink.h"
#include "method.h"
#include "property_set.h"

/*
 * One property's in the document that the store keeps: {"temp":{"value":21,"version":3,"time":…},…}, `value`
 * null once it was deleted. A cloud file gives plain values; those count as set once, when the emulator started.
 */
struct wanted {
	char        name[NAME_MAX_BYTES];
	struct json value;              /* absent: none now */
	int64_t     version, time_ms;
};

/* False when there is nothing to say of it: its property is gone from the model, or no longer writable. */
static bool wanted_read(const struct cloud *cloud, const struct device *device, struct json member, struct wanted *wanted)
{
	const struct product *product = device->product;
	int len = json_string(json_key(member), wanted->name, sizeof(wanted->name));
	int property = product->tsl && len >= 0 ? tsl_find_property(product->tsl, wanted->name, (size_t)len) : -1;
	struct json value = json_get(member, "value");

	*wanted = (struct wanted){ .value = member, .version = 1, .time_ms = cloud->started_ms };
	json_string(json_key(member), wanted->name, sizeof(wanted->name));
	/* No plain value looks so: `value` is a reserved identifier, so no struct has such a member. */
	if (json_present(value)) {
		wanted->value = json_is(value, JSON_NULL) ? (struct json){ 0 } : value;
		json_int64(json_get(member, "version"), &wanted->version);
		json_int64(json_get(member, "time"), &wanted->time_ms);
	}
	if (product->validation == VALIDATION_NONE)
		return len >= 0;
	return property >= 0 && product->tsl->properties[property].writable;
}

static void wanted_write(const struct wanted *wanted, struct text *out)
{
	size_t len;
	const char *literal = json_span(wanted->value, &len);

	text_add_key(out, wanted->name);
	text_add(out, "{\"value\":");
	if (json_present(wanted->value))
		text_add_bytes(out, literal, len);
	else
		text_add(out, "null");
	text_addf(out, ",\"version\":%lld,\"time\":%lld}", (long long)wanted->version, (long long)wanted->time_ms);
}

/* The stored document's members; release `doc`. */
static struct json desired_open(const struct device *device, struct json_doc *doc)
{
	if (device->desired)
		json_parse(doc, device->desired, strlen(device->desired), JSON_STRICT, NULL);
	return json_root(doc);
}

/* Takes what is in `text` as the new document. */
static enum code desired_save(struct cloud *cloud, struct device *device, struct text *text, struct text *why)
{
	char *fresh = text_take(text);

	if (!fresh || store_set_desired(cloud->store, device->id, fresh)) {
		text_add(why, fresh ? store_error(cloud->store) : "out of memory");
		free(fresh);
		return CODE_SERVER_ERROR;
	}
	free(device->desired);
	device->desired = fresh;
	return CODE_SUCCESS;
}

static bool names_have(struct json names, const char *name)
{
	json_each(entry, names)
		if (json_is_string(entry, name))
			return true;
	return false;
}

/* --- the device --- */

enum code desired_get(struct call *call)
{
	int64_t limit = call->cloud->settings.limits.properties_per_desired_request;
	struct json_doc doc = { 0 };
	struct wanted wanted;

	if (!json_is(call->params, JSON_ARRAY) || !json_count(call->params)) {
		text_addf(call->why, "`params` is %s, not an array with at least one property's name",
		          json_is(call->params, JSON_ARRAY) ? "empty" : json_type_name(json_type(call->params)));
		return CODE_BAD_PARAMS;
	}
	json_each(entry, call->params) {
		if (json_is(entry, JSON_STRING))
			continue;
		text_addf(call->why, "`params` holds %s instead of a property's name", json_type_name(json_type(entry)));
		return CODE_BAD_PARAMS;
	}
	if (limit && json_count(call->params) > limit) {
		text_addf(call->why, "%u properties in one request, more than %lld (limit propertiesPerDesiredRequest)",
		          json_count(call->params), (long long)limit);
		return CODE_TOO_MANY_DESIRED;
	}
	text_add_char(call->data, '{');
	json_each(member, desired_open(call->device, &doc)) {
		size_t len;
		const char *literal;

		if (!wanted_read(call->cloud, call->device, member, &wanted) || !json_present(wanted.value) ||
		    !names_have(call->params, wanted.name))
			continue;
		literal = json_span(wanted.value, &len);
		text_add_key(call->data, wanted.name);
		text_add(call->data, "{\"value\":");
		text_add_bytes(call->data, literal, len);
		text_addf(call->data, ",\"version\":%lld}", (long long)wanted.version);
	}
	text_add_char(call->data, '}');
	json_doc_free(&doc);
	return CODE_SUCCESS;
}

/* {"temp":{"version":3},"mode":{}} */
static enum code check_deletes(struct call *call)
{
	int64_t limit = call->cloud->settings.limits.properties_per_desired_request, version;

	if (!json_is(call->params, JSON_OBJECT) || !json_count(call->params)) {
		text_addf(call->why, "`params` is %s, not an object with at least one property",
		          json_is(call->params, JSON_OBJECT) ? "empty" : json_type_name(json_type(call->params)));
		return CODE_BAD_PARAMS;
	}
	json_each(entry, call->params) {
		struct json number = json_get(entry, "version");

		if (json_is(entry, JSON_OBJECT) && (!json_present(number) || json_int64(number, &version)))
			continue;
		text_add(call->why, "a property's entry in `params` is {} or {\"version\":NUMBER}");
		return CODE_BAD_PARAMS;
	}
	if (limit && json_count(call->params) > limit) {
		text_addf(call->why, "%u properties in one request, more than %lld (limit propertiesPerDesiredRequest)",
		          json_count(call->params), (long long)limit);
		return CODE_TOO_MANY_DESIRED;
	}
	return CODE_SUCCESS;
}

/* doc: another version than the current one is ignored silently, and so (guess) is a property without a desired value. */
enum code desired_delete(struct call *call)
{
	enum code code = check_deletes(call);
	struct json_doc doc = { 0 };
	struct text text = { 0 };
	struct wanted wanted;

	if (code != CODE_SUCCESS)
		return code;
	text_add_char(&text, '{');
	json_each(member, desired_open(call->device, &doc)) {
		struct json entry, number;
		int64_t version = 0;

		if (!wanted_read(call->cloud, call->device, member, &wanted))
			continue;
		entry = json_get(call->params, wanted.name);
		number = json_get(entry, "version");
		json_int64(number, &version);
		if (json_present(entry) && (!json_present(number) || version == wanted.version))
			wanted.value = (struct json){ 0 };
		else if (json_present(entry) && json_present(wanted.value))
			text_addf(call->why, "%s`%s` stays: its version is %lld, not %lld", call->why->len ? "; " : "", wanted.name,
			          (long long)wanted.version, (long long)version);
		wanted_write(&wanted, &text);
	}
	text_add_char(&text, '}');
	code = desired_save(call->cloud, call->device, &text, call->why);
	json_doc_free(&doc);
	text_free(&text);
	return code;
}

/* --- the application --- */

void desired_write(const struct cloud *cloud, const struct device *device, struct text *out)
{
	struct json_doc doc = { 0 };
	struct wanted wanted;

	text_add_char(out, '{');
	json_each(member, desired_open(device, &doc))
		if (wanted_read(cloud, device, member, &wanted) && json_present(wanted.value))
			wanted_write(&wanted, out);
	text_add_char(out, '}');
	json_doc_free(&doc);
}

/* The version that this property has now. */
static int64_t version_now(const struct cloud *cloud, const struct device *device, struct json members, const char *name)
{
	struct json member = json_get(members, name);
	struct wanted wanted;

	return json_present(member) && wanted_read(cloud, device, member, &wanted) ? wanted.version : 0;
}

static enum code check_versions(const struct cloud *cloud, const struct device *device, struct json members,
                                struct json params, struct json versions, struct text *why)
{
	json_each(entry, versions) {
		char name[NAME_MAX_BYTES];
		int64_t version, now;

		if (json_string(json_key(entry), name, sizeof(name)) < 0 || !json_present(json_get(params, name))) {
			text_add(why, "`versions` names a property that `params` does not set");
			return CODE_BAD_PARAMS;
		}
		now = version_now(cloud, device, members, name);
		if (json_int64(entry, &version) && version == now)
			continue;
		text_addf(why, "the version of `%s` is %lld, not the one given", name, (long long)now);
		return CODE_BAD_PARAMS;
	}
	return CODE_SUCCESS;
}

/* The document with `params` set. */
static void merge(const struct cloud *cloud, const struct device *device, struct json members, struct json params,
                  struct text *out)
{
	struct wanted wanted;

	text_add_char(out, '{');
	json_each(member, members)
		if (wanted_read(cloud, device, member, &wanted) && !json_present(json_get(params, wanted.name)))
			wanted_write(&wanted, out);
	json_each(value, params) {
		wanted = (struct wanted){ .value = value, .time_ms = cloud_now(cloud) };
		/* Too long a name gets here without validation only; of one that is given twice the first counts. */
		if (json_string(json_key(value), wanted.name, sizeof(wanted.name)) < 0 ||
		    json_get(params, wanted.name).node != value.node)
			continue;
		wanted.version = version_now(cloud, device, members, wanted.name) + 1;
		wanted_write(&wanted, out);
	}
	text_add_char(out, '}');
}

#define SET_TIMEOUT_MS 10000    /* nobody waits: it only ties the answer to the request in the log */

enum code desired_set(struct cloud *cloud, struct device *device, struct json params, struct json versions, bool *sent,
                      struct effects *out, struct text *why)
{
	enum code code = property_set_check(cloud, device->product, params, why);
	struct json_doc doc = { 0 };
	struct json members = desired_open(device, &doc);
	struct text text = { 0 };

	*sent = false;
	if (code == CODE_SUCCESS)
		code = check_versions(cloud, device, members, params, versions, why);
	if (code == CODE_SUCCESS) {
		merge(cloud, device, members, params, &text);
		code = desired_save(cloud, device, &text, why);
	}
	if (code == CODE_SUCCESS)
		*sent = property_set_send(cloud, device, params, SET_TIMEOUT_MS, 0, out, why) == CODE_SUCCESS;
	json_doc_free(&doc);
	text_free(&text);
	return code;
}

enum code desired_drop(struct cloud *cloud, struct device *device, struct json names, struct text *why)
{
	struct json_doc doc = { 0 };
	struct text text = { 0 };
	struct wanted wanted;
	enum code code;

	text_add_char(&text, '{');
	json_each(member, desired_open(device, &doc)) {
		if (!wanted_read(cloud, device, member, &wanted))
			continue;
		if (names_have(names, wanted.name))
			wanted.value = (struct json){ 0 };
		wanted_write(&wanted, &text);
	}
	text_add_char(&text, '}');
	code = desired_save(cloud, device, &text, why);
	json_doc_free(&doc);
	text_free(&text);
	return code;
}

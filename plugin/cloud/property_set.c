#include "property_set.h"

#include "downlink.h"
#include "property.h"

/* CODE_SUCCESS with the model's row; `name` has size NAME_MAX_BYTES. */
static enum code find(const struct product *product, struct json string, char *name, int *property, struct text *why)
{
	int len = json_string(string, name, NAME_MAX_BYTES);

	if (len >= 0)
		return property_find(product, name, (size_t)len, property, why);
	text_add(why, "a property's name is longer than any identifier");
	return CODE_PROPERTY_NOT_FOUND;
}

static enum code check_value(struct cloud *cloud, const struct product *product, struct json member, struct text *why)
{
	struct tsl_fault fault = { 0 };
	char name[NAME_MAX_BYTES];
	int property = -1;
	enum code code = find(product, json_key(member), name, &property, why);

	if (code != CODE_SUCCESS)
		return code;
	if (!product->tsl->properties[property].writable) {
		/* guess: no code is documented for setting a read-only property. */
		text_addf(why, "`%s` is read-only (accessMode r)", name);
		return CODE_BAD_PARAMS;
	}
	code = tsl_check(&product->tsl->properties[property].spec, member, name, product->validation, &cloud->settings, &fault);
	text_add(why, text_string(&fault.why));
	tsl_fault_free(&fault);
	return code;
}

enum code property_set_check(struct cloud *cloud, const struct product *product, struct json params, struct text *why)
{
	enum code code = CODE_SUCCESS;

	if (product->validation == VALIDATION_NONE)
		return CODE_SUCCESS;
	for (struct json m = json_first(params); code == CODE_SUCCESS && json_present(m); m = json_next(m))
		code = check_value(cloud, product, m, why);
	return code;
}

static enum code send(struct cloud *cloud, struct device *device, const char *path, struct json params,
                      int64_t timeout_ms, uint64_t ticket, struct effects *out, struct text *why)
{
	struct text text = { 0 };
	size_t len;
	const char *span = json_span(params, &len);
	enum code code;

	text_add_bytes(&text, span, len);
	code = downlink_send(cloud, device, &(struct down_request){
		.path = path, .params = text_string(&text), .timeout_ms = timeout_ms, .ticket = ticket }, out, why);
	text_free(&text);
	return code;
}

enum code property_set_send(struct cloud *cloud, struct device *device, struct json params, int64_t timeout_ms,
                            uint64_t ticket, struct effects *out, struct text *why)
{
	return send(cloud, device, "thing/service/property/set", params, timeout_ms, ticket, out, why);
}

enum code property_get_send(struct cloud *cloud, struct device *device, struct json names, int64_t timeout_ms,
                            uint64_t ticket, struct effects *out, struct text *why)
{
	json_each(string, names) {
		char name[NAME_MAX_BYTES];
		int property;
		enum code code = find(device->product, string, name, &property, why);

		if (code != CODE_SUCCESS && device->product->validation != VALIDATION_NONE)
			return code;
		text_clear(why);
	}
	return send(cloud, device, "thing/service/property/get", names, timeout_ms, ticket, out, why);
}

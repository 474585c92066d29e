/*
 * thing.event.property.post: a device reports properties.
 *
 * doc: "Devices submit property data"; things-and-data reference, sections 2 and 10.3.
 */
#include "property.h"

#include <string.h>

#include "sample.h"

enum code module_check(const struct product *product, const char *name, size_t len, struct text *why)
{
	const char *colon = memchr(name, ':', len);

	if (!colon || (product->tsl && tsl_has_module(product->tsl, name, (size_t)(colon - name))))
		return CODE_SUCCESS;
	text_addf(why, "product %s has no module `%.*s`", product->key, (int)(colon - name), name);
	return CODE_MODULE_NOT_FOUND;
}

enum code property_find(const struct product *product, const char *name, size_t len, int *property, struct text *why)
{
	*property = product->tsl ? tsl_find_property(product->tsl, name, len) : -1;
	if (*property >= 0)
		return CODE_SUCCESS;
	if (module_check(product, name, len, why) != CODE_SUCCESS)
		return CODE_MODULE_NOT_FOUND;
	text_addf(why, "`%.*s` is no property of product %s", (int)len, name, product->key);
	if (product->tsl && product->tsl->property_count)
		return CODE_PROPERTY_NOT_FOUND;
	text_add(why, ", which has none at all");
	return CODE_NO_PROPERTIES;   /* guess: this is when 6320 comes instead */
}

enum code property_post(struct call *call)
{
	struct report report = { .call = call, .device = call->device };
	enum code code;

	if (!json_is(call->params, JSON_OBJECT) || !json_count(call->params)) {
		text_addf(call->why, "`params` is %s, not an object with at least one property",
		          json_is(call->params, JSON_OBJECT) ? "empty" : json_type_name(json_type(call->params)));
		return CODE_BAD_PARAMS;
	}
	/* guess: the documents also speak of "valid" properties; ours counts them all. */
	code = report_limit(call, json_count(call->params), "properties", call->cloud->settings.limits.properties_per_post,
	                    "propertiesPerPost", CODE_TOO_MANY_PROPERTIES);
	if (code != CODE_SUCCESS)
		return code;
	json_each(member, call->params)
		if (report_property(&report, json_key(member), member) != CODE_SUCCESS)
			report_refused(&report, json_key(member));
	return report_end(&report);
}

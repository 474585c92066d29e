/* The model as JSON: what a device downloads and what the console exports. */
#include "tsl_private.h"

#include <string.h>

/* A feature's identifier inside its module. */
static const char *bare(const char *identifier, const struct tsl_module *module)
{
	return module->identifier ? identifier + strlen(module->identifier) + 1 : identifier;
}

static void add_string(struct text *out, const char *key, const char *value)
{
	text_add_key(out, key);
	text_add_json(out, value);
}

static void add_bool(struct text *out, const char *key, bool value)
{
	text_add_key(out, key);
	text_add(out, value ? "true" : "false");
}

static void open_list(struct text *out, const char *key)
{
	text_add_key(out, key);
	text_add_char(out, '[');
}

static void add_method(struct text *out, const char *kind, const char *identifier, const char *suffix)
{
	text_add_key(out, "method");
	text_addf(out, "\"thing.%s.%s%s\"", kind, identifier, suffix);
}

static void open_feature(struct text *out, const char *identifier, const char *name)
{
	text_add_comma(out);
	text_add_char(out, '{');
	add_string(out, "identifier", identifier);
	add_string(out, "name", name);
}

static void add_desc(struct text *out, const char *desc)
{
	if (desc)
		add_string(out, "desc", desc);
}

static void add_data_type(struct text *out, const struct tsl_field *field)
{
	text_add_key(out, "dataType");
	text_add(out, field->data_type);
	text_add_char(out, '}');
}

static void add_params(struct text *out, const char *key, const struct tsl_field *fields, size_t count)
{
	open_list(out, key);
	for (size_t i = 0; i < count; i++) {
		open_feature(out, fields[i].identifier, fields[i].name);
		add_desc(out, fields[i].desc);
		if (fields[i].required)
			add_bool(out, "required", true);
		add_data_type(out, &fields[i]);
	}
	text_add_char(out, ']');
}

/* --- what the cloud generates: the properties as parameters --- */

static bool any(const struct tsl_field *property)
{
	(void)property;
	return true;
}

static bool readable(const struct tsl_field *property)
{
	return property->readable;
}

static bool writable(const struct tsl_field *property)
{
	return property->writable;
}

static void add_properties_as(struct text *out, const char *key, const struct tsl *tsl, const struct tsl_module *module,
                              bool (*which)(const struct tsl_field *property))
{
	open_list(out, key);
	for (size_t i = 0; i < module->properties.count; i++) {
		const struct tsl_field *property = &tsl->properties[module->properties.first + i];

		if (!which(property))
			continue;
		open_feature(out, bare(property->identifier, module), property->name);
		add_data_type(out, property);
	}
	text_add_char(out, ']');
}

static void add_names(struct text *out, const char *key, const struct tsl *tsl, const struct tsl_module *module)
{
	open_list(out, key);
	for (size_t i = 0; i < module->properties.count; i++) {
		const struct tsl_field *property = &tsl->properties[module->properties.first + i];

		if (!property->readable)
			continue;
		text_add_comma(out);
		text_add_json(out, bare(property->identifier, module));
	}
	text_add_char(out, ']');
}

static void add_post(struct text *out, const struct tsl *tsl, const struct tsl_module *module)
{
	open_feature(out, "post", "post");
	add_string(out, "type", "info");
	add_bool(out, "required", true);
	add_method(out, "event", "property", ".post");
	add_properties_as(out, "outputData", tsl, module, any);
	text_add_char(out, '}');
}

static void add_set(struct text *out, const struct tsl *tsl, const struct tsl_module *module)
{
	open_feature(out, "set", "set");
	add_bool(out, "required", true);
	add_string(out, "callType", "async");
	add_method(out, "service", "property.set", "");
	add_properties_as(out, "inputData", tsl, module, writable);
	open_list(out, "outputData");
	text_add(out, "]}");
}

static void add_get(struct text *out, const struct tsl *tsl, const struct tsl_module *module)
{
	open_feature(out, "get", "get");
	add_bool(out, "required", true);
	add_string(out, "callType", "async");
	add_method(out, "service", "property.get", "");
	add_names(out, "inputData", tsl, module);
	add_properties_as(out, "outputData", tsl, module, readable);
	text_add_char(out, '}');
}

/* --- a module's three lists --- */

static void add_properties(struct text *out, const struct tsl *tsl, const struct tsl_module *module)
{
	open_list(out, "properties");
	for (size_t i = 0; i < module->properties.count; i++) {
		const struct tsl_field *property = &tsl->properties[module->properties.first + i];

		open_feature(out, bare(property->identifier, module), property->name);
		add_string(out, "accessMode", !property->writable ? "r" : property->readable ? "rw" : "w");
		add_desc(out, property->desc);
		add_bool(out, "required", property->required);
		add_data_type(out, property);
	}
	text_add_char(out, ']');
}

static void add_events(struct text *out, const struct tsl *tsl, const struct tsl_module *module)
{
	open_list(out, "events");
	add_post(out, tsl, module);
	for (size_t i = 0; i < module->events.count; i++) {
		const struct tsl_event *event = &tsl->events[module->events.first + i];

		open_feature(out, bare(event->identifier, module), event->name);
		add_string(out, "type", event->type);
		add_bool(out, "required", event->required);
		add_desc(out, event->desc);
		add_method(out, "event", event->identifier, ".post");
		add_params(out, "outputData", event->outputs, event->output_count);
		text_add_char(out, '}');
	}
	text_add_char(out, ']');
}

static void add_services(struct text *out, const struct tsl *tsl, const struct tsl_module *module)
{
	open_list(out, "services");
	add_set(out, tsl, module);
	add_get(out, tsl, module);
	for (size_t i = 0; i < module->services.count; i++) {
		const struct tsl_service *service = &tsl->services[module->services.first + i];

		open_feature(out, bare(service->identifier, module), service->name);
		add_bool(out, "required", service->required);
		add_string(out, "callType", service->sync ? "sync" : "async");
		add_desc(out, service->desc);
		add_method(out, "service", service->identifier, "");
		add_params(out, "inputData", service->inputs, service->input_count);
		add_params(out, "outputData", service->outputs, service->output_count);
		text_add_char(out, '}');
	}
	text_add_char(out, ']');
}

static void add_features(struct text *out, const struct tsl *tsl, const struct tsl_module *module)
{
	add_properties(out, tsl, module);
	add_events(out, tsl, module);
	add_services(out, tsl, module);
}

static void add_link(struct text *out, const char *product_key, const char *device_name)
{
	struct text link = { 0 };

	text_addf(&link, "/sys/%s/%s/thing/", product_key, device_name);
	add_string(out, "link", text_string(&link));
	out->failed |= link.failed;
	text_free(&link);
}

void tsl_write(const struct tsl *tsl, const char *product_key, const char *device_name, struct text *out)
{
	text_add_char(out, '{');
	add_string(out, "schema", "https://iotx-tsl.oss-ap-southeast-1.aliyuncs.com/schema.json");
	if (device_name)
		add_link(out, product_key, device_name);
	text_add_key(out, "profile");
	text_add_char(out, '{');
	if (!device_name)
		add_string(out, "version", "1.0");
	add_string(out, "productKey", product_key);
	if (device_name)
		add_string(out, "deviceName", device_name);
	text_add_char(out, '}');
	add_features(out, tsl, &tsl->default_module);
	if (tsl->module_count)
		open_list(out, "functionBlocks");
	for (size_t i = 0; i < tsl->module_count; i++) {
		text_add_comma(out);
		text_add_char(out, '{');
		add_string(out, "functionBlockId", tsl->modules[i].identifier);
		if (tsl->modules[i].name)
			add_string(out, "functionBlockName", tsl->modules[i].name);
		add_features(out, tsl, &tsl->modules[i]);
		text_add_char(out, '}');
	}
	text_add(out, tsl->module_count ? "]}" : "}");
}

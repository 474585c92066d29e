#include "service.h"

#include <string.h>

#include "property.h"

enum code service_find(const struct product *product, const char *name, size_t len, int *service, struct text *why)
{
	const char *colon = memchr(name, ':', len);

	*service = product->tsl ? tsl_find_service(product->tsl, name, len) : -1;
	if (*service >= 0)
		return CODE_SUCCESS;
	if (colon && !(product->tsl && tsl_has_module(product->tsl, name, (size_t)(colon - name)))) {
		text_addf(why, "product %s has no module `%.*s`", product->key, (int)(colon - name), name);
		return CODE_MODULE_NOT_FOUND;
	}
	text_addf(why, "`%.*s` is no service of product %s", (int)len, name, product->key);
	return CODE_SERVICE_NOT_FOUND;
}

/* One parameter, in or out: CODE_SUCCESS, or the code with `fault` filled. */
static enum code check_parameter(const struct cloud *cloud, const struct product *product, const struct tsl_field *fields,
                                 size_t count, struct json member, struct tsl_fault *fault)
{
	char name[NAME_MAX_BYTES];
	int len = json_string(json_key(member), name, sizeof(name));
	int field = len < 0 ? -1 : tsl_find_field(fields, count, name, (size_t)len);

	text_clear(&fault->message);
	text_clear(&fault->subject);
	text_clear(&fault->why);
	if (field >= 0)
		return tsl_check(&fields[field].spec, member, name, product->validation, &cloud->settings, fault);
	text_add(&fault->message, code_message(CODE_PARAM_NOT_EXIST));
	text_add(&fault->subject, len < 0 ? "…" : name);
	text_addf(&fault->why, "the service has no parameter `%s`", text_string(&fault->subject));
	return CODE_PARAM_NOT_EXIST;
}

enum code service_check_input(struct cloud *cloud, const struct product *product, const struct tsl_service *service,
                              struct json params, struct text *why)
{
	struct tsl_fault fault = { 0 };
	enum code code = CODE_SUCCESS;
	size_t i;

	if (product->validation == VALIDATION_NONE)
		return CODE_SUCCESS;
	for (i = 0; i < service->input_count; i++) {
		if (!service->inputs[i].required || json_present(json_get(params, service->inputs[i].identifier)))
			continue;
		text_addf(why, "`%s` is missing, which service `%s` requires", service->inputs[i].identifier, service->identifier);
		return CODE_PARAM_MISSING;
	}
	for (struct json m = json_first(params); code == CODE_SUCCESS && json_present(m); m = json_next(m))
		code = check_parameter(cloud, product, service->inputs, service->input_count, m, &fault);
	text_add(why, text_string(&fault.why));
	tsl_fault_free(&fault);
	return code;
}

static void add_member(struct text *out, struct json member)
{
	text_add_char(out, out->len ? ',' : '{');
	json_write(json_key(member), out);
	text_add_char(out, ':');
}

void service_check_output(struct cloud *cloud, const struct device *device, const char *name, struct json output,
                          struct text *data, struct text *failed, struct text *why)
{
	const struct product *product = device->product;
	int row = product->tsl ? tsl_find_service(product->tsl, name, strlen(name)) : -1;
	const struct tsl_service *service = row < 0 ? NULL : &product->tsl->services[row];
	struct tsl_fault fault = { 0 };

	/* seen: the Go client sends an empty output as the string "{}". */
	if (!json_is(output, JSON_OBJECT)) {
		if (json_present(output) && !json_is_string(output, "{}")) {
			json_write(output, data);
			text_addf(why, "%s`data` is %s, not an object", why->len ? "; " : "", json_type_name(json_type(output)));
		}
		return;
	}
	json_each(member, output) {
		/* The service may have gone from the model while it ran. */
		enum code code = !service || product->validation == VALIDATION_NONE ? CODE_SUCCESS :
			check_parameter(cloud, product, service->outputs, service->output_count, member, &fault);

		if (code == CODE_SUCCESS) {
			add_member(data, member);
			json_write(member, data);
			continue;
		}
		add_member(failed, member);
		text_add(failed, "{\"value\":");
		json_write(member, failed);
		text_addf(failed, ",\"code\":%d,\"message\":", code);
		text_addf(&fault.message, " -> %s", text_string(&fault.subject));
		text_add_json(failed, text_string(&fault.message));
		text_add_char(failed, '}');
		text_addf(why, "%s%d: %s", why->len ? "; " : "", code, text_string(&fault.why));
	}
	if (data->len)
		text_add_char(data, '}');
	if (failed->len)
		text_add_char(failed, '}');
	tsl_fault_free(&fault);
}

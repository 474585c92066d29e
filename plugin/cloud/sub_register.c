/*
 * thing/sub/register, thing/proxy/provisioning/product_register, thing/sub/unregister: secrets for sub-devices.
 *
 * doc: "Device identity registration"; sdk: C SDK 3.2 for product_register's shapes and for unregister, which no
 * document describes; connect reference, section 3.
 */
#include <string.h>

#include "method.h"
#include "relation.h"
#include "sub_device.h"

static bool check_list(struct call *call, struct json list)
{
	int64_t limit = call->cloud->settings.limits.entries_per_topology_request;

	return sub_list_check(list, limit, "entriesPerTopologyRequest", call->why);
}

/* What both ways of registering ask of a sub-device. */
static enum code find_registrable(struct cloud *cloud, const struct sub_name *name, struct device **device,
                                  struct text *why)
{
	struct product *product = product_find(cloud, name->product_key, strlen(name->product_key));

	*device = sub_name_find(cloud, name, why);
	if (!product)
		return CODE_PRODUCT_QUERY_FAILED;
	if (!*device)
		return CODE_DEVICE_NOT_FOUND;
	/* guess: no code is documented for what is no sub-device. */
	if (product->node_type != NODE_SUB_DEVICE) {
		text_addf(why, "product %s is not of nodeType sub-device", name->product_key);
		return CODE_BAD_PARAMS;
	}
	if (product->dynamic_registration)
		return CODE_SUCCESS;
	text_addf(why, "product %s does not allow dynamic registration (dynamicRegistration)", name->product_key);
	return CODE_REGISTRATION_OFF;
}

static enum code register_one(struct call *call, struct json entry)
{
	struct sub_name name;
	struct device *device;
	enum code code;

	if (!sub_name_read(&name, entry, call->why))
		return CODE_BAD_PARAMS;
	code = find_registrable(call->cloud, &name, &device, call->why);
	if (code != CODE_SUCCESS)
		return code;
	if (device->gateway && device->gateway != call->device->id) {
		text_addf(call->why, "%s/%s is bound to another gateway", name.product_key, name.device_name);
		return CODE_BOUND_ELSEWHERE;
	}
	/* guess: the secret stays the same however often it is asked for. */
	text_add_comma(call->data);
	text_add(call->data, "{\"iotId\":");
	text_add_json(call->data, device->iot_id);
	text_add_key(call->data, "productKey");
	text_add_json(call->data, device->product->key);
	text_add_key(call->data, "deviceName");
	text_add_json(call->data, device->name);
	text_add_key(call->data, "deviceSecret");
	text_add_json(call->data, device->secret);
	text_add_char(call->data, '}');
	return CODE_SUCCESS;
}

enum code sub_register(struct call *call)
{
	enum code code = check_list(call, call->params) ? CODE_SUCCESS : CODE_BAD_PARAMS;

	text_add_char(call->data, '[');
	if (code == CODE_SUCCESS)
		json_each(entry, call->params)
			if ((code = register_one(call, entry)) != CODE_SUCCESS)
				break;
	text_add_char(call->data, ']');
	/* guess: all or nothing, with the code of the first that fails. */
	if (code != CODE_SUCCESS)
		text_clear(call->data);
	return code;
}

/* --- with the product's secret --- */

/* An entry of proxieds: its names, and what became of it. */
struct proxied {
	struct sub_name name;
	struct device *device;
	enum code code;
};

static enum code judge_proxied(struct call *call, struct json entry, struct proxied *proxied, struct text *why)
{
	struct json method_name = json_get(entry, "signMethod");
	char random[256], sign[129], name[32] = "";
	struct signature signature = {
		.fields = {
			{ "deviceName", proxied->name.device_name }, { "productKey", proxied->name.product_key }, { "random", random },
		},
		.method = SIGN_MD5, .by_product = true, .got = sign,
	};
	enum code code;

	if (!sub_name_read(&proxied->name, entry, why))
		return CODE_BAD_PARAMS;
	if (json_string(json_get(entry, "random"), random, sizeof(random)) < 1 ||
	    json_string(json_get(entry, "sign"), sign, sizeof(sign)) < 1 ||
	    (json_present(method_name) && json_string(method_name, name, sizeof(name)) < 1)) {
		text_addf(why, "`random`, `sign` or `signMethod` of %s/%s is missing, empty, too long or of the wrong type",
		          proxied->name.product_key, proxied->name.device_name);
		return CODE_BAD_PARAMS;
	}
	code = find_registrable(call->cloud, &proxied->name, &proxied->device, why);
	if (code != CODE_SUCCESS)
		return code;
	if (!sub_sign_method(&signature, name, why))
		return CODE_SIGN_METHOD_UNSUPPORTED;
	signature.product = proxied->device->product;
	signature.device = proxied->device;
	if (!sub_sign_matches(call->cloud, &signature, !call->why->len, why))
		return CODE_SIGN_CHECK_FAILED;
	/* sdk: Link SDK 4.x: this may take a sub-device away from the gateway it is bound to. */
	if (proxied->device->gateway != call->device->id &&
	    relation_set(call->cloud, proxied->device, NULL, true, call->out)) {
		text_add(why, store_error(call->cloud->store));
		return CODE_SERVER_ERROR;
	}
	return CODE_SUCCESS;
}

static void write_proxied(struct text *out, const struct proxied *proxied)
{
	text_add_comma(out);
	text_add_char(out, '{');
	if (proxied->code == CODE_SUCCESS) {
		text_add_key(out, "deviceSecret");
		text_add_json(out, proxied->device->secret);
	}
	text_add_key(out, "productKey");
	text_add_json(out, proxied->name.product_key);
	text_add_key(out, "deviceName");
	text_add_json(out, proxied->name.device_name);
	if (proxied->code != CODE_SUCCESS) {
		/* sdk: the C SDK needs a number here. */
		text_addf(out, ",\"errorDetail\":{\"code\":%d,\"message\":", proxied->code);
		text_add_json(out, code_message(proxied->code));
		text_add_char(out, '}');
	}
	text_add_char(out, '}');
}

/*
 * sdk: C SDK 3.2 needs both arrays, and only an entry in one of them wakes the caller that waits for it: so each
 * device is in one, also when the whole request is refused.
 */
enum code sub_product_register(struct call *call)
{
	struct json list = json_get(call->params, "proxieds");
	enum code whole = check_list(call, list) ? CODE_SUCCESS : CODE_BAD_PARAMS, first = CODE_SUCCESS;
	struct text failures = { 0 }, successes = { 0 }, why = { 0 };
	bool always_200 = call->cloud->settings.options.product_register_code;

	json_each(entry, json_is(list, JSON_ARRAY) ? list : (struct json){ 0 }) {
		struct proxied proxied = { .code = whole };

		text_clear(&why);
		if (whole == CODE_SUCCESS)
			proxied.code = judge_proxied(call, entry, &proxied, &why);
		else
			sub_name_read(&proxied.name, entry, &why);
		write_proxied(proxied.code == CODE_SUCCESS ? &successes : &failures, &proxied);
		if (proxied.code == CODE_SUCCESS || whole != CODE_SUCCESS)
			continue;
		if (first == CODE_SUCCESS)
			first = proxied.code;
		text_addf(call->why, "%s%d: %s", call->why->len ? "; " : "", proxied.code, text_string(&why));
	}
	text_addf(call->data, "{\"failures\":[%s],\"successes\":[%s]}", text_string(&failures), text_string(&successes));
	/* guess: the code over all; the SDK looks at each entry's, and takes a failed device for registered under a 200. */
	if (whole == CODE_SUCCESS && !successes.len && !always_200)
		whole = first;
	else if (whole == CODE_SUCCESS && first != CODE_SUCCESS)
		call->log_code = first;
	text_free(&failures);
	text_free(&successes);
	text_free(&why);
	return whole;
}

/* guess: what it does on the platform is unknown; here the relation and the session go, the device stays. */
enum code sub_unregister(struct call *call)
{
	struct sub_name name;
	struct device *device;

	if (!check_list(call, call->params))
		return CODE_BAD_PARAMS;
	json_each(entry, call->params)
		if (!sub_name_read(&name, entry, call->why))
			return CODE_BAD_PARAMS;
	json_each(entry, call->params) {
		sub_name_read(&name, entry, call->why);
		device = device_find_key(call->cloud, name.product_key, name.device_name);
		if (device && device->gateway == call->device->id &&
		    relation_set(call->cloud, device, NULL, false, call->out)) {
			text_add(call->why, store_error(call->cloud->store));
			return CODE_SERVER_ERROR;
		}
	}
	return CODE_SUCCESS;
}

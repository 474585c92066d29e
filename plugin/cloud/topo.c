/*
 * thing/topo/add, delete, get and thing/list/found: a gateway manages its sub-devices.
 *
 * doc: "Manage topological relationships"; connect reference, sections 4.1 to 4.4.
 */
#include <stdlib.h>
#include <string.h>

#include "bucket.h"
#include "method.h"
#include "relation.h"
#include "sub_device.h"

/* CODE_SUCCESS when a gateway may ask now, and its list of sub-devices has the right form. */
static enum code check_request(struct call *call, bool with_list)
{
	const struct settings *settings = &call->cloud->settings;
	int64_t rate = settings->limits.topology_requests_per_device_per_second;

	if (!bucket_take(&call->device->topology_requests, rate, 1000, 1, call->now_ms)) {
		text_addf(call->why, "more than %lld topology requests in a second (limit topologyRequestsPerDevicePerSecond)",
		          (long long)rate);
		return CODE_TOO_MANY_REQUESTS;
	}
	if (with_list && !sub_list_check(call->params, settings->limits.entries_per_topology_request,
	                                 "entriesPerTopologyRequest", call->why))
		return CODE_BAD_PARAMS;
	return CODE_SUCCESS;
}

/* guess: the order of the checks, as the reference recommends it. */
static enum code judge_add(struct call *call, struct json entry, struct device **device)
{
	const struct settings *settings = &call->cloud->settings;
	struct signature signature;
	struct sub_claim claim;

	if (!sub_claim_read(&claim, entry, (struct json){ 0 }, false, call->why))
		return CODE_BAD_PARAMS;
	if (!strcmp(claim.name.product_key, call->device->product->key) &&
	    !strcmp(claim.name.device_name, call->device->name)) {
		text_add(call->why, "the gateway names itself as its sub-device");
		return CODE_TOPO_SELF;
	}
	*device = sub_name_find(call->cloud, &claim.name, call->why);
	if (!*device) {
		/* doc: 6100 for the gateway; the log tells an unknown product apart. */
		if (!product_find(call->cloud, claim.name.product_key, strlen(claim.name.product_key)))
			call->log_code = CODE_PRODUCT_QUERY_FAILED;
		return CODE_DEVICE_NOT_FOUND;
	}
	/* guess: no code is documented for binding what is no sub-device. */
	if ((*device)->product->node_type != NODE_SUB_DEVICE) {
		text_addf(call->why, "product %s is not of nodeType sub-device", claim.name.product_key);
		return CODE_BAD_PARAMS;
	}
	if (!(*device)->enabled) {
		text_addf(call->why, "%s/%s is disabled", claim.name.product_key, claim.name.device_name);
		return CODE_DEVICE_DISABLED;
	}
	signature = sub_claim_signature(&claim, *device);
	if (!sub_sign_method(&signature, claim.sign_method, call->why) ||
	    !sub_sign_matches(call->cloud, &signature, !call->why->len, call->why))
		return CODE_AUTH_ERROR;
	/* guess: no source says whether the device side may move a sub-device, as the cloud's API may. */
	if (settings->options.topology_add_bound && (*device)->gateway && (*device)->gateway != call->device->id) {
		text_addf(call->why, "%s/%s is bound to another gateway (option topologyAddBound)", claim.name.product_key,
		          claim.name.device_name);
		return CODE_BOUND_ELSEWHERE;
	}
	return CODE_SUCCESS;
}

/* The reply's data. doc: an array in newer documents, {} in older; sdk: Go needs an array, also of a refusal. */
static void write_data(struct call *call, struct device *const *devices, size_t count)
{
	size_t i;

	if (call->cloud->settings.options.topology_reply_data)
		return;
	text_add_char(call->data, '[');
	for (i = 0; i < count; i++)
		sub_name_write(call->data, devices[i]->product->key, devices[i]->name);
	text_add_char(call->data, ']');
}

/* guess: all or nothing, as the cloud's own API does it. */
static enum code change_all(struct call *call, enum code (*judge)(struct call *, struct json, struct device **),
                            const struct device *gateway, bool tell)
{
	struct device **devices = NULL;
	size_t count = 0, fresh = 0, i;
	enum code code = check_request(call, true);

	if (code == CODE_SUCCESS && !(devices = calloc(json_count(call->params), sizeof(*devices))))
		code = CODE_SERVER_ERROR;
	json_each(entry, code == CODE_SUCCESS ? call->params : (struct json){ 0 }) {
		struct device *device = NULL;

		code = judge(call, entry, &device);
		if (code != CODE_SUCCESS)
			break;
		fresh += gateway && device->gateway != gateway->id && device->named_in != call->trace;
		device->named_in = call->trace;
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): without the array, code is no success and nothing is listed */
		devices[count++] = device;
	}
	if (code == CODE_SUCCESS && fresh)
		code = relation_check_capacity(call->cloud, gateway, fresh, call->why);
	for (i = 0; code == CODE_SUCCESS && i < count; i++)
		if (relation_set(call->cloud, devices[i], gateway, tell, call->out)) {
			text_add(call->why, store_error(call->cloud->store));
			code = CODE_SERVER_ERROR;
		}
	write_data(call, devices, code == CODE_SUCCESS ? count : 0);
	free(devices);
	return code;
}

enum code topo_add(struct call *call)
{
	/* guess: the gateway that loses a sub-device this way hears 6401. */
	return change_all(call, judge_add, call->device, true);
}

static enum code judge_delete(struct call *call, struct json entry, struct device **device)
{
	struct sub_name name;

	if (!sub_name_read(&name, entry, call->why))
		return CODE_BAD_PARAMS;
	*device = sub_name_find(call->cloud, &name, call->why);
	if (!*device)
		return CODE_DEVICE_NOT_FOUND;
	if ((*device)->gateway == call->device->id)
		return CODE_SUCCESS;
	text_addf(call->why, "%s/%s is not bound to this gateway", name.product_key, name.device_name);
	return CODE_TOPO_NOT_EXIST;
}

enum code topo_delete(struct call *call)
{
	/* guess: who asked for the end of a session is not told of it. */
	return change_all(call, judge_delete, NULL, false);
}

static void write_one(void *ctx, struct device *sub_device)
{
	sub_name_write(ctx, sub_device->product->key, sub_device->name);
}

enum code topo_get(struct call *call)
{
	enum code code = check_request(call, false);

	text_add_char(call->data, '[');
	if (code == CODE_SUCCESS && relation_each(call->cloud, call->device, 0, INT64_MAX, write_one, call->data) < 0) {
		text_add(call->why, store_error(call->cloud->store));
		code = CODE_SERVER_ERROR;
	}
	text_add_char(call->data, ']');
	return code;
}

/* doc: what a gateway has discovered; an application then decides what to bind. Nothing is created. */
enum code topo_list_found(struct call *call)
{
	struct sub_name name;

	if (!sub_list_check(call->params, call->cloud->settings.limits.entries_per_topology_request,
	                    "entriesPerTopologyRequest", call->why))
		return CODE_BAD_PARAMS;
	json_each(entry, call->params) {
		if (!sub_name_read(&name, entry, call->why))
			return CODE_BAD_PARAMS;
		if (!product_find(call->cloud, name.product_key, strlen(name.product_key))) {
			text_addf(call->why, "there is no product %s", name.product_key);
			return CODE_PRODUCT_NOT_FOUND;
		}
		if (!device_name_valid(&call->cloud->settings, name.device_name)) {
			text_addf(call->why, "`%s` is no deviceName: 4 to 32 characters of the set that option deviceNameCharset allows",
			          name.device_name);
			return CODE_DEVICE_NAME_INVALID;
		}
	}
	return CODE_SUCCESS;
}

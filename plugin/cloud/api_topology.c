/* Gateways and their sub-devices, seen and changed from the cloud's side. */
#include <stdio.h>
#include <stdlib.h>

#include "api_call.h"
#include "downlink.h"
#include "push.h"
#include "relation.h"
#include "remote_config.h"
#include "sub_device.h"

#define PAGE_MAX 500

static void write_name(struct text *out, const struct device *device)
{
	text_add_comma(out);
	text_add(out, "{\"productKey\":");
	text_add_json(out, device->product->key);
	text_add_key(out, "deviceName");
	text_add_json(out, device->name);
	text_add(out, device_route(device) ? ",\"online\":true" : ",\"online\":false");
}

static void write_next(struct text *out, int64_t next)
{
	if (next)
		text_addf(out, ",\"next\":\"%lld\"}", (long long)next);
	else
		text_add(out, ",\"next\":null}");
}

/* --- all gateways --- */

struct gateway_page {
	int64_t ids[PAGE_MAX];
	size_t  count;
};

static int collect_gateway(void *ctx, const struct stored_device *row)
{
	struct gateway_page *page = ctx;

	page->ids[page->count++] = row->id;
	return 0;
}

static int write_gateway(struct api_call *call, const struct device *gateway)
{
	int64_t count;

	if (store_count_sub_devices(call->cloud->store, gateway->id, &count))
		return -1;
	write_name(call->answer, gateway);
	text_addf(call->answer, ",\"subDevices\":%lld,\"subDevicesOnline\":%zu}", (long long)count,
	          gateway->connection ? gateway->connection->session_count : 0);
	return 0;
}

int api_topology_list(struct api_call *call)
{
	struct cloud *cloud = call->cloud;
	struct gateway_page page = { .count = 0 };
	int64_t limit, after, next = 0;
	size_t i;

	if (!api_query_int(call, "limit", 1, PAGE_MAX - 1, 100, &limit) ||
	    !api_query_int(call, "after", 0, INT64_MAX, 0, &after))
		return 400;
	/* One more than asked for tells whether there is more. */
	if (store_list_gateways(cloud->store, after, (int)limit + 1, collect_gateway, &page))
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(cloud->store));
	text_add(call->answer, "{\"gateways\":[");
	if (page.count > (size_t)limit)
		next = page.ids[--page.count - 1];
	for (i = 0; i < page.count; i++) {
		const struct device *gateway = device_get(cloud, page.ids[i]);

		if (gateway && write_gateway(call, gateway))
			return api_refuse(call, 500, "StoreFailed", "%s", store_error(cloud->store));
	}
	text_add_char(call->answer, ']');
	write_next(call->answer, next);
	return 200;
}

/* --- one gateway --- */

static struct device *api_gateway(struct api_call *call)
{
	struct device *device = api_device(call);
	const struct device *bound_to;

	if (!device || device->product->node_type == NODE_GATEWAY)
		return device;
	bound_to = device_get(call->cloud, device->gateway);
	if (bound_to)
		api_refuse(call, 409, "NotGateway", "%s/%s is no gateway; it belongs to gateway %s/%s", device->product->key,
		           device->name, bound_to->product->key, bound_to->name);
	else
		api_refuse(call, 409, "NotGateway", "%s/%s is no gateway", device->product->key, device->name);
	return NULL;
}

static void write_sub_device(void *ctx, struct device *sub_device)
{
	write_name(ctx, sub_device);
	text_add(ctx, sub_device->enabled ? ",\"enabled\":true}" : ",\"enabled\":false}");
}

int api_topology_show(struct api_call *call)
{
	struct device *gateway = api_gateway(call);
	int64_t limit, after, count = 0;

	if (!gateway)
		return 404;
	if (!api_query_int(call, "limit", 1, 2000, 2000, &limit) || !api_query_int(call, "after", 0, INT64_MAX, 0, &after))
		return 400;
	if (store_count_sub_devices(call->cloud->store, gateway->id, &count))
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
	write_name(call->answer, gateway);
	text_add(call->answer, ",\"subDevices\":[");
	after = relation_each(call->cloud, gateway, after, limit, write_sub_device, call->answer);
	if (after < 0)
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
	text_addf(call->answer, "],\"total\":%lld", (long long)count);
	write_next(call->answer, after);
	return 200;
}

/* The sub-device an entry of `subDevices` names; NULL after refusing. */
static struct device *read_sub_device(struct api_call *call, struct json entry, const struct device *gateway)
{
	struct text why = { 0 };
	struct device *device = NULL;
	struct sub_name name;

	if (!sub_name_read(&name, entry, &why))
		api_refuse(call, 400, "BadRequest", "%s", text_string(&why));
	else if (!(device = sub_name_find(call->cloud, &name, &why)))
		api_refuse(call, 404, "NotFound", "%s", text_string(&why));
	else if (device == gateway)
		api_refuse_code(call, CODE_TOPO_SELF, "the gateway cannot be its own sub-device");
	else if (device->product->node_type != NODE_SUB_DEVICE)
		api_refuse(call, 409, "NotSubDevice", "%s/%s is no sub-device", name.product_key, name.device_name);
	text_free(&why);
	return device && device != gateway && device->product->node_type == NODE_SUB_DEVICE ? device : NULL;
}

/* Binds them if there is room for those that are `fresh` to the gateway; the answer is the gateway afterwards. */
static int bind(struct api_call *call, struct device *gateway, struct device *const *devices, size_t count, size_t fresh)
{
	struct text why = { 0 };
	enum code code = relation_check_capacity(call->cloud, gateway, fresh, &why);
	int status = 200;

	if (code != CODE_SUCCESS)
		status = api_refuse_code(call, code, text_string(&why));
	else if (relation_bind(call->cloud, gateway, devices, count, call->out))
		status = api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
	text_free(&why);
	return status == 200 ? api_topology_show(call) : status;
}

int api_topology_add(struct api_call *call)
{
	struct device *gateway = api_gateway(call), **devices;
	struct json list = json_get(call->body, "subDevices");
	size_t count = 0, fresh = 0;
	int status;

	if (!gateway)
		return 404;
	if (!json_count(list))
		return api_refuse(call, 400, "BadRequest", "`subDevices` is empty");
	devices = calloc(json_count(list), sizeof(*devices));
	if (!devices)
		return api_refuse(call, 500, "OutOfMemory", "out of memory");
	json_each(entry, list) {
		uint32_t i;

		devices[count] = read_sub_device(call, entry, gateway);
		if (!devices[count]) {
			free(devices);
			return 400;
		}
		for (i = 0; i < count && devices[i] != devices[count]; i++)
			;
		if (i == count)
			fresh += devices[count++]->gateway != gateway->id;
	}
	status = bind(call, gateway, devices, count, fresh);
	free(devices);
	return status;
}

/* NULL when there is no such device: that is answered then. */
static struct device *named_sub_device(struct api_call *call)
{
	struct device *device = device_find_key(call->cloud, call->segment[2], call->segment[3]);

	if (!device)
		api_refuse(call, 404, "NotFound", "there is no device %s/%s", call->segment[2], call->segment[3]);
	return device;
}

int api_topology_bind(struct api_call *call)
{
	struct device *gateway = api_gateway(call), *sub_device;

	if (!gateway)
		return 404;
	sub_device = named_sub_device(call);
	if (!sub_device)
		return 404;
	if (sub_device->product->node_type != NODE_SUB_DEVICE)
		return api_refuse(call, 409, "NotSubDevice", "%s/%s is no sub-device", call->segment[2], call->segment[3]);
	return bind(call, gateway, &sub_device, 1, sub_device->gateway != gateway->id);
}

int api_topology_remove(struct api_call *call)
{
	struct cloud *cloud = call->cloud;
	struct device *gateway = api_gateway(call), *sub_device;

	if (!gateway)
		return 404;
	sub_device = named_sub_device(call);
	if (!sub_device)
		return 404;
	if (sub_device->gateway != gateway->id)
		return api_refuse_code(call, CODE_TOPO_NOT_EXIST, "the sub-device is not bound to this gateway");
	if (relation_release(cloud, sub_device, call->out))
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(cloud->store));
	return api_topology_show(call);
}

/* --- requests to a gateway --- */

/* Sends, and answers when the gateway does. */
static int ask(struct api_call *call, struct device *gateway, const char *path, const struct text *params)
{
	int64_t timeout_ms = 10000;
	struct text why = { 0 };
	int status = API_LATER;
	enum code code;

	json_int64(json_get(call->body, "timeoutMs"), &timeout_ms);
	if (timeout_ms < 1 || timeout_ms > 600000)
		return api_refuse(call, 400, "BadRequest", "`timeoutMs` must be from 1 to 600000");
	code = downlink_send(call->cloud, gateway, &(struct down_request){
		.path = path, .params = text_string(params), .timeout_ms = timeout_ms, .ticket = call->ticket,
	}, call->out, &why);
	if (code != CODE_SUCCESS)
		status = api_refuse_code(call, code, text_string(&why));
	text_free(&why);
	return status;
}

/* Any names will do: an application may ask for what the gateway alone has seen so far. */
int api_topology_notify(struct api_call *call)
{
	struct device *gateway = api_gateway(call);
	struct json list = json_get(call->body, "subDevices");
	struct text params = { 0 }, why = { 0 };
	struct sub_name name;
	int status = 0;

	if (!gateway)
		return 404;
	if (!json_count(list))
		return api_refuse(call, 400, "BadRequest", "`subDevices` is empty");
	text_add_char(&params, '[');
	for (struct json entry = json_first(list); !status && json_present(entry); entry = json_next(entry)) {
		if (!sub_name_read(&name, entry, &why))
			status = api_refuse(call, 400, "BadRequest", "%s", text_string(&why));
		sub_name_write(&params, name.product_key, name.device_name);
	}
	text_add_char(&params, ']');
	if (!status)
		status = ask(call, gateway, "thing/topo/add/notify", &params);
	text_free(&params);
	text_free(&why);
	return status;
}

/* sdk: C SDK only: the gateway lets devices of a product join for `time` seconds. */
int api_topology_permit(struct api_call *call)
{
	struct device *gateway = api_gateway(call);
	char product_key[API_SEGMENT_MAX] = "";
	struct text params = { 0 };
	int64_t seconds = 0;
	int status;

	if (!gateway)
		return 404;
	json_int64(json_get(call->body, "time"), &seconds);
	json_string(json_get(call->body, "productKey"), product_key, sizeof(product_key));
	if (seconds < 0 || seconds > INT32_MAX)
		return api_refuse(call, 400, "BadRequest", "`time` must be from 0 to %d seconds", INT32_MAX);
	text_add_char(&params, '{');
	if (*product_key) {
		text_add_key(&params, "productKey");
		text_add_json(&params, product_key);
	}
	text_add_key(&params, "time");
	text_addf(&params, "%lld}", (long long)seconds);
	status = ask(call, gateway, "thing/gateway/permit", &params);
	text_free(&params);
	return status;
}

/* `digest`, `digestMethod` and `url` of the body, or of the gateway's remote configuration. False after refusing. */
static bool write_config(struct api_call *call, const struct device *gateway, struct text *out)
{
	static const char *const members[] = { "digest", "digestMethod", "url" };
	struct text url = { 0 };
	char sha256[65];
	size_t i;

	if (!json_present(json_get(call->body, "url"))) {
		if (config_address(call->cloud, gateway->product, sha256, &url) != 1) {
			api_refuse_code(call, CODE_CONFIG_EMPTY, "the product has no remote configuration, so a `url` is needed");
			return false;
		}
		text_addf(out, "\"digest\":\"%s\",\"digestMethod\":\"sha256\",\"url\":\"%s\"", sha256, text_string(&url));
		text_free(&url);
		return true;
	}
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		struct json value = json_get(call->body, members[i]);
		size_t len;
		const char *literal = json_span(value, &len);

		text_add_key(out, members[i]);
		if (json_present(value))
			text_add_bytes(out, literal, len);
		else
			text_add(out, i == 1 ? "\"sha256\"" : "\"\"");   /* doc: the default digestMethod */
	}
	return true;
}

/* doc: "Gateway configuration push" of 2019 and 2020: `data` where other requests have params, and no answer. */
int api_topology_config(struct api_call *call)
{
	struct cloud *cloud = call->cloud;
	struct device *gateway = api_gateway(call);
	struct text topic = { 0 }, payload = { 0 };
	enum delivery delivery;
	struct push message;
	char number[24];
	int64_t id;

	if (!gateway)
		return 404;
	if (!cloud->settings.options.gateway_config_push)
		return api_refuse(call, 409, "NotEnabled", "option gatewayConfigPush is false: today's platform has no such push");
	if (down_id(cloud, &id))
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(cloud->store));
	text_addf(&topic, "/sys/%s/%s/thing/model/config/push", gateway->product->key, gateway->name);
	text_addf(&payload, "{\"id\":\"%lld\",\"version\":\"1.0\",\"method\":\"thing.model.config.push\",\"data\":{", (long long)id);
	if (!write_config(call, gateway, &payload)) {
		text_free(&topic);
		text_free(&payload);
		return 409;
	}
	text_add(&payload, "}}");
	snprintf(number, sizeof(number), "%lld", (long long)id);
	message = (struct push){ .device = gateway, .role = ROLE_DOWN, .service = SERVICE_DOWNLINK, .id = number,
	                         .topic = text_string(&topic), .payload = text_string(&payload), .payload_len = payload.len };
	delivery = push_send(cloud, &message, call->out);
	text_free(&topic);
	text_free(&payload);
	if (delivery == DELIVERED)
		return 200;
	return api_refuse_code(call, delivery_code(delivery), delivery_why(delivery));
}

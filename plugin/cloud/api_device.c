#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_call.h"
#include "cloud_file.h"
#include "lifecycle.h"
#include "relation.h"
#include "subscription.h"

static const char *status_name(const struct device *device)
{
	if (!device->enabled)
		return "DISABLED";
	if (device_route(device))
		return "ONLINE";
	return device->activated_ms ? "OFFLINE" : "INACTIVE";
}

/* What every listing shows; the object stays open. */
static void write_device(struct cloud *cloud, const struct device *device, struct text *out)
{
	const struct device *gateway = device_get(cloud, device->gateway);

	text_add_char(out, '{');
	text_add_member(out, "productKey", device->product->key);
	text_add_member(out, "deviceName", device->name);
	text_add_member(out, "nodeType", node_type_names[device->product->node_type]);
	text_add_member(out, "status", status_name(device));
	text_add(out, device->enabled ? ",\"enabled\":true" : ",\"enabled\":false");
	text_add(out, device_route(device) ? ",\"online\":true" : ",\"online\":false");
	text_add_time(out, "lastOnlineTime", device->online_ms);
	if (gateway) {
		text_add(out, ",\"gateway\":{");
		text_add_member(out, "productKey", gateway->product->key);
		text_add_member(out, "deviceName", gateway->name);
		text_add_char(out, '}');
	} else {
		text_add(out, ",\"gateway\":null");
	}
}

static void write_details(struct cloud *cloud, const struct device *device, struct text *out)
{
	const struct connection *connection = device_route(device);
	const struct subscription *at;

	write_device(cloud, device, out);
	text_add_member(out, "deviceSecret", device->secret);
	text_add_member(out, "iotId", device->iot_id);
	text_add_time(out, "activatedTime", device->activated_ms);
	text_add_member(out, "clientId", connection ? connection->client_id : NULL);
	text_add_member(out, "address", connection && *connection->address ? connection->address : NULL);
	text_add_key(out, "protocol");
	text_add(out, !connection ? "null" : connection->protocol == 5 ? "\"MQTT 5.0\"" :
	         connection->protocol == 4 ? "\"MQTT 3.1.1\"" : "\"MQTT 3.1\"");
	text_addf(out, ",\"properties\":%zu,\"subscriptions\":[", values_count(device));
	for (at = device->subscriptions; at; at = at->next) {
		if (at->qos < 0)
			continue;
		text_add_comma(out);
		text_add(out, "{\"filter\":");
		text_add_json(out, at->filter);
		text_addf(out, ",\"qos\":%d}", at->qos);
	}
	text_add(out, "]}");
}

int api_device_show(struct api_call *call)
{
	struct device *device = api_device(call);

	if (!device)
		return 404;
	write_details(call->cloud, device, call->answer);
	return 200;
}

struct device_listing {
	struct api_call *call;
	const char *status, *name;
	int64_t limit, taken, last;
	bool    more;
};

#define LIST_SCAN_MAX 20000     /* rows looked at for one page, so that a filter that matches nothing stays bounded */

#define PAGE_MAX 500

struct id_page {
	int64_t ids[PAGE_MAX];
	size_t  count;
};

static int collect_id(void *ctx, const struct stored_device *row)
{
	struct id_page *page = ctx;

	page->ids[page->count++] = row->id;
	return 0;
}

/* Adds those of one chunk that match. */
static void list_chunk(struct device_listing *listing, const int64_t *ids, size_t count)
{
	struct api_call *call = listing->call;
	size_t i;

	for (i = 0; i < count; i++) {
		const struct device *device = device_get(call->cloud, ids[i]);

		if (!device || (*listing->status && strcmp(listing->status, status_name(device))) ||
		    (*listing->name && !topic_glob(listing->name, strlen(listing->name), device->name, strlen(device->name)))) {
			listing->last = ids[i];
			continue;
		}
		if (listing->taken == listing->limit) {
			listing->more = true;
			return;
		}
		text_add_comma(call->answer);
		write_device(call->cloud, device, call->answer);
		text_add_char(call->answer, '}');
		listing->taken++;
		listing->last = ids[i];
	}
}

int api_device_list(struct api_call *call)
{
	struct cloud *cloud = call->cloud;
	char product_key[API_SEGMENT_MAX] = "", status[16] = "", name[API_SEGMENT_MAX] = "";
	struct device_listing listing = { .call = call, .status = status, .name = name };
	const struct product *product = NULL;
	int64_t total = 0, scanned = 0;
	struct id_page page;

	if (!api_query_int(call, "limit", 1, 1000, 100, &listing.limit) ||
	    !api_query_int(call, "after", 0, INT64_MAX, 0, &listing.last))
		return 400;
	api_query(call, "status", status, sizeof(status));
	api_query(call, "name", name, sizeof(name));
	if (api_query(call, "productKey", product_key, sizeof(product_key))) {
		product = product_find(cloud, product_key, strlen(product_key));
		if (!product)
			return api_refuse(call, 404, "NotFound", "there is no product %s", product_key);
	}
	if (store_count_devices(cloud->store, product ? product->id : 0, &total))
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(cloud->store));
	text_add(call->answer, "{\"devices\":[");
	while (!listing.more && scanned < LIST_SCAN_MAX) {
		page.count = 0;
		if (store_list_devices(cloud->store, product ? product->id : 0, listing.last, PAGE_MAX, collect_id, &page))
			return api_refuse(call, 500, "StoreFailed", "%s", store_error(cloud->store));
		if (!page.count)
			break;
		scanned += (int64_t)page.count;
		list_chunk(&listing, page.ids, page.count);
		if (page.count < PAGE_MAX)
			break;
	}
	text_addf(call->answer, "],\"total\":%lld,\"next\":", (long long)total);
	if (listing.more || scanned >= LIST_SCAN_MAX)
		text_addf(call->answer, "\"%lld\"}", (long long)listing.last);
	else
		text_add(call->answer, "null}");
	return 200;
}

int api_device_create(struct api_call *call)
{
	struct cloud *cloud = call->cloud;
	char product_key[API_SEGMENT_MAX], name[API_SEGMENT_MAX], secret[65] = "";
	char gateway_key[API_SEGMENT_MAX] = "", gateway_name[API_SEGMENT_MAX] = "";
	struct json gateway = json_get(call->body, "gateway");
	const struct product *product;
	struct device *device, *bound_to = NULL;

	if (json_string(json_get(call->body, "productKey"), product_key, sizeof(product_key)) < 1 ||
	    json_string(json_get(call->body, "deviceName"), name, sizeof(name)) < 1)
		return api_refuse(call, 400, "BadRequest", "`productKey` or `deviceName` is empty or too long");
	if (json_present(json_get(call->body, "deviceSecret")) &&
	    json_string(json_get(call->body, "deviceSecret"), secret, sizeof(secret)) < 1)
		return api_refuse(call, 400, "BadRequest", "`deviceSecret` must have 1 to 64 bytes");
	product = product_find(cloud, product_key, strlen(product_key));
	if (!product)
		return api_refuse(call, 404, "NotFound", "there is no product %s", product_key);
	if (json_present(gateway)) {
		json_string(json_get(gateway, "productKey"), gateway_key, sizeof(gateway_key));
		json_string(json_get(gateway, "deviceName"), gateway_name, sizeof(gateway_name));
		bound_to = device_find_key(cloud, gateway_key, gateway_name);
		if (!bound_to || bound_to->product->node_type != NODE_GATEWAY)
			return api_refuse(call, 404, "NotFound", "there is no gateway %s/%s", gateway_key, gateway_name);
		if (product->node_type != NODE_SUB_DEVICE)
			return api_refuse(call, 409, "NotSubDevice", "devices of product %s are no sub-devices", product_key);
	}
	if (!device_name_valid(&cloud->settings, name))
		return api_refuse(call, 400, "6280", "`%s` is no deviceName: 4 to 32 letters, digits, - _ @ . :", name);
	device = device_create(cloud, product, name, *secret ? secret : NULL);
	if (!device && device_find_key(cloud, product_key, name))
		return api_refuse(call, 409, "6251", "device has existed: %s/%s", product_key, name);
	if (!device)
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(cloud->store));
	if (bound_to && relation_bind(cloud, bound_to, &device, 1, call->out))
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(cloud->store));
	if (json_is(json_get(call->body, "enabled"), JSON_FALSE))
		device_disable(cloud, device, call->out);
	write_details(cloud, device, call->answer);
	return 201;
}

int api_device_delete(struct api_call *call)
{
	struct device *device = api_device(call);

	if (!device)
		return 404;
	if (device_delete(call->cloud, device, call->out))
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
	return 200;
}

static int change_state(struct api_call *call, int (*change)(struct cloud *, struct device *, struct effects *))
{
	struct device *device = api_device(call);

	if (!device)
		return 404;
	if (change(call->cloud, device, call->out))
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
	write_details(call->cloud, device, call->answer);
	return 200;
}

int api_device_enable(struct api_call *call)
{
	return change_state(call, device_enable);
}

int api_device_disable(struct api_call *call)
{
	return change_state(call, device_disable);
}

int api_device_reset(struct api_call *call)
{
	return change_state(call, device_reset);
}

int api_device_kick(struct api_call *call)
{
	struct device *device = api_device(call);

	if (!device)
		return 404;
	if (!device_route(device))
		return api_refuse_code(call, CODE_DEVICE_OFFLINE, "there is no connection to close");
	device_kick(call->cloud, device, call->out);
	return 200;
}

#include "relation.h"

#include "downlink.h"
#include "scenario.h"
#include "offline.h"
#include "session.h"

#define ANSWER_MS 10000         /* how long the answer to a push is told from a stray one */
#define PAGE_MAX 500

int relation_set(struct cloud *cloud, struct device *sub_device, const struct device *gateway, bool tell,
                 struct effects *out)
{
	int64_t id = gateway ? gateway->id : 0, before = sub_device->gateway;

	if (before == id)
		return 0;
	if (store_set_gateway(cloud->store, sub_device->id, id))
		return -1;
	sub_device->gateway = id;
	scenario_lifecycle(cloud, sub_device, id ? "bound" : "unbound");
	if (sub_device->session && tell)
		session_force_off(cloud, sub_device, CODE_TOPO_NOT_EXIST, out);
	else if (sub_device->session)
		session_close(cloud, sub_device, CODE_SUCCESS, "its relation to the gateway was deleted");
	/* What the old gateway subscribed to, and what was kept for that, is not the new one's. */
	if (before && !sub_device->connection)
		offline_forget(cloud, sub_device);
	return 0;
}

enum code relation_check_capacity(struct cloud *cloud, const struct device *gateway, size_t fresh, struct text *why)
{
	int64_t limit = cloud->settings.limits.sub_devices_per_gateway, bound = 0;

	if (!limit)
		return CODE_SUCCESS;
	if (store_count_sub_devices(cloud->store, gateway->id, &bound)) {
		text_add(why, store_error(cloud->store));
		return CODE_SERVER_ERROR;
	}
	if (bound + (int64_t)fresh <= limit)
		return CODE_SUCCESS;
	text_addf(why, "%lld sub-devices are bound to the gateway; with %zu more there would be over %lld"
	          " (limit subDevicesPerGateway)", (long long)bound, fresh, (long long)limit);
	return CODE_TOPO_TOO_MANY;
}

int relation_clear(struct cloud *cloud, const struct device *gateway)
{
	struct device *device;

	if (store_unbind_all(cloud->store, gateway->id))
		return -1;
	for (device = cloud->devices; device; device = device->hh_id.next)
		if (device->gateway == gateway->id)
			device->gateway = 0;
	return 0;
}

struct page {
	int64_t ids[PAGE_MAX];
	size_t  count;
};

static int collect(void *ctx, const struct stored_device *row)
{
	struct page *page = ctx;

	page->ids[page->count++] = row->id;
	return 0;
}

int64_t relation_each(struct cloud *cloud, const struct device *gateway, int64_t after, int64_t limit,
                      void (*each)(void *ctx, struct device *sub_device), void *ctx)
{
	struct page page;
	size_t i;

	for (;;) {
		page.count = 0;
		if (store_list_sub_devices(cloud->store, gateway->id, after, PAGE_MAX, collect, &page))
			return -1;
		for (i = 0; i < page.count; i++) {
			struct device *device = device_get(cloud, page.ids[i]);

			if (!limit--)
				return after;
			if (device)
				each(ctx, device);
			after = page.ids[i];
		}
		if (page.count < PAGE_MAX)
			return 0;
	}
}

void relation_write_list(struct text *out, struct device *const *sub_devices, size_t count)
{
	size_t i;

	text_add_char(out, '[');
	for (i = 0; i < count; i++) {
		text_add(out, i ? ",{\"productKey\":" : "{\"productKey\":");
		text_add_json(out, sub_devices[i]->product->key);
		text_add(out, ",\"deviceName\":");
		text_add_json(out, sub_devices[i]->name);
		text_add_char(out, '}');
	}
	text_add_char(out, ']');
}

void push_request(struct cloud *cloud, struct device *device, const char *path, const char *params, struct effects *out)
{
	struct text why = { 0 };
	enum code code = device_reachable(cloud, device, &why);

	if (code == CODE_SUCCESS) {
		downlink_send(cloud, device, &(struct down_request){
			.path = path, .params = params, .timeout_ms = ANSWER_MS,
		}, out, &why);
	} else {
		struct record record = record_new(cloud, SERVICE_DOWNLINK, device, 0, path, code);

		text_add(&why, ": not sent");
		record.content = params;
		record.content_len = strlen(params);
		record.why = text_string(&why);
		journal_add(cloud->journal, &record);
	}
	text_free(&why);
}

void relation_push(struct cloud *cloud, struct device *gateway, enum relation_change change,
                   struct device *const *sub_devices, size_t count, struct effects *out)
{
	struct text params = { 0 };

	text_addf(&params, "{\"status\":%d,\"subList\":", change);
	relation_write_list(&params, sub_devices, count);
	text_add_char(&params, '}');
	if (!params.failed)
		push_request(cloud, gateway, "thing/topo/change", text_string(&params), out);
	text_free(&params);
}

int relation_release(struct cloud *cloud, struct device *sub_device, struct effects *out)
{
	struct device *gateway = device_get(cloud, sub_device->gateway);

	if (relation_set(cloud, sub_device, NULL, true, out))
		return -1;
	if (gateway)
		relation_push(cloud, gateway, RELATION_DELETED, &sub_device, 1, out);
	return 0;
}

int relation_bind(struct cloud *cloud, struct device *gateway, struct device *const *sub_devices, size_t count,
                  struct effects *out)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (sub_devices[i]->gateway != gateway->id &&
		    (relation_release(cloud, sub_devices[i], out) || relation_set(cloud, sub_devices[i], gateway, true, out)))
			return -1;
	relation_push(cloud, gateway, RELATION_CREATED, sub_devices, count, out);
	return 0;
}

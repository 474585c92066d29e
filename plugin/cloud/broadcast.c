#include "broadcast.h"

#include "downlink.h"
#include "push.h"

#define MINUTE_MS 60000

static enum delivery send_one(struct cloud *cloud, struct device *device, const char *name, int64_t id, const char *payload,
                              size_t len, struct effects *out)
{
	struct text topic = { 0 };
	enum delivery delivery;

	if (name)
		text_addf(&topic, "/broadcast/%s/%s", device->product->key, name);
	else
		text_addf(&topic, "/sys/%s/%s/broadcast/request/%lld", device->product->key, device->name, (long long)id);
	delivery = push_send(cloud, &(struct push){
		.device = device, .role = ROLE_DOWN, .service = SERVICE_DOWNLINK, .topic = text_string(&topic), .payload = payload,
		.payload_len = len, .trace = trace_new(cloud),
	}, out);
	text_free(&topic);
	return delivery;
}

enum code broadcast(struct cloud *cloud, struct product *product, const char *name, const char *payload, size_t len,
                    size_t *reached, struct effects *out, struct text *why)
{
	int64_t per_minute = cloud->settings.limits.broadcasts_per_product_per_minute, now = cloud_now(cloud), id;
	struct connection *connection, *next;

	*reached = 0;
	if (len > BROADCAST_BYTES_MAX) {
		text_addf(why, "the payload has %zu bytes, more than %d", len, BROADCAST_BYTES_MAX);
		return CODE_BAD_PARAMS;
	}
	if (!name && per_minute) {
		if (now - product->broadcast_ms >= MINUTE_MS) {
			product->broadcast_ms = now;
			product->broadcasts = 0;
		}
		if (product->broadcasts >= per_minute) {
			text_addf(why, "%lld broadcasts to all devices of a product in one minute already (limit"
			          " broadcastsPerProductPerMinute)", (long long)per_minute);
			return CODE_TOO_MANY_REQUESTS;
		}
		product->broadcasts++;
	}
	if (down_id(cloud, &id)) {
		text_add(why, "the emulator could not number the message");
		return CODE_SERVER_ERROR;
	}
	HASH_ITER(hh, cloud->connections, connection, next) {
		struct device *sub_device;

		if (connection->device && connection->device->product == product)
			*reached += send_one(cloud, connection->device, name, id, payload, len, out) == DELIVERED;
		for (sub_device = connection->sessions; sub_device; sub_device = sub_device->session_next)
			if (sub_device->product == product)
				*reached += send_one(cloud, sub_device, name, id, payload, len, out) == DELIVERED;
	}
	return CODE_SUCCESS;
}

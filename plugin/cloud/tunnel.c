/* doc: CreateDeviceTunnel, "Access devices using secure tunnels"; things-and-data reference, section 9.7. */
#include "tunnel.h"

#include <stdlib.h>
#include <string.h>

#include "method.h"

static void write_fields(struct text *out, struct json fields)
{
	json_each(member, fields) {
		size_t len;
		const char *text = json_span(json_key(member), &len);

		text_add_comma(out);
		text_add_bytes(out, text, len);
		text_add_char(out, ':');
		text = json_span(member, &len);
		text_add_bytes(out, text, len);
	}
}

enum delivery tunnel_notify(struct cloud *cloud, struct device *device, const char *operation, struct json fields,
                            struct effects *out)
{
	struct text topic = { 0 }, payload = { 0 }, kept = { 0 };
	enum delivery delivery;

	text_add_char(&kept, '{');
	write_fields(&kept, fields);
	text_add_char(&kept, '}');
	text_addf(&payload, "{\"operation\":\"%s\"", operation);
	write_fields(&payload, fields);
	text_add_char(&payload, '}');
	text_addf(&topic, "/sys/%s/%s/secure_tunnel/notify", device->product->key, device->name);
	free(device->tunnel);
	device->tunnel = strcmp(operation, "close") ? text_take(&kept) : NULL;
	delivery = push_send(cloud, &(struct push){
		.device = device, .role = ROLE_DOWN, .service = SERVICE_OTHER, .topic = text_string(&topic),
		.payload = text_string(&payload), .payload_len = payload.len, .trace = trace_new(cloud),
	}, out);
	text_free(&topic);
	text_free(&payload);
	text_free(&kept);
	return delivery;
}

/* secure_tunnel/proxy/request: sdk: the payload is ignored, rust sends `null`. */
enum code tunnel_request(struct call *call)
{
	if (!call->device->tunnel) {
		/* guess: what the platform says when no tunnel is open. */
		text_add(call->why, "no tunnel is open for this device");
		return CODE_BAD_PARAMS;
	}
	text_add(call->data, call->device->tunnel);
	return CODE_SUCCESS;
}

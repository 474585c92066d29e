#include "ext_error.h"

#include <stdio.h>

#include "downlink.h"
#include "push.h"

/* Where it may go, after the gateway's identity. Values of forcedOfflineTopic name the rows that are used. */
static const struct place {
	const char *prefix, *rest;
	unsigned    not_with;          /* bit of the option's value that leaves it out */
} places[] = {
	{ "/ext/error",   "",                      1u << FORCED_OFFLINE_LOGOUT_REPLY },   /* doc: newer error page, API pages */
	{ "/ext/session", "/combine/logout_reply", 1u << FORCED_OFFLINE_ERROR },          /* doc: older error page */
};

/* doc: {id, code, message}; sdk: Go reads the sub-device from `data`, and nothing else would tell which one is meant. */
static enum delivery send_to(struct cloud *cloud, struct device *gateway, const struct place *place, const char *operation,
                          const char *product_key, const char *device_name, const char *id, enum code code,
                          const char *wire_text, struct effects *out)
{
	struct push message = { .device = gateway, .role = ROLE_DOWN, .service = SERVICE_DOWNLINK,
	                        .operation = operation, .id = id, .code = code };

	text_clear(&cloud->topic);
	text_addf(&cloud->topic, "%s/%s/%s%s", place->prefix, gateway->product->key, gateway->name, place->rest);
	text_clear(&cloud->reply);
	text_add(&cloud->reply, "{\"id\":");
	text_add_json(&cloud->reply, id);
	text_addf(&cloud->reply, ",\"code\":%d,\"message\":", code);
	text_add_json(&cloud->reply, wire_text);
	text_add(&cloud->reply, ",\"data\":{\"productKey\":");
	text_add_json(&cloud->reply, product_key);
	text_add(&cloud->reply, ",\"deviceName\":");
	text_add_json(&cloud->reply, device_name);
	text_add(&cloud->reply, "}}");
	message.topic = text_string(&cloud->topic);
	message.payload = text_string(&cloud->reply);
	message.payload_len = cloud->reply.len;
	return push_send(cloud, &message, out);
}

void ext_error_forced(struct cloud *cloud, struct device *gateway, const struct device *sub_device, enum code code,
                      struct effects *out)
{
	char id[24] = "0";
	int64_t number;
	size_t i;

	/* guess: the older page calls the id "sub-device ID / message id of the request"; there is no request here. */
	if (!down_id(cloud, &number))
		snprintf(id, sizeof(id), "%lld", (long long)number);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (!(places[i].not_with & 1u << cloud->settings.options.forced_offline_topic))
			send_to(cloud, gateway, &places[i], "session.forced", sub_device->product->key, sub_device->name, id, code,
			     code_message(code), out);
}

enum delivery ext_error_no_session(struct cloud *cloud, struct device *gateway, const char *product_key,
                                   const char *device_name, const char *id, struct effects *out)
{
	/* doc: here 520 has a text of its own. */
	return send_to(cloud, gateway, &places[0], "session.send", product_key, device_name, id, CODE_NO_SESSION,
	            "device session error", out);
}

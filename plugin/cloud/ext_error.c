#include "ext_error.h"

#include <stdio.h>

#include "downlink.h"
#include "subscription.h"

/* Where it may go, after the gateway's identity. Values of forcedOfflineTopic name the rows that are used. */
static const struct place {
	const char *prefix, *rest;
	unsigned    not_with;          /* bit of the option's value that leaves it out */
} places[] = {
	{ "/ext/error",   "",                      1u << FORCED_OFFLINE_LOGOUT_REPLY },   /* doc: newer error page, API pages */
	{ "/ext/session", "/combine/logout_reply", 1u << FORCED_OFFLINE_ERROR },          /* doc: older error page */
};

/* doc: {id, code, message}; sdk: Go reads the sub-device from `data`, and nothing else would tell which one is meant. */
static enum delivery push(struct cloud *cloud, struct device *gateway, const struct place *place, const char *operation,
                          const char *product_key, const char *device_name, const char *id, enum code code,
                          const char *message, struct effects *out)
{
	struct effect *effect = NULL;
	enum delivery delivery;
	struct record record;

	text_clear(&cloud->topic);
	text_addf(&cloud->topic, "%s/%s/%s%s", place->prefix, gateway->product->key, gateway->name, place->rest);
	text_clear(&cloud->reply);
	text_add(&cloud->reply, "{\"id\":");
	text_add_json(&cloud->reply, id);
	text_addf(&cloud->reply, ",\"code\":%d,\"message\":", code);
	text_add_json(&cloud->reply, message);
	text_add(&cloud->reply, ",\"data\":{\"productKey\":");
	text_add_json(&cloud->reply, product_key);
	text_add(&cloud->reply, ",\"deviceName\":");
	text_add_json(&cloud->reply, device_name);
	text_add(&cloud->reply, "}}");
	delivery = deliver(cloud, gateway, ROLE_DOWN, text_string(&cloud->topic), text_string(&cloud->reply),
	                   cloud->reply.len, out, &effect);
	if (delivery == DELIVERED) {
		effect->operation = operation;
		effect->code = code;
	}
	record = record_new(cloud, SERVICE_DOWNLINK, gateway, 0, text_string(&cloud->topic), code);
	record.message_id = id;
	record.content = cloud->reply.at;
	record.content_len = cloud->reply.len;
	record.why = delivery_why(delivery);
	journal_add(cloud->journal, &record);
	return delivery;
}

void ext_error_forced(struct cloud *cloud, struct device *gateway, const struct device *sub_device, enum code code, struct effects *out)
{
	char id[24] = "0";
	int64_t number;
	size_t i;

	/* guess: the older page calls the id "sub-device ID / message id of the request"; there is no request here. */
	if (!down_id(cloud, &number))
		snprintf(id, sizeof(id), "%lld", (long long)number);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (!(places[i].not_with & 1u << cloud->settings.options.forced_offline_topic))
			push(cloud, gateway, &places[i], "session.forced", sub_device->product->key, sub_device->name, id, code,
			     code_message(code), out);
}

enum delivery ext_error_no_session(struct cloud *cloud, struct device *gateway, const char *product_key, const char *device_name,
                                   const char *id, struct effects *out)
{
	/* doc: here 520 has a text of its own. */
	return push(cloud, gateway, &places[0], "session.send", product_key, device_name, id, CODE_NO_SESSION,
	            "device session error", out);
}

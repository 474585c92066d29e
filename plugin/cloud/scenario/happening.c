#include "happening.h"

#include <stdio.h>
#include <string.h>

#include "message.h"
#include "raw.h"

void happening_free(struct happening *happening)
{
	json_doc_free(&happening->body);
	json_doc_free(&happening->request_doc);
	text_free(&happening->meant_text);
}

void happening_who(struct happening *happening, struct device *device, struct connection *connection)
{
	happening->device = device;
	happening->connection = connection;
	happening->device_id = device ? device->id : 0;
	happening->number = connection ? connection->number : 0;
	happening->product_key[0] = happening->device_name[0] = '\0';
	if (device) {
		snprintf(happening->product_key, sizeof(happening->product_key), "%s", device->product->key);
		snprintf(happening->device_name, sizeof(happening->device_name), "%s", device->name);
	}
	if (connection) {
		happening->client_id = connection->client_id;
		happening->protocol = connection->protocol;
		happening->transport = connection->transport;
	}
}

void happening_refresh(struct happening *happening)
{
	if (happening->device)
		happening->device = device_get(happening->cloud, happening->device_id);
	if (happening->connection)
		happening->connection = connection_find(happening->cloud, happening->number);
	if (!happening->connection && happening->event != EVENT_CONNECT)
		happening->client_id = "";
}

bool alink_method_name(const struct topic *topic, char *buf, size_t size)
{
	size_t i;

	buf[0] = '\0';
	if (topic->rest.len >= size)
		return false;
	for (i = 0; i < topic->rest.len; i++)
		buf[i] = topic->rest.at[i] == '/' ? '.' : topic->rest.at[i];
	buf[i] = '\0';
	return true;
}

void happening_name(struct happening *happening, const struct topic *topic, const char *operation)
{
	happening->operation = happening->alink_method = "";
	if (!topic->family)
		return;
	if (topic_is(topic, "/sys/") && alink_method_name(topic, happening->method_buffer, sizeof(happening->method_buffer)))
		happening->alink_method = happening->method_buffer;
	happening->operation = operation ? operation : happening->alink_method;
	if (operation || *happening->alink_method || topic_is(topic, "/"))
		return;
	/* "/ota/device/inform/" is known as ota.device.inform. */
	if (snprintf(happening->operation_buffer, sizeof(happening->operation_buffer), "%s%.*s", topic->family->prefix + 1,
	             (int)topic->rest.len, topic->rest.at) < (int)sizeof(happening->operation_buffer)) {
		char *at = happening->operation_buffer;
		size_t len = strlen(at);

		if (len && at[len - 1] == '/')
			at[len - 1] = '\0';
		for (; *at; at++)
			if (*at == '/')
				*at = '.';
		happening->operation = happening->operation_buffer;
	}
}

struct device *happening_gateway(const struct happening *happening)
{
	const struct connection *connection = happening->connection;

	if (connection && connection->device && connection->device->product->node_type == NODE_GATEWAY)
		return connection->device;
	if (happening->device && happening->device->gateway)
		return device_get(happening->cloud, happening->device->gateway);
	if (happening->device && happening->device->product->node_type == NODE_GATEWAY)
		return happening->device;
	return NULL;
}

const char *happening_key(struct happening *happening, enum per per)
{
	char *key = happening->key_buffer[per];
	const struct device *gateway;

	if (happening->has_key[per])
		return key;
	happening->has_key[per] = true;
	key[0] = '\0';
	switch (per) {
	case PER_DEVICE:
		if (*happening->device_name)
			snprintf(key, KEY_MAX, "%s/%s", happening->product_key, happening->device_name);
		break;
	case PER_PRODUCT:
		snprintf(key, KEY_MAX, "%s", happening->product_key);
		break;
	case PER_GATEWAY:
		gateway = happening_gateway(happening);
		if (gateway)
			snprintf(key, KEY_MAX, "%s/%s", gateway->product->key, gateway->name);
		break;
	case PER_CONNECTION:
		/* Counted per device: the cloud's own number depends on what other devices do. */
		if (happening->connection && happening->connection->device)
			snprintf(key, KEY_MAX, "%s/%s#%llu", happening->connection->device->product->key,
			         happening->connection->device->name, (unsigned long long)happening->connection->ordinal);
		else if (happening->device)
			snprintf(key, KEY_MAX, "%s/%s#%llu", happening->product_key, happening->device_name,
			         (unsigned long long)happening->device->connections_made + (happening->event == EVENT_CONNECT));
		break;
	case PER_GLOBAL:
		break;
	}
	return key;
}

struct json happening_body(struct happening *happening)
{
	if (!happening->has_body) {
		happening->has_body = true;
		if (happening->alink)
			json_parse(&happening->body, happening->alink, happening->alink_len, JSON_LENIENT, NULL);
		else if (happening->payload_len)
			json_parse(&happening->body, happening->payload, happening->payload_len, JSON_LENIENT, NULL);
	}
	return json_root(&happening->body);
}

struct json happening_params(struct happening *happening)
{
	const struct message *request = happening->request;

	/* A caller's body, and the form of a registration, are the parameters. */
	if (happening->event != EVENT_REPLY)
		return happening->event == EVENT_API || !strcmp(happening->operation, "dynamic.register") ? happening_body(happening) : json_get(happening_body(happening), "params");
	if (!happening->has_request) {
		happening->has_request = true;
		if (request && request->payload_len)
			json_parse(&happening->request_doc, request->payload, request->payload_len, JSON_LENIENT, NULL);
	}
	return json_get(json_root(&happening->request_doc), "params");
}

const struct topic *happening_meant(struct happening *happening)
{
	struct topic *meant = &happening->meant;

	if (happening->has_meant)
		return meant;
	happening->has_meant = true;
	if (happening->alink && happening->device &&
	    raw_method_topic(happening->device, json_get(happening_body(happening), "method"), &happening->meant_text))
		topic_parse(meant, text_string(&happening->meant_text));
	else
		topic_parse(meant, happening->topic);
	return meant;
}

const char *happening_id(struct happening *happening)
{
	if (!happening->has_id) {
		struct json body = happening_body(happening);

		happening->has_id = true;
		happening->id_buffer[0] = '\0';
		if (json_present(json_get(body, "id")))
			message_id_read(body, happening->id_buffer);
		else if (!json_present(body) && happening->payload_len)
			json_salvage_id(happening->payload, happening->payload_len, happening->id_buffer, sizeof(happening->id_buffer));
	}
	return happening->id_buffer;
}

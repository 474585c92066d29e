/*
 * X.509: the certificate is the device. doc: "Establish MQTT connections over TCP" (X.509); connect reference, 1.6.
 */
#include <string.h>

#include "connect.h"

/* doc: pushed at the first connect, which names no device: the client stores it and connects again. */
static void push_identity(struct judged *judged)
{
	struct text payload = { 0 };
	struct effect *effect;

	text_add(&payload, "{\"productKey\":");
	text_add_json(&payload, judged->product->key);
	text_add(&payload, ",\"deviceName\":");
	text_add_json(&payload, judged->device->name);
	text_add_char(&payload, '}');
	effect = effects_publish(judged->out, judged->connection->number, ROLE_DOWN, "/ext/auth/identity/response",
	                         text_string(&payload), payload.len, 0);
	effect->device = judged->device->id;
	judged->cloud->counters.messages_down++;
	text_free(&payload);
}

enum connack judge_certificate(struct judged *judged)
{
	const char *user_name = judged->in->user_name ? judged->in->user_name : "";
	bool nameless = !strcmp(user_name, "") || !strcmp(user_name, "&");   /* sdk: C-SDK sends the latter */
	enum connack connack;
	int64_t id = 0;

	if (store_find_certificate(judged->cloud->store, judged->in->certificate, &id) < 0)
		return judge_refuse(judged, CONNACK_UNAVAILABLE, CODE_SERVER_ERROR);
	judged->device = device_get(judged->cloud, id);
	if (!judged->device) {
		text_addf(judged->why, "no device has the certificate with SHA-256 %s (`x509Sha256` in the cloud file)",
		          judged->in->certificate);
		return judge_refuse(judged, CONNACK_CREDENTIALS, CODE_DEVICE_NOT_FOUND);
	}
	judged->product = judged->device->product;
	if (!nameless && (!user_name_parse(&judged->user, user_name) ||
	    strcmp(judged->user.device_name, judged->device->name) || strcmp(judged->user.product_key, judged->product->key))) {
		text_addf(judged->why, "the user name is `%s`, but the certificate is that of %s&%s", user_name, judged->device->name,
		          judged->product->key);
		return judge_refuse(judged, CONNACK_CREDENTIALS, CODE_DEVICE_NOT_FOUND);
	}
	connack = judge_accept(judged);
	if (connack == CONNACK_ACCEPTED && nameless)
		push_identity(judged);
	return connack;
}

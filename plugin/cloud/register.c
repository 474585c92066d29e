#include "register.h"

#include <string.h>

#include "connect.h"
#include "lifecycle.h"

static enum code check_parameters(const struct registration *registration, enum sign_method *method, struct text *why)
{
	const struct { const char *name, *value; } needed[] = {
		{ "productKey", registration->product_key }, { "deviceName", registration->device_name },
		{ "random", registration->random }, { "signMethod", registration->sign_method }, { "sign", registration->sign },
	};
	size_t i;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!needed[i].value || !*needed[i].value) {
			text_addf(why, "`%s` is missing", needed[i].name);
			return CODE_BAD_PARAMS;
		}
	if (!sign_method_parse(registration->sign_method, method)) {
		text_addf(why, "the sign method `%s` is none of hmacmd5, hmacsha1, hmacsha256", registration->sign_method);
		return CODE_SIGN_METHOD_UNSUPPORTED;
	}
	return CODE_SUCCESS;
}

/* doc: the device is there and was never activated. guess: 6100 when it is not there; no document lists a code for it. */
static enum code check_preregistered(const struct device *device, struct text *why)
{
	if (!device) {
		text_add(why, "the device is not there: create it first, or register with authType=regnwl");
		return CODE_DEVICE_NOT_FOUND;
	}
	if (device->activated_ms) {
		text_add(why, "the device is activated: it registers again only after a reset");
		return CODE_ALREADY_ACTIVATED;
	}
	return CODE_SUCCESS;
}

/* doc: at most 5 pairs of clientId and token. guess: what the sixth meets. */
static enum code check_new(struct cloud *cloud, const struct device *device, const char *name, struct text *why)
{
	int64_t tokens = 0;

	if (!device && !device_name_valid(&cloud->settings, name)) {
		text_addf(why, "`%s` is no deviceName", name);
		return CODE_DEVICE_NAME_INVALID;
	}
	if (device && store_count_tokens(cloud->store, device->id, &tokens))
		return CODE_SERVER_ERROR;
	if (tokens >= TOKENS_PER_DEVICE) {
		text_addf(why, "%d devices have registered under this name already", TOKENS_PER_DEVICE);
		return CODE_ALREADY_ACTIVATED;
	}
	return CODE_SUCCESS;
}

enum code registration_check(struct cloud *cloud, const struct registration *registration, bool preregistered,
                             struct product **product, struct device **device, struct text *why)
{
	struct signature signature = {
		.fields = {
			{ "deviceName", registration->device_name }, { "productKey", registration->product_key },
			{ "random", registration->random },
		},
		.by_product = true, .got = registration->sign,
	};
	enum code code = check_parameters(registration, &signature.method, why);

	*product = NULL;
	*device = NULL;
	if (code != CODE_SUCCESS)
		return code;
	*product = product_find(cloud, registration->product_key, strlen(registration->product_key));
	if (!*product) {
		text_addf(why, "there is no product %s", registration->product_key);
		return CODE_PRODUCT_NOT_FOUND;
	}
	*device = device_find(cloud, *product, registration->device_name, strlen(registration->device_name));
	if (!(*product)->dynamic_registration) {
		text_addf(why, "dynamic registration of product %s is off (`dynamicRegistration` in the cloud file)", (*product)->key);
		return CODE_REGISTRATION_OFF;
	}
	signature.product = *product;
	signature.device = *device;
	if (!signature_matches(&signature)) {
		signature_explain(cloud, &signature, why);
		return CODE_SIGN_CHECK_FAILED;
	}
	if (*device && !(*device)->enabled) {
		text_add(why, "the device is disabled");
		return CODE_DEVICE_FORBIDDEN;
	}
	return preregistered ? check_preregistered(*device, why) :
		check_new(cloud, *device, registration->device_name, why);
}

/* --- over MQTT --- */

static enum connack registration_connack(enum code code)
{
	/* doc: 2 a parameter is missing or wrong, 3 no service, 4 authentication failed. */
	static const struct { enum code code; enum connack connack; } connacks[] = {
		{ CODE_BAD_PARAMS,              CONNACK_IDENTIFIER     },
		{ CODE_SIGN_METHOD_UNSUPPORTED, CONNACK_IDENTIFIER     },
		{ CODE_DEVICE_NAME_INVALID,     CONNACK_IDENTIFIER     },
		{ CODE_SERVER_ERROR,            CONNACK_UNAVAILABLE    },
		{ CODE_DEVICE_FORBIDDEN,        CONNACK_NOT_AUTHORISED },
	};
	size_t i;

	for (i = 0; i < sizeof(connacks) / sizeof(connacks[0]); i++)
		if (connacks[i].code == code)
			return connacks[i].connack;
	return CONNACK_CREDENTIALS;
}

static enum code check_connect(struct judged *judged, bool preregistered)
{
	struct registration registration = {
		.product_key = judged->user.product_key, .device_name = judged->user.device_name, .random = judged->id.random,
		.sign_method = judged->id.sign_method ? judged->id.sign_method : "hmacmd5", .sign = judged->in->password,
	};

	return registration_check(judged->cloud, &registration, preregistered, &judged->product, &judged->device, judged->why);
}

static void close_registration(struct timer *timer, void *ctx)
{
	struct connection *connection = timer_owner(timer, struct connection, closing);
	struct tick *tick = ctx;

	connection_end(tick->cloud, connection, "registered", tick->out);
}

/* The connection that only waits for its answer, and the answer: pushed without a SUBSCRIBE. guess: with QoS 0. */
static enum connack open_registration(struct judged *judged, const char *topic, const struct text *payload)
{
	struct cloud *cloud = judged->cloud;
	int64_t seconds = cloud->settings.limits.registration_close_seconds;
	struct effect *effect;

	judged->connection = payload->failed ? NULL : connection_new(cloud, judged->in, NULL);
	if (!judged->connection)
		return judge_refuse(judged, CONNACK_UNAVAILABLE, CODE_SERVER_ERROR);
	judged->connection->closing.fire = close_registration;
	/* doc: the platform closes it 15 s after CONNACK if the device has not. */
	if (seconds)
		timer_set(&cloud->timers, &judged->connection->closing, cloud_now(cloud) + seconds * 1000);
	effect = effects_publish(judged->out, judged->connection->number, ROLE_REPLY, topic, text_string(payload), payload->len, 0);
	effect->operation = "dynamic.register";
	effect->code = CODE_SUCCESS;
	effect->device = judged->device->id;
	cloud->counters.messages_down++;
	return CONNACK_ACCEPTED;
}

static void add_identity(const struct judged *judged, struct text *payload)
{
	text_add(payload, "{\"productKey\":");
	text_add_json(payload, judged->product->key);
	text_add(payload, ",\"deviceName\":");
	text_add_json(payload, judged->device->name);
}

enum connack judge_register(struct judged *judged)
{
	enum code code = check_connect(judged, true);
	struct text payload = { 0 };
	enum connack connack;

	if (code != CODE_SUCCESS)
		return judge_refuse(judged, registration_connack(code), code);
	/* doc: each call may issue a new secret. guess: it stays the same, so that a run repeats. */
	add_identity(judged, &payload);
	text_add(&payload, ",\"deviceSecret\":");
	text_add_json(&payload, judged->device->secret);
	text_add_char(&payload, '}');
	connack = open_registration(judged, "/ext/register", &payload);
	text_free(&payload);
	return connack;
}

/* What names one physical device among those that share a deviceName; hex, for it stands before a `|`. */
static void draw_hex(struct cloud *cloud, size_t bytes, struct text *out)
{
	unsigned char drawn[32];

	cloud->world.random(cloud->world.ctx, drawn, bytes);
	text_add_hex(out, drawn, bytes);
}

enum connack judge_regnwl(struct judged *judged)
{
	enum code code = check_connect(judged, false);
	struct text payload = { 0 }, client_id = { 0 }, token = { 0 };
	enum connack connack = CONNACK_UNAVAILABLE;

	if (code != CODE_SUCCESS)
		return judge_refuse(judged, registration_connack(code), code);
	if (!judged->device)
		judged->device = device_create(judged->cloud, judged->product, judged->user.device_name, NULL);
	draw_hex(judged->cloud, 10, &client_id);
	draw_hex(judged->cloud, 16, &token);
	if (!judged->device || client_id.failed || token.failed ||
	    store_add_token(judged->cloud->store, judged->device->id, text_string(&client_id), text_string(&token))) {
		text_add(judged->why, "the emulator could not store the registration");
		connack = judge_refuse(judged, CONNACK_UNAVAILABLE, CODE_SERVER_ERROR);
		goto done;
	}
	add_identity(judged, &payload);
	text_addf(&payload, ",\"clientId\":\"%s\",\"deviceToken\":\"%s\"}", text_string(&client_id), text_string(&token));
	/* sdk: every client waits on this topic; one page of the documents names /ext/register for both. */
	connack = open_registration(judged, "/ext/regnwl", &payload);
done:
	text_free(&payload);
	text_free(&client_id);
	text_free(&token);
	return connack;
}

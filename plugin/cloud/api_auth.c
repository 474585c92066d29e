/*
 * What devices ask for over HTTP: registration, legacy authentication, where to connect. Unlike the emulator API these
 * follow the cloud: a form comes in, HTTP status 200 goes out, with a code in the body.
 *
 * Connect reference, 1.8 and 2.2. The tool hands the form over as an object of strings, and in the query `host` and
 * `port` under which devices reach the MQTT listener.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_call.h"
#include "doctor.h"
#include "preauth.h"
#include "register.h"
#include "scenario.h"

/* A code and, with CODE_SUCCESS, its data (JSON), as the answer to a device; `operation` of the catalogue or NULL. */
static int answer(struct api_call *call, int code, const char *message, const struct text *data, const char *operation,
                  const struct device *device)
{
	struct text body = { 0 };
	struct effect *effect;

	/* sdk: C SDK 3.x reads 256 bytes and takes code and data from this order. */
	text_addf(&body, "{\"code\":%d", code);
	if (data && code == CODE_SUCCESS)
		text_addf(&body, ",\"data\":%s", text_string(data));
	text_add(&body, ",\"message\":");
	text_add_json(&body, message);
	text_add_char(&body, '}');
	effect = effects_answer(call->out, call->ticket, 200, text_string(&body), body.len);
	effect->operation = operation;
	effect->device = device ? device->id : 0;
	effect->code = code;
	text_free(&body);
	return API_LATER;       /* this was it */
}

static void log_request(struct api_call *call, const struct product *product, const struct device *device, const char *path,
                        int code, const struct text *why)
{
	struct record record = record_new(call->cloud, SERVICE_DEVICE, device, 0, path, code);
	size_t len = 0;

	if (!device && product)
		record.product_key = product->key;
	record.content = json_present(call->body) ? json_span(call->body, &len) : "";
	record.content_len = len;
	record.why = text_string(why);
	journal_add(call->cloud->journal, &record);
}

/* --- /auth/register/device --- */

/* A field of the form; NULL when it is not there or too long to be one. */
static const char *field(struct json form, const char *name, char *buf, size_t size)
{
	return json_string(json_get(form, name), buf, size) > 0 ? buf : NULL;
}

int api_register_device(struct api_call *call)
{
	char product_key[129], device_name[129], random[257], sign_method[32], sign[130];
	const struct registration registration = {
		.product_key = field(call->body, "productKey", product_key, sizeof(product_key)),
		.device_name = field(call->body, "deviceName", device_name, sizeof(device_name)),
		.random = field(call->body, "random", random, sizeof(random)),
		.sign_method = field(call->body, "signMethod", sign_method, sizeof(sign_method)),
		.sign = field(call->body, "sign", sign, sizeof(sign)),
	};
	struct text why = { 0 }, data = { 0 };
	struct product *product;
	struct device *device;
	enum code code;

	if (call->request &&
	    (scenario_watches(call->cloud, EVENT_PUBLISH_UP) || scenario_watches(call->cloud, EVENT_HTTP_REQUEST)) &&
	    scenario_register(call, registration.product_key, registration.device_name))
		return API_LATER;
	code = registration_check(call->cloud, &registration, true, &product, &device, &why);
	if (code == CODE_SUCCESS) {
		text_add(&data, "{\"productKey\":");
		text_add_json(&data, product->key);
		text_add(&data, ",\"deviceName\":");
		text_add_json(&data, device->name);
		text_add(&data, ",\"deviceSecret\":");
		text_add_json(&data, device->secret);
		text_add_char(&data, '}');
	}
	log_request(call, product, device, "/auth/register/device", code, &why);
	answer(call, code, code_message(code), &data, "dynamic.register", device);
	text_free(&why);
	text_free(&data);
	return API_LATER;
}

/* --- where to connect --- */

static void add_resources(struct api_call *call, struct text *data)
{
	char host[256], port[8];

	text_add(data, "\"resources\":{\"mqtt\":{\"host\":");
	text_add_json(data, api_query(call, "host", host, sizeof(host)) ? host : "127.0.0.1");
	text_addf(data, ",\"port\":%d}}", api_query(call, "port", port, sizeof(port)) ? atoi(port) : 1883);
}

/* sdk: Link SDK 4.x bootstrap: by device, or by region; it takes the first `host` and `port` that it finds. */
int api_bootstrap(struct api_call *call)
{
	struct text data = { 0 };

	text_add_char(&data, '{');
	add_resources(call, &data);
	text_add_char(&data, '}');
	answer(call, CODE_SUCCESS, "success", &data, NULL, NULL);
	text_free(&data);
	return API_LATER;
}

/* --- /auth/devicename --- */

enum { PREAUTH_NO_DEVICE = 5001, PREAUTH_WRONG_TYPE = 6200 };

/* doc: the codes of this page alone, with its own texts (sic). */
static const struct {
	int code;
	const char *message;
} preauth_messages[] = {
	{ CODE_SUCCESS,       "success" },
	{ CODE_AUTH_ERROR,    "request auth error" },
	{ CODE_BAD_PARAMS,    "param error" },
	{ CODE_SERVER_ERROR,  "unknow error" },
	{ PREAUTH_NO_DEVICE,  "meta device not found" },
	{ PREAUTH_WRONG_TYPE, "auth type mismatch" },
};

/* doc: all fields but these are signed. */
static bool is_signed(const char *name)
{
	static const char *const unsigned_fields[] = { "sign", "signmethod", "version", "resources" };
	size_t i;

	for (i = 0; i < sizeof(unsigned_fields) / sizeof(unsigned_fields[0]); i++)
		if (!strcmp(unsigned_fields[i], name))
			return false;
	return true;
}

/* The form's signed fields, to be released. -1 when it is no form that somebody would sign. */
static int read_fields(struct json form, struct sign_field fields[SIGN_FIELDS_MAX])
{
	size_t count = 0;

	json_each(item, form) {
		char *name = json_strdup(json_key(item));

		if (name && is_signed(name) && count < SIGN_FIELDS_MAX) {
			fields[count++] = (struct sign_field){ name, json_strdup(item) };
			if (fields[count - 1].value)
				continue;
			return -1;
		}
		if (!name || is_signed(name)) {
			free(name);
			return -1;
		}
		free(name);
	}
	return 0;
}

static void free_fields(struct sign_field fields[SIGN_FIELDS_MAX])
{
	size_t i;

	for (i = 0; i < SIGN_FIELDS_MAX; i++) {
		free((char *)fields[i].name);
		free((char *)fields[i].value);
	}
}

/* `fields` are those that are signed. */
static int preauth_check(struct api_call *call, const struct sign_field fields[SIGN_FIELDS_MAX], struct device **device,
                         struct text *why)
{
	char product_key[129], device_name[129], name[32], sign[130];
	struct signature signature = { .method = SIGN_MD5, .got = sign };   /* doc: the default */

	*device = NULL;
	if (!field(call->body, "productKey", product_key, sizeof(product_key)) ||
	    !field(call->body, "deviceName", device_name, sizeof(device_name)) || !field(call->body, "sign", sign, sizeof(sign)) ||
	    !json_present(json_get(call->body, "clientId"))) {
		text_add(why, "one of productKey, deviceName, clientId, sign is missing");
		return CODE_BAD_PARAMS;
	}
	if (field(call->body, "signmethod", name, sizeof(name)) && !sign_method_parse(name, &signature.method)) {
		text_addf(why, "signmethod `%s` is none of hmacmd5, hmacsha1, hmacsha256", name);
		return CODE_BAD_PARAMS;
	}
	*device = device_find_key(call->cloud, product_key, device_name);
	if (!*device) {
		text_addf(why, "there is no device %s/%s", product_key, device_name);
		return PREAUTH_NO_DEVICE;
	}
	/* guess: what the code is for. */
	if ((*device)->x509) {
		text_add(why, "the device authenticates with a certificate");
		return PREAUTH_WRONG_TYPE;
	}
	memcpy(signature.fields, fields, sizeof(signature.fields));
	signature.product = (*device)->product;
	signature.device = *device;
	if (!signature_matches(&signature)) {
		signature_explain(call->cloud, &signature, why);
		return CODE_AUTH_ERROR;
	}
	if (!(*device)->enabled) {
		text_add(why, "the device is disabled");
		return CODE_AUTH_ERROR;
	}
	return CODE_SUCCESS;
}

int api_pre_authenticate(struct api_call *call)
{
	struct sign_field fields[SIGN_FIELDS_MAX] = { 0 };
	struct text why = { 0 }, data = { 0 };
	struct device *device = NULL;
	const char *message = "";
	int code = CODE_BAD_PARAMS;
	size_t i;

	if (read_fields(call->body, fields))
		text_add(&why, "a field is no text, or there are too many of them");
	else
		code = preauth_check(call, fields, &device, &why);
	if (code == CODE_SUCCESS) {
		text_add(&data, "{\"iotId\":");
		text_add_json(&data, device->iot_id);
		text_add(&data, ",\"iotToken\":\"");
		if (iot_token_write(device, cloud_now(call->cloud), &data))
			code = CODE_SERVER_ERROR;
		text_add(&data, "\",");
		add_resources(call, &data);
		text_add_char(&data, '}');
	}
	for (i = 0; i < sizeof(preauth_messages) / sizeof(preauth_messages[0]); i++)
		if (preauth_messages[i].code == code)
			message = preauth_messages[i].message;
	log_request(call, NULL, device, "/auth/devicename", code, &why);
	answer(call, code, message, &data, NULL, NULL);
	free_fields(fields);
	text_free(&why);
	text_free(&data);
	return API_LATER;
}

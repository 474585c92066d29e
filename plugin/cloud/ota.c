/*
 * What devices say about their firmware: which version they have, how an upgrade goes, what there is for them.
 *
 * doc: "OTA updates"; things-and-data reference, sections 8.1 to 8.3. Nothing malformed is answered: it is 1004 in
 * the log. Where there is an answer, the functions here send it.
 */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "method.h"
#include "ota.h"
#include "push.h"
#include "state.h"
#include "upgrade.h"

#define DESCRIPTION_SIZE 513    /* of a progress report; more is cut off */

/* The module that the request is about; false, with a reason, when the request is malformed. */
static bool read_module(struct call *call, char module[OTA_NAME_MAX + 1])
{
	struct json value = json_get(call->params, "module");

	if (!json_is(call->params, JSON_OBJECT)) {
		if (!call->why->len)
			text_add(call->why, "`params` is missing or no object");
		return false;
	}
	strcpy(module, MODULE_DEFAULT);
	/* sdk: v4 leaves the name of the default module out, others send it empty. */
	if (!json_present(value) || json_is_string(value, "") || ota_name(value, module))
		return true;
	text_add(call->why, "`params.module` is not 1 to 64 letters, digits and ._-");
	return false;
}

static bool read_version(struct call *call, char version[OTA_NAME_MAX + 1])
{
	if (ota_name(json_get(call->params, "version"), version))
		return true;
	text_add(call->why, "`params.version` is missing or not 1 to 64 letters, digits and ._-");
	return false;
}

static struct upgrade_of upgrade_of(const struct call *call)
{
	return (struct upgrade_of){ call->cloud, call->device, call->out, call->why, call->trace };
}

/* A device may not fill the database with module names. */
static bool room_for_module(struct call *call, const char *module)
{
	struct store *store = call->cloud->store;
	int64_t count = 0;
	char *known = NULL;
	bool room = store_get_module(store, call->device->id, module, &known) == 1 ||
	            (!store_count_modules(store, call->device->id, &count) && count < MODULES_MAX);

	if (!room)
		text_addf(call->why, "the device has reported %lld modules already", (long long)count);
	free(known);
	return room;
}

enum code ota_inform(struct call *call)
{
	char module[OTA_NAME_MAX + 1], version[OTA_NAME_MAX + 1];
	struct upgrade_of of = upgrade_of(call);

	if (!read_module(call, module) || !read_version(call, version) || !room_for_module(call, module))
		return CODE_OTA_FORMAT;
	return upgrade_version(&of, module, version) ? CODE_SERVER_ERROR : CODE_SUCCESS;
}

/* doc: a string; sdk: some send a number. From -4 to 100. */
static bool read_step(struct call *call, int *step)
{
	struct json value = json_get(call->params, "step");
	char text[8], *end = text;
	int64_t number = 0;
	bool read = json_int64(value, &number);

	if (!read && json_string(value, text, sizeof(text)) > 0 && !strchr(" \t\n\v\f\r+", *text)) {
		number = strtoll(text, &end, 10);
		read = !*end;
	}
	*step = read && number >= -4 && number <= 100 ? (int)number : 0;
	if (read && number == *step)
		return true;
	text_add(call->why, "`params.step` is missing or no whole number from -4 to 100");
	return false;
}

enum code ota_progress(struct call *call)
{
	struct json value = json_get(call->params, "desc");
	char module[OTA_NAME_MAX + 1], *description;
	struct upgrade_of of = upgrade_of(call);
	int step, result;

	if (!read_module(call, module) || !read_step(call, &step))
		return CODE_OTA_FORMAT;
	description = json_strdup(value);
	if (description && strlen(description) >= DESCRIPTION_SIZE)
		description[DESCRIPTION_SIZE - 1] = '\0';
	result = upgrade_progress(&of, module, step, description);
	free(description);
	return result ? CODE_SERVER_ERROR : CODE_SUCCESS;
}

/* 429, or what there is for the device in call->data. */
static enum code answer(struct call *call, const char *module, const char *version)
{
	int64_t limit = call->cloud->settings.limits.ota_requests_per_device_per_second;
	struct upgrade_of of = upgrade_of(call);

	if (!bucket_take(&call->device->ota_requests, limit, 1000, 1, call->now_ms)) {
		text_addf(call->why, "more than %lld requests within a second (limit otaRequestsPerDevicePerSecond)", (long long)limit);
		return CODE_TOO_MANY_REQUESTS;
	}
	switch (upgrade_ask(&of, module, version, call->data)) {
	case 1:
		return CODE_SUCCESS;
	case 0:
		text_add(call->why, "there is no upgrade for the device");
		return CODE_SUCCESS;
	default:
		text_clear(call->data);
		return CODE_SERVER_ERROR;
	}
}

enum code ota_firmware_get(struct call *call)
{
	char module[OTA_NAME_MAX + 1];
	enum code code;

	if (!read_module(call, module))
		return CODE_OTA_FORMAT;
	code = answer(call, module, NULL);
	reply_send(call, code);
	return code;
}

void ota_request_write(struct text *out, int code, const char *message, const char *data, const char *id, int64_t now_ms)
{
	bool numeric = *id && strlen(id) <= 18 && strspn(id, "0123456789") == strlen(id);

	text_addf(out, "{\"code\":\"%d\",\"data\":%s", code == CODE_SUCCESS ? CODE_OTA_PUSH : code, data);
	text_addf(out, ",\"id\":%lld,\"message\":", numeric ? strtoll(id, NULL, 10) : (long long)now_ms);
	text_add_json(out, message ? message : code_message((enum code)code));
	text_add_char(out, '}');
}

/* The old way of asking: up and down on the same topic. guess: an answer without work has empty data. */
enum code ota_request(struct call *call)
{
	char module[OTA_NAME_MAX + 1], version[OTA_NAME_MAX + 1];
	struct cloud *cloud = call->cloud;
	struct text *reply = &cloud->reply;
	enum code code;

	/* What the platform itself said there may come back through a bridge. */
	if (json_present(json_get(call->request, "code")) && json_present(json_get(call->request, "data"))) {
		text_add(call->why, "ignored: this is an answer of the platform");
		return CODE_SUCCESS;
	}
	if (!read_module(call, module) || !read_version(call, version))
		return CODE_OTA_FORMAT;
	code = answer(call, module, version);
	text_clear(reply);
	ota_request_write(reply, (int)code, NULL, call->data->len ? text_string(call->data) : "{}", call->id, call->now_ms);
	push_send(cloud, &(struct push){
		.device = call->device, .role = ROLE_REPLY, .service = SERVICE_OTA, .operation = call->method->operation,
		.topic = call->topic_text, .payload = text_string(reply), .payload_len = reply->len, .id = call->id, .code = code,
		.trace = call->trace,
	}, call->out);
	return code;
}

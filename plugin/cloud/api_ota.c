/* Firmware packages and upgrades for people and programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_call.h"
#include "firmware.h"
#include "upgrade.h"

#define LIST_MAX   500
#define WITHIN_MAX (INT64_C(7) * 24 * 3600 * 1000)

static int store_refuse(struct api_call *call)
{
	return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
}

static struct product *find_product(struct api_call *call, const char *product_key)
{
	struct product *product = product_find(call->cloud, product_key, strlen(product_key));

	if (!product)
		api_refuse(call, 404, "NotFound", "there is no product %s", product_key);
	return product;
}

/* The body's module, or the default one; false after refusing. */
static bool read_module(struct api_call *call, char module[OTA_NAME_MAX + 1])
{
	struct json value = json_get(call->body, "module");

	strcpy(module, MODULE_DEFAULT);
	if (!json_present(value) || ota_name(value, module))
		return true;
	api_refuse(call, 400, "BadRequest", "`module` must be 1 to 64 letters, digits and ._-");
	return false;
}

static bool read_version(struct api_call *call, char version[OTA_NAME_MAX + 1])
{
	if (ota_name(json_get(call->body, "version"), version))
		return true;
	api_refuse(call, 400, "BadRequest", "`version` must be 1 to 64 letters, digits and ._-");
	return false;
}

/* --- packages --- */

int api_firmware_list(struct api_call *call)
{
	char product_key[API_SEGMENT_MAX], module[OTA_NAME_MAX + 1];
	const struct product *product = NULL;
	bool of_module = api_query(call, "module", module, sizeof(module));
	int64_t ids[LIST_MAX], limit;
	int count, i;

	if (!api_query_int(call, "limit", 1, LIST_MAX, LIST_MAX, &limit))
		return 400;
	if (api_query(call, "productKey", product_key, sizeof(product_key))) {
		product = find_product(call, product_key);
		if (!product)
			return 404;
	}
	count = store_list_firmware(call->cloud->store, product ? product->id : 0, of_module ? module : NULL, ids, (int)limit);
	text_add(call->answer, "{\"firmware\":[");
	for (i = 0; i < count; i++) {
		struct stored_firmware firmware;

		if (store_get_firmware(call->cloud->store, ids[i], &firmware) != 1)
			return store_refuse(call);
		text_add_comma(call->answer);
		firmware_show(&firmware, call->answer);
		stored_firmware_free(&firmware);
	}
	text_add(call->answer, "]}");
	return count < 0 ? store_refuse(call) : 200;
}

/* The literal of a body's member, to be freed; NULL when it is absent. */
static char *literal(struct api_call *call, const char *name)
{
	struct json value = json_get(call->body, name);
	size_t len;
	const char *at = json_span(value, &len);

	return json_present(value) ? strndup(at, len) : NULL;
}

/* False after refusing. */
static bool read_files(struct api_call *call, struct stored_firmware *draft)
{
	struct json files = json_get(call->body, "files");

	if (!json_count(files) || json_count(files) > FIRMWARE_FILES_MAX) {
		api_refuse(call, 400, "BadRequest", "`files` must hold 1 to %d paths", FIRMWARE_FILES_MAX);
		return false;
	}
	json_each(file, files) {
		char *path = json_strdup(file);

		if (!path || path[0] != '/') {
			free(path);
			api_refuse(call, 400, "BadRequest", "`files` must hold absolute paths");
			return false;
		}
		draft->files[draft->file_count++].path = path;
	}
	return true;
}

/* False after refusing. */
static bool read_sources(struct api_call *call, struct stored_firmware *draft)
{
	char version[OTA_NAME_MAX + 1];

	json_each(source, json_get(call->body, "sourceVersions"))
		if (!ota_name(source, version)) {
			api_refuse(call, 400, "BadRequest", "`sourceVersions` must hold versions: 1 to 64 letters, digits and ._-");
			return false;
		}
	draft->source_versions = literal(call, "sourceVersions");
	return true;
}

/* doc: spelt so on the wire. */
static bool read_sign_method(struct api_call *call, struct stored_firmware *draft)
{
	struct json value = json_get(call->body, "signMethod");

	if (json_present(value) && !json_is_string(value, "Md5") && !json_is_string(value, "SHA256")) {
		api_refuse(call, 400, "BadRequest", "`signMethod` must be Md5 or SHA256");
		return false;
	}
	draft->sign_method = json_strdup(value);
	return true;
}

int api_firmware_add(struct api_call *call)
{
	char module[OTA_NAME_MAX + 1], version[OTA_NAME_MAX + 1];
	char *product_key = json_strdup(json_get(call->body, "productKey"));
	const struct product *product = find_product(call, product_key ? product_key : "");
	struct stored_firmware draft = { 0 };
	int status = 400;

	if (!product) {
		status = 404;
	} else if (read_module(call, module) && read_version(call, version) && read_files(call, &draft) &&
	           read_sources(call, &draft) && read_sign_method(call, &draft)) {
		draft.product = product->id;
		draft.module = strdup(module);
		draft.version = strdup(version);
		draft.ext_data = literal(call, "extData");
		draft.is_diff = json_is(json_get(call->body, "isDiff"), JSON_TRUE);
		draft.automatic = json_is(json_get(call->body, "automatic"), JSON_TRUE);
		firmware_add(call->cloud, &draft, call->ticket, call->out);
		status = API_LATER;
	}
	stored_firmware_free(&draft);
	free(product_key);
	return status;
}

static int firmware_delete(struct api_call *call, const struct stored_firmware *firmware)
{
	struct store *store = call->cloud->store;
	int64_t open;

	if (store_count_open_upgrades(store, firmware->id, &open))
		return store_refuse(call);
	if (open)
		return api_refuse(call, 409, "Conflict", "%lld unfinished upgrades are to this version: cancel them first", (long long)open);
	if (store_delete_firmware(store, firmware->id))
		return store_refuse(call);
	firmware_show(firmware, call->answer);
	return 200;
}

/* The package of a version of a module, for `run`; 404 when there is none. */
static int with_firmware(struct api_call *call, const struct product *product, const char *module, const char *version,
                         int (*run)(struct api_call *call, const struct stored_firmware *firmware))
{
	struct stored_firmware firmware;
	int found = store_find_firmware(call->cloud->store, product->id, module, version, &firmware), status;

	if (found < 0)
		status = store_refuse(call);
	else if (!found)
		status = api_refuse(call, 404, "NotFound", "product %s has no version %s of module %s", product->key, version, module);
	else
		status = run(call, &firmware);
	stored_firmware_free(&firmware);
	return status;
}

int api_firmware_delete(struct api_call *call)
{
	const struct product *product = find_product(call, call->segment[0]);

	return product ? with_firmware(call, product, call->segment[1], call->segment[2], firmware_delete) : 404;
}

/* --- upgrades --- */

static void write_upgrade(const struct stored_upgrade *upgrade, struct text *out)
{
	const struct { const char *name; int64_t value; } times[] = {
		{ "created", upgrade->created_ms }, { "notified", upgrade->notified_ms }, { "started", upgrade->started_ms },
		{ "finished", upgrade->finished_ms }, { "deadline", upgrade->deadline_ms },
	};
	size_t i;

	text_addf(out, "{\"id\":%lld", (long long)upgrade->id);
	text_add_member(out, "module", upgrade->module);
	text_add_member(out, "sourceVersion", upgrade->source_version);
	text_add_member(out, "version", upgrade->version);
	text_add_member(out, "state", upgrade_state_name(upgrade->state));
	text_addf(out, ",\"step\":%d", upgrade->step);
	text_add_member(out, "description", upgrade->description);
	text_add_member(out, "reason", upgrade->reason);
	text_add_member(out, "protocol", upgrade->over_mqtt ? "mqtt" : "http");
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		text_add_key(out, times[i].name);
		if (times[i].value)
			text_add_int(out, times[i].value);
		else
			text_add(out, "null");
	}
}

static int list_module(void *ctx, const char *module, const char *version, int64_t reported_ms)
{
	struct text *out = ctx;

	text_add_comma(out);
	text_add_char(out, '{');
	text_add_member(out, "module", module);
	text_add_member(out, "version", version);
	text_addf(out, ",\"reported\":%lld}", (long long)reported_ms);
	return 0;
}

int api_upgrade_list(struct api_call *call)
{
	const struct device *device = api_device(call);
	struct store *store = call->cloud->store;
	int64_t ids[LIST_MAX];
	int count, i;

	if (!device)
		return 404;
	text_add(call->answer, "{\"versions\":[");
	if (store_list_modules(store, device->id, list_module, call->answer))
		return store_refuse(call);
	text_add(call->answer, "],\"upgrades\":[");
	count = store_list_upgrades(store, device->id, ids, LIST_MAX);
	for (i = 0; i < count; i++) {
		struct stored_upgrade upgrade;

		if (store_get_upgrade(store, ids[i], &upgrade) != 1)
			return store_refuse(call);
		text_add_comma(call->answer);
		write_upgrade(&upgrade, call->answer);
		text_add_char(call->answer, '}');
		stored_upgrade_free(&upgrade);
	}
	text_add(call->answer, "]}");
	return count < 0 ? store_refuse(call) : 200;
}

/* False after refusing. */
static bool read_order(struct api_call *call, const struct stored_firmware *firmware, struct upgrade_order *order)
{
	struct json protocol = json_get(call->body, "protocol"), within = json_get(call->body, "withinMs");

	order->over_mqtt = json_is_string(protocol, "mqtt");
	order->needs_confirm = json_is(json_get(call->body, "needConfirm"), JSON_TRUE);
	json_int64(within, &order->timeout_ms);
	if (json_present(protocol) && !order->over_mqtt && !json_is_string(protocol, "http"))
		api_refuse(call, 400, "BadRequest", "`protocol` must be http or mqtt");
	else if (order->timeout_ms < 0 || order->timeout_ms > WITHIN_MAX)
		api_refuse(call, 400, "BadRequest", "`withinMs` must be from 0 to %lld", (long long)WITHIN_MAX);
	/* doc: over MQTT go packages of one file up to 16 MB. */
	else if (order->over_mqtt && (firmware->file_count != 1 || firmware->files[0].digest.size > MQTT_FILE_MAX))
		api_refuse(call, 409, "Conflict", "over MQTT go packages of one file with at most %lld bytes", (long long)MQTT_FILE_MAX);
	else
		return true;
	return false;
}

static int upgrade_begin(struct api_call *call, const struct stored_firmware *firmware)
{
	struct upgrade_order order = { 0 };
	struct stored_upgrade made = { 0 };
	struct text why = { 0 };
	struct upgrade_of of = { call->cloud, api_device(call), call->out, &why, trace_new(call->cloud) };
	int result, status = 400;

	if (read_order(call, firmware, &order)) {
		result = upgrade_start(&of, firmware, &order, &made);
		if (result) {
			status = result > 0 ? api_refuse(call, 409, "Conflict", "%s", text_string(&why)) : store_refuse(call);
		} else {
			status = 201;
			write_upgrade(&made, call->answer);
			/* What kept the push back, so that nobody waits for it. */
			text_add_member(call->answer, "why", why.len ? text_string(&why) : NULL);
			text_add_char(call->answer, '}');
		}
	}
	stored_upgrade_free(&made);
	text_free(&why);
	return status;
}

int api_upgrade_start(struct api_call *call)
{
	const struct device *device = api_device(call);
	char module[OTA_NAME_MAX + 1], version[OTA_NAME_MAX + 1];

	if (!device)
		return 404;
	if (!read_module(call, module) || !read_version(call, version))
		return 400;
	return with_firmware(call, device->product, module, version, upgrade_begin);
}

/* Something is done to the unfinished upgrade of a module; the answer is all of the device's upgrades. */
static int change(struct api_call *call, int (*run)(const struct upgrade_of *of, const char *module))
{
	struct device *device = api_device(call);
	char module[OTA_NAME_MAX + 1];
	struct text why = { 0 };
	struct upgrade_of of = { call->cloud, device, call->out, &why, trace_new(call->cloud) };
	int result, status;

	if (!device)
		return 404;
	if (!read_module(call, module))
		return 400;
	result = run(&of, module);
	if (result)
		status = result > 0 ? api_refuse(call, 409, "Conflict", "%s", text_string(&why)) : store_refuse(call);
	else
		status = api_upgrade_list(call);
	text_free(&why);
	return status;
}

int api_upgrade_confirm(struct api_call *call)
{
	return change(call, upgrade_confirm);
}

int api_upgrade_cancel(struct api_call *call)
{
	return change(call, upgrade_cancel);
}

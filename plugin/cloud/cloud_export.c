#include "cloud_export.h"

#include <string.h>

#include "cloud_file_private.h"
#include "desired.h"
#include "shadow.h"
#include "store_config.h"
#include "store_ota.h"

#define FIRMWARE_MAX 1000   /* packages; the newest are written */
#define TOO_LONG     1      /* what the listings below are stopped with */

struct export {
	struct cloud *cloud;
	struct text  *out;
};

static void add_member(struct text *out, const char *name, const char *value)
{
	if (!value)
		return;
	text_add_key(out, name);
	text_add_json(out, value);
}

static void add_literal(struct text *out, const char *name, const char *literal)
{
	if (!literal)
		return;
	text_add_key(out, name);
	text_add(out, literal);
}

static void add_flag(struct text *out, const char *name, bool value)
{
	text_add_key(out, name);
	text_add(out, value ? "true" : "false");
}

static bool too_long(const struct export *export)
{
	return export->out->len > CLOUD_FILE_BYTES_MAX;
}

/* --- settings --- */

/* Only what differs from the profile's defaults, so that the file says what somebody has chosen. */
static void add_settings(const struct settings *settings, struct text *out)
{
	struct settings usual;
	const struct limit_row *limits;
	const struct option_row *options;
	size_t limit_count, option_count, i;
	char value[64];

	settings_init(&usual, settings->profile);
	limits = settings_limits(&limit_count);
	options = settings_options(&option_count);
	text_add(out, ",\"limits\":{");
	for (i = 0; i < limit_count; i++) {
		int64_t now = *(const int64_t *)((const char *)settings + limits[i].offset);

		if (now == *(const int64_t *)((const char *)&usual + limits[i].offset))
			continue;
		text_add_key(out, limits[i].name);
		text_add_int(out, now);
	}
	text_add(out, "},\"options\":{");
	for (i = 0; i < option_count; i++) {
		int now = *(const int *)((const char *)settings + options[i].offset);

		if (now == *(const int *)((const char *)&usual + options[i].offset))
			continue;
		if (option_is_boolean(&options[i]))
			add_flag(out, options[i].name, now);
		else
			add_member(out, options[i].name, option_value(settings, &options[i], value, sizeof(value)));
	}
	text_add_char(out, '}');
}

/* --- products --- */

static void add_config(struct export *export, const struct stored_product *product)
{
	struct stored_config config = { 0 };
	bool saved = store_get_config(export->cloud->store, product->id, &config) == 1;

	if (saved || product->config_enabled) {
		text_add_key(export->out, "remoteConfig");
		text_add_char(export->out, '{');
		add_flag(export->out, "enabled", product->config_enabled);
		if (saved && strchr("{[", config.content[strspn(config.content, " \t\r\n")]))
			add_literal(export->out, "content", config.content);
		text_add_char(export->out, '}');
	}
	stored_config_free(&config);
}

static int add_product(void *ctx, const struct stored_product *product)
{
	struct export *export = ctx;
	struct text *out = export->out;

	text_add_comma(out);
	text_add_char(out, '{');
	add_member(out, "productKey", product->product_key);
	add_member(out, "productSecret", product->product_secret);
	add_member(out, "name", product->name);
	add_member(out, "nodeType", node_type_names[product->node_type]);
	add_member(out, "dataFormat", data_format_names[product->data_format]);
	add_member(out, "validation", validation_names[product->validation]);
	add_flag(out, "dynamicRegistration", product->dynamic_registration);
	add_literal(out, "tsl", product->tsl);
	add_member(out, "scriptText", product->script);
	add_literal(out, "topics", product->topics);
	add_config(export, product);
	text_add_char(out, '}');
	return too_long(export) ? TOO_LONG : 0;
}

/* --- devices --- */

/* {"temp":{"value":21,…},…} as {"temp":21}, when there is anything in it. */
static void add_plain(struct text *out, const char *name, struct text *rich)
{
	struct json_doc doc = { 0 };

	if (!json_parse(&doc, text_string(rich), rich->len, JSON_STRICT, NULL) && json_count(json_root(&doc))) {
		text_add_key(out, name);
		text_add_char(out, '{');
		json_each(member, json_root(&doc)) {
			size_t key_len, value_len;
			const char *key = json_span(json_key(member), &key_len);
			const char *value = json_span(json_get(member, "value"), &value_len);

			text_add_comma(out);
			text_add_bytes(out, key, key_len);
			text_add_char(out, ':');
			text_add_bytes(out, value, value_len);
		}
		text_add_char(out, '}');
	}
	json_doc_free(&doc);
	text_clear(rich);
}

/* Those of the domain SYSTEM are the device's own affair: it sends them with each connect. */
static void add_tags(struct text *out, const char *tags)
{
	struct json_doc doc = { 0 };
	struct text own = { 0 };

	if (tags && !json_parse(&doc, tags, strlen(tags), JSON_STRICT, NULL)) {
		json_each(tag, json_root(&doc)) {
			size_t key_len, value_len;
			const char *key = json_span(json_key(tag), &key_len), *value = json_span(tag, &value_len);

			if (memchr(key, ':', key_len))
				continue;
			text_add_char(&own, own.len ? ',' : '{');
			text_add_bytes(&own, key, key_len);
			text_add_char(&own, ':');
			text_add_bytes(&own, value, value_len);
		}
	}
	if (own.len) {
		text_add_char(&own, '}');
		add_literal(out, "tags", text_string(&own));
	}
	text_free(&own);
	json_doc_free(&doc);
}

static void add_shadow(struct export *export, struct device *device, struct text *scratch)
{
	struct json_doc doc = { 0 };
	struct json version, state;
	int64_t number = 0;
	size_t len;
	const char *sides;

	if (shadow_write(export->cloud, device, scratch) ||
	    json_parse(&doc, text_string(scratch), scratch->len, JSON_STRICT, NULL))
		goto done;
	version = json_get(json_root(&doc), "version");
	state = json_get(json_root(&doc), "state");
	if (!json_int64(version, &number) || !number)
		goto done;   /* it has none yet */
	sides = json_span(state, &len);
	text_add_key(export->out, "shadow");
	/* {"reported":…,"desired":…} with one more member */
	text_add_bytes(export->out, sides, len - 1);
	text_add_key(export->out, "version");
	text_add_int(export->out, number);
	text_add_char(export->out, '}');
done:
	json_doc_free(&doc);
	text_clear(scratch);
}

static void add_gateway(struct export *export, int64_t id)
{
	const struct device *gateway = device_get(export->cloud, id);
	struct text name = { 0 };

	if (!gateway)
		return;
	text_addf(&name, "%s/%s", gateway->product->key, gateway->name);
	add_member(export->out, "gateway", text_string(&name));
	text_free(&name);
}

static int add_device(void *ctx, const struct stored_device *row)
{
	struct export *export = ctx;
	struct device *device = device_get(export->cloud, row->id);   /* it knows the newest values */
	struct text *out = export->out, scratch = { 0 };

	if (!device)
		return -1;
	text_add_comma(out);
	text_add_char(out, '{');
	add_member(out, "productKey", device->product->key);
	add_member(out, "deviceName", device->name);
	add_member(out, "deviceSecret", device->secret);
	if (!device->enabled)
		add_flag(out, "enabled", false);
	add_gateway(export, device->gateway);
	add_member(out, "x509Sha256", row->x509_sha256);
	add_tags(out, device->tags);
	desired_write(export->cloud, device, &scratch);
	add_plain(out, "desired", &scratch);
	values_write(device, &scratch);
	add_plain(out, "properties", &scratch);
	add_shadow(export, device, &scratch);
	text_add_char(out, '}');
	text_free(&scratch);
	return too_long(export) ? TOO_LONG : 0;
}

/* --- firmware --- */

static void add_package(struct export *export, const struct stored_firmware *firmware)
{
	struct text *out = export->out;
	size_t i;

	text_add_comma(out);
	text_add_char(out, '{');
	add_member(out, "productKey", firmware->product_key);
	add_member(out, "module", firmware->module);
	add_member(out, "version", firmware->version);
	add_literal(out, "sourceVersions", firmware->source_versions);
	if (firmware->file_count == 1)
		add_member(out, "file", firmware->files[0].path);
	for (i = 0; firmware->file_count > 1 && i < firmware->file_count; i++) {
		text_add(out, i ? "," : ",\"files\":[");
		text_add_json(out, firmware->files[i].path);
		if (i + 1 == firmware->file_count)
			text_add_char(out, ']');
	}
	add_member(out, "signMethod", firmware->sign_method);
	add_flag(out, "isDiff", firmware->is_diff);
	add_literal(out, "extData", firmware->ext_data);
	text_add_char(out, '}');
}

/* The oldest first, so that the newest is the newest again. */
static int add_firmware(struct export *export)
{
	int64_t ids[FIRMWARE_MAX];
	struct stored_firmware firmware = { 0 };
	int count = store_list_firmware(export->cloud->store, 0, NULL, ids, FIRMWARE_MAX), found = 1;

	while (count > 0 && found >= 0) {
		found = store_get_firmware(export->cloud->store, ids[--count], &firmware);
		if (found == 1 && firmware.automatic)
			add_package(export, &firmware);
		stored_firmware_free(&firmware);
		firmware = (struct stored_firmware){ 0 };
	}
	return count < 0 || found < 0 ? -1 : too_long(export) ? TOO_LONG : 0;
}

/* --- all of it --- */

int cloud_export(struct cloud *cloud, struct text *out, struct text *why)
{
	struct export export = { cloud, out };
	int result;

	text_add(out, "{\"cloud\":1");
	if (cloud->settings.profile == PROFILE_PLATFORM)
		add_member(out, "profile", "platform");
	add_member(out, "region", cloud->region);
	add_member(out, "instanceId", cloud->instance_id);
	add_settings(&cloud->settings, out);
	text_add(out, ",\"products\":[");
	result = store_list_products(cloud->store, add_product, &export);
	text_add(out, "],\"devices\":[");
	if (!result)
		result = store_list_devices(cloud->store, 0, 0, DEVICES_MAX, add_device, &export);
	text_add(out, "],\"firmware\":[");
	if (!result)
		result = add_firmware(&export);
	text_add(out, "]}");
	if (result == TOO_LONG)
		return 0;
	if (!result && !out->failed)
		return 1;
	text_add(why, result ? store_error(cloud->store) : "out of memory");
	return -1;
}

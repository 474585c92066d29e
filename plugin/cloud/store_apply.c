/* Cloud files into the store: all of them or nothing. */
#include <string.h>

#include "store_ota.h"
#include "store_private.h"

static int add_device(struct store *store, const struct cloud_file_device *device)
{
	sqlite3_stmt *statement = store_write(store, "INSERT INTO device (product, device_name, device_secret, iot_id, enabled, gateway, x509_sha256,"
		" tags, desired, shadow) SELECT p.id, ?2, ?3, ?4, ?5, coalesce((SELECT g.id FROM device g JOIN product gp"
		" ON gp.id = g.product WHERE gp.product_key = ?6 AND g.device_name = ?7), 0), ?8, ?9, ?10, ?11"
		" FROM product p WHERE p.product_key = ?1 ON CONFLICT (product, device_name) DO NOTHING");
	char iot_id[IOT_ID_SIZE];

	if (!statement)
		return -1;
	derive_iot_id(device->product_key, device->device_name, iot_id);
	store_bind_text(statement, 1, device->product_key);
	store_bind_text(statement, 2, device->device_name);
	store_bind_text(statement, 3, device->device_secret);
	store_bind_text(statement, 4, iot_id);
	sqlite3_bind_int(statement, 5, device->enabled);
	store_bind_text(statement, 6, device->gateway_product_key);
	store_bind_text(statement, 7, device->gateway_name);
	store_bind_text(statement, 8, device->x509_sha256);
	store_bind_text(statement, 9, device->tags);
	store_bind_text(statement, 10, device->desired);
	store_bind_text(statement, 11, device->shadow);
	if (store_finish(store, statement))
		return -1;
	if (device->properties && store_changes(store))
		return store_set_values(store, store_last_id(store), device->properties, strlen(device->properties));
	return 0;
}

/* What is known of a file, from before if it has not changed since. */
static int learn_file(struct store *store, const char *path)
{
	struct file_digest now, known;
	struct text why = { 0 };
	int result = digest_stat(path, &now, &why);

	if (!result) {
		result = store_get_digest(store, path, &known);
		if (result == 1 && known.size == now.size && known.changed_ns == now.changed_ns)
			return 0;
		if (result >= 0)
			result = digest_file(path, &now, &why) ? -1 : store_set_digest(store, path, &now);
	}
	if (why.len)
		store_complain(store, text_string(&why));
	text_free(&why);
	return result;
}

static int add_firmware(struct store *store, const struct cloud_file_firmware *from)
{
	struct stored_product product = { 0 };
	struct stored_firmware firmware = {
		.module = from->module, .version = from->version, .sign_method = from->sign_method, .ext_data = from->ext_data,
		.is_diff = from->is_diff, .automatic = true, .file_count = from->file_count,
	};
	struct text sources = { 0 };
	int64_t id;
	size_t i;
	int result = -1;

	for (i = 0; i < from->source_version_count; i++) {
		text_add(&sources, i ? "," : "[");
		text_add_json(&sources, from->source_versions[i]);
	}
	text_add(&sources, i ? "]" : "[]");
	if (from->has_source_versions)
		firmware.source_versions = sources.at;
	for (i = 0; i < from->file_count; i++) {
		firmware.files[i].path = from->files[i];
		if (learn_file(store, from->files[i]))
			goto done;
	}
	if (sources.failed || store_find_product(store, from->product_key, &product) != 1)
		goto done;
	firmware.product = product.id;
	result = store_add_firmware(store, &firmware, &id) < 0 ? -1 : 0;
done:
	stored_product_free(&product);
	text_free(&sources);
	return result;
}

int store_apply(struct store *store, const struct cloud_file *file, bool replace)
{
	size_t i;
	int pass;

	if (store_commit(store))
		return -1;
	if (replace && store_replace(store))
		goto fail;
	for (i = 0; i < file->product_count; i++)
		if (store_create_product(store, &file->products[i]) < 0)
			goto fail;
	/* Gateways before what is bound to them. */
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < file->device_count; i++)
			if (!file->devices[i].gateway_name == !pass && add_device(store, &file->devices[i]))
				goto fail;
	for (i = 0; i < file->firmware_count; i++)
		if (add_firmware(store, &file->firmware[i]))
			goto fail;
	return store_commit(store);
fail:
	store_rollback(store);
	return -1;
}

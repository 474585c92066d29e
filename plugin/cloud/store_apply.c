/* Cloud files into the store: all of them or nothing. */
#include <string.h>

#include "store_private.h"

static int add_product(struct store *store, const struct cloud_file_product *product)
{
	sqlite3_stmt *statement = store_write(store, "INSERT INTO product (product_key, product_secret, name, node_type, data_format, validation,"
		" dynamic_registration, tsl, script, config_enabled, config, topics)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (product_key) DO NOTHING");
	struct text topics = { 0 };
	size_t i;
	int result;

	if (!statement)
		return -1;
	for (i = 0; i < product->topic_count; i++) {
		static const char *const allow[] = { "", "publish", "subscribe", "both" };

		text_add(&topics, i ? ",{" : "[{");
		text_add_key(&topics, "name");
		text_add_json(&topics, product->topics[i].name);
		text_add_key(&topics, "allow");
		text_add_json(&topics, allow[product->topics[i].allow]);
		text_add(&topics, "}");
	}
	if (product->topic_count)
		text_add(&topics, "]");
	store_bind_text(statement, 1, product->product_key);
	store_bind_text(statement, 2, product->product_secret);
	store_bind_text(statement, 3, product->name ? product->name : product->product_key);
	sqlite3_bind_int(statement, 4, product->node_type);
	sqlite3_bind_int(statement, 5, product->data_format);
	sqlite3_bind_int(statement, 6, product->validation);
	sqlite3_bind_int(statement, 7, product->dynamic_registration);
	store_bind_text(statement, 8, product->tsl);
	store_bind_text(statement, 9, product->script);
	sqlite3_bind_int(statement, 10, product->config_enabled);
	store_bind_text(statement, 11, product->config);
	store_bind_text(statement, 12, topics.len ? text_string(&topics) : NULL);
	result = store_finish(store, statement);
	text_free(&topics);
	return result;
}

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

int store_apply(struct store *store, const struct cloud_file *file, bool replace)
{
	size_t i;
	int pass;

	if (store_commit(store))
		return -1;
	if (replace && store_replace(store))
		goto fail;
	for (i = 0; i < file->product_count; i++)
		if (add_product(store, &file->products[i]))
			goto fail;
	/* Gateways before what is bound to them. */
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < file->device_count; i++)
			if (!file->devices[i].gateway_name == !pass && add_device(store, &file->devices[i]))
				goto fail;
	return store_commit(store);
fail:
	store_rollback(store);
	return -1;
}

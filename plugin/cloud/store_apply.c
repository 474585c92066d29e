/* Cloud files into the store: all of them or nothing. */
#include <string.h>

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
	return store_commit(store);
fail:
	store_rollback(store);
	return -1;
}

/* Devices in the store: identity, state, topology, values. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sign.h"
#include "store_private.h"

#define DEVICE_COLUMNS "d.id, d.product, d.gateway, d.device_name, d.device_secret, d.iot_id, d.enabled," \
	" d.activated_ms, d.online_ms, d.x509_sha256"

void derive_iot_id(const char *product_key, const char *device_name, char out[IOT_ID_SIZE])
{
	char content[256], hex[SIGN_HEX_MAX];

	snprintf(content, sizeof(content), "%s&%s", product_key, device_name);
	sign_hex(SIGN_SHA256, "iotId", content, strlen(content), hex);
	snprintf(out, IOT_ID_SIZE, "%.18s000100", hex);
}

static bool read_device(sqlite3_stmt *statement, struct stored_device *out)
{
	bool ok = true;

	*out = (struct stored_device){
		.id = sqlite3_column_int64(statement, 0),
		.product = sqlite3_column_int64(statement, 1),
		.gateway = sqlite3_column_int64(statement, 2),
		.device_name = store_column(statement, 3, &ok),
		.device_secret = store_column(statement, 4, &ok),
		.iot_id = store_column(statement, 5, &ok),
		.enabled = sqlite3_column_int(statement, 6),
		.activated_ms = sqlite3_column_int64(statement, 7),
		.online_ms = sqlite3_column_int64(statement, 8),
		.x509_sha256 = store_column(statement, 9, &ok),
		.values = store_column(statement, 10, &ok),
		.tags = store_column(statement, 11, &ok),
		.desired = store_column(statement, 12, &ok),
	};
	return ok;
}

void stored_device_free(struct stored_device *device)
{
	free(device->device_name);
	free(device->device_secret);
	free(device->iot_id);
	free(device->x509_sha256);
	free(device->values);
	free(device->tags);
	free(device->desired);
	*device = (struct stored_device){ 0 };
}

/* The one row of a bound statement. */
static int one_device(struct store *store, sqlite3_stmt *statement, struct stored_device *out)
{
	int found = 0, result = sqlite3_step(statement);

	if (result == SQLITE_ROW)
		found = read_device(statement, out) ? 1 : -1;
	else if (result != SQLITE_DONE)
		found = store_failed(store);
	sqlite3_reset(statement);
	return found;
}

int store_find_device(struct store *store, int64_t product, const char *device_name, struct stored_device *out)
{
	sqlite3_stmt *statement = store_read(store, "SELECT " DEVICE_COLUMNS ", v.doc, d.tags, d.desired FROM device d LEFT JOIN value v ON v.device = d.id"
		" WHERE d.product = ?1 AND d.device_name = ?2");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, product);
	store_bind_text(statement, 2, device_name);
	return one_device(store, statement, out);
}

int store_get_device(struct store *store, int64_t device, struct stored_device *out)
{
	sqlite3_stmt *statement = store_read(store, "SELECT " DEVICE_COLUMNS ", v.doc, d.tags, d.desired FROM device d LEFT JOIN value v ON v.device = d.id WHERE d.id = ?1");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	return one_device(store, statement, out);
}

static int list_devices(struct store *store, const char *sql, int64_t of, int64_t after, int limit,
                        int (*each)(void *ctx, const struct stored_device *), void *ctx)
{
	sqlite3_stmt *statement = store_read(store, sql);
	int stop = 0, result = SQLITE_DONE;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, of);
	sqlite3_bind_int64(statement, 2, after);
	sqlite3_bind_int(statement, 3, limit);
	while (!stop && (result = sqlite3_step(statement)) == SQLITE_ROW) {
		struct stored_device device;

		stop = read_device(statement, &device) ? each(ctx, &device) : -1;
		stored_device_free(&device);
	}
	if (!stop && result != SQLITE_DONE)
		stop = store_failed(store);
	sqlite3_reset(statement);
	return stop;
}

int store_list_devices(struct store *store, int64_t product, int64_t after, int limit,
                       int (*each)(void *ctx, const struct stored_device *), void *ctx)
{
	return list_devices(store, "SELECT " DEVICE_COLUMNS ", NULL, NULL, NULL FROM device d WHERE (?1 = 0 OR d.product = ?1)"
		" AND d.id > ?2 ORDER BY d.id LIMIT ?3", product, after, limit, each, ctx);
}

int store_list_sub_devices(struct store *store, int64_t gateway, int64_t after, int limit,
                           int (*each)(void *ctx, const struct stored_device *), void *ctx)
{
	return list_devices(store, "SELECT " DEVICE_COLUMNS ", NULL, NULL, NULL FROM device d WHERE d.gateway = ?1 AND d.gateway <> 0"
		" AND d.id > ?2 ORDER BY d.id LIMIT ?3", gateway, after, limit, each, ctx);
}

int store_list_gateways(struct store *store, int64_t after, int limit,
                        int (*each)(void *ctx, const struct stored_device *), void *ctx)
{
	return list_devices(store, "SELECT " DEVICE_COLUMNS ", NULL FROM device d JOIN product p ON p.id = d.product"
		" WHERE p.node_type = ?1 AND d.id > ?2 ORDER BY d.id LIMIT ?3", NODE_GATEWAY, after, limit, each, ctx);
}

int store_create_device(struct store *store, int64_t product, const char *device_name, const char *device_secret,
                        const char *iot_id, int64_t *device)
{
	sqlite3_stmt *statement = store_write(store, "INSERT INTO device (product, device_name, device_secret, iot_id, enabled) VALUES (?1, ?2, ?3, ?4, 1)"
		" ON CONFLICT (product, device_name) DO NOTHING");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, product);
	store_bind_text(statement, 2, device_name);
	store_bind_text(statement, 3, device_secret);
	store_bind_text(statement, 4, iot_id);
	if (store_finish(store, statement))
		return -1;
	if (!store_changes(store))
		return 0;
	*device = store_last_id(store);
	statement = store_write(store, "DELETE FROM tombstone WHERE product = ?1 AND device_name = ?2");
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, product);
	store_bind_text(statement, 2, device_name);
	return store_finish(store, statement) ? -1 : 1;
}

int store_delete_device(struct store *store, int64_t device, int64_t now_ms)
{
	static const char *const last[] = {
		"DELETE FROM note WHERE device = ?1", "DELETE FROM task WHERE device = ?1",
		"DELETE FROM upload_block WHERE upload IN (SELECT id FROM upload WHERE device = ?1)",
		"DELETE FROM upload WHERE device = ?1", "DELETE FROM module_version WHERE device = ?1",
		"DELETE FROM upgrade WHERE device = ?1", "DELETE FROM value WHERE device = ?1",
		"DELETE FROM subscription WHERE device = ?1", "DELETE FROM kept_message WHERE device = ?1",
		"DELETE FROM token WHERE device = ?1", "DELETE FROM device WHERE id = ?1",
	};
	size_t i;

	if (store_write_int(store, "INSERT OR REPLACE INTO tombstone SELECT product, device_name, ?2 FROM device WHERE id = ?1", device, now_ms))
		return -1;
	for (i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		sqlite3_stmt *statement = store_write(store, last[i]);

		if (!statement)
			return -1;
		sqlite3_bind_int64(statement, 1, device);
		if (store_finish(store, statement))
			return -1;
	}
	return 0;
}

int store_count_sub_devices(struct store *store, int64_t gateway, int64_t *number)
{
	return store_number(store, "SELECT count(*) FROM device WHERE gateway = ?1 AND gateway <> 0", gateway, number);
}

int store_set_enabled(struct store *store, int64_t device, bool enabled)
{
	return store_write_int(store, "UPDATE device SET enabled = ?2 WHERE id = ?1", device, enabled);
}

int store_set_activated(struct store *store, int64_t device, int64_t when_ms)
{
	return store_write_int(store, "UPDATE device SET activated_ms = ?2 WHERE id = ?1", device, when_ms);
}

int store_set_online(struct store *store, int64_t device, int64_t when_ms)
{
	return store_write_int(store, "UPDATE device SET online_ms = ?2 WHERE id = ?1", device, when_ms);
}

static int find_id(struct store *store, const char *sql, const char *text, int64_t *device)
{
	sqlite3_stmt *statement = store_read(store, sql);

	if (!statement)
		return -1;
	store_bind_text(statement, 1, text);
	return store_ids(store, statement, device, 1);
}

int store_find_certificate(struct store *store, const char *sha256, int64_t *device)
{
	return find_id(store, "SELECT id FROM device WHERE x509_sha256 = ?1", sha256, device);
}

int store_find_iot_id(struct store *store, const char *iot_id, int64_t *device)
{
	return find_id(store, "SELECT id FROM device WHERE iot_id = ?1", iot_id, device);
}

int store_set_gateway(struct store *store, int64_t device, int64_t gateway)
{
	return store_write_int(store, "UPDATE device SET gateway = ?2 WHERE id = ?1", device, gateway);
}

int store_unbind_all(struct store *store, int64_t gateway)
{
	return store_write_int(store, "UPDATE device SET gateway = ?2 WHERE gateway = ?1", gateway, 0);
}

int store_set_secret(struct store *store, int64_t device, const char *device_secret)
{
	return store_write_text(store, "UPDATE device SET device_secret = ?2 WHERE id = ?1", device, device_secret, strlen(device_secret));
}

int store_set_values(struct store *store, int64_t device, const char *values, size_t len)
{
	return store_write_text(store, "INSERT OR REPLACE INTO value (device, doc) VALUES (?1, ?2)", device, values, len);
}

int store_get_note(struct store *store, int64_t device, const char *name, int64_t *value)
{
	sqlite3_stmt *statement = store_read(store, "SELECT value FROM note WHERE device = ?1 AND name = ?2");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	store_bind_text(statement, 2, name);
	return store_ids(store, statement, value, 1);
}

int store_set_note(struct store *store, int64_t device, const char *name, int64_t value)
{
	sqlite3_stmt *statement = store_write(store, "INSERT OR REPLACE INTO note (device, name, value) VALUES (?1, ?2, ?3)");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	store_bind_text(statement, 2, name);
	sqlite3_bind_int64(statement, 3, value);
	return store_finish(store, statement);
}

int store_set_tags(struct store *store, int64_t device, const char *tags)
{
	return store_write_text(store, "UPDATE device SET tags = ?2 WHERE id = ?1", device, tags, strlen(tags));
}

int store_set_desired(struct store *store, int64_t device, const char *desired)
{
	return store_write_text(store, "UPDATE device SET desired = ?2 WHERE id = ?1", device, desired, strlen(desired));
}

int store_get_shadow(struct store *store, int64_t device, char **shadow)
{
	return store_get_text(store, "SELECT shadow FROM device WHERE id = ?1", device, shadow);
}

int store_set_shadow(struct store *store, int64_t device, const char *shadow)
{
	return store_write_text(store, "UPDATE device SET shadow = ?2 WHERE id = ?1", device, shadow, strlen(shadow));
}

int store_find_tombstone(struct store *store, int64_t product, const char *device_name)
{
	sqlite3_stmt *statement = store_read(store, "SELECT 1 FROM tombstone WHERE product = ?1 AND device_name = ?2");
	int64_t one;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, product);
	store_bind_text(statement, 2, device_name);
	return store_ids(store, statement, &one, 1);
}

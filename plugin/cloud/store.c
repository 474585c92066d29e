#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "sign.h"

#define APPLICATION_ID 0x416C696B   /* "Alik": tells our files from other SQLite files */
#define SCHEMA_VERSION 1

static const char schema[] =
	"CREATE TABLE product ("
	" id INTEGER PRIMARY KEY, product_key TEXT NOT NULL UNIQUE, product_secret TEXT NOT NULL, name TEXT NOT NULL,"
	" node_type INTEGER NOT NULL, data_format INTEGER NOT NULL, validation INTEGER NOT NULL,"
	" dynamic_registration INTEGER NOT NULL, tsl TEXT, script TEXT, config_enabled INTEGER NOT NULL, config TEXT,"
	" topics TEXT);"
	/* AUTOINCREMENT: an id is never handed out again, so what remembers a deleted device cannot meet a new one. */
	"CREATE TABLE device ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, product INTEGER NOT NULL REFERENCES product(id),"
	" device_name TEXT NOT NULL, device_secret TEXT NOT NULL, iot_id TEXT NOT NULL, enabled INTEGER NOT NULL,"
	" activated_ms INTEGER NOT NULL DEFAULT 0, online_ms INTEGER NOT NULL DEFAULT 0,"
	" gateway INTEGER NOT NULL DEFAULT 0, x509_sha256 TEXT, tags TEXT, desired TEXT, shadow TEXT,"
	" UNIQUE (product, device_name));"
	"CREATE INDEX device_of_gateway ON device(gateway, id) WHERE gateway <> 0;"
	"CREATE TABLE value (device INTEGER PRIMARY KEY, doc TEXT NOT NULL);"
	"CREATE TABLE tombstone (product INTEGER NOT NULL, device_name TEXT NOT NULL, deleted_ms INTEGER NOT NULL,"
	" PRIMARY KEY (product, device_name)) WITHOUT ROWID;"
	"CREATE TABLE counter (name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;";

#define PRODUCT_COLUMNS "id, product_key, product_secret, name, node_type, data_format, validation," \
	" dynamic_registration, tsl, script, config_enabled, config, topics"
#define DEVICE_COLUMNS "d.id, d.product, d.gateway, d.device_name, d.device_secret, d.iot_id, d.enabled," \
	" d.activated_ms, d.online_ms, d.x509_sha256"

/* Prepared once, at their first use. */
enum statement {
	BEGIN, COMMIT, ROLLBACK,
	FIND_PRODUCT, LIST_PRODUCTS, ADD_PRODUCT,
	FIND_DEVICE, GET_DEVICE, LIST_DEVICES, LIST_SUB_DEVICES, COUNT_PRODUCTS, COUNT_DEVICES, COUNT_PRODUCT_DEVICES, COUNT_SUB_DEVICES,
	ADD_DEVICE, ADD_FILE_DEVICE, DELETE_DEVICE, DELETE_VALUES, ADD_TOMBSTONE, DELETE_TOMBSTONE, FIND_TOMBSTONE,
	SET_ENABLED, SET_ACTIVATED, SET_ONLINE, SET_SECRET, SET_GATEWAY, SET_VALUES,
	NEXT,
	STATEMENT_COUNT,
};

static const char *const statements[STATEMENT_COUNT] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[FIND_PRODUCT] = "SELECT " PRODUCT_COLUMNS " FROM product WHERE product_key = ?1",
	[LIST_PRODUCTS] = "SELECT " PRODUCT_COLUMNS " FROM product ORDER BY product_key",
	[ADD_PRODUCT] = "INSERT INTO product (product_key, product_secret, name, node_type, data_format, validation,"
		" dynamic_registration, tsl, script, config_enabled, config, topics)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (product_key) DO NOTHING",
	[FIND_DEVICE] = "SELECT " DEVICE_COLUMNS ", v.doc FROM device d LEFT JOIN value v ON v.device = d.id"
		" WHERE d.product = ?1 AND d.device_name = ?2",
	[GET_DEVICE] = "SELECT " DEVICE_COLUMNS ", v.doc FROM device d LEFT JOIN value v ON v.device = d.id WHERE d.id = ?1",
	[LIST_DEVICES] = "SELECT " DEVICE_COLUMNS ", NULL FROM device d WHERE (?1 = 0 OR d.product = ?1)"
		" AND d.id > ?2 ORDER BY d.id LIMIT ?3",
	[LIST_SUB_DEVICES] = "SELECT " DEVICE_COLUMNS ", NULL FROM device d WHERE d.gateway = ?1 AND d.gateway <> 0"
		" AND d.id > ?2 ORDER BY d.id LIMIT ?3",
	[COUNT_PRODUCTS] = "SELECT count(*) FROM product",
	[COUNT_DEVICES] = "SELECT count(*) FROM device",
	[COUNT_PRODUCT_DEVICES] = "SELECT count(*) FROM device WHERE product = ?1",
	[COUNT_SUB_DEVICES] = "SELECT count(*) FROM device WHERE gateway = ?1 AND gateway <> 0",
	[ADD_DEVICE] = "INSERT INTO device (product, device_name, device_secret, iot_id, enabled) VALUES (?1, ?2, ?3, ?4, 1)"
		" ON CONFLICT (product, device_name) DO NOTHING",
	[ADD_FILE_DEVICE] = "INSERT INTO device (product, device_name, device_secret, iot_id, enabled, gateway, x509_sha256,"
		" tags, desired, shadow) SELECT p.id, ?2, ?3, ?4, ?5, coalesce((SELECT g.id FROM device g JOIN product gp"
		" ON gp.id = g.product WHERE gp.product_key = ?6 AND g.device_name = ?7), 0), ?8, ?9, ?10, ?11"
		" FROM product p WHERE p.product_key = ?1 ON CONFLICT (product, device_name) DO NOTHING",
	[DELETE_DEVICE] = "DELETE FROM device WHERE id = ?1",
	[DELETE_VALUES] = "DELETE FROM value WHERE device = ?1",
	[ADD_TOMBSTONE] = "INSERT OR REPLACE INTO tombstone SELECT product, device_name, ?2 FROM device WHERE id = ?1",
	[DELETE_TOMBSTONE] = "DELETE FROM tombstone WHERE product = ?1 AND device_name = ?2",
	[FIND_TOMBSTONE] = "SELECT 1 FROM tombstone WHERE product = ?1 AND device_name = ?2",
	[SET_ENABLED] = "UPDATE device SET enabled = ?2 WHERE id = ?1",
	[SET_ACTIVATED] = "UPDATE device SET activated_ms = ?2 WHERE id = ?1",
	[SET_ONLINE] = "UPDATE device SET online_ms = ?2 WHERE id = ?1",
	[SET_SECRET] = "UPDATE device SET device_secret = ?2 WHERE id = ?1",
	[SET_GATEWAY] = "UPDATE device SET gateway = ?2 WHERE id = ?1",
	[SET_VALUES] = "INSERT OR REPLACE INTO value (device, doc) VALUES (?1, ?2)",
	[NEXT] = "INSERT INTO counter (name, next) VALUES (?1, 2) ON CONFLICT (name) DO UPDATE SET next = next + 1"
		" RETURNING next - 1",
};

struct store {
	sqlite3      *db;
	sqlite3_stmt *prepared[STATEMENT_COUNT];
	bool          in_memory;
	bool          dirty;
	char          error[300];
};

static int failed(struct store *store)
{
	snprintf(store->error, sizeof(store->error), "%s", sqlite3_errmsg(store->db));
	return -1;
}

/* The statement, reset and without bindings; NULL when it cannot be prepared. */
static sqlite3_stmt *prepare(struct store *store, enum statement which)
{
	if (!store->prepared[which] &&
	    sqlite3_prepare_v3(store->db, statements[which], -1, SQLITE_PREPARE_PERSISTENT,
	                       &store->prepared[which], NULL) != SQLITE_OK) {
		failed(store);
		return NULL;
	}
	return store->prepared[which];
}

/* Runs a statement that yields no row. */
static int finish(struct store *store, sqlite3_stmt *statement)
{
	int result = sqlite3_step(statement);

	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return result == SQLITE_DONE ? 0 : failed(store);
}

static int run(struct store *store, enum statement which)
{
	sqlite3_stmt *statement = prepare(store, which);

	return statement ? finish(store, statement) : -1;
}

/* The statement of a write: joins the open transaction, or opens it. */
static sqlite3_stmt *prepare_write(struct store *store, enum statement which)
{
	if (!store->dirty) {
		if (run(store, BEGIN))
			return NULL;
		store->dirty = true;
	}
	return prepare(store, which);
}

static void bind_text(sqlite3_stmt *statement, int column, const char *text)
{
	sqlite3_bind_text(statement, column, text, -1, SQLITE_STATIC);   /* NULL binds NULL */
}

static int write_int(struct store *store, enum statement which, int64_t id, int64_t value)
{
	sqlite3_stmt *statement = prepare_write(store, which);

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, id);
	sqlite3_bind_int64(statement, 2, value);
	return finish(store, statement);
}

void derive_iot_id(const char *product_key, const char *device_name, char out[IOT_ID_SIZE])
{
	char content[256], hex[SIGN_HEX_MAX];

	snprintf(content, sizeof(content), "%s&%s", product_key, device_name);
	sign_hex(SIGN_SHA256, "iotId", content, strlen(content), hex);
	snprintf(out, IOT_ID_SIZE, "%.18s000100", hex);
}

/* --- opening and closing --- */

static int open_schema(struct store *store, char *error, size_t error_size)
{
	sqlite3_stmt *statement = NULL;
	int version = 0, id = 0, tables = 0;
	static const char probe[] = "SELECT (SELECT user_version FROM pragma_user_version),"
		" (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)";

	if (sqlite3_prepare_v2(store->db, probe, -1, &statement, NULL) != SQLITE_OK || sqlite3_step(statement) != SQLITE_ROW) {
		snprintf(error, error_size, "%s", sqlite3_errmsg(store->db));
		sqlite3_finalize(statement);
		return -1;
	}
	version = sqlite3_column_int(statement, 0);
	id = sqlite3_column_int(statement, 1);
	tables = sqlite3_column_int(statement, 2);
	sqlite3_finalize(statement);
	if (tables && id != APPLICATION_ID) {
		snprintf(error, error_size, "this is a database, but not a state file of alink-emulator");
		return -1;
	}
	if (version > SCHEMA_VERSION) {
		snprintf(error, error_size, "the state file has format %d, this build knows up to %d: it is from a newer version",
		         version, SCHEMA_VERSION);
		return -1;
	}
	if (!tables) {
		char sql[sizeof(schema) + 160];

		snprintf(sql, sizeof(sql), "BEGIN; PRAGMA application_id = %d; PRAGMA user_version = %d; %s COMMIT;",
		         APPLICATION_ID, SCHEMA_VERSION, schema);
		if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK) {
			snprintf(error, error_size, "%s", sqlite3_errmsg(store->db));
			return -1;
		}
	}
	return 0;
}

struct store *store_open(const char *path, char *error, size_t error_size)
{
	/* NORMAL: a commit survives kill -9 of the broker (not a power cut) without waiting for the disk.
	   Checkpoints are store_checkpoint's, because one on this connection would stall the broker for ms. */
	static const char pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
		" PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = OFF;";
	struct store *store = calloc(1, sizeof(*store));

	if (!store) {
		snprintf(error, error_size, "out of memory");
		return NULL;
	}
	store->in_memory = !path;
	if (sqlite3_open_v2(path ? path : ":memory:", &store->db,
	                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
	    sqlite3_busy_timeout(store->db, 2000) != SQLITE_OK ||
	    sqlite3_exec(store->db, pragmas, NULL, NULL, NULL) != SQLITE_OK) {
		snprintf(error, error_size, "%s", store->db ? sqlite3_errmsg(store->db) : "out of memory");
		store_close(store);
		return NULL;
	}
	if (open_schema(store, error, error_size)) {
		store_close(store);
		return NULL;
	}
	/* From now on nobody else writes: a wait here would be a wait of every device. */
	sqlite3_busy_timeout(store->db, 0);
	return store;
}

void store_close(struct store *store)
{
	size_t i;

	if (!store)
		return;
	if (store->db) {
		store_commit(store);
		for (i = 0; i < STATEMENT_COUNT; i++)
			sqlite3_finalize(store->prepared[i]);
		sqlite3_close(store->db);
	}
	free(store);
}

const char *store_error(const struct store *store)
{
	return store->error;
}

bool store_in_memory(const struct store *store)
{
	return store->in_memory;
}

bool store_dirty(const struct store *store)
{
	return store->dirty;
}

int store_commit(struct store *store)
{
	if (!store->dirty)
		return 0;
	if (run(store, COMMIT))
		return -1;
	store->dirty = false;
	return 0;
}

void store_rollback(struct store *store)
{
	if (store->dirty && !sqlite3_get_autocommit(store->db))
		run(store, ROLLBACK);
	store->dirty = false;
}

int store_checkpoint(const char *path)
{
	sqlite3 *db = NULL;
	int result = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	sqlite3_close(db);
	return result == SQLITE_OK || result == SQLITE_BUSY || result == SQLITE_LOCKED ? 0 : -1;
}

/* --- cloud files --- */

static int add_product(struct store *store, const struct cloud_file_product *product)
{
	sqlite3_stmt *statement = prepare_write(store, ADD_PRODUCT);
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
	bind_text(statement, 1, product->product_key);
	bind_text(statement, 2, product->product_secret);
	bind_text(statement, 3, product->name ? product->name : product->product_key);
	sqlite3_bind_int(statement, 4, product->node_type);
	sqlite3_bind_int(statement, 5, product->data_format);
	sqlite3_bind_int(statement, 6, product->validation);
	sqlite3_bind_int(statement, 7, product->dynamic_registration);
	bind_text(statement, 8, product->tsl);
	bind_text(statement, 9, product->script);
	sqlite3_bind_int(statement, 10, product->config_enabled);
	bind_text(statement, 11, product->config);
	bind_text(statement, 12, topics.len ? text_string(&topics) : NULL);
	result = finish(store, statement);
	text_free(&topics);
	return result;
}

static int add_device(struct store *store, const struct cloud_file_device *device)
{
	sqlite3_stmt *statement = prepare_write(store, ADD_FILE_DEVICE);
	char iot_id[IOT_ID_SIZE];

	if (!statement)
		return -1;
	derive_iot_id(device->product_key, device->device_name, iot_id);
	bind_text(statement, 1, device->product_key);
	bind_text(statement, 2, device->device_name);
	bind_text(statement, 3, device->device_secret);
	bind_text(statement, 4, iot_id);
	sqlite3_bind_int(statement, 5, device->enabled);
	bind_text(statement, 6, device->gateway_product_key);
	bind_text(statement, 7, device->gateway_name);
	bind_text(statement, 8, device->x509_sha256);
	bind_text(statement, 9, device->tags);
	bind_text(statement, 10, device->desired);
	bind_text(statement, 11, device->shadow);
	if (finish(store, statement))
		return -1;
	if (device->properties && sqlite3_changes(store->db))
		return store_set_values(store, sqlite3_last_insert_rowid(store->db), device->properties, strlen(device->properties));
	return 0;
}

int store_apply(struct store *store, const struct cloud_file *file, bool replace)
{
	static const char clear[] = "DELETE FROM value; DELETE FROM device; DELETE FROM product; DELETE FROM tombstone;";
	size_t i;
	int pass;

	if (store_commit(store))
		return -1;
	if (run(store, BEGIN))
		return -1;
	store->dirty = true;
	if (replace && sqlite3_exec(store->db, clear, NULL, NULL, NULL) != SQLITE_OK)
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
	failed(store);
	store_rollback(store);
	return -1;
}

/* --- reading rows --- */

/* Out of memory while copying a column reads as the database failing. */
static char *column(sqlite3_stmt *statement, int number, bool *ok)
{
	const char *text = (const char *)sqlite3_column_text(statement, number);
	char *copy;

	if (!text)
		return NULL;
	copy = strdup(text);
	if (!copy)
		*ok = false;
	return copy;
}

static bool read_product(sqlite3_stmt *statement, struct stored_product *out)
{
	bool ok = true;

	*out = (struct stored_product){
		.id = sqlite3_column_int64(statement, 0),
		.product_key = column(statement, 1, &ok),
		.product_secret = column(statement, 2, &ok),
		.name = column(statement, 3, &ok),
		.node_type = (enum node_type)sqlite3_column_int(statement, 4),
		.data_format = (enum data_format)sqlite3_column_int(statement, 5),
		.validation = (enum validation)sqlite3_column_int(statement, 6),
		.dynamic_registration = sqlite3_column_int(statement, 7),
		.tsl = column(statement, 8, &ok),
		.script = column(statement, 9, &ok),
		.config_enabled = sqlite3_column_int(statement, 10),
		.config = column(statement, 11, &ok),
		.topics = column(statement, 12, &ok),
	};
	return ok;
}

void stored_product_free(struct stored_product *product)
{
	free(product->product_key);
	free(product->product_secret);
	free(product->name);
	free(product->tsl);
	free(product->script);
	free(product->config);
	free(product->topics);
	*product = (struct stored_product){ 0 };
}

static bool read_device(sqlite3_stmt *statement, struct stored_device *out)
{
	bool ok = true;

	*out = (struct stored_device){
		.id = sqlite3_column_int64(statement, 0),
		.product = sqlite3_column_int64(statement, 1),
		.gateway = sqlite3_column_int64(statement, 2),
		.device_name = column(statement, 3, &ok),
		.device_secret = column(statement, 4, &ok),
		.iot_id = column(statement, 5, &ok),
		.enabled = sqlite3_column_int(statement, 6),
		.activated_ms = sqlite3_column_int64(statement, 7),
		.online_ms = sqlite3_column_int64(statement, 8),
		.x509_sha256 = column(statement, 9, &ok),
		.values = column(statement, 10, &ok),
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
	*device = (struct stored_device){ 0 };
}

/* --- products --- */

int store_find_product(struct store *store, const char *product_key, struct stored_product *out)
{
	sqlite3_stmt *statement = prepare(store, FIND_PRODUCT);
	int found = 0, result;

	if (!statement)
		return -1;
	bind_text(statement, 1, product_key);
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		found = read_product(statement, out) ? 1 : -1;
	else if (result != SQLITE_DONE)
		found = failed(store);
	sqlite3_reset(statement);
	return found;
}

int store_list_products(struct store *store, int (*each)(void *ctx, const struct stored_product *), void *ctx)
{
	sqlite3_stmt *statement = prepare(store, LIST_PRODUCTS);
	int stop = 0, result = SQLITE_DONE;

	if (!statement)
		return -1;
	while (!stop && (result = sqlite3_step(statement)) == SQLITE_ROW) {
		struct stored_product product;

		stop = read_product(statement, &product) ? each(ctx, &product) : -1;
		stored_product_free(&product);
	}
	if (!stop && result != SQLITE_DONE)
		stop = failed(store);
	sqlite3_reset(statement);
	return stop;
}

static int count(struct store *store, enum statement which, int64_t id, int64_t *number)
{
	sqlite3_stmt *statement = prepare(store, which);
	int result = -1;

	if (!statement)
		return -1;
	if (sqlite3_bind_parameter_count(statement))
		sqlite3_bind_int64(statement, 1, id);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		*number = sqlite3_column_int64(statement, 0);
		result = 0;
	} else {
		failed(store);
	}
	sqlite3_reset(statement);
	return result;
}

int store_count_products(struct store *store, int64_t *number)
{
	return count(store, COUNT_PRODUCTS, 0, number);
}

int store_count_devices(struct store *store, int64_t product, int64_t *number)
{
	return count(store, product ? COUNT_PRODUCT_DEVICES : COUNT_DEVICES, product, number);
}

int store_count_sub_devices(struct store *store, int64_t gateway, int64_t *number)
{
	return count(store, COUNT_SUB_DEVICES, gateway, number);
}

/* --- devices --- */

/* The one row of a bound statement. */
static int one_device(struct store *store, sqlite3_stmt *statement, struct stored_device *out)
{
	int found = 0, result = sqlite3_step(statement);

	if (result == SQLITE_ROW)
		found = read_device(statement, out) ? 1 : -1;
	else if (result != SQLITE_DONE)
		found = failed(store);
	sqlite3_reset(statement);
	return found;
}

int store_find_device(struct store *store, int64_t product, const char *device_name, struct stored_device *out)
{
	sqlite3_stmt *statement = prepare(store, FIND_DEVICE);

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, product);
	bind_text(statement, 2, device_name);
	return one_device(store, statement, out);
}

int store_get_device(struct store *store, int64_t device, struct stored_device *out)
{
	sqlite3_stmt *statement = prepare(store, GET_DEVICE);

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	return one_device(store, statement, out);
}

static int list_devices(struct store *store, enum statement which, int64_t of, int64_t after, int limit,
                        int (*each)(void *ctx, const struct stored_device *), void *ctx)
{
	sqlite3_stmt *statement = prepare(store, which);
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
		stop = failed(store);
	sqlite3_reset(statement);
	return stop;
}

int store_list_devices(struct store *store, int64_t product, int64_t after, int limit,
                       int (*each)(void *ctx, const struct stored_device *), void *ctx)
{
	return list_devices(store, LIST_DEVICES, product, after, limit, each, ctx);
}

int store_list_sub_devices(struct store *store, int64_t gateway, int64_t after, int limit,
                           int (*each)(void *ctx, const struct stored_device *), void *ctx)
{
	return list_devices(store, LIST_SUB_DEVICES, gateway, after, limit, each, ctx);
}

int store_create_device(struct store *store, int64_t product, const char *device_name, const char *device_secret,
                        const char *iot_id, int64_t *device)
{
	sqlite3_stmt *statement = prepare_write(store, ADD_DEVICE);

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, product);
	bind_text(statement, 2, device_name);
	bind_text(statement, 3, device_secret);
	bind_text(statement, 4, iot_id);
	if (finish(store, statement))
		return -1;
	if (!sqlite3_changes(store->db))
		return 0;
	*device = sqlite3_last_insert_rowid(store->db);
	statement = prepare_write(store, DELETE_TOMBSTONE);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, product);
	bind_text(statement, 2, device_name);
	return finish(store, statement) ? -1 : 1;
}

int store_delete_device(struct store *store, int64_t device, int64_t now_ms)
{
	static const enum statement last[] = { DELETE_VALUES, DELETE_DEVICE };
	size_t i;

	if (write_int(store, ADD_TOMBSTONE, device, now_ms))
		return -1;
	for (i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		sqlite3_stmt *statement = prepare_write(store, last[i]);

		if (!statement)
			return -1;
		sqlite3_bind_int64(statement, 1, device);
		if (finish(store, statement))
			return -1;
	}
	return 0;
}

int store_set_enabled(struct store *store, int64_t device, bool enabled)
{
	return write_int(store, SET_ENABLED, device, enabled);
}

int store_set_activated(struct store *store, int64_t device, int64_t when_ms)
{
	return write_int(store, SET_ACTIVATED, device, when_ms);
}

int store_set_online(struct store *store, int64_t device, int64_t when_ms)
{
	return write_int(store, SET_ONLINE, device, when_ms);
}

int store_set_gateway(struct store *store, int64_t device, int64_t gateway)
{
	return write_int(store, SET_GATEWAY, device, gateway);
}

static int write_text(struct store *store, enum statement which, int64_t id, const char *text, size_t len)
{
	sqlite3_stmt *statement = prepare_write(store, which);

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, id);
	sqlite3_bind_text64(statement, 2, text, len, SQLITE_STATIC, SQLITE_UTF8);
	return finish(store, statement);
}

int store_set_secret(struct store *store, int64_t device, const char *device_secret)
{
	return write_text(store, SET_SECRET, device, device_secret, strlen(device_secret));
}

int store_set_values(struct store *store, int64_t device, const char *values, size_t len)
{
	return write_text(store, SET_VALUES, device, values, len);
}

int store_find_tombstone(struct store *store, int64_t product, const char *device_name)
{
	sqlite3_stmt *statement = prepare(store, FIND_TOMBSTONE);
	int result;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, product);
	bind_text(statement, 2, device_name);
	result = sqlite3_step(statement);
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		failed(store);
	sqlite3_reset(statement);
	return result == SQLITE_ROW ? 1 : result == SQLITE_DONE ? 0 : -1;
}

int store_next(struct store *store, const char *counter, int64_t *number)
{
	sqlite3_stmt *statement = prepare_write(store, NEXT);
	int result = -1;

	if (!statement)
		return -1;
	bind_text(statement, 1, counter);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		*number = sqlite3_column_int64(statement, 0);
		result = 0;
	} else {
		failed(store);
	}
	sqlite3_reset(statement);
	return result;
}

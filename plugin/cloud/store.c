
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "sign.h"
#include "store_private.h"

#define APPLICATION_ID 0x416C696B   /* "Alik": tells our files from other SQLite files */

static const char schema[] =
	"CREATE TABLE product ("
	" id INTEGER PRIMARY KEY, product_key TEXT NOT NULL UNIQUE, product_secret TEXT NOT NULL, name TEXT NOT NULL,"
	" node_type INTEGER NOT NULL, data_format INTEGER NOT NULL, validation INTEGER NOT NULL,"
	" dynamic_registration INTEGER NOT NULL, tsl TEXT, script TEXT, config_enabled INTEGER NOT NULL, topics TEXT);"
	/* AUTOINCREMENT: an id is never handed out again, so what remembers a deleted device cannot meet a new one. */
	"CREATE TABLE device ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, product INTEGER NOT NULL REFERENCES product(id),"
	" device_name TEXT NOT NULL, device_secret TEXT NOT NULL, iot_id TEXT NOT NULL, enabled INTEGER NOT NULL,"
	" activated_ms INTEGER NOT NULL DEFAULT 0, online_ms INTEGER NOT NULL DEFAULT 0,"
	" gateway INTEGER NOT NULL DEFAULT 0, x509_sha256 TEXT, tags TEXT, desired TEXT, shadow TEXT,"
	" UNIQUE (product, device_name));"
	"CREATE INDEX device_of_iot_id ON device(iot_id);"
	"CREATE INDEX device_of_certificate ON device(x509_sha256) WHERE x509_sha256 IS NOT NULL;"
	"CREATE INDEX device_of_gateway ON device(gateway, id) WHERE gateway <> 0;"
	"CREATE TABLE value (device INTEGER PRIMARY KEY, doc TEXT NOT NULL);"
	"CREATE TABLE history (first INTEGER PRIMARY KEY, samples BLOB NOT NULL);"
	"CREATE TABLE tombstone (product INTEGER NOT NULL, device_name TEXT NOT NULL, deleted_ms INTEGER NOT NULL,"
	" PRIMARY KEY (product, device_name)) WITHOUT ROWID;"
	/* Small numbers that a device has beside its row, by name. */
	"CREATE TABLE note (device INTEGER NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (device, name))"
	" WITHOUT ROWID;"
	"CREATE TABLE job (id TEXT NOT NULL UNIQUE, document TEXT NOT NULL, file TEXT);"
	"CREATE TABLE task (id INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, device INTEGER NOT NULL,"
	" status TEXT NOT NULL, progress INTEGER NOT NULL DEFAULT -1, details TEXT);"
	"CREATE INDEX task_of_device ON task(device, id);"
	"CREATE TABLE upload (id INTEGER PRIMARY KEY AUTOINCREMENT, device INTEGER NOT NULL, file_name TEXT NOT NULL,"
	" init_uid TEXT, fic_value TEXT, file_size INTEGER NOT NULL, received INTEGER NOT NULL, crc64 INTEGER NOT NULL,"
	" complete INTEGER NOT NULL, created_ms INTEGER NOT NULL, UNIQUE (device, file_name));"
	"CREATE TABLE upload_block (upload INTEGER NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL,"
	" PRIMARY KEY (upload, at)) WITHOUT ROWID;"
	"CREATE TABLE config (id INTEGER PRIMARY KEY AUTOINCREMENT, product INTEGER NOT NULL, config_id TEXT NOT NULL UNIQUE,"
	" content TEXT NOT NULL, sha256 TEXT NOT NULL, saved_ms INTEGER NOT NULL);"
	"CREATE INDEX config_of_product ON config(product, id);"
	"CREATE TABLE digest (path TEXT PRIMARY KEY, size INTEGER NOT NULL, changed_ns INTEGER NOT NULL, md5 TEXT NOT NULL,"
	" sha256 TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE firmware ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, product INTEGER NOT NULL, module TEXT NOT NULL, version TEXT NOT NULL,"
	" source_versions TEXT, sign_method TEXT, ext_data TEXT, is_diff INTEGER NOT NULL, automatic INTEGER NOT NULL,"
	" UNIQUE (product, module, version));"
	"CREATE TABLE firmware_file (id INTEGER PRIMARY KEY AUTOINCREMENT, firmware INTEGER NOT NULL, path TEXT NOT NULL);"
	"CREATE INDEX file_of_firmware ON firmware_file(firmware, id);"
	"CREATE TABLE module_version (device INTEGER NOT NULL, module TEXT NOT NULL, version TEXT NOT NULL,"
	" reported_ms INTEGER NOT NULL, PRIMARY KEY (device, module)) WITHOUT ROWID;"
	"CREATE TABLE upgrade ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, device INTEGER NOT NULL, firmware INTEGER NOT NULL, module TEXT NOT NULL,"
	" source_version TEXT, version TEXT NOT NULL, state INTEGER NOT NULL, step INTEGER NOT NULL DEFAULT 0,"
	" description TEXT, reason TEXT, over_mqtt INTEGER NOT NULL, timeout_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
	" notified_ms INTEGER NOT NULL DEFAULT 0, started_ms INTEGER NOT NULL DEFAULT 0, finished_ms INTEGER NOT NULL DEFAULT 0,"
	" deadline_ms INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX upgrade_of_device ON upgrade(device, id);"
	/* doc: a device has one unfinished upgrade of a module. */
	"CREATE UNIQUE INDEX open_upgrade ON upgrade(device, module) WHERE state < 4;"
	"CREATE INDEX late_upgrade ON upgrade(deadline_ms) WHERE deadline_ms > 0;"
	/* One MQTT session a device: what a clean=0 connection subscribed to (qos -1: a remembered UNSUBSCRIBE), and what
	   came for it while it was away. */
	"CREATE TABLE subscription (device INTEGER NOT NULL, filter TEXT NOT NULL, qos INTEGER NOT NULL,"
	" PRIMARY KEY (device, filter)) WITHOUT ROWID;"
	"CREATE TABLE kept_message (id INTEGER PRIMARY KEY AUTOINCREMENT, device INTEGER NOT NULL, time_ms INTEGER NOT NULL,"
	" topic TEXT NOT NULL, payload BLOB NOT NULL);"
	"CREATE INDEX kept_message_of_device ON kept_message(device, id);"
	"CREATE TABLE token (device INTEGER NOT NULL, client_id TEXT NOT NULL, token TEXT NOT NULL,"
	" PRIMARY KEY (device, client_id)) WITHOUT ROWID;"
	"CREATE TABLE counter (name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;";

/* Samples were rows of `history` before, one for each turn; history_load takes them over. */
static const char tape[] = "CREATE TABLE tape (slot INTEGER PRIMARY KEY, number INTEGER NOT NULL, bytes BLOB NOT NULL);";

struct prepared {                      /* by the address of its SQL, which is a literal */
	const char   *sql;
	sqlite3_stmt *statement;
	UT_hash_handle hh;
};

struct store {
	sqlite3      *db;
	struct prepared *prepared;
	bool          in_memory;
	bool          dirty;
	bool          lost;            /* SQLite has rolled the transaction back, or it could not begin: it will not commit */
	char          error[300];
};

int store_failed(struct store *store)
{
	if (!store->lost)      /* what follows from it would only hide the reason */
		snprintf(store->error, sizeof(store->error), "%s", sqlite3_errmsg(store->db));
	/* A full disk, for one, makes it roll back by itself: what else is written then must not stay on its own. */
	store->lost |= store->dirty && sqlite3_get_autocommit(store->db);
	return -1;
}

int store_complain(struct store *store, const char *complaint)
{
	snprintf(store->error, sizeof(store->error), "%s", complaint);
	return -1;
}

sqlite3_stmt *store_read(struct store *store, const char *sql)
{
	struct prepared *prepared;

	HASH_FIND_PTR(store->prepared, &sql, prepared);
	if (prepared)
		return prepared->statement;
	prepared = calloc(1, sizeof(*prepared));
	if (!prepared)
		return NULL;
	prepared->sql = sql;
	if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared->statement, NULL) != SQLITE_OK) {
		store_failed(store);
		free(prepared);
		return NULL;
	}
	HASH_ADD_PTR(store->prepared, sql, prepared);
	return prepared->statement;
}

int store_finish(struct store *store, sqlite3_stmt *statement)
{
	int result = sqlite3_step(statement);

	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return result == SQLITE_DONE ? 0 : store_failed(store);
}

static int run(struct store *store, const char *sql)
{
	sqlite3_stmt *statement = store_read(store, sql);

	return statement ? store_finish(store, statement) : -1;
}

static int begin(struct store *store)
{
	int result = run(store, "BEGIN IMMEDIATE");

	store->dirty = true;
	store->lost = result != 0;
	return result;
}

sqlite3_stmt *store_write(struct store *store, const char *sql)
{
	if (store->lost || (!store->dirty && begin(store)))
		return NULL;
	return store_read(store, sql);
}

int store_changes(struct store *store)
{
	return sqlite3_changes(store->db);
}

int64_t store_last_id(struct store *store)
{
	return sqlite3_last_insert_rowid(store->db);
}

void store_bind_text(sqlite3_stmt *statement, int column, const char *text)
{
	sqlite3_bind_text(statement, column, text, -1, SQLITE_STATIC);
}

char *store_column(sqlite3_stmt *statement, int number, bool *ok)
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

int store_number(struct store *store, const char *sql, int64_t id, int64_t *number)
{
	sqlite3_stmt *statement = store_read(store, sql);
	int result = -1;

	if (!statement)
		return -1;
	if (sqlite3_bind_parameter_count(statement))
		sqlite3_bind_int64(statement, 1, id);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		*number = sqlite3_column_int64(statement, 0);
		result = 0;
	} else {
		store_failed(store);
	}
	sqlite3_reset(statement);
	return result;
}

int store_get_text(struct store *store, const char *sql, int64_t id, char **text)
{
	sqlite3_stmt *statement = store_read(store, sql);
	bool ok = true;
	int result;

	*text = NULL;
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, id);
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		*text = store_column(statement, 0, &ok);
	else if (result != SQLITE_DONE)
		store_failed(store);
	sqlite3_reset(statement);
	if (!ok || (result != SQLITE_ROW && result != SQLITE_DONE))
		return -1;
	return *text != NULL;
}

int store_ids(struct store *store, sqlite3_stmt *statement, int64_t *ids, int max)
{
	int count = 0, result = SQLITE_DONE;

	while (count < max && (result = sqlite3_step(statement)) == SQLITE_ROW)
		ids[count++] = sqlite3_column_int64(statement, 0);
	if (result != SQLITE_DONE && result != SQLITE_ROW)
		count = store_failed(store);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return count;
}

int store_write_int(struct store *store, const char *sql, int64_t id, int64_t value)
{
	sqlite3_stmt *statement = store_write(store, sql);

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, id);
	sqlite3_bind_int64(statement, 2, value);
	return store_finish(store, statement);
}

int store_write_text(struct store *store, const char *sql, int64_t id, const char *text, size_t len)
{
	sqlite3_stmt *statement = store_write(store, sql);

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, id);
	sqlite3_bind_text64(statement, 2, text, len, SQLITE_STATIC, SQLITE_UTF8);
	return store_finish(store, statement);
}

/* --- opening and closing --- */

/* steps[n] makes format n + 1 out of format n; format 0 is an empty file. One that was released is never changed. */
static const char *const steps[] = { schema, tape };

#define SCHEMA_VERSION ((int)(sizeof(steps) / sizeof(steps[0])))

/* The format and application id of the file, and whether it holds anything. */
static int probe(struct store *store, int *version, int *id, int *tables)
{
	static const char sql[] = "SELECT (SELECT user_version FROM pragma_user_version),"
		" (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)";
	sqlite3_stmt *statement = NULL;
	int result = -1;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
		*version = sqlite3_column_int(statement, 0);
		*id = sqlite3_column_int(statement, 1);
		*tables = sqlite3_column_int(statement, 2);
		result = 0;
	}
	sqlite3_finalize(statement);
	return result;
}

/* Brings an older file, or an empty one, to the present format: each step is all or nothing. */
static int migrate(struct store *store, int version)
{
	for (; version < SCHEMA_VERSION; version++) {
		char mark[96];

		snprintf(mark, sizeof(mark), "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT;", APPLICATION_ID,
		         version + 1);
		if (sqlite3_exec(store->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK ||
		    sqlite3_exec(store->db, steps[version], NULL, NULL, NULL) != SQLITE_OK ||
		    sqlite3_exec(store->db, mark, NULL, NULL, NULL) != SQLITE_OK)
			return -1;
	}
	return 0;
}

static int open_schema(struct store *store, char *error, size_t error_size)
{
	int version, id, tables;

	if (probe(store, &version, &id, &tables)) {
		snprintf(error, error_size, "%s", sqlite3_errmsg(store->db));
		return -1;
	}
	if (tables && id != APPLICATION_ID) {
		snprintf(error, error_size, "this is a database, but not a state file of alink-emulator");
		return -1;
	}
	if (version > SCHEMA_VERSION) {
		snprintf(error, error_size, "the state file has format %d, this build knows up to %d: it is from a newer version",
		         version, SCHEMA_VERSION);
		return -1;
	}
	if (migrate(store, version)) {
		snprintf(error, error_size, "%s", sqlite3_errmsg(store->db));
		return -1;
	}
	return 0;
}

struct store *store_open(const char *path, char *error, size_t error_size)
{
	/* NORMAL: a commit survives kill -9 of the broker (not a power cut) without waiting for the disk.
	   Checkpoints are alink-keeper's, because one on this connection would stall the broker for ms.
	   4 MB of cache hold the tape as large as it is by default: a row must be there to be written over. */
	static const char pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
		" PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -4096;"
		" PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = OFF;";
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
	/* From now on nobody else writes, and a wait here is a wait of every device. But whoever moves the log takes the
	   writer's lock for an instant when it meets a commit halfway. */
	sqlite3_busy_timeout(store->db, 50);
	return store;
}

void store_close(struct store *store)
{
	struct prepared *prepared, *next;

	if (!store)
		return;
	if (store->db) {
		store_commit(store);
		HASH_ITER(hh, store->prepared, prepared, next) {
			/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): uthash frees its table with the last element, when the head is NULL */
			HASH_DELETE(hh, store->prepared, prepared);
			sqlite3_finalize(prepared->statement);
			free(prepared);
		}
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
	if (store->lost || run(store, "COMMIT")) {
		store_rollback(store);
		return -1;
	}
	store->dirty = false;
	return 0;
}

void store_rollback(struct store *store)
{
	if (store->dirty && !sqlite3_get_autocommit(store->db))
		run(store, "ROLLBACK");
	store->dirty = store->lost = false;
}

bool store_try(struct store *store)
{
	return !store_write_text(store, "INSERT INTO counter (name, next) VALUES ('try ' || ?1, length(?2)) ON CONFLICT (name) DO UPDATE SET"
	                         " next = next + 1", 0, "", 0) && !store_commit(store);
}

int store_copy(struct store *to, struct store *from)
{
	sqlite3_backup *backup = sqlite3_backup_init(to->db, "main", from->db, "main");

	if (!backup)
		return store_failed(to);
	sqlite3_backup_step(backup, -1);
	return sqlite3_backup_finish(backup) == SQLITE_OK ? 0 : store_failed(to);
}

int store_replace(struct store *store)
{
	/* Digests stay: they are of files, and computing them takes time. */
	static const char clear[] = "DELETE FROM config; DELETE FROM firmware; DELETE FROM firmware_file; DELETE FROM module_version;"
		" DELETE FROM upgrade; DELETE FROM note; DELETE FROM job; DELETE FROM task; DELETE FROM upload;"
		" DELETE FROM upload_block; DELETE FROM value; DELETE FROM history; DELETE FROM tape; DELETE FROM subscription;"
		" DELETE FROM kept_message; DELETE FROM token; DELETE FROM device; DELETE FROM product; DELETE FROM tombstone;";

	if (!store->dirty && begin(store))
		return -1;
	return sqlite3_exec(store->db, clear, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_failed(store);
}

int store_bytes(struct store *store, int64_t *bytes)
{
	return store_number(store, "SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)",
	                    0, bytes);
}

int store_next(struct store *store, const char *counter, int64_t *number)
{
	sqlite3_stmt *statement = store_write(store, "INSERT INTO counter (name, next) VALUES (?1, 2) ON CONFLICT (name) DO UPDATE SET next = next + 1"
		" RETURNING next - 1");
	int result = -1;

	if (!statement)
		return -1;
	store_bind_text(statement, 1, counter);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		*number = sqlite3_column_int64(statement, 0);
		result = 0;
	} else {
		store_failed(store);
	}
	sqlite3_reset(statement);
	return result;
}

#include "store_log.h"

#include <stdlib.h>

#include <sqlite3.h>

struct log_store {
	sqlite3 *db;
};

struct log_store *log_store_open(const char *path)
{
	/* Its rows are chunks of hundreds of KiB: with large pages they cost a tenth of the writes. */
	static const char sql[] = "PRAGMA page_size = 65536; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
		" PRAGMA wal_autocheckpoint = 128;"
		" CREATE TABLE IF NOT EXISTS log (first INTEGER PRIMARY KEY, records BLOB NOT NULL);"
		" CREATE TABLE IF NOT EXISTS claim (one INTEGER PRIMARY KEY, number INTEGER NOT NULL);";
	struct log_store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	if (sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK ||
	    sqlite3_busy_timeout(store->db, 2000) != SQLITE_OK || sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK) {
		log_store_close(store);
		return NULL;
	}
	return store;
}

void log_store_close(struct log_store *store)
{
	if (!store)
		return;
	sqlite3_close(store->db);
	free(store);
}

static int run(struct log_store *store, const char *sql, int64_t number)
{
	sqlite3_stmt *statement = NULL;
	int result = -1;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK) {
		sqlite3_bind_int64(statement, 1, number);
		result = sqlite3_step(statement) == SQLITE_DONE ? 0 : -1;
	}
	sqlite3_finalize(statement);
	return result;
}

int64_t log_store_claim(struct log_store *store)
{
	static const char update[] = "INSERT INTO claim (one, number) VALUES (1, 1) ON CONFLICT DO UPDATE SET number = number + 1"
		" RETURNING number";
	sqlite3_stmt *statement = NULL;
	int64_t claim = -1;

	if (sqlite3_prepare_v2(store->db, update, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
		claim = sqlite3_column_int64(statement, 0);
		if (sqlite3_step(statement) != SQLITE_DONE)
			claim = -1;
	}
	sqlite3_finalize(statement);
	return claim;
}

int log_store_add(struct log_store *store, int64_t claim, uint64_t first, const void *bytes, size_t len)
{
	sqlite3_stmt *statement = NULL;
	int result = -1;

	if (sqlite3_prepare_v2(store->db, "INSERT OR REPLACE INTO log (first, records) SELECT ?1, ?2"
	                       " WHERE (SELECT number FROM claim) = ?3", -1, &statement, NULL) == SQLITE_OK) {
		sqlite3_bind_int64(statement, 1, (int64_t)first);
		sqlite3_bind_blob64(statement, 2, bytes, len, SQLITE_STATIC);
		sqlite3_bind_int64(statement, 3, claim);
		result = sqlite3_step(statement) != SQLITE_DONE ? -1 : sqlite3_changes(store->db) == 0;
	}
	sqlite3_finalize(statement);
	return result;
}

int log_store_prune(struct log_store *store, uint64_t first)
{
	return run(store, "DELETE FROM log WHERE first < (SELECT max(first) FROM log WHERE first <= ?1)", (int64_t)first);
}

int log_store_cut(struct log_store *store, uint64_t last)
{
	return run(store, "DELETE FROM log WHERE first > ?1", (int64_t)last);
}

int log_store_each(struct log_store *store, int (*each)(void *ctx, uint64_t first, const char *bytes, size_t len), void *ctx)
{
	sqlite3_stmt *statement = NULL;
	int stop = 0, result = SQLITE_ERROR;

	if (sqlite3_prepare_v2(store->db, "SELECT first, records FROM log ORDER BY first", -1, &statement, NULL) == SQLITE_OK)
		while (!stop && (result = sqlite3_step(statement)) == SQLITE_ROW)
			stop = each(ctx, (uint64_t)sqlite3_column_int64(statement, 0), sqlite3_column_blob(statement, 1),
			            (size_t)sqlite3_column_bytes(statement, 1));
	sqlite3_finalize(statement);
	return stop ? stop : result == SQLITE_DONE ? 0 : -1;
}

/* Reported samples in the store. */
#include "store_private.h"

int store_set_tape_row(struct store *store, int64_t slot, int64_t number, const char bytes[STORE_TAPE_ROW])
{
	sqlite3_stmt *statement = store_write(store, "INSERT OR REPLACE INTO tape (slot, number, bytes) VALUES (?1, ?2, ?3)");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, slot);
	sqlite3_bind_int64(statement, 2, number);
	sqlite3_bind_blob(statement, 3, bytes, STORE_TAPE_ROW, SQLITE_STATIC);
	return store_finish(store, statement);
}

int store_list_tape(struct store *store, int (*each)(void *ctx, int64_t slot, int64_t number, const char *bytes, size_t len), void *ctx)
{
	sqlite3_stmt *statement = store_read(store, "SELECT slot, number, bytes FROM tape ORDER BY number");
	int stop = 0, result = SQLITE_DONE;

	if (!statement)
		return -1;
	while (!stop && (result = sqlite3_step(statement)) == SQLITE_ROW) {
		const char *bytes = sqlite3_column_blob(statement, 2);

		stop = bytes ? each(ctx, sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1), bytes,
		                    (size_t)sqlite3_column_bytes(statement, 2)) : -1;
	}
	if (!stop && result != SQLITE_DONE)
		stop = store_failed(store);
	sqlite3_reset(statement);
	return stop;
}

int store_list_history(struct store *store, int (*each)(void *ctx, int64_t first, const char *bytes, size_t len), void *ctx)
{
	sqlite3_stmt *statement = store_read(store, "SELECT first, samples FROM history ORDER BY first");
	int stop = 0, result = SQLITE_DONE;

	if (!statement)
		return -1;
	while (!stop && (result = sqlite3_step(statement)) == SQLITE_ROW) {
		const char *bytes = sqlite3_column_blob(statement, 1);

		stop = bytes ? each(ctx, sqlite3_column_int64(statement, 0), bytes, (size_t)sqlite3_column_bytes(statement, 1)) : -1;
	}
	if (!stop && result != SQLITE_DONE)
		stop = store_failed(store);
	sqlite3_reset(statement);
	return stop;
}

int store_drop_history(struct store *store)
{
	sqlite3_stmt *statement = store_write(store, "DELETE FROM history");

	return statement ? store_finish(store, statement) : -1;
}

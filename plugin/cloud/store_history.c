/* Reported samples in the store: rows of many, so that a turn costs one insert. */
#include "store_private.h"

int store_add_history(struct store *store, int64_t first, const void *bytes, size_t len)
{
	sqlite3_stmt *statement = store_write(store, "INSERT INTO history (first, samples) VALUES (?1, ?2)");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, first);
	sqlite3_bind_blob64(statement, 2, bytes, len, SQLITE_STATIC);
	return store_finish(store, statement);
}

int store_prune_history(struct store *store, int64_t first)
{
	sqlite3_stmt *statement = store_write(store, "DELETE FROM history WHERE first < "
		"(SELECT max(first) FROM history WHERE first <= ?1)");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, first);
	return store_finish(store, statement);
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

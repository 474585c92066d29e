/* What versions devices reported, and the lives of upgrades. */
#include <stdlib.h>
#include <string.h>

#include "store_ota.h"
#include "store_private.h"

/* doc: these states are final; the schema's indexes over unfinished ones say the same. */
#define FINISHED_FROM "4"

#define UPGRADE_COLUMNS "id, device, firmware, module, source_version, version, state, step, description, reason," \
	" over_mqtt, timeout_ms, created_ms, notified_ms, started_ms, finished_ms, deadline_ms"

/* --- versions --- */

int store_get_module(struct store *store, int64_t device, const char *module, char **version)
{
	sqlite3_stmt *statement = store_read(store, "SELECT version FROM module_version WHERE device = ?1 AND module = ?2");
	bool ok = true;
	int result;

	*version = NULL;
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	store_bind_text(statement, 2, module);
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		*version = store_column(statement, 0, &ok);
	else if (result != SQLITE_DONE)
		store_failed(store);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	if (!ok || (result != SQLITE_ROW && result != SQLITE_DONE))
		return -1;
	return *version != NULL;
}

int store_set_module(struct store *store, int64_t device, const char *module, const char *version, int64_t now_ms)
{
	sqlite3_stmt *statement = store_write(store, "INSERT OR REPLACE INTO module_version (device, module, version, reported_ms)"
		" VALUES (?1, ?2, ?3, ?4)");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	store_bind_text(statement, 2, module);
	store_bind_text(statement, 3, version);
	sqlite3_bind_int64(statement, 4, now_ms);
	return store_finish(store, statement);
}

int store_count_modules(struct store *store, int64_t device, int64_t *number)
{
	return store_number(store, "SELECT count(*) FROM module_version WHERE device = ?1", device, number);
}

int store_list_modules(struct store *store, int64_t device,
                       int (*each)(void *ctx, const char *module, const char *version, int64_t reported_ms), void *ctx)
{
	sqlite3_stmt *statement = store_read(store, "SELECT module, version, reported_ms FROM module_version WHERE device = ?1"
		" ORDER BY module <> 'default', module");
	int stop = 0, result = SQLITE_DONE;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	while (!stop && (result = sqlite3_step(statement)) == SQLITE_ROW)
		stop = each(ctx, (const char *)sqlite3_column_text(statement, 0), (const char *)sqlite3_column_text(statement, 1),
		            sqlite3_column_int64(statement, 2));
	if (!stop && result != SQLITE_DONE)
		stop = store_failed(store);
	sqlite3_reset(statement);
	return stop;
}

/* --- upgrades --- */

void stored_upgrade_free(struct stored_upgrade *upgrade)
{
	free(upgrade->module);
	free(upgrade->source_version);
	free(upgrade->version);
	free(upgrade->description);
	free(upgrade->reason);
	*upgrade = (struct stored_upgrade){ 0 };
}

static bool read_upgrade(sqlite3_stmt *statement, struct stored_upgrade *out)
{
	bool ok = true;

	*out = (struct stored_upgrade){
		.id = sqlite3_column_int64(statement, 0),
		.device = sqlite3_column_int64(statement, 1),
		.firmware = sqlite3_column_int64(statement, 2),
		.module = store_column(statement, 3, &ok),
		.source_version = store_column(statement, 4, &ok),
		.version = store_column(statement, 5, &ok),
		.state = (enum upgrade_state)sqlite3_column_int(statement, 6),
		.step = sqlite3_column_int(statement, 7),
		.description = store_column(statement, 8, &ok),
		.reason = store_column(statement, 9, &ok),
		.over_mqtt = sqlite3_column_int(statement, 10),
		.timeout_ms = sqlite3_column_int64(statement, 11),
		.created_ms = sqlite3_column_int64(statement, 12),
		.notified_ms = sqlite3_column_int64(statement, 13),
		.started_ms = sqlite3_column_int64(statement, 14),
		.finished_ms = sqlite3_column_int64(statement, 15),
		.deadline_ms = sqlite3_column_int64(statement, 16),
	};
	return ok;
}

static int one_upgrade(struct store *store, sqlite3_stmt *statement, struct stored_upgrade *out)
{
	int found = 0, result = sqlite3_step(statement);

	if (result == SQLITE_ROW)
		found = read_upgrade(statement, out) ? 1 : -1;
	else if (result != SQLITE_DONE)
		found = store_failed(store);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	if (found < 0)
		stored_upgrade_free(out);
	return found;
}

int store_get_upgrade(struct store *store, int64_t id, struct stored_upgrade *out)
{
	sqlite3_stmt *statement = store_read(store, "SELECT " UPGRADE_COLUMNS " FROM upgrade WHERE id = ?1");

	*out = (struct stored_upgrade){ 0 };
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, id);
	return one_upgrade(store, statement, out);
}

int store_find_upgrade(struct store *store, int64_t device, const char *module, struct stored_upgrade *out)
{
	sqlite3_stmt *statement = store_read(store, "SELECT " UPGRADE_COLUMNS " FROM upgrade WHERE device = ?1 AND module = ?2"
		" AND state < " FINISHED_FROM);

	*out = (struct stored_upgrade){ 0 };
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	store_bind_text(statement, 2, module);
	return one_upgrade(store, statement, out);
}

int store_add_upgrade(struct store *store, struct stored_upgrade *upgrade)
{
	sqlite3_stmt *statement = store_write(store, "INSERT INTO upgrade (device, firmware, module, source_version, version, state,"
		" over_mqtt, timeout_ms, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, upgrade->device);
	sqlite3_bind_int64(statement, 2, upgrade->firmware);
	store_bind_text(statement, 3, upgrade->module);
	store_bind_text(statement, 4, upgrade->source_version);
	store_bind_text(statement, 5, upgrade->version);
	sqlite3_bind_int(statement, 6, upgrade->state);
	sqlite3_bind_int(statement, 7, upgrade->over_mqtt);
	sqlite3_bind_int64(statement, 8, upgrade->timeout_ms);
	sqlite3_bind_int64(statement, 9, upgrade->created_ms);
	if (store_finish(store, statement))
		return -1;
	upgrade->id = store_last_id(store);
	return store_write_int(store, "DELETE FROM upgrade WHERE device = ?1 AND state >= " FINISHED_FROM " AND id NOT IN (SELECT id"
		" FROM upgrade WHERE device = ?1 AND state >= " FINISHED_FROM " ORDER BY id DESC LIMIT ?2)", upgrade->device, UPGRADES_KEPT);
}

int store_set_upgrade(struct store *store, const struct stored_upgrade *upgrade)
{
	sqlite3_stmt *statement = store_write(store, "UPDATE upgrade SET source_version = ?2, state = ?3, step = ?4, description = ?5,"
		" reason = ?6, notified_ms = ?7, started_ms = ?8, finished_ms = ?9, deadline_ms = ?10 WHERE id = ?1");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, upgrade->id);
	store_bind_text(statement, 2, upgrade->source_version);
	sqlite3_bind_int(statement, 3, upgrade->state);
	sqlite3_bind_int(statement, 4, upgrade->step);
	store_bind_text(statement, 5, upgrade->description);
	store_bind_text(statement, 6, upgrade->reason);
	sqlite3_bind_int64(statement, 7, upgrade->notified_ms);
	sqlite3_bind_int64(statement, 8, upgrade->started_ms);
	sqlite3_bind_int64(statement, 9, upgrade->finished_ms);
	sqlite3_bind_int64(statement, 10, upgrade->deadline_ms);
	return store_finish(store, statement);
}

static int list_upgrades(struct store *store, const char *sql, int64_t of, int64_t *ids, int max)
{
	sqlite3_stmt *statement = store_read(store, sql);

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, of);
	sqlite3_bind_int(statement, 2, max);
	return store_ids(store, statement, ids, max);
}

int store_list_upgrades(struct store *store, int64_t device, int64_t *ids, int max)
{
	return list_upgrades(store, "SELECT id FROM upgrade WHERE device = ?1 ORDER BY id DESC LIMIT ?2", device, ids, max);
}

int store_list_open_upgrades(struct store *store, int64_t device, int64_t *ids, int max)
{
	return list_upgrades(store, "SELECT id FROM upgrade WHERE device = ?1 AND state < " FINISHED_FROM " ORDER BY id LIMIT ?2",
	                     device, ids, max);
}

int store_list_late_upgrades(struct store *store, int64_t now_ms, int64_t *ids, int max)
{
	return list_upgrades(store, "SELECT id FROM upgrade WHERE deadline_ms > 0 AND deadline_ms <= ?1 ORDER BY deadline_ms, id LIMIT ?2",
	                     now_ms, ids, max);
}

int store_count_open_upgrades(struct store *store, int64_t firmware, int64_t *number)
{
	return store_number(store, firmware ? "SELECT count(*) FROM upgrade WHERE state < " FINISHED_FROM " AND firmware = ?1" :
	                    "SELECT count(*) FROM upgrade WHERE state < " FINISHED_FROM, firmware, number);
}

int store_next_deadline(struct store *store, int64_t *deadline_ms)
{
	return store_number(store, "SELECT coalesce(min(deadline_ms), 0) FROM upgrade WHERE deadline_ms > 0", 0, deadline_ms);
}

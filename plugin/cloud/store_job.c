#include "store_job.h"

#include <stdlib.h>
#include <string.h>

#include "store_private.h"

#define TASK_COLUMNS "t.id, t.device, t.progress, t.job, t.status, t.details, j.document, j.file"
#define TASK_FROM " FROM task t JOIN job j ON j.id = t.job "

int store_add_job(struct store *store, const char *job, const char *document, const char *file)
{
	sqlite3_stmt *statement = store_write(store, "INSERT INTO job (id, document, file) VALUES (?1, ?2, ?3)");

	if (!statement)
		return -1;
	store_bind_text(statement, 1, job);
	store_bind_text(statement, 2, document);
	store_bind_text(statement, 3, file);
	return store_finish(store, statement);
}

int store_find_job(struct store *store, const char *job, char **document, char **file)
{
	sqlite3_stmt *statement = store_read(store, "SELECT document, file FROM job WHERE id = ?1");
	bool ok = true;
	int result;

	*document = *file = NULL;
	if (!statement)
		return -1;
	store_bind_text(statement, 1, job);
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW) {
		*document = store_column(statement, 0, &ok);
		*file = store_column(statement, 1, &ok);
	} else if (result != SQLITE_DONE) {
		store_failed(store);
	}
	sqlite3_reset(statement);
	if (!ok || (result != SQLITE_ROW && result != SQLITE_DONE))
		return -1;
	return result == SQLITE_ROW;
}

int store_add_task(struct store *store, const char *job, int64_t device, int64_t *task)
{
	sqlite3_stmt *statement = store_write(store, "INSERT INTO task (job, device, status) VALUES (?1, ?2, 'QUEUED')");

	if (!statement)
		return -1;
	store_bind_text(statement, 1, job);
	sqlite3_bind_int64(statement, 2, device);
	if (store_finish(store, statement))
		return -1;
	*task = store_last_id(store);
	return 0;
}

int store_set_task(struct store *store, int64_t task, const char *status, int64_t progress, const char *details)
{
	sqlite3_stmt *statement = store_write(store, "UPDATE task SET status = ?2, progress = ?3,"
		" details = coalesce(?4, details) WHERE id = ?1");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, task);
	store_bind_text(statement, 2, status);
	sqlite3_bind_int64(statement, 3, progress);
	store_bind_text(statement, 4, details);
	return store_finish(store, statement);
}

static bool read_task(sqlite3_stmt *statement, struct stored_task *out)
{
	bool ok = true;

	*out = (struct stored_task){
		.id = sqlite3_column_int64(statement, 0),
		.device = sqlite3_column_int64(statement, 1),
		.progress = sqlite3_column_int64(statement, 2),
		.job = store_column(statement, 3, &ok),
		.status = store_column(statement, 4, &ok),
		.details = store_column(statement, 5, &ok),
		.document = store_column(statement, 6, &ok),
		.file = store_column(statement, 7, &ok),
	};
	return ok;
}

void stored_task_free(struct stored_task *task)
{
	free(task->job);
	free(task->status);
	free(task->details);
	free(task->document);
	free(task->file);
	*task = (struct stored_task){ 0 };
}

int store_find_task(struct store *store, int64_t device, int64_t task, struct stored_task *out)
{
	sqlite3_stmt *statement = store_read(store, "SELECT " TASK_COLUMNS TASK_FROM "WHERE t.device = ?1 AND"
		" CASE WHEN ?2 = 0 THEN t.status IN ('QUEUED', 'SENT', 'IN_PROGRESS') ELSE t.id = ?2 END ORDER BY t.id LIMIT 1");
	int found = 0, result;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	sqlite3_bind_int64(statement, 2, task);
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		found = read_task(statement, out) ? 1 : -1;
	else if (result != SQLITE_DONE)
		found = store_failed(store);
	sqlite3_reset(statement);
	return found;
}

int store_list_tasks(struct store *store, int64_t device, const char *job, int limit,
                     int (*each)(void *ctx, const struct stored_task *), void *ctx)
{
	sqlite3_stmt *statement = store_read(store, "SELECT " TASK_COLUMNS TASK_FROM "WHERE (?1 = 0 OR t.device = ?1)"
		" AND (?2 IS NULL OR t.job = ?2) ORDER BY t.id LIMIT ?3");
	int stop = 0, result = SQLITE_DONE;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	store_bind_text(statement, 2, job);
	sqlite3_bind_int(statement, 3, limit);
	while (!stop && (result = sqlite3_step(statement)) == SQLITE_ROW) {
		struct stored_task task;

		stop = read_task(statement, &task) ? each(ctx, &task) : -1;
		stored_task_free(&task);
	}
	if (!stop && result != SQLITE_DONE)
		stop = store_failed(store);
	sqlite3_reset(statement);
	return stop;
}

int store_list_jobs(struct store *store, int (*each)(void *ctx, const char *job, int64_t tasks), void *ctx)
{
	sqlite3_stmt *statement = store_read(store, "SELECT j.id, count(t.id) FROM job j LEFT JOIN task t ON t.job = j.id"
		" GROUP BY j.id ORDER BY j.rowid LIMIT 1000");
	int stop = 0, result = SQLITE_DONE;

	if (!statement)
		return -1;
	while (!stop && (result = sqlite3_step(statement)) == SQLITE_ROW)
		stop = each(ctx, (const char *)sqlite3_column_text(statement, 0), sqlite3_column_int64(statement, 1));
	if (!stop && result != SQLITE_DONE)
		stop = store_failed(store);
	sqlite3_reset(statement);
	return stop;
}

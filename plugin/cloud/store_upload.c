#include "store_upload.h"

#include <stdlib.h>

#include "store_private.h"

#define UPLOAD_COLUMNS "id, device, file_name, init_uid, fic_value, file_size, received, crc64, complete, created_ms"

static bool read_upload(sqlite3_stmt *statement, struct stored_upload *out)
{
	bool ok = true;

	*out = (struct stored_upload){
		.id = sqlite3_column_int64(statement, 0),
		.device = sqlite3_column_int64(statement, 1),
		.file_name = store_column(statement, 2, &ok),
		.init_uid = store_column(statement, 3, &ok),
		.fic_value = store_column(statement, 4, &ok),
		.file_size = sqlite3_column_int64(statement, 5),
		.received = sqlite3_column_int64(statement, 6),
		.crc64 = (uint64_t)sqlite3_column_int64(statement, 7),
		.complete = sqlite3_column_int(statement, 8),
		.created_ms = sqlite3_column_int64(statement, 9),
	};
	return ok;
}

void stored_upload_free(struct stored_upload *upload)
{
	free(upload->file_name);
	free(upload->init_uid);
	free(upload->fic_value);
	*upload = (struct stored_upload){ 0 };
}

static int find(struct store *store, sqlite3_stmt *statement, struct stored_upload *out)
{
	int found = 0, result = sqlite3_step(statement);

	if (result == SQLITE_ROW)
		found = read_upload(statement, out) ? 1 : -1;
	else if (result != SQLITE_DONE)
		found = store_failed(store);
	sqlite3_reset(statement);
	return found;
}

int store_find_upload(struct store *store, int64_t device, int64_t upload, struct stored_upload *out)
{
	sqlite3_stmt *statement = store_read(store, "SELECT " UPLOAD_COLUMNS " FROM upload WHERE device = ?1 AND id = ?2");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	sqlite3_bind_int64(statement, 2, upload);
	return find(store, statement, out);
}

int store_find_upload_name(struct store *store, int64_t device, const char *file_name, struct stored_upload *out)
{
	sqlite3_stmt *statement = store_read(store, "SELECT " UPLOAD_COLUMNS " FROM upload WHERE device = ?1 AND file_name = ?2");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	store_bind_text(statement, 2, file_name);
	return find(store, statement, out);
}

int store_add_upload(struct store *store, struct stored_upload *upload)
{
	sqlite3_stmt *statement = store_write(store, "INSERT INTO upload (device, file_name, init_uid, fic_value, file_size,"
		" received, crc64, complete, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0, ?6)");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, upload->device);
	store_bind_text(statement, 2, upload->file_name);
	store_bind_text(statement, 3, upload->init_uid);
	store_bind_text(statement, 4, upload->fic_value);
	sqlite3_bind_int64(statement, 5, upload->file_size);
	sqlite3_bind_int64(statement, 6, upload->created_ms);
	if (store_finish(store, statement))
		return -1;
	upload->id = store_last_id(store);
	return 0;
}

int store_delete_upload(struct store *store, int64_t upload)
{
	static const char *const parts[] = { "DELETE FROM upload_block WHERE upload = ?1", "DELETE FROM upload WHERE id = ?1" };
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		sqlite3_stmt *statement = store_write(store, parts[i]);

		if (!statement)
			return -1;
		sqlite3_bind_int64(statement, 1, upload);
		if (store_finish(store, statement))
			return -1;
	}
	return 0;
}

int store_count_uploads(struct store *store, int64_t device, int64_t *count)
{
	return store_number(store, "SELECT count(*) FROM upload WHERE device = ?1", device, count);
}

int store_add_block(struct store *store, const struct stored_upload *upload, int64_t offset, const void *bytes, size_t len)
{
	sqlite3_stmt *statement = store_write(store, "INSERT INTO upload_block (upload, at, bytes) VALUES (?1, ?2, ?3)");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, upload->id);
	sqlite3_bind_int64(statement, 2, offset);
	sqlite3_bind_blob64(statement, 3, len ? bytes : "", len, SQLITE_STATIC);
	if (store_finish(store, statement))
		return -1;
	statement = store_write(store, "UPDATE upload SET received = ?2, crc64 = ?3, complete = ?4 WHERE id = ?1");
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, upload->id);
	sqlite3_bind_int64(statement, 2, upload->received);
	sqlite3_bind_int64(statement, 3, (int64_t)upload->crc64);
	sqlite3_bind_int(statement, 4, upload->complete);
	return store_finish(store, statement);
}

int store_list_uploads(struct store *store, int64_t device, int (*each)(void *ctx, const struct stored_upload *), void *ctx)
{
	sqlite3_stmt *statement = store_read(store, "SELECT " UPLOAD_COLUMNS " FROM upload WHERE device = ?1 ORDER BY id LIMIT 1000");
	int stop = 0, result = SQLITE_DONE;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	while (!stop && (result = sqlite3_step(statement)) == SQLITE_ROW) {
		struct stored_upload upload;

		stop = read_upload(statement, &upload) ? each(ctx, &upload) : -1;
		stored_upload_free(&upload);
	}
	if (!stop && result != SQLITE_DONE)
		stop = store_failed(store);
	sqlite3_reset(statement);
	return stop;
}

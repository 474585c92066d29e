/* Firmware packages and their files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_ota.h"
#include "store_private.h"

#define FIRMWARE_COLUMNS "f.id, f.product, p.product_key, f.module, f.version, f.source_versions, f.sign_method," \
	" f.ext_data, f.is_diff, f.automatic"
#define FIRMWARE_TABLES " FROM firmware f JOIN product p ON p.id = f.product"

/* --- digests --- */

static void read_digest(sqlite3_stmt *statement, int column, struct file_digest *out)
{
	out->size = sqlite3_column_int64(statement, column);
	out->changed_ns = sqlite3_column_int64(statement, column + 1);
	snprintf(out->md5, sizeof(out->md5), "%s", (const char *)sqlite3_column_text(statement, column + 2));
	snprintf(out->sha256, sizeof(out->sha256), "%s", (const char *)sqlite3_column_text(statement, column + 3));
}

int store_get_digest(struct store *store, const char *path, struct file_digest *out)
{
	sqlite3_stmt *statement = store_read(store, "SELECT size, changed_ns, md5, sha256 FROM digest WHERE path = ?1");
	int result;

	if (!statement)
		return -1;
	store_bind_text(statement, 1, path);
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		read_digest(statement, 0, out);
	else if (result != SQLITE_DONE)
		store_failed(store);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return result == SQLITE_ROW ? 1 : result == SQLITE_DONE ? 0 : -1;
}

int store_set_digest(struct store *store, const char *path, const struct file_digest *digest)
{
	sqlite3_stmt *statement = store_write(store, "INSERT OR REPLACE INTO digest (path, size, changed_ns, md5, sha256)"
		" VALUES (?1, ?2, ?3, ?4, ?5)");

	if (!statement)
		return -1;
	store_bind_text(statement, 1, path);
	sqlite3_bind_int64(statement, 2, digest->size);
	sqlite3_bind_int64(statement, 3, digest->changed_ns);
	store_bind_text(statement, 4, digest->md5);
	store_bind_text(statement, 5, digest->sha256);
	return store_finish(store, statement);
}

int store_copy_digests(struct store *to, struct store *from)
{
	sqlite3_stmt *statement = store_read(from, "SELECT size, changed_ns, md5, sha256, path FROM digest");
	int result = SQLITE_DONE, failed = 0;

	if (!statement)
		return -1;
	while (!failed && (result = sqlite3_step(statement)) == SQLITE_ROW) {
		struct file_digest digest;

		read_digest(statement, 0, &digest);
		failed = store_set_digest(to, (const char *)sqlite3_column_text(statement, 4), &digest);
	}
	if (!failed && result != SQLITE_DONE)
		failed = store_failed(from);
	sqlite3_reset(statement);
	return failed;
}

/* --- packages --- */

void stored_firmware_free(struct stored_firmware *firmware)
{
	size_t i;

	free(firmware->product_key);
	free(firmware->module);
	free(firmware->version);
	free(firmware->source_versions);
	free(firmware->sign_method);
	free(firmware->ext_data);
	for (i = 0; i < firmware->file_count; i++)
		free(firmware->files[i].path);
	*firmware = (struct stored_firmware){ 0 };
}

static bool read_firmware(sqlite3_stmt *statement, struct stored_firmware *out)
{
	bool ok = true;

	*out = (struct stored_firmware){
		.id = sqlite3_column_int64(statement, 0),
		.product = sqlite3_column_int64(statement, 1),
		.product_key = store_column(statement, 2, &ok),
		.module = store_column(statement, 3, &ok),
		.version = store_column(statement, 4, &ok),
		.source_versions = store_column(statement, 5, &ok),
		.sign_method = store_column(statement, 6, &ok),
		.ext_data = store_column(statement, 7, &ok),
		.is_diff = sqlite3_column_int(statement, 8),
		.automatic = sqlite3_column_int(statement, 9),
	};
	return ok;
}

static int read_files(struct store *store, struct stored_firmware *firmware)
{
	sqlite3_stmt *statement = store_read(store, "SELECT d.size, d.changed_ns, d.md5, d.sha256, f.id, f.path FROM firmware_file f"
		" JOIN digest d ON d.path = f.path WHERE f.firmware = ?1 ORDER BY f.id");
	int result = SQLITE_DONE;
	bool ok = true;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, firmware->id);
	while (ok && firmware->file_count < FIRMWARE_FILES_MAX && (result = sqlite3_step(statement)) == SQLITE_ROW) {
		struct stored_file *file = &firmware->files[firmware->file_count++];

		read_digest(statement, 0, &file->digest);
		file->id = sqlite3_column_int64(statement, 4);
		file->path = store_column(statement, 5, &ok);
	}
	if (result != SQLITE_DONE && result != SQLITE_ROW)
		store_failed(store);
	sqlite3_reset(statement);
	return ok && (result == SQLITE_DONE || result == SQLITE_ROW) ? 0 : -1;
}

static int one_firmware(struct store *store, sqlite3_stmt *statement, struct stored_firmware *out)
{
	int found = 0, result = sqlite3_step(statement);

	*out = (struct stored_firmware){ 0 };
	if (result == SQLITE_ROW)
		found = read_firmware(statement, out) ? 1 : -1;
	else if (result != SQLITE_DONE)
		found = store_failed(store);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	if (found == 1 && read_files(store, out))
		found = -1;
	if (found < 0)
		stored_firmware_free(out);
	return found;
}

int store_get_firmware(struct store *store, int64_t firmware, struct stored_firmware *out)
{
	sqlite3_stmt *statement = store_read(store, "SELECT " FIRMWARE_COLUMNS FIRMWARE_TABLES " WHERE f.id = ?1");

	*out = (struct stored_firmware){ 0 };
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, firmware);
	return one_firmware(store, statement, out);
}

int store_find_firmware(struct store *store, int64_t product, const char *module, const char *version,
                        struct stored_firmware *out)
{
	sqlite3_stmt *statement = store_read(store, "SELECT " FIRMWARE_COLUMNS FIRMWARE_TABLES
		" WHERE f.product = ?1 AND f.module = ?2 AND f.version = ?3");

	*out = (struct stored_firmware){ 0 };
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, product);
	store_bind_text(statement, 2, module);
	store_bind_text(statement, 3, version);
	return one_firmware(store, statement, out);
}

int store_find_firmware_file(struct store *store, int64_t file, int64_t *firmware)
{
	sqlite3_stmt *statement = store_read(store, "SELECT firmware FROM firmware_file WHERE id = ?1");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, file);
	return store_ids(store, statement, firmware, 1);
}

int store_list_firmware(struct store *store, int64_t product, const char *module, int64_t *ids, int max)
{
	sqlite3_stmt *statement = store_read(store, "SELECT id FROM firmware WHERE (?1 = 0 OR product = ?1)"
		" AND (?2 IS NULL OR module = ?2) ORDER BY id DESC LIMIT ?3");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, product);
	store_bind_text(statement, 2, module);
	sqlite3_bind_int(statement, 3, max);
	return store_ids(store, statement, ids, max);
}

int store_add_firmware(struct store *store, const struct stored_firmware *firmware, int64_t *id)
{
	sqlite3_stmt *statement = store_write(store, "INSERT INTO firmware (product, module, version, source_versions, sign_method,"
		" ext_data, is_diff, automatic) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
		" ON CONFLICT (product, module, version) DO NOTHING");
	size_t i;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, firmware->product);
	store_bind_text(statement, 2, firmware->module);
	store_bind_text(statement, 3, firmware->version);
	store_bind_text(statement, 4, firmware->source_versions);
	store_bind_text(statement, 5, firmware->sign_method);
	store_bind_text(statement, 6, firmware->ext_data);
	sqlite3_bind_int(statement, 7, firmware->is_diff);
	sqlite3_bind_int(statement, 8, firmware->automatic);
	if (store_finish(store, statement))
		return -1;
	if (!store_changes(store))
		return 0;
	*id = store_last_id(store);
	for (i = 0; i < firmware->file_count; i++)
		if (store_write_text(store, "INSERT INTO firmware_file (firmware, path) VALUES (?1, ?2)", *id,
		                     firmware->files[i].path, strlen(firmware->files[i].path)))
			return -1;
	return 1;
}

int store_delete_firmware(struct store *store, int64_t firmware)
{
	static const char *const statements[] = {
		"DELETE FROM firmware WHERE id = ?1",
		"DELETE FROM firmware_file WHERE firmware = ?1",
		/* the parameter stands here only so that all three are run alike */
		"DELETE FROM digest WHERE ?1 AND path NOT IN (SELECT path FROM firmware_file)",
	};
	size_t i;

	for (i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		sqlite3_stmt *statement = store_write(store, statements[i]);

		if (!statement)
			return -1;
		sqlite3_bind_int64(statement, 1, firmware);
		if (store_finish(store, statement))
			return -1;
	}
	return 0;
}

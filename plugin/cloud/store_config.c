/* Remote configurations: versions of a product, the newest being the one that counts. */
#include "store_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "sign.h"
#include "store_private.h"

#define CONFIG_COLUMNS "config_id, sha256, product, saved_ms, length(CAST(content AS BLOB))"

static bool read_config(sqlite3_stmt *statement, bool with_content, struct stored_config *out)
{
	bool ok = true;

	*out = (struct stored_config){
		.product = sqlite3_column_int64(statement, 2),
		.saved_ms = sqlite3_column_int64(statement, 3),
		.size = (size_t)sqlite3_column_int64(statement, 4),
		.content = with_content ? store_column(statement, 5, &ok) : NULL,
	};
	snprintf(out->config_id, sizeof(out->config_id), "%s", (const char *)sqlite3_column_text(statement, 0));
	snprintf(out->sha256, sizeof(out->sha256), "%s", (const char *)sqlite3_column_text(statement, 1));
	return ok;
}

void stored_config_free(struct stored_config *config)
{
	free(config->content);
	*config = (struct stored_config){ 0 };
}

static int one_config(struct store *store, sqlite3_stmt *statement, struct stored_config *out)
{
	int found = 0, result = sqlite3_step(statement);

	if (result == SQLITE_ROW)
		found = read_config(statement, true, out) ? 1 : -1;
	else if (result != SQLITE_DONE)
		found = store_failed(store);
	sqlite3_reset(statement);
	return found;
}

int store_get_config(struct store *store, int64_t product, struct stored_config *out)
{
	sqlite3_stmt *statement = store_read(store, "SELECT " CONFIG_COLUMNS ", content FROM config WHERE product = ?1"
		" ORDER BY id DESC LIMIT 1");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, product);
	return one_config(store, statement, out);
}

int store_find_config(struct store *store, const char *config_id, struct stored_config *out)
{
	sqlite3_stmt *statement = store_read(store, "SELECT " CONFIG_COLUMNS ", content FROM config WHERE config_id = ?1");
	int found;

	if (!statement)
		return -1;
	store_bind_text(statement, 1, config_id);
	found = one_config(store, statement, out);
	sqlite3_clear_bindings(statement);
	return found;
}

int store_list_configs(struct store *store, int64_t product, int (*each)(void *ctx, const struct stored_config *), void *ctx)
{
	sqlite3_stmt *statement = store_read(store, "SELECT " CONFIG_COLUMNS " FROM config WHERE product = ?1 ORDER BY id DESC");
	int stop = 0, result = SQLITE_DONE;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, product);
	while (!stop && (result = sqlite3_step(statement)) == SQLITE_ROW) {
		struct stored_config config;

		read_config(statement, false, &config);
		stop = each(ctx, &config);
	}
	if (!stop && result != SQLITE_DONE)
		stop = store_failed(store);
	sqlite3_reset(statement);
	return stop;
}

/* guess: opaque, as in the documents' samples; derived, so that a repeated run gives the same. */
static void derive_config_id(const char *product_key, int64_t number, char out[CONFIG_ID_SIZE])
{
	char content[160], hex[SIGN_HEX_MAX];

	snprintf(content, sizeof(content), "%s&%lld", product_key, (long long)number);
	sign_hex(SIGN_SHA256, "configId", content, strlen(content), hex);
	snprintf(out, CONFIG_ID_SIZE, "cfg%.13s", hex);
}

int store_add_config(struct store *store, int64_t product, const char *product_key, const char *content, int64_t now_ms)
{
	sqlite3_stmt *statement;
	char config_id[CONFIG_ID_SIZE], sha256[65];
	int64_t number;

	if (digest_sha256(content, strlen(content), sha256) || store_next(store, "config", &number))
		return -1;
	derive_config_id(product_key, number, config_id);
	statement = store_write(store, "INSERT INTO config (product, config_id, content, sha256, saved_ms) VALUES (?1, ?2, ?3, ?4, ?5)");
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, product);
	store_bind_text(statement, 2, config_id);
	store_bind_text(statement, 3, content);
	store_bind_text(statement, 4, sha256);
	sqlite3_bind_int64(statement, 5, now_ms);
	if (store_finish(store, statement))
		return -1;
	return store_write_int(store, "DELETE FROM config WHERE product = ?1 AND id NOT IN"
		" (SELECT id FROM config WHERE product = ?1 ORDER BY id DESC LIMIT ?2)", product, CONFIG_KEPT);
}

int store_set_config_enabled(struct store *store, int64_t product, bool enabled)
{
	return store_write_int(store, "UPDATE product SET config_enabled = ?2 WHERE id = ?1", product, enabled);
}

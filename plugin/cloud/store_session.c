/* What a device keeps between connections, in the store: subscriptions, messages, tokens. */
#include "store_private.h"

static int delete_of(struct store *store, const char *sql, int64_t device)
{
	sqlite3_stmt *statement = store_write(store, sql);

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	return store_finish(store, statement);
}

/* Steps a statement about one device; the end of `each`'s wish to go on ends it too. */
static int list_of(struct store *store, const char *sql, int64_t device, int (*each)(void *ctx, sqlite3_stmt *row), void *ctx)
{
	sqlite3_stmt *statement = store_read(store, sql);
	int stop = 0, result = SQLITE_DONE;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	while (!stop && (result = sqlite3_step(statement)) == SQLITE_ROW)
		stop = each(ctx, statement);
	if (!stop && result != SQLITE_DONE)
		stop = store_failed(store);
	sqlite3_reset(statement);
	return stop;
}

/* --- subscriptions --- */

int store_set_subscription(struct store *store, int64_t device, const char *filter, int qos)
{
	sqlite3_stmt *statement = store_write(store, "INSERT OR REPLACE INTO subscription (device, filter, qos) VALUES (?1, ?2, ?3)");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	store_bind_text(statement, 2, filter);
	sqlite3_bind_int(statement, 3, qos);
	return store_finish(store, statement);
}

struct subscription_reader {
	int (*each)(void *ctx, const char *filter, int qos);
	void *ctx;
};

static int read_subscription(void *ctx, sqlite3_stmt *row)
{
	const struct subscription_reader *reader = ctx;

	return reader->each(reader->ctx, (const char *)sqlite3_column_text(row, 0), sqlite3_column_int(row, 1));
}

int store_list_subscriptions(struct store *store, int64_t device, int (*each)(void *ctx, const char *filter, int qos), void *ctx)
{
	struct subscription_reader reader = { each, ctx };

	return list_of(store, "SELECT filter, qos FROM subscription WHERE device = ?1", device, read_subscription, &reader);
}

int store_delete_subscriptions(struct store *store, int64_t device)
{
	return delete_of(store, "DELETE FROM subscription WHERE device = ?1", device);
}

/* --- messages --- */

int store_keep_message(struct store *store, int64_t device, const struct kept_message *message, int64_t count_max,
                       int64_t bytes_max)
{
	sqlite3_stmt *statement = store_write(store, "INSERT INTO kept_message (device, time_ms, topic, payload) VALUES (?1, ?2, ?3, ?4)");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	sqlite3_bind_int64(statement, 2, message->time_ms);
	store_bind_text(statement, 3, message->topic);
	sqlite3_bind_blob64(statement, 4, message->payload_len ? message->payload : "", message->payload_len, SQLITE_STATIC);
	if (store_finish(store, statement))
		return -1;
	statement = store_write(store, "DELETE FROM kept_message WHERE device = ?1 AND id IN (SELECT id FROM (SELECT id,"
		" row_number() OVER newer AS number, sum(length(payload)) OVER newer AS bytes FROM kept_message WHERE device = ?1"
		" WINDOW newer AS (ORDER BY id DESC)) WHERE number > ?2 OR (bytes > ?3 AND number > 1))");
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	sqlite3_bind_int64(statement, 2, count_max);
	sqlite3_bind_int64(statement, 3, bytes_max);
	return store_finish(store, statement);
}

struct kept_reader {
	int (*each)(void *ctx, const struct kept_message *message);
	void *ctx;
};

static int read_kept(void *ctx, sqlite3_stmt *row)
{
	const struct kept_reader *reader = ctx;
	const void *payload = sqlite3_column_blob(row, 2);
	struct kept_message message = {
		.time_ms = sqlite3_column_int64(row, 0),
		.topic = (const char *)sqlite3_column_text(row, 1),
		.payload = payload ? payload : "",
		.payload_len = (size_t)sqlite3_column_bytes(row, 2),
	};

	return reader->each(reader->ctx, &message);
}

int store_list_kept(struct store *store, int64_t device, int (*each)(void *ctx, const struct kept_message *), void *ctx)
{
	struct kept_reader reader = { each, ctx };

	return list_of(store, "SELECT time_ms, topic, payload FROM kept_message WHERE device = ?1 ORDER BY id", device,
	               read_kept, &reader);
}

int store_delete_kept(struct store *store, int64_t device)
{
	return delete_of(store, "DELETE FROM kept_message WHERE device = ?1", device);
}

int store_count_kept(struct store *store, int64_t *count)
{
	return store_number(store, "SELECT count(*) FROM kept_message WHERE ?1 = 0", 0, count);
}

/* --- tokens --- */

int store_add_token(struct store *store, int64_t device, const char *client_id, const char *token)
{
	sqlite3_stmt *statement = store_write(store, "INSERT OR REPLACE INTO token (device, client_id, token) VALUES (?1, ?2, ?3)");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, device);
	store_bind_text(statement, 2, client_id);
	store_bind_text(statement, 3, token);
	return store_finish(store, statement);
}

int store_count_tokens(struct store *store, int64_t device, int64_t *count)
{
	return store_number(store, "SELECT count(*) FROM token WHERE device = ?1", device, count);
}

struct token_reader {
	int (*each)(void *ctx, const char *client_id, const char *token);
	void *ctx;
};

static int read_token(void *ctx, sqlite3_stmt *row)
{
	const struct token_reader *reader = ctx;

	return reader->each(reader->ctx, (const char *)sqlite3_column_text(row, 0), (const char *)sqlite3_column_text(row, 1));
}

int store_list_tokens(struct store *store, int64_t device,
                      int (*each)(void *ctx, const char *client_id, const char *token), void *ctx)
{
	struct token_reader reader = { each, ctx };

	return list_of(store, "SELECT client_id, token FROM token WHERE device = ?1", device, read_token, &reader);
}

int store_delete_tokens(struct store *store, int64_t device)
{
	return delete_of(store, "DELETE FROM token WHERE device = ?1", device);
}

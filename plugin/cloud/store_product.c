/* Products in the store. */
#include <stdlib.h>

#include "store_config.h"
#include "store_private.h"

#define PRODUCT_COLUMNS "id, product_key, product_secret, name, node_type, data_format, validation," \
	" dynamic_registration, tsl, script, config_enabled, topics"

static bool read_product(sqlite3_stmt *statement, struct stored_product *out)
{
	bool ok = true;

	*out = (struct stored_product){
		.id = sqlite3_column_int64(statement, 0),
		.product_key = store_column(statement, 1, &ok),
		.product_secret = store_column(statement, 2, &ok),
		.name = store_column(statement, 3, &ok),
		.node_type = (enum node_type)sqlite3_column_int(statement, 4),
		.data_format = (enum data_format)sqlite3_column_int(statement, 5),
		.validation = (enum validation)sqlite3_column_int(statement, 6),
		.dynamic_registration = sqlite3_column_int(statement, 7),
		.tsl = store_column(statement, 8, &ok),
		.script = store_column(statement, 9, &ok),
		.config_enabled = sqlite3_column_int(statement, 10),
		.topics = store_column(statement, 11, &ok),
	};
	return ok;
}

void stored_product_free(struct stored_product *product)
{
	free(product->product_key);
	free(product->product_secret);
	free(product->name);
	free(product->tsl);
	free(product->script);
	free(product->topics);
	*product = (struct stored_product){ 0 };
}

int store_find_product(struct store *store, const char *product_key, struct stored_product *out)
{
	sqlite3_stmt *statement = store_read(store, "SELECT " PRODUCT_COLUMNS " FROM product WHERE product_key = ?1");
	int found = 0, result;

	if (!statement)
		return -1;
	store_bind_text(statement, 1, product_key);
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		found = read_product(statement, out) ? 1 : -1;
	else if (result != SQLITE_DONE)
		found = store_failed(store);
	sqlite3_reset(statement);
	return found;
}

int store_create_product(struct store *store, const struct cloud_file_product *product)
{
	sqlite3_stmt *statement = store_write(store, "INSERT INTO product (product_key, product_secret, name, node_type, data_format, validation,"
		" dynamic_registration, tsl, script, config_enabled, topics)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (product_key) DO NOTHING");
	struct text topics = { 0 };
	size_t i;
	int result;

	if (!statement)
		return -1;
	for (i = 0; i < product->topic_count; i++) {
		static const char *const allow[] = { "", "publish", "subscribe", "both" };

		text_add(&topics, i ? ",{" : "[{");
		text_add_key(&topics, "name");
		text_add_json(&topics, product->topics[i].name);
		text_add_key(&topics, "allow");
		text_add_json(&topics, allow[product->topics[i].allow]);
		text_add(&topics, "}");
	}
	if (product->topic_count)
		text_add(&topics, "]");
	store_bind_text(statement, 1, product->product_key);
	store_bind_text(statement, 2, product->product_secret);
	store_bind_text(statement, 3, product->name ? product->name : product->product_key);
	sqlite3_bind_int(statement, 4, product->node_type);
	sqlite3_bind_int(statement, 5, product->data_format);
	sqlite3_bind_int(statement, 6, product->validation);
	sqlite3_bind_int(statement, 7, product->dynamic_registration);
	store_bind_text(statement, 8, product->tsl);
	store_bind_text(statement, 9, product->script);
	sqlite3_bind_int(statement, 10, product->config_enabled);
	store_bind_text(statement, 11, topics.len ? text_string(&topics) : NULL);
	result = store_finish(store, statement);
	text_free(&topics);
	if (result)
		return -1;
	if (!store_changes(store))
		return 0;
	if (product->config && store_add_config(store, store_last_id(store), product->product_key, product->config, 0))
		return -1;
	return 1;
}

int store_set_product(struct store *store, const struct stored_product *product)
{
	sqlite3_stmt *statement = store_write(store, "UPDATE product SET name = ?2, validation = ?3, dynamic_registration = ?4, tsl = ?5"
		" WHERE id = ?1");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, product->id);
	store_bind_text(statement, 2, product->name);
	sqlite3_bind_int(statement, 3, product->validation);
	sqlite3_bind_int(statement, 4, product->dynamic_registration);
	store_bind_text(statement, 5, product->tsl);
	return store_finish(store, statement);
}

int store_set_script(struct store *store, int64_t product, const char *script)
{
	sqlite3_stmt *statement = store_write(store, "UPDATE product SET script = ?2 WHERE id = ?1");

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, product);
	store_bind_text(statement, 2, script);
	return store_finish(store, statement);
}

int store_list_products(struct store *store, int (*each)(void *ctx, const struct stored_product *), void *ctx)
{
	sqlite3_stmt *statement = store_read(store, "SELECT " PRODUCT_COLUMNS " FROM product ORDER BY product_key");
	int stop = 0, result = SQLITE_DONE;

	if (!statement)
		return -1;
	while (!stop && (result = sqlite3_step(statement)) == SQLITE_ROW) {
		struct stored_product product;

		stop = read_product(statement, &product) ? each(ctx, &product) : -1;
		stored_product_free(&product);
	}
	if (!stop && result != SQLITE_DONE)
		stop = store_failed(store);
	sqlite3_reset(statement);
	return stop;
}

int store_count_products(struct store *store, int64_t *number)
{
	return store_number(store, "SELECT count(*) FROM product", 0, number);
}

int store_count_devices(struct store *store, int64_t product, int64_t *number)
{
	return store_number(store, product ? "SELECT count(*) FROM device WHERE product = ?1" : "SELECT count(*) FROM device", product, number);
}

int store_delete_product(struct store *store, int64_t product)
{
	static const char *const last[] = { "DELETE FROM tombstone WHERE product = ?1", "DELETE FROM product WHERE id = ?1" };
	size_t i;

	for (i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		sqlite3_stmt *statement = store_write(store, last[i]);

		if (!statement)
			return -1;
		sqlite3_bind_int64(statement, 1, product);
		if (store_finish(store, statement))
			return -1;
	}
	return 0;
}

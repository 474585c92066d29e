/* Products in the store. */
#include <stdlib.h>

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

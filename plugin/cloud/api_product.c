#include "api_call.h"

#include <stdlib.h>
#include <string.h>

/* The row's columns up to the device count; the object stays open. */
static void write_product(struct api_call *call, const struct stored_product *row, struct text *out)
{
	const struct { const char *name, *value; } texts[] = {
		{ "productKey", row->product_key }, { "name", row->name },
		{ "nodeType", node_type_names[row->node_type] }, { "dataFormat", data_format_names[row->data_format] },
		{ "validation", validation_names[row->validation] },
	};
	int64_t devices = 0;
	size_t i;

	text_add_char(out, '{');
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		text_add_key(out, texts[i].name);
		text_add_json(out, texts[i].value);
	}
	text_add(out, row->dynamic_registration ? ",\"dynamicRegistration\":true" : ",\"dynamicRegistration\":false");
	store_count_devices(call->cloud->store, row->id, &devices);
	text_addf(out, ",\"devices\":%lld", (long long)devices);
}

static int list_one(void *ctx, const struct stored_product *row)
{
	struct api_call *call = ctx;

	text_add_comma(call->answer);
	write_product(call, row, call->answer);
	text_add_char(call->answer, '}');
	return 0;
}

int api_product_list(struct api_call *call)
{
	text_add(call->answer, "{\"products\":[");
	if (store_list_products(call->cloud->store, list_one, call))
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
	text_add(call->answer, "]}");
	return 200;
}

/* Status 200 or 201 with the whole product, or after refusing. */
static int show(struct api_call *call, const char *product_key, int status)
{
	struct stored_product row = { 0 };
	int found = store_find_product(call->cloud->store, product_key, &row);

	if (found < 0)
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
	if (!found)
		return api_refuse(call, 404, "NotFound", "there is no product %s", product_key);
	write_product(call, &row, call->answer);
	text_add_key(call->answer, "productSecret");
	text_add_json(call->answer, row.product_secret);
	text_add_key(call->answer, "tsl");
	text_add(call->answer, row.tsl ? row.tsl : "null");
	text_add_char(call->answer, '}');
	stored_product_free(&row);
	return status;
}

int api_product_show(struct api_call *call)
{
	return show(call, call->segment[0], 200);
}

/* --- changing them --- */

/* A member that is one of a few words; absent leaves *value. False after refusing. */
static bool read_word(struct api_call *call, const char *member, const char *const *words, int count, int *value)
{
	struct json given = json_get(call->body, member);
	struct text list = { 0 };
	int i;

	if (!json_present(given))
		return true;
	for (i = 0; i < count; i++) {
		if (json_is_string(given, words[i])) {
			*value = i;
			text_free(&list);
			return true;
		}
		text_addf(&list, "%s%s", i ? ", " : "", words[i]);
	}
	api_refuse(call, 400, "BadRequest", "`%s` must be one of %s", member, text_string(&list));
	text_free(&list);
	return false;
}

static bool read_switch(struct api_call *call, const char *member, bool otherwise)
{
	struct json given = json_get(call->body, member);

	return json_present(given) ? json_is(given, JSON_TRUE) : otherwise;
}

#define MODEL_BYTES_MAX ((size_t)512 << 10)   /* doc: limits, TSL import file */

/* Where something stands in the model, counted from behind the colon: so the places are those of a file sent as it is. */
static void place_of(struct json model, size_t at, unsigned *line, unsigned *column)
{
	struct json_doc doc = *model.doc;
	struct json key = json_key(model);
	size_t len, from = json_offset(key);

	json_span(key, &len);
	for (from += len; doc.text[from] != ':'; from++)
		;
	from++;
	if (at < from)
		at = json_offset(model);   /* about all of it */
	doc.text += from;
	doc.len -= from;
	json_position(&doc, at - from, line, column);
}

/* The member `tsl` as text, checked; absent: NULL. False after refusing. */
static bool read_model(struct api_call *call, char **text)
{
	struct json model = json_get(call->body, "tsl");
	struct tsl_error error;
	struct tsl *tsl;
	unsigned line, column;
	size_t len;
	const char *literal = json_span(model, &len);

	*text = NULL;
	if (!json_present(model))
		return true;
	if (len > MODEL_BYTES_MAX) {
		api_refuse(call, 400, "BadRequest", "the thing model has %zu bytes, more than %zu", len, MODEL_BYTES_MAX);
		return false;
	}
	tsl = tsl_new(model, &call->cloud->settings, &error);
	if (!tsl) {
		place_of(model, error.at, &line, &column);
		api_refuse(call, 400, "BadRequest", "%u:%u: %s", line, column, error.message);
		return false;
	}
	tsl_free(tsl);
	*text = strndup(literal, len);
	if (!*text)
		api_refuse(call, 500, "StoreFailed", "out of memory");
	return *text;
}

/* What a cloud file says of a product, from the body. False after refusing. */
static bool read_product(struct api_call *call, struct cloud_file_product *product)
{
	int node_type = NODE_DEVICE, data_format = FORMAT_ALINK, validation = VALIDATION_STRONG;
	struct json secret = json_get(call->body, "productSecret");

	product->product_key = json_strdup(json_get(call->body, "productKey"));
	product->product_secret = json_strdup(secret);
	product->name = json_strdup(json_get(call->body, "name"));
	product->dynamic_registration = read_switch(call, "dynamicRegistration", false);
	if (!product->product_key || !product_key_valid(product->product_key)) {
		api_refuse(call, 400, "BadRequest", "`productKey` must have 1 to 32 characters of A-Z a-z 0-9 _ -");
		return false;
	}
	if (json_present(secret) && (!product->product_secret || !product_secret_valid(product->product_secret))) {
		api_refuse(call, 400, "BadRequest", "`productSecret` must have 1 to 64 visible ASCII characters");
		return false;
	}
	if (!read_word(call, "nodeType", node_type_names, 3, &node_type) ||
	    !read_word(call, "dataFormat", data_format_names, 2, &data_format) ||
	    !read_word(call, "validation", validation_names, 3, &validation))
		return false;
	product->node_type = (enum node_type)node_type;
	product->data_format = (enum data_format)data_format;
	product->validation = (enum validation)validation;
	return read_model(call, &product->tsl);
}

int api_product_create(struct api_call *call)
{
	struct cloud_file_product product = { 0 };
	char derived[17];
	int status = 400, made;

	if (!read_product(call, &product))
		goto done;
	if (!product.product_secret && !derive_product_secret(product.product_key, derived))
		product.product_secret = strdup(derived);
	made = product.product_secret ? store_create_product(call->cloud->store, &product) : -1;
	if (made < 0)
		status = api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
	else if (!made)
		status = api_refuse(call, 409, "Conflict", "there is a product %s already", product.product_key);
	else
		status = show(call, product.product_key, 201);
done:
	free(product.product_key);
	free(product.product_secret);
	free(product.name);
	free(product.tsl);
	return status;
}

/* The row with what the body changes, here and where it is in use. */
static int save(struct api_call *call, const struct stored_product *row)
{
	struct product *product;

	if (store_set_product(call->cloud->store, row))
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
	product = product_find(call->cloud, call->segment[0], strlen(call->segment[0]));
	if (!product || product_reload(call->cloud, product))
		return api_refuse(call, 500, "StoreFailed", "out of memory");
	return show(call, call->segment[0], 200);
}

/* 1 with the row, else 0 after refusing with *status. */
static int find_row(struct api_call *call, struct stored_product *row, int *status)
{
	int found = store_find_product(call->cloud->store, call->segment[0], row);

	if (found == 1)
		return 1;
	*status = found ? api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store)) :
		api_refuse(call, 404, "NotFound", "there is no product %s", call->segment[0]);
	return 0;
}

int api_product_set(struct api_call *call)
{
	struct stored_product row = { 0 };
	struct json name = json_get(call->body, "name");
	int status = 400, validation;

	if (!json_count(call->body))
		return api_refuse(call, 400, "BadRequest", "there is nothing to change: name, validation or dynamicRegistration");
	if (!find_row(call, &row, &status))
		goto done;
	validation = row.validation;
	if (!read_word(call, "validation", validation_names, 3, &validation))
		goto done;
	row.validation = (enum validation)validation;
	row.dynamic_registration = read_switch(call, "dynamicRegistration", row.dynamic_registration);
	if (json_present(name)) {
		free(row.name);
		row.name = json_strdup(name);
	}
	status = row.name ? save(call, &row) : api_refuse(call, 400, "BadRequest", "`name` holds a NUL");
done:
	stored_product_free(&row);
	return status;
}

int api_product_import(struct api_call *call)
{
	struct stored_product row = { 0 };
	char *text = NULL;
	int status = 400;

	if (!find_row(call, &row, &status) || !read_model(call, &text))
		goto done;
	free(row.tsl);
	row.tsl = text;
	status = save(call, &row);
done:
	stored_product_free(&row);
	return status;
}

int api_product_export(struct api_call *call)
{
	const struct product *product = product_find(call->cloud, call->segment[0], strlen(call->segment[0]));

	if (!product)
		return api_refuse(call, 404, "NotFound", "there is no product %s", call->segment[0]);
	if (!product->tsl)
		return api_refuse(call, 404, "NotFound", "product %s has no thing model", product->key);
	tsl_write(product->tsl, product->key, NULL, call->answer);
	return 200;
}

#include "api_call.h"

#include <string.h>

static const char *const node_types[] = { "device", "gateway", "sub-device" };
static const char *const data_formats[] = { "alink", "raw" };
static const char *const validations[] = { "strong", "weak", "none" };

const char *node_type_name(enum node_type type)
{
	return node_types[type];
}


/* The row's columns up to the device count; the object stays open. */
static void write_product(struct api_call *call, const struct stored_product *row, struct text *out)
{
	const struct { const char *name, *value; } texts[] = {
		{ "productKey", row->product_key }, { "name", row->name },
		{ "nodeType", node_types[row->node_type] }, { "dataFormat", data_formats[row->data_format] },
		{ "validation", validations[row->validation] },
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

int api_product_show(struct api_call *call)
{
	struct stored_product row = { 0 };
	int found = store_find_product(call->cloud->store, call->segment[0], &row);

	if (found < 0)
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
	if (!found)
		return api_refuse(call, 404, "NotFound", "there is no product %s", call->segment[0]);
	write_product(call, &row, call->answer);
	text_add_key(call->answer, "productSecret");
	text_add_json(call->answer, row.product_secret);
	text_add_key(call->answer, "tsl");
	text_add(call->answer, row.tsl ? row.tsl : "null");
	text_add_char(call->answer, '}');
	stored_product_free(&row);
	return 200;
}

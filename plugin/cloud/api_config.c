/* Remote configuration for people and programs. */
#include <string.h>

#include "api_call.h"
#include "remote_config.h"
#include "store_config.h"

static int store_refuse(struct api_call *call)
{
	return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
}

static struct product *find_product(struct api_call *call)
{
	struct product *product = product_find(call->cloud, call->segment[0], strlen(call->segment[0]));

	if (!product)
		api_refuse(call, 404, "NotFound", "there is no product %s", call->segment[0]);
	return product;
}

static void write_version(const struct stored_config *config, struct text *out)
{
	text_addf(out, "\"configId\":\"%s\",\"configSize\":%zu,\"sign\":\"%s\"", config->config_id, config->size, config->sha256);
	text_add_time(out, "saved", config->saved_ms);
}

/* The object stays open. */
static void write_product(const char *product_key, bool enabled, struct text *out)
{
	text_add(out, "{\"productKey\":");
	text_add_json(out, product_key);
	text_add(out, enabled ? ",\"enabled\":true," : ",\"enabled\":false,");
}

static const char nothing[] = "\"configId\":null,\"configSize\":null,\"sign\":null,\"saved\":null";

static int list_version(void *ctx, const struct stored_config *config)
{
	struct text *out = ctx;

	text_add_comma(out);
	text_add_char(out, '{');
	write_version(config, out);
	text_add_char(out, '}');
	return 0;
}

/* The product's newest configuration with its content, and which versions are kept. */
static int show(struct api_call *call, const struct product *product)
{
	struct stored_config config = { 0 };
	int found = store_get_config(call->cloud->store, product->id, &config);

	if (found < 0)
		return store_refuse(call);
	write_product(product->key, product->config_enabled, call->answer);
	if (found)
		write_version(&config, call->answer);
	else
		text_add(call->answer, nothing);
	text_add(call->answer, ",\"content\":");
	text_add(call->answer, found ? config.content : "null");
	stored_config_free(&config);
	text_add(call->answer, ",\"versions\":[");
	if (store_list_configs(call->cloud->store, product->id, list_version, call->answer))
		return store_refuse(call);
	text_add(call->answer, "]}");
	return 200;
}


static int list_product(void *ctx, const struct stored_product *row)
{
	struct api_call *call = ctx;
	struct stored_config config = { 0 };
	int found = store_get_config(call->cloud->store, row->id, &config);

	if (found < 0)
		return -1;
	text_add_comma(call->answer);
	write_product(row->product_key, row->config_enabled, call->answer);
	if (found)
		write_version(&config, call->answer);
	else
		text_add(call->answer, nothing);
	text_add_char(call->answer, '}');
	stored_config_free(&config);
	return 0;
}

int api_config_list(struct api_call *call)
{
	text_add(call->answer, "{\"configs\":[");
	if (store_list_products(call->cloud->store, list_product, call))
		return store_refuse(call);
	text_add(call->answer, "]}");
	return 200;
}

int api_config_show(struct api_call *call)
{
	const struct product *product = find_product(call);

	return product ? show(call, product) : 404;
}

static int save(struct api_call *call, struct product *product, const char *content, size_t len)
{
	struct text why = { 0 };
	int result = config_save(call->cloud, product, content, len, &why), status;

	if (result)
		status = result > 0 ? api_refuse(call, 400, "BadRequest", "%s", text_string(&why)) : store_refuse(call);
	else
		status = show(call, product);
	text_free(&why);
	return status;
}

int api_config_set(struct api_call *call)
{
	struct product *product = find_product(call);
	struct json content = json_get(call->body, "content");
	const char *literal;
	size_t len;

	if (!product)
		return 404;
	if (!json_is(content, JSON_OBJECT) && !json_is(content, JSON_ARRAY))
		return api_refuse(call, 400, "BadRequest", "`content` must be an object or an array, as in a cloud file");
	literal = json_span(content, &len);
	return save(call, product, literal, len);
}

static int enable(struct api_call *call, bool enabled)
{
	struct product *product = find_product(call);

	if (!product)
		return 404;
	if (config_enable(call->cloud, product, enabled))
		return store_refuse(call);
	return show(call, product);
}

int api_config_on(struct api_call *call)
{
	return enable(call, true);
}

int api_config_off(struct api_call *call)
{
	return enable(call, false);
}

int api_config_push(struct api_call *call)
{
	static const struct { int code; const char *why; } whys[] = {
		{ CODE_CONFIG_OFF,        "remote configuration is switched off for the product" },
		{ CODE_CONFIG_EMPTY,      "no configuration has been saved for the product" },
		{ CODE_TOO_MANY_REQUESTS, "the last push has not yet reached every device" },
	};
	struct product *product = find_product(call);
	int code;
	size_t i;

	if (!product)
		return 404;
	code = config_push_start(call->cloud, product, call->ticket, call->out);
	for (i = 0; i < sizeof(whys) / sizeof(whys[0]); i++)
		if (whys[i].code == code)
			return api_refuse_code(call, whys[i].code, whys[i].why);
	return code ? store_refuse(call) : API_LATER;
}

#include <stdlib.h>
#include <string.h>

#include "api_call.h"
#include "script_queue.h"

/* NULL after refusing. */
static struct product *find_product(struct api_call *call)
{
	struct product *product = product_find(call->cloud, call->segment[0], strlen(call->segment[0]));

	if (!product)
		api_refuse(call, 404, "NotFound", "there is no product %s", call->segment[0]);
	return product;
}

int api_script_get(struct api_call *call)
{
	const struct product *product = find_product(call);

	if (!product)
		return 404;
	if (!product->script)
		return api_refuse(call, 404, "NotFound", "product %s has no script", product->key);
	text_add(call->answer, "{\"productKey\":");
	text_add_json(call->answer, product->key);
	text_add(call->answer, ",\"script\":");
	text_add_json(call->answer, product->script->text);
	text_add_char(call->answer, '}');
	return 200;
}

/* The calls under way end with the script they began with; the next ones have this. */
static int replace(struct api_call *call, struct product *product, struct script *script, const char *text)
{
	if (store_set_script(call->cloud->store, product->id, text)) {
		script_release(script);
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
	}
	script_release(product->script);
	product->script = script;
	return 200;
}

int api_script_set(struct api_call *call)
{
	struct product *product = find_product(call);
	struct json given = json_get(call->body, "script");
	struct script *script;
	char *text;
	int status;

	if (!product)
		return 404;
	if (json_string_bytes(given) > SCRIPT_SOURCE_MAX)
		return api_refuse(call, 400, "BadRequest", "the script has %zu bytes, more than %zu", json_string_bytes(given),
		                  SCRIPT_SOURCE_MAX);
	text = json_strdup(given);
	if (!text)
		return api_refuse(call, 400, "BadRequest", "`script` holds a NUL");
	/* Not judged: code 26002 must be possible, and an empty one is 26001. */
	script = script_new(call->cloud, text);
	status = script || !text[strspn(text, " \t\r\n\v\f")] ? replace(call, product, script, text) :
		api_refuse(call, 500, "OutOfMemory", "out of memory");
	free(text);
	return status;
}

int api_script_delete(struct api_call *call)
{
	struct product *product = find_product(call);

	if (!product)
		return 404;
	if (!product->script)
		return api_refuse(call, 404, "NotFound", "product %s has no script", product->key);
	return replace(call, product, NULL, NULL);
}

/*
 * thing.dsltemplate.get, thing.dynamicTsl.get: a device downloads its thing model.
 *
 * doc: "TSL model retrieval"; things-and-data reference, section 5.3.
 */
#include "method.h"
#include "state.h"

/*
 * guess: what dynamicTsl/get is asked for (`nodes`, `addDefault`) is not documented; sdk: C SDK 3 installs the
 * answer as its model, so it gets the whole of it, as with dsltemplate/get.
 */
enum code model_get(struct call *call)
{
	const struct product *product = call->device->product;

	if (!product->tsl) {
		text_addf(call->why, "product %s has no thing model", product->key);
		return CODE_NO_TSL;
	}
	tsl_write(product->tsl, product->key, call->device->name, call->data);
	return CODE_SUCCESS;
}

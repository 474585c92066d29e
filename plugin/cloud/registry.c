/* Products and devices: loaded from the store when first needed, then kept. */
#include <stdlib.h>
#include <string.h>

#include "offline.h"
#include "script_queue.h"
#include "shadow.h"
#include "state.h"
#include "upgrade.h"

static void product_free(struct product *product)
{
	size_t i;

	if (!product)
		return;
	for (i = 0; i < product->topic_count; i++)
		free(product->topics[i].name);
	free(product->topics);
	free(product->key);
	free(product->secret);
	free(product->name);
	tsl_free(product->tsl);
	script_release(product->script);
	free(product);
}

/* The store wrote this text itself, so anything odd in it is a damaged file: refuse it. */
static int read_topics(struct product *product, const char *text)
{
	struct json_doc doc = { 0 };
	int result = json_parse(&doc, text, strlen(text), JSON_STRICT, NULL);

	if (!result) {
		product->topics = calloc(json_count(json_root(&doc)) + 1, sizeof(*product->topics));
		result = product->topics ? 0 : -1;
	}
	json_each(item, result ? (struct json){ 0 } : json_root(&doc)) {
		struct topic_category *category = &product->topics[product->topic_count];
		struct json allow = json_get(item, "allow");

		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): without the array there is nothing to list */
		category->name = json_strdup(json_get(item, "name"));
		category->allow = json_is_string(allow, "publish") ? ALLOW_PUBLISH :
		                  json_is_string(allow, "subscribe") ? ALLOW_SUBSCRIBE : ALLOW_BOTH;
		if (!category->name)
			result = -1;
		else
			product->topic_count++;
	}
	json_doc_free(&doc);
	return result;
}

static int read_model(struct cloud *cloud, struct product *product, const char *text)
{
	struct json_doc doc = { 0 };
	struct tsl_error error;

	if (!json_parse(&doc, text, strlen(text), JSON_STRICT, NULL))
		product->tsl = tsl_new(json_root(&doc), &cloud->settings, &error);
	json_doc_free(&doc);
	return product->tsl ? 0 : -1;
}

/* Takes the row's strings. NULL when the row is damaged. */
static struct product *product_new(struct cloud *cloud, struct stored_product *row)
{
	struct product *product = calloc(1, sizeof(*product));

	if (!product)
		return NULL;
	product->id = row->id;
	product->key = row->product_key;
	product->secret = row->product_secret;
	product->name = row->name;
	row->product_key = row->product_secret = row->name = NULL;
	product->node_type = row->node_type;
	product->data_format = row->data_format;
	product->validation = row->validation;
	product->dynamic_registration = row->dynamic_registration;
	product->config_enabled = row->config_enabled;
	if ((row->tsl && read_model(cloud, product, row->tsl)) || (row->topics && read_topics(product, row->topics))) {
		product_free(product);
		return NULL;
	}
	return product;
}

static struct product *product_load(struct cloud *cloud, struct stored_product *row)
{
	struct product *product = product_new(cloud, row);

	if (product && row->script)
		product->script = script_new(cloud, row->script);
	if (product)
		HASH_ADD_KEYPTR(hh, cloud->products, product->key, strlen(product->key), product);
	return product;
}

int product_reload(struct cloud *cloud, struct product *product)
{
	struct stored_product row = { 0 };
	struct product *fresh = NULL;
	char *name;
	struct tsl *tsl;

	if (store_find_product(cloud->store, product->key, &row) == 1)
		fresh = product_new(cloud, &row);
	stored_product_free(&row);
	if (!fresh || values_move(cloud, product, fresh->tsl, fresh->validation)) {
		product_free(fresh);
		return -1;
	}
	/* What others may point to stays where it is; the old parts go with the rest of the new one. */
	name = product->name;
	tsl = product->tsl;
	product->name = fresh->name;
	product->tsl = fresh->tsl;
	product->validation = fresh->validation;
	product->dynamic_registration = fresh->dynamic_registration;
	fresh->name = name;
	fresh->tsl = tsl;
	product_free(fresh);
	return 0;
}

struct product *product_find(struct cloud *cloud, const char *key, size_t len)
{
	struct product *product;
	struct stored_product row = { 0 };
	char name[NAME_MAX_BYTES + 1];

	HASH_FIND(hh, cloud->products, key, len, product);
	if (product || len >= sizeof(name))
		return product;
	memcpy(name, key, len);
	name[len] = '\0';
	if (store_find_product(cloud->store, name, &row) == 1)
		product = product_load(cloud, &row);
	stored_product_free(&row);
	return product;
}

static void device_free(struct device *device)
{
	if (!device)
		return;
	values_free(device);
	while (device->subscriptions) {
		struct subscription *next = device->subscriptions->next;

		free(device->subscriptions);
		device->subscriptions = next;
	}
	shadow_free(device->shadow);
	free(device->tunnel);
	free(device->name);
	free(device->secret);
	free(device->iot_id);
	free(device->tags);
	free(device->desired);
	free(device);
}

static struct device *device_load(struct cloud *cloud, struct product *product, struct stored_device *row)
{
	struct device *device = calloc(1, sizeof(*device));

	if (!device)
		return NULL;
	device->id = row->id;
	device->product = product;
	device->name = row->device_name;
	device->secret = row->device_secret;
	device->iot_id = row->iot_id;
	device->tags = row->tags;
	device->desired = row->desired;
	row->device_name = row->device_secret = row->iot_id = row->tags = row->desired = NULL;
	device->gateway = row->gateway;
	device->enabled = row->enabled;
	device->x509 = row->x509_sha256 != NULL;
	device->activated_ms = row->activated_ms;
	device->online_ms = row->online_ms;
	if (product->tsl)
		device->values = calloc(product->tsl->property_count + 1, sizeof(*device->values));
	if ((product->tsl && !device->values) || (row->values && values_load(device, row->values, cloud->started_ms)) ||
	    offline_load(cloud, device)) {
		device_free(device);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh_name, product->devices, device->name, strlen(device->name), device);
	HASH_ADD(hh_id, cloud->devices, id, sizeof(device->id), device);
	return device;
}

struct device *device_find(struct cloud *cloud, struct product *product, const char *name, size_t len)
{
	struct device *device = NULL;
	struct stored_device row = { 0 };
	char text[NAME_MAX_BYTES + 1];

	if (!product)
		return NULL;
	HASH_FIND(hh_name, product->devices, name, len, device);
	if (device || len >= sizeof(text))
		return device;
	memcpy(text, name, len);
	text[len] = '\0';
	if (store_find_device(cloud->store, product->id, text, &row) == 1)
		device = device_load(cloud, product, &row);
	stored_device_free(&row);
	return device;
}

struct device *device_find_key(struct cloud *cloud, const char *product_key, const char *device_name)
{
	return device_find(cloud, product_find(cloud, product_key, strlen(product_key)), device_name, strlen(device_name));
}

/* By the id of its row; the products are few, so their ids need no index. */
static struct product *product_by_id(struct cloud *cloud, int64_t id)
{
	struct product *product;

	for (product = cloud->products; product; product = product->hh.next)
		if (product->id == id)
			return product;
	return NULL;
}

static int load_product(void *ctx, const struct stored_product *row)
{
	return !product_find(ctx, row->product_key, strlen(row->product_key));
}

void products_load(struct cloud *cloud)
{
	store_list_products(cloud->store, load_product, cloud);
}

int product_drop(struct cloud *cloud, struct product *product)
{
	if (store_delete_product(cloud->store, product->id))
		return -1;
	HASH_DELETE(hh, cloud->products, product);
	product_free(product);
	return 0;
}

struct device *device_get(struct cloud *cloud, int64_t id)
{
	struct device *device = NULL;
	struct stored_device row = { 0 };

	HASH_FIND(hh_id, cloud->devices, &id, sizeof(id), device);
	if (device || !id)
		return device;
	if (store_get_device(cloud->store, id, &row) == 1) {
		struct product *product = product_by_id(cloud, row.product);

		if (!product && !store_list_products(cloud->store, load_product, cloud))
			product = product_by_id(cloud, row.product);
		if (product)
			device = device_load(cloud, product, &row);
	}
	stored_device_free(&row);
	return device;
}

void device_drop(struct cloud *cloud, struct device *device)
{
	upgrade_offline(cloud, device);
	scripts_end(cloud, device);
	values_clean(cloud, device);
	timer_cancel(&cloud->timers, &device->resuming);
	HASH_DELETE(hh_name, device->product->devices, device);
	HASH_DELETE(hh_id, cloud->devices, device);
	device_free(device);
}

void registry_free(struct cloud *cloud)
{
	struct device *device, *next_device;
	struct product *product, *next_product;

	cloud->back_online = NULL;
	HASH_ITER(hh_id, cloud->devices, device, next_device) {
		scripts_end(cloud, device);
		values_clean(cloud, device);
		HASH_DELETE(hh_id, cloud->devices, device);
		HASH_DELETE(hh_name, device->product->devices, device);
		device_free(device);
	}
	HASH_ITER(hh, cloud->products, product, next_product) {
		HASH_DELETE(hh, cloud->products, product);
		product_free(product);
	}
}

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cloud_file_private.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define TOPICS_MAX 50   /* doc: limits, custom topic categories per product */

#define NODE_TYPES   "device gateway sub-device"   /* as enum node_type */
#define DATA_FORMATS "alink raw"                   /* as enum data_format */
#define VALIDATIONS  "strong weak none"            /* as enum validation */
#define ALLOWS       "publish subscribe both"      /* as enum topic_allow, less one */

static const struct form_key keys[] = {
	{ "productKey",          FORM_STRING,                            NULL,         true },
	{ "productSecret",       FORM_STRING,                            NULL,         false },
	{ "name",                FORM_STRING,                            NULL,         false },
	{ "nodeType",            FORM_STRING,                            NODE_TYPES,   false },
	{ "dataFormat",          FORM_STRING,                            DATA_FORMATS, false },
	{ "dynamicRegistration", FORM_BOOLEAN,                           NULL,         false },
	{ "validation",          FORM_STRING,                            VALIDATIONS,  false },
	{ "tsl",                 FORM_STRING | FORM_OBJECT | FORM_ARRAY, NULL,         false },
	{ "script",              FORM_STRING,                            NULL,         false },
	{ "scriptText",          FORM_STRING,                            NULL,         false },
	{ "remoteConfig",        FORM_OBJECT,                            NULL,         false },
	{ "topics",              FORM_ARRAY,                             NULL,         false },
};

static const struct form_key keys_of_config[] = {
	{ "enabled", FORM_BOOLEAN,             NULL, false },
	{ "content", FORM_OBJECT | FORM_ARRAY, NULL, false },
	{ "file",    FORM_STRING,              NULL, false },
};

static const struct form_key keys_of_topic[] = {
	{ "name",  FORM_STRING, NULL,   true },
	{ "allow", FORM_STRING, ALLOWS, false },
};

const char *const node_type_names[] = { "device", "gateway", "sub-device" };
const char *const data_format_names[] = { "alink", "raw" };
const char *const validation_names[] = { "strong", "weak", "none" };

const struct key_table product_keys = { "products", keys, COUNT(keys) };
const struct key_table config_keys = { "products.remoteConfig", keys_of_config, COUNT(keys_of_config) };
const struct key_table topic_keys = { "products.topics", keys_of_topic, COUNT(keys_of_topic) };

/* sdk: C SDKs hold 20 characters of a key and 64 of a secret; clones use longer keys. */
const struct name_rule product_key_rule = { "productKey", "_-", 1, 32 };
const struct name_rule product_secret_rule = { "productSecret", NULL, 1, 64 };

/* --- its parts --- */

/* The word's index, which is its enum's value; 0, the default, when it is none. */
static int word_of(struct json value, const char *words)
{
	int word = words_find(words, value);

	return word < 0 ? 0 : word;
}

/* doc: topic categories: levels of letters, digits and `_`; wildcards as whole levels, `#` last. */
static const char *topic_fault(const char *name, enum topic_allow allow, const struct settings *settings)
{
	int64_t slashes = 3;   /* of /{productKey}/{deviceName}/ */
	const char *level = name;
	bool wild = false;

	for (;;) {
		size_t len = strcspn(level, "/"), i;

		if (!len)
			return "has an empty level";
		if (len == 1 && (*level == '+' || *level == '#')) {
			if (*level == '#' && level[1])
				return "has a `#` before its last level";
			wild = true;
		} else {
			for (i = 0; i < len; i++)
				if (!isalnum((unsigned char)level[i]) && level[i] != '_')
					return "has a level with other characters than A-Z a-z 0-9 _";
		}
		if (!level[len])
			break;
		level += len + 1;
		slashes++;
	}
	if (wild && allow != ALLOW_SUBSCRIBE)
		return "has wildcards, which only `subscribe` allows";
	if (settings->limits.custom_topic_slashes && slashes > settings->limits.custom_topic_slashes)
		return "has more levels than customTopicSlashes allows";
	return NULL;
}

static void read_topics(struct loader *loader, struct form *form, struct json topics,
                        struct cloud_file_product *product)
{
	char shown[FORM_SHOW_SIZE];
	size_t i;

	if (!json_is(topics, JSON_ARRAY))
		return;
	if (json_count(topics) > TOPICS_MAX) {
		form_complain(form, topics, "a product has at most %d topics", TOPICS_MAX);
		return;
	}
	product->topics = loader_alloc(loader, json_count(topics) * sizeof(*product->topics));
	if (!product->topics)
		return;
	json_each(entry, topics) {
		struct cloud_file_topic *topic = &product->topics[product->topic_count];
		struct json name = json_get(entry, "name"), allow = json_get(entry, "allow");
		const char *fault;

		form_check(form, entry, keys_of_topic, COUNT(keys_of_topic));
		topic->name = loader_string(loader, name);
		if (!topic->name)
			continue;
		topic->allow = json_present(allow) ? (enum topic_allow)(word_of(allow, ALLOWS) + 1) : ALLOW_BOTH;
		fault = topic_fault(topic->name, topic->allow, &loader->file->settings);
		if (fault)
			form_complain(form, name, "topic `%s` %s", form_show(name, shown), fault);
		for (i = 0; i < product->topic_count; i++)
			if (!strcmp(product->topics[i].name, topic->name))
				form_complain(form, name, "topic `%s` is here twice", form_show(name, shown));
		product->topic_count++;
	}
}

/* What is in the file itself, as `cloud export` writes it. */
static void read_script_text(struct loader *loader, struct source *source, struct json value,
                             struct cloud_file_product *product)
{
	if (json_string_bytes(value) > SCRIPT_BYTES_MAX)
		form_complain(&source->form, value, "the script has more than %zu bytes", SCRIPT_BYTES_MAX);
	product->script = loader_string(loader, value);
	if (product->script && json_string_bytes(value) && !*product->script)
		form_complain(&source->form, value, "`scriptText` is no text");
	product->script_path = loader_place(loader, &source->form, value);
}

static void read_script(struct loader *loader, struct source *source, struct json entry,
                        struct cloud_file_product *product)
{
	struct json value = json_get(entry, "script"), text = json_get(entry, "scriptText");
	char *path, *bytes, shown[FORM_SHOW_SIZE];
	size_t len;

	if (json_present(value) && json_present(text))
		form_complain(&source->form, text, "`script` and `scriptText` exclude each other");
	else if (json_is(text, JSON_STRING))
		read_script_text(loader, source, text, product);
	if (!json_is(value, JSON_STRING))
		return;
	/* What is in it is not judged: code 26002 must be possible. */
	if (loader_file(loader, source, value, SCRIPT_BYTES_MAX, &path, &bytes, &len)) {
		if (memchr(bytes, '\0', len))
			form_complain(&source->form, value, "`%s` is no text", form_show(value, shown));
		product->script = loader_copy(loader, bytes, len);
		product->script_path = loader_copy(loader, path, strlen(path));
	}
	free(bytes);
	free(path);
}

/* The content must be JSON (doc: remote configuration); it is sent byte for byte as it is written here. */
static void read_config_file(struct loader *loader, struct source *source, struct json value,
                             struct cloud_file_product *product)
{
	char *path, *bytes;
	struct form form;
	size_t len;

	if (loader_file(loader, source, value, CLOUD_FILE_BYTES_MAX, &path, &bytes, &len)) {
		form_open(&form, path, bytes, len, &loader->complaints);
		form_close(&form);
		product->config = loader_copy(loader, bytes, len);
	}
	free(bytes);
	free(path);
}

static void read_config(struct loader *loader, struct source *source, struct json config,
                        struct cloud_file_product *product)
{
	struct json content = json_get(config, "content"), file = json_get(config, "file");
	int64_t most = loader->file->settings.limits.config_bytes;

	if (!json_is(config, JSON_OBJECT))
		return;
	form_check(&source->form, config, keys_of_config, COUNT(keys_of_config));
	product->config_enabled = !json_is(json_get(config, "enabled"), JSON_FALSE);
	if (json_present(content) && json_present(file))
		form_complain(&source->form, file, "`file` and `content` exclude each other");
	else if (json_is(file, JSON_STRING))
		read_config_file(loader, source, file, product);
	else
		product->config = loader_literal(loader, content);
	if (most && product->config && (int64_t)strlen(product->config) > most)
		form_complain(&source->form, json_present(content) ? content : file,
		              "the configuration has %zu bytes, more than configBytes allows (%lld)",
		              strlen(product->config), (long long)most);
}

/* --- the product --- */

void product_read(struct loader *loader, struct source *source, struct json entry)
{
	struct cloud_file *file = loader->file;
	struct form *form = &source->form;
	struct cloud_file_product *product;
	struct tsl **model;
	char secret[17];

	form_check(form, entry, keys, COUNT(keys));
	product = loader_row(loader, &file->products, &file->product_count, &loader->product_size, sizeof(*product));
	model = loader_row(loader, &loader->models, &loader->model_count, &loader->model_size, sizeof(struct tsl *));
	if (!product || !model)
		return;
	product->where = loader_place(loader, form, entry);
	product->product_key = loader_name(loader, form, json_get(entry, "productKey"), &product_key_rule);
	product->product_secret = loader_name(loader, form, json_get(entry, "productSecret"), &product_secret_rule);
	if (product->product_key && !product->product_secret) {
		if (derive_product_secret(product->product_key, secret))
			loader->failed = true;
		product->product_secret = loader_copy(loader, secret, strlen(secret));
	}
	product->name = loader_string(loader, json_get(entry, "name"));
	product->node_type = (enum node_type)word_of(json_get(entry, "nodeType"), NODE_TYPES);
	product->data_format = (enum data_format)word_of(json_get(entry, "dataFormat"), DATA_FORMATS);
	product->validation = (enum validation)word_of(json_get(entry, "validation"), VALIDATIONS);
	product->dynamic_registration = json_is(json_get(entry, "dynamicRegistration"), JSON_TRUE);
	*model = model_read(loader, source, json_get(entry, "tsl"), &product->tsl);
	read_script(loader, source, entry, product);
	read_config(loader, source, json_get(entry, "remoteConfig"), product);
	read_topics(loader, form, json_get(entry, "topics"), product);
	if (!product->product_key) {   /* complained about; nothing can refer to it */
		file->product_count--;
		tsl_free(*model);
		loader->model_count--;
	}
}

/* --- finding one --- */

static int compare_products(const void *a, const void *b)
{
	const struct cloud_file_product *const *left = a, *const *right = b;

	return strcmp((*left)->product_key, (*right)->product_key);
}

static void name_product(const void *row, struct text *out)
{
	text_addf(out, "product `%s`", ((const struct cloud_file_product *)row)->product_key);
}

void products_index(struct loader *loader)
{
	loader->products = loader_sort(loader, loader->file->products, loader->file->product_count,
	                               sizeof(struct cloud_file_product), offsetof(struct cloud_file_product, where),
	                               compare_products, name_product);
}

const struct cloud_file_product *loader_find_product(const struct loader *loader, const char *product_key)
{
	struct cloud_file_product wanted = { .product_key = (char *)product_key };
	const struct cloud_file_product *key = &wanted, **found;

	if (!loader->products)
		return NULL;
	found = bsearch(&key, loader->products, loader->file->product_count, sizeof(key), compare_products);
	return found ? *found : NULL;
}

const struct cloud_file_product *loader_product(struct loader *loader, struct form *form, struct json entry)
{
	struct json value = json_get(entry, "productKey");
	char *product_key = loader_name(loader, form, value, &product_key_rule);
	const struct cloud_file_product *product = product_key ? loader_find_product(loader, product_key) : NULL;
	char hint[FORM_HINT_SIZE];

	if (product_key && !product)
		form_complain(form, value, "there is no product `%s`%s", product_key,
		              form_hint(form, value, loader->file->products, loader->file->product_count,
		                        sizeof(*loader->file->products), hint));
	return product;
}

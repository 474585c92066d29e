#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud_file_private.h"
#include "sign.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define NAME_SIZE 33   /* of a device name, with the NUL */

static const struct form_key keys[] = {
	{ "productKey",   FORM_STRING,  NULL, true },
	{ "deviceName",   FORM_STRING,  NULL, true },
	{ "deviceSecret", FORM_STRING,  NULL, false },
	{ "gateway",      FORM_STRING,  NULL, false },
	{ "enabled",      FORM_BOOLEAN, NULL, false },
	{ "x509Sha256",   FORM_STRING,  NULL, false },
	{ "tags",         FORM_OBJECT,  NULL, false },
	{ "desired",      FORM_OBJECT,  NULL, false },
	{ "properties",   FORM_OBJECT,  NULL, false },
	{ "shadow",       FORM_OBJECT,  NULL, false },
};

static const struct form_key keys_of_shadow[] = {
	{ "reported", FORM_OBJECT, NULL, false },
	{ "desired",  FORM_OBJECT, NULL, false },
	{ "version",  FORM_NUMBER, NULL, false },
};

const struct key_table device_keys = { "devices", keys, COUNT(keys) };
const struct key_table shadow_keys = { "devices.shadow", keys_of_shadow, COUNT(keys_of_shadow) };

/* sdk: C SDKs hold 64 characters of a secret. */
const struct name_rule device_secret_rule = { "deviceSecret", NULL, 1, 64 };

/* --- names --- */

static const struct {
	const char *marks, *complaint;
} charsets[] = {
	[DEVICE_NAME_API]    = { "-_@.:", "must have 4 to 32 characters of A-Z a-z 0-9 - _ @ . :" },
	[DEVICE_NAME_STRICT] = { "_",     "must have 4 to 32 characters of A-Z a-z 0-9 _ (option deviceNameCharset)" },
};

bool device_name_valid(const struct settings *settings, const char *device_name)
{
	const char *marks = charsets[settings->options.device_name_charset].marks;
	size_t len = strlen(device_name), i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)device_name[i];

		if (c > '~' || !(isalnum(c) || strchr(marks, c)))
			return false;
	}
	return len >= 4 && len <= 32;
}

/* A device name, which may stand for many: `node_{0001..0200}`. */
struct range {
	const char *prefix, *suffix;
	int         prefix_len, width;
	long        first, last;      /* one step when it is a plain name */
	bool        several;
};

static bool range_read(const char *text, struct range *range)
{
	const char *open = strchr(text, '{'), *at;
	int first_len = 0, last_len = 0, used = 0;

	*range = (struct range){ .prefix = text, .prefix_len = (int)strlen(text), .suffix = "" };
	if (!open)
		return true;
	at = open + 1;
	first_len = (int)strspn(at, "0123456789");
	if (first_len < 1 || first_len > 9 || strncmp(at + first_len, "..", 2))
		return false;
	last_len = (int)strspn(at + first_len + 2, "0123456789");
	if (last_len < 1 || last_len > 9 || at[first_len + 2 + last_len] != '}')
		return false;
	used = first_len + 2 + last_len + 1;
	*range = (struct range){
		.prefix = text, .prefix_len = (int)(open - text), .suffix = at + used, .width = first_len,
		.first = atol(at), .last = atol(at + first_len + 2), .several = true,
	};
	return range->first <= range->last && !strchr(range->suffix, '{');
}

/* False when it does not fit a name. */
static bool range_name(const struct range *range, long number, char name[NAME_SIZE])
{
	int len = range->several
		? snprintf(name, NAME_SIZE, "%.*s%0*ld%s", range->prefix_len, range->prefix, range->width, number,
		           range->suffix)
		: snprintf(name, NAME_SIZE, "%s", range->prefix);

	return len >= 0 && len < NAME_SIZE;
}

/* --- values --- */

/* The model of a product; NULL: none. */
static const struct tsl *model_of(const struct loader *loader, const struct cloud_file_product *product)
{
	return loader->models[product - loader->file->products];
}

static void check_values(struct loader *loader, struct form *form, struct json values,
                         const struct cloud_file_product *product, bool desired)
{
	const struct tsl *model = model_of(loader, product);
	struct tsl_fault fault = { 0 };

	if (!model || !json_is(values, JSON_OBJECT) || product->validation == VALIDATION_NONE)
		return;
	json_each(value, values) {
		struct json key = json_key(value);
		char name[128], shown[FORM_SHOW_SIZE], hint[FORM_HINT_SIZE];
		int row = -1;

		if (json_string(key, name, sizeof(name)) >= 0)
			row = tsl_find_property(model, name, strlen(name));
		if (row < 0)
			form_complain(form, key, "product `%s` has no property `%s`%s", product->product_key,
			              form_show(key, shown), form_hint(form, key, model->properties, model->property_count,
			                                               sizeof(model->properties[0]), hint));
		else if (desired && !model->properties[row].writable)
			form_complain(form, key, "`%s` is read-only, so it has no desired value", name);
		else if (tsl_check(&model->properties[row].spec, value, name, product->validation,
		                   &loader->file->settings, &fault) != CODE_SUCCESS)
			form_complain(form, value, "%s", text_string(&fault.why));
	}
	tsl_fault_free(&fault);
}

/* doc: device tags: keys of letters, digits and `_` that begin with no digit; reference 5.2. */
static void check_tags(struct loader *loader, struct form *form, struct json tags)
{
	int64_t most = loader->file->settings.limits.tags_per_device;
	char shown[FORM_SHOW_SIZE];

	if (!json_is(tags, JSON_OBJECT))
		return;
	json_each(value, tags) {
		struct json key = json_key(value);
		char name[65];
		size_t i = 0;

		if (json_string(key, name, sizeof(name)) > 0 && !isdigit((unsigned char)name[0]))
			for (i = 0; isalnum((unsigned char)name[i]) || name[i] == '_'; i++)
				;
		if (!i || name[i])
			form_complain(form, key, "tag `%s` must have 1 to 64 characters of A-Z a-z 0-9 _, no digit first",
			              form_show(key, shown));
		if (!json_is(value, JSON_STRING) || json_string_bytes(value) > 128)
			form_complain(form, value, "the value of tag `%s` must be a string of at most 128 bytes",
			              form_show(key, shown));
	}
	if (most && json_count(tags) > (uint64_t)most)
		form_complain(form, tags, "the device has %u tags, more than tagsPerDevice allows (%lld)",
		              json_count(tags), (long long)most);
}

static void check_shadow(struct loader *loader, struct form *form, struct json shadow)
{
	int64_t most = loader->file->settings.limits.shadow_bytes, version;
	struct json number = json_get(shadow, "version");
	size_t len;

	if (!json_is(shadow, JSON_OBJECT))
		return;
	form_check(form, shadow, keys_of_shadow, COUNT(keys_of_shadow));
	if (json_is(number, JSON_NUMBER) && (!json_int64(number, &version) || version < 0))
		form_complain(form, number, "`version` must be a whole number from 0");
	json_span(shadow, &len);
	if (most && len > (uint64_t)most)
		form_complain(form, shadow, "the shadow has %zu bytes, more than shadowBytes allows (%lld)",
		              len, (long long)most);
}

/* 64 hex digits of any case, also in pairs with colons as OpenSSL prints them. */
static char *read_fingerprint(struct loader *loader, struct form *form, struct json value)
{
	char given[96], hex[65];
	size_t digits = 0, i;

	if (!json_is(value, JSON_STRING))
		return NULL;
	json_string(value, given, sizeof(given));
	for (i = 0; given[i] && digits < 64; i++) {
		if (isxdigit((unsigned char)given[i]))
			hex[digits++] = (char)tolower((unsigned char)given[i]);
		else if (given[i] != ':' || digits % 2 || !digits)
			break;
	}
	if (digits == 64 && !given[i])
		return loader_copy(loader, hex, 64);
	form_complain(form, value, "`x509Sha256` must be the 64 hex digits of a certificate's SHA-256");
	return NULL;
}

/* --- the device --- */

/* The gateway's two names; whether there is such a gateway shows when all devices are there. */
static bool split_gateway(struct loader *loader, struct json value, struct cloud_file_device *device)
{
	char *gateway = loader_string(loader, value), *slash = gateway ? strchr(gateway, '/') : NULL;

	if (!slash || slash == gateway || !slash[1])
		return false;
	*slash = '\0';
	device->gateway_product_key = gateway;
	device->gateway_name = slash + 1;
	return true;
}

static void add_devices(struct loader *loader, const struct cloud_file_device *pattern, const struct range *range,
                        const struct cloud_file_product *product)
{
	struct cloud_file *file = loader->file;
	char name[NAME_SIZE], secret[33];
	long number;

	for (number = range->first; number <= range->last && !loader->failed; number++) {
		struct cloud_file_device *device = loader_row(loader, &file->devices, &file->device_count,
		                                              &loader->device_size, sizeof(*device));

		if (!device)
			return;
		*device = *pattern;
		range_name(range, number, name);
		device->device_name = loader_copy(loader, name, strlen(name));
		if (device->device_secret)
			continue;
		if (derive_device_secret(product->product_secret, name, secret))
			loader->failed = true;
		device->device_secret = loader_copy(loader, secret, strlen(secret));
	}
}

/* False after a complaint. */
static bool check_range(struct loader *loader, struct form *form, struct json value, const struct range *range)
{
	const struct settings *settings = &loader->file->settings;
	char name[NAME_SIZE];

	/* The first name is the shortest and the last the longest, and all have the same kinds of characters. */
	if (!range_name(range, range->first, name) || !device_name_valid(settings, name) ||
	    !range_name(range, range->last, name) || !device_name_valid(settings, name))
		form_complain(form, value, "`deviceName` %s", charsets[settings->options.device_name_charset].complaint);
	else if (range->last - range->first >= RANGE_DEVICES_MAX)
		form_complain(form, value, "a range stands for at most %d devices", RANGE_DEVICES_MAX);
	else if (loader->file->device_count + (size_t)(range->last - range->first) >= DEVICES_MAX)
		form_complain(form, value, "there are more than %d devices", DEVICES_MAX);
	else
		return true;
	return false;
}

void device_read(struct loader *loader, struct source *source, struct json entry)
{
	struct form *form = &source->form;
	struct json name = json_get(entry, "deviceName"), fingerprint = json_get(entry, "x509Sha256");
	struct json gateway = json_get(entry, "gateway");
	struct cloud_file_device device = { 0 };
	const struct cloud_file_product *product;
	char *text = loader_string(loader, name);
	struct range range;

	form_check(form, entry, keys, COUNT(keys));
	product = loader_product(loader, form, entry);
	device.where = loader_place(loader, form, entry);
	device.device_secret = loader_name(loader, form, json_get(entry, "deviceSecret"), &device_secret_rule);
	device.enabled = !json_is(json_get(entry, "enabled"), JSON_FALSE);
	device.x509_sha256 = read_fingerprint(loader, form, fingerprint);
	device.tags = loader_literal(loader, json_get(entry, "tags"));
	device.desired = loader_literal(loader, json_get(entry, "desired"));
	device.properties = loader_literal(loader, json_get(entry, "properties"));
	device.shadow = loader_literal(loader, json_get(entry, "shadow"));
	check_tags(loader, form, json_get(entry, "tags"));
	check_shadow(loader, form, json_get(entry, "shadow"));
	if (!split_gateway(loader, gateway, &device) && json_is(gateway, JSON_STRING))
		form_complain(form, gateway, "`gateway` must be written productKey/deviceName");
	if (product) {
		check_values(loader, form, json_get(entry, "desired"), product, true);
		check_values(loader, form, json_get(entry, "properties"), product, false);
		device.product_key = product->product_key;
	}
	if (!text)
		return;
	if (!range_read(text, &range)) {
		form_complain(form, name, "a range in `deviceName` must be written like {0001..0200}, and there is one at most");
		return;
	}
	if (range.several && json_present(fingerprint))
		form_complain(form, fingerprint, "`x509Sha256` is one device's certificate, not that of a range");
	if (check_range(loader, form, name, &range) && product && product->product_secret && device.where)
		add_devices(loader, &device, &range, product);
}

/* --- finding one --- */

static int compare_devices(const void *a, const void *b)
{
	const struct cloud_file_device *const *left = a, *const *right = b;
	int order = strcmp((*left)->product_key, (*right)->product_key);

	return order ? order : strcmp((*left)->device_name, (*right)->device_name);
}

static void name_device(const void *row, struct text *out)
{
	const struct cloud_file_device *device = row;

	text_addf(out, "device `%s/%s`", device->product_key, device->device_name);
}

void devices_index(struct loader *loader)
{
	loader->devices = loader_sort(loader, loader->file->devices, loader->file->device_count,
	                              sizeof(struct cloud_file_device), offsetof(struct cloud_file_device, where),
	                              compare_devices, name_device);
}

static const struct cloud_file_device *find_device(const struct loader *loader, char *product_key, char *device_name)
{
	struct cloud_file_device wanted = { .product_key = product_key, .device_name = device_name };
	const struct cloud_file_device *key = &wanted, **found;

	if (!loader->devices)
		return NULL;
	found = bsearch(&key, loader->devices, loader->file->device_count, sizeof(key), compare_devices);
	return found ? *found : NULL;
}

void device_read_gateway(struct loader *loader, struct source *source, struct json entry)
{
	struct form *form = &source->form;
	struct json value = json_get(entry, "gateway");
	struct cloud_file_device device = { 0 };
	const struct cloud_file_product *product, *of_gateway;
	char *product_key;

	if (!split_gateway(loader, value, &device))
		return;
	of_gateway = loader_find_product(loader, device.gateway_product_key);
	if (!of_gateway)
		form_complain(form, value, "there is no product `%s`", device.gateway_product_key);
	else if (of_gateway->node_type != NODE_GATEWAY)
		form_complain(form, value, "`%s` is no gateway: its product's nodeType is not gateway",
		              device.gateway_product_key);
	else if (!find_device(loader, device.gateway_product_key, device.gateway_name) &&
	         !(loader->around && loader->around->has_device(loader->around->ctx, device.gateway_product_key, device.gateway_name)))
		form_complain(form, value, "there is no device `%s/%s`", device.gateway_product_key, device.gateway_name);
	product_key = loader_string(loader, json_get(entry, "productKey"));
	product = product_key ? loader_find_product(loader, product_key) : NULL;
	if (product && product->node_type != NODE_SUB_DEVICE)
		form_complain(form, value, "only a device whose product's nodeType is sub-device has a gateway");
}

/* --- secrets --- */

static int derive(const char *key, const char *content, char *out, size_t digits)
{
	char hex[SIGN_HEX_MAX];

	out[0] = '\0';
	if (sign_hex(SIGN_SHA256, key, content, strlen(content), hex))
		return -1;
	memcpy(out, hex, digits);
	out[digits] = '\0';
	return 0;
}

int derive_product_secret(const char *product_key, char out[17])
{
	return derive("alink-emulator", product_key, out, 16);
}

int derive_device_secret(const char *product_secret, const char *device_name, char out[33])
{
	return derive(product_secret, device_name, out, 32);
}

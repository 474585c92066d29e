#include "psk.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "code.h"

/* `devicename|hmacsha256|{pk}&{dn}|{timestamp}` */
struct psk_identity {
	char  buffer[512];
	char *part[4];
	char *device_name;      /* behind the & of part[2], which keeps its & */
};

static bool identity_parse(struct psk_identity *identity, const char *text)
{
	char *at = identity->buffer, *name_mark;
	size_t i;

	if (strlen(text) >= sizeof(identity->buffer))
		return false;
	strcpy(identity->buffer, text);
	for (i = 0; i < 4; i++) {
		identity->part[i] = at;
		at += strcspn(at, "|");
		if (i < 3 && !*at)
			return false;
		if (i < 3)
			*at++ = '\0';
	}
	name_mark = strchr(identity->part[2], '&');
	if (*at || strcmp(identity->part[0], "devicename") || !name_mark)
		return false;
	identity->device_name = name_mark + 1;
	return true;
}

static struct device *identity_device(struct cloud *cloud, const struct psk_identity *identity)
{
	size_t key_len = (size_t)(identity->device_name - identity->part[2]) - 1;

	return device_find(cloud, product_find(cloud, identity->part[2], key_len), identity->device_name,
	                   strlen(identity->device_name));
}

int psk_text(enum sign_method method, const struct device *device, const char *timestamp, char key[SIGN_HEX_MAX])
{
	struct sign_field fields[] = { { "id", NULL }, { "timestamp", timestamp } };
	struct text id = { 0 }, content = { 0 };
	int failed;
	char *c;

	text_addf(&id, "%s&%s", device->product->key, device->name);
	fields[0].value = text_string(&id);
	sign_content(fields, 2, &content);
	failed = id.failed || content.failed || sign_hex(method, device->secret, text_string(&content), content.len, key);
	for (c = key; !failed && *c; c++)
		*c = (char)toupper((unsigned char)*c);
	text_free(&id);
	text_free(&content);
	return failed ? -1 : 0;
}

/* The key as the broker wants it, hex of its bytes; false with a reason. */
static bool derive_key(const struct psk_identity *identity, const struct device *device, char *key, size_t size, struct text *why)
{
	enum sign_method method;
	char secret[SIGN_HEX_MAX];
	struct text hex = { 0 };
	bool derived;

	if (!sign_method_parse(identity->part[1], &method)) {
		text_addf(why, "`%s` is none of hmacmd5, hmacsha1, hmacsha256", identity->part[1]);
		return false;
	}
	if (psk_text(method, device, identity->part[3], secret)) {
		text_add(why, "the emulator could not derive the key");
		return false;
	}
	text_add_hex(&hex, (const unsigned char *)secret, strlen(secret));
	derived = !hex.failed && (size_t)snprintf(key, size, "%s", text_string(&hex)) < size;
	text_free(&hex);
	return derived;
}

bool cloud_psk(struct cloud *cloud, const char *text, char *key, size_t size)
{
	struct psk_identity identity = { .device_name = NULL };
	struct device *device = NULL;
	enum code code = CODE_INVALID_SIGN;
	struct record record;

	text_clear(&cloud->why);
	if (!identity_parse(&identity, text)) {
		text_add(&cloud->why, "the PSK identity should look like `devicename|hmacsha256|productKey&deviceName|2524608000000`");
		code = CODE_BAD_PARAMS;
	} else {
		device = identity_device(cloud, &identity);
		if (!device) {
			text_addf(&cloud->why, "there is no device %s", identity.part[2]);
			code = CODE_DEVICE_NOT_FOUND;
		} else if (derive_key(&identity, device, key, size, &cloud->why)) {
			return true;
		}
	}
	record = record_new(cloud, SERVICE_DEVICE, device, 0, "psk", code);
	record.content = text;
	record.content_len = strlen(text);
	record.why = text_string(&cloud->why);
	journal_add(cloud->journal, &record);
	return false;
}

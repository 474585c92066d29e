/* TLS-PSK: the key is derived from the device's secret. Connect reference, 1.7. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "code.h"
#include "identity.h"
#include "sign.h"
#include "state.h"

/* `devicename|hmacsha256|{pk}&{dn}|{timestamp}` */
struct psk_identity {
	char  buffer[512];
	char *part[4];
	char *device_name;      /* behind the & of part[2], which keeps its & */
};

static bool identity_parse(struct psk_identity *identity, const char *text)
{
	char *at = identity->buffer;
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
	identity->device_name = strchr(identity->part[2], '&');
	return !*at && !strcmp(identity->part[0], "devicename") && identity->device_name++;
}

static struct device *identity_device(struct cloud *cloud, const struct psk_identity *identity)
{
	size_t key_len = (size_t)(identity->device_name - identity->part[2]) - 1;

	return device_find(cloud, product_find(cloud, identity->part[2], key_len), identity->device_name,
	                   strlen(identity->device_name));
}

/* The key itself; false with a reason. */
static bool derive_key(const struct psk_identity *identity, const struct device *device, char *key, size_t size, struct text *why)
{
	const struct sign_field fields[] = { { "id", identity->part[2] }, { "timestamp", identity->part[3] } };
	struct text content = { 0 }, hex = { 0 };
	enum sign_method method;
	char digest[SIGN_HEX_MAX], *c;
	bool derived = false;

	if (!sign_method_parse(identity->part[1], &method)) {
		text_addf(why, "`%s` is none of hmacmd5, hmacsha1, hmacsha256", identity->part[1]);
		return false;
	}
	sign_content(fields, 2, &content);
	if (!content.failed && !sign_hex(method, device->secret, text_string(&content), content.len, digest)) {
		/* sdk: Link SDK 4.x: the key is not the digest but its hex text, in upper case. */
		for (c = digest; *c; c++)
			*c = (char)toupper((unsigned char)*c);
		text_add_hex(&hex, (const unsigned char *)digest, strlen(digest));
		derived = !hex.failed && (size_t)snprintf(key, size, "%s", text_string(&hex)) < size;
	}
	text_free(&content);
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

#include "sign.h"

#include <string.h>
#include <strings.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

static const struct {
	const char *name;
	enum sign_method method;
} names[] = {
	{ "hmacmd5",    SIGN_MD5    },
	{ "hmacsha1",   SIGN_SHA1   },
	{ "hmacsha256", SIGN_SHA256 },
	{ "sha256",     SIGN_SHA256 },   /* guess: reference 1.2 and 4.1 */
};

bool sign_method_parse(const char *name, enum sign_method *method)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(name, names[i].name))
			continue;
		*method = names[i].method;
		return true;
	}
	return false;
}

const char *sign_method_name(enum sign_method method)
{
	return names[method].name;
}

void sign_content(const struct sign_field *fields, size_t count, struct text *content)
{
	const char *last = "", *next;
	size_t i, found;

	/* A handful of fields: looking for the next one is simpler than sorting, and leaves the caller's order alone. */
	do {
		next = NULL;
		found = count;
		for (i = 0; i < count; i++)
			if (fields[i].value && strcmp(fields[i].name, last) > 0 && (!next || strcmp(fields[i].name, next) < 0)) {
				next = fields[i].name;
				found = i;
			}
		if (next) {
			text_add(content, next);
			text_add(content, fields[found].value);
			last = next;
		}
	} while (next);
}

int sign_bytes(enum sign_method method, const void *key, size_t key_len, const void *content, size_t content_len,
               unsigned char out[SIGN_BYTES_MAX])
{
	const EVP_MD *const digests[] = { EVP_md5(), EVP_sha1(), EVP_sha256() };
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!HMAC(digests[method], key, (int)key_len, content, content_len, mac, &len) || len > SIGN_BYTES_MAX)
		return -1;
	memcpy(out, mac, len);
	return (int)len;
}

int sign_hex(enum sign_method method, const char *secret, const char *content, size_t content_len,
             char out[SIGN_HEX_MAX])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char mac[SIGN_BYTES_MAX];
	int len = sign_bytes(method, secret, strlen(secret), content, content_len, mac), i;

	out[0] = '\0';
	if (len < 0)
		return -1;
	for (i = 0; i < len; i++) {
		out[2 * i] = digits[mac[i] >> 4];
		out[2 * i + 1] = digits[mac[i] & 15];
	}
	out[2 * len] = '\0';
	return 0;
}

bool sign_equal(const char *expected, const char *got)
{
	return strcasecmp(expected, got) == 0;
}

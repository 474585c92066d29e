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

int sign_hex(enum sign_method method, const char *secret, const char *content, size_t content_len,
             char out[SIGN_HEX_MAX])
{
	static const char digits[] = "0123456789abcdef";
	const EVP_MD *const digests[] = { EVP_md5(), EVP_sha1(), EVP_sha256() };
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned mac_len = 0, i;

	out[0] = '\0';
	if (!HMAC(digests[method], secret, (int)strlen(secret), (const unsigned char *)content, content_len,
	          mac, &mac_len) || mac_len > (SIGN_HEX_MAX - 1) / 2)
		return -1;
	for (i = 0; i < mac_len; i++) {
		out[2 * i] = digits[mac[i] >> 4];
		out[2 * i + 1] = digits[mac[i] & 15];
	}
	out[2 * mac_len] = '\0';
	return 0;
}

bool sign_equal(const char *expected, const char *got)
{
	return strcasecmp(expected, got) == 0;
}

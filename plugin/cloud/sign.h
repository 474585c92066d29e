/* The signatures of the platform: hex(HMAC(secret, content)). doc: "Establish MQTT connections over TCP". */
#ifndef ALINK_SIGN_H
#define ALINK_SIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

#define SIGN_BYTES_MAX 32 /* SHA-256 */
#define SIGN_HEX_MAX 65   /* the same in hex, and a NUL */

enum sign_method { SIGN_MD5, SIGN_SHA1, SIGN_SHA256, SIGN_METHOD_COUNT };

/*
 * "hmacmd5", "hmacsha1", "hmacsha256" in any case, and "sha256", which some documents list without
 * saying what it is (guess: HMAC-SHA256). False for anything else.
 */
bool        sign_method_parse(const char *name, enum sign_method *method);
const char *sign_method_name(enum sign_method method);   /* "hmacsha256" */

/* One field of what is signed. */
struct sign_field {
	const char *name;
	const char *value;   /* NULL: left out */
};

/* doc: each name followed by its value, sorted by name, without separators. */
#define SIGN_FIELDS_MAX 16
void sign_content(const struct sign_field *fields, size_t count, struct text *content);

/* The HMAC itself; its length, or -1 when the library failed. */
int sign_bytes(enum sign_method method, const void *key, size_t key_len, const void *content, size_t content_len,
               unsigned char out[SIGN_BYTES_MAX]);

/* Lower-case hex of the HMAC; 0, or -1 when the library failed. */
int sign_hex(enum sign_method method, const char *secret, const char *content, size_t content_len,
             char out[SIGN_HEX_MAX]);

/* Hex of any case. sdk: C SDKs send upper case, Node and Python lower case. */
bool sign_equal(const char *expected, const char *got);

#endif

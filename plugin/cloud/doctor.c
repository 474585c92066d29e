/*
 * Every known mistake is one way to sign differently: another content, another secret, another algorithm, another
 * spelling of the result. All combinations are tried; the one with the fewest mistakes is the diagnosis.
 */
#include "doctor.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#define CONTENTS_MAX 48
#define SECRETS_MAX  8
#define OTHER_DEVICES_MAX 500   /* whose secrets are tried */
#define PERMUTED_MAX 4          /* fields whose orders are tried: 24 orders */

/* One way to do a step of it; `how` is empty for the right way. */
struct attempt {
	struct text bytes;          /* the content, or the secret */
	struct text how;            /* completes "it would match …" */
	const char *cure;
};

struct examination {
	const struct signature *signature;
	struct attempt contents[CONTENTS_MAX], secrets[SECRETS_MAX];
	size_t content_count, secret_count;
	int          mistakes;      /* of the best explanation so far; 0: none yet */
	struct text *diagnosis;
};

static const char *signature_secret(const struct signature *signature)
{
	if (signature->by_product)
		return signature->product->secret;
	return signature->device ? signature->device->secret : "";
}

static const char *secret_name(bool by_product)
{
	return by_product ? "the product's secret" : "the device's secret";
}

static void signature_content(const struct signature *signature, struct text *content)
{
	sign_content(signature->fields, SIGN_FIELDS_MAX, content);
}

bool signature_matches(const struct signature *signature)
{
	struct text content = { 0 };
	char expected[SIGN_HEX_MAX];
	bool matches;

	signature_content(signature, &content);
	matches = signature->got && !content.failed &&
		!sign_hex(signature->method, signature_secret(signature), text_string(&content), content.len, expected) &&
		sign_equal(expected, signature->got);
	text_free(&content);
	return matches;
}

/* --- other contents --- */

/* A further content to try, with what it is and how to cure it; NULL: enough of them. */
static struct text *another(struct examination *ex, const char *how, const char *cure)
{
	struct attempt *attempt = &ex->contents[ex->content_count];

	if (ex->content_count == CONTENTS_MAX)
		return NULL;
	ex->content_count++;
	text_add(&attempt->how, how);
	attempt->cure = cure;
	return &attempt->bytes;
}

static const char *field_value(const struct signature *signature, const char *name)
{
	size_t i;

	for (i = 0; i < SIGN_FIELDS_MAX; i++)
		if (signature->fields[i].name && !strcmp(signature->fields[i].name, name))
			return signature->fields[i].value;
	return NULL;
}

/* The content with `name` set to `value` (NULL: left out). */
static void try_field(struct examination *ex, const char *name, const char *value, const char *how, const char *cure)
{
	struct sign_field fields[SIGN_FIELDS_MAX];
	struct text *content = another(ex, how, cure);
	size_t i;

	memcpy(fields, ex->signature->fields, sizeof(fields));
	for (i = 0; i < SIGN_FIELDS_MAX - 1 && fields[i].name && strcmp(fields[i].name, name); i++)
		;
	fields[i] = (struct sign_field){ name, value };
	if (content)
		sign_content(fields, SIGN_FIELDS_MAX, content);
}

static void try_fields(struct examination *ex)
{
	const struct signature *signature = ex->signature;
	const char *client_id = field_value(signature, "clientId"), *bar = client_id ? strchr(client_id, '|') : NULL;
	char cut[512];

	if (field_value(signature, "timestamp"))
		try_field(ex, "timestamp", NULL, "without `timestamp`", "a timestamp that is sent must be signed too");
	else if (client_id)
		/* sdk: the constant of all C SDKs */
		try_field(ex, "timestamp", "2524608000000", "with `timestamp2524608000000`",
		          "a timestamp that is signed must be sent too");
	if (signature->client_id)
		try_field(ex, "clientId", signature->client_id, "with the whole clientId",
		          "sign only what stands before its first |");
	if (bar && (size_t)(bar - client_id) < sizeof(cut)) {
		snprintf(cut, sizeof(cut), "%.*s", (int)(bar - client_id), client_id);
		try_field(ex, "clientId", cut, "with the clientId cut off at its first |", "sign the clientId as it is sent");
	}
	if (client_id)
		try_field(ex, "clientId", NULL, "without `clientId`", "sign the clientId too");
	if (signature->clean_session)
		try_field(ex, "cleanSession", signature->clean_session, "with `cleanSession`",
		          "leave it out (documents of 2018 had it; option legacyLoginSign accepts that)");
}

/* Other ways to write the same fields. */
static void try_spelling(struct examination *ex, const struct sign_field *fields, size_t count)
{
	static const struct { const char *equals, *between, *how; } separators[] = {
		{ "=", "&", "with name=value&name=value" },
		{ "=", ",", "with name=value,name=value" },
		{ "=", "",  "with `=` between names and values" },
		{ "",  "&", "with `&` between the fields" },
		{ "",  ",", "with `,` between the fields" },
		{ ":", ",", "with name:value,name:value" },
	};
	struct text *content;
	size_t i, k;

	for (i = 0; i < sizeof(separators) / sizeof(separators[0]); i++) {
		content = another(ex, separators[i].how, "names and values follow each other without separators");
		for (k = 0; content && k < count; k++)
			text_addf(content, "%s%s%s%s", k ? separators[i].between : "", fields[k].name, separators[i].equals,
			          fields[k].value);
	}
	content = another(ex, "with the values alone", "each value follows its name");
	for (k = 0; content && k < count; k++)
		text_add(content, fields[k].value);
	content = another(ex, "with the names in lower case", "names are spelt as in clientIdXdeviceNameYproductKeyZ");
	for (k = 0; content && k < count; k++) {
		const char *c;

		for (c = fields[k].name; *c; c++)
			text_add_char(content, (char)tolower((unsigned char)*c));
		text_add(content, fields[k].value);
	}
	content = another(ex, "with a line break at the content's end", "sign without it (printf instead of echo)");
	if (content) {
		signature_content(ex->signature, content);
		text_add_char(content, '\n');
	}
}

/* Every other order of the first PERMUTED_MAX fields, by Heap's algorithm. */
static void try_orders(struct examination *ex, struct sign_field *fields, size_t count, size_t width)
{
	struct text *content;
	size_t i, k;

	if (width > 1) {
		for (i = 0; i < width; i++) {
			struct sign_field *swapped = width % 2 ? &fields[0] : &fields[i], last;

			try_orders(ex, fields, count, width - 1);
			last = fields[width - 1];
			fields[width - 1] = *swapped;
			*swapped = last;
		}
		return;
	}
	content = another(ex, "with the fields in the order ", "sort them by name");
	for (k = 0; content && k < count; k++) {
		text_addf(content, "%s%s", fields[k].name, fields[k].value);
		text_addf(&ex->contents[ex->content_count - 1].how, "%s%s", k ? ", " : "", fields[k].name);
	}
	/* The sorted order is not a mistake. It may be the last one, so nobody else would free it. */
	if (content && !strcmp(text_string(content), text_string(&ex->contents[0].bytes))) {
		text_free(content);
		text_free(&ex->contents[--ex->content_count].how);
	}
}

static void collect_contents(struct examination *ex)
{
	struct sign_field fields[SIGN_FIELDS_MAX];
	size_t count = 0, i;

	for (i = 0; i < SIGN_FIELDS_MAX; i++)
		if (ex->signature->fields[i].name && ex->signature->fields[i].value)
			fields[count++] = ex->signature->fields[i];
	signature_content(ex->signature, another(ex, "", NULL));
	try_fields(ex);
	try_spelling(ex, fields, count);
	try_orders(ex, fields, count, count < PERMUTED_MAX ? count : PERMUTED_MAX);
}

/* --- other secrets --- */

static void try_secret(struct examination *ex, const void *bytes, size_t len, const char *how, const char *cure)
{
	struct attempt *attempt = &ex->secrets[ex->secret_count++];

	text_add_bytes(&attempt->bytes, bytes, len);
	text_add(&attempt->how, how);
	attempt->cure = cure;
}

static void collect_secrets(struct examination *ex)
{
	const struct signature *signature = ex->signature;
	const char *secret = signature_secret(signature);
	size_t len = strlen(secret), i;
	unsigned char bytes[64];
	char changed[66];

	try_secret(ex, secret, len, "", NULL);
	if (signature->by_product && signature->device)
		try_secret(ex, signature->device->secret, strlen(signature->device->secret), "with the device's secret",
		           "the key here is the product's secret");
	if (!signature->by_product)
		try_secret(ex, signature->product->secret, strlen(signature->product->secret), "with the product's secret",
		           "the key here is the device's secret");
	try_secret(ex, "", 0, "with an empty secret", "the key is the secret; is it configured?");
	if (!len || len > 64)
		return;
	snprintf(changed, sizeof(changed), "%s\n", secret);
	try_secret(ex, changed, len + 1, "with a line break behind the secret", "the key is the secret without it");
	for (i = 0; i < len; i++)
		changed[i] = (char)(islower((unsigned char)secret[i]) ? toupper((unsigned char)secret[i]) :
		                    tolower((unsigned char)secret[i]));
	try_secret(ex, changed, len, "with the secret in the other case", "the secret's case matters");
	for (i = 0; 2 * i + 1 < len && isxdigit((unsigned char)secret[2 * i]) && isxdigit((unsigned char)secret[2 * i + 1]); i++)
		sscanf(secret + 2 * i, "%2hhx", &bytes[i]);
	if (2 * i == len)
		try_secret(ex, bytes, i, "with the bytes that the secret is the hex of", "the key is the secret's text as it stands");
}

/* --- other results --- */

/* Whether the signature that came is these bytes, in some spelling; `how` is then empty when it is the right one. */
static bool result_is(const char *got, const unsigned char *bytes, size_t len, const char **how, const char **cure)
{
	char hex[2 * SIGN_BYTES_MAX + 1];
	unsigned char base64[4 * ((SIGN_BYTES_MAX + 2) / 3) + 1];
	struct text text = { 0 };
	size_t got_len = strlen(got);
	bool found = false;

	text_add_hex(&text, bytes, len);
	snprintf(hex, sizeof(hex), "%s", text_string(&text));
	text_clear(&text);
	*how = "";
	if (got_len == 2 * len) {
		found = !strcasecmp(got, hex);
	} else if (got_len == 4 * len) {
		*how = "as the hex of its hex";
		*cure = "hex-encode it once";
		text_add_hex(&text, (const unsigned char *)hex, 2 * len);
		found = !strcasecmp(got, text_string(&text));
	} else if (got_len == 4 * ((len + 2) / 3)) {
		*how = "in base64";
		*cure = "write it in hex";
		EVP_EncodeBlock(base64, bytes, (int)len);
		found = !strcmp(got, (const char *)base64);
	}
	text_free(&text);
	return found;
}

static int digest_bytes(enum sign_method method, const struct text *content, unsigned char out[SIGN_BYTES_MAX])
{
	const EVP_MD *const digests[] = { EVP_md5(), EVP_sha1(), EVP_sha256() };
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!EVP_Digest(text_string(content), content->len, md, &len, digests[method], NULL) || len > SIGN_BYTES_MAX)
		return -1;
	memcpy(out, md, len);
	return (int)len;
}

/* --- the diagnosis --- */

/* Whether an HMAC of this method could be what came, by its length: spares most of the work. */
static bool length_fits(const char *got, enum sign_method method)
{
	static const size_t sizes[] = { [SIGN_MD5] = 16, [SIGN_SHA1] = 20, [SIGN_SHA256] = 32 };
	size_t len = strlen(got);

	return len == 2 * sizes[method] || len == 4 * sizes[method] || len == 4 * ((sizes[method] + 2) / 3);
}

static void diagnose(struct examination *ex, const struct attempt *content, const struct attempt *secret,
                     enum sign_method method, const char *how, const char *cure)
{
	char other[96] = "";
	const char *hows[4] = { text_string(&content->how), secret ? text_string(&secret->how) : "", other, how };
	const char *cures[4] = { content->cure, secret ? secret->cure : NULL, NULL, cure };
	int mistakes = 0, i, said;

	if (method != ex->signature->method) {
		snprintf(other, sizeof(other), "as %s", sign_method_name(method));
		cures[2] = "the algorithm and the signmethod that is sent must agree";
	}
	for (i = 0; i < 4; i++)
		mistakes += *hows[i] != '\0';
	if (!mistakes || (ex->mistakes && mistakes >= ex->mistakes))
		return;
	ex->mistakes = mistakes;
	text_clear(ex->diagnosis);
	text_add(ex->diagnosis, "it would match ");
	for (i = said = 0; i < 4; i++)
		if (*hows[i])
			text_addf(ex->diagnosis, "%s%s", said++ ? " and " : "", hows[i]);
	for (i = said = 0; i < 4; i++)
		if (*hows[i])
			text_addf(ex->diagnosis, "%s%s", said++ ? "; " : ": ", cures[i]);
}

static void try_method(struct examination *ex, enum sign_method method)
{
	const char *got = ex->signature->got, *how, *cure = NULL;
	unsigned char bytes[SIGN_BYTES_MAX];
	size_t i, k;
	int len;

	for (i = 0; i < ex->content_count; i++) {
		const struct attempt *content = &ex->contents[i];

		for (k = 0; k < ex->secret_count; k++) {
			const struct attempt *secret = &ex->secrets[k];

			len = sign_bytes(method, text_string(&secret->bytes), secret->bytes.len, text_string(&content->bytes),
			                 content->bytes.len, bytes);
			if (len > 0 && result_is(got, bytes, (size_t)len, &how, &cure))
				diagnose(ex, content, secret, method, how, cure);
		}
		len = digest_bytes(method, &content->bytes, bytes);
		if (len > 0 && result_is(got, bytes, (size_t)len, &how, &cure) && !*how)
			diagnose(ex, content, NULL, method, "as a plain digest, without a key", "use HMAC, keyed with the secret");
	}
}

static int try_other_device(void *ctx, const struct stored_device *row)
{
	struct examination *ex = ctx;
	const struct text *content = &ex->contents[0].bytes;
	unsigned char bytes[SIGN_BYTES_MAX];
	const char *how, *cure;
	int len = sign_bytes(ex->signature->method, row->device_secret, strlen(row->device_secret), text_string(content),
	                     content->len, bytes);

	if (len < 0 || !result_is(ex->signature->got, bytes, (size_t)len, &how, &cure) || *how)
		return 0;
	ex->mistakes = 1;
	text_addf(ex->diagnosis, "it would match with the secret of device `%s`: are the two mixed up?", row->device_name);
	return 1;
}

static void examine(struct cloud *cloud, struct examination *ex)
{
	const struct signature *signature = ex->signature;
	int method;
	size_t i;

	collect_contents(ex);
	collect_secrets(ex);
	for (i = 0; i < ex->secret_count; i++)
		if (*signature->got && !strcmp(signature->got, text_string(&ex->secrets[i].bytes))) {
			ex->mistakes = 1;
			text_addf(ex->diagnosis, "it is the secret itself: send the HMAC of the content, keyed with %s",
			          secret_name(signature->by_product));
		}
	for (method = 0; method < SIGN_METHOD_COUNT; method++)
		if (length_fits(signature->got, (enum sign_method)method))
			try_method(ex, (enum sign_method)method);
	/* The neighbours first, then whoever else is there. */
	if (!ex->mistakes && length_fits(signature->got, signature->method) &&
	    !store_list_devices(cloud->store, signature->product->id, 0, OTHER_DEVICES_MAX, try_other_device, ex))
		store_list_devices(cloud->store, 0, 0, OTHER_DEVICES_MAX, try_other_device, ex);
	if (!ex->mistakes)
		text_addf(ex->diagnosis, "no known mistake explains it; is %s right?", secret_name(signature->by_product));
}

static void attempts_free(struct attempt *attempts, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		text_free(&attempts[i].bytes);
		text_free(&attempts[i].how);
	}
}

void signature_explain(struct cloud *cloud, const struct signature *signature, struct text *why)
{
	struct text content = { 0 }, diagnosis = { 0 };
	struct examination ex = { .signature = signature, .diagnosis = &diagnosis };
	char expected[SIGN_HEX_MAX] = "";

	signature_content(signature, &content);
	text_addf(why, "the signature differs: content `%s`, keyed with %s, %s", text_string(&content),
	          secret_name(signature->by_product), sign_method_name(signature->method));
	if (cloud->settings.options.explain_secrets &&
	    !sign_hex(signature->method, signature_secret(signature), text_string(&content), content.len, expected))
		text_addf(why, ", expected %s", expected);
	if (!signature->got || !*signature->got) {
		text_add(why, ", but none was sent");
	} else {
		examine(cloud, &ex);
		text_addf(why, ", got %.140s; %s", signature->got, text_string(&diagnosis));
	}
	attempts_free(ex.contents, ex.content_count);
	attempts_free(ex.secrets, ex.secret_count);
	text_free(&content);
	text_free(&diagnosis);
}

#include "certs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "file_write.h"
#include "paths.h"

struct certs {
	EVP_PKEY *ca_key, *server_key;
	X509     *ca;
	char     *ca_path, *key_path;
	struct text ca_pem, ca_header;
};

static const char *const cloud_names[] = {
#define X(name) name,
#include "../certs/names.def"
#undef X
	"localhost", "127.0.0.1", "::1",
};

/* --- files --- */

/* `folder`/`name`, to be freed. */
static char *file_in(const char *folder, const char *name)
{
	struct text path = { 0 };

	text_addf(&path, "%s/%s", folder, name);
	return text_take(&path);
}

static void say_errno(struct text *error, const char *path)
{
	text_addf(error, "%s: %s", path, strerror(errno));
}

static void say_openssl(struct text *error, const char *what)
{
	char reason[160];

	ERR_error_string_n(ERR_get_error(), reason, sizeof(reason));
	text_addf(error, "%s: %s", what, reason);
	ERR_clear_error();
}

/* --- certificates --- */

static bool serial_set(X509 *cert)
{
	unsigned char bytes[16];
	ASN1_INTEGER *serial = NULL;
	BIGNUM *number = NULL;
	bool fine;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	bytes[0] = (unsigned char)((bytes[0] & 0x3f) | 0x40);   /* positive, and always of one length */
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	serial = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
	fine = serial && X509_set_serialNumber(cert, serial);
	ASN1_INTEGER_free(serial);
	BN_free(number);
	return fine;
}

static bool subject_add(X509 *cert, const char *common_name)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"alink-emulator", -1, -1, 0) &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0);
}

/* `issuer` is `cert` itself for the CA. */
static bool extension_add(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;
	bool fine;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	fine = extension && X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
	return fine;
}

static X509 *ca_new(EVP_PKEY *key)
{
	X509 *ca = X509_new();
	unsigned char mark[3];
	char name[64];

	/* several machines' CAs in one trust store can be told apart */
	if (!ca || RAND_bytes(mark, sizeof(mark)) != 1)
		goto failed;
	snprintf(name, sizeof(name), "alink-emulator CA %02x%02x%02x", mark[0], mark[1], mark[2]);
	/* a device without a clock lives in its firmware's year, so the CA is older than any firmware that
	   holds it; 2049 is the last year of the two-digit time format that every parser knows */
	if (!X509_set_version(ca, X509_VERSION_3) || !serial_set(ca) || !X509_set_pubkey(ca, key) ||
	    !ASN1_TIME_set_string_X509(X509_getm_notBefore(ca), "200101000000Z") ||
	    !ASN1_TIME_set_string_X509(X509_getm_notAfter(ca), "491231235959Z") ||
	    !subject_add(ca, name) || !X509_set_issuer_name(ca, X509_get_subject_name(ca)) ||
	    !extension_add(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
	    !extension_add(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign") ||
	    !extension_add(ca, ca, NID_subject_key_identifier, "hash") ||
	    !X509_sign(ca, key, EVP_sha256()))
		goto failed;
	return ca;
failed:
	X509_free(ca);
	return NULL;
}

static bool name_push(GENERAL_NAMES *names, int type, void *value)
{
	GENERAL_NAME *name = value ? GENERAL_NAME_new() : NULL;

	if (!name)
		return false;
	GENERAL_NAME_set0_value(name, type, value);
	if (sk_GENERAL_NAME_push(names, name))
		return true;
	GENERAL_NAME_free(name);
	return false;
}

/* The forms in which a name may enter a certificate, each in its pass. */
enum name_form { FORM_HOST, FORM_ADDRESS, FORM_ADDRESS_AS_HOST, FORMS };

static bool name_add(GENERAL_NAMES *names, const char *text, enum name_form form)
{
	struct in6_addr ignored;
	bool v4 = inet_pton(AF_INET, text, &ignored) == 1, address = v4 || inet_pton(AF_INET6, text, &ignored) == 1;
	ASN1_IA5STRING *dns;

	if (form == FORM_ADDRESS)
		return !address || name_push(names, GEN_IPADD, a2i_IPADDRESS(text));
	/* an address is also written as a name, because mbedTLS before 3.4 looks at nothing else (sdk: C 3, C 4);
	   last, because stricter stacks stop at a name that is none */
	if (form == FORM_HOST ? address : !v4)
		return true;
	dns = ASN1_IA5STRING_new();
	return dns && ASN1_STRING_set(dns, text, -1) && name_push(names, GEN_DNS, dns);
}

static bool names_add(X509 *cert, const char *const *more, size_t count)
{
	const size_t cloud_count = sizeof(cloud_names) / sizeof(*cloud_names), all = cloud_count + count;
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	bool fine = names != NULL;
	int form;
	size_t i, before;

	for (form = 0; form < FORMS; form++)
		for (i = 0; fine && i < all; i++) {
			const char *name = i < cloud_count ? cloud_names[i] : more[i - cloud_count];

			for (before = 0; before < i; before++)
				if (!strcmp(name, before < cloud_count ? cloud_names[before] : more[before - cloud_count]))
					break;
			if (before == i)
				fine = name_add(names, name, (enum name_form)form);
		}
	fine = fine && X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT);
	GENERAL_NAMES_free(names);
	return fine;
}

static X509 *server_new(const struct certs *certs, const char *const *names, size_t count, time_t now)
{
	const long day = 24 * 60 * 60;
	X509 *cert = X509_new();

	/* 398 days in all are the most that Apple's TLS accepts */
	if (!cert || !X509_set_version(cert, X509_VERSION_3) || !serial_set(cert) ||
	    !X509_set_pubkey(cert, certs->server_key) ||
	    !X509_time_adj_ex(X509_getm_notBefore(cert), -30, 0, &now) ||
	    !X509_time_adj_ex(X509_getm_notAfter(cert), 367, day - 1, &now) ||
	    !subject_add(cert, "localhost") ||
	    !X509_set_issuer_name(cert, X509_get_subject_name(certs->ca)) ||
	    !extension_add(cert, certs->ca, NID_basic_constraints, "critical,CA:FALSE") ||
	    !extension_add(cert, certs->ca, NID_key_usage, "critical,digitalSignature,keyEncipherment") ||
	    !extension_add(cert, certs->ca, NID_ext_key_usage, "serverAuth") ||
	    !extension_add(cert, certs->ca, NID_subject_key_identifier, "hash") ||
	    !extension_add(cert, certs->ca, NID_authority_key_identifier, "keyid:always") ||
	    !names_add(cert, names, count) || !X509_sign(cert, certs->ca_key, EVP_sha256())) {
		X509_free(cert);
		return NULL;
	}
	return cert;
}

/* --- the folder --- */

/* Writes key and, when given, certificate as one file, so that they cannot part; an existing file stays. */
static int pair_write(const char *path, EVP_PKEY *key, X509 *cert)
{
	BIO *pem = BIO_new(BIO_s_mem());
	char *bytes;
	long len;
	int err = -1;

	if (pem && PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL) &&
	    (!cert || PEM_write_bio_X509(pem, cert))) {
		len = BIO_get_mem_data(pem, &bytes);
		err = file_write(path, bytes, (size_t)len, 0600, false);
	}
	BIO_free(pem);
	return err;
}

/* 1 read, 0 there is no such file, -1 failed. `cert` may be NULL. */
static int pair_read(const char *path, EVP_PKEY **key, X509 **cert, struct text *error)
{
	FILE *file = fopen(path, "re");
	int result = -1;

	if (!file) {
		if (errno == ENOENT)
			return 0;
		say_errno(error, path);
		return -1;
	}
	*key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	if (*key && cert) {
		rewind(file);
		*cert = PEM_read_X509(file, NULL, NULL, NULL);
	}
	if (*key && (!cert || (*cert && X509_check_private_key(*cert, *key) == 1)))
		result = 1;
	else
		text_addf(error, "%s is not a key%s; remove it to have a new one made", path,
		          cert ? " with its certificate" : "");
	ERR_clear_error();
	fclose(file);
	return result;
}

static int pair_open(const char *path, EVP_PKEY **key, X509 **cert, struct text *error)
{
	EVP_PKEY *made_key;
	X509 *made = NULL;
	int found = pair_read(path, key, cert, error), err;

	if (found)
		return found < 0 ? -1 : 0;
	made_key = EVP_RSA_gen(2048);
	if (made_key && cert)
		made = ca_new(made_key);
	if (!made_key || (cert && !made)) {
		say_openssl(error, path);
		err = -1;
	} else {
		err = pair_write(path, made_key, made);
		if (err)
			say_errno(error, path);
	}
	EVP_PKEY_free(made_key);
	X509_free(made);
	if (err)
		return -1;
	/* another emulator's file may have won: what is on disk counts */
	return pair_read(path, key, cert, error) == 1 ? 0 : -1;
}

static int public_write(const char *folder, const char *name, const struct text *content, char **path)
{
	int err;

	*path = file_in(folder, name);
	if (!*path)
		return -1;
	err = file_write(*path, text_string(content), content->len, 0644, true);
	return err;
}

struct certs *certs_open(const char *folder, struct text *error)
{
	struct certs *certs = calloc(1, sizeof(*certs));
	char *ca_key_path = file_in(folder, "ca-key.pem"), *header_path = NULL, *bytes;
	BIO *pem = BIO_new(BIO_s_mem());
	long len;
	int err = -1;

	if (!certs || !ca_key_path || !pem)
		goto done;
	if (path_make_folder(folder, 0700)) {
		say_errno(error, folder);
		goto done;
	}
	certs->key_path = file_in(folder, "server-key.pem");
	if (!certs->key_path || pair_open(ca_key_path, &certs->ca_key, &certs->ca, error) ||
	    pair_open(certs->key_path, &certs->server_key, NULL, error))
		goto done;
	if (!PEM_write_bio_X509(pem, certs->ca)) {
		say_openssl(error, "ca.pem");
		goto done;
	}
	len = BIO_get_mem_data(pem, &bytes);
	text_add_bytes(&certs->ca_pem, bytes, (size_t)len);
	certs_header_add(&certs->ca_header, text_string(&certs->ca_pem));
	if (public_write(folder, "ca.pem", &certs->ca_pem, &certs->ca_path) ||
	    public_write(folder, "ca.h", &certs->ca_header, &header_path)) {
		say_errno(error, folder);
		goto done;
	}
	err = 0;
done:
	if (err && !error->len)
		text_addf(error, "%s: out of memory", folder);
	free(ca_key_path);
	free(header_path);
	BIO_free(pem);
	if (err) {
		certs_free(certs);
		return NULL;
	}
	return certs;
}

void certs_free(struct certs *certs)
{
	if (!certs)
		return;
	EVP_PKEY_free(certs->ca_key);
	EVP_PKEY_free(certs->server_key);
	X509_free(certs->ca);
	free(certs->ca_path);
	free(certs->key_path);
	text_free(&certs->ca_pem);
	text_free(&certs->ca_header);
	free(certs);
}

const char *certs_ca_path(const struct certs *certs)
{
	return certs->ca_path;
}

const char *certs_ca_pem(const struct certs *certs)
{
	return text_string(&certs->ca_pem);
}

const char *certs_ca_header(const struct certs *certs)
{
	return text_string(&certs->ca_header);
}

const char *certs_key_path(const struct certs *certs)
{
	return certs->key_path;
}

int certs_issue(const struct certs *certs, const char *const *names, size_t count, time_t now,
                const char *path, struct text *error)
{
	X509 *cert = server_new(certs, names, count, now);
	BIO *pem = BIO_new(BIO_s_mem());
	char *bytes;
	long len;
	int err = -1;

	if (!cert || !pem || !PEM_write_bio_X509(pem, cert)) {
		say_openssl(error, path);
	} else {
		len = BIO_get_mem_data(pem, &bytes);
		err = file_write(path, bytes, (size_t)len, 0644, true);
		if (err)
			say_errno(error, path);
	}
	BIO_free(pem);
	X509_free(cert);
	return err;
}

void certs_header_add(struct text *out, const char *pem)
{
	text_add(out, "/* What a device must trust to connect to this emulator over TLS. */\n"
	              "static const char alink_emulator_ca[] =\n");
	while (*pem) {
		size_t len = strcspn(pem, "\n");

		text_addf(out, "\t\"%.*s\\n\"%s\n", (int)len, pem, pem[len] && pem[len + 1] ? "" : ";");
		pem += len + (pem[len] == '\n');
	}
}

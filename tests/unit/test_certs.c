/* The CA and the server's certificate, as a client judges them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "certs.h"

static char folder[] = "/tmp/alink-test-certs-XXXXXX";
static char keys[64], served[64];
static struct certs *certs;
static struct text error;

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", keys, name);
	return path;
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(served, sizeof(served), "%s/server.pem", folder);
	snprintf(keys, sizeof(keys), "%s/state/keys", folder);   /* made with its parent */
	certs = certs_open(keys, &error);
	ck_assert_msg(certs != NULL, "%s", text_string(&error));
}

static void teardown(void)
{
	static const char *const files[] = { "ca.pem", "ca.h", "ca-key.pem", "server-key.pem" };
	size_t i;

	certs_free(certs);
	text_free(&error);
	for (i = 0; i < 4; i++)
		ck_assert_msg(!unlink(in_folder(files[i])), "%s", files[i]);
	unlink(served);
	/* nothing else was left there */
	ck_assert_int_eq(rmdir(keys), 0);
	*strrchr(keys, '/') = '\0';
	ck_assert_int_eq(rmdir(keys), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

static X509 *read_certificate(const char *path)
{
	FILE *file = fopen(path, "r");
	X509 *certificate;

	ck_assert_msg(file != NULL, "%s", path);
	certificate = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	ck_assert_ptr_nonnull(certificate);
	return certificate;
}

static X509 *issue(const char *const *names, size_t count, time_t now)
{
	ck_assert_msg(!certs_issue(certs, names, count, now, served, &error), "%s", text_string(&error));
	return read_certificate(served);
}

/* doc: connect, "Endpoints and transports"; each region once, and the names around them */
static const char *const dialled[] = {
	"a1EmuGate01.iot-as-mqtt.cn-shanghai.aliyuncs.com",
	"a1EmuGate01.iot-as-mqtt.cn-beijing.aliyuncs.com",
	"a1EmuGate01.iot-as-mqtt.cn-shenzhen.aliyuncs.com",
	"a1EmuGate01.iot-as-mqtt.ap-southeast-1.aliyuncs.com",
	"a1EmuGate01.iot-as-mqtt.ap-northeast-1.aliyuncs.com",
	"a1EmuGate01.iot-as-mqtt.us-west-1.aliyuncs.com",
	"a1EmuGate01.iot-as-mqtt.us-east-1.aliyuncs.com",
	"a1EmuGate01.iot-as-mqtt.eu-central-1.aliyuncs.com",
	"iot-auth.cn-shanghai.aliyuncs.com",
	"iot-auth.eu-central-1.aliyuncs.com",
	"iot-auth-global.aliyuncs.com",
	"iot-0123abcd.mqtt.iothub.aliyuncs.com",
	"a1EmuGate01.itls.cn-shanghai.aliyuncs.com",
	"x509.itls.cn-shanghai.aliyuncs.com",
	"localhost",
	"my-laptop.local",
	"a.lab.example",
	/* as names, for stacks that know no address entries */
	"127.0.0.1", "192.168.7.9",
};

START_TEST(carries_the_name)
{
	static const char *const names[] = { "my-laptop.local", "192.168.7.9", "*.lab.example" };
	X509 *certificate = issue(names, 3, time(NULL));

	ck_assert_msg(X509_check_host(certificate, dialled[_i], 0, 0, NULL) == 1, "%s", dialled[_i]);
	X509_free(certificate);
}
END_TEST

/* 20 of the cloud, localhost; three addresses; the two of IPv4 again, as names. */
START_TEST(carries_each_name_once)
{
	static const char *const names[] = { "192.168.7.9", "127.0.0.1", "localhost", "192.168.7.9", "::1" };
	X509 *certificate = issue(names, 5, time(NULL));
	GENERAL_NAMES *carried = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

	ck_assert_int_eq(sk_GENERAL_NAME_num(carried), 21 + 3 + 2);
	GENERAL_NAMES_free(carried);
	X509_free(certificate);
}
END_TEST

START_TEST(carries_addresses_and_nothing_else)
{
	static const char *const names[] = { "192.168.7.9" };
	X509 *certificate = issue(names, 1, time(NULL));

	ck_assert_int_eq(X509_check_ip_asc(certificate, "127.0.0.1", 0), 1);
	ck_assert_int_eq(X509_check_ip_asc(certificate, "::1", 0), 1);
	ck_assert_int_eq(X509_check_ip_asc(certificate, "192.168.7.9", 0), 1);
	ck_assert_int_ne(X509_check_ip_asc(certificate, "192.168.7.8", 0), 1);
	ck_assert_int_ne(X509_check_host(certificate, "aliyuncs.com", 0, 0, NULL), 1);
	ck_assert_int_ne(X509_check_host(certificate, "a.b.iot-as-mqtt.cn-shanghai.aliyuncs.com", 0, 0, NULL), 1);
	X509_free(certificate);
}
END_TEST

static int verify(X509 *certificate, X509 *ca, time_t at)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int fine;

	X509_STORE_add_cert(store, ca);
	X509_STORE_CTX_init(ctx, store, certificate, NULL);
	X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
	X509_STORE_CTX_set_time(ctx, 0, at);
	X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(ctx), X509_V_FLAG_X509_STRICT);
	fine = X509_verify_cert(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return fine;
}

START_TEST(is_trusted_through_the_ca_for_a_year)
{
	const time_t now = 1790000000, day = 86400;
	X509 *certificate = issue(NULL, 0, now), *ca = read_certificate(certs_ca_path(certs));

	ck_assert_int_eq(verify(certificate, ca, now), 1);
	ck_assert_int_eq(verify(certificate, ca, now - 29 * day), 1);
	ck_assert_int_eq(verify(certificate, ca, now + 366 * day), 1);
	ck_assert_int_eq(verify(certificate, ca, now + 369 * day), 0);
	X509_free(certificate);
	X509_free(ca);
}
END_TEST

START_TEST(is_what_old_firmware_understands)
{
	X509 *certificate = issue(NULL, 0, time(NULL)), *ca = read_certificate(certs_ca_path(certs));

	ck_assert_int_eq(EVP_PKEY_get_base_id(X509_get0_pubkey(certificate)), EVP_PKEY_RSA);
	ck_assert_int_eq(EVP_PKEY_get_bits(X509_get0_pubkey(certificate)), 2048);
	ck_assert_int_eq(X509_get_signature_nid(certificate), NID_sha256WithRSAEncryption);
	ck_assert_int_eq(EVP_PKEY_get_bits(X509_get0_pubkey(ca)), 2048);
	ck_assert_int_eq(X509_get_signature_nid(ca), NID_sha256WithRSAEncryption);
	/* doc: RFC 5280, 4.1.2.5: dates up to 2049 have the older format */
	ck_assert_int_eq(ASN1_STRING_type(X509_get0_notBefore(ca)), V_ASN1_UTCTIME);
	ck_assert_int_eq(ASN1_STRING_type(X509_get0_notAfter(ca)), V_ASN1_UTCTIME);
	X509_free(certificate);
	X509_free(ca);
}
END_TEST

START_TEST(keys_are_private_and_stay)
{
	static const char *const private[] = { "ca-key.pem", "server-key.pem" };
	char *pem = strdup(certs_ca_pem(certs));
	X509 *before = issue(NULL, 0, time(NULL)), *after;
	struct stat about;
	size_t i;

	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(stat(in_folder(private[i]), &about), 0);
		ck_assert_int_eq(about.st_mode & 0777, 0600);
	}
	certs_free(certs);
	certs = certs_open(keys, &error);
	ck_assert_msg(certs != NULL, "%s", text_string(&error));
	ck_assert_str_eq(certs_ca_pem(certs), pem);
	after = issue(NULL, 0, time(NULL));
	ck_assert_int_eq(EVP_PKEY_eq(X509_get0_pubkey(before), X509_get0_pubkey(after)), 1);
	ck_assert_int_ne(ASN1_INTEGER_cmp(X509_get0_serialNumber(before), X509_get0_serialNumber(after)), 0);
	X509_free(before);
	X509_free(after);
	free(pem);
}
END_TEST

START_TEST(a_broken_key_file_is_named)
{
	FILE *file = fopen(in_folder("ca-key.pem"), "w");

	ck_assert_ptr_nonnull(file);
	fputs("-----BEGIN nonsense", file);
	fclose(file);
	ck_assert_ptr_null(certs_open(keys, &error));
	ck_assert_ptr_nonnull(strstr(text_string(&error), "ca-key.pem is not a key with its certificate"));
}
END_TEST

START_TEST(the_ca_as_c)
{
	struct text out = { 0 };

	certs_header_add(&out, "-----BEGIN CERTIFICATE-----\nMIIB+/=\n-----END CERTIFICATE-----\n");
	ck_assert_str_eq(text_string(&out),
		"/* What a device must trust to connect to this emulator over TLS. */\n"
		"static const char alink_emulator_ca[] =\n"
		"\t\"-----BEGIN CERTIFICATE-----\\n\"\n"
		"\t\"MIIB+/=\\n\"\n"
		"\t\"-----END CERTIFICATE-----\\n\";\n");
	text_free(&out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("certs");
	TCase *tcase = tcase_create("certs");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	/* making keys takes a while under valgrind, so it is done once */
	tcase_add_unchecked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, carries_the_name, 0, (int)(sizeof(dialled) / sizeof(*dialled)));
	tcase_add_test(tcase, carries_each_name_once);
	tcase_add_test(tcase, carries_addresses_and_nothing_else);
	tcase_add_test(tcase, is_trusted_through_the_ca_for_a_year);
	tcase_add_test(tcase, is_what_old_firmware_understands);
	tcase_add_test(tcase, keys_are_private_and_stay);
	tcase_add_test(tcase, the_ca_as_c);
	tcase_add_test(tcase, a_broken_key_file_is_named);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

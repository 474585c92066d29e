/* Signatures against the reference's vectors, as literals. */
#include "sign.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* The reference's example identities: a device, a sub-device, their products. */
#define DS  "0123456789abcdef0123456789abcdef"
#define SUB "fedcba9876543210fedcba9876543210"
#define PS  "PsEmu0123456789"

static const struct {
	const char *of;
	const char *secret, *method;
	struct sign_field fields[4];
	const char *content, *expected;
} vectors[] = {
	/* connect reference 1.3 */
	{ "CONNECT, md5", DS, "hmacmd5",
	  { { "timestamp", "1700000000000" }, { "productKey", "a1EmuGate01" }, { "deviceName", "gw-0001" }, { "clientId", "gw-0001.fw" } },
	  "clientIdgw-0001.fwdeviceNamegw-0001productKeya1EmuGate01timestamp1700000000000", "372c306d60abe35b18b69f4e7ce3b8fd" },
	{ "CONNECT, sha1", DS, "hmacsha1",
	  { { "clientId", "gw-0001.fw" }, { "deviceName", "gw-0001" }, { "productKey", "a1EmuGate01" }, { "timestamp", "1700000000000" } },
	  "clientIdgw-0001.fwdeviceNamegw-0001productKeya1EmuGate01timestamp1700000000000",
	  "7fbc1a0f0239b77c2311cf373731cdd6e0615484" },
	{ "CONNECT, sha256", DS, "hmacsha256",
	  { { "clientId", "gw-0001.fw" }, { "deviceName", "gw-0001" }, { "productKey", "a1EmuGate01" }, { "timestamp", "1700000000000" } },
	  "clientIdgw-0001.fwdeviceNamegw-0001productKeya1EmuGate01timestamp1700000000000",
	  "e6790d6140704a2373d3a2d62e35577bc43213b796b8e42874a8b8c82b9fb07f" },
	{ "CONNECT without a timestamp", DS, "hmacmd5",
	  { { "clientId", "gw-0001.fw" }, { "deviceName", "gw-0001" }, { "productKey", "a1EmuGate01" }, { "timestamp", NULL } },
	  "clientIdgw-0001.fwdeviceNamegw-0001productKeya1EmuGate01", "318a56e9956c22a4a584a6d2d0395f1f" },
	{ "the documents' own example", "secret", "hmacsha1",
	  { { "clientId", "12345" }, { "deviceName", "device" }, { "productKey", "pk" }, { "timestamp", "789" } },
	  "clientId12345deviceNamedeviceproductKeypktimestamp789", "fafd82a3d602b37fb0fa8b7892f24a477f851a14" },
	/* 1.12 */
	{ "MQTT 5 with an empty client id", DS, "hmacsha256",
	  { { "clientId", "" }, { "deviceName", "gw-0001" }, { "productKey", "a1EmuGate01" }, { "timestamp", "1700000000000" } },
	  "clientIddeviceNamegw-0001productKeya1EmuGate01timestamp1700000000000",
	  "5ae56c4a9f72af3578209465e806c72a0cdc7639c0c293d448c45ae9ac5334a3" },
	/* 1.7 */
	{ "TLS-PSK", DS, "hmacsha256", { { "timestamp", "2524608000000" }, { "id", "a1EmuGate01&gw-0001" } },
	  "ida1EmuGate01&gw-0001timestamp2524608000000", "20baa5739b453543cb7cc24048e7c87da7d62f267c2496426d8ff928ccaf76e5" },
	/* 2.1 */
	{ "registration, md5", PS, "hmacmd5",
	  { { "random", "4711" }, { "productKey", "a1EmuGate01" }, { "deviceName", "gw-0001" } },
	  "deviceNamegw-0001productKeya1EmuGate01random4711", "362ef22d7676591e02936cd11813f602" },
	{ "registration, sha1", PS, "hmacsha1",
	  { { "random", "4711" }, { "productKey", "a1EmuGate01" }, { "deviceName", "gw-0001" } },
	  "deviceNamegw-0001productKeya1EmuGate01random4711", "41608d6e21da3417d339e5d8395aca8cf07df635" },
	{ "registration, sha256", PS, "hmacsha256",
	  { { "random", "4711" }, { "productKey", "a1EmuGate01" }, { "deviceName", "gw-0001" } },
	  "deviceNamegw-0001productKeya1EmuGate01random4711", "19f0ed68349532d75a7260e8d26cf73c21513d464ca332907a3d64f74cc92517" },
	/* 3.2 */
	{ "product_register", PS, "hmacsha256",
	  { { "random", "4711" }, { "productKey", "a1EmuSub001" }, { "deviceName", "node_0001" } },
	  "deviceNamenode_0001productKeya1EmuSub001random4711", "257c196f8ba38dd2947f61353ee2ae37ad37766169c42459b3732112ee1adde8" },
	/* 4.1 and 5.2 */
	{ "topo/add", SUB, "hmacSha1",
	  { { "productKey", "a1EmuSub001" }, { "deviceName", "node_0001" }, { "clientId", "a1EmuSub001&node_0001" },
	    { "timestamp", "1700000000000" } },
	  "clientIda1EmuSub001&node_0001deviceNamenode_0001productKeya1EmuSub001timestamp1700000000000",
	  "a0818fdd151b7a3233c474ba44da1b9d07861d20" },
	{ "combine/login of C SDK 3.2", SUB, "hmacSha256",
	  { { "productKey", "a1EmuSub001" }, { "deviceName", "node_0001" },
	    { "clientId", "a1EmuSub001.node_0001|_ss=1,_v=sdk-c-3.2.0|" }, { "timestamp", "2524608000000" } },
	  "clientIda1EmuSub001.node_0001|_ss=1,_v=sdk-c-3.2.0|deviceNamenode_0001productKeya1EmuSub001timestamp2524608000000",
	  "63c377e48aa51df05531e49f180c8db21625ba0b95ba475c08a094a1eae056b8" },
};

START_TEST(vector)
{
	enum sign_method method;
	struct text content = { 0 };
	char hex[SIGN_HEX_MAX];

	ck_assert_msg(sign_method_parse(vectors[_i].method, &method), "%s", vectors[_i].of);
	sign_content(vectors[_i].fields, 4 - !vectors[_i].fields[3].name - !vectors[_i].fields[2].name, &content);
	ck_assert_str_eq(text_string(&content), vectors[_i].content);
	ck_assert_int_eq(sign_hex(method, vectors[_i].secret, text_string(&content), content.len, hex), 0);
	ck_assert_str_eq(hex, vectors[_i].expected);
	text_free(&content);
}
END_TEST

static const struct {
	const char *name;
	int         method;   /* -1: none */
} names[] = {
	{ "hmacmd5", SIGN_MD5 }, { "HmacMD5", SIGN_MD5 }, { "hmacSha1", SIGN_SHA1 }, { "HMACSHA256", SIGN_SHA256 },
	{ "Sha256", SIGN_SHA256 }, { "md5", -1 }, { "hmacsha512", -1 }, { "", -1 }, { "hmacsha256 ", -1 },
};

START_TEST(method_name)
{
	enum sign_method method = SIGN_METHOD_COUNT;

	ck_assert_msg(sign_method_parse(names[_i].name, &method) == (names[_i].method >= 0), "%s", names[_i].name);
	if (names[_i].method >= 0)
		ck_assert_int_eq(method, names[_i].method);
}
END_TEST

START_TEST(case_of_hex_does_not_matter)
{
	ck_assert(sign_equal("7fbc1a0f", "7FBC1A0F"));
	ck_assert(sign_equal("7fbc1a0f", "7fbc1a0f"));
	ck_assert(!sign_equal("7fbc1a0f", "7fbc1a0e"));
	ck_assert(!sign_equal("7fbc1a0f", "7fbc1a0"));
	ck_assert(!sign_equal("7fbc1a0f", ""));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sign");
	TCase *tcase = tcase_create("sign");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, vector, 0, sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_loop_test(tcase, method_name, 0, sizeof(names) / sizeof(names[0]));
	tcase_add_test(tcase, case_of_hex_does_not_matter);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

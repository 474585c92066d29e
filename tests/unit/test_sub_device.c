/* Entries of topo/add, login, batch_login and product_register: the reference's vectors, and what may be missing. */
#include "sub_device.h"

#include "cloud_fixture.h"

#define PLAIN "clientIda1EmuSub001&node_0001deviceNamenode_0001productKeya1EmuSub001timestamp1700000000000"
#define NAMES "\"productKey\":\"a1EmuSub001\",\"deviceName\":\"node_0001\""

/* Connect reference, sections 4.1 and 5.2; the last two are computed by hand. */
static const struct {
	const char *entry, *content, *sign;
} vectors[] = {
	{ "{" NAMES ",\"clientId\":\"a1EmuSub001&node_0001\",\"timestamp\":\"1700000000000\",\"sign\":\"x\"}",
	  PLAIN, "74c79a47bd74da729dbc74f93fe6cee3" },
	{ "{" NAMES ",\"clientId\":\"a1EmuSub001&node_0001\",\"timestamp\":\"1700000000000\",\"signmethod\":\"hmacMd5\",\"sign\":\"x\"}",
	  PLAIN, "74C79A47BD74DA729DBC74F93FE6CEE3" },
	{ "{" NAMES ",\"clientId\":\"a1EmuSub001&node_0001\",\"timestamp\":1700000000000,\"signMethod\":\"hmacSha1\",\"sign\":\"x\"}",
	  PLAIN, "a0818fdd151b7a3233c474ba44da1b9d07861d20" },
	{ "{" NAMES ",\"clientId\":\"a1EmuSub001&node_0001\",\"timestamp\":\"1700000000000\",\"signmethod\":\"HMACSHA256\",\"sign\":\"x\"}",
	  PLAIN, "33337bb7b07c94b492eb565f596c47ebe2907da26118ce45c6e504612263d4ef" },
	{ "{" NAMES ",\"clientId\":\"a1EmuSub001&node_0001\",\"timestamp\":\"1700000000000\",\"signMethod\":\"Sha256\",\"sign\":\"x\"}",
	  PLAIN, "33337bb7b07c94b492eb565f596c47ebe2907da26118ce45c6e504612263d4ef" },
	{ "{" NAMES ",\"clientId\":\"a1EmuSub001.node_0001|_ss=1,_v=sdk-c-3.2.0|\",\"timestamp\":\"2524608000000\",\"signMethod\":\"hmacSha256\","
	  "\"sign\":\"x\",\"cleanSession\":\"true\"}",
	  "clientIda1EmuSub001.node_0001|_ss=1,_v=sdk-c-3.2.0|deviceNamenode_0001productKeya1EmuSub001timestamp2524608000000",
	  "63c377e48aa51df05531e49f180c8db21625ba0b95ba475c08a094a1eae056b8" },
	/* guess: without a clientId the text begins with deviceName. */
	{ "{" NAMES ",\"timestamp\":5,\"sign\":\"x\"}",
	  "deviceNamenode_0001productKeya1EmuSub001timestamp5", "21882ac9d6b6b63d36769e3c69ef510e" },
};

START_TEST(signed_as_the_reference_says)
{
	struct text why = { 0 }, content = { 0 };
	struct json_doc doc = { 0 };
	struct cloud *cloud = fixture_cloud("");
	struct signature signature;
	struct sub_claim claim;

	ck_assert_int_eq(json_parse(&doc, vectors[_i].entry, strlen(vectors[_i].entry), JSON_STRICT, NULL), 0);
	ck_assert_msg(sub_claim_read(&claim, json_root(&doc), (struct json){ 0 }, false, &why), "%s", text_string(&why));
	signature = sub_claim_signature(&claim, device_find_key(cloud, "a1EmuSub001", "node_0001"));
	sign_content(signature.fields, SIGN_FIELDS_MAX, &content);
	ck_assert_str_eq(text_string(&content), vectors[_i].content);
	ck_assert(sub_sign_method(&signature, claim.sign_method, &why));
	signature.got = vectors[_i].sign;
	ck_assert(sub_sign_matches(cloud, &signature, true, &why));
	ck_assert_uint_eq(why.len, 0);
	signature.got++;
	ck_assert(!sub_sign_matches(cloud, &signature, false, &why));
	ck_assert_str_eq(text_string(&why), "the signature differs");
	signature.got--;
	signature.device = device_find_key(cloud, "a1EmuGate01", "gw-0001");
	ck_assert(!sub_sign_matches(cloud, &signature, false, &why));
	cloud_free(cloud);
	text_free(&why);
	text_free(&content);
	json_doc_free(&doc);
}
END_TEST

#define LONG_NAME "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

static const struct {
	const char *entry, *why;
} refusals[] = {
	{ "7", "number stands where an object" },
	{ "[]", "array stands where an object" },
	{ "{}", "`productKey` is missing" },
	{ "{\"productKey\":\"\",\"deviceName\":\"d\"}", "`productKey` is missing, empty" },
	{ "{\"productKey\":\"p\"}", "`deviceName` is missing" },
	{ "{\"productKey\":\"p\",\"deviceName\":7}", "`deviceName` is missing" },
	{ "{\"productKey\":\"p\",\"deviceName\":\"" LONG_NAME "\"}", "`deviceName` is missing, empty, too long" },
	{ "{" NAMES ",\"timestamp\":\"1\",\"sign\":\"x\"}", "`clientId` of a1EmuSub001/node_0001 is missing" },
	{ "{" NAMES ",\"clientId\":1,\"timestamp\":\"1\",\"sign\":\"x\"}", "`clientId` of a1EmuSub001/node_0001 is missing" },
	{ "{" NAMES ",\"clientId\":\"c\",\"sign\":\"x\"}", "`timestamp` of a1EmuSub001/node_0001 is missing" },
	{ "{" NAMES ",\"clientId\":\"c\",\"timestamp\":null,\"sign\":\"x\"}", "`timestamp` of" },
	{ "{" NAMES ",\"clientId\":\"c\",\"timestamp\":12345678901234567890123456789012345,\"sign\":\"x\"}", "`timestamp` of" },
	{ "{" NAMES ",\"clientId\":\"c\",\"timestamp\":\"1\"}", "`sign` of" },
	{ "{" NAMES ",\"clientId\":\"c\",\"timestamp\":\"1\",\"sign\":\"\"}", "`sign` of" },
	{ "{" NAMES ",\"clientId\":\"c\",\"timestamp\":\"1\",\"sign\":\"x\",\"signMethod\":7}", "`signMethod` of" },
};

START_TEST(refuses)
{
	struct text why = { 0 };
	struct json_doc doc = { 0 };
	struct sub_claim claim;

	ck_assert_int_eq(json_parse(&doc, refusals[_i].entry, strlen(refusals[_i].entry), JSON_STRICT, NULL), 0);
	ck_assert(!sub_claim_read(&claim, json_root(&doc), (struct json){ 0 }, true, &why));
	ck_assert_msg(strstr(text_string(&why), refusals[_i].why), "%s", text_string(&why));
	text_free(&why);
	json_doc_free(&doc);
}
END_TEST

/* sdk: Link SDK 4.x writes signMethod once, beside deviceList; an entry's own goes first. */
START_TEST(method_from_beside_the_list)
{
	static const char text[] = "{\"signMethod\":\"hmacSha1\",\"deviceList\":["
		"{" NAMES ",\"clientId\":\"c\",\"timestamp\":\"1\",\"sign\":\"x\"},"
		"{" NAMES ",\"clientId\":\"c\",\"timestamp\":\"1\",\"sign\":\"x\",\"signmethod\":\"hmacMd5\"}]}";
	struct json_doc doc = { 0 };
	struct text why = { 0 };
	struct sub_claim claim;
	struct json first;

	ck_assert_int_eq(json_parse(&doc, text, strlen(text), JSON_STRICT, NULL), 0);
	first = json_first(json_get(json_root(&doc), "deviceList"));
	ck_assert(sub_claim_read(&claim, first, json_root(&doc), true, &why));
	ck_assert_str_eq(claim.sign_method, "hmacSha1");
	ck_assert(sub_claim_read(&claim, json_next(first), json_root(&doc), true, &why));
	ck_assert_str_eq(claim.sign_method, "hmacMd5");
	text_free(&why);
	json_doc_free(&doc);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sub_device");
	TCase *tcase = tcase_create("sub_device");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, signed_as_the_reference_says, 0, sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_loop_test(tcase, refuses, 0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(tcase, method_from_beside_the_list);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The signature doctor: each row is one mistake that somebody has made, and the words that must name it. */
#include "doctor.h"

#include "cloud_fixture.h"

enum kind { CONNECT, CONNECT_WITHOUT_TIME, LOGIN, REGISTER };

static const struct {
	enum kind   kind;
	enum sign_method method;
	const char *got, *diagnosis;
} mistakes[] = {
	{ CONNECT, SIGN_SHA1, "a49500bfbaf9723c09f9cf0318af02def79a965d",
	  "it would match without `timestamp`: a timestamp that is sent must be signed too" },
	{ CONNECT_WITHOUT_TIME, SIGN_SHA256, "a93d3c24471c411c00e25ff681751b2c704bdee6c9c98daa71d681ea40042603",
	  "it would match with `timestamp2524608000000`: a timestamp that is signed must be sent too" },
	{ CONNECT, SIGN_SHA1, "e5bd7bd0e0a1cd270ce64c2581b3b9a1c05800df",
	  "it would match with the whole clientId: sign only what stands before its first |" },
	{ LOGIN, SIGN_SHA256, "842994210024214e08c022549eddaf836f89c3c1ebac95946762fef629684af7",
	  "it would match with the clientId cut off at its first |: sign the clientId as it is sent" },
	{ LOGIN, SIGN_SHA256, "ea7132fe6f0635aba99db02f8ad2817db2cc95eaa84c487b956f3942b269d849",
	  "it would match with `cleanSession`: leave it out" },
	{ CONNECT, SIGN_SHA1, "d52a87975426546570406b92f4dcd68e4c64571c",
	  "it would match with the product's secret: the key here is the device's secret" },
	{ REGISTER, SIGN_SHA256, "6f25fc9e84733932f38cdec7df0e0a9c145d2a0e0b9156944d738ceeffe84f7a",
	  "it would match with the device's secret: the key here is the product's secret" },
	{ CONNECT, SIGN_SHA1, "ca690261299140ecd736bd880f4a2e67d048d647",
	  "it would match with the secret of device `gw-0002`" },
	{ LOGIN, SIGN_SHA256, "cfbb6a395bdc59dc4ba579e256ee38cc3a826bc77105a2aad5f44d1aa84de9be",
	  "it would match with the secret of device `gw-0001`: are the two mixed up?" },
	{ CONNECT, SIGN_SHA1, "6437f342e39dec3c6a40b0d85db2f9070f80d787", "it would match with a line break behind the secret" },
	{ CONNECT, SIGN_SHA1, "d9c1228299ebf45110c28b0d6b0ca0b2aa0969c4", "it would match with a line break at the content's end" },
	{ CONNECT, SIGN_SHA1, "cb753b7d91a34783e33ba395fbcbe0a1c72204d2",
	  "it would match with the bytes that the secret is the hex of" },
	{ CONNECT, SIGN_SHA1, "19b9876ea529938af210d7e95af8d5437bf53946", "it would match with the secret in the other case" },
	{ CONNECT, SIGN_SHA1, "1695bdfdaebc011b013e04e82fd95f30ab955b0d", "it would match with an empty secret" },
	{ CONNECT, SIGN_SHA1, "f7waDwI5t3wjEc83NzHN1uBhVIQ=", "it would match in base64: write it in hex" },
	{ CONNECT, SIGN_SHA1, "37666263316130663032333962373763323331316366333733373331636464366530363135343834",
	  "it would match as the hex of its hex" },
	{ CONNECT, SIGN_SHA1, "361c9bbc02758dbd242928bf9f6df4006d692051",
	  "it would match as a plain digest, without a key: use HMAC" },
	{ CONNECT, SIGN_SHA1, "7bac72eb44937a7098c96f4b3cc8fb5a72f9a768",
	  "it would match with the fields in the order productKey, deviceName, clientId, timestamp: sort them by name" },
	{ CONNECT, SIGN_SHA1, "4e631e4e11b07e905cb2dc6cc8c4090716884be3", "it would match with name=value&name=value" },
	{ CONNECT, SIGN_SHA1, "8183e19e391d817d98e019d84a9a231eb912f019", "it would match with the values alone" },
	{ CONNECT, SIGN_SHA1, "3a7f58299b5eeda769aedd2ea552c57fcf81b1a1", "it would match with the names in lower case" },
	{ CONNECT, SIGN_MD5, "e6790d6140704a2373d3a2d62e35577bc43213b796b8e42874a8b8c82b9fb07f",
	  "it would match as hmacsha256: the algorithm and the signmethod that is sent must agree" },
	{ CONNECT, SIGN_SHA1, "5852f580a58c561ab6bd6ab2f8e3f4343fdf019f0e911783bbe46971fe93b75b",
	  "it would match without `timestamp` and with the product's secret and as hmacsha256" },
	{ CONNECT, SIGN_SHA1, "0123456789abcdef0123456789abcdef", "it is the secret itself" },
	{ CONNECT, SIGN_SHA1, "0000000000000000000000000000000000000000", "no known mistake explains it; is the device's secret right?" },
	{ REGISTER, SIGN_SHA256, "nonsense", "no known mistake explains it; is the product's secret right?" },
	{ CONNECT, SIGN_SHA1, "", "but none was sent" },
};

static struct signature signature_of(struct cloud *cloud, enum kind kind)
{
	static const struct sign_field connect_fields[] = {
		{ "clientId", "gw-0001.fw" }, { "deviceName", "gw-0001" }, { "productKey", "a1EmuGate01" }, { "timestamp", "1700000000000" },
	};
	static const struct sign_field login_fields[] = {
		{ "clientId", "a1EmuSub001.node_0001|_ss=1,_v=sdk-c-3.2.0|" }, { "deviceName", "node_0001" },
		{ "productKey", "a1EmuSub001" }, { "timestamp", "2524608000000" },
	};
	static const struct sign_field register_fields[] = {
		{ "deviceName", "gw-0001" }, { "productKey", "a1EmuGate01" }, { "random", "4711" },
	};
	struct signature signature = { .by_product = kind == REGISTER };

	signature.device = kind == LOGIN ? device_find_key(cloud, "a1EmuSub001", "node_0001") :
		device_find_key(cloud, "a1EmuGate01", "gw-0001");
	ck_assert_ptr_nonnull(signature.device);
	signature.product = signature.device->product;
	if (kind == LOGIN) {
		memcpy(signature.fields, login_fields, sizeof(login_fields));
		signature.clean_session = "true";
	} else if (kind == REGISTER) {
		memcpy(signature.fields, register_fields, sizeof(register_fields));
	} else {
		memcpy(signature.fields, connect_fields, sizeof(connect_fields));
		signature.client_id = "gw-0001.fw|securemode=3,signmethod=hmacsha1,timestamp=1700000000000|";
		if (kind == CONNECT_WITHOUT_TIME)
			signature.fields[3].value = NULL;
	}
	return signature;
}

START_TEST(names_the_mistake)
{
	struct cloud *cloud = fixture_cloud("");
	struct signature signature = signature_of(cloud, mistakes[_i].kind);
	struct text why = { 0 };

	signature.method = mistakes[_i].method;
	signature.got = mistakes[_i].got;
	ck_assert_msg(!signature_matches(&signature), "%s", mistakes[_i].got);
	signature_explain(cloud, &signature, &why);
	ck_assert_msg(strstr(text_string(&why), mistakes[_i].diagnosis), "%s, not: %s", text_string(&why), mistakes[_i].diagnosis);
	text_free(&why);
	cloud_free(cloud);
}
END_TEST

START_TEST(shows_what_was_expected)
{
	struct cloud *cloud = fixture_cloud("");
	struct signature signature = signature_of(cloud, CONNECT);
	struct text why = { 0 };

	signature.method = SIGN_SHA1;
	signature.got = "a49500bfbaf9723c09f9cf0318af02def79a965d";
	signature_explain(cloud, &signature, &why);
	ck_assert_str_eq(text_string(&why), "the signature differs: content `clientIdgw-0001.fwdeviceNamegw-0001"
		"productKeya1EmuGate01timestamp1700000000000`, keyed with the device's secret, hmacsha1, expected "
		"7fbc1a0f0239b77c2311cf373731cdd6e0615484, got a49500bfbaf9723c09f9cf0318af02def79a965d; it would match "
		"without `timestamp`: a timestamp that is sent must be signed too");
	text_free(&why);
	cloud_free(cloud);
}
END_TEST

START_TEST(keeps_secrets)
{
	struct cloud *cloud = fixture_cloud("'options':{'explainSecrets':false},");
	struct signature signature = signature_of(cloud, CONNECT);
	struct text why = { 0 };

	signature.method = SIGN_SHA1;
	signature.got = "a49500bfbaf9723c09f9cf0318af02def79a965d";
	signature_explain(cloud, &signature, &why);
	ck_assert_ptr_null(strstr(text_string(&why), "7fbc1a0f"));
	ck_assert_ptr_nonnull(strstr(text_string(&why), "it would match without `timestamp`"));
	text_free(&why);
	cloud_free(cloud);
}
END_TEST

START_TEST(right_ones_match)
{
	static const struct { enum kind kind; enum sign_method method; const char *got; } rights[] = {
		{ CONNECT, SIGN_SHA1, "7FBC1A0F0239B77C2311CF373731CDD6E0615484" },
		{ CONNECT, SIGN_SHA256, "e6790d6140704a2373d3a2d62e35577bc43213b796b8e42874a8b8c82b9fb07f" },
		{ CONNECT_WITHOUT_TIME, SIGN_MD5, "318a56e9956c22a4a584a6d2d0395f1f" },
		{ LOGIN, SIGN_SHA256, "63c377e48aa51df05531e49f180c8db21625ba0b95ba475c08a094a1eae056b8" },
		{ REGISTER, SIGN_SHA256, "19f0ed68349532d75a7260e8d26cf73c21513d464ca332907a3d64f74cc92517" },
	};
	struct cloud *cloud = fixture_cloud("");
	size_t i;

	for (i = 0; i < COUNT(rights); i++) {
		struct signature signature = signature_of(cloud, rights[i].kind);

		signature.method = rights[i].method;
		signature.got = rights[i].got;
		ck_assert_msg(signature_matches(&signature), "%s", rights[i].got);
		signature.got = NULL;
		ck_assert(!signature_matches(&signature));
	}
	cloud_free(cloud);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("doctor");
	TCase *tcase = tcase_create("doctor");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, names_the_mistake, 0, COUNT(mistakes));
	tcase_add_test(tcase, shows_what_was_expected);
	tcase_add_test(tcase, keeps_secrets);
	tcase_add_test(tcase, right_ones_match);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

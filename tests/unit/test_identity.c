/* Client ids and user names, as real clients send them and as nobody should. */
#include "identity.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Connect reference, section 1.2: every client template, filled in. Absent keys are NULL. */
static const struct {
	const char *text, *cid, *secure_mode, *sign_method, *timestamp, *auth_type, *random, *instance_id, *ss, *ext;
} identities[] = {
	{ "a1EmuGate01.gw-0001|timestamp=2524608000000,_v=sdk-c-3.2.0,securemode=2,signmethod=hmacsha256,lan=C,_ss=1,gw=0,ext=0|",
	  "a1EmuGate01.gw-0001", "2", "hmacsha256", "2524608000000", NULL, NULL, NULL, "1", "0" },
	{ "a1EmuGate01.gw-0001|timestamp=2524608000000,_ss=1,_v=sdk-c-4.1.0,securemode=2,signmethod=hmacsha256,ext=3,_conn=tls_0x1|",
	  "a1EmuGate01.gw-0001", "2", "hmacsha256", "2524608000000", NULL, NULL, NULL, "1", "3" },
	{ "a1EmuGate01&gw-0001|securemode=3,signmethod=hmacsha1,timestamp=1700000000000,lan=NodeJS,_v=1.2.8|",
	  "a1EmuGate01&gw-0001", "3", "hmacsha1", "1700000000000", NULL, NULL, NULL, NULL, NULL },
	{ "a1EmuGate01&gw-0001|securemode=2,signmethod=hmacsha1,ext=1,_ss=1,lan=Python,_v=1.2.x,timestamp=1700000000|",
	  "a1EmuGate01&gw-0001", "2", "hmacsha1", "1700000000", NULL, NULL, NULL, "1", "1" },
	{ "d659cce65af3|authType=connwl,securemode=-2,_ss=1,ext=3,lan=Python,_v=1.2|",
	  "d659cce65af3", "-2", NULL, NULL, "connwl", NULL, NULL, "1", "3" },
	{ "gw-0001.a1EmuGate01|random=4711,authType=register,securemode=-2,signmethod=hmacsha256,instanceId=iot-06z00abc|",
	  "gw-0001.a1EmuGate01", "-2", "hmacsha256", NULL, "register", "4711", "iot-06z00abc", NULL, NULL },
	{ "x|authtype=id2,SECUREMODE=8,signMethod=HmacMD5|", "x", "8", "HmacMD5", NULL, "id2", NULL, NULL, NULL, NULL },
	/* only the last bar ends it, only the first one begins it */
	{ "x|lan=JS|Ali,securemode=3|", "x", "3", NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	/* what is before the first bar is free text */
	{ "12:34:56.78&9,a=b|securemode=3|", "12:34:56.78&9,a=b", "3", NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	/* MQTT 5 allows nothing there */
	{ "|timestamp=1,securemode=2|", "", "2", NULL, "1", NULL, NULL, NULL, NULL, NULL },
	/* the first = divides; what has none, and empty pairs, are nothing */
	{ "x|random=a=b,junk,,securemode=2,=|", "x", "2", NULL, NULL, NULL, "a=b", NULL, NULL, NULL },
	{ "x|_v=1 beta,securemode=|", "x", "", NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "x||", "x", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};

static void same(const char *got, const char *expected, const char *in)
{
	if (expected)
		ck_assert_msg(got && !strcmp(got, expected), "%s in %s, not %s", got ? got : "nothing", in, expected);
	else
		ck_assert_msg(!got, "%s in %s", got ? got : "", in);
}

START_TEST(is_taken_apart)
{
	const char *why = NULL, *text = identities[_i].text;
	struct client_id id;

	ck_assert_msg(client_id_parse(&id, text, &why), "%s: %s", text, why ? why : "");
	same(id.cid, identities[_i].cid, text);
	same(id.secure_mode, identities[_i].secure_mode, text);
	same(id.sign_method, identities[_i].sign_method, text);
	same(id.timestamp, identities[_i].timestamp, text);
	same(id.auth_type, identities[_i].auth_type, text);
	same(id.random, identities[_i].random, text);
	same(id.instance_id, identities[_i].instance_id, text);
	same(id.ss, identities[_i].ss, text);
	same(id.ext, identities[_i].ext, text);
}
END_TEST

static const struct {
	const char *text, *why;
} strangers[] = {
	{ "", "has no |…| extension" },
	{ "gw-0001", "has no |…| extension" },
	{ "|", "does not end in |" },
	{ "gw|", "does not end in |" },
	{ "gw|securemode=3", "does not end in |" },
	{ "gw|securemode=3| ", "does not end in |" },
};

START_TEST(is_no_identity)
{
	const char *why = "";
	struct client_id id;

	ck_assert_msg(!client_id_parse(&id, strangers[_i].text, &why), "%s", strangers[_i].text);
	ck_assert_msg(strstr(why, strangers[_i].why), "%s: %s", strangers[_i].text, why);
}
END_TEST

START_TEST(length_is_bounded)
{
	char text[CLIENT_ID_MAX + 2];
	const char *why = "";
	struct client_id id;

	memset(text, 'x', sizeof(text));
	strcpy(text + 512 - strlen("|securemode=3|"), "|securemode=3|");
	ck_assert_uint_eq(strlen(text), 512);
	ck_assert(client_id_parse(&id, text, &why));
	ck_assert_str_eq(id.secure_mode, "3");
	memset(text, 'x', sizeof(text));
	strcpy(text + 513 - strlen("|securemode=3|"), "|securemode=3|");
	ck_assert(!client_id_parse(&id, text, &why));
	ck_assert_str_eq(why, "the clientId is longer than 512 bytes");
}
END_TEST

static const struct {
	const char *text, *device_name, *product_key;   /* NULL: it is none */
} users[] = {
	{ "gw-0001&a1EmuGate01", "gw-0001", "a1EmuGate01" },
	{ "a@b:c.d_e-f&pk", "a@b:c.d_e-f", "pk" },
	{ "a&b&c", "a", "b&c" },
	{ "&a1EmuGate01", NULL, NULL },
	{ "gw-0001&", NULL, NULL },
	{ "&", NULL, NULL },
	{ "gw-0001", NULL, NULL },
	{ "", NULL, NULL },
	{ NULL, NULL, NULL },
};

START_TEST(user_name)
{
	struct user_name user;
	bool parsed = user_name_parse(&user, users[_i].text);

	ck_assert_msg(parsed == (users[_i].device_name != NULL), "%s", users[_i].text ? users[_i].text : "NULL");
	if (!parsed)
		return;
	ck_assert_str_eq(user.device_name, users[_i].device_name);
	ck_assert_str_eq(user.product_key, users[_i].product_key);
}
END_TEST

START_TEST(user_name_is_bounded)
{
	char text[256];
	struct user_name user;

	memset(text, 'd', sizeof(text));
	strcpy(text + 128, "&pk");
	ck_assert(user_name_parse(&user, text));
	ck_assert_uint_eq(strlen(user.device_name), 128);
	memset(text, 'd', sizeof(text));
	strcpy(text + 129, "&pk");
	ck_assert(!user_name_parse(&user, text));
	memset(text, 'p', sizeof(text));
	text[1] = '&';
	text[2 + 64] = '\0';
	ck_assert(user_name_parse(&user, text));
	text[2 + 64] = 'p';
	text[2 + 65] = '\0';
	ck_assert(!user_name_parse(&user, text));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("identity");
	TCase *tcase = tcase_create("identity");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, is_taken_apart, 0, COUNT(identities));
	tcase_add_loop_test(tcase, is_no_identity, 0, COUNT(strangers));
	tcase_add_test(tcase, length_is_bounded);
	tcase_add_loop_test(tcase, user_name, 0, COUNT(users));
	tcase_add_test(tcase, user_name_is_bounded);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

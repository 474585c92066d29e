/* CONNECT where transcripts do not reach: the exact codes of both protocol generations, TLS-PSK, sessions in numbers. */
#include "code.h"
#include "subscription.h"

#include "cloud_fixture.h"

#define GOOD_ID       "gw-0001.fw|securemode=3|"
#define GOOD_USER     "gw-0001&a1EmuGate01"
#define GOOD_PASSWORD "318a56e9956c22a4a584a6d2d0395f1f"

/* Connect reference, section 1.5, row by row: the code of 3.1.1, the reason of 5. */
static const struct {
	const char *row;
	struct connect in;
	int connack, reason;
} rows[] = {
	{ "accepted", { .client_id = GOOD_ID, .user_name = GOOD_USER, .password = GOOD_PASSWORD, .keepalive_s = 60 }, 0, 0x00 },
	{ "no extension", { .client_id = "gw", .user_name = GOOD_USER, .password = GOOD_PASSWORD, .keepalive_s = 60 }, 2, 0x85 },
	{ "keepalive", { .client_id = GOOD_ID, .user_name = GOOD_USER, .password = GOOD_PASSWORD, .keepalive_s = 29 }, 2, 0x82 },
	{ "registration without TLS", { .client_id = "x|securemode=2,authType=register,random=1,signmethod=hmacmd5|",
	  .user_name = GOOD_USER, .password = "00", .keepalive_s = 60, .transport = TRANSPORT_TCP }, 2, 0x85 },
	{ "no user name", { .client_id = GOOD_ID, .password = GOOD_PASSWORD, .keepalive_s = 60 }, 4, 0x86 },
	{ "no password", { .client_id = GOOD_ID, .user_name = GOOD_USER, .keepalive_s = 60 }, 4, 0x86 },
	{ "unknown product", { .client_id = GOOD_ID, .user_name = "gw-0001&nothing", .password = GOOD_PASSWORD, .keepalive_s = 60 }, 4, 0x86 },
	{ "unknown device", { .client_id = GOOD_ID, .user_name = "nobody&a1EmuGate01", .password = GOOD_PASSWORD, .keepalive_s = 60 }, 4, 0x86 },
	{ "wrong password", { .client_id = GOOD_ID, .user_name = GOOD_USER, .password = "00", .keepalive_s = 60 }, 4, 0x86 },
	{ "wrong token", { .client_id = "x|securemode=-2,authType=connwl|", .user_name = GOOD_USER, .password = "00", .keepalive_s = 60 }, 4, 0x86 },
	{ "wrong iotId", { .client_id = "x|securemode=-1|", .user_name = "nobody", .password = "00", .keepalive_s = 60 }, 3, 0x88 },
};

START_TEST(exact_codes)
{
	int protocol;

	for (protocol = 3; protocol <= 5; protocol++) {
		struct cloud *cloud = fixture_cloud("");
		struct effects out = { 0 };
		struct connect in = rows[_i].in;
		struct connected connected = { 77, 77 };

		in.protocol = protocol;
		ck_assert_msg((int)cloud_connect(cloud, &in, &connected, &out) == rows[_i].connack, "%s", rows[_i].row);
		ck_assert_msg(connected.reason == rows[_i].reason, "%s: 0x%02x", rows[_i].row, (unsigned)connected.reason);
		ck_assert_msg((connected.number != 0) == !rows[_i].connack, "%s", rows[_i].row);
		effects_free(&out);
		cloud_free(cloud);
	}
}
END_TEST

START_TEST(disabled_and_protocol)
{
	struct cloud *cloud = fixture_cloud("");
	struct effects out = { 0 };
	struct connect in = rows[0].in;
	struct connected connected;

	in.protocol = 2;
	ck_assert_int_eq(cloud_connect(cloud, &in, &connected, &out), 1);
	ck_assert_int_eq(connected.reason, 0x84);
	in.protocol = 4;
	device_find_key(cloud, "a1EmuGate01", "gw-0001")->enabled = false;
	ck_assert_int_eq(cloud_connect(cloud, &in, &connected, &out), 5);
	ck_assert_int_eq(connected.reason, 0x87);
	effects_free(&out);
	cloud_free(cloud);
}
END_TEST

/* Connect reference, section 1.7: the vector's digest 20baa573… in upper-case hex is the key, and this its bytes in hex. */
#define PSK_BYTES \
	"3230424141353733394234353335343343423743433234303438453743383744" \
	"4137443632463236374332343936343236443846463932384343414637364535"

static const struct {
	const char *identity, *key;   /* NULL: none */
} psks[] = {
	{ "devicename|hmacsha256|a1EmuGate01&gw-0001|2524608000000", PSK_BYTES },
	{ "devicename|hmacsha512|a1EmuGate01&gw-0001|2524608000000", NULL },
	{ "devicename|hmacsha256|a1EmuGate01&nobody|2524608000000", NULL },
	{ "devicename|hmacsha256|nothing&gw-0001|2524608000000", NULL },
	{ "devicename|hmacsha256|a1EmuGate01|2524608000000", NULL },
	{ "devicename|hmacsha256|a1EmuGate01&gw-0001", NULL },
	{ "devicename|hmacsha256|a1EmuGate01&gw-0001|1|2", NULL },
	{ "product|hmacsha256|a1EmuGate01&gw-0001|2524608000000", NULL },
	{ "", NULL }, { "|||", NULL },
};

START_TEST(psk)
{
	struct cloud *cloud = fixture_cloud("");
	char key[1024] = "unset", small[128];
	bool found = cloud_psk(cloud, psks[_i].identity, key, sizeof(key));

	ck_assert_msg(found == (psks[_i].key != NULL), "%s", psks[_i].identity);
	if (found) {
		ck_assert_str_eq(key, psks[_i].key);
		ck_assert(cloud_psk(cloud, psks[_i].identity, key, 129));
		ck_assert(!cloud_psk(cloud, psks[_i].identity, small, sizeof(small)));
	}
	cloud_free(cloud);
}
END_TEST

START_TEST(psk_identity_is_bounded)
{
	struct cloud *cloud = fixture_cloud("");
	char identity[2000], key[1024];

	memset(identity, 'x', sizeof(identity));
	memcpy(identity, "devicename|hmacsha256|", strlen("devicename|hmacsha256|"));
	strcpy(identity + sizeof(identity) - 10, "&d|1");
	ck_assert(!cloud_psk(cloud, identity, key, sizeof(key)));
	cloud_free(cloud);
}
END_TEST

static uint64_t connect_device(struct cloud *cloud, bool clean, struct effects *out)
{
	struct connect in = rows[0].in;
	struct connected connected = { 0 };

	in.protocol = 4;
	in.clean = clean;
	ck_assert_int_eq(cloud_connect(cloud, &in, &connected, out), 0);
	return connected.number;
}

/* guess: an absent device keeps 1000 messages and 4 MB; the oldest go. */
START_TEST(what_is_kept_is_bounded)
{
	struct cloud *cloud = fixture_cloud("");
	struct device *device = device_find_key(cloud, "a1EmuGate01", "gw-0001");
	static const char topic[] = "/a1EmuGate01/gw-0001/user/get";
	static char large[300000];
	struct effects out = { 0 };
	char payload[16];
	size_t i;

	cloud_subscribe(cloud, connect_device(cloud, false, &out), topic, 1, &out);
	cloud_disconnect(cloud, 1, DISCONNECT_CLEAN, &out);
	for (i = 0; i < 1100; i++) {
		snprintf(payload, sizeof(payload), "%zu", i);
		ck_assert_int_eq(deliver(cloud, device, ROLE_DOWN, topic, payload, strlen(payload), &out, NULL), DELIVERY_KEPT);
	}
	effects_clear(&out);
	connect_device(cloud, false, &out);
	cloud_tick(cloud, &out);
	ck_assert_uint_eq(out.count, 1000);
	ck_assert_str_eq(out.at[0].payload, "100");
	ck_assert_str_eq(out.at[999].payload, "1099");
	ck_assert_int_eq(out.at[0].qos, 1);

	cloud_disconnect(cloud, 2, DISCONNECT_CLEAN, &out);
	memset(large, 'x', sizeof(large));
	for (i = 0; i < 20; i++)
		deliver(cloud, device, ROLE_DOWN, topic, large, sizeof(large), &out, NULL);
	effects_clear(&out);
	connect_device(cloud, false, &out);
	cloud_tick(cloud, &out);
	ck_assert_uint_eq(out.count, 4 * 1024 * 1024 / sizeof(large));
	ck_assert_uint_eq(out.at[0].payload_len, sizeof(large));
	effects_free(&out);
	cloud_free(cloud);
}
END_TEST

/* Answers are never kept: who asked is gone. */
START_TEST(replies_are_not_kept)
{
	struct cloud *cloud = fixture_cloud("");
	struct device *device = device_find_key(cloud, "a1EmuGate01", "gw-0001");
	static const char topic[] = "/sys/a1EmuGate01/gw-0001/thing/topo/get_reply";
	struct effects out = { 0 };

	cloud_subscribe(cloud, connect_device(cloud, false, &out), topic, 1, &out);
	cloud_disconnect(cloud, 1, DISCONNECT_LOST, &out);
	ck_assert_int_eq(deliver(cloud, device, ROLE_REPLY, topic, "{}", 2, &out, NULL), DELIVERY_OFFLINE);
	ck_assert_int_eq(deliver(cloud, device, ROLE_DOWN, topic, "{}", 2, &out, NULL), DELIVERY_KEPT);
	effects_free(&out);
	cloud_free(cloud);
}
END_TEST

/* Option platformRules off: the broker routes what is not Alink, and everyone may subscribe. */
START_TEST(plain_broker)
{
	static const struct { const char *topic; enum message_fate fate; } messages[] = {
		{ "/sys/a1EmuGate01/gw-0001/thing/topo/get", MESSAGE_TAKEN },
		{ "/a1EmuGate01/gw-0001/user/update", MESSAGE_ROUTED },
		{ "TopicA/B", MESSAGE_ROUTED },
	};
	struct cloud *cloud = fixture_cloud("'profile':'platform','options':{'platformRules':false},");
	struct connect nobody = { .client_id = "x", .protocol = 4 };
	struct connected connected = { 0 };
	struct effects out = { 0 };
	uint64_t device = connect_device(cloud, true, &out);
	size_t i;

	ck_assert(cloud_is_plain_broker(cloud));
	ck_assert_int_eq(cloud_connect(cloud, &nobody, &connected, &out), 0);
	for (i = 0; i < COUNT(messages); i++) {
		struct message in = { .topic = messages[i].topic, .payload = "{}", .payload_len = 2 };

		ck_assert_msg(cloud_message(cloud, device, &in, &out) == messages[i].fate, "%s", messages[i].topic);
		ck_assert_int_eq(cloud_message(cloud, connected.number, &in, &out), MESSAGE_ROUTED);
	}
	ck_assert(cloud_subscribe(cloud, connected.number, "#", 2, &out));
	ck_assert(cloud_subscribe(cloud, device, "#", 2, &out));
	effects_free(&out);
	cloud_free(cloud);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("connect");
	TCase *tcase = tcase_create("connect");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);   /* thousands of commits take their time on a machine that does other things, too */
	tcase_add_loop_test(tcase, exact_codes, 0, COUNT(rows));
	tcase_add_test(tcase, disabled_and_protocol);
	tcase_add_loop_test(tcase, psk, 0, COUNT(psks));
	tcase_add_test(tcase, psk_identity_is_bounded);
	tcase_add_test(tcase, what_is_kept_is_bounded);
	tcase_add_test(tcase, replies_are_not_kept);
	tcase_add_test(tcase, plain_broker);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

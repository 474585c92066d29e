/* Limits and options: names, defaults, what is refused and what is suggested. */
#include "settings.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Names and defaults as the public face promises them. */
static const struct {
	const char *name;
	int64_t test, platform;
} limits[] = {
	{ "subDevicesPerGateway",              2000,   2000 },
	{ "onlineSubDevicesPerGateway",        2000,   2000 },
	{ "entriesPerTopologyRequest",         30,     30 },
	{ "entriesPerBatchLogin",              50,     50 },
	{ "loginsPerSubDevicePerMinute",       5,      5 },
	{ "loginsPerGatewayPerSecond",         0,      200 },
	{ "topologyRequestsPerDevicePerSecond", 0,     0 },
	{ "otaRequestsPerDevicePerSecond",     0,      0 },
	{ "connectsPerDevicePerMinute",        0,      5 },
	{ "uplinkQos0PerDevicePerSecond",      0,      30 },
	{ "uplinkQos1PerDevicePerSecond",      0,      10 },
	{ "downlinkPerDevicePerSecond",        50,     50 },
	{ "bytesPerConnectionPerSecond",       0,      1048576 },
	{ "subscriptionsPerDevice",            100,    100 },
	{ "payloadBytes",                      262144, 262144 },
	{ "customTopicBytes",                  128,    128 },
	{ "customTopicSlashes",                7,      7 },
	{ "keepaliveMinSeconds",               30,     30 },
	{ "keepaliveMaxSeconds",               1200,   1200 },
	{ "registrationCloseSeconds",          15,     15 },
	{ "propertiesPerPost",                 200,    200 },
	{ "propertiesPerDesiredRequest",       200,    200 },
	{ "subDevicesPerPack",                 20,     20 },
	{ "eventsPerPack",                     200,    200 },
	{ "postAgeMaxDays",                    30,     30 },
	{ "postFutureMaxHours",                24,     24 },
	{ "tagsPerDevice",                     100,    100 },
	{ "shadowBytes",                       16384,  16384 },
	{ "shadowDepth",                       5,      5 },
	{ "shadowAttributes",                  128,    128 },
	{ "broadcastsPerProductPerMinute",         0,      1 },
	{ "configBytes",                       65536,  65536 },
	{ "filesPerDevice",                    1000,   1000 },
	{ "rrpcTimeoutSeconds",                8,      8 },
	{ "scriptTimeoutSeconds",              3,      3 },
	{ "offlineQueueDays",                  7,      7 },
	{ "historySamples",                    100000, 100000 },
	{ "logRecords",                        100000, 100000 },
};

static const struct {
	const char *name, *values;
} options[] = {
	{ "forcedOfflineTopic",  "error logout_reply both" },
	{ "disabledLoginCode",   "522 6204" },
	{ "batchLimitCode",      "460 1914" },
	{ "topologyReplyData",   "array object" },
	{ "legacyLoginSign",     "false true" },
	{ "keepaliveAboveMax",   "accept refuse" },
	{ "deviceNameCharset",   "api strict" },
	{ "tlsOnly",             "false true" },
	{ "strictSecuremode",    "false true" },
	{ "protocolDowngrade",   "accept refuse" },
	{ "customTopics",        "both user legacy" },
	{ "autoSubscribe",       "flag always never" },
	{ "topologyAddBound",    "move refuse" },
	{ "malformedReply",      "reply silent" },
	{ "propertyReply",       "data code" },
	{ "propertyText",        "legacy code" },
	{ "strictDecimals",      "false true" },
	{ "strictMethod",        "false true" },
	{ "longType",            "false true" },
	{ "otaSignMethod",       "Md5 SHA256" },
	{ "productRegisterCode", "entry always200" },
	{ "loginRateText",       "new old" },
	{ "deviceInfoGet",       "true false" },
	{ "propertyGet",         "false true" },
	{ "gatewayConfigPush",   "false true" },
	{ "ntpTypes",            "mirror string" },
	{ "rawReplyFallback",    "none json" },
	{ "platformRules",       "true false" },
	{ "explainSecrets",      "true false" },
};

static const struct limit_row *limit_named(const char *name)
{
	size_t count, i;
	const struct limit_row *rows = settings_limits(&count);

	for (i = 0; i < count; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static const struct option_row *option_named(const char *name)
{
	size_t count, i;
	const struct option_row *rows = settings_options(&count);

	for (i = 0; i < count; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static int64_t limit_of(const struct settings *settings, const char *name)
{
	return *(const int64_t *)((const char *)settings + limit_named(name)->offset);
}

static const char *option_of(const struct settings *settings, const char *name, char *buf, size_t size)
{
	return option_value(settings, option_named(name), buf, size);
}

START_TEST(limit_has_its_default)
{
	const struct limit_row *row = limit_named(limits[_i].name);
	struct settings settings;

	ck_assert_msg(row, "%s is missing", limits[_i].name);
	ck_assert_msg(row->beyond[0], "%s does not say what lies beyond", row->name);
	settings_init(&settings, PROFILE_TEST);
	ck_assert_int_eq(limit_of(&settings, limits[_i].name), limits[_i].test);
	settings_init(&settings, PROFILE_PLATFORM);
	ck_assert_int_eq(limit_of(&settings, limits[_i].name), limits[_i].platform);
}
END_TEST

START_TEST(option_has_its_values)
{
	const struct option_row *row = option_named(options[_i].name);
	struct settings settings;
	char expected[32], buf[32];

	ck_assert_msg(row, "%s is missing", options[_i].name);
	ck_assert_str_eq(row->values, options[_i].values);
	ck_assert(row->what[0]);
	settings_init(&settings, PROFILE_TEST);
	ck_assert_int_eq(sscanf(options[_i].values, "%31s", expected), 1);
	ck_assert_str_eq(option_of(&settings, options[_i].name, buf, sizeof(buf)), expected);
}
END_TEST

START_TEST(nothing_else_is_there)
{
	struct settings settings;
	size_t count;

	settings_limits(&count);
	ck_assert_uint_eq(count, COUNT(limits));
	settings_options(&count);
	ck_assert_uint_eq(count, COUNT(options));
	settings_init(&settings, PROFILE_PLATFORM);
	ck_assert_int_eq(settings.profile, PROFILE_PLATFORM);
	/* a field is what its name says, for the booleans too */
	ck_assert_int_eq(settings.limits.logins_per_gateway_per_second, 200);
	ck_assert_int_eq(settings.options.platform_rules, 1);
	ck_assert_int_eq(settings.options.tls_only, 0);
}
END_TEST

/* One member of an object such as {"payloadBytes":5}, set and shown. */
static const struct {
	const char *json, *shown;
} accepted_options[] = {
	{ "{\"forcedOfflineTopic\":\"both\"}",   "both" },
	{ "{\"disabledLoginCode\":\"6204\"}",    "6204" },
	{ "{\"disabledLoginCode\":6204}",        "6204" },
	{ "{\"disabledLoginCode\":522}",         "522" },
	{ "{\"otaSignMethod\":\"SHA256\"}",      "SHA256" },
	{ "{\"tlsOnly\":true}",                  "true" },
	{ "{\"platformRules\":false}",           "false" },
	{ "{\"platformRules\":true}",            "true" },
};

START_TEST(option_is_set)
{
	struct json_doc doc = { 0 };
	struct settings settings;
	struct json member;
	char name[32], buf[128];

	settings_init(&settings, PROFILE_TEST);
	ck_assert_int_eq(json_parse(&doc, accepted_options[_i].json, strlen(accepted_options[_i].json),
	                            JSON_STRICT, NULL), 0);
	member = json_first(json_root(&doc));
	ck_assert_int_gt(json_string(json_key(member), name, sizeof(name)), 0);
	ck_assert_ptr_null(settings_set_option(&settings, member, buf, sizeof(buf)));
	ck_assert_str_eq(option_of(&settings, name, buf, sizeof(buf)), accepted_options[_i].shown);
	json_doc_free(&doc);
}
END_TEST

/* The enums of settings.h against the words of settings.def. */
static const struct {
	const char *name, *word;
	int value;
} words[] = {
	{ "forcedOfflineTopic",  "logout_reply", FORCED_OFFLINE_LOGOUT_REPLY },
	{ "forcedOfflineTopic",  "both",         FORCED_OFFLINE_BOTH },
	{ "disabledLoginCode",   "6204",         DISABLED_LOGIN_6204 },
	{ "batchLimitCode",      "1914",         BATCH_LIMIT_1914 },
	{ "topologyReplyData",   "object",       TOPOLOGY_REPLY_OBJECT },
	{ "keepaliveAboveMax",   "refuse",       KEEPALIVE_ABOVE_MAX_REFUSE },
	{ "deviceNameCharset",   "strict",       DEVICE_NAME_STRICT },
	{ "customTopics",        "user",         CUSTOM_TOPICS_USER },
	{ "customTopics",        "legacy",       CUSTOM_TOPICS_LEGACY },
	{ "autoSubscribe",       "always",       AUTO_SUBSCRIBE_ALWAYS },
	{ "autoSubscribe",       "never",        AUTO_SUBSCRIBE_NEVER },
	{ "topologyAddBound",    "refuse",       TOPOLOGY_ADD_REFUSE },
	{ "malformedReply",      "silent",       MALFORMED_SILENT },
	{ "propertyReply",       "code",         PROPERTY_REPLY_CODE },
	{ "propertyText",        "code",         PROPERTY_TEXT_CODE },
	{ "otaSignMethod",       "SHA256",       OTA_SIGN_SHA256 },
	{ "productRegisterCode", "always200",    PRODUCT_REGISTER_ALWAYS_200 },
	{ "loginRateText",       "old",          LOGIN_RATE_OLD },
	{ "ntpTypes",            "string",       NTP_STRING },
	{ "rawReplyFallback",    "json",         RAW_FALLBACK_JSON },
};

START_TEST(enum_fits_the_words)
{
	const struct option_row *row = option_named(words[_i].name);
	struct settings settings;
	char buf[32];

	settings_init(&settings, PROFILE_TEST);
	*(int *)((char *)&settings + row->offset) = words[_i].value;
	ck_assert_str_eq(option_value(&settings, row, buf, sizeof(buf)), words[_i].word);
}
END_TEST

static const struct {
	const char *json, *complaint;
} refused[] = {
	{ "{\"payloadBytes\":-1}",
	  "`payloadBytes` must be a whole number from 0 (off) to 2147483647" },
	{ "{\"payloadBytes\":2147483648}",
	  "`payloadBytes` must be a whole number from 0 (off) to 2147483647" },
	{ "{\"payloadBytes\":1.0}",
	  "`payloadBytes` must be a whole number from 0 (off) to 2147483647" },
	{ "{\"payloadBytes\":\"5\"}",
	  "`payloadBytes` must be a whole number from 0 (off) to 2147483647" },
	{ "{\"payloadByte\":5}",
	  "unknown limit `payloadByte`, did you mean `payloadBytes`?" },
	{ "{\"sub_devices_per_gateway\":5}",
	  "unknown limit `sub_devices_per_gateway`, did you mean `subDevicesPerGateway`?" },
	{ "{\"zzz\":5}",
	  "unknown limit `zzz`" },
	{ "{\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm\":5}",
	  "unknown limit" },
}, refused_options[] = {
	{ "{\"tlsOnly\":1}",                   "`tlsOnly` must be true or false" },
	{ "{\"tlsOnly\":\"true\"}",            "`tlsOnly` must be true or false" },
	{ "{\"forcedOfflineTopic\":\"log\"}",  "`forcedOfflineTopic` must be one of error, logout_reply, both" },
	{ "{\"forcedOfflineTopic\":\"\"}",     "`forcedOfflineTopic` must be one of error, logout_reply, both" },
	{ "{\"forcedOfflineTopic\":\"error logout_reply\"}",
	  "`forcedOfflineTopic` must be one of error, logout_reply, both" },
	{ "{\"forcedOfflineTopic\":true}",     "`forcedOfflineTopic` must be one of error, logout_reply, both" },
	{ "{\"disabledLoginCode\":521}",       "`disabledLoginCode` must be one of 522, 6204" },
	{ "{\"otaSignMethod\":\"md5\"}",       "`otaSignMethod` must be one of Md5, SHA256" },
	{ "{\"forceOfflineTopic\":\"both\"}",  "unknown option `forceOfflineTopic`, did you mean `forcedOfflineTopic`?" },
};

typedef const char *set(struct settings *, struct json, char *, size_t);

static void refuse(set *setter, const char *json, const char *complaint)
{
	struct json_doc doc = { 0 };
	struct settings before, after;
	const char *said;
	char buf[128];

	settings_init(&before, PROFILE_TEST);
	settings_init(&after, PROFILE_TEST);
	ck_assert_int_eq(json_parse(&doc, json, strlen(json), JSON_STRICT, NULL), 0);
	said = setter(&after, json_first(json_root(&doc)), buf, sizeof(buf));
	ck_assert_ptr_nonnull(said);
	ck_assert_str_eq(said, complaint);
	ck_assert_msg(!memcmp(&before, &after, sizeof(before)), "%s changed something", json);
	json_doc_free(&doc);
}

START_TEST(limit_is_refused)
{
	refuse(settings_set_limit, refused[_i].json, refused[_i].complaint);
}
END_TEST

START_TEST(option_is_refused)
{
	refuse(settings_set_option, refused_options[_i].json, refused_options[_i].complaint);
}
END_TEST

START_TEST(limit_is_set)
{
	static const char json[] = "{\"payloadBytes\":0,\"logRecords\":2147483647}";
	struct json_doc doc = { 0 };
	struct settings settings;
	char buf[128];

	settings_init(&settings, PROFILE_TEST);
	ck_assert_int_eq(json_parse(&doc, json, strlen(json), JSON_STRICT, NULL), 0);
	json_each(member, json_root(&doc))
		ck_assert_ptr_null(settings_set_limit(&settings, member, buf, sizeof(buf)));
	ck_assert_int_eq(settings.limits.payload_bytes, 0);
	ck_assert_int_eq(settings.limits.log_records, 2147483647);
	ck_assert_int_eq(settings.limits.properties_per_post, 200);
	json_doc_free(&doc);
}
END_TEST

START_TEST(a_short_buffer_is_kept)
{
	static const char json[] = "{\"forcedOfflineTopic\":1}";
	struct json_doc doc = { 0 };
	struct settings settings;
	char buf[16];

	settings_init(&settings, PROFILE_TEST);
	ck_assert_int_eq(json_parse(&doc, json, strlen(json), JSON_STRICT, NULL), 0);
	ck_assert_str_eq(settings_set_option(&settings, json_first(json_root(&doc)), buf, sizeof(buf)),
	                 "`forcedOfflineT");
	json_doc_free(&doc);
}
END_TEST

static const struct {
	const char *word, *nearest;
} suggestions[] = {
	{ "deviceNme",   "deviceName" },
	{ "devicename",  "deviceName" },
	{ "devicNames",  "deviceName" },
	{ "tsll",        "tsl" },
	{ "enable",      "enabled" },
	{ "color",       NULL },
	{ "",            NULL },
	{ "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", NULL },
};

START_TEST(the_nearest_is_suggested)
{
	static const char *const names[] = { "deviceName", "productKey", "tsl", "enabled" };
	const char *nearest = suggest(suggestions[_i].word, names, COUNT(names), sizeof(names[0]));

	if (suggestions[_i].nearest)
		ck_assert_str_eq(nearest, suggestions[_i].nearest);
	else
		ck_assert_ptr_null(nearest);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("settings");
	TCase *tcase = tcase_create("settings");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, limit_has_its_default, 0, COUNT(limits));
	tcase_add_loop_test(tcase, option_has_its_values, 0, COUNT(options));
	tcase_add_test(tcase, nothing_else_is_there);
	tcase_add_loop_test(tcase, option_is_set, 0, COUNT(accepted_options));
	tcase_add_loop_test(tcase, enum_fits_the_words, 0, COUNT(words));
	tcase_add_loop_test(tcase, limit_is_refused, 0, COUNT(refused));
	tcase_add_loop_test(tcase, option_is_refused, 0, COUNT(refused_options));
	tcase_add_test(tcase, limit_is_set);
	tcase_add_test(tcase, a_short_buffer_is_kept);
	tcase_add_loop_test(tcase, the_nearest_is_suggested, 0, COUNT(suggestions));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Topics: where the identity stands, what matches what, what reaches whom by itself. */
#include "topic.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- taking them apart --- */

static const struct {
	const char *text, *family, *product_key, *device_name, *rest;   /* family NULL: it belongs to none */
} topics[] = {
	{ "/sys/pk/dn/thing/event/property/post", "/sys/", "pk", "dn", "thing/event/property/post" },
	{ "/sys/pk/dn", "/sys/", "pk", "dn", "" },
	{ "/sys/pk/dn/", "/sys/", "pk", "dn", "" },
	{ "/ext/session/pk/dn/combine/login", "/ext/session/", "pk", "dn", "combine/login" },
	{ "/ext/error/pk/dn", "/ext/error/", "pk", "dn", "" },
	{ "/ext/ntp/pk/dn/request", "/ext/ntp/", "pk", "dn", "request" },
	{ "/ext/register", "/ext/", "", "", "register" },
	{ "/ext/rrpc/17/sys/pk/dn/thing/service/x", "/ext/rrpc/", "", "", "17/sys/pk/dn/thing/service/x" },
	{ "/ota/device/upgrade/pk/dn", "/ota/device/upgrade/", "pk", "dn", "" },
	{ "/shadow/update/pk/dn", "/shadow/update/", "pk", "dn", "" },
	{ "/broadcast/pk/news", "/broadcast/", "pk", "", "news" },
	{ "/pk/dn/user/update", "/", "pk", "dn", "user/update" },
	{ "/sys/pk", NULL, NULL, NULL, NULL },
	{ "/sys//dn/thing", NULL, NULL, NULL, NULL },
	{ "/pk//user", NULL, NULL, NULL, NULL },
	{ "/pk", NULL, NULL, NULL, NULL },
	{ "/", NULL, NULL, NULL, NULL },
	{ "sys/pk/dn/thing", NULL, NULL, NULL, NULL },
	{ "$SYS/broker", NULL, NULL, NULL, NULL },
	{ "", NULL, NULL, NULL, NULL },
};

static bool same(struct span span, const char *text)
{
	return span.len == strlen(text) && (!span.len || !memcmp(span.at, text, span.len));
}

START_TEST(is_taken_apart)
{
	struct topic topic;
	bool parsed = topic_parse(&topic, topics[_i].text);

	ck_assert_msg(parsed == (topics[_i].family != NULL), "%s", topics[_i].text);
	if (!parsed)
		return;
	ck_assert_str_eq(topic.family->prefix, topics[_i].family);
	ck_assert_msg(same(topic.product_key, topics[_i].product_key), "%s", topics[_i].text);
	ck_assert_msg(same(topic.device_name, topics[_i].device_name), "%s", topics[_i].text);
	ck_assert_msg(same(topic.rest, topics[_i].rest), "%s", topics[_i].text);
}
END_TEST

/* --- filters: the MQTT 3.1.1 specification's examples (section 4.7) and the platform's --- */

static const struct {
	const char *filter, *topic;
	bool matches;
} matchings[] = {
	{ "sport/tennis/player1/#", "sport/tennis/player1", true },
	{ "sport/tennis/player1/#", "sport/tennis/player1/ranking", true },
	{ "sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true },
	{ "sport/#", "sport", true },
	{ "#", "anything/at/all", true },
	{ "sport/tennis/+", "sport/tennis/player1", true },
	{ "sport/tennis/+", "sport/tennis/player1/ranking", false },
	{ "sport/+", "sport", false },
	{ "sport/+", "sport/", true },
	{ "+/+", "/finance", true },
	{ "/+", "/finance", true },
	{ "+", "/finance", false },
	{ "a/b", "a/b", true },
	{ "a/b", "a/c", false },
	{ "a/b", "a/bc", false },
	{ "a/bc", "a/b", false },
	{ "a/b", "a/b/c", false },
	{ "a/b/c", "a/b", false },
	{ "a/+/c", "a//c", true },
	{ "a/#", "ab", false },
	{ "/sys/pk/dn/thing/event/+/post_reply", "/sys/pk/dn/thing/event/property/post_reply", true },
	{ "/sys/pk/dn/thing/event/+/post_reply", "/sys/pk/dn/thing/event/property/history/post_reply", false },
	{ "/sys/pk/dn/thing/service/#", "/sys/pk/dn/thing/service/property/set", true },
	{ "/sys/pk/dn/thing/#", "/sys/pk/dn2/thing/x", false },
};

START_TEST(matching)
{
	ck_assert_msg(topic_matches(matchings[_i].filter, matchings[_i].topic) == matchings[_i].matches, "%s and %s",
	              matchings[_i].filter, matchings[_i].topic);
	/* A topic without wildcards meets a filter when it matches it. */
	ck_assert_msg(topic_filters_meet(matchings[_i].filter, matchings[_i].topic) == matchings[_i].matches, "%s meets %s",
	              matchings[_i].filter, matchings[_i].topic);
	ck_assert_msg(topic_filters_meet(matchings[_i].topic, matchings[_i].filter) == matchings[_i].matches, "%s meets %s",
	              matchings[_i].topic, matchings[_i].filter);
}
END_TEST

static const struct {
	const char *a, *b;
	bool meet;
} meetings[] = {
	{ "user/+", "user/#", true },
	{ "user/+", "+/get", true },
	{ "user/+/x", "user/a/+", true },
	{ "user/+/x", "user/+", false },
	{ "user/#", "shop/#", false },
	{ "user/#", "user", true },
	{ "#", "user/+", true },
	{ "a/+/c/#", "a/b/+", true },
	{ "a/+/c/#", "a/b/d", false },
};

START_TEST(meeting)
{
	ck_assert_msg(topic_filters_meet(meetings[_i].a, meetings[_i].b) == meetings[_i].meet, "%s %s", meetings[_i].a, meetings[_i].b);
	ck_assert_msg(topic_filters_meet(meetings[_i].b, meetings[_i].a) == meetings[_i].meet, "%s %s", meetings[_i].b, meetings[_i].a);
}
END_TEST

static const struct {
	const char *filter;
	bool valid;
} filters[] = {
	{ "#", true }, { "+", true }, { "/", true }, { "a//b", true }, { "a/#", true }, { "+/a/+", true },
	{ "", false }, { "a#", false }, { "#/a", false }, { "a/#/b", false }, { "a+/b", false }, { "a/+b", false }, { "##", false },
};

START_TEST(validity)
{
	ck_assert_msg(topic_filter_valid(filters[_i].filter) == filters[_i].valid, "%s", filters[_i].filter);
}
END_TEST

static const struct {
	const char *pattern, *text;
	bool matches;
} globs[] = {
	{ "thing/service/*", "thing/service/reboot", true },
	{ "thing/service/*", "thing/service/property/set", false },
	{ "a*c", "abc", true }, { "a*c", "ac", true }, { "a*c", "a/c", false }, { "a*b*c", "aXbXbc", true },
	{ "*", "", true }, { "", "", true }, { "", "x", false }, { "x", "", false }, { "a*", "b", false },
	{ "*/x", "a/b/x", false }, { "a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
};

START_TEST(glob)
{
	ck_assert_msg(topic_glob(globs[_i].pattern, strlen(globs[_i].pattern), globs[_i].text, strlen(globs[_i].text)) ==
	              globs[_i].matches, "%s and %s", globs[_i].pattern, globs[_i].text);
}
END_TEST

/* --- flags. Connect reference, sections 7.2 and 7.4 --- */

static const struct {
	const char *topic;
	bool down, answered, automatic, always;
} flags[] = {
	{ "/sys/p/d/thing/service/property/set",      true, true, true, false },
	{ "/sys/p/d/thing/service/module:reboot",     true, true, true, false },
	{ "/sys/p/d/thing/model/down_raw",            true, false, true, false },
	{ "/sys/p/d/thing/model/up_raw_reply",        true, false, true, false },
	{ "/sys/p/d/rrpc/request/17",                 true, false, true, false },
	{ "/sys/p/d/thing/topo/change",               true, true, true, false },
	{ "/sys/p/d/thing/disable",                   true, true, true, false },
	{ "/ext/error/p/d",                           true, false, true, false },
	{ "/ext/ntp/p/d/response",                    true, false, true, false },
	{ "/ota/device/upgrade/p/d",                  true, false, true, false },
	{ "/shadow/get/p/d",                          true, false, true, false },
	{ "/ext/rrpc/1/sys/p/d/thing/service/x",      true, false, true, false },
	{ "/sys/p/d/broadcast/request/9",             true, false, false, true },
	{ "/ext/register",                            true, false, false, true },
	{ "/ext/regnwl",                              true, false, false, true },
	{ "/ext/auth/identity/response",              true, false, false, true },
	{ "/broadcast/p/news",                        true, false, false, false },
	{ "/p/d/user/get",                            false, false, false, false },
	{ "/sys/p/d/thing/no/such/thing",             false, false, false, false },
};

START_TEST(what_a_topic_is)
{
	struct topic topic;
	unsigned got;

	ck_assert(topic_parse(&topic, flags[_i].topic));
	got = topic_flags(&topic);
	ck_assert_msg(!(got & TOPIC_DOWN) == !flags[_i].down, "%s down", flags[_i].topic);
	ck_assert_msg(!(got & TOPIC_ANSWERED) == !flags[_i].answered, "%s answered", flags[_i].topic);
	ck_assert_msg(!(got & TOPIC_AUTO) == !flags[_i].automatic, "%s auto", flags[_i].topic);
	ck_assert_msg(!(got & TOPIC_ALWAYS) == !flags[_i].always, "%s always", flags[_i].topic);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("topic");
	TCase *tcase = tcase_create("topic");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, is_taken_apart, 0, COUNT(topics));
	tcase_add_loop_test(tcase, matching, 0, COUNT(matchings));
	tcase_add_loop_test(tcase, meeting, 0, COUNT(meetings));
	tcase_add_loop_test(tcase, validity, 0, COUNT(filters));
	tcase_add_loop_test(tcase, glob, 0, COUNT(globs));
	tcase_add_loop_test(tcase, what_a_topic_is, 0, COUNT(flags));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

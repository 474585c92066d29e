#include "topic.h"

#include <string.h>

/* The longest prefix stands first where one begins another. */
static const struct topic_family families[] = {
	{ "/sys/",                 SCOPE_DEVICE },
	{ "/ext/session/",         SCOPE_DEVICE },
	{ "/ext/error/",           SCOPE_DEVICE },
	{ "/ext/ntp/",             SCOPE_DEVICE },
	{ "/ext/rrpc/",            SCOPE_CONNECTION },   /* {messageId}/ and then the topic that is meant */
	{ "/ext/",                 SCOPE_CONNECTION },   /* /ext/register, /ext/network/probe/… */
	{ "/ota/device/inform/",   SCOPE_DEVICE },
	{ "/ota/device/progress/", SCOPE_DEVICE },
	{ "/ota/device/upgrade/",  SCOPE_DEVICE },
	{ "/ota/device/request/",  SCOPE_DEVICE },
	{ "/shadow/update/",       SCOPE_DEVICE },
	{ "/shadow/get/",          SCOPE_DEVICE },
	{ "/broadcast/",           SCOPE_PRODUCT },
	{ "/",                     SCOPE_DEVICE },       /* custom: /{pk}/{dn}/user/update */
};

/*
 * What is neither a method (method.c) nor a method's reply. Rows are below the identity;
 * `*` stands for any characters of one level, a row that is `#` for any levels.
 */
static const struct {
	const char *prefix, *rest;
	unsigned    flags;
} topics[] = {
	/* doc: automatic topic subscription, the group of the thing model */
	{ "/sys/", "thing/service/property/set",        TOPIC_DOWN | TOPIC_ANSWERED | TOPIC_AUTO },
	{ "/sys/", "thing/service/*",                   TOPIC_DOWN | TOPIC_ANSWERED | TOPIC_AUTO },
	{ "/sys/", "thing/model/down_raw",              TOPIC_DOWN | TOPIC_AUTO },
	{ "/sys/", "thing/model/up_raw_reply",          TOPIC_DOWN | TOPIC_AUTO },
	{ "/sys/", "rrpc/request/*",                    TOPIC_DOWN | TOPIC_AUTO },
	/* doc: the group of the gateway */
	{ "/sys/", "thing/topo/change",                 TOPIC_DOWN | TOPIC_ANSWERED | TOPIC_AUTO },
	/* sdk: C 3.2 and 4.x never subscribe to these, and wait for them */
	{ "/sys/", "thing/topo/add/notify",             TOPIC_DOWN | TOPIC_ANSWERED | TOPIC_AUTO },
	{ "/sys/", "thing/gateway/permit",              TOPIC_DOWN | TOPIC_ANSWERED | TOPIC_AUTO },
	{ "/sys/", "thing/disable",                     TOPIC_DOWN | TOPIC_ANSWERED | TOPIC_AUTO | TOPIC_LAST },
	{ "/sys/", "thing/enable",                      TOPIC_DOWN | TOPIC_ANSWERED | TOPIC_AUTO | TOPIC_LAST },
	{ "/sys/", "thing/delete",                      TOPIC_DOWN | TOPIC_ANSWERED | TOPIC_AUTO | TOPIC_LAST },
	{ "/sys/", "thing/service/property/get",        TOPIC_DOWN | TOPIC_ANSWERED | TOPIC_AUTO },
	{ "/sys/", "thing/config/push",                 TOPIC_DOWN | TOPIC_AUTO },
	{ "/sys/", "thing/config/log/push",             TOPIC_DOWN | TOPIC_AUTO },
	{ "/sys/", "thing/job/notify",                  TOPIC_DOWN | TOPIC_ANSWERED | TOPIC_AUTO },
	{ "/sys/", "thing/bootstrap/notify",            TOPIC_DOWN | TOPIC_ANSWERED | TOPIC_AUTO },
	{ "/sys/", "thing/model/config/push",           TOPIC_DOWN | TOPIC_AUTO },
	{ "/sys/", "_thing/event/notify",               TOPIC_DOWN | TOPIC_ANSWERED | TOPIC_AUTO },
	{ "/sys/", "secure_tunnel/notify",              TOPIC_DOWN | TOPIC_AUTO },
	{ "/ext/rrpc/", "#",                            TOPIC_DOWN | TOPIC_AUTO },   /* sdk: Link SDK 4.x subscribes to nothing */
	{ "/ext/error/", "",                            TOPIC_DOWN | TOPIC_AUTO },
	{ "/ext/ntp/", "response",                      TOPIC_DOWN | TOPIC_AUTO | TOPIC_QOS0 },
	{ "/ota/device/upgrade/", "",                   TOPIC_DOWN | TOPIC_AUTO },
	{ "/ota/device/request/", "",                   TOPIC_DOWN | TOPIC_AUTO },
	{ "/shadow/get/", "",                           TOPIC_DOWN | TOPIC_AUTO },
	/* doc: these reach everyone */
	{ "/sys/", "broadcast/request/*",               TOPIC_DOWN | TOPIC_ALWAYS | TOPIC_QOS0 },
	{ "/broadcast/", "*",                           TOPIC_DOWN | TOPIC_QOS0 },
	{ "/ext/", "register",                          TOPIC_DOWN | TOPIC_ALWAYS },
	{ "/ext/", "regnwl",                            TOPIC_DOWN | TOPIC_ALWAYS },
	{ "/ext/", "auth/identity/response",            TOPIC_DOWN | TOPIC_ALWAYS },
	/* sdk: Go subscribes to it; what it carries is not known */
	{ "/ext/", "network/probe/*",                   TOPIC_DOWN },
};

/* The level at `*at`, which is moved behind its slash; false when it is empty. */
static bool take_level(const char **at, struct span *level)
{
	size_t len = strcspn(*at, "/");

	*level = (struct span){ *at, len };
	*at += len;
	if (**at == '/')
		(*at)++;
	return len > 0;
}

bool topic_parse(struct topic *topic, const char *text)
{
	size_t i;

	*topic = (struct topic){ 0 };
	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		size_t prefix_len = strlen(families[i].prefix);
		const char *at = text + prefix_len;

		if (strncmp(text, families[i].prefix, prefix_len))
			continue;
		topic->family = &families[i];
		if (families[i].scope != SCOPE_CONNECTION && !take_level(&at, &topic->product_key))
			return false;
		if (families[i].scope == SCOPE_DEVICE && !take_level(&at, &topic->device_name))
			return false;
		topic->rest = (struct span){ at, strlen(at) };
		return true;
	}
	return false;
}

bool topic_is(const struct topic *topic, const char *prefix)
{
	return topic->family && !strcmp(topic->family->prefix, prefix);
}

bool topic_glob(const char *pattern, size_t pattern_len, const char *text, size_t len)
{
	size_t p = 0, t = 0, star = (size_t)-1, star_text = 0;

	while (t < len) {
		if (p < pattern_len && pattern[p] == '*') {
			star = p++;
			star_text = t;
		} else if (p < pattern_len && pattern[p] == text[t]) {
			p++;
			t++;
		} else if (star != (size_t)-1 && text[star_text] != '/') {
			p = star + 1;
			t = ++star_text;
		} else {
			return false;
		}
	}
	while (p < pattern_len && pattern[p] == '*')
		p++;
	return p == pattern_len;
}

unsigned topic_flags(const struct topic *topic)
{
	size_t i;

	for (i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		if (topic_is(topic, topics[i].prefix) && (!strcmp(topics[i].rest, "#") ||
		    topic_glob(topics[i].rest, strlen(topics[i].rest), topic->rest.at, topic->rest.len)))
			return topics[i].flags;
	return 0;
}

unsigned topic_reply_flags(const struct topic *topic)
{
	static const char suffix[] = "_reply";
	struct topic request = *topic;

	if (topic->rest.len <= strlen(suffix) ||
	    memcmp(topic->rest.at + topic->rest.len - strlen(suffix), suffix, strlen(suffix)))
		return 0;
	request.rest.len -= strlen(suffix);
	return topic_flags(&request);
}

bool topic_known_use(const struct topic *filter)
{
	size_t len = strcspn(filter->rest.at, "/"), i;

	if (!topic_is(filter, "/ext/"))
		return true;            /* the family itself names it: /ext/rrpc/… */
	for (i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		if (!strcmp(topics[i].prefix, "/ext/") && strcspn(topics[i].rest, "/") == len &&
		    !memcmp(topics[i].rest, filter->rest.at, len))
			return true;
	return false;
}

bool topic_filters_meet(const char *a, const char *b)
{
	for (;;) {
		size_t a_len = strcspn(a, "/"), b_len = strcspn(b, "/");

		if (*a == '#' || *b == '#')
			return true;
		if (*a != '+' && *b != '+' && (a_len != b_len || memcmp(a, b, a_len)))
			return false;
		a += a_len;
		b += b_len;
		if (!*a || !*b)
			return *a == *b || !strcmp(a, "/#") || !strcmp(b, "/#");   /* `a/#` matches `a` too */
		a++;
		b++;
	}
}

bool topic_matches(const char *filter, const char *topic)
{
	for (;;) {
		if (*filter == '#')
			return true;
		if (*filter == '+') {
			filter++;
			topic += strcspn(topic, "/");
		} else {
			while (*filter && *filter != '/' && *filter == *topic) {
				filter++;
				topic++;
			}
		}
		if (*filter == '\0' && *topic == '\0')
			return true;
		if (*topic == '\0')
			return !strcmp(filter, "/#");   /* `a/#` matches `a` too */
		if (*filter != '/' || *topic != '/')
			return false;
		filter++;
		topic++;
	}
}

bool topic_filter_valid(const char *filter)
{
	const char *at = filter;

	if (!*filter)
		return false;
	while (*at) {
		size_t len = strcspn(at, "/"), wild = strcspn(at, "+#");

		if (wild < len && (len != 1 || (*at == '#' && at[1])))
			return false;
		at += len;
		if (*at)
			at++;
	}
	return true;
}

#include "custom_topic.h"

#include <string.h>

#include "code.h"

/* doc: categories that every new product has, and that products of 2018 had. The last column: with which values of
   option customTopics. */
static const struct {
	const char      *name;
	enum topic_allow allow;
	unsigned         with;
} defaults[] = {
#define WITH(value) (1u << (value))
	{ "user/update",       ALLOW_PUBLISH,   WITH(CUSTOM_TOPICS_BOTH) | WITH(CUSTOM_TOPICS_USER)   },
	{ "user/update/error", ALLOW_PUBLISH,   WITH(CUSTOM_TOPICS_BOTH) | WITH(CUSTOM_TOPICS_USER)   },
	{ "user/get",          ALLOW_SUBSCRIBE, WITH(CUSTOM_TOPICS_BOTH) | WITH(CUSTOM_TOPICS_USER)   },
	{ "update",            ALLOW_PUBLISH,   WITH(CUSTOM_TOPICS_BOTH) | WITH(CUSTOM_TOPICS_LEGACY) },
	{ "update/error",      ALLOW_PUBLISH,   WITH(CUSTOM_TOPICS_BOTH) | WITH(CUSTOM_TOPICS_LEGACY) },
	{ "get",               ALLOW_SUBSCRIBE, WITH(CUSTOM_TOPICS_BOTH) | WITH(CUSTOM_TOPICS_LEGACY) },
#undef WITH
};
#define DEFAULT_COUNT (sizeof(defaults) / sizeof(defaults[0]))

/* doc: at most 128 bytes and 7 slashes, no empty level. System topics are longer, so this is for custom ones only. */
static enum code check_form(const struct cloud *cloud, const char *text, const struct topic *topic, struct text *why)
{
	int64_t bytes = cloud->settings.limits.custom_topic_bytes, slashes = cloud->settings.limits.custom_topic_slashes;
	int64_t found = 0;
	const char *at;

	for (at = text; *at; at++)
		found += *at == '/';
	if (bytes && (int64_t)strlen(text) > bytes)
		text_addf(why, "the topic has %zu bytes, more than %lld (limit customTopicBytes)", strlen(text), (long long)bytes);
	else if (slashes && found > slashes)
		text_addf(why, "the topic has %lld slashes, more than %lld (limit customTopicSlashes)", (long long)found,
		          (long long)slashes);
	else if (!topic->rest.len || strstr(text, "//") || text[strlen(text) - 1] == '/')
		text_add(why, "a level of the topic is empty");
	else
		return CODE_SUCCESS;
	return CODE_TOPIC_SYNTAX;
}

/* All that categories which meet the topic allow together; 0: none meets it. */
static unsigned allowed(const struct cloud *cloud, const struct product *product, const char *rest)
{
	unsigned allow = 0;
	size_t i;

	for (i = 0; i < product->topic_count; i++)
		if (topic_filters_meet(rest, product->topics[i].name))
			allow |= product->topics[i].allow;
	for (i = 0; i < DEFAULT_COUNT; i++)
		if (defaults[i].with >> cloud->settings.options.custom_topics & 1 && topic_filters_meet(rest, defaults[i].name))
			allow |= defaults[i].allow;
	return allow;
}

static enum code check(const struct cloud *cloud, const struct device *device, const char *text, const struct topic *topic,
                       enum topic_allow wanted, const char *otherwise, struct text *why)
{
	enum code code = check_form(cloud, text, topic, why);
	unsigned allow;

	if (code != CODE_SUCCESS)
		return code;
	allow = allowed(cloud, device->product, topic->rest.at);
	if (allow & wanted)
		return CODE_SUCCESS;
	text_add(why, allow ? otherwise : "the product has no such topic category (`topics` in the cloud file)");
	return CODE_TOPIC_FORBIDDEN;
}

enum code custom_topic_publish(const struct cloud *cloud, const struct device *device, const char *text,
                               const struct topic *topic, struct text *why)
{
	return check(cloud, device, text, topic, ALLOW_PUBLISH, "the product's topic category is for subscribing only", why);
}

enum code custom_topic_subscribe(const struct cloud *cloud, const struct device *device, const char *text,
                                 const struct topic *topic, struct text *why)
{
	return check(cloud, device, text, topic, ALLOW_SUBSCRIBE, "the product's topic category is for publishing only", why);
}

bool custom_topic_is_parsed(const char *topic)
{
	static const char wanted[] = "_sn=default";
	const char *at = topic + strcspn(topic, "?");

	while (*at) {
		size_t len = strcspn(++at, "&");

		if (len == strlen(wanted) && !memcmp(at, wanted, len))
			return true;
		at += len;
	}
	return false;
}

#include "custom_topic.h"

#include <string.h>

/* doc: categories that every new product has. The second column is the value of option customTopics that keeps it out. */
static const struct {
	const char      *name;
	const char      *not_with;
	enum topic_allow allow;
} defaults[] = {
	{ "user/update",       "legacy", ALLOW_PUBLISH   },
	{ "user/update/error", "legacy", ALLOW_PUBLISH   },
	{ "user/get",          "legacy", ALLOW_SUBSCRIBE },
	{ "update",            "user",   ALLOW_PUBLISH   },
	{ "update/error",      "user",   ALLOW_PUBLISH   },
	{ "get",               "user",   ALLOW_SUBSCRIBE },
};

static bool same(struct span span, const char *name)
{
	return span.len == strlen(name) && !memcmp(span.at, name, span.len);
}

static const char *custom_topics_option(const struct cloud *cloud)
{
	static const char *const values[] = { "both", "user", "legacy" };

	return values[cloud->settings.options.custom_topics];
}

bool custom_topic_may_publish(const struct cloud *cloud, const struct device *device, struct span rest, const char **why)
{
	const struct product *product = device->product;
	size_t i;

	for (i = 0; i < product->topic_count; i++)
		if (same(rest, product->topics[i].name)) {
			*why = product->topics[i].allow & ALLOW_PUBLISH ? NULL : "the product's topic category is for subscribing only";
			return !*why;
		}
	for (i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (same(rest, defaults[i].name) && strcmp(defaults[i].not_with, custom_topics_option(cloud))) {
			*why = defaults[i].allow & ALLOW_PUBLISH ? NULL : "the product's topic category is for subscribing only";
			return !*why;
		}
	*why = "the product has no such topic category (`topics` in the cloud file)";
	return false;
}

/*
 * Custom topics: /{productKey}/{deviceName}/… of a product's own choosing.
 *
 * doc: "Topic categories"; the defaults of new products (/user/…) and of those of 2018 are both there
 * unless option customTopics says otherwise.
 */
#ifndef ALINK_CUSTOM_TOPIC_H
#define ALINK_CUSTOM_TOPIC_H

#include "state.h"
#include "topic.h"

/*
 * Whether a device may publish to (subscribe to, wildcards included) a topic of its own. `text` is the whole topic,
 * NUL-terminated. CODE_SUCCESS; CODE_TOPIC_SYNTAX or CODE_TOPIC_FORBIDDEN with the reason appended to `why`.
 */
enum code custom_topic_publish(const struct cloud *cloud, const struct device *device, const char *text,
                               const struct topic *topic, struct text *why);
enum code custom_topic_subscribe(const struct cloud *cloud, const struct device *device, const char *text,
                                 const struct topic *topic, struct text *why);

/* doc: a topic sent with `?_sn=default` asks for the product's script; the suffix is no part of the topic. */
bool custom_topic_is_parsed(const char *topic);

#endif

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

/* Whether a device may publish to (subscribe to) `rest`, the part behind its deviceName. */
bool custom_topic_may_publish(const struct cloud *cloud, const struct device *device, struct span rest, const char **why);

#endif

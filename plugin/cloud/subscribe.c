/*
 * SUBSCRIBE and UNSUBSCRIBE: who may listen to what. Connect reference, sections 7.1 to 7.3.
 */
#include <string.h>

#include "custom_topic.h"
#include "scenario.h"
#include "subscription.h"
#include "topic.h"

static bool same(struct span span, const char *name)
{
	return span.len == strlen(name) && !memcmp(span.at, name, span.len);
}

static bool wild(struct span span)
{
	return span.len && strchr("+#", span.at[0]);
}

/* The device below whose identity the filter stands, if this connection speaks for it; NULL with the reason. */
static struct device *device_named(struct cloud *cloud, const struct connection *connection, const struct topic *topic,
                                   struct text *why)
{
	struct device *device;

	if (wild(topic->product_key) || wild(topic->device_name)) {
		text_add(why, "wildcards may not stand in the place of productKey or deviceName");
		return NULL;
	}
	device = device_find(cloud, product_find(cloud, topic->product_key.at, topic->product_key.len),
	                     topic->device_name.at, topic->device_name.len);
	if (device && device_route(device) == connection)
		return device;
	text_add(why, device && device->gateway == connection->device->id ?
	         "the sub-device is not logged in over this connection" : "the topic is another device's");
	return NULL;
}

/* doc: subscribed broadcast: the exact topic or /broadcast/{pk}/+. */
static enum code check_broadcast(const struct device *device, const struct topic *topic, struct text *why)
{
	if (!same(topic->product_key, device->product->key))
		text_add(why, wild(topic->product_key) ? "wildcards may not stand in the place of the productKey" :
		         "the topic is another product's");
	else if (!topic->rest.len || strchr(topic->rest.at, '/') || *topic->rest.at == '#')
		text_add(why, "a broadcast is subscribed to as /broadcast/{productKey}/NAME or /broadcast/{productKey}/+");
	else
		return CODE_SUCCESS;
	return CODE_TOPIC_FORBIDDEN;
}

/*
 * Whether this connection may have the filter; *device is then the one that it counts for: that the filter names, or
 * the connection's own. Otherwise a code and a reason.
 */
static enum code check_filter(struct cloud *cloud, const struct connection *connection, const char *filter,
                              struct device **device, struct text *why)
{
	struct topic topic;

	*device = connection->device;
	if (!*device) {
		text_add(why, "this connection is for a registration: nothing can be subscribed to");
		return CODE_TOPIC_FORBIDDEN;
	}
	if (!topic_filter_valid(filter)) {
		text_add(why, "`+` and `#` must stand alone in a level, `#` in the last one");
		return CODE_TOPIC_SYNTAX;
	}
	if (!topic_parse(&topic, filter)) {
		text_add(why, "the filter belongs to no topic of the platform");
		return CODE_TOPIC_FORBIDDEN;
	}
	if (topic.family->scope == SCOPE_PRODUCT)
		return check_broadcast(*device, &topic, why);
	if (topic.family->scope == SCOPE_CONNECTION) {
		if (topic_known_use(&topic))
			return CODE_SUCCESS;
		text_add(why, "no such topic is there for devices");
		return CODE_TOPIC_FORBIDDEN;
	}
	*device = device_named(cloud, connection, &topic, why);
	if (!*device)
		return CODE_TOPIC_FORBIDDEN;
	if (topic_is(&topic, "/"))
		return custom_topic_subscribe(cloud, *device, filter, &topic, why);
	/* doc: documents of 2018 let devices subscribe to all of their own /sys, so an odd direction is not refused. */
	return CODE_SUCCESS;
}

static void log_filter(struct cloud *cloud, enum service service, const struct device *device, const char *filter,
                       enum code code, const struct text *why)
{
	struct record record = record_new(cloud, service, device, 0, filter, code);

	record.why = text_string(why);
	journal_add(cloud->journal, &record);
}

/* doc: MQTT 5 CONNACK: shared subscriptions are available. A device is alone on its topics: sharing changes nothing. */
static const char *unshared(const char *filter)
{
	static const char share[] = "$share/";
	const char *group_end = strncmp(filter, share, strlen(share)) ? NULL : strchr(filter + strlen(share), '/');

	return group_end ? group_end + 1 : filter;
}

static bool subscribe_take(struct cloud *cloud, uint64_t number, const char *filter, int qos, struct effects *out)
{
	struct connection *connection = connection_find(cloud, number);
	int64_t limit = cloud->settings.limits.subscriptions_per_device;
	struct device *device = NULL;
	enum code code;

	if (!connection)
		return false;
	if (connection->stranger)
		return true;
	filter = unshared(filter);
	if (scenario_watches(cloud, EVENT_SUBSCRIBE) && connection->device &&
	    !scenario_subscribe(cloud, connection, filter, qos, out))
		return false;
	text_clear(&cloud->why);
	code = check_filter(cloud, connection, filter, &device, &cloud->why);
	if (code == CODE_SUCCESS && limit && !subscription_has(device, filter) && (int64_t)subscriptions_count(device) >= limit) {
		text_addf(&cloud->why, "the device has %lld subscriptions already (limit subscriptionsPerDevice)", (long long)limit);
		code = CODE_FORBIDDEN;     /* doc: 403 request denied */
	}
	if (code == CODE_SUCCESS && !subscription_set(cloud, device, filter, qos > 0)) {
		text_add(&cloud->why, "the emulator could not store the subscription");
		code = CODE_SERVER_ERROR;
	}
	log_filter(cloud, SERVICE_SUBSCRIBE, device ? device : connection->device, filter, code, &cloud->why);
	return code == CODE_SUCCESS || !cloud->settings.options.platform_rules;
}

bool cloud_subscribe(struct cloud *cloud, uint64_t number, const char *filter, int qos, struct effects *out)
{
	size_t before = out->count;
	bool granted = subscribe_take(cloud, number, filter, qos, out);

	scenario_settle(cloud, NULL, before, out);
	return granted;
}

void cloud_unsubscribe(struct cloud *cloud, uint64_t number, const char *filter, struct effects *out)
{
	struct connection *connection = connection_find(cloud, number);
	struct device *device = NULL;
	size_t before = out->count;

	if (!connection || connection->stranger)
		return;
	filter = unshared(filter);
	text_clear(&cloud->why);
	/* sdk: C 3.2 unsubscribes what it never subscribed, to decline automatic delivery: so it is remembered. */
	if (check_filter(cloud, connection, filter, &device, &cloud->why) == CODE_SUCCESS)
		subscription_set(cloud, device, filter, -1);
	log_filter(cloud, SERVICE_UNSUBSCRIBE, device ? device : connection->device, filter, CODE_SUCCESS, &cloud->why);
	if (scenario_watches(cloud, EVENT_UNSUBSCRIBE) && connection->device)
		scenario_unsubscribe(cloud, connection, filter, out);
	scenario_settle(cloud, NULL, before, out);
}

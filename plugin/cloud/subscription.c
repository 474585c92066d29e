#include "subscription.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "method.h"
#include "topic.h"

void subscriptions_clear(struct device *device)
{
	while (device->subscriptions) {
		struct subscription *next = device->subscriptions->next;

		free(device->subscriptions);
		device->subscriptions = next;
	}
}

size_t subscriptions_count(const struct device *device)
{
	const struct subscription *at;
	size_t count = 0;

	for (at = device->subscriptions; at; at = at->next)
		count += at->qos >= 0;
	return count;
}

#define SUBSCRIPTIONS_KEPT_MAX 1000   /* remembered UNSUBSCRIBEs included */

static size_t subscriptions_kept(const struct device *device)
{
	const struct subscription *at;
	size_t count = 0;

	for (at = device->subscriptions; at; at = at->next)
		count++;
	return count;
}

static struct subscription *subscription_find(struct device *device, const char *filter)
{
	struct subscription *at;

	for (at = device->subscriptions; at; at = at->next)
		if (!strcmp(at->filter, filter))
			return at;
	return NULL;
}

/* False when out of memory. */
static bool subscription_set(struct device *device, const char *filter, int qos)
{
	struct subscription *at = subscription_find(device, filter);
	size_t size = strlen(filter) + 1;

	if (!at) {
		at = malloc(sizeof(*at) + size);
		if (!at)
			return false;
		memcpy(at->filter, filter, size);
		at->next = device->subscriptions;
		device->subscriptions = at;
	}
	at->qos = qos;
	return true;
}

/* The QoS granted by the device's own filters: -1 an UNSUBSCRIBE stands against it, -2 nothing is said. */
static int subscribed_qos(const struct device *device, const char *topic)
{
	const struct subscription *at;
	int qos = -2;

	for (at = device->subscriptions; at; at = at->next)
		if (at->qos > qos && topic_matches(at->filter, topic))
			qos = at->qos;
	return qos;
}

static bool automatic(const struct device *device, const struct connection *connection, const char *topic_text)
{
	struct topic topic;
	unsigned flags;

	if (!topic_parse(&topic, topic_text))
		return false;
	if (method_reply(&topic))
		return connection->auto_subscribe || device->session_auto;
	flags = topic_flags(&topic);
	return flags & TOPIC_ALWAYS || (flags & TOPIC_AUTO && (connection->auto_subscribe || device->session_auto));
}

enum delivery deliver(struct cloud *cloud, struct device *device, enum message_role role, const char *topic,
                      const char *payload, size_t payload_len, struct effects *out, struct effect **effect)
{
	struct connection *connection = device_route(device);
	struct effect *made;
	int qos;

	if (!connection)
		return DELIVERY_OFFLINE;
	qos = subscribed_qos(device, topic);
	/* A filter that names nobody (/ext/rrpc/#) was kept with the device of the connection. */
	if (qos == -2 && connection->device && connection->device != device)
		qos = subscribed_qos(connection->device, topic);
	if (qos == -1 || (qos < 0 && !automatic(device, connection, topic)))
		return DELIVERY_NOT_SUBSCRIBED;
	made = effects_publish(out, connection->number, role, topic, payload, payload_len, qos > 0);
	made->device = device->id;
	cloud->counters.messages_down++;
	if (effect)
		*effect = made;
	return DELIVERED;
}

const char *delivery_why(enum delivery delivery)
{
	static const char *const whys[] = {
		[DELIVERED] = NULL,
		[DELIVERY_OFFLINE] = "the device is offline",
		[DELIVERY_NOT_SUBSCRIBED] = "not sent: no subscription of the device matches the topic (SUBSCRIBE to it, or"
			" ask for automatic subscription with _ss=1 in the clientId)",
	};

	return whys[delivery];
}

/*
 * The device that a filter speaks for: the connection's own, or a sub-device with a session here. NULL, with
 * a reason, when it may not be subscribed to.
 */
static struct device *filter_device(struct cloud *cloud, struct connection *connection, const char *filter, const char **why)
{
	struct device *device = connection->device;
	struct product *product;
	struct topic topic;

	if (!device) {
		*why = "this connection may not subscribe";
		return NULL;
	}
	if (!topic_filter_valid(filter) || !topic_parse(&topic, filter)) {
		*why = "the filter belongs to no topic of the platform";
		return NULL;
	}
	if (topic.family->scope == SCOPE_CONNECTION)
		return device;
	if (topic.product_key.at[0] == '+' || topic.product_key.at[0] == '#' ||
	    (topic.family->scope == SCOPE_DEVICE && (topic.device_name.at[0] == '+' || topic.device_name.at[0] == '#'))) {
		*why = "wildcards may not stand in the place of productKey or deviceName";
		return NULL;
	}
	if (topic.family->scope == SCOPE_PRODUCT) {
		if (topic.product_key.len == strlen(device->product->key) &&
		    !memcmp(topic.product_key.at, device->product->key, topic.product_key.len))
			return device;
		*why = "the topic is another product's";
		return NULL;
	}
	product = product_find(cloud, topic.product_key.at, topic.product_key.len);
	device = device_find(cloud, product, topic.device_name.at, topic.device_name.len);
	if (device && device_route(device) == connection)
		return device;
	*why = device && device->gateway == connection->device->id ?
		"the sub-device is not logged in over this connection" : "the topic is another device's";
	return NULL;
}

static void log_subscription(struct cloud *cloud, enum service service, const struct device *device, const char *filter,
                             int code, const char *why)
{
	struct record record = record_new(cloud, service, device, 0, filter, code);

	record.why = why;
	journal_add(cloud->journal, &record);
}

bool cloud_subscribe(struct cloud *cloud, uint64_t number, const char *filter, int qos, struct effects *out)
{
	struct connection *connection = connection_find(cloud, number);
	int64_t limit = cloud->settings.limits.subscriptions_per_device;
	const char *why = NULL;
	struct device *device;
	char text[96];

	(void)out;
	if (!connection)
		return false;
	device = filter_device(cloud, connection, filter, &why);
	if (device && limit && !subscription_find(device, filter) && (int64_t)subscriptions_count(device) >= limit) {
		snprintf(text, sizeof(text), "the device has %lld subscriptions already (limit subscriptionsPerDevice)",
		         (long long)limit);
		why = text;
	}
	/* doc: 9236 topic authorisation failed, 403 request denied. */
	if (!device || why) {
		log_subscription(cloud, SERVICE_SUBSCRIBE, device ? device : connection->device, filter,
		                 device ? CODE_FORBIDDEN : CODE_TOPIC_FORBIDDEN, why);
		return false;
	}
	if (!subscription_set(device, filter, qos > 0))
		return false;
	log_subscription(cloud, SERVICE_SUBSCRIBE, device, filter, CODE_SUCCESS, NULL);
	return true;
}

void cloud_unsubscribe(struct cloud *cloud, uint64_t number, const char *filter, struct effects *out)
{
	struct connection *connection = connection_find(cloud, number);
	const char *why = NULL;
	struct device *device;

	(void)out;
	if (!connection)
		return;
	device = filter_device(cloud, connection, filter, &why);
	/* sdk: C 3.2 unsubscribes what it never subscribed, to decline automatic delivery: so it is remembered.
	   What is remembered is bounded like what is subscribed. */
	if (device && (subscription_find(device, filter) || subscriptions_kept(device) < SUBSCRIPTIONS_KEPT_MAX))
		subscription_set(device, filter, -1);
	log_subscription(cloud, SERVICE_UNSUBSCRIBE, device ? device : connection->device, filter, CODE_SUCCESS, why);
}

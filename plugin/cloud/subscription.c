#include "subscription.h"

#include <stdlib.h>
#include <string.h>

#include "method.h"
#include "offline.h"
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

#define REMEMBERED_MAX 1000     /* UNSUBSCRIBEs of one device */

static size_t subscriptions_remembered(const struct device *device)
{
	const struct subscription *at;
	size_t count = 0;

	for (at = device->subscriptions; at; at = at->next)
		count += at->qos < 0;
	return count;
}

static struct subscription *subscription_find(const struct device *device, const char *filter)
{
	struct subscription *at;

	for (at = device->subscriptions; at; at = at->next)
		if (!strcmp(at->filter, filter))
			return at;
	return NULL;
}

bool subscription_has(const struct device *device, const char *filter)
{
	const struct subscription *at = subscription_find(device, filter);

	return at && at->qos >= 0;
}

bool subscription_restore(struct device *device, const char *filter, int qos)
{
	struct subscription *at = subscription_find(device, filter);
	size_t size = strlen(filter) + 1;

	if (!at) {
		/* What is remembered is bounded like what is subscribed. */
		if (qos < 0 && subscriptions_remembered(device) >= REMEMBERED_MAX)
			return true;
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

bool subscription_set(struct cloud *cloud, struct device *device, const char *filter, int qos)
{
	if (!subscription_restore(device, filter, qos))
		return false;
	return !device->keeps || !store_set_subscription(cloud->store, device->id, filter, qos);
}

int subscription_qos(const struct device *device, const char *topic)
{
	const struct subscription *at;
	int qos = -2;

	for (at = device->subscriptions; at; at = at->next)
		if (at->qos > qos && topic_matches(at->filter, topic))
			qos = at->qos;
	return qos;
}

/* doc: automatic subscription; for a sub-device its own login may ask for it, or its gateway's clientId. */
static bool automatic(const struct cloud *cloud, const struct device *device, const struct connection *connection,
                      const char *topic_text)
{
	bool wanted[] = {
		[AUTO_SUBSCRIBE_FLAG] = connection->auto_subscribe || device->session_auto,
		[AUTO_SUBSCRIBE_ALWAYS] = true,
		[AUTO_SUBSCRIBE_NEVER] = false,
	};
	struct topic topic;
	unsigned flags;

	if (!topic_parse(&topic, topic_text))
		return false;
	flags = method_reply(&topic) ? TOPIC_AUTO : topic_flags(&topic);
	return flags & TOPIC_ALWAYS || (flags & TOPIC_AUTO && wanted[cloud->settings.options.auto_subscribe]);
}

static bool only_qos0(const char *topic_text)
{
	struct topic topic;

	return topic_parse(&topic, topic_text) && topic_flags(&topic) & TOPIC_QOS0;
}

enum delivery deliver(struct cloud *cloud, struct device *device, enum message_role role, const char *topic,
                      const char *payload, size_t payload_len, struct effects *out, struct effect **effect)
{
	struct connection *connection = device_route(device);
	struct effect *made;
	int qos;

	if (!connection)
		return role == ROLE_DOWN && offline_keep(cloud, device, topic, payload, payload_len) ?
			DELIVERY_KEPT : DELIVERY_OFFLINE;
	qos = subscription_qos(device, topic);
	/* A filter that names nobody (/ext/rrpc/#) was kept with the device of the connection. */
	if (qos == -2 && connection->device && connection->device != device)
		qos = subscription_qos(connection->device, topic);
	if (qos == -1 || (qos < 0 && !automatic(cloud, device, connection, topic)))
		return DELIVERY_NOT_SUBSCRIBED;
	if (role == ROLE_DOWN && !bucket_take(&device->downlink, cloud->settings.limits.downlink_per_device_per_second, 1000, 1,
	                                      cloud_now(cloud)))
		return DELIVERY_THROTTLED;
	made = effects_publish(out, connection->number, role, topic, payload, payload_len, qos > 0 && !only_qos0(topic));
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
		[DELIVERY_KEPT] = "the device is offline: kept until it comes back, for its session is clean=0 and it subscribes with QoS 1",
		[DELIVERY_NOT_SUBSCRIBED] = ("not sent: no subscription of the device matches the topic (SUBSCRIBE to it, or"
			" ask for automatic subscription with _ss=1 in the clientId)"),
		[DELIVERY_THROTTLED] = "not sent: more messages to the device than limit downlinkPerDevicePerSecond allows",
	};

	return whys[delivery];
}

enum code delivery_code(enum delivery delivery)
{
	static const enum code codes[] = {
		[DELIVERED] = CODE_SUCCESS,
		[DELIVERY_OFFLINE] = CODE_DEVICE_OFFLINE,
		[DELIVERY_KEPT] = CODE_SUCCESS,
		[DELIVERY_NOT_SUBSCRIBED] = CODE_TOPIC_FORBIDDEN,
		[DELIVERY_THROTTLED] = CODE_SEND_BUFFER_FULL,   /* doc: 1901, also what a full send buffer gives */
	};

	return codes[delivery];
}

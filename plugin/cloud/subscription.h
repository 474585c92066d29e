/*
 * Who gets what: subscriptions belong to the device that a filter names, not to a connection.
 *
 * doc: subscriptions of a clean=0 session stay until UNSUBSCRIBE; automatic subscription; a device
 * never gets its own publishes back (seen: C 3.0.1, Go, JS subscribe thing/service/# widely).
 */
#ifndef ALINK_SUBSCRIPTION_H
#define ALINK_SUBSCRIPTION_H

#include "code.h"
#include "effects.h"
#include "state.h"

void subscriptions_clear(struct device *device);
size_t subscriptions_count(const struct device *device);
bool subscription_has(const struct device *device, const char *filter);
/* qos -1 remembers an UNSUBSCRIBE. subscription_restore leaves the store alone: for what comes from there. False: failed. */
bool subscription_set(struct cloud *cloud, struct device *device, const char *filter, int qos);
bool subscription_restore(struct device *device, const char *filter, int qos);
/* The QoS granted to the device's own filters that match: -1 an UNSUBSCRIBE stands against the topic, -2 nothing is said. */
int  subscription_qos(const struct device *device, const char *topic);

/* What becomes of a message to a device. */
enum delivery {
	DELIVERED,
	DELIVERY_OFFLINE,          /* no connection to send it over */
	DELIVERY_KEPT,             /* the same, but it is sent when the device is back */
	DELIVERY_NOT_SUBSCRIBED,
	DELIVERY_THROTTLED,        /* more than downlinkPerDevicePerSecond */
};

/*
 * Sends a message down to a device if it is to get this topic, once, at the QoS granted to its own matching
 * subscription (else 0), over its own connection or its gateway's. A downlink that is not an answer is counted against
 * downlinkPerDevicePerSecond, and kept for an absent device with a clean=0 session and a QoS 1 subscription. `effect`, may be NULL, is set to the
 * new effect when DELIVERED, for the caller to say what the message is.
 */
enum delivery deliver(struct cloud *cloud, struct device *device, enum message_role role, const char *topic,
                      const char *payload, size_t payload_len, struct effects *out, struct effect **effect);
const char *delivery_why(enum delivery delivery);    /* a sentence; NULL when DELIVERED */
enum code   delivery_code(enum delivery delivery);   /* what whoever asked for it is told */

#endif

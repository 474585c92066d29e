/*
 * The MQTT session of a device: what outlives its connection. Inside the core only.
 *
 * doc: clean session 0: subscriptions are kept until UNSUBSCRIBE, QoS 1 messages for up to 7 days and sent after
 * the next connect; clean session 1 discards both. The session belongs to the device, for clients change their MQTT
 * client id at each connection (seen: timestamps and counters in it), so the broker's own sessions never meet them again.
 */
#ifndef ALINK_OFFLINE_H
#define ALINK_OFFLINE_H

#include "effects.h"
#include "state.h"

/* A device's subscriptions from the store, when the device is loaded. 0 or -1. */
int  offline_load(struct cloud *cloud, struct device *device);

/*
 * The device is back, over its own connection or (a sub-device's login with its cleanSession) its gateway's. With
 * `clean` everything old is dropped, else what was kept is sent at the end of this turn.
 */
void offline_resume(struct cloud *cloud, struct device *device, bool clean);
/* Drops subscriptions and messages. */
void offline_forget(struct cloud *cloud, struct device *device);

/* Keeps a message for a device that is away; false when it keeps none: no clean=0 session, or no subscription with QoS 1. */
bool offline_keep(struct cloud *cloud, struct device *device, const char *topic, const char *payload, size_t payload_len);

#endif

/*
 * Requests that the platform sends to a device and the device answers on `_reply`. Inside the core only.
 *
 * doc: "Set device properties", "Invoke services"; things-and-data reference, sections 0.3 and 3.
 * A reply is matched by device and id; who asked gets one answer, at the latest when the time is over.
 */
#ifndef ALINK_DOWNLINK_H
#define ALINK_DOWNLINK_H

#include "code.h"
#include "effects.h"
#include "state.h"
#include "topic.h"

/*
 * Sends {"id","version","method","params"} below /sys/{pk}/{dn}/ on `path` ("thing/service/property/set") and
 * waits for the reply. CODE_SUCCESS: it is under way, and `ticket` will be answered: with the device's reply
 * ({"id","code","data"}, status 200, or 409 when its code is not 200), or with 504 after timeout_ms.
 * Otherwise nothing was sent, and the code says why (6208 disabled, 9200 never connected, 9201 offline, 9389
 * its gateway is offline, 9236 it does not listen), with a reason in `why`.
 */
enum code downlink_send(struct cloud *cloud, struct device *device, const char *path, const char *params,
                        int64_t timeout_ms, uint64_t ticket, struct effects *out, struct text *why);

/* Whether a device that publishes to this topic answers a downlink. */
bool downlink_is_reply(const struct topic *topic);
void downlink_reply(struct cloud *cloud, struct device *device, const struct topic *topic, const char *topic_text,
                    const struct message *in, uint64_t trace, struct effects *out);

/* Whoever asked is gone. */
void downlink_forget(struct cloud *cloud, uint64_t ticket);
void downlinks_free(struct cloud *cloud);

/* A number for a message of the platform's own: decimal, never used twice, also after a restart. -1: the store failed. */
int  down_id(struct cloud *cloud, int64_t *id);

/* Why nothing can be sent to a device now; CODE_SUCCESS when something can. */
enum code device_reachable(struct cloud *cloud, const struct device *device, struct text *why);

#endif

/*
 * RRPC: a request to a device that is online, answered within seconds. Inside the core only.
 *
 * doc: RRPC; things-and-data reference, section 3.3. Two topic styles: without the flag `ext` in its clientId a
 * device is asked on /sys/{pk}/{dn}/rrpc/request/{id} and answers on …/rrpc/response/{id}; with bit 0 of `ext`
 * it is asked on /ext/rrpc/{id}/{the topic that is meant} and answers on that very topic. downlink.h does the rest.
 */
#ifndef ALINK_RRPC_H
#define ALINK_RRPC_H

#include "downlink.h"

/* The message id of a request: 19 digits, as on the cloud. */
int64_t rrpc_number(int64_t id);

/* The topic of a request in the style of the device's connection; `path` is what is meant, below the identity. */
void rrpc_topic(const struct downlink *downlink, const char *path, struct text *topic);

/*
 * Sends bytes of the application's own: on `topic` ("/{pk}/{dn}/user/get") behind /ext/rrpc/{id}, or with NULL
 * on the system's topic. The ticket is answered with {"messageId","payload","payloadBase64"}; `payload` is null
 * when it is no UTF-8.
 */
enum code rrpc_send(struct cloud *cloud, struct device *device, const char *topic, const char *payload, size_t len,
                    int64_t timeout_ms, uint64_t ticket, struct effects *out, struct text *why);

/* What tells requests apart, in their topics and those of the answers; its `at` is NULL for other topics. */
struct span rrpc_message_id(const struct topic *topic);

/* Whether a device that publishes to this topic answers an RRPC. */
bool rrpc_is_reply(const struct topic *topic);
void rrpc_reply(struct cloud *cloud, struct device *device, const struct topic *topic, const char *topic_text,
                const struct message *in, uint64_t trace, struct effects *out);

/* How long a device may take, from the caller's wish (0: none). -1: more than the limit allows. */
int64_t rrpc_timeout(const struct settings *settings, int64_t wished_ms);

#endif

/*
 * /ext/error/{gpk}/{gdn}: what a gateway is told about its sub-devices' sessions. A direct device never gets it.
 *
 * Connect reference, section 5.6. Inside the core only.
 */
#ifndef ALINK_EXT_ERROR_H
#define ALINK_EXT_ERROR_H

#include "code.h"
#include "effects.h"
#include "state.h"
#include "subscription.h"

/* The session of a sub-device over this gateway is over: 427, 521, 522, 6401. Where it goes, option forcedOfflineTopic says. */
void ext_error_forced(struct cloud *cloud, struct device *gateway, const struct device *sub_device, enum code code,
                      struct effects *out);

/* 520: the gateway sent for a sub-device without a session over it. Returns what became of the message. */
enum delivery ext_error_no_session(struct cloud *cloud, struct device *gateway, const char *product_key,
                                   const char *device_name, const char *id, struct effects *out);

#endif

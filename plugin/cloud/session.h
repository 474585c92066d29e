/*
 * Sub-device sessions: a sub-device is online over its gateway's connection.
 *
 * doc: "Connect or disconnect sub-devices"; connect reference, section 5. Inside the core only.
 */
#ifndef ALINK_SESSION_H
#define ALINK_SESSION_H

#include "code.h"
#include "effects.h"
#include "state.h"

/* Ends a session, with a record in the sub-device's log. */
void session_close(struct cloud *cloud, struct device *sub_device, enum code code, const char *why);
/* Ends a session against the gateway's will, and tells it so: 427, 521, 522, 6401. */
void session_force_off(struct cloud *cloud, struct device *sub_device, enum code code, struct effects *out);

#endif

/*
 * Desired values: what an application wants a property to be, kept until it is deleted. Inside the core only.
 *
 * doc: "Desired device property values"; things-and-data reference, section 5.1. Each property counts its own
 * versions: 0 before the first set, one more with each; a deleted value leaves its version behind.
 */
#ifndef ALINK_DESIRED_H
#define ALINK_DESIRED_H

#include "code.h"
#include "effects.h"
#include "state.h"

/* {"temp":{"value":21,"version":3,"time":…},…}, as the API shows it. */
void desired_write(const struct cloud *cloud, const struct device *device, struct text *out);

/*
 * An application wants `params`. Refused like a property set (5490, 5092, 460, 63xx), and with 460 when a
 * version in `versions` (absent, or an object) is not the current one. A device that can be reached is sent
 * thing.service.property.set at once: *sent. The others learn of it by thing.property.desired.get.
 */
enum code desired_set(struct cloud *cloud, struct device *device, struct json params, struct json versions, bool *sent,
                      struct effects *out, struct text *why);

/* Deletes the values of these properties, an array of names; others are left alone. */
enum code desired_drop(struct cloud *cloud, struct device *device, struct json names, struct text *why);

#endif

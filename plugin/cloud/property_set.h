/*
 * thing.service.property.set, and the old documents' thing.service.property.get. Inside the core only.
 *
 * doc: "Set device properties"; things-and-data reference, section 3.1.
 */
#ifndef ALINK_PROPERTY_SET_H
#define ALINK_PROPERTY_SET_H

#include "code.h"
#include "state.h"

/*
 * Judges what the cloud is about to send: each property known (5490, 5092), writable (460) and of a value that
 * its model allows (63xx), the first that is not with a reason. Validation `none` passes everything.
 */
enum code property_set_check(struct cloud *cloud, const struct product *product, struct json params, struct text *why);

/* Sends the set; see downlink_send. */
enum code property_set_send(struct cloud *cloud, struct device *device, struct json params, int64_t timeout_ms,
                            uint64_t ticket, struct effects *out, struct text *why);

/* Asks the device itself for the values of properties, an array of names. 5490 and 5092 as above. */
enum code property_get_send(struct cloud *cloud, struct device *device, struct json names, int64_t timeout_ms,
                            uint64_t ticket, struct effects *out, struct text *why);

#endif

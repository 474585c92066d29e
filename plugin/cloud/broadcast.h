/*
 * One message for many devices. doc: "Broadcast communication"; things-and-data reference, section 9.2.
 * Inside the core only.
 */
#ifndef ALINK_BROADCAST_H
#define ALINK_BROADCAST_H

#include <stddef.h>

#include "code.h"
#include "effects.h"
#include "state.h"

#define BROADCAST_BYTES_MAX 65536

/*
 * To all online devices of a product on /sys/{pk}/{dn}/broadcast/request/{id}, or, with `name`, to those subscribed
 * to /broadcast/{pk}/{name}. CODE_SUCCESS with how many it went to, 429 or 460 with a reason.
 */
enum code broadcast(struct cloud *cloud, struct product *product, const char *name, const char *payload, size_t len,
                    size_t *reached, struct effects *out, struct text *why);

#endif

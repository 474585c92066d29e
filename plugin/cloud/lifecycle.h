/*
 * What the cloud's operator does to a device: create, delete, enable, disable, reset, disconnect.
 *
 * Connect reference, section 6. Inside the core only. -1: the store failed.
 */
#ifndef ALINK_LIFECYCLE_H
#define ALINK_LIFECYCLE_H

#include "effects.h"
#include "state.h"

/* `secret` NULL: derived. NULL when the name is taken or the store failed. */
struct device *device_create(struct cloud *cloud, const struct product *product, const char *name, const char *secret);
/* `device` is gone afterwards. */
int  device_delete(struct cloud *cloud, struct device *device, struct effects *out);
int  device_enable(struct cloud *cloud, struct device *device, struct effects *out);
int  device_disable(struct cloud *cloud, struct device *device, struct effects *out);
/* doc: ResetThing: as if it had never connected, and free of its topology, so that it may register again. */
int  device_reset(struct cloud *cloud, struct device *device, struct effects *out);
void device_kick(struct cloud *cloud, struct device *device, struct effects *out);

/* It has authenticated, over a connection of its own or its gateway's: notes when, and that it is activated. */
void device_came_online(struct cloud *cloud, struct device *device);

/* Whether a device of this name was deleted, and none created since. `product` may be NULL. */
bool device_was_deleted(struct cloud *cloud, const struct product *product, const char *name);

#endif

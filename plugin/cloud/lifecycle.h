/*
 * What the cloud's operator does to a device: create, delete, enable, disable, disconnect.
 *
 * Connect reference, section 6. Inside the core only. -1: the store failed and nothing changed.
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
void device_kick(struct cloud *cloud, struct device *device, struct effects *out);

#endif

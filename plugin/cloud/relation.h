/*
 * Topology: which gateway a sub-device belongs to. At most one.
 *
 * Connect reference, section 4. Inside the core only.
 */
#ifndef ALINK_RELATION_H
#define ALINK_RELATION_H

#include "code.h"
#include "effects.h"
#include "state.h"

/*
 * Binds a sub-device to `gateway` (NULL: to none). What it was bound to loses it: a session there ends, and with
 * `tell` that gateway hears 6401 on /ext/error. -1: the store failed.
 */
int relation_set(struct cloud *cloud, struct device *sub_device, const struct device *gateway, bool tell,
                 struct effects *out);
/* Whether a gateway may have `fresh` more sub-devices: 6400 when not, 500 when the store failed, with a reason. */
enum code relation_check_capacity(struct cloud *cloud, const struct device *gateway, size_t fresh, struct text *why);
/* Releases all sub-devices of a gateway that is going or being reset; their sessions are over already. */
int relation_clear(struct cloud *cloud, const struct device *gateway);

/*
 * The sub-devices of a gateway in the order of their ids, those after `after`, at most `limit`. Returns the id to
 * go on after, 0 when there are no more, -1 when the store failed.
 */
int64_t relation_each(struct cloud *cloud, const struct device *gateway, int64_t after, int64_t limit,
                      void (*each)(void *ctx, struct device *sub_device), void *ctx);

/* doc: status of thing.topo.change. (One English table swaps 2 and 8; the Chinese original and the clients do not.) */
enum relation_change { RELATION_CREATED = 0, RELATION_DELETED = 1, RELATION_ENABLED = 2, RELATION_DISABLED = 8 };

/* Sends thing.topo.change to a gateway; when it cannot, the log says why. */
void relation_push(struct cloud *cloud, struct device *gateway, enum relation_change change,
                   struct device *const *sub_devices, size_t count, struct effects *out);

/*
 * As the cloud's operator: binds sub-devices to a gateway, taking them from others, or releases one from whatever it
 * is bound to. The gateways that lose or get some hear topo/change. -1: the store failed.
 */
int relation_bind(struct cloud *cloud, struct device *gateway, struct device *const *sub_devices, size_t count,
                  struct effects *out);
int relation_release(struct cloud *cloud, struct device *sub_device, struct effects *out);

/* Sends a request whose answer nobody waits for; when it cannot be sent, the log says why. */
void push_request(struct cloud *cloud, struct device *device, const char *path, const char *params, struct effects *out);

/* [{"productKey":…,"deviceName":…},…] as requests of the platform have it. */
void relation_write_list(struct text *out, struct device *const *sub_devices, size_t count);

#endif

/* Secure tunnels, as far as they are MQTT: the notice and the request. Inside the core only. */
#ifndef ALINK_TUNNEL_H
#define ALINK_TUNNEL_H

#include "effects.h"
#include "push.h"
#include "state.h"

/*
 * Tells a device of a tunnel; `fields` are the notice's members as the caller gave them (uri, token, …), `operation`
 * connect, update or close. The newest one is what the device gets when it asks.
 */
enum delivery tunnel_notify(struct cloud *cloud, struct device *device, const char *operation, struct json fields,
                            struct effects *out);

#endif

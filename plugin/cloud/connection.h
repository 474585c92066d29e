/* Connections, and the sub-device sessions that live on them. Inside the core only. */
#ifndef ALINK_CONNECTION_H
#define ALINK_CONNECTION_H

#include "state.h"

/* Opens one for `device` (NULL: for a registration, which belongs to nobody). NULL when out of memory. */
struct connection *connection_new(struct cloud *cloud, const struct connect *in, struct device *device);
void connection_free(struct cloud *cloud, struct connection *connection);

/* Ends the connection, or the session over a gateway, that this identity has now, if any. */
void connection_take_over(struct cloud *cloud, struct device *device, struct effects *out);

#endif

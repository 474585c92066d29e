/*
 * From a link to a session: CONNECT, SUBSCRIBE, a sub-device's login over its gateway.
 * Each returns false after saying on stderr what went wrong.
 */
#ifndef BENCH_LOGIN_H
#define BENCH_LOGIN_H

#include <stdbool.h>

#include "link.h"

struct device {
	char product_key[64], device_name[64], device_secret[80];
};

/* CONNECT with a clean session. `username` NULL: without it and without password. */
bool login_mqtt(struct link *link, const char *client_id, const char *username, const char *password);

/* CONNECT as a device, with its signature. */
bool login_device(struct link *link, const struct device *device);

/* The gateway that this link belongs to logs a sub-device in. */
bool login_sub_device(struct link *link, const struct device *gateway, const struct device *sub);

/* One filter, QoS 0. */
bool login_subscribe(struct link *link, const char *filter);

#endif

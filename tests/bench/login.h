/*
 * From nothing to a session: dial, CONNECT, SUBSCRIBE, each step bounded by a timeout.
 * Each returns false after saying on stderr what went wrong.
 */
#ifndef BENCH_LOGIN_H
#define BENCH_LOGIN_H

#include <netinet/in.h>
#include <stdbool.h>

struct device {
	char product_key[64], device_name[64], device_secret[80];
};

/*
 * A blocking, connected socket to 127.0.0.1, or -1. A broker that has just been started may not
 * listen yet, so a refused connect is tried again for a while.
 */
int login_dial(in_port_t port);

/* CONNECT with a clean session. `username` NULL: without it and without password. */
bool login_mqtt(int fd, const char *client_id, const char *username, const char *password);

/* CONNECT as a device, with its signature. */
bool login_device(int fd, const struct device *device);

/* One filter, QoS 0. */
bool login_subscribe(int fd, const char *filter);

#endif

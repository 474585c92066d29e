/*
 * Over which listener a client came, which the plugin API does not tell.
 *
 * Broker lore: builds for Linux keep `{ int ident; int sock; … }` at the start of struct mosquitto, so the local port
 * of the connection can be asked of its descriptor. That is nobody's promise: the layout is trusted only after a
 * connection of our own, whose both ends we know, has shown it to be so; until then, and wherever a descriptor
 * contradicts what the API says of its client, the transport is unknown.
 */
#ifndef ALINK_TRANSPORT_H
#define ALINK_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "cloud.h"

#define LISTENERS_MAX 32

struct listeners {
	struct {
		unsigned       port;
		enum transport transport;
	} at[LISTENERS_MAX];
	size_t count;
	bool   proven;
};

/* `mqtt=1883,mqtts=8883,…`: names mqtt, mqtts, ws, wss, x509, psk, each as often as needed. False when it is not that. */
bool listeners_parse(struct listeners *listeners, const char *text);

/* The broker says that `client` is our own connection, whose other end is `fd`: does the layout agree? */
void listeners_prove(struct listeners *listeners, const void *client, int fd);

/* `address` is the client's as the API gives it; NULL when it gives none. */
enum transport listeners_transport(const struct listeners *listeners, const void *client, const char *address);

#endif

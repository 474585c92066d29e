/*
 * Where the emulator listens: the kinds of listener, the text of a port option, and ports held
 * until their listener takes them over.
 */
#ifndef ALINK_PORTS_H
#define ALINK_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <netinet/in.h>

#include "text.h"

enum listener {
	LISTENER_MQTT, LISTENER_MQTTS, LISTENER_WS, LISTENER_WSS, LISTENER_X509, LISTENER_PSK,   /* the broker's */
	LISTENER_HTTP, LISTENER_HTTPS,                              /* the tool's own */
	LISTENERS,
};

struct listener_type {
	const char *name;      /* as printed */
	const char *scheme;    /* of its URL */
	const char *option;    /* that sets its ports */
	const char *ports;     /* unless told otherwise */
	bool        broker, tls, websockets;
	const char *broker_lines;        /* more of its configuration; NULL: none */
};

extern const struct listener_type listener_types[LISTENERS];

#define PORTS_MAX   8      /* of one listener */
#define ADDRESS_MAX INET6_ADDRSTRLEN

struct port {
	char     address[ADDRESS_MAX];   /* numeric, without brackets */
	unsigned number;                 /* 0: any free one, until ports_hold chose it */
	int      fd;                     /* bound, not listening; -1 when not held */
};

struct ports {                           /* `{ 0 }` is "off" */
	struct port at[PORTS_MAX];
	size_t      count;
};

/* True when `text` is a numeric IPv4 or IPv6 address. */
bool address_valid(const char *text);
/* True for 0.0.0.0 and ::, which nobody can dial. */
bool address_any(const char *address);
/* `127.0.0.1:1883`, `[::1]:1883` */
void address_add(struct text *out, const char *address, unsigned number);

/*
 * Reads `off`, or a comma list of `N`, `ADDR:N` and `[ADDR]:N`; a bare N listens on `address`.
 * Returns NULL, or what is wrong with the text (static), leaving `ports` "off".
 */
const char *ports_parse(struct ports *ports, const char *text, const char *address);

/*
 * Binds every port without listening, so that it is ours until a listener of this process or of the
 * broker (which also sets SO_REUSEADDR) takes it. Port 0 becomes a number here: Mosquitto itself
 * would open a Unix socket for it. Returns 0, or -1 with `error` naming port and option.
 */
int  ports_hold(struct ports *ports, enum listener listener, struct text *error);
void ports_release(struct ports *ports);

/* `tcp://127.0.0.1:1883` */
void port_url_add(struct text *out, enum listener listener, const struct port *port);

#endif

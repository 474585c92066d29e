/* A running emulator: the broker with the cloud in it, and the servers around it, from start to end. */
#ifndef ALINK_EMULATOR_H
#define ALINK_EMULATOR_H

#include "control.h"
#include "options.h"

struct event_base;
struct emulator;

/* What a first device needs, when the demo cloud runs; strings are NULL otherwise. */
struct demo {
	char *product_key, *device_name, *device_secret;
	char *client_id, *username, *password;   /* for plain MQTT */
};

struct emulator_events {
	void (*ready)(void *ctx);   /* listeners are open and the cloud answered; at most once */
	/* It is over, asked for or not (then `code` says so and the reason was printed). Once; free it after that. */
	void (*ended)(void *ctx, int code);
	void  *ctx;
};

/*
 * Prepares everything and starts the broker; the rest happens on `base`. `options` is borrowed; its
 * ports get their numbers here. NULL when it could not start; the reason was printed.
 */
struct emulator *emulator_start(struct event_base *base, struct options *options,
                                const struct emulator_events *events);
/*
 * Ends the runs of all scenarios and writes their reports; `judged` is given the exit code that comes of it, later.
 * Once, and before emulator_stop.
 */
void             emulator_judge(struct emulator *emulator, void (*judged)(void *ctx, int code), void *ctx);
/* Ends it orderly, `ended` follows; a second time: at once. */
void             emulator_stop(struct emulator *emulator);
void             emulator_free(struct emulator *emulator);   /* NULL is fine */

const char        *emulator_ca_path(const struct emulator *emulator);
const struct demo *emulator_demo(const struct emulator *emulator);

/* The first port of a listener, NULL when it is off; and an address at which a program here can dial it. */
const struct port *emulator_port(const struct emulator *emulator, enum listener listener);
const char        *port_dial_address(const struct port *port);

#endif

/* The broker that carries the cloud: its configuration, and its process. */
#ifndef ALINK_BROKER_H
#define ALINK_BROKER_H

#include <stdbool.h>
#include <stddef.h>

#include "ports.h"
#include "text.h"

struct event_base;
struct broker;

struct broker_config {
	const char *plugin;                      /* mosquitto_alink.so */
	const char *version;                     /* of the broker, which a plugin cannot learn; NULL: unknown */
	const char *control;                     /* the tool's own socket, in a folder that only we may enter */
	const char *certificate, *key, *ca;      /* for the TLS listeners */
	const struct ports *ports;               /* LISTENERS of them, held */
	const char *const *clouds;     size_t cloud_count;
	const char *const *scenarios;  size_t scenario_count;
	bool scenarios_open_ended;               /* their runs end with ours, not after a time of their own */
	const char *state, *seed;                /* NULL: in memory; the plugin's own choice */
	const char *file_url;                    /* NULL: nobody serves files */
	bool root;                               /* the broker is started by root */
	bool plain;                              /* option platformRules is off: it takes QoS 2, which the platform does not */
};

/* Appends the text of mosquitto.conf. -1 when a path cannot be written there; `error` names it. */
int broker_config_add(struct text *out, const struct broker_config *config, struct text *error);

/* "2.0.11", to be freed; NULL when the program does not say. Waits for it, at most 5 s. */
char *broker_version(const char *program);

/*
 * Starts `program` on a configuration file. What it says (warnings and errors) is passed on to stderr.
 * `died` is called once, when the broker has ended, asked or not; `status` as from waitpid.
 * NULL with errno set when it cannot be started.
 */
struct broker *broker_start(struct event_base *base, const char *program, const char *config_path,
                            void (*died)(void *ctx, int status), void *ctx);
void broker_stop(struct broker *broker);     /* orderly, killed after 10 s; again: at once */
void broker_free(struct broker *broker);     /* NULL is fine */

#endif

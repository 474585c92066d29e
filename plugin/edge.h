/*
 * The edge, which feeds the cloud what happens and performs what comes out: plugin.c begins and ends it, events.c is what
 * the broker tells and asks, turn.c what follows from it once a turn. They alone know the broker.
 *
 * Broker lore is in the comments beside what it explains; it was measured on Mosquitto 2.0.11, 2.0.22 and 2.1.2.
 */
#ifndef ALINK_EDGE_H
#define ALINK_EDGE_H

#include <mosquitto.h>
#if LIBMOSQUITTO_VERSION_NUMBER < 2001000
#include <mosquitto_broker.h>   /* 2.0.11's mosquitto_plugin.h needs it first */
#include <mosquitto_plugin.h>
#else                           /* from 2.1 on mosquitto.h brings everything, */
#define CONNACK_ACCEPTED CLOUD_CONNACK_ACCEPTED   /* … an enumerator of this name, too: here it is the cloud's */
#endif

#include <stdbool.h>
#include <stdint.h>

#include "clients.h"
#include "cloud.h"
#include "log_keeper.h"
#include "scripts.h"
#include "state_keeper.h"
#include "tickets.h"
#include "transport.h"
#include "waker.h"

#define CONTROL_TOPIC "$CONTROL/alink/v1"
#define TOPIC_COMPARED 256        /* bytes; as long as any topic that somebody subscribes to */

extern struct edge {
	mosquitto_plugin_id_t *id;
	struct cloud   *cloud;
	struct effects  outbox;          /* of this turn */
	struct clients  clients;
	struct tickets  tickets;
	uint64_t        next_other;
	int64_t         oldest_us;       /* when the oldest message of this turn came; 0: there was none */
	uint64_t       *due_kicks;       /* connections to end in the next turn */
	size_t          due_count, due_size;
	char            unjudged[TOPIC_COMPARED];   /* the topic that passed WRITE last and was no message yet */
	char           *control_address;
	struct waker   *waker;
	struct scripts *scripts;
	struct listeners listeners;
	struct state_keeper *state_keeper;
	struct log_keeper log_keeper;
	bool            commit_failing;
	bool            out_of_files;
	int64_t         looked_us;       /* for that, and at the state keeper */
	int64_t         tried_us;        /* when it was last tried whether it can be written again */
	uint64_t        random_state;    /* from the seed: a repeated run draws the same */
	int64_t         message_ms;      /* the time while a message is handled, which reads it a dozen times; else 0 */
} edge;

/* Unix ms; the same for all that one message causes. */
int64_t edge_now_ms(void *ctx);

/* What is left when nothing can be committed: kicks, and 503 for who asked. Nobody is told that anything was done. */
void perform_lost(const struct effects *effects);

/* Callbacks of the broker. */
int on_auth(int event, void *data, void *userdata);
int on_psk(int event, void *data, void *userdata);
int on_acl(int event, void *data, void *userdata);
int on_message(int event, void *data, void *userdata);
int on_control(int event, void *data, void *userdata);
int on_gone(int event, void *data, void *userdata);
int on_tick(int event, void *data, void *userdata);

#endif

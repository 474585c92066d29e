/*
 * The emulated cloud: something happens, a list of effects comes out.
 *
 * No clock, no randomness, no sockets, no broker: see struct world. Everything here runs on one
 * thread and does bounded work. Connections are numbers, 1 and up, never used twice; a number that
 * is not (or no longer) open is ignored.
 *
 * The edge's turn: feed what happened, cloud_tick, cloud_commit, and only then perform the effects.
 * That is what makes "answered" mean "committed".
 */
#ifndef ALINK_CLOUD_H
#define ALINK_CLOUD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cloud_file.h"
#include "effects.h"
#include "script.h"
#include "world.h"

struct cloud;

struct cloud_config {
	struct world world;
	const struct cloud_file *file;   /* borrowed during the call */
	const char *state_path;          /* NULL: everything in memory */
	uint64_t    seed;
	bool        seed_given;          /* the seed was asked for, so it overrides those of scenarios */
	bool        scenarios_open_ended;   /* a scenario that does not say when it stops goes on until it is told to */
	bool        alone;               /* the tool is not there: nobody serves files or writes reports */
	const char *broker_version;      /* for the status; may be NULL */
	const char *file_url;            /* where the tool serves files, "http://127.0.0.1:8080"; may be NULL */
};

/* NULL with `error` filled. */
struct cloud *cloud_new(const struct cloud_config *config, char *error, size_t error_size);
void          cloud_free(struct cloud *cloud);

/* Option platformRules is off: what clients do among themselves (wills, other topics) is the broker's affair. */
bool          cloud_is_plain_broker(const struct cloud *cloud);

/* --- connections --- */

/* doc: CONNACK return codes of MQTT 3.1.1. Some brokers cannot send them all; the decision is exact all the same. */
enum connack {
	CONNACK_ACCEPTED = 0,
	CONNACK_PROTOCOL = 1,
	CONNACK_IDENTIFIER = 2,
	CONNACK_UNAVAILABLE = 3,
	CONNACK_CREDENTIALS = 4,
	CONNACK_NOT_AUTHORISED = 5,
	CONNACK_NONE = 256,       /* no CONNACK at all: the connection is closed (only a scenario asks for it) */
};

enum transport { TRANSPORT_UNKNOWN, TRANSPORT_TCP, TRANSPORT_TLS };

struct connect {                  /* borrowed during the call */
	const char *client_id;
	const char *user_name;    /* NULL when absent */
	const char *password;     /* NULL when absent */
	const char *certificate;  /* lower-case hex SHA-256 of the client's certificate; NULL: it showed none */
	const char *address;      /* peer, for people; NULL unknown */
	int         protocol;     /* 3, 4 or 5 */
	int         keepalive_s;
	bool        clean;
	enum transport transport;
	uint64_t    id_holder;    /* the connection that has this client id now and would be closed; 0: none */
	int         only_refusal; /* the only refusing code that the edge can send, for the log; 0: any */
};

struct connected {
	uint64_t number;          /* of the connection, when accepted */
	int      reason;          /* MQTT 5's reason code for the same decision */
};

/* Judges a CONNECT. When it is accepted, messages for it may already be in `out`. */
enum connack cloud_connect(struct cloud *cloud, const struct connect *in, struct connected *connected, struct effects *out);

/*
 * TLS-PSK, before any CONNECT: the key of an identity, as hex of its bytes (129 bytes are enough). False, with a log
 * record, when there is none.
 */
bool cloud_psk(struct cloud *cloud, const char *identity, char *key, size_t size);

enum disconnect_cause { DISCONNECT_UNKNOWN, DISCONNECT_CLEAN, DISCONNECT_LOST, DISCONNECT_KEEPALIVE, DISCONNECT_KICKED };
void cloud_disconnect(struct cloud *cloud, uint64_t connection, enum disconnect_cause cause, struct effects *out);

/* The MQTT client id of an open connection, NULL otherwise. */
const char *cloud_client_id(const struct cloud *cloud, uint64_t connection);

/* --- messages --- */

struct message {                  /* borrowed during the call */
	const char *topic;        /* as received, NUL-terminated */
	const char *payload;      /* bytes; NULL when there are none */
	size_t      payload_len;
	int         qos;
};

enum message_fate {
	MESSAGE_TAKEN,            /* refusals and answers included */
	MESSAGE_REFUSED,          /* the device had no right to the topic: MQTT 5 tells it so */
	MESSAGE_ROUTED,           /* option platformRules is off: the broker may do with it what brokers do */
};

/* One PUBLISH. */
enum message_fate cloud_message(struct cloud *cloud, uint64_t connection, const struct message *in, struct effects *out);

/* One filter of a SUBSCRIBE: true when granted, with `qos` (0 or 1). */
bool cloud_subscribe(struct cloud *cloud, uint64_t connection, const char *filter, int qos, struct effects *out);
void cloud_unsubscribe(struct cloud *cloud, uint64_t connection, const char *filter, struct effects *out);

/* --- scripts --- */

/*
 * What the ticket of an EFFECT_SCRIPT asks for, borrowed until the next call of the cloud. False: nobody waits for it
 * any more. Otherwise its result is owed, once, whatever becomes of the script; a ticket of no call is ignored.
 */
bool cloud_script_request(const struct cloud *cloud, uint64_t ticket, struct script_request *out);
void cloud_script_result(struct cloud *cloud, uint64_t ticket, const struct script_result *result, struct effects *out);

/* --- scenarios --- */

/* What goes wrong, from a file; more of it is the API's. 0, or -1 and nothing has changed: complaints say why. */
int cloud_load_scenario(struct cloud *cloud, const char *path, struct text *complaints, struct effects *out);

/* --- time and storage --- */

/* Does what has become due. */
void    cloud_tick(struct cloud *cloud, struct effects *out);
/* When cloud_tick has work next, by the world's clock; INT64_MAX: nothing is planned. */
int64_t cloud_next_ms(const struct cloud *cloud);
/* For the metrics: how long it took from a message's arrival until its answer was performed. */
void    cloud_measured(struct cloud *cloud, int64_t latency_us);
/*
 * The log is kept by the edge, off the answer path: cloud_log_export gives the records after *after, about `max` bytes
 * of them, and moves *after; the return is the oldest that is still in memory. cloud_log_import takes them back at
 * the start: 0, or -1 when they are damaged.
 */
uint64_t cloud_log_last(const struct cloud *cloud);   /* number of the newest record */
uint64_t cloud_log_export(const struct cloud *cloud, uint64_t *after, size_t max, struct text *out);
int      cloud_log_import(struct cloud *cloud, uint64_t first, const char *bytes, size_t len);
/*
 * Makes what happened so far durable. -1: it is not, and the reason is in cloud_error. Then no effect may be performed
 * but kicks, and cloud_undo has to follow: everything is again as it was committed last, connections aside. Until
 * cloud_can_commit nothing should be fed in but ends of connections and what only reads.
 */
int         cloud_commit(struct cloud *cloud);
void        cloud_undo(struct cloud *cloud, struct effects *out);
bool        cloud_can_commit(struct cloud *cloud, struct effects *out);
const char *cloud_error(const struct cloud *cloud);

#endif

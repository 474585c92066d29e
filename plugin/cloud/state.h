/*
 * What the cloud knows while it runs. Inside the core only.
 *
 * Products and devices are loaded from the store when first needed and then stay; what a device
 * says while it runs (connection, sessions, subscriptions) exists only here.
 */
#ifndef ALINK_STATE_H
#define ALINK_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uthash.h>

#include "bucket.h"
#include "clock.h"
#include "cloud.h"
#include "effects.h"
#include "history.h"
#include "journal.h"
#include "json.h"
#include "settings.h"
#include "store.h"
#include "text.h"
#include "timer.h"
#include "tsl.h"

#define NAME_MAX_BYTES 128      /* of a deviceName or productKey in a topic; longer ones name nothing */

struct topic_category {         /* a custom topic of a product */
	char            *name;
	enum topic_allow allow;
};

struct product {
	int64_t id;
	char   *key, *secret, *name;
	enum node_type   node_type;
	enum data_format data_format;
	enum validation  validation;
	bool    dynamic_registration;
	bool    config_enabled;                /* remote configuration */
	struct tsl *tsl;                       /* NULL: no model */
	struct script *script;                 /* script_queue.h; NULL: none */
	struct topic_category *topics;
	size_t  topic_count;
	int64_t broadcast_ms, broadcasts;      /* to all devices: since when, how many in this minute */
	struct device *devices;                /* those loaded, by name */
	UT_hash_handle hh;                     /* in cloud.products, by key */
};

struct subscription {                          /* of one device: a filter that names it, or names nobody */
	struct subscription *next;
	int  qos;                              /* -1: the device unsubscribed, so nothing is delivered by itself either */
	char filter[];
};

struct value {                                 /* a property's newest report */
	char   *text;                          /* JSON; NULL: never reported */
	size_t  len, size;
	int64_t time_ms;
};

struct extra_value {                           /* of a property that the model lacks: validation none keeps it */
	struct value value;
	UT_hash_handle hh;
	char name[];
};

struct device {
	int64_t id;
	struct product *product;
	char   *name, *secret, *iot_id;
	int64_t gateway;                       /* device id; 0: bound to none */
	bool    enabled;
	bool    x509;                          /* has a certificate */
	int64_t activated_ms, online_ms;
	struct value  *values;                 /* one per property of the model, in its order */
	char   *tunnel;                        /* the newest secure tunnel's fields as JSON; NULL: none is open */
	struct shadow *shadow;                 /* shadow.c; NULL until it is needed */
	struct extra_value *extras;            /* by name */
	struct device *dirty_next, *dirty_prev;   /* in cloud.dirty */
	uint64_t dirty_since;                  /* seq of the oldest sample that its row lacks; 0: the row has them all */
	struct bucket  ota_requests;
	struct device *next_back;              /* in cloud.back_online */
	bool    is_back;
	char   *tags, *desired;                /* as the store keeps them (tag.c, desired.c); NULL: none */
	struct downlink *downlinks;            /* requests it has not answered, by downlink.c */
	struct script_job *scripts;            /* calls of its product's script, by script_queue.c; the first one runs */
	size_t   script_calls;

	struct connection *connection;         /* its own; NULL while offline */
	uint64_t connections_made;             /* of its own, ever */
	struct connection *session;            /* the gateway's connection it is logged in over */
	bool    session_auto;                  /* its login asked for automatic subscription */
	uint64_t named_in;                     /* trace of the request that last named it: a list may do so twice */
	struct bucket logins;                  /* its own; a gateway's: those over it */
	struct bucket topology_requests;
	struct device *session_next, *session_prev;   /* in connection.sessions */
	struct subscription *subscriptions;
	struct timer resuming;                 /* is about to get what was kept for it */
	bool    keeps;                         /* a clean=0 session: subscriptions and QoS 1 messages outlive its connection */
	struct bucket connects, uplink[2], downlink;   /* how often it may; uplink by QoS */

	UT_hash_handle hh_name, hh_id;
};

struct connection {
	uint64_t number, ordinal;              /* of all; of its device */
	char    *client_id, *address;
	struct device *device;                 /* NULL: a registration, a stranger, or taken over by another connection */
	struct device *sessions;               /* sub-devices logged in over this connection */
	size_t   session_count;
	int      protocol, keepalive_s;
	bool     clean, auto_subscribe, ext_rrpc;
	bool     stranger;                     /* let in only because option platformRules is off: the broker's affair */
	struct timer  closing;                 /* of a registration */
	struct bucket bytes;
	enum transport transport;
	int64_t  since_ms;
	const char *ended;                     /* why we are closing it; NULL: we are not */
	UT_hash_handle hh;                     /* in cloud.connections, by number */
};

struct cloud_counters {
	uint64_t messages_up, messages_down, connects_accepted, connects_refused;
};

#define LATENCY_BOUNDS 10

struct latency {
	uint64_t buckets[LATENCY_BOUNDS + 1], count;
	int64_t  sum_us;
};

struct cloud {
	struct world    world;
	struct settings settings;
	struct store   *store;
	struct journal *journal;
	struct history *history;
	struct clock    clock;
	struct timers   timers;
	struct timers   world_timers;          /* on the world's clock: what the outside waits for */
	char    *region, *instance_id, *state_path, *broker_version;
	char    *file_url;                     /* what the URLs of downloads begin with; NULL: as if the tool ran at its default */
	uint64_t seed;
	int64_t  started_ms;

	struct product    *products;
	struct device     *devices;            /* by id */
	struct connection *connections;
	struct device     *dirty;              /* whose values are newer than their rows, the longest first */
	bool     values_urgent;                /* they are to be written at once: the history alone would not tell them */
	uint64_t next_connection, next_trace;
	int64_t  down_next, down_end;          /* numbers for downlinks, taken from the store in blocks */
	struct downlink   *downlinks;          /* requests that devices have not answered, by id */
	struct downlink   *downlink_tickets;   /* those of them that somebody waits for, by ticket */
	size_t   downlinks_waiting;            /* those of them that are not given up yet */
	struct store      *pristine;           /* what reset returns to */
	struct snapshot   *snapshots;          /* reset.c */
	struct script_job *script_jobs;        /* calls of scripts that run, by ticket */
	uint64_t next_script, next_script_call;
	size_t   script_count, script_bytes;   /* all calls, those that wait too, and their input */
	size_t   scripts_running;
	struct api_waiter *api_waiters;
	struct scenarios  *scenarios;          /* scenario.h; NULL until one is loaded */
	unsigned           watched;            /* bits of the events that they want to know of */
	bool               alone;                /* without the tool */
	bool               scenarios_open_ended;   /* those without a `stop` go on until they are stopped */
	bool               seed_given;         /* and it overrides those of scenarios */
	const char        *touched;            /* the scenario rule that had a hand in what is being done; NULL: none */
	struct device     *back_online;        /* came online since the last tick */
	struct timer       upgrade_deadline;   /* of the next upgrade whose time is over */
	struct firmware_job *firmware_jobs;    /* packages being added */
	struct config_push  *config_pushes;    /* under way */
	struct cloud_counters counters;
	struct metric     *metrics;
	struct latency     latency;

	/* Scratch, so that a message costs no allocation; each is cleared by whoever uses it. */
	struct json_doc request;
	struct text     data, reply, why, topic, message;
	char            error[300];
};

/* What a timer's function gets. */
struct tick {
	struct cloud   *cloud;
	struct effects *out;
};

static inline int64_t cloud_world_now(const struct cloud *cloud)
{
	return cloud->world.now_ms(cloud->world.ctx);
}

static inline int64_t cloud_now(const struct cloud *cloud)
{
	return clock_now(&cloud->clock, cloud_world_now(cloud));
}

/* --- registry.c: products and devices, from the store when first needed --- */

/* NULL when there is none (or the store failed). Names need not be NUL-terminated. */
struct product *product_find(struct cloud *cloud, const char *key, size_t len);
/* Has all products loaded, so that cloud->products lists them. */
void            products_load(struct cloud *cloud);
/* One that has no devices is gone for good. -1: the store failed. */
int             product_drop(struct cloud *cloud, struct product *product);
struct device  *device_find(struct cloud *cloud, struct product *product, const char *name, size_t len);
struct device  *device_get(struct cloud *cloud, int64_t id);
struct device  *device_find_key(struct cloud *cloud, const char *product_key, const char *device_name);
/*
 * Reads the product's row again, in place: its devices see the new model at once. Values of properties that
 * are gone, or now of another type, are dropped. -1: nothing has changed here.
 */
int             product_reload(struct cloud *cloud, struct product *product);
/* Forgets a device whose row is gone; it must have no connection, no session and no request under way. */
void            device_drop(struct cloud *cloud, struct device *device);
void            registry_free(struct cloud *cloud);

/* The connection that messages for a device travel over: its own, else its gateway's; NULL: it is offline. */
static inline struct connection *device_route(const struct device *device)
{
	return device->connection ? device->connection : device->session;
}

/* --- value.c: what devices reported --- */

/* Where a property's newest value stands; with property -1 the one that the model lacks, by name. NULL: no room for more. */
struct value *value_slot(struct device *device, int property, const char *name);
/* `text` is JSON. */
void value_set(struct cloud *cloud, struct device *device, struct value *slot, const char *text, size_t len, int64_t time_ms);
void values_free(struct device *device);
size_t values_count(const struct device *device);   /* reported at least once */
/* {"temp":{"value":21,"time":…},…}, the form the store keeps and the API shows. */
void values_write(const struct device *device, struct text *out);
/* Values without a time (a cloud file's) are taken as reported at `otherwise_ms`. */
int  values_load(struct device *device, const char *doc, int64_t otherwise_ms);
/*
 * Into the open transaction. What was reported is in the history as well, which costs one row a turn, so values are
 * written seldom: values_save_due takes those that have waited long, values_save all. At a start reports_load reads
 * the history and brings values up to it.
 */
void values_clean(struct cloud *cloud, struct device *device);   /* its row is right, or of no interest any more */
int  values_save(struct cloud *cloud);
int  values_save_due(struct cloud *cloud);
int  reports_load(struct cloud *cloud);
/* Moves the values of a product's devices over to another model (see product_reload). -1: out of memory, nothing moved. */
int  values_move(struct cloud *cloud, struct product *product, const struct tsl *to, enum validation validation);

/* --- log.c: journal records with the cloud's clock and the names filled in --- */

struct record record_new(struct cloud *cloud, enum service service, const struct device *device, uint64_t trace,
                         const char *operation, int code);
uint64_t trace_new(struct cloud *cloud);

/* --- connection.c --- */

struct connection *connection_find(const struct cloud *cloud, uint64_t number);
/* Ends it from our side: a kick now, the bookkeeping when the broker reports the end. */
void connection_end(struct cloud *cloud, struct connection *connection, const char *why, struct effects *out);
/* The bookkeeping alone; see session.h for ends that the gateway or the log hears of. */
void session_begin(struct connection *connection, struct device *sub_device);
void session_end(struct device *sub_device);

#endif

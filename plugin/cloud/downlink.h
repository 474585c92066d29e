/*
 * Requests that the platform sends to a device, and their answers. Inside the core only.
 *
 * doc: "Set device properties", "Invoke services", RRPC; things-and-data reference, sections 0.3 and 3. One
 * mechanism for all of them: what differs is the topic that an answer comes on (`_reply`, or one of RRPC's, see
 * rrpc.h) and what is checked in it. Who asked gets one answer, at the latest when the time is over.
 */
#ifndef ALINK_DOWNLINK_H
#define ALINK_DOWNLINK_H

#include "code.h"
#include "effects.h"
#include "push.h"
#include "state.h"
#include "topic.h"

struct down_request {
	const char *path;        /* the topic below /sys/{pk}/{dn}/ and, with dots, the method: "thing/service/flush" */
	const char *params;      /* JSON */
	bool        rrpc;        /* asks over RRPC instead of waiting for `_reply` */
	int64_t     timeout_ms;
	uint64_t    ticket;      /* gets the answer; 0: nobody waits for it */
};

/*
 * Sends {"id","version","method","params"} and waits for the reply. CODE_SUCCESS: it is under way, and the
 * ticket will be answered: with the device's reply ({"id","code","data"}, status 200, or 409 when its code is
 * not 200), or with 504 when the time is over. Otherwise nothing was sent, and the code says why (6208
 * disabled, 9200 never connected, 9201 offline, 9389 its gateway is offline, 9236 it does not listen), with a
 * reason in `why`.
 */
enum code downlink_send(struct cloud *cloud, struct device *device, const struct down_request *request,
                        struct effects *out, struct text *why);

/* Whether a device that publishes to this topic answers a downlink on `_reply`. */
bool downlink_is_reply(const struct topic *topic);
/* `topic` NULL: a reply that came as bytes, whose topic does not tell what it answers. */
void downlink_reply(struct cloud *cloud, struct device *device, const struct topic *topic, const char *topic_text,
                    const struct message *in, uint64_t trace, struct effects *out);

/* Whoever asked is gone. */
void downlink_forget(struct cloud *cloud, uint64_t ticket);
/* The device is about to go for good: whoever waits for it is told. */
void downlinks_end(struct cloud *cloud, struct device *device, struct effects *out);
void downlinks_free(struct cloud *cloud);

/* A number for a message of the platform's own: decimal, never used twice, also after a restart. -1: the store failed. */
int  down_id(struct cloud *cloud, int64_t *id);

/* Why nothing can be sent to a device now; CODE_SUCCESS when something can. */
enum code device_reachable(struct cloud *cloud, const struct device *device, struct text *why);

/* --- for rrpc.c and raw.c --- */

enum downlink_way {
	WAY_REPLY,         /* answered on `_reply`, found by the id */
	WAY_RRPC,          /* answered on an RRPC topic, found by its message id */
	WAY_RRPC_BYTES,    /* … with a payload that is the application's own affair */
};

struct downlink {
	struct downlink *prev, *next;      /* of the same device */
	struct device   *device;
	enum downlink_way way;
	int64_t      id;
	uint64_t     ticket, trace;
	int64_t      timeout_ms;
	bool         given_up;             /* kept for a while, so that its late answer can be told from a stray one */
	struct timer timer;
	UT_hash_handle hh, hh_ticket;
	char         path[];               /* of the request; of WAY_RRPC_BYTES its topic */
};

/* One that may be sent; otherwise the code says why not. */
enum code downlink_new(struct cloud *cloud, struct device *device, enum downlink_way way, const char *path,
                       int64_t timeout_ms, uint64_t ticket, struct downlink **downlink, struct text *why);
/* Sends it and begins to wait; takes it. */
enum code downlink_go(struct cloud *cloud, struct downlink *downlink, const char *topic, const char *payload, size_t len,
                      struct effects *out, struct text *why);
/* The same in two steps, for what can only be sent later: begins to wait, or takes it and says why not … */
enum code downlink_wait(struct cloud *cloud, struct downlink *downlink, struct text *why);
/* … and sends it, of which the topic and the content are given; what cannot be sent fails. */
void downlink_push(struct cloud *cloud, struct downlink *downlink, const struct push *message, struct effects *out);
/* It cannot be done: who asked is told so, and it is over. */
void downlink_fail(struct cloud *cloud, struct downlink *downlink, enum code code, const char *why, struct effects *out);
struct downlink *downlink_find(const struct cloud *cloud, int64_t id);
/* It is over. */
void downlink_remove(struct cloud *cloud, struct downlink *downlink);

/* The request that a reply meant, and what is wrong when it meant none: `downlink` NULL or given up. */
void downlink_stray(struct cloud *cloud, const struct downlink *downlink, int64_t id, struct text *why);
/* An Alink reply to `downlink`, which ends with it: judges it, logs it, answers whoever asked. */
void downlink_answered(struct cloud *cloud, struct downlink *downlink, const char *topic_text, const struct message *in,
                       struct json reply, struct effects *out);

#endif

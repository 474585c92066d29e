/*
 * What devices may ask: one row per request, and the call that a row's function answers.
 *
 * Adding an Alink method is a row in method.c, a function, and a transcript.
 */
#ifndef ALINK_METHOD_H
#define ALINK_METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code.h"
#include "effects.h"
#include "journal.h"
#include "json.h"
#include "text.h"
#include "topic.h"

struct cloud;
struct connection;
struct device;
struct call;

enum method_flags {
	METHOD_GATEWAY = 1,     /* only devices of a gateway product */
	METHOD_MODEL   = 2,     /* a thing-model message: not JSON is 6207 (else 460), sys.ack 0 silences the reply */
	METHOD_PLAIN   = 4,     /* no Alink envelope: the function gets the payload and answers by itself, if at all */
	METHOD_BINARY  = 16,    /* a payload of its own with an Alink reply: the function reads the one and calls reply_send */
	METHOD_ANY_PAYLOAD = 32,   /* the payload is ignored, whatever it is; the id is read if there is one */
	METHOD_DATA    = 64,    /* thing-model data: products of data format raw send theirs as bytes, and are told 6813 here */
	METHOD_NO_PARAMS = 8,      /* params may be absent or anything: clients send "{}" as a string here */
	METHOD_SECRETS = 256,   /* its reply holds secrets, which the log does not show */
	METHOD_OWN_ANSWER = 128,/* the function judges the envelope, absent when malformed, and answers, if at all */
};

struct method {
	const char *topic;      /* below the identity: "/sys/{pk}/{dn}/thing/topo/add"; `*` in a level is a wildcard */
	const char *operation;  /* the catalogue's word, "topo.add" */
	enum service service;   /* the log's service type */
	unsigned    flags;      /* enum method_flags */
	enum code (*run)(struct call *call);
};

/* One request being answered. Everything is borrowed for the call. */
struct call {
	struct cloud      *cloud;
	struct connection *connection;   /* that it came over; NULL when `raw`, for it may have gone while the script ran */
	struct device     *device;       /* that its topic names: the connection's own, or a sub-device of it */
	const struct method *method;
	const struct topic  *topic;
	const char *topic_text;          /* as received, without a ?suffix */
	const char *payload;
	size_t      payload_len;
	int         qos;
	int64_t     now_ms;
	uint64_t    trace;
	const char *id;                  /* as text, "0" when there is none */
	struct json request;             /* the envelope; absent with METHOD_PLAIN */
	struct json params;              /* of the request; absent when it has none */
	struct text *data;               /* the reply's data: one JSON value; left empty it becomes {} */
	struct text *why;                /* reasons, for the log: fill it whenever something is refused */
	const char  *message;            /* the reply's text, when it is not the code's own */
	int          log_code;            /* what the log shows instead of the returned code; 0: that code */
	bool         raw;                 /* a script made it of bytes, and makes bytes of the reply */
	bool         silent;              /* nothing is answered: an option says that the platform has no such method */
	struct effects *out;
};

/* The row for a topic, NULL when it is no method's. */
const struct method *method_find(const struct topic *topic);
/* Whether this topic is some method's reply. */
bool method_reply(const struct topic *topic);
const struct method *method_rows(size_t *count);

/* The handlers, by file. */
enum code config_get(struct call *call);      /* remote_config.c */
enum code config_push_reply(struct call *call);
enum code file_download(struct call *call);   /* file_download.c */
enum code ota_inform(struct call *call);      /* ota.c */
enum code ota_progress(struct call *call);
enum code ota_request(struct call *call);
enum code ota_firmware_get(struct call *call);
enum code property_post(struct call *call);   /* property.c */
enum code desired_get(struct call *call);     /* desired.c */
enum code desired_delete(struct call *call);
enum code model_get(struct call *call);       /* model.c */
enum code tag_update(struct call *call);      /* tag.c */
enum code tag_delete(struct call *call);
enum code tag_get(struct call *call);
enum code ntp_request(struct call *call);     /* ntp.c */
enum code shadow_update(struct call *call);   /* shadow.c */
enum code device_log_config_get(struct call *call);   /* device_log.c */
enum code device_log_post(struct call *call);
enum code diag_post(struct call *call);       /* diag.c */
enum code thing_reset(struct call *call);     /* bind.c */
enum code enrollee_match(struct call *call);
enum code codec_update(struct call *call);    /* codec.c */
enum code tunnel_request(struct call *call);  /* tunnel.c */
enum code job_get(struct call *call);         /* job.c */
enum code job_update(struct call *call);
enum code upload_init(struct call *call);     /* upload.c */
enum code upload_send(struct call *call);
enum code upload_cancel(struct call *call);
enum code session_login(struct call *call);         /* session.c */
enum code session_batch_login(struct call *call);
enum code session_logout(struct call *call);
enum code session_batch_logout(struct call *call);
enum code sub_register(struct call *call);          /* sub_register.c */
enum code sub_product_register(struct call *call);
enum code sub_unregister(struct call *call);
enum code topo_add(struct call *call);              /* topo.c */
enum code topo_delete(struct call *call);
enum code topo_get(struct call *call);
enum code topo_list_found(struct call *call);
enum code event_post(struct call *call);      /* event.c */
enum code batch_post(struct call *call);      /* batch.c */
enum code pack_post(struct call *call);       /* pack.c */
enum code history_post(struct call *call);    /* history_post.c */

#endif

/*
 * One thing that happens, as rules and expectations see it.
 *
 * What is asked of it is worked out when it is first asked: a rule that looks at the topic only costs no parsing.
 */
#ifndef ALINK_SCENARIO_HAPPENING_H
#define ALINK_SCENARIO_HAPPENING_H

#include "engine.h"
#include "method.h"

struct happening {
	struct cloud   *cloud;
	struct effects *out;
	enum event      event;
	int64_t         now_ms;
	uint64_t        trace;

	/* Who. The pointers are refreshed when an action may have changed the world; the names stay. */
	struct device     *device;        /* NULL: unknown, or gone */
	struct connection *connection;    /* NULL: none, or gone */
	int64_t            device_id;
	uint64_t           number;        /* of the connection */
	char               product_key[NAME_MAX_BYTES + 1], device_name[NAME_MAX_BYTES + 1];

	/* What, as far as the event has it. */
	const char *operation;            /* the catalogue's word, else the Alink method; "": none */
	const char *alink_method;         /* "thing.event.property.post"; "": none */
	const char *topic;                /* or filter, or path of a request */
	const char *verb;                 /* of an API request */
	const char *range;                /* of a download; NULL: all of it */
	const char *payload;
	size_t      payload_len;
	const char *alink;                /* JSON that a script made the payload of, or read in it; NULL: none did */
	size_t      alink_len;
	const struct message *request;    /* that a reply answers; NULL: unknown */
	int         qos, code;            /* code 0: none */
	const char *change;               /* of a lifecycle, "online" */
	const char *client_id;
	int         protocol;
	enum transport transport;
	const struct flight *flight;      /* that it begins or answers; NULL: none, or nobody asks */
	bool answers, again;              /* answers it; begins it although one of that id is under way */
	bool unread;                      /* bytes of which nobody knows that yet */

	struct message asked;             /* `request`, where the answer itself tells */

	/* private: worked out once */
	char  operation_buffer[160], method_buffer[160], id_buffer[256], key_buffer[PER_GLOBAL + 1][KEY_MAX];
	bool  has_key[PER_GLOBAL + 1], has_id, has_body, has_request, has_meant;
	struct json_doc body, request_doc;
	struct topic meant;
	struct text  meant_text;
};

void happening_free(struct happening *happening);

/* The names and ids of who it is about; either may be NULL. */
void happening_who(struct happening *happening, struct device *device, struct connection *connection);
/* After an action: what is gone reads as NULL. */
void happening_refresh(struct happening *happening);

/* What a topic is called. `operation` (may be NULL) is what the sender says itself. */
void happening_name(struct happening *happening, const struct topic *topic, const char *operation);

/* "PK/DN", "PK", "PK/DN#3", "". */
const char *happening_key(struct happening *happening, enum per per);
struct device *happening_gateway(const struct happening *happening);

/* The payload as JSON, absent when it is none; `params` are the request's. */
struct json happening_body(struct happening *happening);
struct json happening_params(struct happening *happening);
/* The topic that it has; of bytes, as far as a script knows them, the one that their `method` has. */
const struct topic *happening_meant(struct happening *happening);
/* The message's id as text, "" when it has none. */
const char *happening_id(struct happening *happening);

/* "thing.service.property.set" of a topic's rest. False when it does not fit. */
bool alink_method_name(const struct topic *topic, char *buf, size_t size);

#endif

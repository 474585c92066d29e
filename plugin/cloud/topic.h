/*
 * Topics: where the identity stands in them, what they are for, who may use them.
 *
 * doc: "Topics", "Automatic topic subscription"; connect reference, section 7.
 */
#ifndef ALINK_TOPIC_H
#define ALINK_TOPIC_H

#include <stdbool.h>
#include <stddef.h>

/* A piece of a topic; not NUL-terminated. */
struct span {
	const char *at;
	size_t      len;
};

enum topic_scope {
	SCOPE_DEVICE,        /* carries productKey and deviceName */
	SCOPE_PRODUCT,       /* carries the productKey only: /broadcast/{pk}/… */
	SCOPE_CONNECTION,    /* carries no identity: whoever is connected */
};

struct topic_family {
	const char      *prefix;     /* up to the identity, "/sys/" */
	enum topic_scope scope;
};

struct topic {
	const struct topic_family *family;
	struct span product_key, device_name;   /* empty where the family carries none */
	struct span rest;                       /* behind the identity, without its slash: "thing/topo/add" */
};

/* False when the text belongs to no family: it does not begin with `/`, or lacks the identity. */
bool topic_parse(struct topic *topic, const char *text);
bool topic_is(const struct topic *topic, const char *prefix);   /* of that family */

/* MQTT matching of a filter with `+` and `#` (a filter of plain levels matches itself). */
bool topic_matches(const char *filter, const char *topic);
bool topic_filter_valid(const char *filter);
/* Whether some topic matches both filters. */
bool topic_filters_meet(const char *a, const char *b);

/* `*` stands for any characters but `/`. */
bool topic_glob(const char *pattern, size_t pattern_len, const char *text, size_t len);

enum topic_flags {
	TOPIC_DOWN    = 1,   /* the platform sends it */
	TOPIC_ANSWERED = 2,  /* … and the device answers on its _reply */
	TOPIC_AUTO    = 4,   /* reaches a client with _ss=1 without SUBSCRIBE */
	TOPIC_ALWAYS  = 8,   /* reaches every client without SUBSCRIBE */
	TOPIC_LAST    = 32,  /* … also when the sub-device's session ended with it */
	TOPIC_UP      = 16,  /* devices send it and nothing answers; see method.h for what is answered */
	TOPIC_QOS0    = 64,  /* goes out with QoS 0, whatever was subscribed to */
};

/* Flags of a topic that is no method's and no method's reply; 0: unknown. */
unsigned topic_flags(const struct topic *topic);
/* Flags of the request that a `…_reply` topic answers; 0: it is no such topic. */
unsigned topic_reply_flags(const struct topic *topic);

/* Whether a filter below /ext/ that carries no identity is one that clients may have: its first level names a known use. */
bool topic_known_use(const struct topic *filter);

#endif

/*
 * What must happen because of a message: an ordered list that the edge performs.
 *
 * The core appends, a scenario bends, tests read, turn.c performs. Strings handed in are
 * copied into the list's own memory. `struct effects out = { 0 };` is a valid empty list, and
 * a cleared list may be used again without allocating.
 */
#ifndef ALINK_EFFECTS_H
#define ALINK_EFFECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum effect_kind {
	EFFECT_PUBLISH,      /* a message to one connection; never to a topic's subscribers */
	EFFECT_KICK,         /* end one connection, after the messages before it have left */
	EFFECT_ANSWER,       /* the answer to an API request */
	EFFECT_SCRIPT,       /* run a script: see cloud_script_request. Needs no commit, as it tells nobody anything */
};

/* What a message is, for the journal and for scenario rules. */
enum message_role {
	ROLE_REPLY,          /* answers an uplink */
	ROLE_DOWN,           /* anything else to a device */
};

/* How far scenarios are with an effect. */
enum settled {
	SETTLED_NOT,         /* rules have not seen it */
	SETTLED_RULES,       /* no rule is to look at it (again), expectations are */
	SETTLED_ALL,
};

struct effect {
	enum effect_kind kind;
	/* EFFECT_PUBLISH, EFFECT_KICK: the connection, by number, because it may be gone by the time
	   the list is performed and its client id may then belong to another */
	uint64_t    connection;
	/* EFFECT_PUBLISH */
	enum message_role role;
	const char *topic;
	const char *payload;         /* NUL-terminated for convenience; may hold any bytes */
	size_t      payload_len;
	int         qos;
	/* EFFECT_ANSWER, EFFECT_SCRIPT */
	uint64_t    ticket;          /* of the request, of the call */
	/* EFFECT_ANSWER */
	int         status;          /* HTTP status */
	/* About it, when known: */
	const char *operation;       /* the catalogue's word, "property.post"; static */
	int         code;            /* of a reply; 0 when it has none */
	const char *alink;           /* JSON that a script made the payload of; NULL: none did */
	size_t      alink_len;
	const char *asked;           /* request that a reply answers, as a script read it; NULL: none did */
	size_t      asked_len;
	int64_t     device;          /* store id of the device it concerns; 0 unknown */
	uint64_t    trace;           /* of what caused it; 0 unknown */
	enum settled settled;
};

struct effects {
	struct effect *at;
	size_t         count, size;
	struct effects_block *blocks;   /* private: where the strings live */
	bool           failed;          /* out of memory happened: the list is incomplete */
};

/* Appends a zeroed effect and returns it (valid until the next append); never NULL: on failure a dummy. */
struct effect *effects_add(struct effects *effects, enum effect_kind kind);
/* Copies into the list's memory, NUL-terminated. Never NULL. */
const char *effects_copy(struct effects *effects, const void *bytes, size_t len);

/* A message to one connection; topic and payload are copied. */
struct effect *effects_publish(struct effects *effects, uint64_t connection, enum message_role role,
                               const char *topic, const void *payload, size_t payload_len, int qos);
struct effect *effects_kick(struct effects *effects, uint64_t connection);
/* `body` is JSON text. */
struct effect *effects_answer(struct effects *effects, uint64_t ticket, int status, const char *body, size_t len);

/* Forgets effects from `count` on. */
void effects_cut(struct effects *effects, size_t count);
void effects_clear(struct effects *effects);
void effects_free(struct effects *effects);

#endif

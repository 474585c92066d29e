/*
 * Scripts of products, and the calls of them: per device one after the other, so that its messages keep their
 * order, while other devices' go their own way. Inside the core only.
 *
 * things-and-data reference, section 4.
 */
#ifndef ALINK_SCRIPT_QUEUE_H
#define ALINK_SCRIPT_QUEUE_H

#include "code.h"
#include "script.h"
#include "state.h"

struct script {                  /* submitted for a product; its calls under way hold it, too */
	uint64_t number;         /* of this very text, see struct script_request */
	size_t   refs, len;
	char     text[];
};

/* NULL when out of memory, or when the text is empty: then there is no script. */
struct script *script_new(struct cloud *cloud, const char *text);
void           script_release(struct script *script);      /* NULL is fine */

struct script_call;
/* What becomes of a call. It is over then: another one may be made from here. */
typedef void script_done(struct cloud *cloud, const struct script_call *call, const struct script_result *result,
                         struct effects *out);

/* A call, and what its `done` will want to know of it. Texts are copied. */
struct script_call {
	struct device *device;
	enum script_function function;
	const char *topic;           /* as the message's topic reads; transformPayload gets it */
	const char *input;
	size_t      input_len;
	uint64_t    trace;
	script_done *done;
	int64_t     downlink;        /* id of the request that is written or answered; 0: none */
	const char *operation;       /* of a reply that is written: the catalogue's word, static */
	const char *id;              /* … the message's id; NULL: none */
	int         code;            /* … and its code */
	const char *reply;           /* to a message that is only read, not handled; see raw.h. NULL: none */
	const char *asked;           /* … the request that it answers, as JSON; NULL: unknown */
	size_t      reply_len, asked_len;
};

/* Behind the device's other calls. */
void script_call(struct cloud *cloud, const struct script_call *call, struct effects *out);
/* Before all of them: what follows from the call that is just over. */
void script_call_next(struct cloud *cloud, const struct script_call *call, struct effects *out);

/* A call that a scenario held back runs now, or with a code fails. Nothing when it is not there any more. */
void script_resume(struct cloud *cloud, uint64_t ticket, int code, const char *label, struct effects *out);

/* A call is not even made, because the product has no script. */
void script_log_missing(struct cloud *cloud, const struct script_call *call);

/* The device is about to be forgotten, and its calls are. */
void scripts_end(struct cloud *cloud, struct device *device);

#endif

/*
 * A device's shadow: what it last reported and what is wanted of it, as free JSON beside the thing model.
 *
 * doc: "Device shadow"; things-and-data reference, section 6. No id, no Alink envelope: requests come on
 * /shadow/update/{pk}/{dn}, all answers and pushes go to /shadow/get/{pk}/{dn}. Inside the core only.
 */
#ifndef ALINK_SHADOW_H
#define ALINK_SHADOW_H

#include "effects.h"
#include "json.h"
#include "state.h"

struct shadow;

/* The shadow's errors have codes of their own, which go over the wire as strings. */
enum shadow_error {
	SHADOW_OK = 0,
	SHADOW_NOT_JSON = 400, SHADOW_NO_METHOD = 401, SHADOW_NO_STATE = 402, SHADOW_BAD_VERSION = 403,
	SHADOW_NO_REPORTED = 404, SHADOW_EMPTY = 405, SHADOW_BAD_METHOD = 406, SHADOW_NO_CONTENT = 407,
	SHADOW_TOO_MANY = 408, SHADOW_CONFLICT = 409, SHADOW_SERVER = 500,
};
const char *shadow_message(enum shadow_error error);

void shadow_free(struct shadow *shadow);   /* NULL is fine */

/* {"state":…,"metadata":…,"version":n}, as the API shows it. 0, or -1 out of memory. */
int shadow_write(struct cloud *cloud, struct device *device, struct text *out);

/*
 * An application wants `desired` (members merged; null or "null" removes; an absent value clears all). The
 * version goes up by one and an online device gets the control message. SHADOW_OK, SHADOW_TOO_MANY,
 * SHADOW_CONFLICT (a version was given and is not above the present one) or SHADOW_SERVER, with a reason.
 */
enum shadow_error shadow_want(struct cloud *cloud, struct device *device, struct json desired, struct json version,
                              struct effects *out, struct text *why);

#endif

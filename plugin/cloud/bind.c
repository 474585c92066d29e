/*
 * What consumer devices ask around their users: reset, and proof that they are near. sdk: v3's bind module;
 * things-and-data reference, section 9.7. The emulator knows no users, so there is nothing to unbind or to match.
 */
#include "method.h"
#include "state.h"

/* thing.reset: unbinds the device from its users. */
enum code thing_reset(struct call *call)
{
	text_add(call->why, "the emulator knows no users: nothing was unbound");
	return CODE_SUCCESS;
}

/* thing.awss.enrollee.match: sent every 10 s until something answers with the id. */
enum code enrollee_match(struct call *call)
{
	if (!json_is(json_get(call->params, "token"), JSON_STRING)) {
		text_add(call->why, "`token` is missing");
		return CODE_BAD_PARAMS;
	}
	text_add(call->why, "the emulator knows no users: the token is remembered by nobody");
	return CODE_SUCCESS;
}

/*
 * codec/topic/update: a device asks for compressed topics. sdk: newer v4. guess: a platform without it answers 460.
 */
#include "method.h"

enum code codec_update(struct call *call)
{
	text_add(call->why, "compressed topics are not emulated");
	return CODE_BAD_PARAMS;
}

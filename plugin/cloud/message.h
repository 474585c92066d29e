/* Answering a request. Inside the core only. */
#ifndef ALINK_MESSAGE_H
#define ALINK_MESSAGE_H

#include "method.h"

/*
 * Sends the reply of an Alink request on its `_reply` topic: call->data (or {}), call->id, the code's
 * message or call->message, in the documented six fields in alphabetical order.
 */
void reply_send(struct call *call, enum code code);

#endif

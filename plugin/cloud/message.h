/* Answering a request. Inside the core only. */
#ifndef ALINK_MESSAGE_H
#define ALINK_MESSAGE_H

#include "method.h"

#define MESSAGE_ID_MAX 256      /* seen: Node's ids hold a whole topic */

/* The request's id as text, "0" when there is none: clients send strings, numbers and nothing. */
void message_id_read(struct json request, char id[MESSAGE_ID_MAX]);

/*
 * Sends the reply of an Alink request on its `_reply` topic, or has the product's script write it: call->data (or {}), call->id, the code's
 * message or call->message, in the documented six fields in alphabetical order.
 */
void reply_send(struct call *call, enum code code);

/* The method runs on a request whose envelope was read (`code` says how that went), is logged and answered. */
void request_run(struct call *call, enum code code);

#endif

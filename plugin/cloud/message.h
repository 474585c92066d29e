/* Answering a request. Inside the core only. */
#ifndef ALINK_MESSAGE_H
#define ALINK_MESSAGE_H

#include "cloud.h"
#include "method.h"

#define MESSAGE_ID_MAX 256      /* seen: Node's ids hold a whole topic */

/* The request's id as text, "0" when there is none: clients send strings, numbers and nothing. */
void message_id_read(struct json request, char id[MESSAGE_ID_MAX]);

/*
 * Sends the reply of an Alink request on its `_reply` topic, or has the product's script write it: call->data (or {}), call->id, the code's
 * message or call->message, in the documented six fields in alphabetical order.
 */
void reply_send(struct call *call, enum code code);
/* The same on a topic of the caller's choice. */
void reply_send_on(struct call *call, enum code code, const char *topic);
/* doc: sys.ack 0 wants no reply to a thing-model message; absent or 1 wants one. */
bool reply_wanted(const struct call *call);

/*
 * A PUBLISH again, or after a scenario rule looked at it: `settled` keeps rules from it, `trace` is the one it was
 * given (0: a new one). Returns what cloud_message does.
 */
enum message_fate message_take(struct cloud *cloud, uint64_t connection, const struct message *in, bool settled, uint64_t trace,
                               struct effects *out);

/* The method runs on a request whose envelope was read (`code` says how that went), is logged and answered. */
void request_run(struct call *call, enum code code);

#endif

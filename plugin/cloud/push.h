/*
 * A message down to a device, with its record in the log. Inside the core only.
 *
 * Whatever the platform sends goes through here or reply_send, so that the log tells of all of it, also of
 * what could not be delivered.
 */
#ifndef ALINK_PUSH_H
#define ALINK_PUSH_H

#include "journal.h"
#include "subscription.h"

struct push {
	struct device    *device;
	enum message_role role;
	enum service      service;
	const char       *operation;     /* the catalogue's word; NULL: none */
	const char       *topic, *payload;
	size_t            payload_len;
	bool              bytes;         /* the payload is no text: the log shows it in hex */
	const char       *alink;         /* … that a script made of this JSON; NULL: of nothing that is known */
	size_t            alink_len;
	const char       *asked;         /* … in answer to this; NULL: to nothing that is known */
	size_t            asked_len;
	const char       *id;            /* of the message; NULL: none */
	int               code;          /* that it carries; 0: none, the log then shows 200 */
	uint64_t          trace;
};

enum delivery push_send(struct cloud *cloud, const struct push *push, struct effects *out);

#endif

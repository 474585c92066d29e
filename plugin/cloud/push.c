#include "push.h"

#include "code.h"

enum delivery push_send(struct cloud *cloud, const struct push *push, struct effects *out)
{
	struct effect *effect = NULL;
	struct text hex = { 0 };
	enum delivery delivery = deliver(cloud, push->device, push->role, push->topic, push->payload, push->payload_len, out, &effect);
	/* What did not go out is a failure of its own, unless the message carries a code that says more. */
	struct record record = record_new(cloud, push->service, push->device, push->trace, push->topic,
	                                  push->code ? push->code : (int)delivery_code(delivery));

	if (delivery == DELIVERED) {
		effect->operation = push->operation;
		effect->code = push->code;
		effect->trace = push->trace;
		effect->alink = push->alink ? effects_copy(out, push->alink, push->alink_len) : NULL;
		effect->alink_len = push->alink_len;
		effect->asked = push->asked ? effects_copy(out, push->asked, push->asked_len) : NULL;
		effect->asked_len = push->asked_len;
	}
	record.message_id = push->id;
	if (push->bytes)
		text_add_hex(&hex, (const unsigned char *)push->payload, push->payload_len);
	record.content = push->bytes ? hex.at : push->payload;
	record.content_len = push->bytes ? hex.len : push->payload_len;
	record.why = delivery_why(delivery);
	journal_add(cloud->journal, &record);
	text_free(&hex);
	return delivery;
}

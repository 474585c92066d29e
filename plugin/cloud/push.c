#include "push.h"

#include "code.h"

enum delivery push_send(struct cloud *cloud, const struct push *push, struct effects *out)
{
	struct effect *effect = NULL;
	enum delivery delivery = deliver(cloud, push->device, push->role, push->topic, push->payload, push->payload_len, out, &effect);
	/* What did not go out is a failure of its own, unless the message carries a code that says more. */
	struct record record = record_new(cloud, push->service, push->device, push->trace, push->topic,
	                                  push->code ? push->code : (int)delivery_code(delivery));

	if (delivery == DELIVERED) {
		effect->operation = push->operation;
		effect->code = push->code;
	}
	record.message_id = push->id;
	record.content = push->payload;
	record.content_len = push->payload_len;
	record.why = delivery_why(delivery);
	journal_add(cloud->journal, &record);
	return delivery;
}

/*
 * Devices that speak bytes: products of data format raw, whose script makes Alink JSON of them and bytes of it.
 * Inside the core only.
 *
 * doc: "Pass-through devices", "Data parsing"; things-and-data reference, section 4. Around the scripts nothing is
 * different: what rawDataToProtocol returns goes the way of any Alink message, and so do replies and requests until
 * protocolToRawData has the last word.
 */
#ifndef ALINK_RAW_H
#define ALINK_RAW_H

#include "downlink.h"
#include "method.h"

/* Whether a device that publishes to this topic sends bytes: a message, or the reply to a request. */
bool raw_is_message(const struct topic *topic);
void raw_message(struct cloud *cloud, struct device *device, const struct topic *topic, const char *topic_text,
                 const struct message *in, uint64_t trace, struct effects *out);

/* … the reply to a request, that is. */
bool raw_is_answer(const struct topic *topic);

/* The topic on which a device of data format alink would have this method's messages. False when there is none. */
bool raw_method_topic(const struct device *device, struct json method, struct text *out);

/* "property.post.raw" for "property.post": what the catalogue calls a method's message that came as bytes. */
const char *raw_operation(const char *operation);

/* The reply to a message that came so: to be written by the script and sent. */
void raw_reply(struct call *call, enum code code, const struct text *reply);

/*
 * An answer that is not the platform's own: Alink JSON, which the script writes as it writes any other, or which leaves
 * as it is when there is no script. No scenario's rule looks at it again.
 */
struct raw_answer {
	const char *operation, *id;      /* of the message; both may be NULL, when nobody has read it yet … */
	const char *reply;
	size_t      reply_len;
	int         code;
	uint64_t    trace;
};
void raw_answer(struct cloud *cloud, struct device *device, const struct raw_answer *answer, struct effects *out);
/* … and with the bytes themselves the script reads them: these words in the reply stand for what it finds. */
#define RAW_ID     "\\u0001"
#define RAW_METHOD "\\u0002"
void raw_answer_message(struct cloud *cloud, struct device *device, const struct message *in, const struct raw_answer *answer,
                        struct effects *out);

/* A request that nobody waits for, written by the script. `settled`: no scenario's rule is to look at it. */
void raw_push(struct cloud *cloud, struct device *device, const char *request, size_t len, const char *id, uint64_t trace,
              bool settled, struct effects *out);

/* Whether a request on this path goes to the device as bytes; the others stay JSON. */
bool raw_takes(const struct device *device, const char *path);
/* downlink_go for such a request: has the script write it, and takes the downlink. */
enum code raw_request(struct cloud *cloud, struct downlink *downlink, const char *request, size_t len,
                      struct effects *out, struct text *why);
/* The bytes that a device answered it with over RRPC. */
void raw_response(struct cloud *cloud, struct downlink *downlink, const char *topic_text, const struct message *in,
                  struct effects *out);

/* A message on a custom topic that asked for transformPayload. */
void raw_custom(struct cloud *cloud, struct device *device, const char *topic_text, const struct message *in,
                uint64_t trace, struct effects *out);

#endif

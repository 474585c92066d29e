/*
 * Samples: what devices report of properties and events, plain or {"value":…,"time":…}. Posts, events,
 * batches, packs and history posts all judge and keep them here. Inside the core only.
 *
 * things-and-data reference, sections 2.1 to 2.3, 3.2, 3.4 and 10.3 (steps 8 and 9).
 */
#ifndef ALINK_SAMPLE_H
#define ALINK_SAMPLE_H

#include "method.h"
#include "state.h"

/*
 * A sample is a plain value or {"value":…,"time":…}: wrapped iff its keys are among these two and `value` is
 * there (both are reserved identifiers, so no struct can look like it). Returns the value; *time is absent
 * when none was sent.
 */
struct json sample_unwrap(struct json sample, struct json *time);

/* CODE_SUCCESS with *time_ms set (the cloud's time when absent), else 6326, 6336 or 6367 with a reason added. */
enum code sample_time(const struct cloud *cloud, struct json time, int64_t now_ms, int64_t *time_ms, struct text *why);

/* CODE_SUCCESS with the model's row, else 5490 or 5096 with a reason added. */
enum code event_find(const struct product *product, struct span name, int *event, struct text *why);

/* --- the samples of one message --- */

/* Begins as { .call = call, .device = call->device } and ends with report_end. */
struct report {
	struct call   *call;
	struct device *device;       /* whose samples come next */
	bool whole;                  /* one refused sample fails the message */
	bool judge_only;             /* nothing is kept */
	bool keep_newer;             /* a current value newer than the sample stays */
	bool need_time;              /* a sample without a time is refused */
	enum code first;             /* of the first refused sample; 0: none was */
	struct tsl_fault fault;      /* of the last judged one */
};

/* CODE_SUCCESS when the sample was kept, else why not: the code, with the fault and the call's reasons filled. */
typedef enum code report_sample(struct report *report, struct json key, struct json sample);
report_sample report_property, report_event;
enum code report_event_named(struct report *report, struct span name, struct json sample);

/* Puts the refusal of the last sample into the reply's data, under its name, if option propertyReply wants it there. */
void report_refused(struct report *report, struct json key);

/* What to answer: the first refusal with its message, or that all is well. */
enum code report_end(struct report *report);

/* --- messages of many samples --- */

/* Whether a member is absent or of this type; adds a reason when not. */
bool report_shape(struct call *call, struct json parent, const char *name, enum json_type type);

/* `code` with a reason when there are more than the limit. */
enum code report_limit(struct call *call, size_t count, const char *what, int64_t limit, const char *name, enum code code);

/*
 * The device that {"productKey","deviceName"} names: CODE_SUCCESS for a sub-device of the sender, and with `own`
 * for the sender itself, else 460, 6100, 6401 or 6204 with a reason added.
 */
enum code report_identity(struct call *call, struct json identity, bool own, struct device **device);

#endif

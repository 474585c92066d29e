/*
 * What property posts, batches and events share: samples, their time, finding a property.
 * Inside the core only. things-and-data reference, sections 2.1 to 2.3.
 */
#ifndef ALINK_PROPERTY_H
#define ALINK_PROPERTY_H

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

/* CODE_SUCCESS with the model's row, else 5490 or 5092 with a reason added. */
enum code property_find(const struct product *product, const char *name, size_t len, int *property, struct text *why);

/* The text of a refused property, as option propertyText wants it. */
void property_text(const struct settings *settings, enum code code, const struct tsl_fault *fault, struct text *out);

#endif

/*
 * What the load consists of: a thermostat's property post, and the reply that says it was stored.
 * The model is that of cloud.json.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPORT_LEN   300
#define REPORT_FIRST UINT32_C(1000000000)     /* ten digits from here to the end of the protocol's 32 bits */

/*
 * Writes a device's report number `id`, counted from REPORT_FIRST: REPORT_LEN bytes without a NUL.
 * Every value differs from those of the report before: a cloud that stores only what changed must
 * not have an easier life here than with a device.
 */
void report_write(char *at, uint32_t id);

/* The same report as bytes, for a product whose script (raw.js) makes the same properties of it. */
#define RAW_REPORT_LEN 12
void raw_report_write(char *at, uint32_t id);
bool raw_report_is_accepted(uint32_t id, const char *reply, size_t len);

/*
 * Whether the reply is for that report and says that all its values were taken. Code 200 alone does
 * not: by default the cloud answers 200 and names each refused property in `data`.
 */
bool report_is_accepted(uint32_t id, const char *reply, size_t len);

#endif

/*
 * What a monitoring system wants to know, in Prometheus' text format. Inside the core only, but for
 * cloud_measured, which the edge feeds with what it alone can see.
 */
#ifndef ALINK_METRICS_H
#define ALINK_METRICS_H

#include "state.h"

/* One uplink was handled: `operation` is static text. */
void metrics_count(struct cloud *cloud, const char *operation, int code);
void metrics_free(struct cloud *cloud);

/* {"text":"…"} */
void metrics_write(struct cloud *cloud, struct text *out);

#endif

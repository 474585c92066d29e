/*
 * Legacy authentication over HTTPS before MQTT: iotId and iotToken. Inside the core only.
 *
 * doc: page of 2018 on HTTPS authentication; sdk: C SDK up to 2.x ("guider"); connect reference, 1.8.
 */
#ifndef ALINK_PREAUTH_H
#define ALINK_PREAUTH_H

#include "state.h"

/* A token that names its time of issue, good for 7 days. It is derived, so nothing is stored. 0 or -1. */
int  iot_token_write(const struct device *device, int64_t issued_ms, struct text *out);
/* Whether it is the device's own and still good; else a reason in `why`. */
bool iot_token_valid(const struct device *device, const char *token, int64_t now_ms, struct text *why);

#endif

/* The answer to /ota/device/request. Inside the core only. */
#ifndef ALINK_OTA_H
#define ALINK_OTA_H

#include <stdint.h>

#include "text.h"

/*
 * doc: on the same topic, and like a push: the code as a string, 1000 for success, the id as a number. guess: also
 * an answer that refuses. `message` NULL: the code's own; `data` is JSON; now_ms is the id where the request has no number.
 */
void ota_request_write(struct text *out, int code, const char *message, const char *data, const char *id, int64_t now_ms);

#endif

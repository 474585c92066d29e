/* A clock that nobody sets, for waits and measurements; the cloud's own time is another. */
#ifndef ALINK_MONOTONIC_H
#define ALINK_MONOTONIC_H

#include <stdint.h>

int64_t monotonic_us(void);
int64_t monotonic_ms(void);

#endif

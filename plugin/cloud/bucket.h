/*
 * How often something may happen: a token bucket on the cloud's clock.
 *
 * doc: limits like "5 per minute" or "30 per second"; how the platform counts is not said. guess: a token
 * bucket: the whole allowance may be used at once and then comes back evenly over the period.
 */
#ifndef ALINK_BUCKET_H
#define ALINK_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/* `struct bucket bucket = { 0 };` is full. */
struct bucket {
	int64_t used;           /* token-milliseconds: tokens taken and not yet come back, times the period */
	int64_t seen_ms;        /* when `used` was last brought up to date */
};

/*
 * Takes `amount` tokens if they are there; takes nothing when they are not. `limit` tokens come back per
 * `period_ms`; a limit of 0 is off. The amount, the limit and the period are below 2^31.
 */
bool bucket_take(struct bucket *bucket, int64_t limit, int64_t period_ms, int64_t amount, int64_t now_ms);

#endif

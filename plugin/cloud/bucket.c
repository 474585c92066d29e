#include "bucket.h"

bool bucket_take(struct bucket *bucket, int64_t limit, int64_t period_ms, int64_t amount, int64_t now_ms)
{
	int64_t passed_ms = now_ms - bucket->seen_ms;

	if (!limit)
		return true;
	/* A clock that was set back gives nothing back, and takes nothing. */
	if (passed_ms >= period_ms)
		bucket->used = 0;
	else if (passed_ms > 0)
		bucket->used = bucket->used > passed_ms * limit ? bucket->used - passed_ms * limit : 0;
	bucket->seen_ms = now_ms;
	if (bucket->used + amount * period_ms > limit * period_ms)
		return false;
	bucket->used += amount * period_ms;
	return true;
}

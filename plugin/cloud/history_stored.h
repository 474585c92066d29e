/*
 * How reported samples stand in the store: batches of one sample after the other, where each says only what the one before it
 * did not.
 */
#ifndef ALINK_HISTORY_STORED_H
#define ALINK_HISTORY_STORED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history.h"
#include "text.h"

#define STORED_NAMES 32

/* What the samples of a batch so far said; all zero at its beginning. */
struct stored_before {
	int64_t     device, time_ms;         /* of the last one */
	const char *names[STORED_NAMES];     /* the first different ones; borrowed, while there are more to come */
	size_t      count, next;             /* of names; the one that is likely to be next */
};

/* Appends a sample, whose value takes `value_size` bytes with its NUL; NULL where memory was too short to keep one. */
void stored_write(struct stored_before *before, const struct history_sample *sample, size_t value_size, struct text *out);

/*
 * The sample at *at, which is moved behind it; its strings are borrowed from there. A `name` of NULL: memory was short. False
 * when it is damaged. The second is for state files of format 1.
 */
typedef bool stored_reader(struct stored_before *before, const char **at, size_t *left, struct history_sample *out);
stored_reader stored_read, stored_read_1;

#endif

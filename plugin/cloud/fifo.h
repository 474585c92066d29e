/*
 * Memory that is released in the order it was taken: what keeps the newest of something.
 *
 * Pieces lie one behind the other in blocks, which go as a whole, so taking one touches no other and releasing one
 * touches none. `struct fifo fifo = { 0 };` is valid and empty.
 */
#ifndef ALINK_FIFO_H
#define ALINK_FIFO_H

#include <stddef.h>
#include <stdint.h>

struct fifo {
	struct fifo_block *oldest, *newest, *spare;   /* private */
	size_t bytes;                                 /* in blocks */
};

/* Room for piece number `seq`, aligned for integers and pointers; numbers never fall. NULL when there is none. */
void *fifo_add(struct fifo *fifo, uint64_t seq, size_t size);
/* By how much `bytes` would grow with a piece of that size. */
size_t fifo_growth(const struct fifo *fifo, size_t size);

/* Pieces below number `first` are needed no longer. */
void fifo_drop(struct fifo *fifo, uint64_t first);
/* The newest of the pieces that go together with the oldest; 0 when there are none. */
uint64_t fifo_oldest(const struct fifo *fifo);

void fifo_free(struct fifo *fifo);

#endif

/*
 * What is to happen later, on the cloud's own clock: a heap of deadlines.
 *
 * A timer is embedded in what it belongs to and fires once. Timers due at the same time fire in
 * the order they were set, so that a run repeats exactly.
 */
#ifndef ALINK_TIMER_H
#define ALINK_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
	int64_t  due_ms;
	uint64_t order;
	size_t   slot;          /* 1-based place in the heap; 0 = not set */
	void   (*fire)(struct timer *timer, void *ctx);
};

struct timers {
	struct timer **heap;
	size_t         count, size;
	uint64_t       next_order;
};

/* Sets or moves. -1 when out of memory. */
int  timer_set(struct timers *timers, struct timer *timer, int64_t due_ms);
void timer_cancel(struct timers *timers, struct timer *timer);   /* fine when not set */

/* Fires everything due by now_ms; `ctx` goes to each. */
void timers_run(struct timers *timers, int64_t now_ms, void *ctx);
/* Moves all of them by so much: the clock was set. */
void timers_shift(struct timers *timers, int64_t ms);
/* INT64_MAX when there is none. */
int64_t timers_next_ms(const struct timers *timers);
void timers_free(struct timers *timers);

/* The struct that holds `timer` as its member. */
#define timer_owner(timer, type, member) ((type *)(void *)((char *)(timer) - offsetof(type, member)))

#endif

#include "timer.h"

#include <stdlib.h>

static bool before(const struct timer *a, const struct timer *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void place(struct timers *timers, size_t slot, struct timer *timer)
{
	timers->heap[slot - 1] = timer;
	timer->slot = slot;
}

/* Puts `timer` where it belongs, starting from an empty slot. */
static void settle(struct timers *timers, size_t slot, struct timer *timer)
{
	while (slot > 1 && before(timer, timers->heap[slot / 2 - 1])) {
		place(timers, slot, timers->heap[slot / 2 - 1]);
		slot /= 2;
	}
	for (;;) {
		size_t child = slot * 2;

		if (child > timers->count)
			break;
		if (child < timers->count && before(timers->heap[child], timers->heap[child - 1]))
			child++;
		if (!before(timers->heap[child - 1], timer))
			break;
		place(timers, slot, timers->heap[child - 1]);
		slot = child;
	}
	place(timers, slot, timer);
}

int timer_set(struct timers *timers, struct timer *timer, int64_t due_ms)
{
	timer_cancel(timers, timer);
	if (timers->count == timers->size) {
		size_t size = timers->size ? timers->size * 2 : 32;
		struct timer **grown = realloc(timers->heap, size * sizeof(*grown));

		if (!grown)
			return -1;
		timers->heap = grown;
		timers->size = size;
	}
	timer->due_ms = due_ms;
	timer->order = timers->next_order++;
	timers->count++;
	settle(timers, timers->count, timer);
	return 0;
}

void timer_cancel(struct timers *timers, struct timer *timer)
{
	size_t slot = timer->slot;
	struct timer *last;

	if (!slot)
		return;
	timer->slot = 0;
	last = timers->heap[--timers->count];
	if (last != timer)
		settle(timers, slot, last);
}

void timers_run(struct timers *timers, int64_t now_ms, void *ctx)
{
	/* One that sets another for the same moment waits for the next run: the loop is bounded. */
	uint64_t until = timers->next_order;

	while (timers->count && timers->heap[0]->due_ms <= now_ms && timers->heap[0]->order < until) {
		struct timer *timer = timers->heap[0];

		timer_cancel(timers, timer);
		timer->fire(timer, ctx);
	}
}

void timers_shift(struct timers *timers, int64_t ms)
{
	size_t i;

	for (i = 0; i < timers->count; i++)
		timers->heap[i]->due_ms += ms;
}

int64_t timers_next_ms(const struct timers *timers)
{
	return timers->count ? timers->heap[0]->due_ms : INT64_MAX;
}

void timers_free(struct timers *timers)
{
	free(timers->heap);
	*timers = (struct timers){ 0 };
}

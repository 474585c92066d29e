#include "fifo.h"

#include <stdlib.h>

struct fifo_block {
	struct fifo_block *next;   /* newer */
	uint64_t last;             /* number of the newest piece in it */
	size_t   used, size;
	char     bytes[] __attribute__((aligned(8)));
};

#define BLOCK_SIZE (64 * 1024)

static size_t aligned(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

size_t fifo_growth(const struct fifo *fifo, size_t size)
{
	const struct fifo_block *block = fifo->newest;

	size = aligned(size);
	if (block && block->size - block->used >= size)
		return 0;
	return size > BLOCK_SIZE ? size : BLOCK_SIZE;
}

/* A block that has just been released is still in the processor's cache; a fresh one may have to come from the kernel. */
static struct fifo_block *block_new(struct fifo *fifo, size_t size)
{
	struct fifo_block *block = fifo->spare;

	if (block && block->size == size)
		fifo->spare = NULL;
	else
		block = malloc(sizeof(*block) + size);
	if (block)
		*block = (struct fifo_block){ .size = size };
	return block;
}

void *fifo_add(struct fifo *fifo, uint64_t seq, size_t size)
{
	size_t growth = fifo_growth(fifo, size);
	struct fifo_block *block = fifo->newest;
	void *at;

	if (growth) {
		block = block_new(fifo, growth);
		if (!block)
			return NULL;
		if (fifo->newest)
			fifo->newest->next = block;
		else
			fifo->oldest = block;
		fifo->newest = block;
		fifo->bytes += growth;
	}
	at = block->bytes + block->used;
	block->used += aligned(size);
	block->last = seq;
	return at;
}

void fifo_drop(struct fifo *fifo, uint64_t first)
{
	while (fifo->oldest && fifo->oldest->last < first) {
		struct fifo_block *block = fifo->oldest;

		fifo->oldest = block->next;
		if (!fifo->oldest)
			fifo->newest = NULL;
		fifo->bytes -= block->size;
		free(fifo->spare);
		fifo->spare = block;
	}
}

uint64_t fifo_oldest(const struct fifo *fifo)
{
	return fifo->oldest ? fifo->oldest->last : 0;
}

void fifo_free(struct fifo *fifo)
{
	fifo_drop(fifo, UINT64_MAX);
	free(fifo->spare);
	*fifo = (struct fifo){ 0 };
}

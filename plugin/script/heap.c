#include "heap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/*
 * Sizes are rounded up to a class: steps of 16 bytes up to 1 KB, then four steps to each doubling. A released
 * block waits in its class's list and serves that class only; nothing is ever joined, because all of it is gone
 * with the next restore.
 */
#define SMALL_STEP    16
#define SMALL_CLASSES 64
#define SMALL_MAX     (SMALL_STEP * SMALL_CLASSES)
#define CLASSES       (SMALL_CLASSES + 4 * 32)
#define KEPT_BYTES    ((size_t)1 << 20)   /* beyond the image; more is given back to the system */

struct block {
	uint64_t      class;      /* index; also keeps what follows aligned */
	struct block *next;       /* while released: the block's first bytes are the list */
};
#define HEAD offsetof(struct block, next)

struct heap {                /* lies at the heap's own beginning, so an image holds it too */
	size_t        size, used;
	bool          exhausted;
	struct block *released[CLASSES];
};

static unsigned class_of(size_t size, size_t *rounded)
{
	unsigned class = SMALL_CLASSES;
	size_t base = SMALL_MAX, step;

	if (size <= SMALL_MAX) {
		class = size ? (unsigned)((size - 1) / SMALL_STEP) : 0;
		*rounded = (size_t)(class + 1) * SMALL_STEP;
		return class;
	}
	while (size > base * 2) {
		base *= 2;
		class += 4;
	}
	step = (size - base + base / 4 - 1) / (base / 4);
	*rounded = base + step * (base / 4);
	return class + (unsigned)step - 1;
}

struct heap *heap_new(size_t size)
{
	struct heap *heap = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (heap == MAP_FAILED)
		return NULL;
	heap->size = size;
	heap->used = (sizeof(*heap) + SMALL_STEP - 1) / SMALL_STEP * SMALL_STEP;
	return heap;
}

void heap_free(struct heap *heap)
{
	if (heap)
		munmap(heap, heap->size);
}

void *heap_alloc(void *ctx, size_t size)
{
	struct heap *heap = ctx;
	struct block *block;
	size_t rounded = 0;
	unsigned class;

	if (!size)
		return NULL;
	if (size > heap->size)
		goto fail;
	class = class_of(size, &rounded);
	block = heap->released[class];
	if (block) {
		heap->released[class] = block->next;
		return &block->next;
	}
	if (rounded + HEAD > heap->size - heap->used)
		goto fail;
	block = (struct block *)(void *)((char *)heap + heap->used);
	block->class = class;
	heap->used += rounded + HEAD;
	return &block->next;
fail:
	heap->exhausted = true;
	return NULL;
}

static struct block *block_of(void *at)
{
	return (struct block *)(void *)((char *)at - HEAD);
}

void heap_release(void *ctx, void *at)
{
	struct heap *heap = ctx;
	struct block *block;

	if (!at)
		return;
	block = block_of(at);
	block->next = heap->released[block->class];
	heap->released[block->class] = block;
}

/* What a block of this class holds: the inverse of class_of. */
static size_t class_size(uint64_t class)
{
	if (class < SMALL_CLASSES)
		return (size_t)(class + 1) * SMALL_STEP;
	class -= SMALL_CLASSES;
	return ((size_t)SMALL_MAX << class / 4) / 4 * (5 + class % 4);
}

void *heap_realloc(void *ctx, void *at, size_t size)
{
	struct heap *heap = ctx;
	size_t have, rounded;
	void *moved;

	if (!at)
		return heap_alloc(ctx, size);
	if (!size) {
		heap_release(ctx, at);
		return NULL;
	}
	have = class_size(block_of(at)->class);
	if (size <= heap->size && class_of(size, &rounded) == block_of(at)->class)
		return at;
	moved = heap_alloc(ctx, size);
	if (!moved)
		return NULL;
	memcpy(moved, at, have < size ? have : size);
	heap_release(ctx, at);
	return moved;
}

bool heap_save(const struct heap *heap, struct heap_image *image)
{
	void *bytes = malloc(heap->used);

	if (!bytes)
		return false;
	memcpy(bytes, heap, heap->used);
	*image = (struct heap_image){ bytes, heap->used };
	/* cppcheck-suppress memleak; the image keeps it */
	return true;
}

void heap_restore(struct heap *heap, const struct heap_image *image)
{
	size_t peak = heap->used, size = heap->size, from = (image->len + KEPT_BYTES) & ~(size_t)4095;

	memcpy(heap, image->bytes, image->len);
	heap->exhausted = false;
	if (peak > from && from < size)
		madvise((char *)heap + from, size - from, MADV_DONTNEED);
}

void heap_image_free(struct heap_image *image)
{
	free(image->bytes);
	*image = (struct heap_image){ 0 };
}

bool heap_exhausted(const struct heap *heap)
{
	return heap->exhausted;
}

/*
 * The memory of a script engine as one piece that can be put back.
 *
 * Everything an engine allocates lies in one mapping at one address, the allocator's own bookkeeping included. So
 * the bytes in use are a complete image of the engine, and copying an image back makes everything that happened
 * since unhappened: globals, changed prototypes, garbage, even an engine that gave up half-way. That is what makes
 * "each call in a fresh environment" cost a copy of some 100 KB instead of building the environment anew.
 */
#ifndef ALINK_HEAP_H
#define ALINK_HEAP_H

#include <stdbool.h>
#include <stddef.h>

struct heap;

/* NULL when it cannot be mapped. Memory is taken from the system only as it is used. */
struct heap *heap_new(size_t size);
void          heap_free(struct heap *heap);

/* As Duktape wants them: `heap` is the udata. */
void *heap_alloc(void *heap, size_t size);
void *heap_realloc(void *heap, void *at, size_t size);
void  heap_release(void *heap, void *at);

struct heap_image {
	void  *bytes;
	size_t len;
};

/* False when out of memory. */
bool heap_save(const struct heap *heap, struct heap_image *image);
void heap_restore(struct heap *heap, const struct heap_image *image);
void heap_image_free(struct heap_image *image);

/* Whether an allocation has failed since the image was made. */
bool heap_exhausted(const struct heap *heap);

#endif

/*
 * The memory of a script engine as one piece that can be put back.
 *
 * Everything an engine allocates lies in one mapping at one address, the allocator's own bookkeeping included. So
 * the bytes in use are a complete image of the engine, and copying an image back makes everything that happened
 * since unhappened: globals, changed prototypes, garbage, even an engine that gave up half-way. That is what makes
 * "each call in a fresh environment" cost a copy of some 100 KB instead of building the environment anew.
 */
#ifndef ALINK_ARENA_H
#define ALINK_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* NULL when it cannot be mapped. Memory is taken from the system only as it is used. */
struct arena *arena_new(size_t size);
void          arena_free(struct arena *arena);

/* As Duktape wants them: `arena` is the udata. */
void *arena_alloc(void *arena, size_t size);
void *arena_realloc(void *arena, void *at, size_t size);
void  arena_release(void *arena, void *at);

struct arena_image {
	void  *bytes;
	size_t len;
};

/* False when out of memory. */
bool arena_save(const struct arena *arena, struct arena_image *image);
void arena_restore(struct arena *arena, const struct arena_image *image);
void arena_image_free(struct arena_image *image);

/* Whether an allocation has failed since the image was made. */
bool arena_exhausted(const struct arena *arena);

#endif

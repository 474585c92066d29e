/*
 * Memory that is released all at once: what a file's reader makes.
 *
 * `struct arena arena = { 0 };` is valid and empty. Running out of memory sets `failed`, so that a reader
 * checks once, at the end.
 */
#ifndef ALINK_ARENA_H
#define ALINK_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena {
	struct arena_block *blocks;   /* private */
	bool failed;
};

/* Zeroed, aligned for anything; NULL when there is none left. */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_copy(struct arena *arena, const char *bytes, size_t len);   /* with a NUL behind it */
void  arena_free(struct arena *arena);

#endif

/*
 * Batches of bytes one behind the other in the store, without a bound, where the oldest are written over once they may go.
 *
 * The store has them in rows that fill a page each and are written over in their turn: so a batch costs the pages that its
 * bytes come to, and none for finding room or for letting go.
 */
#ifndef ALINK_TAPE_H
#define ALINK_TAPE_H

#include <stddef.h>
#include <stdint.h>

#include "store.h"

struct tape;

struct tape *tape_new(void);               /* an empty one; NULL when out of memory */
void         tape_free(struct tape *tape); /* NULL is fine */

/*
 * In the open transaction. `last` is a number of the batch's, as large as the one before or larger; batches whose number is
 * below `keep` may be written over. 0, or -1 and the tape has to be loaded again.
 */
int tape_add(struct tape *tape, struct store *store, const void *bytes, size_t len, uint64_t last, uint64_t keep);

/* Each batch that is there in full, oldest first; sets *last. Non-zero: damaged. */
typedef int tape_each(void *ctx, const char *bytes, size_t len, uint64_t *last);
/* What the tape knew of the store is forgotten first. 0 or -1. */
int tape_load(struct tape *tape, struct store *store, tape_each *each, void *ctx);

#endif

/*
 * Moves the state file's write-ahead log into the file, on a thread of its own: on the broker's it would
 * stall every device for milliseconds.
 */
#ifndef ALINK_CHECKPOINT_H
#define ALINK_CHECKPOINT_H

#include <stddef.h>

struct checkpointer;

/* NULL when the thread cannot be made; the log then grows until the next start. */
struct checkpointer *checkpointer_start(const char *path);
/* Ends and joins the thread. NULL is fine. */
void checkpointer_stop(struct checkpointer *checkpointer);

/* Since it was last asked: 1 it began to fail, `why` says how; -1 it works again; 0 neither. NULL is fine. */
int checkpointer_news(struct checkpointer *checkpointer, char *why, size_t size);

#endif

/*
 * Moves the state file's write-ahead log into the file, on a thread of its own: on the broker's it would
 * stall every device for milliseconds.
 */
#ifndef ALINK_CHECKPOINT_H
#define ALINK_CHECKPOINT_H

struct checkpointer;

/* NULL when the thread cannot be made; the log then grows until the next start. */
struct checkpointer *checkpointer_start(const char *path);
/* Ends and joins the thread. NULL is fine. */
void checkpointer_stop(struct checkpointer *checkpointer);

#endif

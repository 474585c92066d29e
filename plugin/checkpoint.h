/*
 * Moves the state file's write-ahead log into the file, on a thread of its own: on the broker's it would
 * stall every device for as long as the disk takes. What remains of that is a short rest once in 16 MB of log,
 * without which a busy cloud's would never begin anew.
 */
#ifndef ALINK_CHECKPOINT_H
#define ALINK_CHECKPOINT_H

#include <stddef.h>

struct checkpointer;

/* NULL when the thread cannot be made; the log then grows until the next start. */
struct checkpointer *checkpointer_start(const char *path);
/* Ends and joins the thread. NULL is fine. */
void checkpointer_stop(struct checkpointer *checkpointer);

/*
 * For the broker's thread, once a turn, when no transaction is open: rests if the thread needs it, 20 ms at most, or
 * 20 ms for each 16 MB of a log that has become longer. NULL is fine.
 */
void checkpointer_turn(struct checkpointer *checkpointer);

/* Since it was last asked: 1 it began to fail, `why` says how; -1 it works again; 0 neither. NULL is fine. */
int checkpointer_news(struct checkpointer *checkpointer, char *why, size_t size);

#endif

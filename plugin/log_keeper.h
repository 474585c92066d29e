/*
 * Keeps the cloud's log beside its state file: reads what an earlier run left, hands on what is new. A kill -9 of the
 * broker may lose about the last second of log, of a very busy cloud the last ten, one of alink-keeper nothing.
 */
#ifndef ALINK_LOG_KEEPER_H
#define ALINK_LOG_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "cloud.h"
#include "state_keeper.h"

/* All zero keeps nothing. */
struct log_keeper {
	struct state_keeper *writer;     /* borrowed */
	uint64_t last;            /* seq of the newest record that was handed to it */
	uint64_t written;         /* … that is in the file for sure */
	bool     handing;         /* a look at what is new is under way */
	int64_t  looked_us;       /* when the last one was over */
};

enum log_kept {
	LOG_KEPT,
	LOG_UNREADABLE,           /* what was there: the log begins anew */
	LOG_UNWRITABLE,           /* it stays in memory */
};

/* Reads what is there. The writer needs the claim, and is put into the struct then; 0: there is nothing to write. */
enum log_kept log_keeper_open(struct log_keeper *keeper, struct cloud *cloud, const char *state_path, int64_t *claim);
void log_keeper_turn(struct log_keeper *keeper, struct cloud *cloud, int64_t now_us);
/* Hands on all that is new, before the writer is stopped. */
void log_keeper_stop(struct log_keeper *keeper, struct cloud *cloud);

#endif

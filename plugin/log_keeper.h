/*
 * Keeps the cloud's log beside its state file: reads what an earlier run left, hands on what is new. A kill -9, of the
 * broker or of who writes, may lose about the last second of log, of a very busy cloud the last ten.
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
	bool     handing;         /* a look at what is new is under way */
	int64_t  looked_us;       /* when the last one was over */
};

/* False when what was there cannot be read: the log begins anew then. */
bool log_keeper_start(struct log_keeper *keeper, struct cloud *cloud, const char *state_path, struct state_keeper *writer);
void log_keeper_turn(struct log_keeper *keeper, struct cloud *cloud, int64_t now_us);
/* Hands on all that is new, before the writer is stopped. */
void log_keeper_stop(struct log_keeper *keeper, struct cloud *cloud);

#endif

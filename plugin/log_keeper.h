/* Keeps the cloud's log beside its state file: reads what an earlier run left, hands on what is new. */
#ifndef ALINK_LOG_KEEPER_H
#define ALINK_LOG_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "cloud.h"
#include "log_writer.h"

/* All zero keeps nothing. */
struct log_keeper {
	struct log_writer *writer;
	uint64_t last;            /* seq of the newest record that was handed to it */
	bool     handing;         /* a look at what is new is under way */
	int64_t  looked_us;       /* when the last one was over */
	int64_t  spent_us;        /* by the writer when it began */
};

/* False when what was there cannot be read: the log begins anew then. */
bool log_keeper_start(struct log_keeper *keeper, struct cloud *cloud, const char *state_path);
void log_keeper_turn(struct log_keeper *keeper, struct cloud *cloud, int64_t now_us);
/* With all that is new. */
void log_keeper_stop(struct log_keeper *keeper, struct cloud *cloud);

#endif

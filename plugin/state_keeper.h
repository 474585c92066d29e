/*
 * alink-keeper, seen from the plugin: a process that moves the state file's write-ahead log into the file and writes
 * the cloud's log. On the broker's thread the one would stall every device for as long as the disk takes, and the other
 * for milliseconds. What remains of that is a short rest once in 16 MB of write-ahead log, without which a busy cloud's
 * would never begin anew.
 *
 * One that dies, or says nothing for long, is replaced within seconds. What it was given and had not written may be given
 * to the next one.
 */
#ifndef ALINK_STATE_KEEPER_H
#define ALINK_STATE_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct state_keeper;

/*
 * `program` is the path of alink-keeper, `claim` that of the cloud's log (store_log.h), 0 when none is to be written. NULL
 * when it cannot be started: `why` says so.
 */
struct state_keeper *state_keeper_start(const char *program, const char *state_path, int64_t claim, char *why, size_t size);
/* Lets it write what it was given, for 5 s at most, and ends it. False when there was more. NULL is fine, here and below. */
bool state_keeper_stop(struct state_keeper *keeper);

/*
 * For the broker's thread, once a turn, when no transaction is open: rests if the keeper needs it, 20 ms at most, or
 * 20 ms for each 16 MB of a write-ahead log that has become longer, up to 100 ms.
 */
void state_keeper_turn(struct state_keeper *keeper);

/* Since it was last asked: 1 the write-ahead log is no longer moved, `why` says why not; -1 it is again; 0 neither. */
int state_keeper_news(struct state_keeper *keeper, char *why, size_t size);

/* Whether all that it was given is on its way, so that it can be given more. */
bool state_keeper_is_ready(const struct state_keeper *keeper);
/* Records of the cloud's log from `first` to `last` are copied; those before `keep` may go from the file. */
void state_keeper_put(struct state_keeper *keeper, uint64_t first, uint64_t last, const char *records, size_t len, uint64_t keep);
/* The last record that has been written; 0 none. */
uint64_t state_keeper_written(const struct state_keeper *keeper);
/* Since it was last asked: whether a keeper died, and what was on its way to it is lost. */
bool state_keeper_has_lost(struct state_keeper *keeper);

#endif

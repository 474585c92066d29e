/*
 * alink-keeper, seen from the plugin: a process that moves the state file's write-ahead log into the file and writes
 * the cloud's log. On the broker's thread the one would stall every device for as long as the disk takes, and the other
 * for milliseconds. What remains of that is a short rest once in 16 MB of write-ahead log, without which a busy cloud's
 * would never begin anew.
 *
 * One that dies is replaced within two seconds. What it was given and had not written is lost; log_keeper.h says how
 * much of a log that is. Never an answered write.
 */
#ifndef ALINK_STATE_KEEPER_H
#define ALINK_STATE_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct state_keeper;

/* `program` is the path of alink-keeper. NULL when it cannot be started: `why` says so. */
struct state_keeper *state_keeper_start(const char *program, const char *state_path, char *why, size_t size);
/* Lets it write what it was given, for some seconds at most, and ends it. NULL is fine, here and below. */
void state_keeper_stop(struct state_keeper *keeper);

/*
 * For the broker's thread, once a turn, when no transaction is open: rests if the keeper needs it, 20 ms at most, or
 * 20 ms for each 16 MB of a write-ahead log that has become longer.
 */
void state_keeper_turn(struct state_keeper *keeper);

/* Since it was last asked: 1 the write-ahead log is no longer moved, `why` says why not; -1 it is again; 0 neither. */
int state_keeper_news(struct state_keeper *keeper, char *why, size_t size);

/* Whether all that it was given is on its way, so that it can be given more. */
bool state_keeper_is_ready(const struct state_keeper *keeper);
/* Records of the cloud's log, the first of them number `first`, are copied; those before `keep` may go from the file. */
void state_keeper_put(struct state_keeper *keeper, uint64_t first, const char *records, size_t len, uint64_t keep);

#endif

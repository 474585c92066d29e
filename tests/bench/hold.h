/* Connections that do nothing, for measuring what they cost. */
#ifndef BENCH_HOLD_H
#define BENCH_HOLD_H

#include <stdbool.h>

#include "link.h"

/*
 * Logs `count` devices of the list in, prints "held" and keeps them until standard input ends.
 * False after saying on stderr what went wrong.
 */
bool hold(const struct dial *dial, const char *devices_path, unsigned count);

#endif

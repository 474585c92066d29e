/* Durations as people write them. */
#ifndef ALINK_DURATION_H
#define ALINK_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/* "250ms", "5s", "2m", "24h", "7d", at most 10 years. */
bool duration_parse(const char *text, int64_t *ms);
#define DURATION_MAX 24
/* The same the other way round, in the largest unit that leaves no rest. `buf` holds DURATION_MAX bytes, and is returned. */
const char *duration_write(int64_t ms, char *buf);
#define DURATION_FORM "a number with its unit (250ms, 5s, 10m, 24h, 7d)"

#endif

#include "duration.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DURATION_MAX_MS (INT64_C(10) * 365 * 86400 * 1000)   /* libevent counts seconds in an int */

static const struct {
	const char *unit;
	int64_t     ms;
} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };

bool duration_parse(const char *text, int64_t *ms)
{
	char *end;
	long long number;
	size_t i;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoll(text, &end, 10);
	for (i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(end, units[i].unit))
			continue;
		if (errno || number > DURATION_MAX_MS / units[i].ms)
			return false;
		*ms = number * units[i].ms;
		return true;
	}
	return false;
}

const char *duration_write(int64_t ms, char *buf)
{
	size_t i = sizeof(units) / sizeof(*units) - 1;

	while (ms % units[i].ms || !(ms / units[i].ms))
		if (!i--)
			return "0ms";
	snprintf(buf, DURATION_MAX, "%" PRId64 "%s", ms / units[i].ms, units[i].unit);
	return buf;
}

#include "duration.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DURATION_MAX_MS (INT64_C(10) * 365 * 86400 * 1000)   /* libevent counts seconds in an int */

bool duration_parse(const char *text, int64_t *ms)
{
	static const struct {
		const char *unit;
		int64_t     ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
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

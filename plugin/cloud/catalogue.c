#include "catalogue.h"

#include <stdlib.h>
#include <string.h>

static const struct catalogue_row rows[] = {
#define OPERATION(word, request, reply, codes, injected) { word, request, reply, codes, injected },
#define LOG(code, injected)
#include "catalogue.def"
#undef OPERATION
#undef LOG
};

static const struct catalogue_log logs[] = {
#define OPERATION(word, request, reply, codes, injected)
#define LOG(code, injected) { code, injected },
#include "catalogue.def"
#undef OPERATION
#undef LOG
};

const struct catalogue_row *catalogue_rows(size_t *count)
{
	*count = sizeof(rows) / sizeof(rows[0]);
	return rows;
}

const struct catalogue_log *catalogue_logs(size_t *count)
{
	*count = sizeof(logs) / sizeof(logs[0]);
	return logs;
}

const struct catalogue_row *catalogue_find(const char *operation)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].operation, operation))
			return &rows[i];
	return NULL;
}

int codes_next(const char **codes)
{
	char *end;
	int code = (int)strtol(*codes, &end, 10);

	*codes = end;
	return code;
}

bool codes_have(const char *codes, int code)
{
	int one;

	while ((one = codes_next(&codes)))
		if (one == code)
			return true;
	return false;
}

#include "code.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct code_row rows[] = {
#define X(name, wire, message, meaning, source) { #name, wire, message, meaning, source },
#include "code.def"
#undef X
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

const struct code_row *code_rows(size_t *count)
{
	*count = ROW_COUNT;
	return rows;
}

static int compare_wire(const void *key, const void *row)
{
	int wire = *(const int *)key;
	int other = ((const struct code_row *)row)->wire;

	return (wire > other) - (wire < other);
}

const struct code_row *code_find(int wire)
{
	return bsearch(&wire, rows, ROW_COUNT, sizeof(rows[0]), compare_wire);
}

const struct code_row *code_find_name(const char *name)
{
	size_t len = strlen(name), i;

	if (len && len < 8 && strspn(name, "0123456789") == len)
		return code_find(atoi(name));
	for (i = 0; i < ROW_COUNT; i++)
		if (!strcasecmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

const char *code_message(int wire)
{
	const struct code_row *row = code_find(wire);

	return row ? row->message : "unknown code";
}

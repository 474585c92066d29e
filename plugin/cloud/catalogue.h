/* The catalogue of documented errors: which operation may answer which code, and which codes the log knows. */
#ifndef ALINK_CATALOGUE_H
#define ALINK_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

struct catalogue_row {
	const char *operation;         /* "topo.add" */
	const char *request, *reply;   /* topics, for people */
	const char *codes;             /* "460 429" */
	const char *injected;          /* those that only a scenario causes */
};

struct catalogue_log {
	int         code;
	const char *injected;          /* why only a scenario causes it; NULL: a rule does */
};

const struct catalogue_row *catalogue_rows(size_t *count);
const struct catalogue_log *catalogue_logs(size_t *count);
const struct catalogue_row *catalogue_find(const char *operation);   /* NULL: none */

/* Whether a list of codes has this one; the next code of a list, 0 at its end. */
bool codes_have(const char *codes, int code);
int  codes_next(const char **codes);

#endif

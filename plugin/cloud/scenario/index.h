/* The rules that could be about an event, in the order of evaluation. */
#ifndef ALINK_SCENARIO_INDEX_H
#define ALINK_SCENARIO_INDEX_H

#include "happening.h"

struct cursor {
	struct rule **at, **end;
};

struct candidates {
	struct cursor cursors[6];    /* of any, of the operation, of the topic; general and by device */
	size_t        count;
};

void candidates_find(struct candidates *candidates, const struct scenarios *engine, const struct happening *happening);
struct rule *candidates_next(struct candidates *candidates);   /* NULL at the end */

#endif

/* The first and the newest message of each kind that a device was sent, for the action `stale` to repeat. */
#ifndef ALINK_SCENARIO_KEPT_H
#define ALINK_SCENARIO_KEPT_H

#include "happening.h"

/* A message that leaves. Only called while some rule may want it. */
void kept_add(struct scenarios *engine, struct happening *happening);
/* False when none of that operation has gone to that device yet. */
bool kept_find(struct scenarios *engine, struct happening *happening, bool first, const char **payload, size_t *len);
void kept_free(struct scenarios *engine);

#endif

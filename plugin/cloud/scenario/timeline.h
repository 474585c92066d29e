/* The timeline: what happens at a time, or some time after something else. */
#ifndef ALINK_SCENARIO_TIMELINE_H
#define ALINK_SCENARIO_TIMELINE_H

#include "happening.h"

void timeline_begin(struct scenario *scenario);
void timeline_end(struct scenario *scenario);

/* Steps that wait for an event, for another part, for a signal. */
void timeline_see(struct scenarios *engine, struct happening *happening);
void timeline_part(struct scenarios *engine, enum part part, const void *what);
void timeline_signal(struct scenarios *engine, const char *text);
/* Bits of the events that steps wait for. */
unsigned timeline_watches(const struct scenarios *engine);

#endif

/* Rules at work: which of them look at what happens, and what they do. */
#ifndef ALINK_SCENARIO_RUN_H
#define ALINK_SCENARIO_RUN_H

#include "action.h"

/* Evaluates the rules of one event, in their order; the subject (may be NULL) shows what they made of it. */
enum fate rules_run(struct happening *happening, struct subject *subject);

/* After anything that may have: a rule has fired, a step was done, an expectation was decided. */
void part_happened(struct scenarios *engine, enum part part, const void *what);

#endif

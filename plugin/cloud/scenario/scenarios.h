/* The scenarios that are loaded: coming, ending, going. */
#ifndef ALINK_SCENARIO_SCENARIOS_H
#define ALINK_SCENARIO_SCENARIOS_H

#include "engine.h"

/* Ends the runs of scenarios all of whose expectations are decided, if they asked for that. */
void scenarios_decide(struct scenarios *engine, struct effects *out);
struct scenario *scenario_find(const struct cloud *cloud, const char *name);
enum verdict scenario_verdict(const struct scenario *scenario);

#endif

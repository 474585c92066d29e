/* One rule and one event. */
#ifndef ALINK_SCENARIO_RULE_H
#define ALINK_SCENARIO_RULE_H

#include "action.h"

/* Whether it fires, and what becomes of the message if it does. */
enum fate rule_run(struct rule *rule, struct happening *happening, struct subject *subject);

#endif

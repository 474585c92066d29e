/* How scenarios, the clock and what codes need look to a person. */
#ifndef ALINK_SCENARIO_VIEW_H
#define ALINK_SCENARIO_VIEW_H

#include "text.h"
#include "view.h"

extern const struct view scenario_list_view, scenario_loaded_view, scenario_show_view, clock_view, coverage_view;

void scenario_report_write(struct json answer, struct text *out);    /* the short text report */
void coverage_total_write(struct json answer, struct text *out);     /* a line below the table */

#endif

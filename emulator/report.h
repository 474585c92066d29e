/*
 * What became of scenarios, in the forms in which it is told. A report is the JSON of GET /scenarios/NAME; `repeat`
 * is the command that repeats the run.
 */
#ifndef ALINK_REPORT_H
#define ALINK_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"
#include "text.h"

struct report {
	struct json scenario;
	const char *repeat;
};

bool report_failed(struct json scenario);

/* For people: each expectation with what was seen, each rule with its counts and near misses. `brief`: what failed only. */
void report_text(const struct report *report, bool brief, struct text *out);
/* One JSON document: what the API says of each, and the command. */
void report_json(const struct report *reports, size_t count, struct text *out);
/* JUnit XML: a suite is a scenario, a case an expectation or a rule. False: out of memory. */
bool report_junit(const struct report *reports, size_t count, struct text *out);

/* --- what the forms share --- */

/* One expectation or rule, what failed and what is worth knowing beside it. */
bool part_failed(struct json part);    /* one that only warns has not */
/* "posts-again: wanted publish.up, within 5000 ms; seen: 0 times publish.up", without control characters. */
void part_describe(struct json part, struct text *out);
/* The newest `max` events that came near it, a line each, `indent` before each. */
void part_misses(struct json part, size_t max, const char *indent, struct text *out);

#endif

/*
 * Expectations: what must be seen, and what was seen instead.
 *
 * An expectation sees what really came and went: a message from a device before any rule bends it, a message to a
 * device as it leaves.
 */
#ifndef ALINK_SCENARIO_EXPECT_H
#define ALINK_SCENARIO_EXPECT_H

#include "happening.h"

void expects_begin(struct scenario *scenario);
/* The run is over: what is open is decided. */
void expects_end(struct scenario *scenario);
void expects_free(struct scenario *scenario);

void expects_see(struct scenarios *engine, struct happening *happening);
/* At the end of an entrance: how devices are now. Only called while some expectation looks at one. */
void expects_look(struct scenarios *engine);
void expects_part(struct scenarios *engine, enum part part, const void *what);
unsigned expects_watch(struct scenarios *engine);

/* Whether nothing that may still happen could make it better: met, failed, or only to be broken. */
bool expect_decided(const struct expect *expect);
/* Against it, with a reason; the first one counts. */
void expect_fail(struct expect *expect, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "at least 3 within 30000 ms" */
void expect_describe(const struct expect *expect, struct text *out);

/* What is promised always; see invariant.c. */
struct invariant {
	const char *name;
	unsigned    events;        /* bits of those it looks at */
	void (*see)(struct expect *expect, struct happening *happening);
	void (*end)(struct expect *expect);
};
const struct invariant *invariants(size_t *count);

/*
 * --- requests that are under way: flights.c ---
 *
 * One of a device's is over when its answer leaves: a lost answer ends nothing, so the device that repeats the id has
 * two under way. A new connection begins anew. One of the platform's is remembered after its answer, so that a second
 * answer can be told from the first.
 */
struct flight {
	UT_hash_handle hh;
	int64_t  since_ms;
	uint64_t answers, connection;   /* connection: that it came over */
	bool     down;             /* from the platform to the device */
	char     operation[64];
	char     key[];            /* PK/DN, direction and id */
};

/* Notes what a happening begins or answers, in it. */
void flight_see(struct scenarios *engine, struct happening *happening);
/* Everybody has seen the happening: what it answers is over. */
void flight_seen(struct scenarios *engine, struct happening *happening);
void flights_free(struct scenarios *engine);
/* Whether some expectation asks for them. */
bool flights_wanted(const struct scenarios *engine);

#endif

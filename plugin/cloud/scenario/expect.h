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
/* The script has read what a device's bytes of a while ago say; that they came was seen then. */
void expects_bytes_read(struct scenarios *engine, struct happening *happening);
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
 * two under way. A new connection begins anew. They are remembered after their answer: a second answer can be told from
 * the first, and bytes that came before it from those that came behind it.
 *
 * Bytes say what they are when their script has read them, if ever: until then only when they came is remembered. RRPC
 * tells in its topics which request is answered.
 */
struct flight {
	UT_hash_handle hh;
	int64_t  since_ms;
	uint64_t answers, connection;   /* connection: that it came over */
	uint64_t came, over;            /* moments: of bytes that nobody has read; when the first answer left */
	bool     down;             /* from the platform to the device */
	char     operation[64], who[KEY_MAX];
	char     key[];            /* made by flight_key */
};

/* Notes what a happening begins or answers, in it. */
void flight_see(struct scenarios *engine, struct happening *happening);
/* The same for bytes that have been read; it happened when they came. False: nobody knows when. */
bool flight_read(struct scenarios *engine, struct happening *happening);
void flights_free(struct scenarios *engine);
/* Whether some expectation asks for them. */
bool flights_wanted(const struct scenarios *engine);

#endif

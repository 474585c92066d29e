/*
 * What devices reported, the newest of it: a ring for the whole cloud, in which the samples of each device
 * are chained, so that a query walks those alone.
 *
 * Bounded by count, and by bytes at 1 KiB for each sample it may hold (1 MiB at least); the oldest go first.
 * A sample is never changed once added.
 */
#ifndef ALINK_HISTORY_H
#define ALINK_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store.h"

enum sample_kind { SAMPLE_PROPERTY, SAMPLE_EVENT };

struct history_sample {
	uint64_t    seq;             /* 1, 2, 3 … in the order of arrival; set by history_add */
	int64_t     device;          /* store id */
	enum sample_kind kind;
	int64_t     time_ms;         /* the sample's own, which need not be when it came */
	const char *name;
	const char *value;           /* JSON, NUL-terminated */
	bool        current;         /* it became the property's value */
};

struct history;

/* A capacity of 0 keeps nothing. NULL when out of memory. */
struct history *history_new(size_t capacity);
void            history_free(struct history *history);
void            history_clear(struct history *history);   /* as new: the numbers begin again */
size_t          history_count(const struct history *history);

/* Copies everything. Like the journal it drops a sample for lack of memory without a word. */
void history_add(struct history *history, const struct history_sample *sample);

struct history_filter {
	int64_t     device;
	enum sample_kind kind;
	const char *name;                    /* NULL: all */
	int64_t     from_ms, to_ms;          /* both included; to_ms 0: no end */
	int64_t     after_ms;                /* with after_seq: only what comes behind that sample */
	uint64_t    after_seq;               /* 0: from the newest on */
};

/*
 * Fills `out` with at most `limit` samples, the newest time first, at equal times the later arrival; returns
 * how many. Their strings live until the next history_add.
 */
size_t history_query(const struct history *history, const struct history_filter *filter, size_t limit,
                     struct history_sample *out);

uint64_t history_last(const struct history *history);   /* seq of the newest */
/* Whether all that came since the last save is still here to be saved. */
bool history_complete(const struct history *history);

/*
 * What came since the last save, in the open transaction. Samples that are neither kept here nor needed (those below
 * `needed`) may go. 0, or -1 and it has to be loaded again.
 */
int history_save(struct history *history, struct store *store, uint64_t needed);
/* What was here goes, and the numbers are the store's. `each` (or NULL) gets all that the store has, oldest first, whether there is room for it or not. 0 or -1. */
typedef void history_each(void *ctx, const struct history_sample *sample);
int history_load(struct history *history, struct store *store, history_each *each, void *ctx);

#endif

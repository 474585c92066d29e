/*
 * The log: one record per thing that happened, in the cloud's own log model, plus why.
 *
 * doc: "IoT Platform logs" (fields, service types); design, section 8. The newest records are kept in
 * a ring in memory; a record is never changed once written.
 */
#ifndef ALINK_JOURNAL_H
#define ALINK_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

/* doc: bizCode, the log service types. */
enum service {
	SERVICE_DEVICE, SERVICE_UPLINK, SERVICE_DOWNLINK, SERVICE_SUBSCRIBE, SERVICE_UNSUBSCRIBE,
	SERVICE_SERVER_SUBSCRIBE, SERVICE_RULE_ENGINE, SERVICE_THING_MODEL, SERVICE_HOT_STORAGE, SERVICE_SCRIPT,
	SERVICE_API, SERVICE_SHADOW, SERVICE_OTA, SERVICE_TOPO, SERVICE_CONFIG, SERVICE_JOB, SERVICE_OTHER,
	SERVICE_COUNT,
};
const char *service_name(enum service service);              /* "ThingModel" */
bool        service_parse(const char *name, enum service *service);   /* any case */

#define JOURNAL_CONTENT_MAX 4096   /* longer contents are cut; the record says so */

/* NULL strings count as empty. */
struct record {
	uint64_t     seq;            /* 1, 2, 3 …; set by journal_add */
	int64_t      time_ms;
	uint64_t     trace;          /* ties what one message caused; 0 none */
	enum service service;
	int          code;           /* 200 when all went well */
	const char  *message_id;
	const char  *product_key, *device_name;
	const char  *operation;      /* topic, method or API name */
	const char  *content;
	size_t       content_len;    /* may hold any bytes */
	const char  *why;            /* a sentence with the values that decided */
	const char  *rule;           /* id of the scenario rule that touched it */
};

struct journal;

/* Keeps the newest `capacity` records (at least 1). NULL when out of memory. */
struct journal *journal_new(size_t capacity);
void            journal_free(struct journal *journal);

/* Copies everything. Losing a record to lack of memory is counted, never an error. */
void     journal_add(struct journal *journal, const struct record *record);
uint64_t journal_last(const struct journal *journal);        /* seq of the newest; 0 none */
size_t   journal_count(const struct journal *journal);
void     journal_clear(struct journal *journal);

/*
 * The records after `after` in a form of our own, at least one if there is one and then as many as fit into `max`
 * bytes; returns the seq of the last. journal_import takes them back, the first of them being number `first`:
 * 0, or -1 when they are damaged (those before the damage stay). Those that it has it keeps, those that are missing
 * between it and them remain so.
 */
uint64_t journal_export(const struct journal *journal, uint64_t after, size_t max, struct text *out);
int      journal_import(struct journal *journal, uint64_t first, const char *bytes, size_t len);

/* What to look for; zero values match all. */
struct journal_filter {
	const char *product_key, *device_name, *message_id, *keyword;   /* keyword: literal, anywhere in the record */
	uint64_t    trace;
	bool        has_service;
	enum service service;
	bool        failed_only, ok_only;
	bool        why_only;        /* refusals and what scenarios did, if a reason is given */
	int64_t     from_ms, to_ms;
};

/*
 * Appends the matching records after `after` as JSON objects, comma-separated, oldest first, at most
 * `limit`; with `newest` the newest ones instead of the oldest. Returns the seq to go on after.
 */
uint64_t journal_query(const struct journal *journal, const struct journal_filter *filter, uint64_t after,
                       bool newest, size_t limit, struct text *out);

#endif

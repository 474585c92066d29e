/*
 * The log's own file, beside the state file: written by a process of its own, so that it never waits for, nor holds
 * up, a commit that an answer waits for. All functions return 0 or -1.
 */
#ifndef ALINK_STORE_LOG_H
#define ALINK_STORE_LOG_H

#include <stddef.h>
#include <stdint.h>

struct log_store;

/* NULL when it cannot be opened. */
struct log_store *log_store_open(const char *path);
void log_store_close(struct log_store *store);

/*
 * Who writes must show the latest claim, so that what outlives a broker that was killed cannot write between the rows of the
 * next one. -1, or a number that is not 0.
 */
int64_t log_store_claim(struct log_store *store);

/* One row of records, the first of them number `first`. 1: another has claimed the file, and nothing was written. */
int log_store_add(struct log_store *store, int64_t claim, uint64_t first, const void *bytes, size_t len);
/* Rows that end before this record may go. */
int log_store_prune(struct log_store *store, uint64_t first);
/* Rows that begin after this record go. */
int log_store_cut(struct log_store *store, uint64_t last);
/* In order; `each` stops by returning non-zero, which is then returned. */
int log_store_each(struct log_store *store, int (*each)(void *ctx, uint64_t first, const char *bytes, size_t len), void *ctx);

#endif

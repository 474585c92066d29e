/*
 * The scripts of the cloud, run beside the broker: a thread that feeds worker processes, one at first and more
 * only while calls wait. The thread calls nothing of the broker's: results lie ready until the broker's own thread
 * fetches them, and a waker brings that about.
 */
#ifndef ALINK_SCRIPT_POOL_H
#define ALINK_SCRIPT_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "script.h"

struct script_pool;

/*
 * `helper` is the path of alink-script, copied. `wake` is called on the pool's thread when results have come.
 * Nothing is started before the first call. NULL when out of memory.
 */
struct script_pool *script_pool_new(const char *helper, void (*wake)(void *ctx), void *ctx);
/* Ends the thread and the processes; what was under way is forgotten. NULL is fine. */
void script_pool_free(struct script_pool *pool);

/* Copies the request (the source once, however many calls it has). False: it cannot be done, and there will be no result. */
bool script_pool_submit(struct script_pool *pool, uint64_t ticket, const struct script_request *request);

/* The next result; false when there is none ready. Its texts are valid until the next call. */
bool script_pool_next(struct script_pool *pool, uint64_t *ticket, struct script_result *result);

/* Waits until a result is ready, at most so long. For a broker that nothing wakes. */
void script_pool_wait(struct script_pool *pool, int64_t most_us);

#endif

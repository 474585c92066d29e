/*
 * Runs scripts: one at a time, each call in an environment that nothing has touched, in memory that has an end.
 * Without an end in time: who calls runs it in a process that can be killed.
 */
#ifndef ALINK_ENGINE_H
#define ALINK_ENGINE_H

#include "script.h"

#define ENGINE_MEMORY ((size_t)64 << 20)   /* guess: the platform names no limit */
#define ENGINE_SLOTS  32                   /* scripts kept compiled */
#define ENGINE_CONSOLE_MAX 8192            /* bytes of console output that are kept of one call */

struct engine;

/* NULL when there is no memory for it. */
struct engine *engine_new(void);
void           engine_free(struct engine *engine);

/*
 * Makes a call and says what came of it; the texts are the engine's, until the next call. A request with a source
 * compiles it into the slot first; one without runs what is there.
 */
struct script_result engine_run(struct engine *engine, unsigned slot, const struct script_request *request);

#endif

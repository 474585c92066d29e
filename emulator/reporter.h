/*
 * Where the reports of scenarios go: to the files of --junit and --report, to those that a scenario names itself, and
 * what failed to stderr.
 */
#ifndef ALINK_REPORTER_H
#define ALINK_REPORTER_H

#include <stdbool.h>
#include <stddef.h>

#include "control.h"
#include "options.h"
#include "text.h"

struct reporter;

/* -1 with `error` filled when a file that was asked for, also in a scenario, cannot be written: before anything runs. */
int reporter_check(const struct options *options, struct text *error);

/* Both are borrowed for its life. Exits when memory is out. */
struct reporter *reporter_new(struct control *control, const struct options *options);
void             reporter_free(struct reporter *reporter);   /* NULL is fine */

/*
 * A scenario's run has ended, or it is forgotten: `body` is its report, or {"scenarios":[…]} with several. Writes what
 * they ask for; what is gone for good counts at the end all the same.
 */
void reporter_take(struct reporter *reporter, const char *body, size_t len, bool is_gone);

/*
 * Ends all runs, writes everything and tells `done`, once, the exit code: EXIT_FINE, EXIT_FAILED when a scenario
 * failed, EXIT_UNREACHABLE when that is not known or not written (and was said).
 */
void reporter_finish(struct reporter *reporter, void (*done)(void *ctx, int code), void *ctx);

#endif

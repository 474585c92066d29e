/* The command that does the same again: what a report ends with. */
#ifndef ALINK_REPEAT_H
#define ALINK_REPEAT_H

#include <stdint.h>

#include "options.h"
#include "text.h"

/*
 * `options` as they were given, in the environment too, and with `seed`. `source` is the file of a scenario, as an
 * absolute path: `run` gets it as an option if it was loaded later; under `exec` it is the command that loads it.
 */
void repeat_add(struct text *out, const struct options *options, int64_t seed, const char *source);

#endif

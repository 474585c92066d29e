/* `script test`: a table of examples, run through a script. */
#ifndef ALINK_SCRIPT_VECTORS_H
#define ALINK_SCRIPT_VECTORS_H

#include "script_file.h"

/*
 * Runs the file's examples and says on stdout what came of each, one line each or as one JSON document. An
 * exit_code: 0 when all came out as they should, 1 when one did not or the file is no such table; `problem` then
 * says what is wrong with it.
 */
int script_vectors_run(struct script_file *script, const char *path, bool json, struct text *problem);

#endif

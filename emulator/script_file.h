/*
 * A parsing script run outside any device: by the same helper process, with the same limits and results as the cloud's.
 */
#ifndef ALINK_SCRIPT_FILE_H
#define ALINK_SCRIPT_FILE_H

#include <stdbool.h>

#include "script_worker.h"

struct script_file {
	const char *path;            /* borrowed */
	char       *source, *helper;
	size_t      source_len;
	struct script_worker worker;
};

/* False with a sentence in `problem` when there is no such file, or no helper. Close it in any case. */
bool script_file_open(struct script_file *file, const char *path, struct text *problem);
void script_file_close(struct script_file *file);

/* The result's texts are good until the next call. */
struct script_result script_file_call(struct script_file *file, enum script_function function, const char *topic,
                                      const char *input, size_t input_len);

/* "FILE:LINE: 26002 script execution error: rawDataToProtocol: …" for a result that is none. */
void script_result_explain(const char *path, const struct script_result *result, struct text *out);

/* Hex digits, with blanks or without, as bytes behind what is there. False when it is something else. */
bool hex_add(struct text *bytes, const char *hex);

#endif

/*
 * Every code the platform documents, from one definition file.
 *
 * A code is what stands on the wire, so an enum code may also hold a number
 * that has no row here (a device's own 100000..110000, say).
 */
#ifndef ALINK_CODE_H
#define ALINK_CODE_H

#include <stddef.h>

enum code {
#define X(name, wire, message, meaning, source) CODE_##name = wire,
#include "code.def"
#undef X
};

struct code_row {
	const char *name;      /* BAD_PARAMS */
	int         wire;      /* 460 */
	const char *message;   /* the text on the wire, "request parameter error" */
	const char *meaning;   /* for people: when it happens and what to do */
	const char *source;    /* "doc: …", "sdk: …", "seen: …", "guess: …" */
};

/* All rows in the definition's order (ascending). */
const struct code_row *code_rows(size_t *count);
/* NULL for a code without a row. */
const struct code_row *code_find(int wire);
/* By name, any case ("bad_params") or by digits ("460"); NULL when there is none. */
const struct code_row *code_find_name(const char *name);
/* The wire text; "unknown code" for a code without a row. */
const char *code_message(int wire);

#endif

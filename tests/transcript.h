/*
 * Transcripts: conversations with the cloud, written like the protocol's documentation and replayed
 * against the core with a frozen clock. tests/transcripts/README.md describes the form.
 */
#ifndef ALINK_TRANSCRIPT_H
#define ALINK_TRANSCRIPT_H

#include <stddef.h>

/* Called for every reply that a transcript saw: the catalogue's operation and the code. */
typedef void transcript_pair(void *ctx, const char *operation, int code);

/* 0, or -1 with what differed, and its FILE:LINE, in `error`. */
int transcript_run(const char *path, transcript_pair *pair, void *ctx, char *error, size_t error_size);

#endif

/*
 * Digests of files and texts.
 *
 * A firmware file may be large, so it is read piece by piece: whoever serves devices meanwhile takes one
 * piece per turn, whoever starts up takes them all at once.
 */
#ifndef ALINK_DIGEST_H
#define ALINK_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define DIGEST_FILE_MAX ((int64_t)1 << 30)   /* bytes; guess: no document limits a package fetched over HTTP */

struct file_digest {
	int64_t size, changed_ns;        /* bytes, and when the content last changed: how a later change is noticed */
	char    md5[33], sha256[65];     /* lower-case hex */
};

/* Of a text. 0; -1 with `out` empty when the library failed. */
int digest_sha256(const void *bytes, size_t len, char out[65]);

/* Size and time alone. 0; -1 with a reason when it is no regular file that can be read, or too large. */
int digest_stat(const char *path, struct file_digest *out, struct text *why);

struct digester;
/* NULL with a reason. */
struct digester *digester_open(const char *path, struct text *why);
/* Reads on: 1 there is more, 0 *out is complete, -1 with a reason. */
int  digester_step(struct digester *digester, struct file_digest *out, struct text *why);
void digester_close(struct digester *digester);   /* NULL is fine */

/* All of it at once. 0, or -1 with a reason. */
int digest_file(const char *path, struct file_digest *out, struct text *why);

#endif

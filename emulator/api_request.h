/*
 * From the words of a command line to an HTTP request, by the row that they name.
 * No network, no clock.
 */
#ifndef ALINK_API_REQUEST_H
#define ALINK_API_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api_words.h"
#include "text.h"

/* `struct api_request request = { 0 };` before. */
struct api_request {
	struct text path;      /* below /emulator/v1, percent-encoded, with its query */
	struct text body;      /* empty: none */
	bool        follow;    /* a stream answers */
	bool        bad_file;  /* what makes no request is a file's content, not the words */
	int64_t     wait_ms;   /* how much longer than usual the answer may take */
};

/* Must the emulator's now be known to make the request? */
bool api_request_needs_now(const struct api_words *words);

/*
 * `now_ms` is the emulator's, Unix time. False with a sentence in `problem` when the words make no
 * request; release `request` in every case.
 */
bool api_request_make(const struct api_words *words, int64_t now_ms, struct api_request *request,
                      struct text *problem);
void api_request_free(struct api_request *request);

#endif

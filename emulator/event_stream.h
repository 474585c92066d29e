/*
 * Server-sent events, read piece by piece: how the emulator streams its log.
 *
 * doc: WHATWG HTML, "Server-sent events". `id` and `retry` are skipped, nobody here connects again.
 */
#ifndef ALINK_EVENT_STREAM_H
#define ALINK_EVENT_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

#define EVENT_MAX (1024 * 1024)   /* bytes of one event; a longer one ends the stream */

/* `struct event_stream stream = { 0 };` is valid and empty. */
struct event_stream {
	struct text line, name, data;   /* of the event under way */
	bool        overflow;           /* it was longer than EVENT_MAX, or memory was out */
};

/* `name` is "" for an event without one. Borrowed for the call. False: no more, please. */
typedef bool event_taker(void *ctx, const char *name, const char *data, size_t len);

/* Hands on every event that `bytes` complete. False when the taker said so, or with `overflow` set. */
bool event_stream_feed(struct event_stream *stream, const char *bytes, size_t len, event_taker *take, void *ctx);
void event_stream_free(struct event_stream *stream);

#endif

#include "event_stream.h"

#include <string.h>

/* The value of `line` when its field is `name`: what stands after the colon and one blank. */
static const char *field(const struct text *line, const char *name)
{
	const char *at = text_string(line);
	size_t len = strlen(name);

	if (strncmp(at, name, len) || at[len] != ':')
		return NULL;
	at += len + 1;
	return *at == ' ' ? at + 1 : at;
}

/* An empty line ends an event. */
static bool line_end(struct event_stream *stream, event_taker *take, void *ctx)
{
	const char *value;
	bool more = true;

	if (stream->line.len && stream->line.at[stream->line.len - 1] == '\r')
		stream->line.at[--stream->line.len] = '\0';
	if (!stream->line.len) {
		if (stream->data.len)
			more = take(ctx, text_string(&stream->name), stream->data.at, stream->data.len);
		text_clear(&stream->name);
		text_clear(&stream->data);
	} else if ((value = field(&stream->line, "data"))) {
		if (stream->data.len)
			text_add_char(&stream->data, '\n');
		text_add(&stream->data, value);
	} else if ((value = field(&stream->line, "event"))) {
		text_clear(&stream->name);
		text_add(&stream->name, value);
	}
	text_clear(&stream->line);
	return more;
}

bool event_stream_feed(struct event_stream *stream, const char *bytes, size_t len, event_taker *take, void *ctx)
{
	while (len) {
		const char *end = memchr(bytes, '\n', len);
		size_t part = end ? (size_t)(end - bytes) : len;

		text_add_bytes(&stream->line, bytes, part);
		stream->overflow = stream->line.failed || stream->data.failed || stream->name.failed ||
		                   stream->line.len + stream->data.len > EVENT_MAX;
		if (stream->overflow)
			return false;
		if (end && !line_end(stream, take, ctx))
			return false;
		bytes += end ? part + 1 : part;
		len -= end ? part + 1 : part;
	}
	return true;
}

void event_stream_free(struct event_stream *stream)
{
	text_free(&stream->line);
	text_free(&stream->name);
	text_free(&stream->data);
}

/*
 * /files/…: what devices download. The cloud says what a URL stands for; the bytes come from the file, piece by
 * piece as the client reads them.
 *
 * sdk: C SDKs want the exact header `Content-Length: n`, no chunks and no redirect; v4 asks for ranges and insists on
 * 206 with just those bytes (things-and-data reference, section 7.1).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/buffer.h>

#include "control.h"
#include "http_call.h"
#include "http_connection.h"
#include "json.h"

#define PIECE 65536            /* bytes in memory of each download */

struct download {
	int     fd;            /* -1: `content` it is */
	char   *content, *type;
	int64_t size;
	int64_t at, end;       /* what is still to be sent */
};

static void download_free(struct download *download)
{
	if (download->fd >= 0)
		close(download->fd);
	free(download->content);
	free(download->type);
	free(download);
}

/* --- ranges --- */

enum range { RANGE_NONE, RANGE_SOME, RANGE_BEYOND };

static bool number_read(const char **text, int64_t *number)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*number = strtoll(*text, &end, 10);
	*text = end;
	return !errno;
}

/*
 * RFC 9110, 14.2: one range; a header that is malformed, or asks for several, counts as absent. Sets what of
 * `download` is to be sent.
 */
static enum range range_read(const char *header, struct download *download)
{
	static const char unit[] = "bytes=";
	int64_t first = 0, last = download->size - 1;

	if (!header || strncmp(header, unit, strlen(unit)))
		return RANGE_NONE;
	header += strlen(unit);
	if (*header == '-') {
		header++;
		if (!number_read(&header, &last) || *header)
			return RANGE_NONE;
		first = last < download->size ? download->size - last : 0;
		if (!last || !download->size)
			return RANGE_BEYOND;
		last = download->size - 1;
	} else {
		if (!number_read(&header, &first) || *header++ != '-' || (*header && (!number_read(&header, &last) || *header)) ||
		    (last < first && first < download->size))
			return RANGE_NONE;
		if (first >= download->size)
			return RANGE_BEYOND;
		if (last >= download->size)
			last = download->size - 1;
	}
	download->at = first;
	download->end = last + 1;
	return RANGE_SOME;
}

/* --- sending --- */

static void on_left(struct call *call)
{
	download_free(call->ctx);
}

static void piece_send(struct call *call);

static void on_sent(struct evhttp_connection *evcon, void *ctx)
{
	(void)evcon;
	piece_send(ctx);
}

/* The next piece; at the end, and when the file fails, the call is gone. */
static void piece_send(struct call *call)
{
	struct download *download = call->ctx;
	size_t wanted = download->end - download->at < PIECE ? (size_t)(download->end - download->at) : PIECE;
	char piece[PIECE];
	struct evbuffer *out;
	ssize_t got = (ssize_t)wanted;

	if (!wanted) {
		call->left = NULL;
		download_free(download);
		call_stream_end(call);
		return;
	}
	if (download->fd >= 0)
		got = pread(download->fd, piece, wanted, (off_t)download->at);
	if (got <= 0) {
		/* it became shorter: the client sees that bytes are missing */
		evhttp_connection_free(evhttp_request_get_connection(call->request));   /* calls on_left */
		return;
	}
	out = evbuffer_new();
	if (!out)
		abort();
	evbuffer_add(out, download->fd >= 0 ? piece : download->content + download->at, (size_t)got);
	download->at += got;
	/* who takes longer for a piece than for a whole request is not waited for */
	connection_deadline(call->connection);
	evhttp_send_reply_chunk_with_cb(call->request, out, on_sent, call);
	evbuffer_free(out);
}

static void header_range(struct call *call, const struct download *download, enum range range)
{
	char value[96];

	if (range == RANGE_BEYOND)
		snprintf(value, sizeof(value), "bytes */%" PRId64, download->size);
	else
		snprintf(value, sizeof(value), "bytes %" PRId64 "-%" PRId64 "/%" PRId64, download->at, download->end - 1,
		         download->size);
	evhttp_add_header(evhttp_request_get_output_headers(call->request), "Content-Range", value);
}

/* Takes over the download. */
static void download_send(struct call *call, struct download *download)
{
	struct evkeyvalq *headers = evhttp_request_get_input_headers(call->request);
	enum range range = RANGE_NONE;

	download->end = download->size;
	/* there is no validator that an If-Range could name */
	if (!evhttp_find_header(headers, "If-Range"))
		range = range_read(evhttp_find_header(headers, "Range"), download);
	if (range != RANGE_NONE)
		header_range(call, download, range);
	if (range == RANGE_BEYOND) {
		call_refuse(call, 416, "RangeNotSatisfiable", "the file has %" PRId64 " bytes", download->size);
		download_free(download);
		return;
	}
	evhttp_add_header(evhttp_request_get_output_headers(call->request), "Accept-Ranges", "bytes");
	call->ctx = download;
	call->left = on_left;
	call_body_start(call, range == RANGE_SOME ? 206 : 200, download->type, download->end - download->at);
	if (call->method == EVHTTP_REQ_HEAD)
		download->at = download->end;
	piece_send(call);
}

/* --- what the cloud says --- */

/* The file that the answer names, NULL after refusing. */
static struct download *download_open(struct call *call, struct json answer)
{
	struct download *download = calloc(1, sizeof(*download));
	char *path = json_strdup(json_get(answer, "path"));
	struct stat info;

	if (!download)
		abort();
	download->fd = -1;
	download->type = json_strdup(json_get(answer, "contentType"));
	download->content = json_strdup(json_get(answer, "content"));
	json_int64(json_get(answer, "size"), &download->size);
	if (path)
		download->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (!download->type || !path == !download->content) {
		call_refuse(call, 502, "Internal", "the cloud's answer names no file");
	} else if (path && (download->fd < 0 || fstat(download->fd, &info))) {
		call_refuse(call, 500, "Internal", "%s: %s", path, strerror(errno));
	} else if (path ? !S_ISREG(info.st_mode) || info.st_size != download->size
	                : (int64_t)strlen(download->content) != download->size) {
		call_refuse(call, 500, "Internal", "%s has not the size that the device was told", path ? path : "the text");
	} else {
		free(path);
		return download;
	}
	free(path);
	download_free(download);
	return NULL;
}

static void on_answer(void *ctx, int status, const char *body, size_t len)
{
	struct call *call = ctx;
	struct json_doc doc = { 0 };
	struct download *download = NULL;

	if (status != 200) {
		call_reply(call, status, "application/json", body, len);
		return;
	}
	call->left = NULL;
	json_parse(&doc, body, len, JSON_STRICT, NULL);
	download = download_open(call, json_root(&doc));
	json_doc_free(&doc);
	if (download)
		download_send(call, download);
}

void http_files(struct call *call)
{
	http_ask(call, call->path, on_answer);
}

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
#include <event2/event.h>

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
	/* What a scenario wants instead; see plugin/cloud/scenario.h. */
	char   *fault;         /* JSON; NULL: nothing */
	int64_t cut_at;        /* the connection ends before this byte of the file; -1: it does not */
	int64_t corrupt_at;    /* this byte is sent wrong; -1: none is */
	struct event *delay;
};

static void download_free(struct download *download)
{
	if (download->fd >= 0)
		close(download->fd);
	if (download->delay)
		event_free(download->delay);
	free(download->content);
	free(download->type);
	free(download->fault);
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
	bool cut = download->cut_at >= 0 && download->cut_at <= download->at;
	size_t wanted = download->end - download->at < PIECE ? (size_t)(download->end - download->at) : PIECE;
	char piece[PIECE];
	struct evbuffer *out;
	ssize_t got;

	if (cut) {
		evhttp_connection_free(evhttp_request_get_connection(call->request));   /* calls on_left */
		return;
	}
	if (!wanted) {
		call->left = NULL;
		download_free(download);
		call_stream_end(call);
		return;
	}
	if (download->cut_at >= 0 && (int64_t)wanted > download->cut_at - download->at)
		wanted = (size_t)(download->cut_at - download->at);
	got = (ssize_t)wanted;
	if (download->fd >= 0)
		got = pread(download->fd, piece, wanted, (off_t)download->at);
	else
		memcpy(piece, download->content + download->at, wanted);
	if (got <= 0) {
		/* it became shorter: the client sees that bytes are missing */
		evhttp_connection_free(evhttp_request_get_connection(call->request));   /* calls on_left */
		return;
	}
	out = evbuffer_new();
	if (!out)
		abort();
	if (got > 0 && download->corrupt_at >= download->at && download->corrupt_at < download->at + got)
		piece[download->corrupt_at - download->at] ^= 1;
	evbuffer_add(out, piece, (size_t)got);
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

/* The part of a fault that is about the answer's head: headers, and the length it announces (-1: the right one). */
static int64_t fault_head(struct call *call, const struct download *download, struct json fault)
{
	int64_t length = -1;

	json_each(header, json_get(fault, "headers")) {
		char name[128], value[1024];

		if (json_string(json_key(header), name, sizeof(name)) > 0 && json_string(header, value, sizeof(value)) >= 0)
			evhttp_add_header(evhttp_request_get_output_headers(call->request), name, value);
	}
	if (json_is(json_get(fault, "wrongLength"), JSON_TRUE))
		length = download->size + 1;
	json_int64(json_get(fault, "wrongLength"), &length);
	return length;
}

/* An answer that has nothing to do with the file. False when the fault wants none. */
static bool fault_answer(struct call *call, struct json fault)
{
	struct json body = json_get(fault, "body");
	char *text = json_strdup(body);
	int64_t status = 200;

	if (!json_present(body) && !json_int64(json_get(fault, "status"), &status)) {
		free(text);
		return false;
	}
	json_int64(json_get(fault, "status"), &status);
	call_reply(call, (int)status, "text/plain", text ? text : "", text ? strlen(text) : 0);
	free(text);
	return true;
}

/* Takes over the download. */
static void download_send(struct call *call, struct download *download)
{
	struct evkeyvalq *headers = evhttp_request_get_input_headers(call->request);
	enum range range = RANGE_NONE;
	struct json_doc doc = { 0 };
	struct json fault;
	int64_t length;

	if (download->fault)
		json_parse(&doc, download->fault, strlen(download->fault), JSON_STRICT, NULL);
	fault = json_root(&doc);
	length = fault_head(call, download, fault);
	if (fault_answer(call, fault)) {
		json_doc_free(&doc);
		download_free(download);
		return;
	}
	json_int64(json_get(fault, "cutAfter"), &download->cut_at);
	json_int64(json_get(fault, "corruptAt"), &download->corrupt_at);
	download->end = download->size;
	/* there is no validator that an If-Range could name */
	if (!evhttp_find_header(headers, "If-Range") && !json_is(json_get(fault, "ignoreRange"), JSON_TRUE))
		range = range_read(evhttp_find_header(headers, "Range"), download);
	if (range != RANGE_NONE)
		header_range(call, download, range);
	if (range == RANGE_BEYOND) {
		call_refuse(call, 416, "RangeNotSatisfiable", "the file has %" PRId64 " bytes", download->size);
		json_doc_free(&doc);
		download_free(download);
		return;
	}
	evhttp_add_header(evhttp_request_get_output_headers(call->request), "Accept-Ranges", "bytes");
	call->ctx = download;
	call->left = on_left;
	/* counted from where the answer begins */
	if (download->cut_at >= 0)
		download->cut_at += download->at;
	json_doc_free(&doc);
	call_body_start(call, range == RANGE_SOME ? 206 : 200, download->type, length >= 0 ? length : download->end - download->at);
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
	download->cut_at = download->corrupt_at = -1;
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

static void on_delay(evutil_socket_t unused, short what, void *ctx)
{
	struct call *call = ctx;

	(void)unused;
	(void)what;
	call->left = NULL;
	download_send(call, call->ctx);
}

/* A scenario's fault: it may begin with waiting. */
static void download_spoil(struct call *call, struct download *download, struct json fault)
{
	struct event_base *base = evhttp_connection_get_base(evhttp_request_get_connection(call->request));
	int64_t delay_ms = 0;
	size_t len;
	const char *http = json_span(json_get(fault, "http"), &len);
	struct timeval delay;

	if (len)
		download->fault = strndup(http, len);
	json_int64(json_get(fault, "delayMs"), &delay_ms);
	if (delay_ms <= 0) {
		download_send(call, download);
		return;
	}
	delay = (struct timeval){ .tv_sec = (time_t)(delay_ms / 1000), .tv_usec = (suseconds_t)(delay_ms % 1000 * 1000) };
	download->delay = evtimer_new(base, on_delay, call);
	if (!download->delay || evtimer_add(download->delay, &delay))
		abort();
	call->ctx = download;
	call->left = on_left;
	connection_patience(call->connection);
}

void http_files_send(struct call *call, const char *body, size_t len)
{
	struct json_doc doc = { 0 };
	struct download *download = NULL;

	call->left = NULL;
	json_parse(&doc, body, len, JSON_STRICT, NULL);
	download = download_open(call, json_root(&doc));
	if (download)
		download_spoil(call, download, json_get(json_root(&doc), "fault"));
	json_doc_free(&doc);
}

static void on_answer(void *ctx, int status, const char *body, size_t len)
{
	if (status == 200)
		http_files_send(ctx, body, len);
	else
		call_reply(ctx, status, "application/json", body, len);
}

void http_files(struct call *call)
{
	http_ask(call, call->path, evhttp_find_header(evhttp_request_get_input_headers(call->request), "Range"), on_answer);
}

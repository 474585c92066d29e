/*
 * One HTTP request in hand: what a route gets, and the ways to answer it. Each call ends in exactly one
 * call_reply, call_refuse or call_stream_end, or with its client leaving, and is gone afterwards.
 */
#ifndef ALINK_HTTP_CALL_H
#define ALINK_HTTP_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/http.h>

#include "control.h"
#include "http.h"

struct connection;

struct call {
	const struct http_config *config;
	struct evhttp_request    *request;
	struct connection        *connection;
	const bool               *ready;     /* what /readyz says */
	enum evhttp_cmd_type      method;
	const char               *path;      /* as sent, percent-encoded, without the query */
	const char               *query;     /* as sent; NULL: none */
	/* The route's own: */
	uint64_t asked;                      /* number of a control request */
	void    *ctx;
	void   (*left)(struct call *call);   /* the client went away before its answer; NULL: nothing to undo */
};

#define METHODS_READ   (EVHTTP_REQ_GET | EVHTTP_REQ_HEAD)
#define METHODS_CHANGE (EVHTTP_REQ_POST | EVHTTP_REQ_PUT | EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE)

const char *method_name(enum evhttp_cmd_type method);   /* "GET"; NULL for one that we do not take */

void call_reply(struct call *call, int status, const char *type, const char *body, size_t len);
/* {"code":…,"message":…} */
void call_refuse(struct call *call, int status, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* An answer that comes piece by piece. -1: the client does not read, and the call is gone. */
void call_stream_start(struct call *call, const char *type);
int  call_stream_send(struct call *call, const struct text *piece);
void call_stream_end(struct call *call);

/* Where whoever asks finds that port: at its address, or if it listens everywhere, under the name that we were reached by. */
const char *call_host(const struct call *call, const struct port *port);

/* The same for an answer of that many bytes, which evhttp_send_reply_chunk_with_cb sends as they are. */
void call_body_start(struct call *call, int status, const char *type, int64_t len);

/* Whether a browser sends it for a page that is not ours, as far as that can be told; http_origin.c. */
bool call_from_elsewhere(const struct call *call, struct text *why);

/* Routes with files of their own. */
void http_api(struct call *call);               /* http_api.c: /emulator/v1/… */
/*
 * GET of what stands at `path`, as sent, with the call's query, and with `range` (NULL: none) as one more member of
 * it; who leaves before the answer is forgotten.
 */
void http_ask(struct call *call, const char *path, const char *range, control_answer *answer);
void http_files(struct call *call);             /* http_files.c: /files/… */
/* An answer of the cloud that describes a download: {"size","contentType","path" or "content","fault"}. */
void http_files_send(struct call *call, const char *answer, size_t len);
void http_auth(struct call *call);              /* http_auth.c: /auth/…, what devices call */
void http_metrics(struct call *call);           /* http_metrics.c: /metrics */
void http_log_follow(struct call *call, const char *query);   /* http_log.c: `query` as JSON, without `follow` */

#endif

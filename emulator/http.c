#include "http.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "control.h"
#include "http_call.h"

#define CONNECTIONS_MAX 256            /* more wait in the listeners' backlog */
#define HEADERS_MAX     16384          /* bytes of request line and headers */
#define BODY_MAX        (1024 * 1024)
#define BODY_READ_MAX   (4 * BODY_MAX) /* beyond it evhttp itself ends the request, with its own page */
#define UNREAD_MAX      (4 * 1024 * 1024)   /* of a stream that its client does not read */
#define DEADLINE_S      30             /* for a client to send a whole request, and to take a whole answer */

/*
 * A client's connection. evhttp tells nobody when it gives one up, so each bufferevent is held by a
 * reference of our own: evhttp's bufferevent_free then only takes its callbacks off, and that is seen.
 */
struct connection {
	struct http        *http;
	struct bufferevent *bev;
	time_t deadline;               /* monotonic seconds; 0: none, an answer is in the making */
	LIST_ENTRY(connection) link;
};

struct server {                        /* HTTP or HTTPS */
	struct http   *http;
	struct evhttp *evhttp;
	SSL_CTX       *tls;            /* NULL: plain */
	struct evconnlistener *listeners[PORTS_MAX];
	size_t         count;
};

struct http {
	struct http_config config;
	struct event_base *base;
	struct server      plain, secure;
	struct event      *sweep;          /* each second */
	struct event      *sweep_soon;
	LIST_HEAD(, connection) connections;
	size_t             count;
	bool               ready;
};

/* --- routes --- */

static void healthz(struct call *call);
static void readyz(struct call *call);
static void ca_pem(struct call *call);
static void ca_header(struct call *call);

static const struct route {
	const char *path;              /* all below it, if it ends in a slash */
	int         methods;
	void      (*run)(struct call *call);
} routes[] = {
	{ "/healthz",      METHODS_READ,                  healthz },
	{ "/readyz",       METHODS_READ,                  readyz },
	{ "/ca.pem",       METHODS_READ,                  ca_pem },
	{ "/ca.h",         METHODS_READ,                  ca_header },
	{ "/emulator/v1/", METHODS_READ | METHODS_CHANGE, http_api },
};

static const struct method {
	enum evhttp_cmd_type type;
	const char          *name;
} methods[] = {
	{ EVHTTP_REQ_GET, "GET" }, { EVHTTP_REQ_HEAD, "HEAD" }, { EVHTTP_REQ_POST, "POST" },
	{ EVHTTP_REQ_PUT, "PUT" }, { EVHTTP_REQ_PATCH, "PATCH" }, { EVHTTP_REQ_DELETE, "DELETE" },
	{ EVHTTP_REQ_OPTIONS, "OPTIONS" },
};

const char *method_name(enum evhttp_cmd_type type)
{
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (methods[i].type == type)
			return methods[i].name;
	return NULL;
}

/* --- connections --- */

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void listeners_switch(struct server *server, bool on)
{
	size_t i;

	for (i = 0; i < server->count; i++)
		if (on)
			evconnlistener_enable(server->listeners[i]);
		else
			evconnlistener_disable(server->listeners[i]);
}

static void on_sweep(evutil_socket_t fd, short what, void *ctx)
{
	struct http *http = ctx;
	struct connection *connection = LIST_FIRST(&http->connections), *next;
	bool full = http->count >= CONNECTIONS_MAX;
	time_t now = now_s();

	(void)fd;
	(void)what;
	for (; connection; connection = next) {
		bufferevent_event_cb wanted;

		next = LIST_NEXT(connection, link);
		bufferevent_getcb(connection->bev, NULL, NULL, &wanted, NULL);
		if (!wanted) {
			LIST_REMOVE(connection, link);
			http->count--;
			bufferevent_decref(connection->bev);
			free(connection);
		} else if (connection->deadline && now >= connection->deadline) {
			/* evhttp reads the end and lets go */
			shutdown(bufferevent_getfd(connection->bev), SHUT_RDWR);
		}
	}
	if (full && http->count < CONNECTIONS_MAX) {
		listeners_switch(&http->plain, true);
		listeners_switch(&http->secure, true);
	}
}

/* A connection was accepted: evhttp asks for what is to carry it. */
static struct bufferevent *on_accept(struct event_base *base, void *ctx)
{
	struct server *server = ctx;
	struct http *http = server->http;
	struct connection *connection = calloc(1, sizeof(*connection));
	SSL *ssl = server->tls ? SSL_new(server->tls) : NULL;

	/* out of memory ends the tool: without a bufferevent of ours evhttp would go on in plain text */
	if (!connection || (server->tls && !ssl))
		abort();
	if (ssl)
		connection->bev = bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING,
		                                                 BEV_OPT_CLOSE_ON_FREE);
	else
		connection->bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!connection->bev)
		abort();
	if (ssl)
		bufferevent_openssl_set_allow_dirty_shutdown(connection->bev, 1);
	/* what a client sends while its answer streams is not read by evhttp, only gathered */
	bufferevent_setwatermark(connection->bev, EV_READ, 0, BODY_READ_MAX + HEADERS_MAX);
	bufferevent_incref(connection->bev);
	connection->http = http;
	connection->deadline = now_s() + DEADLINE_S;
	LIST_INSERT_HEAD(&http->connections, connection, link);
	if (++http->count >= CONNECTIONS_MAX) {
		listeners_switch(&http->plain, false);
		listeners_switch(&http->secure, false);
	}
	return connection->bev;
}

static struct connection *connection_find(struct http *http, struct evhttp_request *request)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(evhttp_request_get_connection(request));
	struct connection *connection;

	LIST_FOREACH(connection, &http->connections, link)
		if (connection->bev == bev)
			return connection;
	abort();   /* every bufferevent comes from on_accept */
}

/* --- calls --- */

/* The client left while its request was in hand. */
static void on_close(struct evhttp_connection *evcon, void *ctx)
{
	struct call *call = ctx;

	(void)evcon;
	if (call->left)
		call->left(call);
	/* a request that lost its connection is ours to release, else evhttp does it */
	if (!evhttp_request_get_connection(call->request))
		evhttp_request_free(call->request);
	free(call);
}

static void on_answered(struct evhttp_request *request, void *ctx)
{
	static const struct timeval soon = { 0, 0 };
	struct connection *connection = ctx;

	(void)request;
	connection->deadline = now_s() + DEADLINE_S;
	/* evhttp closes right after this if the client asked for it */
	evtimer_add(connection->http->sweep_soon, &soon);
}

/* From here on the request is evhttp's. */
static struct evhttp_request *call_end(struct call *call)
{
	struct evhttp_request *request = call->request;

	evhttp_connection_set_closecb(evhttp_request_get_connection(request), NULL, NULL);
	evhttp_request_set_on_complete_cb(request, on_answered, call->connection);
	call->connection->deadline = now_s() + DEADLINE_S;
	free(call);
	return request;
}

static void headers_add(struct evhttp_request *request, const char *type)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

	evhttp_add_header(headers, "Content-Type", type);
	evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
	evhttp_add_header(headers, "Cache-Control", "no-store");
}

void call_reply(struct call *call, int status, const char *type, const char *body, size_t len)
{
	struct evbuffer *out = evbuffer_new();
	enum evhttp_cmd_type method = call->method;
	struct evhttp_request *request = call_end(call);
	char digits[24];

	if (!out)
		abort();
	headers_add(request, type);
	if (method == EVHTTP_REQ_HEAD) {
		/* evhttp would send the body with its answer to a HEAD */
		snprintf(digits, sizeof(digits), "%zu", len);
		evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Length", digits);
	} else {
		evbuffer_add(out, body, len);
	}
	evhttp_send_reply(request, status, NULL, out);
	evbuffer_free(out);
}

void call_refuse(struct call *call, int status, const char *code, const char *format, ...)
{
	struct text body = { 0 };
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	text_add(&body, "{\"code\":");
	text_add_json(&body, code);
	text_add_key(&body, "message");
	text_add_json(&body, message);
	text_add_char(&body, '}');
	call_reply(call, status, "application/json", text_string(&body), body.len);
	text_free(&body);
}

void call_stream_start(struct call *call, const char *type)
{
	headers_add(call->request, type);
	evhttp_send_reply_start(call->request, 200, NULL);
}

int call_stream_send(struct call *call, const struct text *piece)
{
	struct bufferevent *bev = call->connection->bev;
	struct evbuffer *out;

	if (evbuffer_get_length(bufferevent_get_output(bev)) > UNREAD_MAX) {
		evhttp_connection_free(evhttp_request_get_connection(call->request));   /* calls on_close */
		return -1;
	}
	out = evbuffer_new();
	if (!out)
		abort();
	evbuffer_add(out, text_string(piece), piece->len);
	evhttp_send_reply_chunk(call->request, out);
	evbuffer_free(out);
	return 0;
}

void call_stream_end(struct call *call)
{
	evhttp_send_reply_end(call_end(call));
}

/* --- what is asked --- */

static void healthz(struct call *call)
{
	static const char alive[] = "{\"status\":\"alive\"}";

	call_reply(call, 200, "application/json", alive, strlen(alive));
}

static void readyz(struct call *call)
{
	static const char ready[] = "{\"status\":\"ready\"}";

	if (!call->connection->http->ready || !control_is_up(call->config->control))
		call_refuse(call, 503, "NotReady", "the cloud has not started yet");
	else
		call_reply(call, 200, "application/json", ready, strlen(ready));
}

static void ca_pem(struct call *call)
{
	call_reply(call, 200, "application/x-pem-file", call->config->ca_pem, strlen(call->config->ca_pem));
}

static void ca_header(struct call *call)
{
	call_reply(call, 200, "text/plain", call->config->ca_header, strlen(call->config->ca_header));
}

static bool route_matches(const struct route *route, const char *path)
{
	size_t len = strlen(route->path);

	return route->path[len - 1] == '/' ? !strncmp(path, route->path, len) : !strcmp(path, route->path);
}

/* Says which methods a path takes. */
static void allow_add(struct call *call, int allowed)
{
	struct text list = { 0 };
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if ((int)methods[i].type & (allowed | EVHTTP_REQ_OPTIONS))
			text_addf(&list, "%s%s", list.len ? ", " : "", methods[i].name);
	evhttp_add_header(evhttp_request_get_output_headers(call->request), "Allow", text_string(&list));
	text_free(&list);
}

static void on_request(struct evhttp_request *request, void *ctx)
{
	struct server *server = ctx;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	struct call *call = calloc(1, sizeof(*call));
	size_t i;

	if (!call)
		abort();
	call->config = &server->http->config;
	call->request = request;
	call->connection = connection_find(server->http, request);
	call->connection->deadline = 0;
	call->method = evhttp_request_get_command(request);
	call->path = evhttp_uri_get_path(uri);
	call->query = evhttp_uri_get_query(uri);
	evhttp_connection_set_closecb(evhttp_request_get_connection(request), on_close, call);
	if (evbuffer_get_length(evhttp_request_get_input_buffer(request)) > BODY_MAX) {
		call_refuse(call, 413, "TooLarge", "the body is longer than %d bytes", BODY_MAX);
		return;
	}
	for (i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
		const struct route *route = &routes[i];

		if (!call->path || !route_matches(route, call->path))
			continue;
		if (call->method == EVHTTP_REQ_OPTIONS) {
			allow_add(call, route->methods);
			evhttp_send_reply(call_end(call), 204, NULL, NULL);
		} else if (!((int)call->method & route->methods)) {
			allow_add(call, route->methods);
			call_refuse(call, 405, "MethodNotAllowed", "%s does not take this method", route->path);
		} else {
			route->run(call);
		}
		return;
	}
	call_refuse(call, 404, "NotFound", "there is nothing at this path; the emulator API is below /emulator/v1/");
}

/* --- servers --- */

static SSL_CTX *tls_new(const struct http_config *config, struct text *error)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	char reason[160];

	if (tls && SSL_CTX_use_certificate_chain_file(tls, config->certificate) == 1 &&
	    SSL_CTX_use_PrivateKey_file(tls, config->key, SSL_FILETYPE_PEM) == 1)
		return tls;
	ERR_error_string_n(ERR_get_error(), reason, sizeof(reason));
	ERR_clear_error();
	text_addf(error, "https: %s", reason);
	SSL_CTX_free(tls);
	return NULL;
}

static int server_start(struct http *http, struct server *server, enum listener kind, struct text *error)
{
	struct ports *ports = &http->config.ports[kind];
	size_t i;

	server->http = http;
	if (!ports->count)
		return 0;
	if (listener_types[kind].tls) {
		server->tls = tls_new(&http->config, error);
		if (!server->tls)
			return -1;
	}
	server->evhttp = evhttp_new(http->base);
	if (!server->evhttp)
		abort();
	evhttp_set_bevcb(server->evhttp, on_accept, server);
	evhttp_set_gencb(server->evhttp, on_request, server);
	evhttp_set_allowed_methods(server->evhttp, (ev_uint16_t)~0);   /* so that the refusal is ours, and JSON */
	evhttp_set_max_headers_size(server->evhttp, HEADERS_MAX);
	evhttp_set_max_body_size(server->evhttp, BODY_READ_MAX);
	for (i = 0; i < ports->count; i++) {
		struct evconnlistener *listener = evconnlistener_new(http->base, NULL, NULL,
			LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 128, ports->at[i].fd);

		if (!listener) {
			text_addf(error, "%s cannot listen on port %u (%s)", listener_types[kind].name,
			          ports->at[i].number, listener_types[kind].option);
			return -1;
		}
		ports->at[i].fd = -1;   /* the listener's now */
		if (!evhttp_bind_listener(server->evhttp, listener))
			abort();
		server->listeners[server->count++] = listener;
	}
	return 0;
}

struct http *http_new(struct event_base *base, const struct http_config *config, struct text *error)
{
	static const struct timeval second = { 1, 0 };
	struct http *http = calloc(1, sizeof(*http));

	if (!http)
		abort();
	http->config = *config;
	http->base = base;
	LIST_INIT(&http->connections);
	http->sweep = event_new(base, -1, EV_PERSIST, on_sweep, http);
	http->sweep_soon = evtimer_new(base, on_sweep, http);
	if (!http->sweep_soon || !http->sweep || event_add(http->sweep, &second))
		abort();
	if (server_start(http, &http->plain, LISTENER_HTTP, error) ||
	    server_start(http, &http->secure, LISTENER_HTTPS, error)) {
		http_free(http);
		return NULL;
	}
	return http;
}

void http_ready(struct http *http, bool ready)
{
	http->ready = ready;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	/* evhttp_free ends every connection, which ends every call */
	if (http->plain.evhttp)
		evhttp_free(http->plain.evhttp);
	if (http->secure.evhttp)
		evhttp_free(http->secure.evhttp);
	http->plain.count = http->secure.count = 0;   /* and every listener */
	event_free(http->sweep);
	event_free(http->sweep_soon);
	on_sweep(-1, 0, http);   /* what evhttp let go of, which is all */
	SSL_CTX_free(http->secure.tls);
	free(http);
}

#include "http.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

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
#include "http_connection.h"

#define CONNECTIONS_MAX 256            /* more wait in the listeners' backlog */
#define HEADERS_MAX     16384          /* bytes of request line and headers */
#define BODY_MAX        (1024 * 1024)
#define BODY_READ_MAX   (4 * BODY_MAX) /* beyond it evhttp itself ends the request, with its own page */
#define UNREAD_MAX      (4 * 1024 * 1024)   /* of a stream that its client does not read */

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
	struct connections *connections;
	bool               ready;
	bool               refusing;   /* connections, for want of a descriptor: said already */
};

/* Who hears of a listener's errors is given evhttp, which does not know us. */
static struct http *serving;

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
	{ "/metrics",      METHODS_READ,                  http_metrics },
	{ "/ca.pem",       METHODS_READ,                  ca_pem },
	{ "/ca.h",         METHODS_READ,                  ca_header },
	{ "/files/",       METHODS_READ,                  http_files },
	{ "/auth/",        METHODS_READ | EVHTTP_REQ_POST, http_auth },
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

static void listeners_switch(struct server *server, bool on)
{
	size_t i;

	for (i = 0; i < server->count; i++)
		if (on)
			evconnlistener_enable(server->listeners[i]);
		else
			evconnlistener_disable(server->listeners[i]);
}

/* While there are as many as we take, the next ones wait in the backlog. */
static void on_full(void *ctx, bool is_full)
{
	struct http *http = ctx;

	listeners_switch(&http->plain, !is_full);
	listeners_switch(&http->secure, !is_full);
}

/* Left to itself libevent would try again at once, without end, and complain each time. */
static void on_accept_error(struct evconnlistener *listener, void *ctx)
{
	(void)listener;
	(void)ctx;
	if (!serving->refusing)
		fprintf(stderr, "alink-emulator: HTTP connections cannot be accepted: %s (ulimit -n)\n",
		        evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
	serving->refusing = true;
	connections_crowd(serving->connections);
}

/* A connection was accepted: evhttp asks for what is to carry it. */
static struct bufferevent *on_accept(struct event_base *base, void *ctx)
{
	struct server *server = ctx;
	struct bufferevent *bev;
	SSL *ssl = NULL;

	/* out of memory ends the tool: without a bufferevent of ours evhttp would go on in plain text */
	if (server->tls) {
		ssl = SSL_new(server->tls);
		if (!ssl)
			abort();
		bev = bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	} else {
		bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	}
	if (!bev)
		abort();
	if (ssl)
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	/* what a client sends while its answer streams is not read by evhttp, only gathered */
	bufferevent_setwatermark(bev, EV_READ, 0, BODY_READ_MAX + HEADERS_MAX);
	connection_watch(server->http->connections, bev);
	server->http->refusing = false;
	return bev;
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
	(void)request;
	connection_answered(ctx);
}

/* From here on the request is evhttp's. */
static struct evhttp_request *call_end(struct call *call)
{
	struct evhttp_request *request = call->request;

	evhttp_connection_set_closecb(evhttp_request_get_connection(request), NULL, NULL);
	evhttp_request_set_on_complete_cb(request, on_answered, call->connection);
	connection_deadline(call->connection);
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

void call_body_start(struct call *call, int status, const char *type, int64_t len)
{
	char digits[24];

	headers_add(call->request, type);
	/* with it evhttp makes no chunks */
	snprintf(digits, sizeof(digits), "%" PRId64, len);
	evhttp_add_header(evhttp_request_get_output_headers(call->request), "Content-Length", digits);
	evhttp_send_reply_start(call->request, status, NULL);
}

int call_stream_send(struct call *call, const struct text *piece)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(evhttp_request_get_connection(call->request));
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

const char *call_host(const struct call *call, const struct port *port)
{
	const char *host = evhttp_request_get_host(call->request);

	if (!address_any(port->address))
		return port->address;
	return host && *host ? host : "127.0.0.1";
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

	if (!*call->ready || !control_is_up(call->config->control))
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
	call->ready = &server->http->ready;
	call->request = request;
	call->connection = connection_of(server->http->connections,
	                                   evhttp_connection_get_bufferevent(evhttp_request_get_connection(request)));
	connection_patience(call->connection);
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

/* A client that is cut off says nothing, so TCP asks: after 30 s it counts as gone. Accepted sockets take after this one. */
static void keep_alive(int fd)
{
	static const struct { int level, name, value; } options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1 }, { IPPROTO_TCP, TCP_KEEPIDLE, 15 }, { IPPROTO_TCP, TCP_KEEPINTVL, 5 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 3 },
	};
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(options[i].value));
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
		keep_alive(ports->at[i].fd);
		ports->at[i].fd = -1;   /* the listener's now */
		if (!evhttp_bind_listener(server->evhttp, listener))
			abort();
		evconnlistener_set_error_cb(listener, on_accept_error);
		server->listeners[server->count++] = listener;
	}
	return 0;
}

struct http *http_new(struct event_base *base, const struct http_config *config, struct text *error)
{
	struct http *http = calloc(1, sizeof(*http));

	if (!http)
		abort();
	http->config = *config;
	http->base = base;
	serving = http;
	http->connections = connections_new(base, CONNECTIONS_MAX, on_full, http);
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
	connections_free(http->connections);
	SSL_CTX_free(http->secure.tls);
	free(http);
}

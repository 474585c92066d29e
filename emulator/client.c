#include "client.h"

#include "event_stream.h"
#include "options.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#define HEADERS_MAX (64 * 1024)

/* What became of a request. */
enum outcome {
	OUTCOME_LATE,            /* nothing, in time */
	OUTCOME_ANSWER,
	OUTCOME_NO_CONNECTION,
	OUTCOME_BROKEN,
	OUTCOME_TOO_LONG,
	OUTCOME_ENDED,           /* a stream, by the other side */
	OUTCOME_ENOUGH,          /* a stream, by its taker */
};

struct exchange {
	struct event_base *base;
	struct answer     *answer;
	char               type[64];   /* the answer's Content-Type, for messages */
	enum outcome       outcome;
	/* A stream's: */
	client_taker       *take;      /* NULL: an answer is wanted */
	void               *ctx;
	struct event       *deadline;
	struct event_stream stream;
	bool                streaming;
};

static const struct {
	const char          *name;
	enum evhttp_cmd_type type;
} methods[] = {
	{ "GET",    EVHTTP_REQ_GET    },
	{ "POST",   EVHTTP_REQ_POST   },
	{ "PUT",    EVHTTP_REQ_PUT    },
	{ "DELETE", EVHTTP_REQ_DELETE },
};

static enum evhttp_cmd_type method_type(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (!strcmp(methods[i].name, name))
			return methods[i].type;
	abort();   /* a row of the table of commands is wrong */
}

void text_add_uri(struct text *text, const char *part)
{
	char *encoded = evhttp_uriencode(part, -1, 0);

	if (!encoded) {
		text->failed = true;
		return;
	}
	text_add(text, encoded);
	free(encoded);
}

void client_free(struct client *client)
{
	free(client->url);
	free(client->host);
	free(client->prefix);
	*client = (struct client){ 0 };
}

void answer_free(struct answer *answer)
{
	json_doc_free(&answer->doc);
	free(answer->body);
	*answer = (struct answer){ 0 };
}

/* "[::1]" names the address ::1. */
static char *host_bare(const char *host)
{
	size_t len = strlen(host);

	return host[0] == '[' && len > 2 ? strndup(host + 1, len - 2) : strdup(host);
}

enum exit_code client_find(struct client *client, const char *url, struct text *problem)
{
	enum exit_code result = EXIT_USAGE;
	const char *scheme, *host, *path;
	struct evhttp_uri *uri = NULL;
	struct text usual = { 0 };
	int port;

	if (!url || !*url)
		url = getenv("ALINK_HTTP_URL");
	if (!url || !*url) {
		options_default_url(&usual);
		url = text_string(&usual);
	}

	uri = evhttp_uri_parse(url);
	scheme = uri ? evhttp_uri_get_scheme(uri) : NULL;
	host = uri ? evhttp_uri_get_host(uri) : NULL;
	port = uri ? evhttp_uri_get_port(uri) : 0;
	if (scheme && !strcasecmp(scheme, "https")) {
		text_addf(problem, "'%s': commands speak plain HTTP; name the emulator's http:// URL", url);
		goto done;
	}
	if (!scheme || strcasecmp(scheme, "http") || !host || !*host || port == 0 ||
	    evhttp_uri_get_userinfo(uri) || evhttp_uri_get_query(uri) || evhttp_uri_get_fragment(uri)) {
		text_addf(problem, "'%s' is no URL of an emulator; it should look like http://127.0.0.1:8080", url);
		goto done;
	}
	path = evhttp_uri_get_path(uri);
	client->url = strdup(url);
	client->host = host_bare(host);
	client->port = port < 0 ? 80 : (uint16_t)port;
	client->prefix = strdup(path ? path : "");
	if (!client->url || !client->host || !client->prefix) {
		text_add(problem, "out of memory");
		goto done;
	}
	while (*client->prefix && client->prefix[strlen(client->prefix) - 1] == '/')
		client->prefix[strlen(client->prefix) - 1] = '\0';
	result = EXIT_FINE;
done:
	if (uri)
		evhttp_uri_free(uri);
	text_free(&usual);
	return result;
}

static void finish(struct exchange *exchange, enum outcome outcome)
{
	exchange->outcome = outcome;
	event_base_loopbreak(exchange->base);
}

static void late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, OUTCOME_LATE);
}

static void wait_for(struct exchange *exchange, int64_t ms)
{
	struct timeval patience = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	event_add(exchange->deadline, &patience);
}

/* libevent calls this before `answered` when the connection broke after it stood. */
static void broken(enum evhttp_request_error error, void *arg)
{
	finish(arg, error == EVREQ_HTTP_DATA_TOO_LONG ? OUTCOME_TOO_LONG : OUTCOME_BROKEN);
}

static bool answer_keep(struct answer *answer, int status, const char *body, size_t len)
{
	answer->status = status;
	answer->body = malloc(len + 1);
	if (!answer->body)
		return false;
	if (len)
		memcpy(answer->body, body, len);
	answer->body[len] = '\0';
	answer->len = len;
	return true;
}

static bool take_event(void *ctx, const char *name, const char *data, size_t len)
{
	struct exchange *exchange = ctx;

	if (strcmp(name, "error"))
		return exchange->take(exchange->ctx, data, len);
	/* A refusal that came too late for its status */
	finish(exchange, answer_keep(exchange->answer, 500, data, len) ? OUTCOME_ANSWER : OUTCOME_TOO_LONG);
	return false;
}

/* Another piece of the stream. */
static void arrived(struct evhttp_request *request, void *arg)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(request);
	struct exchange *exchange = arg;
	size_t len = evbuffer_get_length(in);
	const char *bytes = (const char *)evbuffer_pullup(in, -1);
	bool more;

	if (exchange->outcome != OUTCOME_LATE || !bytes)
		return;   /* libevent had read on before it heard */
	more = event_stream_feed(&exchange->stream, bytes, len, take_event, exchange);
	evbuffer_drain(in, len);
	if (exchange->stream.overflow)
		finish(exchange, OUTCOME_TOO_LONG);
	else if (exchange->take(exchange->ctx, NULL, 0) && more)
		wait_for(exchange, CLIENT_SILENCE_MS);
	else if (exchange->outcome == OUTCOME_LATE)
		finish(exchange, OUTCOME_ENOUGH);
}

/* libevent gathers a whole chunk of a stream before it tells, and knows no bound for it. */
static void gathered(struct evbuffer *in, const struct evbuffer_cb_info *info, void *arg)
{
	struct exchange *exchange = arg;

	(void)info;
	if (exchange->outcome == OUTCOME_LATE && evbuffer_get_length(in) > CLIENT_ANSWER_MAX)
		finish(exchange, OUTCOME_TOO_LONG);
}

/* The headers are here: is it the stream that was asked for, or a refusal? */
static int headed(struct evhttp_request *request, void *arg)
{
	static const char wanted[] = "text/event-stream";
	const char *type = evhttp_find_header(evhttp_request_get_input_headers(request), "Content-Type");
	struct exchange *exchange = arg;

	snprintf(exchange->type, sizeof(exchange->type), "%s", type ? type : "no Content-Type");
	if (exchange->take && evhttp_request_get_response_code(request) == 200 &&
	    !strncasecmp(exchange->type, wanted, strlen(wanted))) {
		exchange->streaming = true;
		evhttp_request_set_chunked_cb(request, arrived);
		wait_for(exchange, CLIENT_SILENCE_MS);
	}
	return 0;
}

static void answered(struct evhttp_request *request, void *arg)
{
	struct exchange *exchange = arg;
	struct evbuffer *in;
	int status;
	bool kept;

	if (!request || exchange->outcome != OUTCOME_LATE)
		return;   /* `broken` told */
	status = evhttp_request_get_response_code(request);
	if (!status) {
		finish(exchange, OUTCOME_NO_CONNECTION);
	} else if (exchange->streaming) {
		finish(exchange, OUTCOME_ENDED);
	} else {
		in = evhttp_request_get_input_buffer(request);
		kept = answer_keep(exchange->answer, status, (const char *)evbuffer_pullup(in, -1), evbuffer_get_length(in));
		finish(exchange, kept ? OUTCOME_ANSWER : OUTCOME_TOO_LONG);
	}
}

/* Sends and waits. The request and its connection are gone afterwards. */
static void exchange_run(struct exchange *exchange, const struct client *client, const char *method,
                         const char *target, const char *body, int64_t timeout_ms)
{
	struct evhttp_connection *connection = NULL;
	struct evhttp_request *request = NULL;
	struct evkeyvalq *headers;
	char host[300];

	connection = evhttp_connection_base_new(exchange->base, NULL, client->host, client->port);
	request = connection ? evhttp_request_new(answered, exchange) : NULL;
	if (!request)
		goto done;
	evhttp_request_set_error_cb(request, broken);
	evhttp_request_set_header_cb(request, headed);
	/* libevent's own time-outs are per idle read; ours is for the whole call */
	evhttp_connection_set_timeout(connection, INT_MAX);
	evhttp_connection_set_max_headers_size(connection, HEADERS_MAX);
	if (exchange->take)
		evbuffer_add_cb(bufferevent_get_input(evhttp_connection_get_bufferevent(connection)), gathered, exchange);
	else
		evhttp_connection_set_max_body_size(connection, CLIENT_ANSWER_MAX);

	headers = evhttp_request_get_output_headers(request);
	snprintf(host, sizeof(host), strchr(client->host, ':') ? "[%s]:%u" : "%s:%u", client->host, client->port);
	evhttp_add_header(headers, "Host", host);
	evhttp_add_header(headers, "Accept", exchange->take ? "text/event-stream, application/json" : "application/json");
	evhttp_add_header(headers, "Connection", "close");
	if (method_type(method) != EVHTTP_REQ_GET)
		evhttp_add_header(headers, "Content-Type", "application/json");
	if (body)
		evbuffer_add(evhttp_request_get_output_buffer(request), body, strlen(body));
	if (evhttp_make_request(connection, request, method_type(method), target))
		goto done;   /* takes the request even when it fails */
	wait_for(exchange, timeout_ms);
	event_base_dispatch(exchange->base);
done:
	if (connection)
		evhttp_connection_free(connection);   /* and a request still under way */
}

/* An answer arrived: is it an emulator's, and does it refuse? */
static enum exit_code answer_judge(const struct client *client, const struct exchange *exchange,
                                   struct text *problem)
{
	struct answer *answer = exchange->answer;
	struct json_error error = { 0 };
	char *code, *message;

	if (json_parse(&answer->doc, answer->body, answer->len, JSON_STRICT, &error)) {
		text_addf(problem, "what answers at %s is no emulator: HTTP %d, %s, not JSON (%s)",
		          client->url, answer->status, exchange->type, error.message);
		return EXIT_UNREACHABLE;
	}
	if (answer->status >= 200 && answer->status < 300)
		return EXIT_FINE;
	code = json_strdup(json_get(json_root(&answer->doc), "code"));
	message = json_strdup(json_get(json_root(&answer->doc), "message"));
	if (code && message)
		text_addf(problem, "%s: %s", code, message);
	else
		text_addf(problem, "what answers at %s is no emulator: HTTP %d without code and message",
		          client->url, answer->status);
	free(message);
	free(code);
	return code && message ? EXIT_FAILED : EXIT_UNREACHABLE;
}

/* What was not said by an answer. */
static enum exit_code outcome_judge(const struct client *client, const struct exchange *exchange,
                                    int64_t timeout_ms, struct text *problem)
{
	switch (exchange->outcome) {
	case OUTCOME_ANSWER:
		return answer_judge(client, exchange, problem);
	case OUTCOME_ENOUGH:
		return EXIT_FINE;
	case OUTCOME_ENDED:
		text_addf(problem, "%s ended the stream", client->url);
		break;
	case OUTCOME_NO_CONNECTION:
		text_addf(problem, "no emulator at %s: start one with `alink-emulator run`, or name one with --url",
		          client->url);
		break;
	case OUTCOME_BROKEN:
		text_addf(problem, "%s broke the connection%s", client->url,
		          exchange->streaming ? "" : " instead of answering");
		break;
	case OUTCOME_TOO_LONG:
		text_addf(problem, "%s answers more than there is room for", client->url);
		break;
	case OUTCOME_LATE:
		if (exchange->streaming)
			text_addf(problem, "%s fell silent", client->url);
		else
			text_addf(problem, "%s did not answer within %g s", client->url, (double)timeout_ms / 1000);
		break;
	}
	return EXIT_UNREACHABLE;
}

#define API "/emulator/v1"

static enum exit_code exchange_whole(struct exchange *exchange, const struct client *client, const char *method,
                                     const char *root, const char *path, const char *body, int64_t timeout_ms,
                                     struct text *problem)
{
	enum exit_code result = EXIT_UNREACHABLE;
	struct text target = { 0 };

	answer_free(exchange->answer);
	signal(SIGPIPE, SIG_IGN);   /* a server that hangs up is an error to report, not a death */
	text_addf(&target, "%s%s%s", client->prefix, root, path);
	exchange->base = event_base_new();
	exchange->deadline = exchange->base ? evtimer_new(exchange->base, late, exchange) : NULL;
	if (!exchange->deadline || target.failed) {
		text_add(problem, "out of memory");
		goto done;
	}
	exchange_run(exchange, client, method, target.at, body, timeout_ms);
	result = outcome_judge(client, exchange, timeout_ms, problem);
done:
	text_free(&target);
	event_stream_free(&exchange->stream);
	if (exchange->deadline)
		event_free(exchange->deadline);
	if (exchange->base)
		event_base_free(exchange->base);
	return result;
}

enum exit_code client_call(const struct client *client, const char *method, const char *path,
                           const char *body, int64_t timeout_ms, struct answer *answer, struct text *problem)
{
	struct exchange exchange = { .answer = answer };

	return exchange_whole(&exchange, client, method, API, path, body, timeout_ms, problem);
}

enum exit_code client_probe(const struct client *client, int64_t timeout_ms, struct text *problem)
{
	struct answer answer = { 0 };
	struct exchange exchange = { .answer = &answer };
	enum exit_code result = exchange_whole(&exchange, client, "GET", "", "/readyz", NULL, timeout_ms, problem);

	answer_free(&answer);
	return result;
}

enum exit_code client_follow(const struct client *client, const char *path, int64_t timeout_ms,
                             client_taker *take, void *ctx, struct answer *answer, struct text *problem)
{
	struct exchange exchange = { .answer = answer, .take = take, .ctx = ctx };
	enum exit_code result = exchange_whole(&exchange, client, "GET", API, path, NULL, timeout_ms, problem);

	if (result == EXIT_FINE && exchange.outcome == OUTCOME_ANSWER) {
		text_addf(problem, "%s answered instead of streaming", client->url);
		result = EXIT_UNREACHABLE;
	}
	return result;
}

/*
 * /emulator/v1/log?follow=true: the log as server-sent events, one record each, its id being the `seq`
 * to go on after. Made of ordinary requests that wait on the cloud's side for the next record.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "http_call.h"
#include "json.h"

#define WAIT_S     15      /* then a comment tells the client that we are alive, and finds out if it is */
#define TIMEOUT_MS 30000

static void log_ask(struct call *call, const char *after);

/* The query without `after` and `wait`, which each step sets: `"productKey":"a1","keyword":"x"`. */
static char *filters_of(const char *query)
{
	struct json_doc doc = { 0 };
	struct text out = { 0 };

	json_parse(&doc, query, strlen(query), JSON_STRICT, NULL);
	json_each(value, json_root(&doc)) {
		const char *span;
		size_t len;

		if (json_is_string(json_key(value), "after") || json_is_string(json_key(value), "wait"))
			continue;
		text_add_comma(&out);
		span = json_span(json_key(value), &len);
		text_add_bytes(&out, span, len);
		text_add_char(&out, ':');
		span = json_span(value, &len);
		text_add_bytes(&out, span, len);
	}
	json_doc_free(&doc);
	return text_take(&out);
}

static void on_left(struct call *call)
{
	control_forget(call->config->control, call->asked);
	free(call->ctx);
}

static void stream_over(struct call *call)
{
	free(call->ctx);
	call_stream_end(call);
}

static void event_add_record(struct text *out, struct json record)
{
	const char *span;
	int64_t seq;
	size_t len;

	if (json_int64(json_get(record, "seq"), &seq))
		text_addf(out, "id: %lld\n", (long long)seq);
	span = json_span(record, &len);
	text_add(out, "data: ");
	text_add_bytes(out, span, len);
	text_add(out, "\n\n");
}

/* The answer is compact JSON, so that a record has no line breaks. */
static void on_records(void *ctx, int status, const char *body, size_t len)
{
	struct call *call = ctx;
	struct json_doc doc = { 0 };
	struct text events = { 0 };
	char after[24];
	int64_t next;
	bool go_on;

	call->asked = 0;
	json_parse(&doc, body, len, JSON_STRICT, NULL);
	go_on = status == 200 && json_int64(json_get(json_root(&doc), "next"), &next);
	if (!go_on) {
		text_add(&events, "event: error\ndata: ");
		text_add_bytes(&events, body, len);
		text_add(&events, "\n\n");
	} else {
		json_each(record, json_get(json_root(&doc), "records"))
			event_add_record(&events, record);
		if (!events.len)
			text_add(&events, ":\n\n");
	}
	json_doc_free(&doc);
	if (!call_stream_send(call, &events)) {
		if (go_on) {
			snprintf(after, sizeof(after), "%lld", (long long)next);
			log_ask(call, after);
		} else {
			stream_over(call);
		}
	}
	text_free(&events);
}

/* `after` NULL: begin with the newest records. */
static void log_ask(struct call *call, const char *after)
{
	const char *filters = call->ctx;
	struct text query = { 0 };

	text_addf(&query, "{%s", filters);
	if (after)
		text_addf(&query, "%s\"after\":\"%s\",\"wait\":\"%d\"", *filters ? "," : "", after, WAIT_S);
	text_add_char(&query, '}');
	call->asked = control_request(call->config->control, "GET", "/log", text_string(&query), NULL, TIMEOUT_MS,
	                              on_records, call);
	text_free(&query);
}

void http_log_follow(struct call *call, const char *query)
{
	/* doc: WHATWG HTML, "Server-sent events": what a reader that lost its connection says */
	const char *last = evhttp_find_header(evhttp_request_get_input_headers(call->request), "Last-Event-ID");
	struct json_doc doc = { 0 };
	char *after;

	json_parse(&doc, query, strlen(query), JSON_STRICT, NULL);
	after = last ? strdup(last) : json_strdup(json_get(json_root(&doc), "after"));
	json_doc_free(&doc);
	call->ctx = filters_of(query);
	call->left = on_left;
	call_stream_start(call, "text/event-stream");
	log_ask(call, after && *after && strlen(after) < 20 && strspn(after, "0123456789") == strlen(after) ? after : NULL);
	free(after);
}

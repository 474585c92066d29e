/*
 * /auth/…: what devices call over HTTP(S): registration, legacy authentication, where to connect. They send a form
 * and get the cloud's own kind of answer; both only pass through.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "control.h"
#include "http_call.h"

#define TIMEOUT_MS 10000
#define FORM_MAX   8192        /* bytes; what devices send has some hundred */

/* The fields as a JSON object of strings; of a name given twice the first. False when it is no form. */
static bool form_decode(const char *form, struct text *out)
{
	struct evkeyvalq fields = { 0 };
	struct evkeyval *field, *other;

	if (*form && (strstr(form, "%00") || evhttp_parse_query_str(form, &fields)))
		return false;
	text_add_char(out, '{');
	for (field = fields.tqh_first; field; field = field->next.tqe_next) {
		for (other = fields.tqh_first; strcmp(other->key, field->key); other = other->next.tqe_next)
			;
		if (other != field)
			continue;
		text_add_key(out, field->key);
		text_add_json(out, field->value);
	}
	text_add_char(out, '}');
	if (*form)
		evhttp_clear_headers(&fields);
	return true;
}

/* Where devices find the MQTT listener, which the cloud behind the control channel cannot know. */
static void endpoint_add(const struct call *call, struct text *query)
{
	static const enum listener kinds[] = { LISTENER_MQTT, LISTENER_MQTTS };
	size_t i;

	text_add_char(query, '{');
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct ports *ports = &call->config->ports[kinds[i]];

		if (!ports->count)
			continue;
		text_add(query, "\"host\":");
		text_add_json(query, call_host(call, &ports->at[0]));
		text_addf(query, ",\"port\":\"%u\"", ports->at[0].number);
		break;
	}
	text_add_char(query, '}');
}

static void on_left(struct call *call)
{
	control_forget(call->config->control, call->asked);
}

/* The cloud's answers begin with their code; one that a scenario spoils is described like a download. */
static void on_answer(void *ctx, int status, const char *body, size_t len)
{
	static const char described[] = "{\"size\":";

	if (status == 200 && len > strlen(described) && !strncmp(body, described, strlen(described)))
		http_files_send(ctx, body, len);
	else
		call_reply(ctx, status, "application/json", body, len);
}

void http_auth(struct call *call)
{
	struct evbuffer *input = evhttp_request_get_input_buffer(call->request);
	size_t len = evbuffer_get_length(input);
	struct text body = { 0 }, query = { 0 };
	char form[FORM_MAX + 1];

	if (len > FORM_MAX) {
		call_refuse(call, 413, "TooLarge", "the form is longer than %d bytes", FORM_MAX);
		return;
	}
	evbuffer_remove(input, form, len);
	form[len] = '\0';
	if (strlen(form) != len || !form_decode(form, &body)) {
		text_free(&body);
		call_refuse(call, 400, "BadRequest", "the body is not NAME=VALUE&NAME=VALUE");
		return;
	}
	endpoint_add(call, &query);
	call->left = on_left;
	call->asked = control_request(call->config->control, call->method == EVHTTP_REQ_HEAD ? "GET" : method_name(call->method),
	                              call->path, text_string(&query), text_string(&body), TIMEOUT_MS, on_answer, call);
	text_free(&body);
	text_free(&query);
}

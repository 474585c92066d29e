/* /emulator/v1: a request becomes one on the control channel, and its answer the answer. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cjson/cJSON.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "control.h"
#include "http_call.h"
#include "json.h"
#include "reporter.h"

#define PREFIX     "/emulator/v1"
#define TIMEOUT_MS 30000       /* for a cloud that hangs, beside the time that the request itself allows */
#define ALLOWED_MS 600000      /* of the latter */

/* --- reading the request --- */

/*
 * The path below the prefix, decoded segment by segment. A segment may hold anything but a slash, which
 * could not be told from the ones between segments. NULL, or what is wrong.
 */
static const char *path_decode(const char *raw, struct text *out)
{
	while (*raw == '/') {
		size_t len = strcspn(++raw, "/"), decoded_len;
		char *encoded = strndup(raw, len);
		char *decoded = encoded ? evhttp_uridecode(encoded, 0, &decoded_len) : NULL;
		bool fine = decoded && strlen(decoded) == decoded_len && !strchr(decoded, '/');

		text_add_char(out, '/');
		if (fine)
			text_add(out, decoded);
		free(encoded);
		free(decoded);
		if (!fine)
			return "a name in the path holds a slash or a NUL byte";
		raw += len;
	}
	return NULL;
}

/* With `follow`, that name is not for the cloud: it becomes true there. NULL, or what is wrong. */
static const char *query_decode(const char *raw, bool *follow, struct text *out)
{
	struct evkeyvalq query = { 0 };
	struct evkeyval *pair, *other;
	const char *wrong = NULL;

	text_add_char(out, '{');
	if (!raw || !*raw)
		goto done;
	if (strstr(raw, "%00") || evhttp_parse_query_str(raw, &query)) {
		wrong = "the query is not NAME=VALUE&NAME=VALUE";
		goto done;
	}
	for (pair = query.tqh_first; pair; pair = pair->next.tqe_next) {
		for (other = query.tqh_first; other != pair; other = other->next.tqe_next)
			if (!strcmp(other->key, pair->key))
				wrong = "the query gives a name twice";
		if (wrong)
			break;
		if (follow && !strcmp(pair->key, "follow")) {
			*follow = !strcmp(pair->value, "true");
			continue;
		}
		text_add_key(out, pair->key);
		text_add_json(out, pair->value);
	}
	evhttp_clear_headers(&query);
done:
	text_add_char(out, '}');
	return wrong;
}

/*
 * What a web page of another origin can send without being asked is a POST of some other type, so that
 * is refused; for every other changing method its browser asks first, and is not answered.
 */
static bool type_is_json(struct evhttp_request *request)
{
	static const char json[] = "application/json";
	const char *type = evhttp_find_header(evhttp_request_get_input_headers(request), "Content-Type");

	if (!type || strncasecmp(type, json, strlen(json)))
		return false;
	type += strlen(json);
	type += strspn(type, " \t");
	return !*type || *type == ';';
}

/*
 * The body as NUL-terminated text; NULL and the call is answered when it is not JSON. Empty: "". How long
 * the cloud may wait for a device, as far as the body says it, goes to `allowed_ms`.
 */
static char *body_read(struct call *call, int64_t *allowed_ms)
{
	struct evbuffer *input = evhttp_request_get_input_buffer(call->request);
	size_t len = evbuffer_get_length(input);
	struct json_doc doc = { 0 };
	struct json_error wrong;
	unsigned line, column;
	char *body = malloc(len + 1);

	if (!body)
		abort();
	evbuffer_remove(input, body, len);
	body[len] = '\0';
	if ((call->method == EVHTTP_REQ_POST || len) && !type_is_json(call->request)) {
		free(body);
		call_refuse(call, 415, "UnsupportedMediaType", "a changing call needs Content-Type: application/json");
		return NULL;
	}
	if (len && json_parse(&doc, body, len, JSON_STRICT, &wrong)) {
		doc.text = body;
		doc.len = len;
		json_position(&doc, wrong.at, &line, &column);
		json_doc_free(&doc);
		free(body);
		call_refuse(call, 400, "BadRequest", "the body is not JSON: %s in line %u, column %u",
		            wrong.message, line, column);
		return NULL;
	}
	if (!json_int64(json_get(json_root(&doc), "timeoutMs"), allowed_ms) || *allowed_ms < 0 || *allowed_ms > ALLOWED_MS)
		*allowed_ms = 0;
	json_doc_free(&doc);
	return body;
}

/* --- answers --- */

static void on_left(struct call *call)
{
	control_forget(call->config->control, call->asked);
}

static void on_answer(void *ctx, int status, const char *body, size_t len)
{
	call_reply(ctx, status, "application/json", body, len);
}

/* A scenario's run has ended. */
static void on_scenario_ended(void *ctx, int status, const char *body, size_t len)
{
	struct call *call = ctx;

	if (status == 200 && call->config->reporter)
		reporter_take(call->config->reporter, body, len, call->method == EVHTTP_REQ_DELETE);
	on_answer(ctx, status, body, len);
}

/* DELETE of /scenarios/NAME, POST to /scenarios/NAME/stop or, for all of them, /scenarios/stop */
static bool ends_scenario(enum evhttp_cmd_type method, const char *path)
{
	static const char start[] = "/scenarios/", stop[] = "/stop";
	const char *last = strrchr(path, '/');

	if (strncmp(path, start, strlen(start)))
		return false;
	return method == EVHTTP_REQ_DELETE || (method == EVHTTP_REQ_POST && !strcmp(last, stop));
}

/* The one that they are for; what a gateway sends for a sub-device goes over any. */
static enum listener credentials_listener(const cJSON *credentials)
{
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(credentials, "listener"));
	int kind;

	for (kind = 0; name && kind < LISTENERS; kind++)
		if (!strcmp(listener_types[kind].name, name))
			return (enum listener)kind;
	return LISTENER_MQTT;
}

/*
 * The cloud knows a device's credentials; where to dial is known here: the first port of that listener.
 */
static void on_credentials(void *ctx, int status, const char *body, size_t len)
{
	struct call *call = ctx;
	cJSON *credentials = status == 200 ? cJSON_ParseWithLength(body, len) : NULL;
	enum listener kind = credentials_listener(credentials);
	const struct ports *ports = &call->config->ports[kind];
	char *text;

	if (status != 200) {
		on_answer(call, status, body, len);
		return;
	}
	if (!ports->count) {
		cJSON_Delete(credentials);
		call_refuse(call, 409, "Conflict", "the %s listener is off (%s)", listener_types[kind].name,
		            listener_types[kind].option);
		return;
	}
	cJSON_DeleteItemFromObjectCaseSensitive(credentials, "host");
	cJSON_DeleteItemFromObjectCaseSensitive(credentials, "port");
	cJSON_AddStringToObject(credentials, "host", call_host(call, &ports->at[0]));
	cJSON_AddNumberToObject(credentials, "port", ports->at[0].number);
	text = cJSON_PrintUnformatted(credentials);
	cJSON_Delete(credentials);
	if (text)
		on_answer(call, status, text, strlen(text));
	else
		call_refuse(call, 502, "Internal", "the cloud's credentials are not a JSON object");
	cJSON_free(text);
}

/* /devices/PK/DN/credentials */
static bool path_is_credentials(const char *path)
{
	static const char start[] = "/devices/", end[] = "/credentials";
	size_t len = strlen(path);

	return !strncmp(path, start, strlen(start)) && len > strlen(end) && !strcmp(path + len - strlen(end), end);
}

/* --- the routes --- */

void http_ask(struct call *call, const char *raw, const char *range, control_answer *answer)
{
	struct text path = { 0 }, query = { 0 };
	const char *wrong = path_decode(raw, &path);

	if (!wrong)
		wrong = query_decode(call->query, NULL, &query);
	if (wrong) {
		call_refuse(call, 400, "BadRequest", "%s", wrong);
	} else {
		if (range && query.len) {
			query.len--;      /* its closing brace */
			text_add_key(&query, "range");
			text_add_json(&query, range);
			text_add_char(&query, '}');
		}
		call->left = on_left;
		call->asked = control_request(call->config->control, "GET", text_string(&path), text_string(&query), NULL,
		                              TIMEOUT_MS, answer, call);
	}
	text_free(&path);
	text_free(&query);
}

void http_api(struct call *call)
{
	const char *method = call->method == EVHTTP_REQ_HEAD ? "GET" : method_name(call->method);
	bool changes = call->method & METHODS_CHANGE;
	control_answer *answer = on_answer;
	struct text path = { 0 }, query = { 0 }, why = { 0 };
	char *body = NULL;
	int64_t allowed_ms = 0;
	const char *wrong = path_decode(call->path + strlen(PREFIX), &path);
	bool is_log = !changes && !strcmp(text_string(&path), "/log"), follow = false;

	if (call_from_elsewhere(call, &why)) {
		call_refuse(call, 403, "Forbidden", "%s", text_string(&why));
		goto done;
	}
	if (!wrong)
		wrong = query_decode(call->query, is_log ? &follow : NULL, &query);
	if (wrong) {
		call_refuse(call, 400, "BadRequest", "%s", wrong);
		goto done;
	}
	if (follow && call->method == EVHTTP_REQ_GET) {
		http_log_follow(call, text_string(&query));
		goto done;
	}
	if (changes) {
		body = body_read(call, &allowed_ms);
		if (!body)
			goto done;
	}
	if (!changes && path_is_credentials(text_string(&path)))
		answer = on_credentials;
	if (ends_scenario(call->method, text_string(&path)))
		answer = on_scenario_ended;
	call->left = on_left;
	call->asked = control_request(call->config->control, method, text_string(&path), text_string(&query),
	                              body && *body ? body : NULL, TIMEOUT_MS + (int)allowed_ms, answer, call);
done:
	text_free(&path);
	text_free(&query);
	text_free(&why);
	free(body);
}

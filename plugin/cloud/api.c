/* Requests of people and programs: found in the route table, checked against their row, answered. */
#include "api.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_call.h"
#include "downlink.h"
#include "scenario.h"
#include "firmware.h"
#include "remote_config.h"

void api_answer_error(struct effects *out, uint64_t ticket, int status, const char *code, const char *message)
{
	struct text body = { 0 };

	text_add(&body, "{\"code\":");
	text_add_json(&body, code);
	text_add(&body, ",\"message\":");
	text_add_json(&body, message);
	text_add_char(&body, '}');
	effects_answer(out, ticket, status, text_string(&body), body.len);
	text_free(&body);
}

int api_refuse(struct api_call *call, int status, const char *code, const char *format, ...)
{
	char message[600];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	api_answer_error(call->out, call->ticket, status, code, message);
	return status;
}

void api_add_lines(struct text *out, const char *lines)
{
	text_add_char(out, '[');
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		text_add_comma(out);
		text_add_json_bytes(out, lines, len);
		lines += len + (lines[len] == '\n');
	}
	text_add_char(out, ']');
}

int api_refuse_lines(struct api_call *call, const char *code, const struct text *complaints)
{
	const char *lines = text_string(complaints);
	struct text body = { 0 };

	text_add(&body, "{\"code\":");
	text_add_json(&body, code);
	text_add(&body, ",\"message\":");
	text_add_json_bytes(&body, lines, strcspn(lines, "\n"));
	text_add(&body, ",\"complaints\":");
	api_add_lines(&body, lines);
	text_add_char(&body, '}');
	effects_answer(call->out, call->ticket, 400, text_string(&body), body.len);
	text_free(&body);
	return 400;
}

int api_refuse_code(struct api_call *call, enum code code, const char *why)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", code);
	return api_refuse(call, 409, name, "%s: %s", code_message(code), why);
}

struct device *api_device(struct api_call *call)
{
	struct device *device = device_find_key(call->cloud, call->segment[0], call->segment[1]);

	if (!device)
		api_refuse(call, 404, "NotFound", "there is no device %s/%s", call->segment[0], call->segment[1]);
	return device;
}

bool api_query(struct api_call *call, const char *name, char *buf, size_t size)
{
	return json_string(json_get(call->query, name), buf, size) > 0;
}

bool api_query_int(struct api_call *call, const char *name, int64_t min, int64_t max, int64_t otherwise, int64_t *out)
{
	char text[24], *end;

	*out = otherwise;
	if (!json_present(json_get(call->query, name)))
		return true;
	if (api_query(call, name, text, sizeof(text))) {
		*out = strtoll(text, &end, 10);
		if (!*end && *out >= min && *out <= max)
			return true;
	}
	api_refuse(call, 400, "BadRequest", "query `%s` must be a whole number from %lld to %lld", name, (long long)min,
	           (long long)max);
	return false;
}

struct json api_names(struct api_call *call, const char *name)
{
	struct json names = json_get(call->body, name);

	json_each(entry, names) {
		if (json_is(entry, JSON_STRING))
			continue;
		api_refuse(call, 400, "BadRequest", "`%s` holds something else than text", name);
		return (struct json){ 0 };
	}
	if (!json_count(names)) {
		api_refuse(call, 400, "BadRequest", "`%s` is empty", name);
		return (struct json){ 0 };
	}
	return names;
}

/* Whether `path` is the route's, with its {…} put into the call. */
static bool path_matches(struct api_call *call, const char *pattern, const char *path)
{
	int segment = 0;

	while (*pattern && *path) {
		size_t len = strcspn(path, "/");

		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		if (!len || len >= API_SEGMENT_MAX || segment == 4)
			return false;
		memcpy(call->segment[segment], path, len);
		call->segment[segment++][len] = '\0';
		path += len;
		pattern += strcspn(pattern, "}") + 1;
	}
	return !*pattern && !*path;
}

/* The member `name` in a row's list; its type in `type` ("string" by default). */
static bool list_find(const char *list, const char *name, char *type, size_t size)
{
	size_t name_len = strlen(name);

	while (*list) {
		size_t len = strcspn(list, " ");

		if (len >= name_len && !memcmp(list, name, name_len) && (len == name_len || list[name_len] == ':')) {
			if (len == name_len)
				snprintf(type, size, "string");
			else
				snprintf(type, size, "%.*s", (int)(len - name_len - 1), list + name_len + 1);
			return true;
		}
		list += len;
		list += strspn(list, " ");
	}
	return false;
}

static bool type_fits(struct json value, const char *type)
{
	static const struct { const char *name; enum json_type type; } types[] = {
		{ "string", JSON_STRING }, { "object", JSON_OBJECT }, { "array", JSON_ARRAY }, { "number", JSON_NUMBER },
	};
	int64_t number;
	size_t i;

	if (!strncmp(type, "any", 3))
		return true;
	if (!strncmp(type, "boolean", 7))
		return json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE);
	if (!strncmp(type, "integer", 7))
		return json_int64(value, &number);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strncmp(type, types[i].name, strlen(types[i].name)))
			return json_is(value, types[i].type);
	return false;
}

/* Every member known and of its type. False after refusing. */
static bool check_members(struct api_call *call, struct json object, const char *list, const char *where, bool typed)
{
	json_each(member, object) {
		char name[64], type[32];

		if (json_string(json_key(member), name, sizeof(name)) < 0 || !list_find(list, name, type, sizeof(type))) {
			size_t len;
			const char *key = json_span(json_key(member), &len);

			api_refuse(call, 400, "BadRequest", "unknown %s %.*s%s%s", where, (int)(len < 60 ? len : 60), key,
			           *list ? "; there are: " : "", list);
			return false;
		}
		if (typed && !type_fits(member, type)) {
			api_refuse(call, 400, "BadRequest", "`%s` must be of type %.*s", name, (int)strcspn(type, "!"), type);
			return false;
		}
	}
	return true;
}

static bool check_required(struct api_call *call, const char *list)
{
	while (*list) {
		size_t len = strcspn(list, " "), name_len = strcspn(list, ":");
		char name[64];

		if (len && list[len - 1] == '!') {
			snprintf(name, sizeof(name), "%.*s", (int)name_len, list);
			if (!json_present(json_get(call->body, name))) {
				api_refuse(call, 400, "BadRequest", "`%s` is missing", name);
				return false;
			}
		}
		list += len;
		list += strspn(list, " ");
	}
	return true;
}

static bool check_call(struct api_call *call, const struct api_route *route)
{
	if (!strcmp(route->query, API_DEVICE))
		return true;
	if (!check_members(call, call->query, route->query, "query", false))
		return false;
	if (json_present(call->body) && !json_is(call->body, JSON_OBJECT)) {
		api_refuse(call, 400, "BadRequest", "the body must be a JSON object");
		return false;
	}
	return check_members(call, call->body, route->body ? route->body : "", "member", true) &&
	       (!route->body || check_required(call, route->body));
}

/* What people and programs change is as much a part of the story as what devices say. */
static void log_call(struct api_call *call, const char *verb, const char *path, size_t effects_before, int status)
{
	struct cloud *cloud = call->cloud;
	struct text operation = { 0 };
	struct record record;
	size_t i;

	if (!strcmp(verb, "GET"))
		return;
	text_addf(&operation, "%s %s", verb, path);
	record = record_new(cloud, SERVICE_API, NULL, 0, text_string(&operation), CODE_SUCCESS);
	record.product_key = call->segment[0];
	record.device_name = call->segment[1];
	record.content = json_span(call->body, &record.content_len);
	for (i = effects_before; status >= 300 && i < call->out->count; i++) {
		const struct effect *effect = &call->out->at[i];
		struct json_doc doc = { 0 };
		char code[16], why[600];

		if (effect->kind != EFFECT_ANSWER || effect->ticket != call->ticket ||
		    json_parse(&doc, effect->payload, effect->payload_len, JSON_STRICT, NULL))
			continue;
		if (json_string(json_get(json_root(&doc), "code"), code, sizeof(code)) > 0)
			record.code = atoi(code);
		if (record.code <= 0)
			record.code = status;   /* a word, for what is no platform code */
		if (json_string(json_get(json_root(&doc), "message"), why, sizeof(why)) > 0)
			record.why = why;
		journal_add(cloud->journal, &record);
		json_doc_free(&doc);
		text_free(&operation);
		return;
	}
	journal_add(cloud->journal, &record);
	text_free(&operation);
}

/* Calls the route's function, or says what is wrong. */
static void dispatch(struct api_call *call, const char *verb, const char *path)
{
	const struct api_route *routes, *route = NULL;
	bool known_path = false;
	size_t count, i, before = call->out->count;
	int status;

	routes = api_routes(&count);
	for (i = 0; i < count && !route; i++) {
		if (!path_matches(call, routes[i].path, path))
			continue;
		known_path = true;
		if (!strcmp(routes[i].verb, verb))
			route = &routes[i];
	}
	if (!route) {
		if (known_path)
			api_refuse(call, 405, "MethodNotAllowed", "%s is not for %s", verb, path);
		else
			api_refuse(call, 404, "NotFound", "there is no %s; see /emulator/v1/openapi.json", path);
		return;
	}
	if (!check_call(call, route))
		return;
	if (call->request && scenario_watches(call->cloud, EVENT_API) && scenario_api(call, verb, path))
		return;
	status = route->run(call);
	log_call(call, verb, path, before, status);
	if (status >= 200 && status < 300)
		effects_answer(call->out, call->ticket, status, call->answer->len ? text_string(call->answer) : "{}",
		               call->answer->len ? call->answer->len : 2);
}

static void take(struct cloud *cloud, uint64_t ticket, const char *request, size_t len, bool settled, struct effects *out)
{
	struct json_doc doc = { 0 };
	struct text answer = { 0 };
	struct api_call call = { .cloud = cloud, .ticket = ticket, .answer = &answer, .out = out };
	struct json_error error;
	size_t before = out->count;
	char verb[16], path[512];

	if (json_parse(&doc, request, len, JSON_STRICT, &error)) {
		api_refuse(&call, 400, "BadRequest", "the request is not JSON: %s at byte %zu", error.message, error.at + 1);
	} else if (json_string(json_get(json_root(&doc), "method"), verb, sizeof(verb)) < 0 ||
	           json_string(json_get(json_root(&doc), "path"), path, sizeof(path)) < 0) {
		api_refuse(&call, 400, "BadRequest", "the request lacks `method` or `path`");
	} else {
		call.query = json_get(json_root(&doc), "query");
		call.body = json_get(json_root(&doc), "body");
		call.request = settled ? NULL : request;
		call.request_len = len;
		dispatch(&call, verb, path);
	}
	text_free(&answer);
	json_doc_free(&doc);
	scenario_settle(cloud, NULL, before, out);
}

void api_handle(struct cloud *cloud, uint64_t ticket, const char *request, size_t len, struct effects *out)
{
	take(cloud, ticket, request, len, false, out);
}

void api_resume(struct cloud *cloud, uint64_t ticket, const char *request, size_t len, struct effects *out)
{
	take(cloud, ticket, request, len, true, out);
}

void api_forget(struct cloud *cloud, uint64_t ticket)
{
	downlink_forget(cloud, ticket);
	config_push_forget(cloud, ticket);
	firmware_forget(cloud, ticket);
	api_log_forget(cloud, ticket);
	scenario_forget_ticket(cloud, ticket);
}

#include "shadow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "method.h"
#include "push.h"
#include "shadow_doc.h"

/* doc gives prose only for these; guess: the texts. */
static const struct { enum shadow_error error; const char *message; } messages[] = {
	{ SHADOW_NOT_JSON,    "json format error" },
	{ SHADOW_NO_METHOD,   "method is null" },
	{ SHADOW_NO_STATE,    "state is null" },
	{ SHADOW_BAD_VERSION, "version is not number" },
	{ SHADOW_NO_REPORTED, "reported is null" },
	{ SHADOW_EMPTY,       "reported is empty" },
	{ SHADOW_BAD_METHOD,  "method is invalid" },
	{ SHADOW_NO_CONTENT,  "content is null" },
	{ SHADOW_TOO_MANY,    "reported size over limit" },
	{ SHADOW_CONFLICT,    "version conflict" },
	{ SHADOW_SERVER,      "server error" },
};

const char *shadow_message(enum shadow_error error)
{
	size_t i;

	for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].error == error)
			return messages[i].message;
	return "success";
}

static struct shadow *shadow_of(struct cloud *cloud, struct device *device)
{
	if (!device->shadow) {
		char *stored = NULL;

		if (store_get_shadow(cloud->store, device->id, &stored) >= 0)
			device->shadow = shadow_read(stored, cloud_now(cloud) / 1000);
		free(stored);
	}
	return device->shadow;
}

/* A change is made on a copy and kept only when it is within the limits and stored. */
static enum shadow_error keep(struct cloud *cloud, struct device *device, struct shadow *changed, struct text *why)
{
	int64_t bytes = cloud->settings.limits.shadow_bytes, depth = cloud->settings.limits.shadow_depth;
	int64_t attributes = cloud->settings.limits.shadow_attributes;
	const cJSON *reported = changed->state[SHADOW_REPORTED], *desired = changed->state[SHADOW_DESIRED];
	enum shadow_error error = SHADOW_OK;
	struct text stored = { 0 }, state = { 0 };

	shadow_write_state(changed, &state);
	shadow_store(changed, &stored);
	if (attributes && (int64_t)shadow_attributes(reported) > attributes) {
		text_addf(why, "%zu reported attributes, more than %lld (limit shadowAttributes)", shadow_attributes(reported),
		          (long long)attributes);
		error = SHADOW_TOO_MANY;
	} else if (depth && ((int64_t)shadow_depth(reported) > depth || (int64_t)shadow_depth(desired) > depth)) {
		text_addf(why, "the document is nested deeper than %lld (limit shadowDepth)", (long long)depth);
		error = SHADOW_SERVER;
	} else if (bytes && state.len > (size_t)bytes) {
		text_addf(why, "the document would have %zu bytes, more than %lld (limit shadowBytes)", state.len, (long long)bytes);
		error = SHADOW_SERVER;
	} else if (stored.failed || store_set_shadow(cloud->store, device->id, text_string(&stored))) {
		text_add(why, "the shadow could not be stored");
		error = SHADOW_SERVER;
	}
	text_free(&stored);
	text_free(&state);
	if (error != SHADOW_OK) {
		shadow_free(changed);
		return error;
	}
	shadow_free(device->shadow);
	device->shadow = changed;
	return SHADOW_OK;
}

static struct shadow *copy(const struct shadow *shadow)
{
	struct shadow *made = calloc(1, sizeof(*made));
	int side;

	if (!made)
		return NULL;
	made->version = shadow->version;
	for (side = 0; side < SHADOW_SIDES; side++) {
		made->state[side] = cJSON_Duplicate(shadow->state[side], true);
		made->meta[side] = cJSON_Duplicate(shadow->meta[side], true);
		if (!made->state[side] != !shadow->state[side] || !made->meta[side] != !shadow->meta[side]) {
			shadow_free(made);
			return NULL;
		}
	}
	return made;
}

/* --- answers --- */

static void send(struct call *call, struct text *payload, struct json token, int code)
{
	struct cloud *cloud = call->cloud;

	text_addf(payload, ",\"timestamp\":%lld", (long long)(call->now_ms / 1000));
	if (json_present(token)) {
		/* sdk: v3 drops an answer without the token that it sent. */
		text_add(payload, ",\"clientToken\":");
		json_write(token, payload);
	}
	text_add_char(payload, '}');
	text_clear(&cloud->topic);
	text_addf(&cloud->topic, "/shadow/get/%s/%s", call->device->product->key, call->device->name);
	push_send(cloud, &(struct push){
		.device = call->device, .role = ROLE_REPLY, .service = SERVICE_SHADOW, .operation = call->method->operation,
		.topic = text_string(&cloud->topic), .payload = text_string(payload), .payload_len = payload->len,
		.code = code, .trace = call->trace,
	}, call->out);
}

/* state, metadata and version, as get answers and control pushes have them. */
static void write_document(const struct shadow *shadow, const char *method, struct text *out)
{
	text_addf(out, "{\"method\":\"%s\",\"payload\":{\"status\":\"success\",\"state\":", method);
	shadow_write_state(shadow, out);
	text_add(out, ",\"metadata\":");
	shadow_write_meta(shadow, out);
	text_addf(out, "},\"version\":%lld", (long long)shadow->version);
}

/* --- requests --- */

/* The request's version, judged; *version is what the shadow will have afterwards. */
static enum shadow_error next_version(const struct shadow *shadow, struct json value, int64_t *version, bool *reset,
                                      struct text *why)
{
	int64_t given;

	*reset = false;
	if (!json_present(value)) {
		*version = shadow->version + 1;      /* guess: no version is as good as the next one */
		return SHADOW_OK;
	}
	if (!json_int64(value, &given)) {
		text_add(why, "`version` is no whole number");
		return SHADOW_BAD_VERSION;
	}
	if (given == -1) {
		/* doc: always accepted, and the version starts again at 0; sdk: the old content goes. */
		*reset = true;
		*version = 0;
		return SHADOW_OK;
	}
	if (given <= shadow->version) {
		text_addf(why, "version %lld is not above the present %lld", (long long)given, (long long)shadow->version);
		return SHADOW_CONFLICT;
	}
	*version = given;
	return SHADOW_OK;
}

/* doc: the order of the checks is 402, 403, 404, 405, 408, 409. */
static enum shadow_error change(struct call *call, struct json root, bool is_delete)
{
	struct shadow *shadow = shadow_of(call->cloud, call->device), *changed;
	struct json state = json_get(root, "state");
	struct json reported = json_get(state, "reported"), desired = json_get(state, "desired");
	struct json version_value = json_get(root, "version");
	int64_t version = 0, now_s = call->now_ms / 1000;
	bool reset, clear_desired = !is_delete && shadow_is_null(desired);
	enum shadow_error error;

	if (!shadow)
		return SHADOW_SERVER;
	if (!json_is(state, JSON_OBJECT)) {
		text_add(call->why, "`state` is missing");
		return SHADOW_NO_STATE;
	}
	error = next_version(shadow, version_value, &version, &reset, call->why);
	if (error == SHADOW_BAD_VERSION)
		return error;
	if (!json_is(reported, JSON_OBJECT) && !shadow_is_null(reported) && !clear_desired) {
		text_add(call->why, "`state.reported` is missing");
		return SHADOW_NO_REPORTED;
	}
	if (json_is(reported, JSON_OBJECT) && !json_count(reported)) {
		text_add(call->why, "`state.reported` is empty");
		return SHADOW_EMPTY;
	}
	if (error != SHADOW_OK)
		return error;
	changed = copy(shadow);
	if (!changed)
		return SHADOW_SERVER;
	changed->version = version;
	if (reset) {
		cJSON_Delete(changed->state[SHADOW_REPORTED]);
		cJSON_Delete(changed->meta[SHADOW_REPORTED]);
		changed->state[SHADOW_REPORTED] = changed->meta[SHADOW_REPORTED] = NULL;
	}
	if (clear_desired)
		shadow_clear(changed, SHADOW_DESIRED, now_s);
	if (shadow_is_null(reported))
		shadow_clear(changed, SHADOW_REPORTED, now_s);
	else if (json_is(reported, JSON_OBJECT) && !shadow_merge(changed, SHADOW_REPORTED, reported, now_s)) {
		shadow_free(changed);
		return SHADOW_SERVER;
	}
	return keep(call->cloud, call->device, changed, call->why);
}

static enum shadow_error update(struct call *call, struct json root, struct text *answer)
{
	enum shadow_error error = change(call, root, false);

	if (error == SHADOW_OK)
		text_addf(answer, "{\"method\":\"reply\",\"payload\":{\"status\":\"success\",\"version\":%lld}",
		          (long long)call->device->shadow->version);
	return error;
}

static enum shadow_error delete(struct call *call, struct json root, struct text *answer)
{
	enum shadow_error error = change(call, root, true);

	if (error == SHADOW_OK)
		text_addf(answer, "{\"method\":\"reply\",\"payload\":{\"status\":\"success\",\"version\":%lld}",
		          (long long)call->device->shadow->version);
	return error;
}

static enum shadow_error get(struct call *call, struct json root, struct text *answer)
{
	const struct shadow *shadow = shadow_of(call->cloud, call->device);

	(void)root;
	if (!shadow)
		return SHADOW_SERVER;
	write_document(shadow, "reply", answer);
	return SHADOW_OK;
}

static const struct {
	const char *name;
	enum shadow_error (*run)(struct call *call, struct json root, struct text *answer);
} requests[] = {
	{ "update", update },
	{ "get",    get    },
	{ "delete", delete },
};

/* doc: 407, 400, 401, 406 come before everything that the method itself finds. */
static enum shadow_error dispatch(struct call *call, struct text *answer)
{
	struct cloud *cloud = call->cloud;
	struct json root, method;
	struct json_error error;
	size_t i;

	if (!call->payload_len) {
		text_add(call->why, "the payload is empty");
		return SHADOW_NO_CONTENT;
	}
	/* sdk: v3's delete has two commas behind its method. */
	if (json_parse(&cloud->request, call->payload, call->payload_len, JSON_LENIENT, &error)) {
		text_addf(call->why, "the payload is not JSON: %s at byte %zu", error.message, error.at + 1);
		return SHADOW_NOT_JSON;
	}
	root = json_root(&cloud->request);
	if (!json_is(root, JSON_OBJECT))
		return SHADOW_NOT_JSON;
	method = json_get(root, "method");
	if (!json_string_bytes(method)) {
		text_add(call->why, "`method` is missing");
		return SHADOW_NO_METHOD;
	}
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (json_is_string(method, requests[i].name))
			return requests[i].run(call, root, answer);
	text_add(call->why, "`method` is none of update, get, delete");
	return SHADOW_BAD_METHOD;
}

enum code shadow_update(struct call *call)
{
	struct text answer = { 0 };
	enum shadow_error error = dispatch(call, &answer);

	if (error != SHADOW_OK) {
		text_clear(&answer);
		text_addf(&answer, "{\"method\":\"reply\",\"payload\":{\"status\":\"error\",\"content\":{\"errorcode\":\"%d\","
		          "\"errormessage\":\"%s\"}}", error, shadow_message(error));
	}
	send(call, &answer, json_get(json_root(&call->cloud->request), "clientToken"), error == SHADOW_OK ? CODE_SUCCESS : (int)error);
	text_free(&answer);
	return error == SHADOW_OK ? CODE_SUCCESS : (enum code)error;
}

/* --- applications --- */

int shadow_write(struct cloud *cloud, struct device *device, struct text *out)
{
	const struct shadow *shadow = shadow_of(cloud, device);

	if (!shadow)
		return -1;
	text_add(out, "{\"state\":");
	shadow_write_state(shadow, out);
	text_add(out, ",\"metadata\":");
	shadow_write_meta(shadow, out);
	text_addf(out, ",\"version\":%lld}", (long long)shadow->version);
	return 0;
}

enum shadow_error shadow_want(struct cloud *cloud, struct device *device, struct json desired, struct json version,
                              struct effects *out, struct text *why)
{
	struct shadow *shadow = shadow_of(cloud, device), *changed;
	int64_t now_s = cloud_now(cloud) / 1000, next = 0;
	enum shadow_error error;
	struct text topic = { 0 }, payload = { 0 };
	bool reset;

	if (!shadow)
		return SHADOW_SERVER;
	error = next_version(shadow, version, &next, &reset, why);
	if (error != SHADOW_OK)
		return error;
	changed = copy(shadow);
	if (!changed)
		return SHADOW_SERVER;
	changed->version = next;
	if (!json_is(desired, JSON_OBJECT))
		shadow_clear(changed, SHADOW_DESIRED, now_s);
	else if (!shadow_merge(changed, SHADOW_DESIRED, desired, now_s)) {
		shadow_free(changed);
		return SHADOW_SERVER;
	}
	error = keep(cloud, device, changed, why);
	/* doc: sent only while the device is online; otherwise it learns by get. */
	if (error == SHADOW_OK && device_route(device)) {
		text_addf(&topic, "/shadow/get/%s/%s", device->product->key, device->name);
		write_document(device->shadow, "control", &payload);
		text_addf(&payload, ",\"timestamp\":%lld}", (long long)now_s);
		push_send(cloud, &(struct push){
			.device = device, .role = ROLE_DOWN, .service = SERVICE_SHADOW, .topic = text_string(&topic),
			.payload = text_string(&payload), .payload_len = payload.len, .trace = trace_new(cloud),
		}, out);
	}
	text_free(&topic);
	text_free(&payload);
	return error;
}

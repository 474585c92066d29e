/* push and error: messages to a device that nothing in the platform caused. */
#include <stdio.h>
#include <string.h>

#include "action.h"
#include "downlink.h"
#include "ext_error.h"
#include "load.h"
#include "push.h"
#include "raw.h"

#define ANY_VALUE (FORM_BOOLEAN | FORM_NUMBER | FORM_STRING | FORM_ARRAY | FORM_OBJECT | 1 << JSON_NULL)

/* What a rule says is not judged by rules, or two of them could talk for ever; a step's is the platform's. */
static void spoken(struct act *act, size_t before)
{
	struct effects *out = act->happening->out;

	for (; act->rule && before < out->count; before++)
		out->at[before].settled = SETTLED_RULES;
}

/* --- push --- */

struct push_action {
	const char *method, *topic;    /* one of them */
	const char *params;            /* JSON; of a topic that is a string: the bytes */
	size_t      params_len;
	const char *id;                /* NULL: a new one */
	int         qos;               /* -1: as subscribed */
	const char *to;                /* device glob; NULL: the event's or step's */
};

const struct form_key push_keys[] = {
	{ "method", FORM_STRING, NULL, false },
	{ "topic",  FORM_STRING, NULL, false },
	{ "params", ANY_VALUE,   NULL, false },
	{ "qos",    FORM_NUMBER, NULL, false },
	{ "id",     FORM_STRING | FORM_NUMBER, NULL, false },
	{ "to",     FORM_STRING, NULL, false },
	{ 0 }
};

void *push_read(struct loading *loading, enum event event, struct json value)
{
	struct push_action *push = loading_new(loading, sizeof(*push));
	struct json params = json_get(value, "params"), id = json_get(value, "id"), topic = json_get(value, "topic");
	int64_t qos = -1;

	(void)event;
	loading_keys(loading, value, push_keys);
	if (!push)
		return NULL;
	push->method = loading_string(loading, json_get(value, "method"));
	push->topic = loading_string(loading, topic);
	push->params = json_is(params, JSON_STRING) && push->topic ? loading_string(loading, params) : loading_literal(loading, params);
	if (!push->params)
		push->params = "{}";
	push->params_len = strlen(push->params);
	push->id = json_is(id, JSON_NUMBER) ? loading_literal(loading, id) : loading_string(loading, id);
	loading_whole(loading, json_get(value, "qos"), 0, 1, &qos);
	push->qos = (int)qos;
	if (json_present(json_get(value, "to")))
		push->to = loading_device(loading, json_get(value, "to"));
	if (!push->method == !push->topic)
		form_complain(loading->form, value, "`push` needs either `method` or `topic`");
	else if (push->topic && (push->topic[0] != '/' || strpbrk(push->topic, "+#")))
		form_complain(loading->form, topic, "this is no topic: it must begin with / and have no wildcards");
	else if (push->method && (!*push->method || strpbrk(push->method, "/+# ")))
		form_complain(loading->form, json_get(value, "method"), "this is no method; it looks like thing.service.property.set");
	return push;
}

static void add_path(struct text *out, const char *method)
{
	for (; *method; method++)
		text_add_char(out, *method == '.' ? '/' : *method);
}

static void add_template(struct text *out, const char *topic, const struct device *device)
{
	while (*topic) {
		if (!strncmp(topic, "$pk", 3) || !strncmp(topic, "$dn", 3)) {
			text_add(out, topic[1] == 'p' ? device->product->key : device->name);
			topic += 3;
		} else {
			text_add_char(out, *topic++);
		}
	}
}

static void push_to(void *ctx, struct device *device)
{
	struct act *act = ctx;
	const struct push_action *push = act->action->args;
	struct cloud *cloud = act->happening->cloud;
	struct effects *out = act->happening->out;
	struct text topic = { 0 }, payload = { 0 };
	size_t before = out->count;
	char id[300] = "";
	int64_t number;

	if (push->id)
		snprintf(id, sizeof(id), "%s", push->id);
	else if (!down_id(cloud, &number))
		snprintf(id, sizeof(id), "%lld", (long long)number);
	if (push->method) {
		text_addf(&topic, "/sys/%s/%s/", device->product->key, device->name);
		add_path(&topic, push->method);
		/* sdk: C SDK 3.x drops a request that lacks one of id, version, method, params. */
		text_add(&payload, "{\"id\":");
		text_add_json(&payload, id);
		text_add(&payload, ",\"version\":\"1.0\",\"method\":");
		text_add_json(&payload, push->method);
		text_addf(&payload, ",\"params\":%s}", push->params);
	} else {
		add_template(&topic, push->topic, device);
		text_add_bytes(&payload, push->params, push->params_len);
	}
	if (push->method && raw_takes(device, strstr(text_string(&topic), "/thing/") ? strstr(text_string(&topic), "/thing/") + 1 : "")) {
		raw_push(cloud, device, text_string(&payload), payload.len, id, trace_new(cloud), act->rule, out);
		goto done;
	}
	push_send(cloud, &(struct push){
		.device = device, .role = ROLE_DOWN, .service = SERVICE_DOWNLINK, .topic = text_string(&topic),
		.payload = text_string(&payload), .payload_len = payload.len, .id = push->method ? id : NULL,
		.trace = trace_new(cloud),
	}, out);
	if (out->count > before && push->qos >= 0)
		out->at[before].qos = push->qos;
	spoken(act, before);
done:
	text_free(&topic);
	text_free(&payload);
}

enum fate push_run(struct act *act)
{
	const struct push_action *push = act->action->args;

	act_targets(act, push->to, push_to, act);
	return FATE_GOES_ON;
}

bool push_has_target(const void *args)
{
	const struct push_action *push = args;

	return push && push->to;
}

/* --- error --- */

struct error_action {
	int code;
};

const struct form_key error_keys[] = {
	{ "code", FORM_NUMBER | FORM_STRING, NULL, true },
	{ 0 }
};

void *error_read(struct loading *loading, enum event event, struct json value)
{
	struct error_action *error = loading_new(loading, sizeof(*error));

	(void)event;
	loading_keys(loading, value, error_keys);
	if (error)
		loading_code(loading, json_get(value, "code"), &error->code);
	return error;
}

static void error_to(void *ctx, struct device *device)
{
	struct act *act = ctx;
	const struct error_action *error = act->action->args;
	struct happening *happening = act->happening;
	struct cloud *cloud = happening->cloud;
	struct device *gateway = device->session ? device->session->device : device_get(cloud, device->gateway);
	const struct connection *sender = happening->connection;
	const char *id = act->rule ? happening_id(happening) : "";
	size_t before = happening->out->count;

	/* Whoever sends for it hears of it, also when that is somebody else's sub-device. */
	if (act->rule && happening->device == device && sender && sender->device && sender->device != device)
		gateway = sender->device;
	/* doc: only a gateway hears of errors on /ext/error, and only about its sub-devices. */
	if (!gateway)
		act_log(act, SERVICE_DOWNLINK, "/ext/error", CODE_TOPO_NOT_EXIST, "%s/%s has no gateway that could be told %d",
		        device->product->key, device->name, error->code);
	else if (error->code == CODE_NO_SESSION)
		ext_error_no_session(cloud, gateway, device->product->key, device->name, *id ? id : "0", happening->out);
	else
		ext_error_forced(cloud, gateway, device, (enum code)error->code, happening->out);
	spoken(act, before);
}

enum fate error_run(struct act *act)
{
	act_targets(act, NULL, error_to, act);
	return FATE_GOES_ON;
}

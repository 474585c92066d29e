/* The hooks: what the core's entrances tell, and what rules make of it. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_call.h"
#include "expect.h"
#include "http_fault.h"
#include "identity.h"
#include "index.h"
#include "kept.h"
#include "later.h"
#include "message.h"
#include "raw.h"
#include "rule.h"
#include "scenarios.h"
#include "script_queue.h"
#include "timeline.h"

static const char *const event_names[EVENT_COUNT] = {
	[EVENT_CONNECT] = "connect", [EVENT_SUBSCRIBE] = "subscribe", [EVENT_UNSUBSCRIBE] = "unsubscribe",
	[EVENT_PUBLISH_UP] = "publish.up", [EVENT_REPLY] = "reply", [EVENT_PUBLISH_DOWN] = "publish.down",
	[EVENT_DISCONNECT] = "disconnect", [EVENT_LIFECYCLE] = "lifecycle", [EVENT_SCRIPT] = "script", [EVENT_API] = "api",
	[EVENT_HTTP_REQUEST] = "http.request",
};

const char *event_name(enum event event)
{
	return event < EVENT_COUNT ? event_names[event] : "timeline";
}

enum fate rules_run(struct happening *happening, struct subject *subject)
{
	struct candidates candidates;
	struct rule *rule;
	enum fate fate = FATE_GOES_ON;

	candidates_find(&candidates, happening->cloud->scenarios, happening);
	while (fate == FATE_GOES_ON && (rule = candidates_next(&candidates)))
		fate = rule_run(rule, happening, subject);
	return fate;
}

void part_happened(struct scenarios *engine, enum part part, const void *what)
{
	const uint64_t sequence = ++engine->sequence;

	if (part == PART_RULE && !((struct rule *)what)->first_seq)
		((struct rule *)what)->first_seq = sequence;
	if (part == PART_STEP && !((struct step *)what)->first_seq)
		((struct step *)what)->first_seq = sequence;
	if (part == PART_EXPECT && !((struct expect *)what)->first_seq)
		((struct expect *)what)->first_seq = sequence;
	expects_part(engine, part, what);
	timeline_part(engine, part, what);
	engine->end_asked = true;
}

static struct happening happening_new(struct cloud *cloud, enum event event, struct effects *out)
{
	return (struct happening){
		.cloud = cloud, .out = out, .event = event, .now_ms = cloud_now(cloud), .operation = "", .alink_method = "",
		.topic = "", .payload = "", .client_id = "",
	};
}

/* Everyone who only looks, before anything is done. */
static void see(struct happening *happening)
{
	expects_see(happening->cloud->scenarios, happening);
	timeline_see(happening->cloud->scenarios, happening);
}

/* --- connections --- */

/* Who a CONNECT says it is, whether that is true or not. */
static void connect_who(struct happening *happening, const struct connect *in)
{
	struct user_name user;

	happening->client_id = in->client_id;
	happening->protocol = in->protocol;
	happening->transport = in->transport;
	if (!user_name_parse(&user, in->user_name))
		return;
	happening_who(happening, device_find_key(happening->cloud, user.product_key, user.device_name), NULL);
	snprintf(happening->product_key, sizeof(happening->product_key), "%s", user.product_key);
	snprintf(happening->device_name, sizeof(happening->device_name), "%s", user.device_name);
}

bool scenario_connect(struct cloud *cloud, const struct connect *in, enum connack *connack, struct effects *out)
{
	struct happening happening = happening_new(cloud, EVENT_CONNECT, out);
	struct subject subject = { 0 };

	cloud->scenarios->connected = (struct after_connect){ 0 };
	connect_who(&happening, in);
	see(&happening);
	rules_run(&happening, &subject);
	happening_free(&happening);
	*connack = subject.connack;
	return !subject.taken;
}

void scenario_connected(struct cloud *cloud, uint64_t number, struct effects *out)
{
	struct after_connect connected = cloud->scenarios->connected;
	struct connection *connection = connection_find(cloud, number);
	struct happening happening = happening_new(cloud, EVENT_CONNECT, out);
	struct act act = {
		.action = connected.action, .scenario = connected.scenario, .label = connected.label, .happening = &happening,
	};
	enum fate fate;

	cloud->scenarios->connected = (struct after_connect){ 0 };
	if (!connected.action || !connection || !connection->device)
		return;
	happening_who(&happening, connection->device, connection);
	action_run_now(&act, &fate);
	happening_free(&happening);
}

/* --- subscriptions --- */

static struct happening filter_happening(struct cloud *cloud, enum event event, struct connection *connection,
                                         const char *filter, int qos, struct effects *out)
{
	struct happening happening = happening_new(cloud, event, out);
	struct device *device = connection->device;
	struct topic topic;

	/* A gateway subscribes for its sub-devices, which the filter names. */
	if (topic_parse(&topic, filter) && topic.family->scope == SCOPE_DEVICE) {
		struct product *product = product_find(cloud, topic.product_key.at, topic.product_key.len);
		struct device *named = device_find(cloud, product, topic.device_name.at, topic.device_name.len);

		if (named && device_route(named) == connection)
			device = named;
	}
	happening_who(&happening, device, connection);
	happening.topic = filter;
	happening.qos = qos;
	return happening;
}

bool scenario_subscribe(struct cloud *cloud, struct connection *connection, const char *filter, int qos, struct effects *out)
{
	struct happening happening = filter_happening(cloud, EVENT_SUBSCRIBE, connection, filter, qos, out);
	struct subject subject = { 0 };

	see(&happening);
	rules_run(&happening, &subject);
	happening_free(&happening);
	return !subject.taken;
}

void scenario_unsubscribe(struct cloud *cloud, struct connection *connection, const char *filter, struct effects *out)
{
	struct happening happening = filter_happening(cloud, EVENT_UNSUBSCRIBE, connection, filter, 0, out);

	see(&happening);
	rules_run(&happening, NULL);
	happening_free(&happening);
}

/* --- messages up --- */

/* With new ids a copy is another request. */
static void send_copies(struct happening *happening, struct subject *subject)
{
	size_t i;

	for (i = 1; i <= subject->copies; i++) {
		struct subject copy = *subject;

		if (subject->copy_new_ids)
			copy_with_id(happening, &copy, i);
		/* Behind the first one, even without a gap. */
		later_message(happening, &copy, false, subject->delay_ms + (int64_t)i * subject->copy_gap_ms, subject->holder->label);
	}
}

enum message_fate scenario_up(struct cloud *cloud, struct connection *connection, struct device *device,
                              const struct topic *topic, const char *topic_text, const struct message *in, uint64_t trace,
                              struct effects *out)
{
	struct happening happening = happening_new(cloud, EVENT_PUBLISH_UP, out);
	struct scenarios *engine = cloud->scenarios;
	const struct method *method = method_find(topic);
	struct subject subject = {
		.topic = in->topic, .payload = in->payload ? in->payload : "", .payload_len = in->payload_len, .qos = in->qos,
	};
	const char *before = cloud->touched;
	uint64_t number = connection->number;
	enum message_fate result = MESSAGE_TAKEN;

	happening_who(&happening, device, connection);
	happening.topic = topic_text;
	happening.payload = subject.payload;
	happening.payload_len = in->payload_len;
	happening.qos = in->qos;
	happening.trace = trace;
	happening_name(&happening, topic, method ? method->operation : NULL);
	see(&happening);
	if (throttles_take(engine, &happening))
		goto done;
	rules_run(&happening, &subject);
	if (subject.taken)
		goto done;
	if (subject.copies)
		send_copies(&happening, &subject);
	if ((subject.delay_ms || subject.hold) &&
	    later_message(&happening, &subject, subject.hold, subject.hold ? subject.hold_max_ms : subject.delay_ms, subject.holder->label))
		goto done;
	if (subject.touched)
		cloud->touched = subject.touched;
	result = message_take(cloud, number, &(struct message){
		.topic = subject.topic, .payload = subject.payload, .payload_len = subject.payload_len, .qos = subject.qos,
	}, true, trace, out);
done:
	cloud->touched = before;
	happening_free(&happening);
	return result;
}

/* --- messages down --- */

/* Messages, and what a device that registers over HTTP is answered. */
static bool is_message(const struct effect *effect)
{
	return effect->kind == EFFECT_PUBLISH || (effect->kind == EFFECT_ANSWER && effect->operation);
}

static enum event event_of(const struct effect *effect)
{
	return effect->kind == EFFECT_ANSWER || effect->role == ROLE_REPLY ? EVENT_REPLY : EVENT_PUBLISH_DOWN;
}

static void effect_happening(struct happening *happening, const struct effect *effect, const struct message *request)
{
	struct cloud *cloud = happening->cloud;
	struct connection *connection = connection_find(cloud, effect->connection);
	struct topic topic;

	happening->event = event_of(effect);
	happening_who(happening, effect->device ? device_get(cloud, effect->device) : NULL, connection);
	happening->topic = effect->topic;
	happening->payload = effect->payload;
	happening->payload_len = effect->payload_len;
	happening->alink = effect->alink;
	happening->alink_len = effect->alink_len;
	happening->qos = effect->qos;
	happening->code = effect->code;
	happening->trace = effect->trace;
	happening->request = happening->event == EVENT_REPLY ? request : NULL;
	if (effect->asked) {
		happening->asked = (struct message){ .topic = "", .payload = effect->asked, .payload_len = effect->asked_len };
		happening->request = &happening->asked;
	}
	if (topic_parse(&topic, effect->topic))
		happening_name(happening, &topic, effect->operation);
	else if (effect->operation)
		happening->operation = effect->operation;
}

/* An answer over HTTP crosses the control channel, which nothing else can. */
static bool is_json(const char *payload, size_t len)
{
	struct json_doc doc = { 0 };
	bool good = !json_parse(&doc, payload, len, JSON_STRICT, NULL);

	json_doc_free(&doc);
	return good;
}

/* What leaves. */
static void emit(struct effects *out, struct effect effect, const struct message *request, struct cloud *cloud)
{
	struct scenarios *engine = cloud->scenarios;
	enum event event = event_of(&effect);

	effect.settled = SETTLED_ALL;
	*effects_add(out, effect.kind) = effect;
	if (effect.kind == EFFECT_ANSWER)
		http_fault_apply(engine, &out->at[out->count - 1], out);
	if (scenario_watches(cloud, event) || engine->keeps) {
		struct happening happening = happening_new(cloud, event, out);

		effect_happening(&happening, &effect, request);
		see(&happening);
		if (engine->keeps)
			kept_add(engine, &happening);
		happening_free(&happening);
	}
}

/* What the rules did about a message follows it; what they did in its place is all there is. */
static void go_first(struct effects *out, size_t place)
{
	struct effect last;

	if (out->count < place + 2)
		return;
	last = out->at[out->count - 1];
	memmove(&out->at[place + 1], &out->at[place], (out->count - 1 - place) * sizeof(last));
	out->at[place] = last;
}

static void judge_effect(struct cloud *cloud, struct effect effect, const struct message *request, struct effects *out)
{
	enum event event = event_of(&effect);
	struct happening happening;
	struct subject subject = {
		.topic = effect.topic, .payload = effect.payload, .payload_len = effect.payload_len, .qos = effect.qos,
		.code = effect.code, .over_http = effect.kind == EFFECT_ANSWER,
	};
	size_t place = out->count, i;

	if (!scenario_watches(cloud, event)) {
		emit(out, effect, request, cloud);
		return;
	}
	happening = happening_new(cloud, event, out);
	effect_happening(&happening, &effect, request);
	rules_run(&happening, &subject);
	if (subject.taken)
		goto done;
	for (i = 1; i <= subject.copies; i++) {
		struct subject copy = subject;

		if (subject.copy_new_ids)
			copy_with_id(&happening, &copy, i);
		later_effect(&happening, &effect, &copy, false, subject.delay_ms + (int64_t)i * subject.copy_gap_ms, subject.holder->label);
	}
	if ((subject.delay_ms || subject.hold) &&
	    later_effect(&happening, &effect, &subject, subject.hold, subject.hold ? subject.hold_max_ms : subject.delay_ms,
	                 subject.holder->label))
		goto done;
	if (effect.kind == EFFECT_PUBLISH || is_json(subject.payload, subject.payload_len)) {
		effect.payload = subject.payload;
		effect.payload_len = subject.payload_len;
		effect.code = subject.code;
	} else {
		http_answer_text(&effect, subject.payload, subject.payload_len, out);
	}
	effect.topic = subject.topic;
	effect.qos = subject.qos;
	emit(out, effect, request, cloud);
	go_first(out, place);
done:
	happening_free(&happening);
}

/* Takes the list's tail, for going through it once more. False when there is nothing in it to look at. */
static bool take_tail(struct scenarios *engine, struct effects *out, size_t before, size_t *count)
{
	size_t i;

	*count = out->count - before;
	for (i = before; i < out->count; i++)
		if (is_message(&out->at[i]) && out->at[i].settled != SETTLED_ALL)
			break;
	if (i == out->count)
		return false;
	if (engine->todo_size < *count) {
		struct effect *grown = reallocarray(engine->todo, *count * 2, sizeof(*grown));

		if (!grown)
			return false;
		engine->todo = grown;
		engine->todo_size = *count * 2;
	}
	memcpy(engine->todo, out->at + before, *count * sizeof(*engine->todo));
	effects_cut(out, before);
	return true;
}

static bool settle_effects(struct cloud *cloud, const struct message *request, size_t before, bool last, struct effects *out)
{
	struct scenarios *engine = cloud->scenarios;
	size_t count, i;

	if (!scenario_watches(cloud, EVENT_REPLY) && !scenario_watches(cloud, EVENT_PUBLISH_DOWN) && !engine->keeps &&
	    !engine->http_faults)
		return false;
	if (!take_tail(engine, out, before, &count))
		return false;
	for (i = 0; i < count; i++) {
		/* By value: an action may come back here and need the room. */
		struct effect effect = engine->todo[i];

		if (!is_message(&effect) || effect.settled == SETTLED_ALL)
			*effects_add(out, effect.kind) = effect;
		else if (effect.settled == SETTLED_RULES || last)
			emit(out, effect, request, cloud);
		else
			judge_effect(cloud, effect, request, out);
	}
	return true;
}

/* --- parsing scripts --- */

/* What it reads has a topic; what it writes goes to one. */
static void script_topic(const struct script_call *call, struct text *out)
{
	if (call->topic)
		text_add(out, call->topic);
	else
		text_addf(out, "/sys/%s/%s/thing/model/%s", call->device->product->key, call->device->name,
		          call->downlink ? "down_raw" : "up_raw_reply");
}

bool scenario_script(struct cloud *cloud, const struct script_call *call, uint64_t ticket, int *code, const char **label,
                     struct effects *out)
{
	struct happening happening = happening_new(cloud, EVENT_SCRIPT, out);
	struct subject subject = { 0 };
	struct text text = { 0 };
	struct topic topic;
	bool runs = true;

	script_topic(call, &text);
	happening_who(&happening, call->device, device_route(call->device));
	happening.topic = text_string(&text);
	happening.payload = call->input;
	happening.payload_len = call->input_len;
	happening.code = call->code;
	happening.trace = call->trace;
	if (topic_parse(&topic, text_string(&text)))
		happening_name(&happening, &topic, call->operation);
	see(&happening);
	rules_run(&happening, &subject);
	if (subject.delay_ms && later_script(&happening, &subject, ticket, subject.holder->label)) {
		runs = false;
	} else if (subject.script_code) {
		*code = subject.script_code;
		*label = subject.touched;
		runs = false;
	}
	happening_free(&happening);
	text_free(&text);
	return runs;
}

void scenario_bytes_read(struct cloud *cloud, const struct script_call *call, const struct script_result *result, struct effects *out)
{
	struct happening happening = happening_new(cloud, EVENT_PUBLISH_UP, out);
	const struct method *method;

	if (!cloud->scenarios->follows)
		return;
	happening_who(&happening, call->device, device_route(call->device));
	happening.topic = call->topic;
	happening.payload = call->input;
	happening.payload_len = call->input_len;
	happening.alink = result->output;
	happening.alink_len = result->output_len;
	happening.trace = call->trace;
	method = method_find(happening_meant(&happening));
	happening_name(&happening, happening_meant(&happening), method ? raw_operation(method->operation) : NULL);
	expects_bytes_read(cloud->scenarios, &happening);
	happening_free(&happening);
}

/* --- changes of devices --- */

static void note(struct cloud *cloud, enum event event, const struct device *device, const char *change)
{
	struct scenarios *engine = cloud->scenarios;
	struct noted *noted;

	if (engine->noted_count == engine->noted_size && engine->noted_size < NOTED_MAX) {
		size_t size = engine->noted_size ? engine->noted_size * 2 : 16;
		struct noted *grown = reallocarray(engine->noted, size, sizeof(*grown));

		if (!grown)
			return;
		engine->noted = grown;
		engine->noted_size = size;
	}
	if (engine->noted_count == engine->noted_size)
		return;
	noted = &engine->noted[engine->noted_count++];
	noted->event = event;
	noted->change = change;
	noted->device = device->id;
	snprintf(noted->product_key, sizeof(noted->product_key), "%s", device->product->key);
	snprintf(noted->device_name, sizeof(noted->device_name), "%s", device->name);
}

void scenario_lifecycle(struct cloud *cloud, const struct device *device, const char *change)
{
	if (cloud->scenarios && (scenario_watches(cloud, EVENT_LIFECYCLE) || cloud->scenarios->identities))
		note(cloud, EVENT_LIFECYCLE, device, change);
}

void scenario_disconnected(struct cloud *cloud, const struct device *device, const char *cause)
{
	if (scenario_watches(cloud, EVENT_DISCONNECT))
		note(cloud, EVENT_DISCONNECT, device, cause);
}

static bool settle_noted(struct cloud *cloud, struct effects *out)
{
	struct scenarios *engine = cloud->scenarios;
	size_t count = engine->noted_count, i;
	struct noted *noted = engine->noted;

	if (!count)
		return false;
	/* What these cause is noted in a list of its own. */
	engine->noted = NULL;
	engine->noted_count = engine->noted_size = 0;
	for (i = 0; i < count; i++) {
		struct happening happening = happening_new(cloud, noted[i].event, out);
		struct device *device = device_get(cloud, noted[i].device);

		happening_who(&happening, device, device ? device_route(device) : NULL);
		strcpy(happening.product_key, noted[i].product_key);
		strcpy(happening.device_name, noted[i].device_name);
		happening.change = noted[i].change;
		happening.trace = trace_new(cloud);
		see(&happening);
		rules_run(&happening, NULL);
		device = device_get(cloud, noted[i].device);
		if (device && engine->identities && noted[i].event == EVENT_LIFECYCLE && !strcmp(noted[i].change, "online"))
			identities_insist(engine, device, out);
		happening_free(&happening);
	}
	free(noted);
	return true;
}

void scenario_settle(struct cloud *cloud, const struct message *request, size_t before, struct effects *out)
{
	struct scenarios *engine = cloud->scenarios;
	bool more = true;
	int round;

	if (!engine || !engine->first)
		return;
	for (round = 0; more && round < ROUNDS_MAX; round++) {
		more = settle_effects(cloud, request, before, round == ROUNDS_MAX - 1, out);
		more = settle_noted(cloud, out) || more;
	}
	engine->noted_count = 0;
	if (engine->looks)
		expects_look(engine);
	if (engine->end_asked)
		scenarios_decide(engine, out);
	if (engine->stale)
		index_make(engine);
}

/* --- the API, and downloads --- */

/* What manages scenarios is out of their reach. */
static bool out_of_reach(const char *path)
{
	static const char *const paths[] = { "/scenarios", "/clock", "/codes", "/openapi.json", "/log", "/status", "/metrics" };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (!strncmp(path, paths[i], strlen(paths[i])))
			return true;
	return false;
}

bool scenario_api(struct api_call *call, const char *verb, const char *path)
{
	struct cloud *cloud = call->cloud;
	struct happening happening = happening_new(cloud, EVENT_API, call->out);
	struct subject subject = { .ticket = call->ticket };
	char product_key[NAME_MAX_BYTES + 1], device_name[NAME_MAX_BYTES + 1];
	bool taken = false;

	if (out_of_reach(path))
		return false;
	/* "/devices/PK/DN/kick": whoever the path names. */
	if (sscanf(path, "/%*[^/]/%128[^/]/%128[^/]", product_key, device_name) == 2)
		happening_who(&happening, device_find_key(cloud, product_key, device_name), NULL);
	happening.topic = path;
	happening.verb = verb;
	happening.payload = json_span(call->body, &happening.payload_len);
	happening.trace = trace_new(cloud);
	see(&happening);
	rules_run(&happening, &subject);
	taken = subject.taken;
	if (!taken && subject.delay_ms)
		taken = later_request(&happening, &subject, call->request, call->request_len, subject.holder->label);
	happening_free(&happening);
	return taken;
}

/* {"delayMs":…,"http":{…}}, or nothing. */
static void judge_http(struct happening *happening, struct text *fault)
{
	struct text http = { 0 };
	struct subject subject = { .fault = &http };

	see(happening);
	rules_run(happening, &subject);
	if (subject.delay_ms || http.len) {
		text_addf(fault, "{\"delayMs\":%lld,\"http\":", (long long)subject.delay_ms);
		text_add(fault, http.len ? text_string(&http) : "{}");
		text_add_char(fault, '}');
	}
	text_free(&http);
}

#define REGISTRATION "/auth/register/device"

static void judge_registration(struct api_call *call, const char *product_key, const char *device_name)
{
	struct happening happening = happening_new(call->cloud, EVENT_HTTP_REQUEST, call->out);
	struct text fault = { 0 };

	happening_who(&happening, device_find_key(call->cloud, product_key, device_name), NULL);
	snprintf(happening.product_key, sizeof(happening.product_key), "%s", product_key);
	snprintf(happening.device_name, sizeof(happening.device_name), "%s", device_name);
	happening.topic = REGISTRATION;
	happening.verb = "POST";
	happening.trace = trace_new(call->cloud);
	judge_http(&happening, &fault);
	if (fault.len)
		http_fault_keep(call->cloud->scenarios, call->ticket, text_string(&fault));
	text_free(&fault);
	happening_free(&happening);
}

bool scenario_register(struct api_call *call, const char *product_key, const char *device_name)
{
	struct cloud *cloud = call->cloud;
	struct happening happening = happening_new(cloud, EVENT_PUBLISH_UP, call->out);
	struct subject subject = { .ticket = call->ticket };
	bool taken;

	product_key = product_key ? product_key : "";
	device_name = device_name ? device_name : "";
	if (scenario_watches(cloud, EVENT_HTTP_REQUEST))
		judge_registration(call, product_key, device_name);
	happening_who(&happening, device_find_key(cloud, product_key, device_name), NULL);
	snprintf(happening.product_key, sizeof(happening.product_key), "%s", product_key);
	snprintf(happening.device_name, sizeof(happening.device_name), "%s", device_name);
	happening.operation = "dynamic.register";
	happening.topic = subject.topic = REGISTRATION;
	happening.payload = subject.payload = json_span(call->body, &happening.payload_len);
	subject.payload_len = happening.payload_len;
	happening.trace = trace_new(cloud);
	see(&happening);
	rules_run(&happening, &subject);
	taken = subject.taken;
	if (!taken && subject.delay_ms)
		taken = later_request(&happening, &subject, call->request, call->request_len, subject.holder->label);
	happening_free(&happening);
	return taken;
}

void scenario_http(struct api_call *call, const char *product_key, const char *path, struct text *fault)
{
	struct happening happening = happening_new(call->cloud, EVENT_HTTP_REQUEST, call->out);
	char range[128];

	snprintf(happening.product_key, sizeof(happening.product_key), "%s", product_key ? product_key : "");
	happening.topic = path;
	happening.verb = "GET";
	happening.range = api_query(call, "range", range, sizeof(range)) ? range : NULL;
	happening.trace = trace_new(call->cloud);
	judge_http(&happening, fault);
	happening_free(&happening);
}

#include "later.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "api.h"
#include "message.h"
#include "run.h"
#include "script_queue.h"

enum kind { LATER_ACTION, LATER_MESSAGE, LATER_EFFECT, LATER_REQUEST, LATER_SCRIPT };

/* Strings stand behind the struct, one after the other. */
struct later {
	struct timer  timer;
	struct later *prev, *next;
	struct scenarios *engine;
	enum kind     kind;
	struct scenario *scenario;
	struct tally *tally;           /* whose `active` it is part of; NULL: none */
	const char   *label;
	size_t        bytes, waiting;  /* for so many others; 0: for the time only */
	/* What it is. */
	struct act    act;             /* an action's */
	struct chance chance;
	enum event    event;
	int64_t       device;
	uint64_t      connection, trace, ticket, script;     /* ticket: of a request; script: of a call */
	int           qos, code, status;
	enum message_role role;
	const char   *operation, *topic, *payload, *alink, *request, *product_key, *device_name, *change;
	size_t        payload_len, alink_len, request_len;
	bool          has_request;
	char          strings[];
};

static size_t size_of(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static const char *put(char **at, const char *bytes, size_t len)
{
	char *start = *at;

	if (len)
		memcpy(start, bytes, len);
	start[len] = '\0';
	*at += len + 1;
	return start;
}

static void fire(struct timer *timer, void *ctx);

/* What all kinds keep of what happened. NULL when there is no room. */
static struct later *later_new(enum kind kind, const struct happening *happening, struct scenario *scenario,
                               const char *topic, const char *payload, size_t payload_len)
{
	struct scenarios *engine = scenario->engine;
	const struct message *request = happening->event == EVENT_REPLY ? happening->request : NULL;
	size_t bytes = sizeof(struct later) + size_of(happening->operation) + size_of(topic) + payload_len + 1 +
		(happening->alink ? happening->alink_len + 1 : 0) + (request ? request->payload_len + 1 : 0) + size_of(happening->product_key) + size_of(happening->device_name);
	struct later *later;
	char *at;

	if (engine->later_count >= LATERS_MAX || bytes > LATER_BYTES_MAX - engine->later_bytes)
		return NULL;
	later = calloc(1, bytes);
	if (!later)
		return NULL;
	at = later->strings;
	later->timer.fire = fire;
	later->engine = engine;
	later->kind = kind;
	later->scenario = scenario;
	later->bytes = bytes;
	later->event = happening->event;
	later->device = happening->device ? happening->device_id : 0;
	later->connection = happening->number;
	later->trace = happening->trace;
	later->qos = happening->qos;
	later->code = happening->code;
	later->change = happening->change;
	later->operation = put(&at, happening->operation ? happening->operation : "", happening->operation ? strlen(happening->operation) : 0);
	later->topic = put(&at, topic, strlen(topic));
	later->payload = put(&at, payload, payload_len);
	later->payload_len = payload_len;
	later->product_key = put(&at, happening->product_key, strlen(happening->product_key));
	later->device_name = put(&at, happening->device_name, strlen(happening->device_name));
	if (happening->alink) {
		later->alink = put(&at, happening->alink, happening->alink_len);
		later->alink_len = happening->alink_len;
	}
	if (request) {
		later->has_request = true;
		later->request = put(&at, request->payload, request->payload_len);
		later->request_len = request->payload_len;
	}
	return later;
}

static bool later_add(struct later *later, struct tally *tally, const char *label, int64_t delay_ms)
{
	struct scenarios *engine = later->engine;

	if (timer_set(&engine->cloud->timers, &later->timer, cloud_now(engine->cloud) + delay_ms)) {
		free(later);
		return false;
	}
	later->tally = tally;
	later->label = label;
	if (tally)
		tally->active++;
	engine->later_count++;
	engine->later_bytes += later->bytes;
	DL_APPEND(engine->laters, later);
	return true;
}

static void later_remove(struct scenarios *engine, struct later *later)
{
	timer_cancel(&engine->cloud->timers, &later->timer);
	if (later->tally)
		later->tally->active--;
	engine->later_count--;
	engine->later_bytes -= later->bytes;
	DL_DELETE(engine->laters, later);
}

/* What happened then, about who is there now. */
static void recall(const struct later *later, struct happening *happening, struct message *request, struct effects *out)
{
	struct cloud *cloud = later->engine->cloud;

	*happening = (struct happening){
		.cloud = cloud, .out = out, .event = later->event, .now_ms = cloud_now(cloud), .trace = later->trace,
		.topic = later->topic, .payload = later->payload, .payload_len = later->payload_len, .alink = later->alink,
		.alink_len = later->alink_len, .qos = later->qos,
		.code = later->code, .change = later->change, .client_id = "", .operation = later->operation, .alink_method = "",
	};
	happening_who(happening, later->device ? device_get(cloud, later->device) : NULL, connection_find(cloud, later->connection));
	strcpy(happening->product_key, later->product_key);
	strcpy(happening->device_name, later->device_name);
	if (later->has_request) {
		*request = (struct message){ .topic = "", .payload = later->request, .payload_len = later->request_len };
		happening->request = request;
	}
}

static void do_action(struct later *later, struct effects *out)
{
	struct subject subject = { .ticket = later->ticket };
	struct happening happening;
	struct message request;
	enum fate fate;

	recall(later, &happening, &request, out);
	later->act.happening = &happening;
	later->act.subject = later->ticket ? &subject : NULL;
	action_run_now(&later->act, &fate);
	happening_free(&happening);
}

static void go_on(struct later *later, struct effects *out)
{
	struct cloud *cloud = later->engine->cloud;
	const char *before = cloud->touched;
	struct message message = { .topic = later->topic, .payload = later->payload, .payload_len = later->payload_len, .qos = later->qos };
	size_t count = out->count;
	struct effect *effect;

	cloud->touched = later->label;
	switch (later->kind) {
	case LATER_ACTION:
		do_action(later, out);
		break;
	case LATER_MESSAGE:
		message_take(cloud, later->connection, &message, true, later->trace, out);
		scenario_settle(cloud, &message, count, out);
		break;
	case LATER_EFFECT:
		if (later->ticket) {
			effect = effects_answer(out, later->ticket, later->status, later->payload, later->payload_len);
			effect->operation = "dynamic.register";
			effect->device = later->device;
			effect->code = later->code;
			effect->settled = SETTLED_RULES;
			scenario_settle(cloud, NULL, count, out);
			break;
		}
		if (!connection_find(cloud, later->connection))
			break;
		effect = effects_publish(out, later->connection, later->role, later->topic, later->payload, later->payload_len, later->qos);
		effect->operation = *later->operation ? effects_copy(out, later->operation, strlen(later->operation)) : NULL;
		effect->code = later->code;
		effect->device = later->device;
		effect->trace = later->trace;
		effect->alink = later->alink ? effects_copy(out, later->alink, later->alink_len) : NULL;
		effect->alink_len = later->alink_len;
		effect->settled = SETTLED_RULES;
		message.payload = later->request;
		message.payload_len = later->request_len;
		scenario_settle(cloud, later->has_request ? &message : NULL, count, out);
		break;
	case LATER_REQUEST:
		api_resume(cloud, later->ticket, later->payload, later->payload_len, out);
		break;
	case LATER_SCRIPT:
		script_resume(cloud, later->script, later->code, later->label, out);
		scenario_settle(cloud, NULL, count, out);
		break;
	}
	cloud->touched = before;
}

static void fire(struct timer *timer, void *ctx)
{
	struct later *later = timer_owner(timer, struct later, timer);
	struct tick *tick = ctx;

	later_remove(later->engine, later);
	go_on(later, tick->out);
	free(later);
}

/* --- keeping --- */

/* There is no room: said once for each, because what comes of it looks like a rule that does not work. */
static void say_full(struct happening *happening, const char *label)
{
	struct act act = { .happening = happening, .label = label };

	act_log(&act, SERVICE_OTHER, "scenario", CODE_TOO_MANY_REQUESTS,
	        "scenario rule %s cannot hold this back: %d messages or %zu bytes are held back already", label, LATERS_MAX, LATER_BYTES_MAX);
}

void later_action(const struct act *act, int64_t delay_ms)
{
	struct happening *happening = act->happening;
	struct later *later = later_new(LATER_ACTION, happening, act->scenario, happening->topic ? happening->topic : "",
	                                happening->payload, happening->payload_len);

	if (!later) {
		say_full(happening, act->label);
		return;
	}
	later->act = *act;
	later->ticket = act->subject->ticket;
	later->chance = *act->chance;
	later->chance.key = act->tally ? act->tally->key : "";
	later->act.chance = &later->chance;
	later_add(later, act->tally, act->label, delay_ms);
}

bool later_message(struct happening *happening, const struct subject *subject, bool hold, int64_t delay_ms, const char *label)
{
	struct later *later = later_new(LATER_MESSAGE, happening, subject->holder->scenario, subject->topic, subject->payload,
	                                subject->payload_len);

	if (!later) {
		say_full(happening, label);
		return false;
	}
	later->qos = subject->qos;
	later->waiting = hold ? subject->hold : 0;
	return later_add(later, subject->holder_tally, label, delay_ms);
}

bool later_effect(struct happening *happening, const struct effect *effect, const struct subject *subject, bool hold,
                  int64_t delay_ms, const char *label)
{
	struct later *later = later_new(LATER_EFFECT, happening, subject->holder->scenario, subject->topic, subject->payload,
	                                subject->payload_len);

	if (!later) {
		say_full(happening, label);
		return false;
	}
	later->ticket = effect->kind == EFFECT_ANSWER ? effect->ticket : 0;
	later->status = effect->status;
	later->connection = effect->connection;
	later->role = effect->role;
	later->device = effect->device;
	later->qos = subject->qos;
	later->code = subject->code;
	later->waiting = hold ? subject->hold : 0;
	return later_add(later, subject->holder_tally, label, delay_ms);
}

bool later_request(struct happening *happening, const struct subject *subject, const char *request, size_t len, const char *label)
{
	struct later *later = later_new(LATER_REQUEST, happening, subject->holder->scenario, happening->topic, request, len);

	if (!later) {
		say_full(happening, label);
		return false;
	}
	later->ticket = subject->ticket;
	return later_add(later, subject->holder_tally, label, subject->delay_ms);
}

bool later_script(struct happening *happening, const struct subject *subject, uint64_t ticket, const char *label)
{
	struct later *later = later_new(LATER_SCRIPT, happening, subject->holder->scenario, happening->topic, "", 0);

	if (!later) {
		say_full(happening, label);
		return false;
	}
	later->script = ticket;
	later->code = subject->script_code;
	return later_add(later, subject->holder_tally, label, subject->delay_ms);
}

bool laters_passed(struct scenarios *engine, const struct tally *tally)
{
	struct later *later;
	bool any = false;

	if (!tally->active)
		return false;
	DL_FOREACH(engine->laters, later) {
		if (!later->waiting || later->tally != tally)
			continue;
		any = true;
		/* Not at once: the one that passes has to be gone before. */
		if (!--later->waiting)
			timer_set(&engine->cloud->timers, &later->timer, cloud_now(engine->cloud));
	}
	return any;
}

void laters_release(struct scenarios *engine, const struct scenario *scenario, struct effects *out)
{
	struct later *later;

	for (;;) {
		DL_FOREACH(engine->laters, later)
			if (!scenario || later->scenario == scenario)
				break;
		if (!later)
			return;
		later_remove(engine, later);
		if (scenario && out && later->kind != LATER_ACTION)
			go_on(later, out);
		free(later);
	}
}

void laters_forget(struct scenarios *engine, uint64_t ticket)
{
	struct later *later, *next;

	DL_FOREACH_SAFE(engine->laters, later, next)
		if (later->ticket == ticket) {
			later_remove(engine, later);
			free(later);
		}
}

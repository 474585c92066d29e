/* refuse, kick, takeover: what happens to connections. */
#include <stdlib.h>
#include <string.h>

#include "action.h"
#include "connection.h"
#include "lifecycle.h"
#include "load.h"
#include "session.h"

/* --- refuse --- */

struct refuse {
	enum connack connack;
};

const struct form_key refuse_keys[] = {
	{ "rc", FORM_NUMBER | FORM_STRING, NULL, false },
	{ 0 }
};

void *refuse_read(struct loading *loading, enum event event, struct json value)
{
	struct refuse *refuse = loading_new(loading, sizeof(*refuse));
	struct json rc = json_get(value, "rc");
	int64_t number;

	loading_keys(loading, value, refuse_keys);
	if (!refuse)
		return NULL;
	refuse->connack = CONNACK_NOT_AUTHORISED;
	if (json_present(rc) && event == EVENT_SUBSCRIBE)
		form_complain(loading->form, rc, "a refused filter is always answered with SUBACK 0x80: `rc` is for `connect`");
	else if (json_is(rc, JSON_STRING) && !json_is_string(rc, "close"))
		form_complain(loading->form, rc, "`rc` must be 5 or \"close\"");
	else if (json_is(rc, JSON_STRING))
		refuse->connack = CONNACK_NONE;
	else if (json_is(rc, JSON_NUMBER) && (!json_int64(rc, &number) || number != CONNACK_NOT_AUTHORISED))
		form_complain(loading->form, rc, "`rc` must be 5 or \"close\": other codes need the wire front, which this build lacks");
	return refuse;
}

enum fate refuse_run(struct act *act)
{
	const struct refuse *refuse = act->action->args;

	if (act->happening->event == EVENT_CONNECT)
		act->subject->connack = refuse->connack;
	act_log(act, act->happening->event == EVENT_CONNECT ? SERVICE_DEVICE : SERVICE_SUBSCRIBE,
	        act->happening->event == EVENT_CONNECT ? "connect" : act->happening->topic, CODE_FORBIDDEN,
	        "refused by scenario rule %s", act->label);
	return FATE_TAKEN;
}

/* --- kick --- */

const struct form_key kick_keys[] = {
	{ "reason", FORM_STRING, NULL, false },
	{ 0 }
};

struct kick {
	const char *reason;
};

void *kick_read(struct loading *loading, enum event event, struct json value)
{
	struct kick *kick = loading_new(loading, sizeof(*kick));

	(void)event;
	loading_keys(loading, value, kick_keys);
	if (kick)
		kick->reason = loading_string(loading, json_get(value, "reason"));
	return kick;
}

static void kick_one(void *ctx, struct device *device)
{
	struct act *act = ctx;

	if (device_route(device))
		device_kick(act->happening->cloud, device, act->happening->out);
}

enum fate kick_run(struct act *act)
{
	const struct kick *kick = act->action->args;
	struct happening *happening = act->happening;

	if (happening->event == EVENT_CONNECT && !happening->connection) {
		/* There is nothing to close before the CONNECT was accepted. */
		act->scenario->engine->connected = (struct after_connect){ act->action, act->scenario, act->label };
		return FATE_STOPS;
	}
	act_log(act, SERVICE_DEVICE, "kick", 0, "scenario rule %s closes the connection%s%s", act->label,
	        kick->reason ? ": " : "", kick->reason ? kick->reason : "");
	if (act->target)
		act_targets(act, NULL, kick_one, act);
	else if (happening->connection && !happening->connection->ended)
		connection_end(happening->cloud, happening->connection, "kicked", happening->out);
	return FATE_TAKEN;
}

/* --- takeover --- */

const struct form_key takeover_keys[] = {
	{ "hold", FORM_STRING, NULL, false },
	{ 0 }
};

struct takeover {
	int64_t hold_ms;
};

/* The other one that has the same identity, and insists on it. */
struct held_identity {
	struct held_identity *next;
	const struct scenario *scenario;
	const char *label;
	int64_t device, until_ms;
};

void *takeover_read(struct loading *loading, enum event event, struct json value)
{
	struct takeover *takeover = loading_new(loading, sizeof(*takeover));

	(void)event;
	loading_keys(loading, value, takeover_keys);
	if (takeover)
		loading_duration(loading, json_get(value, "hold"), &takeover->hold_ms);
	return takeover;
}

/* doc: the newer connection wins; a direct device sees the TCP close, a gateway 427 for its sub-device. */
static void take_over(struct cloud *cloud, struct device *device, struct effects *out)
{
	if (device->connection)
		connection_take_over(cloud, device, out);
	if (device->session)
		session_force_off(cloud, device, CODE_CONNECTED_ELSEWHERE, out);
}

static void take_over_one(void *ctx, struct device *device)
{
	struct act *act = ctx;
	const struct takeover *takeover = act->action->args;
	struct scenarios *engine = act->scenario->engine;
	struct held_identity *held;

	take_over(act->happening->cloud, device, act->happening->out);
	if (!takeover->hold_ms)
		return;
	held = calloc(1, sizeof(*held));
	if (!held)
		return;
	*held = (struct held_identity){ engine->identities, act->scenario, act->label, device->id,
	                                act->happening->now_ms + takeover->hold_ms };
	engine->identities = held;
}

enum fate takeover_run(struct act *act)
{
	struct happening *happening = act->happening;

	if (happening->event == EVENT_CONNECT && !happening->connection) {
		act->scenario->engine->connected = (struct after_connect){ act->action, act->scenario, act->label };
		return FATE_STOPS;
	}
	act_log(act, SERVICE_DEVICE, "takeover", CODE_CONNECTED_ELSEWHERE,
	        "scenario rule %s: the same identity connects elsewhere", act->label);
	act_targets(act, NULL, take_over_one, act);
	return FATE_TAKEN;
}

void identities_insist(struct scenarios *engine, struct device *device, struct effects *out)
{
	struct held_identity **at = &engine->identities, *held;
	int64_t now_ms = cloud_now(engine->cloud);
	bool insists = false;

	while ((held = *at)) {
		if (held->until_ms <= now_ms) {
			*at = held->next;
			free(held);
			continue;
		}
		insists = insists || held->device == device->id;
		at = &held->next;
	}
	if (insists)
		take_over(engine->cloud, device, out);
}

void identities_free(struct scenarios *engine, const struct scenario *scenario)
{
	struct held_identity **at = &engine->identities, *held;

	while ((held = *at)) {
		if (scenario && held->scenario != scenario) {
			at = &held->next;
			continue;
		}
		*at = held->next;
		free(held);
	}
}

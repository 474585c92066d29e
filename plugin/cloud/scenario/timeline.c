#include "timeline.h"

#include <string.h>

#include "action.h"
#include "match.h"
#include "run.h"

static void plan(struct step *step, int64_t in_ms)
{
	struct cloud *cloud = step->scenario->engine->cloud;

	step->armed = true;
	timer_set(&cloud->timers, &step->timer, cloud_now(cloud) + in_ms);
}

static void fire(struct timer *timer, void *ctx)
{
	struct step *step = timer_owner(timer, struct step, timer);
	struct scenario *scenario = step->scenario;
	struct tick *tick = ctx;
	size_t before = tick->out->count;
	struct happening happening = {
		.cloud = tick->cloud, .out = tick->out, .event = EVENT_COUNT, .now_ms = cloud_now(tick->cloud),
		.trace = trace_new(tick->cloud), .operation = "", .alink_method = "", .topic = "", .payload = "", .client_id = "",
	};
	struct chance chance = { scenario->seed, scenario->name, step->id, "", step->done + 1, 0 };
	struct act act = {
		.scenario = scenario, .label = step->label, .target = step->target, .happening = &happening, .chance = &chance,
	};

	if (!step->done++)
		step->first_ms = happening.now_ms;
	actions_run(&step->actions, &act);
	happening_free(&happening);
	if (step->every_ms && (!step->times || step->done < step->times))
		plan(step, step->every_ms);
	part_happened(scenario->engine, PART_STEP, step);
	scenario_settle(tick->cloud, NULL, before, tick->out);
}

void timeline_begin(struct scenario *scenario)
{
	size_t i;

	for (i = 0; i < scenario->step_count; i++) {
		scenario->steps[i].timer.fire = fire;
		if (scenario->steps[i].trigger == TRIGGER_AT)
			plan(&scenario->steps[i], scenario->steps[i].at_ms);
	}
}

void timeline_end(struct scenario *scenario)
{
	struct cloud *cloud = scenario->engine->cloud;
	size_t i;

	for (i = 0; i < scenario->step_count; i++) {
		timer_cancel(&cloud->timers, &scenario->steps[i].timer);
		scenario->steps[i].armed = true;      /* nothing starts it any more */
	}
}

#define EACH_WAITING(engine, scenario, step, kind) \
	for (struct scenario *scenario = (engine)->first; scenario; scenario = scenario->next) \
		for (struct step *step = scenario->steps; (size_t)(step - scenario->steps) < scenario->step_count; step++) \
			if (!step->armed && !scenario->over && step->trigger == (kind))

void timeline_see(struct scenarios *engine, struct happening *happening)
{
	struct seen seen;

	EACH_WAITING(engine, scenario, step, TRIGGER_EVENT)
		if (step->event == happening->event && match_holds(step->match, happening, scenario, &seen))
			plan(step, step->plus_ms);
}

void timeline_part(struct scenarios *engine, enum part part, const void *what)
{
	EACH_WAITING(engine, scenario, step, TRIGGER_PART)
		if (step->after.part == part && (const void *)step->after.rule == what)
			plan(step, step->plus_ms);
}

void timeline_signal(struct scenarios *engine, const char *text)
{
	EACH_WAITING(engine, scenario, step, TRIGGER_SIGNAL)
		if (!strcmp(step->signal, text))
			plan(step, step->plus_ms);
}

unsigned timeline_watches(const struct scenarios *engine)
{
	unsigned bits = 0;

	EACH_WAITING(engine, scenario, step, TRIGGER_EVENT)
		bits |= 1u << step->event;
	return bits;
}

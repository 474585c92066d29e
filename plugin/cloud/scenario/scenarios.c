#include "scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action.h"
#include "expect.h"
#include "http_fault.h"
#include "kept.h"
#include "later.h"
#include "lifecycle.h"
#include "load.h"
#include "timeline.h"

#define BOUND_MS (INT64_C(10) * 60 * 1000)     /* of the world's time, for clocks that may stand still */

struct scenarios *engine_of(struct cloud *cloud)
{
	if (!cloud->scenarios) {
		cloud->scenarios = calloc(1, sizeof(*cloud->scenarios));
		if (cloud->scenarios)
			cloud->scenarios->cloud = cloud;
	}
	return cloud->scenarios;
}

struct scenario *scenario_find(const struct cloud *cloud, const char *name)
{
	struct scenario *scenario;

	for (scenario = cloud->scenarios ? cloud->scenarios->first : NULL; scenario; scenario = scenario->next)
		if (!strcmp(scenario->name, name))
			return scenario;
	return NULL;
}

/* --- names of parts --- */

/* While a file is read, an id may be none. */
static bool is_called(const char *id, const char *text)
{
	return id && !strcmp(id, text);
}

bool ref_find(struct scenarios *engine, const struct scenario *scenario, const char *text, struct ref *ref)
{
	const char *slash = strchr(text, '/');
	size_t i;

	ref->part = PART_NONE;
	if (slash) {
		char name[ID_MAX + 1];

		snprintf(name, sizeof(name), "%.*s", (int)(slash - text), text);
		/* Its own name while it is read: nobody knows it yet. */
		if (!scenario || !scenario->name || strcmp(scenario->name, name))
			scenario = engine && (size_t)(slash - text) <= ID_MAX ? scenario_find(engine->cloud, name) : NULL;
		text = slash + 1;
	}
	for (i = 0; scenario && i < scenario->rule_count; i++)
		if (is_called(scenario->rules[i].id, text)) {
			ref->part = PART_RULE;
			ref->rule = &scenario->rules[i];
		}
	for (i = 0; scenario && i < scenario->step_count; i++)
		if (is_called(scenario->steps[i].id, text)) {
			ref->part = PART_STEP;
			ref->step = &scenario->steps[i];
		}
	for (i = 0; scenario && i < scenario->expect_count; i++)
		if (is_called(scenario->expects[i].id, text)) {
			ref->part = PART_EXPECT;
			ref->expect = &scenario->expects[i];
		}
	return ref->part != PART_NONE;
}

bool ref_happened(const struct ref *ref, const struct happening *happening)
{
	struct tally *tally;
	const char *key;

	if (ref->part == PART_RULE && happening) {
		/* For the same key: the one that the other rule has for this event. */
		key = happening_key((struct happening *)happening, ref->rule->when.per);
		HASH_FIND(hh, ref->rule->tallies, key, strlen(key), tally);
		return tally && tally->fired;
	}
	return ref_first_ms(ref) != INT64_MIN;
}

int64_t ref_first_ms(const struct ref *ref)
{
	const struct tally *tally;
	int64_t first_ms = INT64_MIN;

	switch (ref->part) {
	case PART_RULE:
		for (tally = ref->rule->tallies; tally; tally = tally->hh.next)
			if (tally->fired && (first_ms == INT64_MIN || tally->first_ms < first_ms))
				first_ms = tally->first_ms;
		return first_ms;
	case PART_STEP:
		return ref->step->done ? ref->step->first_ms : INT64_MIN;
	case PART_EXPECT:
		return ref->expect->first_seq ? ref->expect->first_ms : INT64_MIN;
	default:
		return INT64_MIN;
	}
}

/* Every reference of every scenario, after one has come or is about to go. */
static void resolve(struct scenarios *engine)
{
	struct scenario *scenario;
	size_t i, k;

	for (scenario = engine->first; scenario; scenario = scenario->next) {
		struct ref *refs[3];

		for (i = 0; i < scenario->rule_count; i++) {
			refs[0] = &scenario->rules[i].when.after;
			if (refs[0]->text)
				ref_find(engine, scenario, refs[0]->text, refs[0]);
		}
		for (i = 0; i < scenario->step_count; i++)
			if (scenario->steps[i].after.text)
				ref_find(engine, scenario, scenario->steps[i].after.text, &scenario->steps[i].after);
		for (i = 0; i < scenario->expect_count; i++) {
			struct expect *expect = &scenario->expects[i];

			refs[0] = &expect->after;
			refs[1] = &expect->rule;
			for (k = 0; k < 2; k++)
				if (refs[k]->text)
					ref_find(engine, scenario, refs[k]->text, refs[k]);
			for (k = 0; k < expect->order_count; k++)
				ref_find(engine, scenario, expect->order[k].text, &expect->order[k]);
		}
	}
}

/* --- what exists --- */

static bool cloud_has_product(const void *ctx, const char *product_key)
{
	return product_find((struct cloud *)ctx, product_key, strlen(product_key));
}

static bool cloud_has_device(const void *ctx, const char *product_key, const char *device_name)
{
	struct cloud *cloud = (struct cloud *)ctx;
	struct product *product;

	if (product_key)
		return device_find_key(cloud, product_key, device_name);
	products_load(cloud);
	for (product = cloud->products; product; product = product->hh.next)
		if (device_find(cloud, product, device_name, strlen(device_name)))
			return true;
	return false;
}

static size_t cloud_products(const void *ctx, const char **rows, size_t max)
{
	struct cloud *cloud = (struct cloud *)ctx;
	const struct product *product;
	size_t count = 0;

	products_load(cloud);
	for (product = cloud->products; product && count < max; product = product->hh.next)
		rows[count++] = product->key;
	return count;
}

static size_t cloud_devices(const void *ctx, const char **rows, size_t max)
{
	const struct cloud *cloud = ctx;
	const struct device *device;
	size_t count = 0;

	/* Those that were needed so far: enough for a suggestion, and bounded. */
	for (device = cloud->devices; device && count < max; device = device->hh_id.next)
		rows[count++] = device->name;
	return count;
}

/* --- what fixtures may refer to --- */

struct products {
	struct cloud_file_product *at;
	size_t count;
};

static int know_product(void *ctx, const struct stored_product *row)
{
	struct products *known = ctx;
	struct cloud_file_product *grown = reallocarray(known->at, known->count + 1, sizeof(*grown));

	if (!grown)
		return -1;
	known->at = grown;
	grown[known->count++] = (struct cloud_file_product){
		.product_key = strdup(row->product_key), .product_secret = strdup(row->product_secret),
		.tsl = row->tsl ? strdup(row->tsl) : NULL, .node_type = row->node_type, .data_format = row->data_format,
		.validation = row->validation,
	};
	return grown[known->count - 1].product_key && grown[known->count - 1].product_secret ? 0 : -1;
}

/* --- coming --- */

static void on_stop(struct timer *timer, void *ctx)
{
	struct scenario *scenario = timer_owner(timer, struct scenario, stop_timer);
	struct tick *tick = ctx;

	scenario_stop(tick->cloud, scenario->name, "its time is over", tick->out);
}

static void on_bound(struct timer *timer, void *ctx)
{
	struct scenario *scenario = timer_owner(timer, struct scenario, bound_timer);
	struct tick *tick = ctx;

	scenario_stop(tick->cloud, scenario->name, "10 minutes of real time are over, and its clock may stand still", tick->out);
}

static void start(struct cloud *cloud, struct scenario *scenario)
{
	struct json vars = json_get(json_root(&scenario->form.doc), "vars");

	scenario->seed = cloud->seed_given || !scenario->has_seed ? (int64_t)cloud->seed : scenario->seed;
	scenario->log_from = journal_last(cloud->journal);
	if (scenario->has_clock)
		clock_change(cloud, &scenario->clock);
	scenario->began_ms = cloud_now(cloud);
	json_each(member, vars) {
		char name[ID_MAX + 1];

		if (json_string(json_key(member), name, sizeof(name)) >= 0)
			var_set(scenario, name, member);
	}
	scenario->stop_timer.fire = on_stop;
	scenario->bound_timer.fire = on_bound;
	if (scenario->stop_given || !cloud->scenarios_open_ended)
		timer_set(&cloud->timers, &scenario->stop_timer, scenario->began_ms + scenario->stop_ms);
	if (cloud->clock.mode == CLOCK_FROZEN || cloud->clock.mode == CLOCK_VIRTUAL)
		timer_set(&cloud->world_timers, &scenario->bound_timer, cloud_world_now(cloud) + BOUND_MS);
	timeline_begin(scenario);
	expects_begin(scenario);
}

static void log_scenario(struct cloud *cloud, const struct scenario *scenario, const char *what, const char *why)
{
	struct record record = record_new(cloud, SERVICE_OTHER, NULL, 0, "scenario", CODE_SUCCESS);
	struct text content = { 0 };

	text_addf(&content, "%s %s", what, scenario->name);
	record.content = text_string(&content);
	record.content_len = content.len;
	record.why = why;
	journal_add(cloud->journal, &record);
	text_free(&content);
}

static bool keeps_messages(const struct scenario *scenario)
{
	size_t i, k, n;

	for (i = 0; i < scenario->rule_count; i++)
		for (k = 0; k < scenario->rules[i].list_count; k++)
			for (n = 0; n < scenario->rules[i].lists[k].count; n++)
				if (scenario->rules[i].lists[k].at[n].row->run == stale_run)
					return true;
	return false;
}

const char *scenario_load(struct cloud *cloud, const struct scenario_source *source, struct text *complaints,
                          struct effects *out)
{
	struct products known = { 0 };
	struct names names = { cloud_has_product, cloud_has_device, cloud_products, cloud_devices, NULL, 0, cloud, false };
	struct scenarios *engine = engine_of(cloud);
	struct scenario *scenario = NULL, **last;
	size_t i;

	(void)out;
	if (!store_list_products(cloud->store, know_product, &known) && engine) {
		names.around = known.at;
		names.around_count = known.count;
		scenario = scenario_read(source, &names, engine, complaints);
	} else {
		text_addf(complaints, "%s:1:1: %s\n", source->name, engine ? store_error(cloud->store) : "out of memory");
	}
	for (i = 0; i < known.count; i++) {
		free(known.at[i].product_key);
		free(known.at[i].product_secret);
		free(known.at[i].tsl);
	}
	free(known.at);
	if (!scenario)
		return NULL;
	if (fixtures_make(cloud, scenario)) {
		text_addf(complaints, "%s:1:1: the fixtures cannot be stored: %s\n", source->name, store_error(cloud->store));
		scenario_free(scenario);
		return NULL;
	}
	for (last = &engine->first; *last; last = &(*last)->next)
		;
	*last = scenario;
	resolve(engine);
	start(cloud, scenario);
	engine->keeps = engine->keeps || keeps_messages(scenario);
	index_make(engine);
	log_scenario(cloud, scenario, "loaded", NULL);
	return scenario->name;
}

/* --- ending --- */

enum verdict scenario_verdict(const struct scenario *scenario)
{
	enum verdict verdict = scenario->over ? VERDICT_MET : VERDICT_OPEN;
	size_t i;

	for (i = 0; i < scenario->expect_count; i++)
		if (scenario->expects[i].verdict == VERDICT_FAILED && !scenario->expects[i].warn)
			return VERDICT_FAILED;
	for (i = 0; scenario->over && i < scenario->rule_count; i++)
		if (scenario->rules[i].enabled && !scenario->rules[i].optional && !scenario->rules[i].fired)
			return VERDICT_FAILED;
	return verdict;
}

/* What a scenario did to the cloud ends with it. */
static void let_go(struct cloud *cloud, struct scenario *scenario, struct effects *out)
{
	struct scenarios *engine = cloud->scenarios;
	const struct clock_request real = { .mode = CLOCK_REAL };
	struct standing_throttle *throttle;

	laters_release(engine, scenario, out);
	identities_free(engine, scenario);
	for (throttle = scenario->throttles; throttle; throttle = throttle->next)
		tallies_free(engine, &throttle->tallies);
	scenario->throttles = NULL;
	if (scenario->settings_before)
		cloud->settings = *scenario->settings_before;
	scenario->settings_before = NULL;
	if (scenario->has_clock)
		clock_change(cloud, &real);
	scenario->has_clock = false;
	cloud->clock.ntp_skew_ms = 0;
}

static void stop_one(struct cloud *cloud, struct scenario *scenario, const char *why, struct effects *out)
{
	if (scenario->over)
		return;
	timer_cancel(&cloud->timers, &scenario->stop_timer);
	timer_cancel(&cloud->world_timers, &scenario->bound_timer);
	timeline_end(scenario);
	expects_end(scenario);
	scenario->over = true;
	scenario->ended_ms = cloud_now(cloud);
	scenario->why_over = why;
	if (!scenario->keep)
		let_go(cloud, scenario, out);
	log_scenario(cloud, scenario, scenario_verdict(scenario) == VERDICT_FAILED ? "failed" : "passed", why);
	scenario->log_to = journal_last(cloud->journal);
	index_make(cloud->scenarios);
}

bool scenario_stop(struct cloud *cloud, const char *name, const char *why, struct effects *out)
{
	struct scenario *scenario = cloud->scenarios ? cloud->scenarios->first : NULL;
	bool found = !name;

	for (; scenario; scenario = scenario->next)
		if (!name || !strcmp(scenario->name, name)) {
			stop_one(cloud, scenario, why, out);
			found = true;
		}
	return found;
}

static bool all_decided(const struct scenario *scenario)
{
	size_t i;

	for (i = 0; i < scenario->expect_count; i++)
		if (!expect_decided(&scenario->expects[i]))
			return false;
	for (i = 0; i < scenario->rule_count; i++)
		if (scenario->rules[i].enabled && !scenario->rules[i].optional && !scenario->rules[i].fired)
			return false;
	return true;
}

void scenarios_decide(struct scenarios *engine, struct effects *out)
{
	struct scenario *scenario;

	engine->end_asked = false;
	for (scenario = engine->first; scenario; scenario = scenario->next)
		if (scenario->stop_when_decided && !scenario->over && all_decided(scenario))
			stop_one(engine->cloud, scenario, "all expectations are decided", out);
}

/* --- going --- */

static void remove_one(struct scenarios *engine, struct scenario *scenario, struct effects *out)
{
	struct cloud *cloud = engine->cloud;
	struct scenario **at;

	timer_cancel(&cloud->timers, &scenario->stop_timer);
	timer_cancel(&cloud->world_timers, &scenario->bound_timer);
	timeline_end(scenario);
	for (at = &engine->first; *at != scenario; at = &(*at)->next)
		;
	*at = scenario->next;
	if (out) {
		let_go(cloud, scenario, out);
		fixtures_remove(cloud, scenario, out);
		log_scenario(cloud, scenario, "unloaded", NULL);
	}
	resolve(engine);
	scenario_free(scenario);
	if (!engine->first)
		http_faults_free(engine);
}

bool scenario_unload(struct cloud *cloud, const char *name, struct effects *out)
{
	struct scenario *scenario = scenario_find(cloud, name);

	if (!scenario)
		return false;
	remove_one(cloud->scenarios, scenario, out);
	index_make(cloud->scenarios);
	return true;
}

void scenarios_free(struct cloud *cloud)
{
	struct scenarios *engine = cloud->scenarios;

	if (!engine)
		return;
	laters_release(engine, NULL, NULL);
	identities_free(engine, NULL);
	while (engine->first) {
		struct standing_throttle *throttle;

		for (throttle = engine->first->throttles; throttle; throttle = throttle->next)
			tallies_free(engine, &throttle->tallies);
		remove_one(engine, engine->first, NULL);
	}
	index_free(engine);
	kept_free(engine);
	http_faults_free(engine);
	flights_free(engine);
	free(engine->noted);
	free(engine->todo);
	free(engine);
	cloud->scenarios = NULL;
	cloud->watched = 0;
}

void scenario_forget_ticket(struct cloud *cloud, uint64_t ticket)
{
	if (!cloud->scenarios)
		return;
	laters_forget(cloud->scenarios, ticket);
	http_fault_forget(cloud->scenarios, ticket);
}

void scenario_free(struct scenario *scenario)
{
	size_t i;

	if (!scenario)
		return;
	for (i = 0; scenario->engine && i < scenario->rule_count; i++)
		tallies_free(scenario->engine, &scenario->rules[i].tallies);
	expects_free(scenario);
	states_free(scenario);
	regexes_free(&scenario->regexes);
	cloud_file_free(scenario->fixtures);
	form_close(&scenario->form);
	free(scenario->checkpoints);
	free(scenario->text);
	arena_free(&scenario->arena);
	free(scenario);
}

/*
 * One rule and one event: match, state and variables, after and during, then the count, then chance, then what
 * has fired already; and then its actions.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "later.h"
#include "match.h"
#include "rule.h"
#include "run.h"

void reached_add(struct reached *reached, int64_t time_ms, const char *key, const struct seen *seen)
{
	struct reach *reach = &reached->at[reached->count++ % REACHED_MAX];

	reach->time_ms = time_ms;
	snprintf(reach->key, sizeof(reach->key), "%s", key);
	reach->seen = *seen;
}

struct tally *tally_of(struct scenarios *engine, struct tally **tallies, const char *key, bool make)
{
	size_t len = strlen(key);
	struct tally *tally;

	HASH_FIND(hh, *tallies, key, len, tally);
	if (tally || !make || engine->tally_count >= TALLIES_MAX)
		return tally;
	tally = calloc(1, sizeof(*tally) + len + 1);
	if (!tally)
		return NULL;
	memcpy(tally->key, key, len + 1);
	HASH_ADD_KEYPTR(hh, *tallies, tally->key, len, tally);
	engine->tally_count++;
	return tally;
}

/* NOLINTBEGIN(clang-analyzer-unix.Malloc): uthash frees its table with the last element, when the head is NULL */
void tallies_free(struct scenarios *engine, struct tally **tallies)
{
	struct tally *tally, *next;

	HASH_ITER(hh, *tallies, tally, next) {
		HASH_DELETE(hh, *tallies, tally);
		free(tally);
		engine->tally_count--;
	}
}
/* NOLINTEND(clang-analyzer-unix.Malloc) */

static bool no(struct seen *seen, const char *condition, const char *format, ...) __attribute__((format(printf, 3, 4)));

static bool no(struct seen *seen, const char *condition, const char *format, ...)
{
	va_list args;

	seen->condition = condition;
	va_start(args, format);
	vsnprintf(seen->text, sizeof(seen->text), format, args);
	va_end(args);
	return false;
}

static bool tests_hold(const struct rule *rule, struct happening *happening, struct seen *seen)
{
	const struct when *when = &rule->when;
	const char *value;
	size_t i;

	for (i = 0; i < when->state_count; i++) {
		value = state_get(rule->scenario, happening_key(happening, when->per), when->states[i].name);
		if (!named_test_holds(&when->states[i], value))
			return no(seen, "when.state", "%s: %s", when->states[i].name, value ? value : "nothing");
	}
	for (i = 0; i < when->var_count; i++) {
		value = var_get(rule->scenario, when->vars[i].name);
		if (!named_test_holds(&when->vars[i], value))
			return no(seen, "when.vars", "%s: %s", when->vars[i].name, value ? value : "nothing");
	}
	return true;
}

static bool in_time(const struct rule *rule, struct happening *happening, struct seen *seen)
{
	const struct when *when = &rule->when;
	int64_t time_ms = happening->now_ms - rule->scenario->began_ms;

	if (when->after.text && !ref_happened(&when->after, happening))
		return no(seen, "when.after", "%s has not happened for %s", when->after.text, happening_key(happening, when->per));
	if (when->has_during && (time_ms < when->from_ms || time_ms >= when->to_ms))
		return no(seen, "when.during", "%lld ms", (long long)time_ms);
	return true;
}

static bool counts(const struct when *when, uint64_t n, struct seen *seen)
{
	bool found = !when->nth_count;
	size_t i;

	for (i = 0; i < when->nth_count && !found; i++)
		found = n >= when->nth[i].from && n <= when->nth[i].to;
	if (!found)
		return no(seen, "when.nth", "%llu", (unsigned long long)n);
	if (n <= when->skip)
		return no(seen, "when.skip", "%llu", (unsigned long long)n);
	if (when->every > 1 && (n - when->skip) % when->every)
		return no(seen, "when.every", "%llu", (unsigned long long)n);
	return true;
}

static bool chance_wants(const struct when *when, struct tally *tally, struct chance *chance, struct seen *seen)
{
	double drawn;

	if (when->probability < 1) {
		drawn = chance_draw(chance);
		if (drawn >= when->probability)
			return no(seen, "when.probability", "%.4f", drawn);
	}
	if (when->has_burst) {
		drawn = chance_draw(chance);
		tally->bad = tally->bad ? drawn >= when->leave : drawn < when->enter;
		if (!tally->bad)
			return no(seen, "when.burst", "%.4f", drawn);
	}
	return true;
}

static bool may_fire(const struct rule *rule, const struct tally *tally, int64_t now_ms, struct seen *seen)
{
	const struct when *when = &rule->when;

	if (when->times && tally->fired >= when->times)
		return no(seen, "when.times", "fired %llu times", (unsigned long long)tally->fired);
	if (when->cooldown_ms && tally->fired && now_ms - tally->last_ms < when->cooldown_ms)
		return no(seen, "when.cooldown", "%lld ms since the last", (long long)(now_ms - tally->last_ms));
	if (when->max_active && tally->active >= when->max_active)
		return no(seen, "when.maxActive", "%llu are under way", (unsigned long long)tally->active);
	if (rule->sequence && rule->on_end == ON_END_STOP && tally->cursor >= rule->list_count)
		return no(seen, "sequence", "all %zu are done", rule->list_count);
	return true;
}

static const struct action_list *next_list(const struct rule *rule, struct tally *tally)
{
	size_t cursor = tally->cursor;

	if (!rule->sequence)
		return &rule->lists[0];
	if (cursor >= rule->list_count)
		cursor = rule->on_end == ON_END_CYCLE ? cursor % rule->list_count : rule->list_count - 1;
	tally->cursor++;
	return &rule->lists[cursor];
}

void set_apply(const struct set *set, struct scenario *scenario, const char *key)
{
	size_t i;

	for (i = 0; i < set->state_count; i++)
		state_set(scenario, key, set->states[i].name, set->states[i].value);
	for (i = 0; i < set->var_count; i++)
		var_set(scenario, set->vars[i].name, set->vars[i].value);
	for (i = 0; i < set->add_count; i++)
		var_add(scenario, set->adds[i].name, set->adds[i].add);
}

static enum fate fire(struct rule *rule, struct tally *tally, struct chance *chance, struct happening *happening,
                      struct subject *subject)
{
	struct act act = {
		.scenario = rule->scenario, .rule = rule, .tally = tally, .label = rule->label, .happening = happening,
		.subject = subject, .chance = chance,
	};
	enum fate fate;

	if (subject)
		subject->touched = rule->label;
	rule->fired++;
	tally->fired++;
	tally->last_ms = happening->now_ms;
	if (tally->fired == 1)
		tally->first_ms = happening->now_ms;
	fate = actions_run(next_list(rule, tally), &act);
	set_apply(&rule->set, rule->scenario, tally->key);
	part_happened(rule->scenario->engine, PART_RULE, rule);
	return fate;
}

enum fate rule_run(struct rule *rule, struct happening *happening, struct subject *subject)
{
	const char *key = happening_key(happening, rule->when.per);
	struct seen seen = { 0 };
	enum fate fate = FATE_GOES_ON;
	struct tally *tally = NULL;
	struct chance chance = { rule->scenario->seed, rule->scenario->name, rule->id, key, 0, 0 };

	if (!match_holds(rule->match, happening, rule->scenario, &seen) || !tests_hold(rule, happening, &seen) ||
	    !in_time(rule, happening, &seen))
		goto done;
	tally = tally_of(rule->scenario->engine, &rule->tallies, key, true);
	if (!tally) {
		no(&seen, "per", "the engine remembers %d keys already", TALLIES_MAX);
		goto done;
	}
	rule->eligible++;
	chance.n = ++tally->eligible;
	if (counts(&rule->when, chance.n, &seen) && chance_wants(&rule->when, tally, &chance, &seen) &&
	    may_fire(rule, tally, happening->now_ms, &seen))
		fate = fire(rule, tally, &chance, happening, subject);
	else
		laters_passed(rule->scenario->engine, tally);
done:
	reached_add(&rule->reached, happening->now_ms, key, &seen);
	return fate;
}

/* Reading rules: what they are about, when they fire, what they do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

const struct form_key rule_keys[] = {
	{ "id",       FORM_STRING,  NULL, true },
	{ "on",       FORM_STRING,  NULL, true },
	{ "match",    FORM_OBJECT,  NULL, false },
	{ "when",     FORM_OBJECT,  NULL, false },
	{ "do",       FORM_ARRAY,   NULL, false },
	{ "sequence", FORM_ARRAY,   NULL, false },
	{ "onEnd",    FORM_STRING,  "stop stay cycle", false },
	{ "set",      FORM_OBJECT,  NULL, false },
	{ "priority", FORM_NUMBER,  NULL, false },
	{ "enabled",  FORM_BOOLEAN, NULL, false },
	{ "optional", FORM_BOOLEAN, NULL, false },
	{ "note",     FORM_STRING,  NULL, false },
	{ 0 }
};

const struct form_key when_keys[] = {
	{ "per",         FORM_STRING, PER_WORDS, false },
	{ "nth",         FORM_NUMBER | FORM_STRING | FORM_ARRAY, NULL, false },
	{ "skip",        FORM_NUMBER, NULL, false },
	{ "every",       FORM_NUMBER, NULL, false },
	{ "times",       FORM_NUMBER, NULL, false },
	{ "cooldown",    FORM_STRING, NULL, false },
	{ "maxActive",   FORM_NUMBER, NULL, false },
	{ "probability", FORM_NUMBER, NULL, false },
	{ "burst",       FORM_OBJECT, NULL, false },
	{ "during",      FORM_ARRAY,  NULL, false },
	{ "after",       FORM_STRING, NULL, false },
	{ "state",       FORM_OBJECT, NULL, false },
	{ "vars",        FORM_OBJECT, NULL, false },
	{ 0 }
};

const struct form_key burst_keys[] = { { "enter", FORM_NUMBER, NULL, true }, { "exit", FORM_NUMBER, NULL, true }, { 0 } };

const struct form_key set_keys[] = {
	{ "state", FORM_OBJECT, NULL, false }, { "vars", FORM_OBJECT, NULL, false }, { "inc", FORM_OBJECT, NULL, false }, { 0 }
};

#define COUNT_MAX    1000000000
#define SEQUENCE_MAX 1000

/* --- when --- */

/* 3 or "3..5" or "3..". */
static bool read_range(struct loading *loading, struct json value, struct range *range)
{
	char text[48], *end;
	int64_t number;

	if (json_is(value, JSON_NUMBER)) {
		if (!loading_whole(loading, value, 1, COUNT_MAX, &number))
			return false;
		*range = (struct range){ (uint64_t)number, (uint64_t)number };
		return true;
	}
	if (json_string(value, text, sizeof(text)) > 0 && strspn(text, "0123456789.") == strlen(text) && *text >= '1') {
		range->from = strtoull(text, &end, 10);
		range->to = range->from;
		if (!strncmp(end, "..", 2)) {
			range->to = end[2] ? strtoull(end + 2, &end, 10) : UINT64_MAX;
			end = range->to == UINT64_MAX ? "" : end;
		}
		if (!*end && range->from >= 1 && range->from <= COUNT_MAX && range->to >= range->from)
			return true;
	}
	form_complain(loading->form, value, "`nth` is counted from 1: a number, or \"3..5\", or \"3..\"");
	return false;
}

static void read_nth(struct loading *loading, struct json value, struct when *when)
{
	bool many = json_is(value, JSON_ARRAY);

	if (!json_present(value))
		return;
	when->nth = loading_new(loading, (many ? json_count(value) + 1 : 1) * sizeof(*when->nth));
	if (!when->nth)
		return;
	if (!many) {
		when->nth_count = read_range(loading, value, &when->nth[0]);
		return;
	}
	if (!json_count(value))
		form_complain(loading->form, value, "`nth` is empty, so the rule could never fire");
	json_each(item, value)
		when->nth_count += read_range(loading, item, &when->nth[when->nth_count]);
}

static void read_during(struct loading *loading, struct json value, struct when *when)
{
	struct json from = json_first(value), to = json_next(from);

	if (!json_present(value))
		return;
	if (json_count(value) != 2 || !json_is(from, JSON_STRING) || !json_is(to, JSON_STRING)) {
		form_complain(loading->form, value, "`during` must be two durations, as in [\"20s\", \"60s\"]");
		return;
	}
	when->has_during = loading_duration(loading, from, &when->from_ms) && loading_duration(loading, to, &when->to_ms);
	if (when->has_during && when->to_ms <= when->from_ms)
		form_complain(loading->form, value, "this time is empty, so the rule could never fire");
	if (when->has_during)
		loading_in_time(loading, from, when->from_ms);
}

static void read_count(struct loading *loading, struct json value, int64_t min, uint64_t *count)
{
	int64_t number;

	if (loading_whole(loading, value, min, COUNT_MAX, &number))
		*count = (uint64_t)number;
}

/* What a rule's own fields exclude: it could never fire. */
static void check_when(struct loading *loading, struct json value, const struct when *when)
{
	uint64_t last = 0;
	size_t i;
	bool some = !when->nth_count;

	for (i = 0; i < when->nth_count; i++) {
		last = when->nth[i].to > last ? when->nth[i].to : last;
		/* A range of `every` always holds one of them; a single number must be one. */
		some = some || when->every <= 1 || when->nth[i].to - when->nth[i].from + 1 >= when->every ||
		       (when->nth[i].to > when->skip && (when->nth[i].from - 1 < when->skip ? 0 : (when->nth[i].from - 1 - when->skip) / when->every) !=
		        (when->nth[i].to - when->skip) / when->every);
	}
	if (when->nth_count && last <= when->skip)
		form_complain(loading->form, value, "`skip` leaves out all that `nth` names, so the rule could never fire");
	else if (!some)
		form_complain(loading->form, value, "`nth` and `every` have nothing in common, so the rule could never fire");
}

static void when_read(struct loading *loading, struct json value, struct when *when)
{
	struct json times = json_get(value, "times"), probability = json_get(value, "probability"), burst = json_get(value, "burst");
	int64_t number;
	int per;

	*when = (struct when){ .per = loading->scenario->per, .probability = 1, .every = 1 };
	if (!json_present(value))
		return;
	loading_keys(loading, value, when_keys);
	per = word_of(PER_WORDS, json_get(value, "per"));
	if (per >= 0)
		when->per = (enum per)per;
	read_nth(loading, json_get(value, "nth"), when);
	read_count(loading, json_get(value, "skip"), 0, &when->skip);
	read_count(loading, json_get(value, "every"), 1, &when->every);
	if (json_int64(times, &number) && number == 0)
		form_complain(loading->form, times, "with `times` 0 the rule could never fire");
	else
		read_count(loading, times, 1, &when->times);
	loading_duration(loading, json_get(value, "cooldown"), &when->cooldown_ms);
	read_count(loading, json_get(value, "maxActive"), 1, &when->max_active);
	if (loading_chance(loading, probability, &when->probability) && when->probability <= 0)
		form_complain(loading->form, probability, "with `probability` 0 the rule could never fire");
	if (json_is(burst, JSON_OBJECT)) {
		loading_keys(loading, burst, burst_keys);
		when->has_burst = true;
		if (loading_chance(loading, json_get(burst, "enter"), &when->enter) && when->enter <= 0)
			form_complain(loading->form, json_get(burst, "enter"), "with `enter` 0 the rule could never fire");
		loading_chance(loading, json_get(burst, "exit"), &when->leave);
	}
	read_during(loading, json_get(value, "during"), when);
	loading_ref(loading, json_get(value, "after"), &when->after);
	when->states = loading_named_tests(loading, json_get(value, "state"), &when->state_count);
	when->vars = loading_named_tests(loading, json_get(value, "vars"), &when->var_count);
	check_when(loading, value, when);
}

/* --- set --- */

static struct assignment *read_assignments(struct loading *loading, struct json object, bool adds, size_t *count)
{
	struct assignment *made = loading_new(loading, (json_count(object) + 1) * sizeof(*made));

	if (!made || !json_is(object, JSON_OBJECT))
		return NULL;
	json_each(member, object) {
		made[*count].name = loading_string(loading, json_key(member));
		made[*count].value = member;
		if (adds && !json_is(member, JSON_NUMBER))
			form_complain(loading->form, member, "`inc` adds a whole number");
		else if (adds)
			loading_whole(loading, member, -COUNT_MAX, COUNT_MAX, &made[*count].add);
		if (made[*count].name)
			++*count;
	}
	return made;
}

static void set_read(struct loading *loading, struct json value, struct set *set)
{
	if (!json_present(value))
		return;
	loading_keys(loading, value, set_keys);
	set->states = read_assignments(loading, json_get(value, "state"), false, &set->state_count);
	set->vars = read_assignments(loading, json_get(value, "vars"), false, &set->var_count);
	set->adds = read_assignments(loading, json_get(value, "inc"), true, &set->add_count);
}

/* --- the rule --- */

static void read_actions(struct loading *loading, struct json value, struct rule *rule)
{
	struct json sequence = json_get(value, "sequence"), list = json_get(value, "do");
	int on_end = word_of("stop stay cycle", json_get(value, "onEnd"));

	rule->sequence = json_is(sequence, JSON_ARRAY);
	rule->on_end = on_end < 0 ? ON_END_STOP : (enum on_end)on_end;
	rule->lists = loading_new(loading, (json_count(sequence) + 1) * sizeof(*rule->lists));
	if (!rule->lists)
		return;
	if (json_present(sequence) && json_present(list))
		form_complain(loading->form, list, "`do` and `sequence` exclude each other");
	else if (!json_present(sequence) && !json_present(list) && !json_present(json_get(value, "set")))
		form_complain(loading->form, value, "the rule does nothing: give `do`, `sequence` or `set`");
	if (json_present(json_get(value, "onEnd")) && !json_present(sequence))
		form_complain(loading->form, json_get(value, "onEnd"), "`onEnd` belongs to a `sequence`");
	if (!rule->sequence) {
		rule->list_count = 1;
		if (json_present(list))
			actions_read(loading, 1u << rule->event, rule->event, list, &rule->lists[0]);
		return;
	}
	if (!json_count(sequence) || json_count(sequence) > SEQUENCE_MAX) {
		form_complain(loading->form, sequence, "a `sequence` has 1 to %d lists of actions", SEQUENCE_MAX);
		return;
	}
	json_each(item, sequence) {
		if (json_is(item, JSON_ARRAY))
			actions_read(loading, 1u << rule->event, rule->event, item, &rule->lists[rule->list_count]);
		else
			form_complain(loading->form, item, "a `sequence` is a list of lists of actions");
		rule->list_count++;
	}
}

static void rule_read(struct loading *loading, struct json value, struct rule *rule)
{
	struct json on = json_get(value, "on");

	rule->scenario = loading->scenario;
	loading->raw = value;
	loading_keys(loading, value, rule_keys);
	rule->id = loading_id(loading, json_get(value, "id"));
	rule->enabled = !json_is(json_get(value, "enabled"), JSON_FALSE);
	rule->optional = json_is(json_get(value, "optional"), JSON_TRUE);
	loading_whole(loading, json_get(value, "priority"), -COUNT_MAX, COUNT_MAX, &rule->priority);
	when_read(loading, json_get(value, "when"), &rule->when);
	set_read(loading, json_get(value, "set"), &rule->set);
	/* What stands in the rest depends on the event. */
	if (!loading_event(loading, on, &rule->event))
		return;
	rule->match = match_read(loading, rule->event, json_get(value, "match"));
	read_actions(loading, value, rule);
}

void rules_read(struct loading *loading, struct json list)
{
	struct scenario *scenario = loading->scenario;

	if (!json_is(list, JSON_ARRAY))
		return;
	if (json_count(list) > RULES_MAX) {
		form_complain(loading->form, list, "more than %d rules", RULES_MAX);
		return;
	}
	scenario->rules = loading_new(loading, (json_count(list) + 1) * sizeof(*scenario->rules));
	if (!scenario->rules)
		return;
	json_each(item, list)
		rule_read(loading, item, &scenario->rules[scenario->rule_count++]);
}

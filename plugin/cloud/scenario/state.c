/* The states of machines and the variables of a scenario: JSON values under a name. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"

#define STATES_MAX 100000

/* --- states, of a key --- */

static struct state_value *state_find(const struct scenario *scenario, const char *key, const char *machine, struct text *name)
{
	struct state_value *state;

	text_addf(name, "%s\n%s", key, machine);
	HASH_FIND(hh, scenario->states, text_string(name), name->len, state);
	return state;
}

const char *state_get(const struct scenario *scenario, const char *key, const char *machine)
{
	struct text name = { 0 };
	const struct state_value *state = state_find(scenario, key, machine, &name);

	text_free(&name);
	return state ? state->value : NULL;
}

static char *literal_of(struct json value)
{
	size_t len;
	const char *literal = json_span(value, &len);

	return strndup(literal, len);
}

void state_set(struct scenario *scenario, const char *key, const char *machine, struct json value)
{
	struct text name = { 0 };
	struct state_value *state = state_find(scenario, key, machine, &name);

	if (!state && HASH_COUNT(scenario->states) < STATES_MAX) {
		state = calloc(1, sizeof(*state) + name.len + 1);
		if (state) {
			memcpy(state->name, text_string(&name), name.len + 1);
			HASH_ADD_KEYPTR(hh, scenario->states, state->name, name.len, state);
		}
	}
	text_free(&name);
	if (!state)
		return;
	free(state->value);
	state->value = literal_of(value);
}

/* --- variables --- */

static struct var *var_make(struct scenario *scenario, const char *name)
{
	size_t len = strlen(name);
	struct var *var;

	HASH_FIND(hh, scenario->vars, name, len, var);
	if (var)
		return var;
	var = calloc(1, sizeof(*var) + len + 1);
	if (!var)
		return NULL;
	memcpy(var->name, name, len + 1);
	HASH_ADD_KEYPTR(hh, scenario->vars, var->name, len, var);
	return var;
}

const char *var_get(const struct scenario *scenario, const char *name)
{
	struct var *var;

	HASH_FIND(hh, scenario->vars, name, strlen(name), var);
	return var ? var->value : NULL;
}

void var_set(struct scenario *scenario, const char *name, struct json value)
{
	struct var *var = var_make(scenario, name);

	if (!var)
		return;
	free(var->value);
	var->value = literal_of(value);
}

void var_add(struct scenario *scenario, const char *name, int64_t add)
{
	struct var *var = var_make(scenario, name);
	struct text sum = { 0 };
	int64_t now;

	if (!var)
		return;
	/* Unsigned, so that a count that runs over wraps instead of being undefined. */
	now = var->value ? strtoll(var->value, NULL, 10) : 0;
	text_add_int(&sum, (int64_t)((uint64_t)now + (uint64_t)add));
	free(var->value);
	var->value = text_take(&sum);
}

bool named_test_holds(const struct named_test *test, const char *value)
{
	struct json_doc doc = { 0 };
	bool holds;

	if (value)
		json_parse(&doc, value, strlen(value), JSON_STRICT, NULL);
	holds = value_test_holds(&test->test, json_root(&doc));
	json_doc_free(&doc);
	return holds;
}

void states_free(struct scenario *scenario)
{
	struct state_value *state = scenario->states, *next_state;
	struct var *var = scenario->vars, *next_var;

	HASH_CLEAR(hh, scenario->states);
	for (; state; state = next_state) {
		next_state = state->hh.next;
		free(state->value);
		free(state);
	}
	HASH_CLEAR(hh, scenario->vars);
	for (; var; var = next_var) {
		next_var = var->hh.next;
		free(var->value);
		free(var);
	}
}

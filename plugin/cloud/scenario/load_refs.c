/* What the parts of a scenario say of each other: ids, references, and what could never happen because of them. */
#include <stdlib.h>
#include <string.h>

#include "load.h"

struct named_part {
	const char *id;
	struct json at;
};

static int compare_parts(const void *a, const void *b)
{
	const struct named_part *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	return order ? order : (json_offset(x->at) > json_offset(y->at)) - (json_offset(x->at) < json_offset(y->at));
}

/* The parts in the order of their ids; two of one id are a complaint. free() it. */
static struct named_part *parts_index(struct loading *loading, struct json root, size_t *count)
{
	const struct scenario *scenario = loading->scenario;
	struct named_part *parts = calloc(scenario->rule_count + scenario->step_count + scenario->expect_count + 1, sizeof(*parts));
	static const char *const lists[] = { "rules", "timeline", "expect" };
	/* A list that is no array, or too long, was complained about and not read. */
	const size_t read[] = { scenario->rule_count, scenario->step_count, scenario->expect_count };
	size_t i, used = 0;

	*count = 0;
	if (!parts) {
		loading->scenario->arena.failed = true;
		return NULL;
	}
	for (i = 0; i < 3; i++) {
		size_t row = 0;

		json_each(item, json_get(root, lists[i])) {
			const char *id;

			if (row == read[i])
				break;
			id = i == 0 ? scenario->rules[row].id : i == 1 ? scenario->steps[row].id : scenario->expects[row].id;

			row++;
			if (id)
				parts[used++] = (struct named_part){ id, json_present(json_get(item, "id")) ? json_get(item, "id") : item };
		}
	}
	qsort(parts, used, sizeof(*parts), compare_parts);
	for (i = 1; i < used; i++)
		if (!strcmp(parts[i].id, parts[i - 1].id))
			form_complain(loading->form, parts[i].at, "the id `%s` is taken", parts[i].id);
	*count = used;
	return parts;
}

static void check_ref(struct loading *loading, struct ref *ref, const char *own, const struct named_part *parts, size_t count)
{
	char shown[FORM_SHOW_SIZE], hint[FORM_HINT_SIZE];

	if (!ref->text)
		return;
	if (own && !strcmp(ref->text, own))
		form_complain(loading->form, ref->at, "`%s` waits for itself, so it could never happen", own);
	else if (!ref_find(loading->engine, loading->scenario, ref->text, ref) && (loading->engine || !strchr(ref->text, '/')))
		form_complain(loading->form, ref->at, "nothing here is called `%s`%s", form_show(ref->at, shown),
		              form_hint(loading->form, ref->at, parts, count, sizeof(*parts), hint));
}

/* --- what could never happen --- */

/* What a part waits for; NULL: for nothing by name. */
static const struct ref *awaited(const struct ref *ref)
{
	const struct ref *next = ref->part == PART_RULE ? &ref->rule->when.after : ref->part == PART_STEP ? &ref->step->after :
		ref->part == PART_EXPECT ? &ref->expect->after : NULL;

	return next && next->text && next->part != PART_NONE ? next : NULL;
}

static void check_after(struct loading *loading, const struct ref *ref, const void *own, size_t parts)
{
	const struct ref *at = ref;
	size_t steps;

	if (!ref->text || ref->part == PART_NONE)
		return;
	if (ref->part == PART_RULE && !ref->rule->enabled)
		form_complain(loading->form, ref->at, "rule `%s` is not enabled, so this could never happen", ref->text);
	for (steps = 0; at && steps <= parts; steps++, at = awaited(at))
		if ((const void *)at->rule == own && steps) {
			form_complain(loading->form, ref->at, "`%s` waits for this in the end, so neither could ever happen", ref->text);
			return;
		}
}

#define JUDGED_MAX 2000     /* rules; all pairs of them are looked at */

/* Whether some rule sets a machine or a variable to what the test wants, or it is so by itself. */
static bool could_be(const struct loading *loading, const struct named_test *test, bool is_state, struct json root)
{
	const struct scenario *scenario = loading->scenario;
	struct json begin = is_state ? (struct json){ 0 } : json_get(json_get(root, "vars"), test->name);
	size_t i, k;

	if (value_test_holds(&test->test, begin))
		return true;
	for (i = 0; i < scenario->rule_count; i++) {
		const struct set *set = &scenario->rules[i].set;
		const struct assignment *made = is_state ? set->states : set->vars;

		for (k = 0; k < (is_state ? set->state_count : set->var_count); k++)
			if (!strcmp(made[k].name, test->name) && value_test_holds(&test->test, made[k].value))
				return true;
		for (k = 0; !is_state && k < set->add_count; k++)
			if (!strcmp(set->adds[k].name, test->name))
				return true;
	}
	return false;
}

static void check_tests(struct loading *loading, const struct named_test *tests, size_t count, bool is_state, struct json at,
                        struct json root)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!could_be(loading, &tests[i], is_state, root))
			form_complain(loading->form, json_get(at, tests[i].name), "nothing sets `%s` to that, so the rule could never fire",
			              tests[i].name);
}

static void check_sets(struct loading *loading, struct json root)
{
	const struct scenario *scenario = loading->scenario;
	size_t row = 0;

	/* What is wrong elsewhere reads as absent: not complained about twice. */
	if (scenario->rule_count > JUDGED_MAX || loading->form->complaints->errors)
		return;
	json_each(item, json_get(root, "rules")) {
		const struct rule *rule = &scenario->rules[row++];
		struct json when = json_get(item, "when");

		check_tests(loading, rule->when.states, rule->when.state_count, true, json_get(when, "state"), root);
		check_tests(loading, rule->when.vars, rule->when.var_count, false, json_get(when, "vars"), root);
	}
}

static void check_afters(struct loading *loading)
{
	struct scenario *scenario = loading->scenario;
	size_t parts = scenario->rule_count + scenario->step_count + scenario->expect_count, i;

	for (i = 0; i < scenario->rule_count; i++)
		check_after(loading, &scenario->rules[i].when.after, &scenario->rules[i], parts);
	for (i = 0; i < scenario->step_count; i++)
		check_after(loading, &scenario->steps[i].after, &scenario->steps[i], parts);
	for (i = 0; i < scenario->expect_count; i++)
		check_after(loading, &scenario->expects[i].after, &scenario->expects[i], parts);
}

void refs_check(struct loading *loading, struct json root)
{
	struct scenario *scenario = loading->scenario;
	size_t count, i, k;
	struct named_part *parts = parts_index(loading, root, &count);

	for (i = 0; parts && i < scenario->rule_count; i++)
		check_ref(loading, &scenario->rules[i].when.after, scenario->rules[i].id, parts, count);
	for (i = 0; parts && i < scenario->step_count; i++)
		check_ref(loading, &scenario->steps[i].after, scenario->steps[i].id, parts, count);
	for (i = 0; parts && i < scenario->expect_count; i++) {
		struct expect *expect = &scenario->expects[i];

		check_ref(loading, &expect->after, expect->id, parts, count);
		check_ref(loading, &expect->rule, NULL, parts, count);
		if (expect->rule.text && expect->rule.part != PART_NONE && expect->rule.part != PART_RULE)
			form_complain(loading->form, expect->rule.at, "`%s` is no rule", expect->rule.text);
		for (k = 0; k < expect->order_count; k++)
			check_ref(loading, &expect->order[k], expect->id, parts, count);
	}
	free(parts);
	check_afters(loading);
	check_sets(loading, root);
}

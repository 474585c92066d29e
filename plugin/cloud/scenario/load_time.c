/* Reading the timeline and the expectations. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "load.h"

const struct form_key step_keys[] = {
	{ "id",     FORM_STRING, NULL, false },
	{ "at",     FORM_STRING, NULL, false },
	{ "after",  FORM_OBJECT, NULL, false },
	{ "do",     FORM_ARRAY,  NULL, true },
	{ "repeat", FORM_OBJECT, NULL, false },
	{ "target", FORM_STRING, NULL, false },
	{ "note",   FORM_STRING, NULL, false },
	{ 0 }
};

const struct form_key after_keys[] = {
	{ "event",  FORM_STRING, NULL, false },
	{ "rule",   FORM_STRING, NULL, false },
	{ "step",   FORM_STRING, NULL, false },
	{ "expect", FORM_STRING, NULL, false },
	{ "signal", FORM_STRING, NULL, false },
	{ "match",  FORM_OBJECT, NULL, false },
	{ "plus",   FORM_STRING, NULL, false },
	{ 0 }
};

const struct form_key repeat_keys[] = { { "every", FORM_STRING, NULL, true }, { "times", FORM_NUMBER, NULL, false }, { 0 } };

const struct form_key expect_keys[] = {
	{ "id",        FORM_STRING,  NULL, true },
	{ "that",      FORM_STRING,  NULL, false },
	{ "rule",      FORM_STRING,  NULL, false },
	{ "fired",     FORM_NUMBER | FORM_OBJECT, NULL, false },
	{ "device",    FORM_STRING,  NULL, false },
	{ "value",     FORM_OBJECT,  NULL, false },
	{ "order",     FORM_ARRAY,   NULL, false },
	{ "invariant", FORM_STRING,  NULL, false },
	{ "match",     FORM_OBJECT,  NULL, false },
	{ "count",     FORM_NUMBER | FORM_OBJECT, NULL, false },
	{ "never",     FORM_BOOLEAN, NULL, false },
	{ "within",    FORM_STRING,  NULL, false },
	{ "after",     FORM_STRING,  NULL, false },
	{ "per",       FORM_STRING,  PER_WORDS, false },
	{ "latency",   FORM_STRING,  NULL, false },
	{ "intervals", FORM_OBJECT,  NULL, false },
	{ "severity",  FORM_STRING,  "fail warn", false },
	{ "note",      FORM_STRING,  NULL, false },
	{ 0 }
};

const struct form_key count_keys[] = {
	{ "min", FORM_NUMBER, NULL, false }, { "max", FORM_NUMBER, NULL, false }, { "exactly", FORM_NUMBER, NULL, false }, { 0 }
};

const struct form_key intervals_keys[] = {
	{ "min",    FORM_STRING, NULL, false },
	{ "max",    FORM_STRING, NULL, false },
	{ "growth", FORM_NUMBER, NULL, false },
	{ "jitter", FORM_NUMBER, NULL, false },
	{ 0 }
};

#define STEPS_MAX   10000
#define EXPECTS_MAX 10000
#define COUNT_MAX   1000000000
#define REPEAT_MIN_MS 10

/* --- the timeline --- */

static void read_after(struct loading *loading, struct json value, struct step *step)
{
	static const char *const parts[] = { "rule", "step", "expect" };
	struct json event = json_get(value, "event"), signal = json_get(value, "signal");
	size_t i, given = json_present(event) + json_present(signal);

	loading_keys(loading, value, after_keys);
	loading_duration(loading, json_get(value, "plus"), &step->plus_ms);
	for (i = 0; i < 3; i++)
		if (json_present(json_get(value, parts[i]))) {
			given++;
			step->trigger = TRIGGER_PART;
			loading_ref(loading, json_get(value, parts[i]), &step->after);
		}
	if (json_present(signal)) {
		step->trigger = TRIGGER_SIGNAL;
		step->signal = loading_string(loading, signal);
	}
	if (json_present(event) && loading_event(loading, event, &step->event)) {
		step->trigger = TRIGGER_EVENT;
		step->match = match_read(loading, step->event, json_get(value, "match"));
	} else if (json_present(json_get(value, "match")) && !json_present(event)) {
		form_complain(loading->form, json_get(value, "match"), "`match` belongs to an `event`");
	}
	if (given != 1)
		form_complain(loading->form, value, "`after` is one of `event`, `rule`, `step`, `expect`, `signal`");
}

static void read_repeat(struct loading *loading, struct json value, struct step *step)
{
	int64_t times;

	loading_keys(loading, value, repeat_keys);
	if (loading_duration(loading, json_get(value, "every"), &step->every_ms) && step->every_ms < REPEAT_MIN_MS)
		form_complain(loading->form, json_get(value, "every"), "not more often than every %d ms", REPEAT_MIN_MS);
	if (loading_whole(loading, json_get(value, "times"), 1, COUNT_MAX, &times))
		step->times = (uint64_t)times;
}

static char *step_name(struct loading *loading, size_t number)
{
	char *name = loading_new(loading, 32);

	if (name)
		snprintf(name, 32, "step-%zu", number);
	return name;
}

static void step_read(struct loading *loading, struct json value, struct step *step, size_t number)
{
	struct json at = json_get(value, "at"), after = json_get(value, "after"), list = json_get(value, "do");
	size_t i;

	step->scenario = loading->scenario;
	loading->raw = value;
	loading_keys(loading, value, step_keys);
	step->id = json_present(json_get(value, "id")) ? loading_id(loading, json_get(value, "id")) : step_name(loading, number);
	if (json_present(at) == json_present(after))
		form_complain(loading->form, value, "a step is either `at` a time or `after` something");
	if (loading_duration(loading, at, &step->at_ms))
		loading_in_time(loading, at, step->at_ms);
	if (json_is(after, JSON_OBJECT))
		read_after(loading, after, step);
	if (json_is(json_get(value, "repeat"), JSON_OBJECT))
		read_repeat(loading, json_get(value, "repeat"), step);
	if (json_is(json_get(value, "target"), JSON_STRING))
		step->target = loading_device(loading, json_get(value, "target"));
	actions_read(loading, ON_TIMELINE, EVENT_COUNT, list, &step->actions);
	for (i = 0; i < step->actions.count && !step->target; i++) {
		const struct action *action = &step->actions.at[i];

		if (action->row->flags & ACTION_TARGETS && !(action->row->run == push_run && push_has_target(action->args)))
			form_complain(loading->form, value, "on the timeline `%s` needs a `target`", action->row->name);
	}
}

void steps_read(struct loading *loading, struct json list)
{
	struct scenario *scenario = loading->scenario;

	if (!json_is(list, JSON_ARRAY))
		return;
	if (json_count(list) > STEPS_MAX) {
		form_complain(loading->form, list, "more than %d steps", STEPS_MAX);
		return;
	}
	scenario->steps = loading_new(loading, (json_count(list) + 1) * sizeof(*scenario->steps));
	if (!scenario->steps)
		return;
	json_each(item, list) {
		step_read(loading, item, &scenario->steps[scenario->step_count], scenario->step_count + 1);
		scenario->step_count++;
	}
}

/* --- expectations --- */

static void read_count(struct loading *loading, struct json value, struct expect *expect)
{
	struct json exactly = json_get(value, "exactly");
	int64_t number;

	if (!json_present(value))
		return;
	if (json_is(value, JSON_NUMBER)) {
		exactly = value;
	} else {
		loading_keys(loading, value, count_keys);
		if (json_present(exactly) && json_count(value) > 1)
			form_complain(loading->form, value, "`exactly` stands alone");
		if (!json_count(value))
			form_complain(loading->form, value, "`count` is one of `min`, `max`, `exactly`");
	}
	if (loading_whole(loading, exactly, 0, COUNT_MAX, &number)) {
		expect->has_min = expect->has_max = true;
		expect->min = expect->max = (uint64_t)number;
	}
	if (loading_whole(loading, json_get(value, "min"), 0, COUNT_MAX, &number)) {
		expect->has_min = true;
		expect->min = (uint64_t)number;
	}
	if (loading_whole(loading, json_get(value, "max"), 0, COUNT_MAX, &number)) {
		expect->has_max = true;
		expect->max = (uint64_t)number;
	}
	if (expect->has_min && expect->has_max && expect->min > expect->max)
		form_complain(loading->form, value, "`min` is above `max`, so this could never be met");
}

static void read_intervals(struct loading *loading, struct json value, struct expect *expect)
{
	struct json growth = json_get(value, "growth"), jitter = json_get(value, "jitter");

	if (!json_present(value))
		return;
	loading_keys(loading, value, intervals_keys);
	expect->has_intervals = true;
	loading_duration(loading, json_get(value, "min"), &expect->interval_min_ms);
	loading_duration(loading, json_get(value, "max"), &expect->interval_max_ms);
	if (json_present(growth) && (!json_double(growth, &expect->growth) || expect->growth < 1 || expect->growth > 100))
		form_complain(loading->form, growth, "`growth` must be from 1 to 100: how many times longer each interval is");
	if (json_present(jitter) && (!json_double(jitter, &expect->jitter) || expect->jitter < 0 || expect->jitter >= 1))
		form_complain(loading->form, jitter, "`jitter` must be from 0 to below 1: what part of an interval it may be off");
	if (expect->interval_max_ms && expect->interval_min_ms > expect->interval_max_ms)
		form_complain(loading->form, value, "`min` is above `max`, so this could never be met");
}

static void read_order(struct loading *loading, struct json value, struct expect *expect)
{
	expect->order = loading_new(loading, (json_count(value) + 1) * sizeof(*expect->order));
	if (!expect->order || !json_is(value, JSON_ARRAY))
		return;
	json_each(item, value) {
		if (json_is(item, JSON_STRING))
			loading_ref(loading, item, &expect->order[expect->order_count++]);
		else
			form_complain(loading->form, item, "`order` is a list of ids");
	}
	if (json_count(value) < 2)
		form_complain(loading->form, value, "an order is of at least two");
}

static void read_invariant(struct loading *loading, struct json value, struct expect *expect)
{
	const struct invariant *rows;
	char shown[FORM_SHOW_SIZE], hint[FORM_HINT_SIZE];
	const char *version = loading->engine ? loading->engine->cloud->broker_version : NULL;
	size_t count, i;

	rows = invariants(&count);
	for (i = 0; i < count; i++)
		if (json_is_string(value, rows[i].name))
			expect->invariant = &rows[i];
	if (!expect->invariant && json_is(value, JSON_STRING))
		form_complain(loading->form, value, "`%s` is no invariant%s", form_show(value, shown),
		              form_hint(loading->form, value, rows, count, sizeof(rows[0]), hint));
	/* seen: Mosquitto 2.0 gives no reason for any end of a connection. */
	if (expect->invariant && !strcmp(expect->invariant->name, "keepalive-honoured") && version && !strncmp(version, "2.0", 3))
		form_complain(loading->form, value, "this broker (%s) does not tell that a keepalive was missed: it takes 2.1", version);
}

/* The kinds, by the key that makes one; and what else goes with it. */
static const struct {
	const char *key;
	const char *others;
} kinds[] = {
	[EXPECT_THAT]      = { "that",      "match count never within after per latency intervals" },
	[EXPECT_RULE]      = { "rule",      "fired never within after" },
	[EXPECT_DEVICE]    = { "device",    "value within after" },
	[EXPECT_ORDER]     = { "order",     "" },
	[EXPECT_INVARIANT] = { "invariant", "match within" },
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

/* False after a complaint. */
static bool read_kind(struct loading *loading, struct json value, struct expect *expect)
{
	static const char common[] = "id severity note";
	size_t i, given = 0;

	for (i = 0; i < KIND_COUNT; i++)
		if (json_present(json_get(value, kinds[i].key))) {
			given++;
			expect->kind = (enum expect_kind)i;
		}
	if (given != 1) {
		form_complain(loading->form, value, "an expectation is one of `that`, `rule`, `device`, `order`, `invariant`");
		return false;
	}
	json_each(member, value) {
		struct json key = json_key(member);
		char shown[FORM_SHOW_SIZE];
		bool known = false;

		for (i = 0; i < keys_count(expect_keys); i++)
			known = known || json_is_string(key, expect_keys[i].name);
		if (known && !json_is_string(key, kinds[expect->kind].key) && words_find(kinds[expect->kind].others, key) < 0 &&
		    words_find(common, key) < 0)
			form_complain(loading->form, key, "`%s` means nothing beside `%s`", form_show(key, shown), kinds[expect->kind].key);
	}
	return true;
}

static void expect_read(struct loading *loading, struct json value, struct expect *expect)
{
	int per = word_of(PER_WORDS, json_get(value, "per"));

	expect->scenario = loading->scenario;
	loading->raw = value;
	loading_keys(loading, value, expect_keys);
	expect->id = loading_id(loading, json_get(value, "id"));
	if (!json_is(value, JSON_OBJECT) || !read_kind(loading, value, expect))
		return;
	expect->warn = json_is_string(json_get(value, "severity"), "warn");
	expect->never = json_is(json_get(value, "never"), JSON_TRUE);
	loading_duration(loading, json_get(value, "within"), &expect->within_ms);
	loading_ref(loading, json_get(value, "after"), &expect->after);
	loading_duration(loading, json_get(value, "latency"), &expect->latency_ms);
	expect->has_per = per >= 0 && per != PER_GLOBAL;
	expect->per = expect->has_per ? (enum per)per : PER_GLOBAL;
	read_count(loading, json_get(value, expect->kind == EXPECT_RULE ? "fired" : "count"), expect);
	read_intervals(loading, json_get(value, "intervals"), expect);
	if (expect->never && expect->has_min)
		form_complain(loading->form, value, "`never` and a count exclude each other");
	if (expect->has_intervals && expect->has_min && expect->min < 2)
		form_complain(loading->form, value, "between fewer than two there is no interval");
	if (expect->has_intervals && !expect->has_min) {
		expect->has_min = true;
		expect->min = 2;
	}
	switch (expect->kind) {
	case EXPECT_THAT:
		if (loading_event(loading, json_get(value, "that"), &expect->event))
			expect->match = match_read(loading, expect->event, json_get(value, "match"));
		if (expect->latency_ms && expect->event != EVENT_PUBLISH_UP && expect->event != EVENT_REPLY)
			form_complain(loading->form, json_get(value, "latency"), "only an answer has a latency: of the device on publish.up, of the platform on reply");
		break;
	case EXPECT_RULE:
		loading_ref(loading, json_get(value, "rule"), &expect->rule);
		break;
	case EXPECT_DEVICE:
		expect->device = loading_device(loading, json_get(value, "device"));
		if (expect->device && (!strchr(expect->device, '/') || is_glob(expect->device))) {
			form_complain(loading->form, json_get(value, "device"), "a device to look at is named `PK/DN`");
			expect->device = NULL;
		}
		expect->values = loading_path_tests(loading, json_get(value, "value"), false, &expect->value_count);
		break;
	case EXPECT_ORDER:
		read_order(loading, json_get(value, "order"), expect);
		break;
	case EXPECT_INVARIANT:
		read_invariant(loading, json_get(value, "invariant"), expect);
		expect->match = match_read(loading, EVENT_COUNT, json_get(value, "match"));
		break;
	}
}

void expects_read(struct loading *loading, struct json list)
{
	struct scenario *scenario = loading->scenario;

	if (!json_is(list, JSON_ARRAY))
		return;
	if (json_count(list) > EXPECTS_MAX) {
		form_complain(loading->form, list, "more than %d expectations", EXPECTS_MAX);
		return;
	}
	scenario->expects = loading_new(loading, (json_count(list) + 1) * sizeof(*scenario->expects));
	if (!scenario->expects)
		return;
	json_each(item, list)
		expect_read(loading, item, &scenario->expects[scenario->expect_count++]);
}

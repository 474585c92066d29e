#include "expect.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desired.h"
#include "duration.h"
#include "match.h"
#include "run.h"

#define SIGHTINGS_MAX 100000    /* keys of one expectation */

/* What was seen for one key. */
struct sighting {
	UT_hash_handle hh;
	uint64_t count;
	int64_t  last_ms, last_interval_ms;
	bool     satisfied;
	char     key[];
};

void expect_fail(struct expect *expect, const char *format, ...)
{
	va_list args;

	if (expect->verdict != VERDICT_OPEN)
		return;
	expect->verdict = VERDICT_FAILED;
	va_start(args, format);
	vsnprintf(expect->why, sizeof(expect->why), format, args);
	va_end(args);
	expect->scenario->engine->end_asked = true;
}

static struct sighting *sighting_of(struct expect *expect, const char *key, bool make)
{
	size_t len = strlen(key);
	struct sighting *sighting;

	HASH_FIND(hh, expect->sightings, key, len, sighting);
	if (sighting || !make || HASH_COUNT(expect->sightings) >= SIGHTINGS_MAX)
		return sighting;
	sighting = calloc(1, sizeof(*sighting) + len + 1);
	if (!sighting)
		return NULL;
	memcpy(sighting->key, key, len + 1);
	HASH_ADD_KEYPTR(hh, expect->sightings, sighting->key, len, sighting);
	return sighting;
}

/* --- when its time begins and ends --- */

/* Each key's time begins when the rule that it is `after` fires for that key: more of them may always come. */
static bool begins_by_key(const struct expect *expect)
{
	return expect->has_per && expect->after.part == PART_RULE && expect->after.rule->when.per == expect->per;
}

/* INT64_MIN: it has not begun for this key. */
static int64_t begin_ms(const struct expect *expect, const char *key)
{
	const struct ref *after = &expect->after;
	struct tally *tally;

	if (!after->text)
		return expect->scenario->began_ms;
	if (begins_by_key(expect)) {
		HASH_FIND(hh, after->rule->tallies, key, strlen(key), tally);
		return tally && tally->fired ? tally->first_ms : INT64_MIN;
	}
	return ref_first_ms(after);
}

static bool in_time(const struct expect *expect, const char *key, int64_t now_ms, struct seen *seen)
{
	int64_t from_ms = begin_ms(expect, key);

	if (from_ms == INT64_MIN) {
		seen->condition = "after";
		snprintf(seen->text, sizeof(seen->text), "%s has not happened", expect->after.text);
		return false;
	}
	if (expect->within_ms && now_ms - from_ms > expect->within_ms) {
		seen->condition = "within";
		snprintf(seen->text, sizeof(seen->text), "%lld ms", (long long)(now_ms - from_ms));
		return false;
	}
	return true;
}

/* --- being satisfied --- */

static bool count_suffices(const struct expect *expect, uint64_t count)
{
	return count >= (expect->has_min ? expect->min : expect->never || expect->has_max ? 0 : 1);
}

/* It can only be broken: nothing has to be waited for, unless for the end of its time. */
static bool only_breakable(const struct expect *expect)
{
	return expect->kind == EXPECT_INVARIANT || expect->never || expect->has_max;
}

/* For each, when there is nobody: only who says so means it. */
static bool none_is_fine(const struct expect *expect)
{
	return expect->never || (expect->has_min && !expect->min);
}

static void satisfied(struct expect *expect)
{
	struct scenarios *engine = expect->scenario->engine;

	if (expect->first_seq || expect->verdict == VERDICT_FAILED)
		return;
	expect->first_ms = cloud_now(engine->cloud);
	part_happened(engine, PART_EXPECT, expect);
	if (!expect->has_per && !only_breakable(expect)) {
		expect->verdict = VERDICT_MET;
		timer_cancel(&engine->cloud->timers, &expect->timer);
	}
	engine->end_asked = true;
}

/* Of the keys that there are so far; false when there is none. */
static bool all_satisfied(const struct expect *expect)
{
	const struct sighting *sighting;
	const struct tally *tally;
	bool any = false;

	for (sighting = expect->sightings; sighting; sighting = sighting->hh.next) {
		any = true;
		if (!sighting->satisfied)
			return false;
	}
	for (tally = begins_by_key(expect) ? expect->after.rule->tallies : NULL; tally; tally = tally->hh.next) {
		HASH_FIND(hh, expect->sightings, tally->key, strlen(tally->key), sighting);
		any = any || tally->fired;
		if (tally->fired && !count_suffices(expect, sighting ? sighting->count : 0))
			return false;
	}
	return any;
}

bool expect_decided(const struct expect *expect)
{
	if (expect->verdict != VERDICT_OPEN)
		return true;
	if (expect->timer.slot)
		return !only_breakable(expect) && expect->has_per && all_satisfied(expect);
	if (expect->has_per && !none_is_fine(expect))
		return all_satisfied(expect);
	return only_breakable(expect) && count_suffices(expect, expect->count) && (!expect->within_ms || begins_by_key(expect));
}

/* --- intervals and latency --- */

static void check_interval(struct expect *expect, struct sighting *sighting, int64_t now_ms)
{
	int64_t interval_ms = now_ms - sighting->last_ms;
	double slack = 1 - expect->jitter;

	if (expect->interval_min_ms && (double)interval_ms < (double)expect->interval_min_ms * slack)
		expect_fail(expect, "%s: %lld ms between two, less than %lld ms", sighting->key, (long long)interval_ms,
		            (long long)expect->interval_min_ms);
	if (expect->interval_max_ms && (double)interval_ms > (double)expect->interval_max_ms * (1 + expect->jitter))
		expect_fail(expect, "%s: %lld ms between two, more than %lld ms", sighting->key, (long long)interval_ms,
		            (long long)expect->interval_max_ms);
	/* Growth ends at the longest interval there may be. */
	if (expect->growth > 0 && sighting->last_interval_ms &&
	    (double)interval_ms < (double)sighting->last_interval_ms * expect->growth * slack &&
	    !(expect->interval_max_ms && (double)interval_ms >= (double)expect->interval_max_ms * slack))
		expect_fail(expect, "%s: %lld ms after %lld ms, less than %g times as long", sighting->key, (long long)interval_ms,
		            (long long)sighting->last_interval_ms, expect->growth);
	sighting->last_interval_ms = interval_ms;
}

/* --- seeing --- */

static void see_one(struct expect *expect, struct happening *happening)
{
	const struct flight *flight = happening->answers ? happening->flight : NULL;
	const char *key = expect->has_per ? happening_key(happening, expect->per) : "";
	struct seen seen = { 0 };
	struct sighting *sighting;

	if (!match_holds(expect->match, happening, expect->scenario, &seen) || !in_time(expect, key, happening->now_ms, &seen)) {
		reached_add(&expect->reached, happening->now_ms, happening_key(happening, PER_DEVICE), &seen);
		return;
	}
	reached_add(&expect->reached, happening->now_ms, happening_key(happening, PER_DEVICE), &seen);
	sighting = sighting_of(expect, key, true);
	if (!sighting)
		return;
	expect->count++;
	sighting->count++;
	if (expect->has_intervals && sighting->count > 1)
		check_interval(expect, sighting, happening->now_ms);
	sighting->last_ms = happening->now_ms;
	/* The first answer is what somebody waits for. */
	if (expect->latency_ms && flight && flight->answers == 1 && happening->now_ms - flight->since_ms > expect->latency_ms)
		expect_fail(expect, "%s took %lld ms, more than %lld ms", happening->operation,
		            (long long)(happening->now_ms - flight->since_ms), (long long)expect->latency_ms);
	if (expect->never)
		expect_fail(expect, "%s by %s", *happening->operation ? happening->operation : event_name(happening->event),
		            happening_key(happening, PER_DEVICE));
	else if (expect->has_max && sighting->count > expect->max)
		expect_fail(expect, "%llu, more than %llu%s%s", (unsigned long long)sighting->count, (unsigned long long)expect->max,
		            *key ? ", by " : "", key);
	if (count_suffices(expect, sighting->count) && !sighting->satisfied) {
		sighting->satisfied = true;
		satisfied(expect);
		expect->scenario->engine->end_asked = true;
	}
}

/* {"status","enabled","properties","desired","tags"}, as the cloud knows a device. */
static void write_device(const struct device *device, struct text *out)
{
	struct text values = { 0 };
	struct json_doc doc = { 0 };

	text_addf(out, "{\"status\":\"%s\",\"enabled\":%s,\"properties\":{", !device->enabled ? "DISABLED" :
	          device_route(device) ? "ONLINE" : device->activated_ms ? "OFFLINE" : "INACTIVE", device->enabled ? "true" : "false");
	values_write(device, &values);
	if (!json_parse(&doc, text_string(&values), values.len, JSON_STRICT, NULL))
		json_each(member, json_root(&doc)) {
			struct json value = json_get(member, "value");
			size_t len;
			const char *literal;

			text_add_comma(out);
			literal = json_span(json_key(member), &len);
			text_add_bytes(out, literal, len);
			text_add_char(out, ':');
			literal = json_span(value, &len);
			text_add_bytes(out, literal, len);
		}
	text_addf(out, "},\"tags\":%s,\"desired\":%s}", device->tags ? device->tags : "{}", device->desired ? device->desired : "{}");
	json_doc_free(&doc);
	text_free(&values);
}

static void look_at_device(struct expect *expect)
{
	struct cloud *cloud = expect->scenario->engine->cloud;
	const char *slash = strchr(expect->device, '/');
	struct product *product = product_find(cloud, expect->device, (size_t)(slash - expect->device));
	const struct device *device = device_find(cloud, product, slash + 1, strlen(slash + 1));
	struct happening nobody = { .cloud = cloud, .event = EVENT_COUNT };
	struct text text = { 0 };
	struct json_doc doc = { 0 };
	struct seen seen = { 0 };
	bool holds = false;

	if (device)
		write_device(device, &text);
	if (device && !json_parse(&doc, text_string(&text), text.len, JSON_STRICT, NULL))
		holds = expect->value_count ? path_tests_hold(expect->values, expect->value_count, json_root(&doc), &nobody, &seen) :
			device_route(device) != NULL;
	if (!device)
		seen = (struct seen){ "device", "it does not exist" };
	if (holds && begin_ms(expect, "") != INT64_MIN)
		satisfied(expect);
	if (!holds)
		reached_add(&expect->reached, cloud_now(cloud), expect->device, &seen);
	json_doc_free(&doc);
	text_free(&text);
}

#define EACH_OPEN(engine, scenario, expect) \
	for (struct scenario *scenario = (engine)->first; scenario; scenario = scenario->next) \
		for (struct expect *expect = scenario->expects; (size_t)(expect - scenario->expects) < scenario->expect_count; expect++) \
			if (!scenario->over && expect->verdict != VERDICT_FAILED)

static void see_invariant(struct expect *expect, struct happening *happening)
{
	if (expect->invariant->events >> happening->event & 1 &&
	    match_holds(expect->match, happening, expect->scenario, &(struct seen){ 0 }))
		expect->invariant->see(expect, happening);
}

void expects_see(struct scenarios *engine, struct happening *happening)
{
	if (engine->follows)
		flight_see(engine, happening);
	EACH_OPEN(engine, scenario, expect) {
		switch (expect->kind) {
		case EXPECT_THAT:
			/* How long an answer took is known when it is read. */
			if (expect->event == happening->event && !(expect->latency_ms && happening->unread))
				see_one(expect, happening);
			break;
		case EXPECT_INVARIANT:
			see_invariant(expect, happening);
			break;
		default:
			break;
		}
	}
}

void expects_bytes_read(struct scenarios *engine, struct happening *happening)
{
	if (!flight_read(engine, happening))
		return;
	EACH_OPEN(engine, scenario, expect) {
		if (expect->kind == EXPECT_INVARIANT)
			see_invariant(expect, happening);
		else if (expect->kind == EXPECT_THAT && expect->event == happening->event && expect->latency_ms)
			see_one(expect, happening);
	}
}

/* --- other parts --- */

static void rule_fired(struct expect *expect)
{
	if (begin_ms(expect, "") == INT64_MIN)
		return;
	expect->count++;
	if (expect->never)
		expect_fail(expect, "the rule fired");
	else if (expect->has_max && expect->count > expect->max)
		expect_fail(expect, "fired %llu times, more than %llu", (unsigned long long)expect->count, (unsigned long long)expect->max);
	else if (count_suffices(expect, expect->count))
		satisfied(expect);
}

static uint64_t first_seq(const struct ref *ref)
{
	switch (ref->part) {
	case PART_RULE:   return ref->rule->first_seq;
	case PART_STEP:   return ref->step->first_seq;
	case PART_EXPECT: return ref->expect->first_seq;
	default:          return 0;
	}
}

static void look_at_order(struct expect *expect)
{
	size_t i;

	for (i = 1; i < expect->order_count; i++) {
		uint64_t before = first_seq(&expect->order[i - 1]), now = first_seq(&expect->order[i]);

		if (now && (!before || before > now)) {
			expect_fail(expect, "%s happened before %s", expect->order[i].text, expect->order[i - 1].text);
			return;
		}
	}
	if (first_seq(&expect->order[expect->order_count - 1]))
		satisfied(expect);
}

static void deadline(struct timer *timer, void *ctx);

/* The time of those that wait for this part begins. */
static void begin(struct expect *expect)
{
	struct timers *timers = &expect->scenario->engine->cloud->timers;

	if (!expect->timer.slot && expect->verdict == VERDICT_OPEN)
		timer_set(timers, &expect->timer, cloud_now(expect->scenario->engine->cloud) + expect->within_ms + 1);
}

void expects_part(struct scenarios *engine, enum part part, const void *what)
{
	EACH_OPEN(engine, scenario, expect) {
		if (expect->after.part == part && (const void *)expect->after.rule == what && expect->within_ms)
			begin(expect);
		if (expect->kind == EXPECT_RULE && part == PART_RULE && (const void *)expect->rule.rule == what)
			rule_fired(expect);
		if (expect->kind == EXPECT_ORDER)
			look_at_order(expect);
	}
}

void expects_look(struct scenarios *engine)
{
	EACH_OPEN(engine, scenario, expect)
		if (expect->kind == EXPECT_DEVICE && expect->verdict == VERDICT_OPEN)
			look_at_device(expect);
}

/* --- the end of its time --- */

static const char *what_of(const struct expect *expect)
{
	switch (expect->kind) {
	case EXPECT_THAT:  return event_name(expect->event);
	case EXPECT_RULE:  return expect->rule.text;
	default:           return "";
	}
}

/* One key has had its time. */
static void judge_key(struct expect *expect, const char *key)
{
	const struct sighting *sighting = sighting_of(expect, key, false);
	uint64_t count = sighting ? sighting->count : 0;

	if (!count_suffices(expect, count))
		expect_fail(expect, "%s%s%llu times %s", key, *key ? ": " : "", (unsigned long long)count, what_of(expect));
}

/* Judges the keys whose time is over; with `end` all of them. When the next one's is: INT64_MAX, never. */
static int64_t judge(struct expect *expect, int64_t now_ms, bool end)
{
	int64_t next_ms = INT64_MAX, due_ms;
	struct tally *tally;
	struct sighting *sighting;

	if (begins_by_key(expect)) {
		for (tally = expect->after.rule->tallies; tally; tally = tally->hh.next) {
			if (!tally->fired)
				continue;
			due_ms = tally->first_ms + expect->within_ms;
			if (end || due_ms < now_ms)
				judge_key(expect, tally->key);
			else if (due_ms < next_ms)
				next_ms = due_ms;
		}
	} else if (expect->has_per) {
		for (sighting = expect->sightings; sighting; sighting = sighting->hh.next)
			judge_key(expect, sighting->key);
	} else {
		judge_key(expect, "");
	}
	return next_ms;
}

static void deadline(struct timer *timer, void *ctx)
{
	struct expect *expect = timer_owner(timer, struct expect, timer);
	struct scenarios *engine = expect->scenario->engine;
	struct tick *tick = ctx;
	char within[DURATION_MAX];
	int64_t next_ms;

	if (expect->verdict != VERDICT_OPEN)
		return;
	switch (expect->kind) {
	case EXPECT_THAT:
		next_ms = judge(expect, cloud_now(tick->cloud), false);
		if (expect->verdict == VERDICT_OPEN && next_ms != INT64_MAX)
			timer_set(&tick->cloud->timers, &expect->timer, next_ms + 1);
		else if (begins_by_key(expect))
			break;      /* for these keys it is met; the next one's firing sets the timer again */
		else if (expect->verdict == VERDICT_OPEN && (!expect->has_per || expect->sightings || none_is_fine(expect)))
			expect->verdict = VERDICT_MET;
		else
			expect_fail(expect, "nothing of the kind within %s", duration_write(expect->within_ms, within));
		break;
	case EXPECT_RULE:
		if (count_suffices(expect, expect->count))
			expect->verdict = VERDICT_MET;
		else
			expect_fail(expect, "fired %llu times", (unsigned long long)expect->count);
		break;
	default:
		expect_fail(expect, "not so within %s", duration_write(expect->within_ms, within));
		break;
	}
	engine->end_asked = true;
	scenario_settle(tick->cloud, NULL, tick->out->count, tick->out);
}

void expects_begin(struct scenario *scenario)
{
	size_t i;

	for (i = 0; i < scenario->expect_count; i++) {
		scenario->expects[i].timer.fire = deadline;
		if (scenario->expects[i].within_ms && !scenario->expects[i].after.text)
			begin(&scenario->expects[i]);
	}
}

static void end_one(struct expect *expect)
{
	const struct reach *last;
	size_t i;

	switch (expect->kind) {
	case EXPECT_THAT:
		if (expect->after.text && ref_first_ms(&expect->after) == INT64_MIN && !expect->never)
			expect_fail(expect, "%s, after which it is expected, has not happened", expect->after.text);
		else
			judge(expect, 0, true);
		if (expect->has_per && !expect->sightings && !begins_by_key(expect) && !none_is_fine(expect))
			expect_fail(expect, "no %s that matches", event_name(expect->event));
		break;
	case EXPECT_RULE:
		if (!count_suffices(expect, expect->count))
			expect_fail(expect, "fired %llu times", (unsigned long long)expect->count);
		break;
	case EXPECT_DEVICE:
		if (!expect->first_seq)
			look_at_device(expect);
		last = &expect->reached.at[(expect->reached.count - 1) % REACHED_MAX];
		if (!expect->first_seq)
			expect_fail(expect, "%s is %s", expect->reached.count && last->seen.condition ? last->seen.condition : "it",
			            expect->reached.count ? last->seen.text : "not there");
		break;
	case EXPECT_ORDER:
		for (i = 0; i < expect->order_count; i++)
			if (!first_seq(&expect->order[i])) {
				expect_fail(expect, "%s has not happened", expect->order[i].text);
				break;
			}
		break;
	case EXPECT_INVARIANT:
		if (expect->invariant->end)
			expect->invariant->end(expect);
		break;
	}
	if (expect->verdict == VERDICT_OPEN)
		expect->verdict = VERDICT_MET;
}

void expects_end(struct scenario *scenario)
{
	size_t i;

	for (i = 0; i < scenario->expect_count; i++) {
		timer_cancel(&scenario->engine->cloud->timers, &scenario->expects[i].timer);
		if (scenario->expects[i].verdict == VERDICT_OPEN)
			end_one(&scenario->expects[i]);
	}
}

/* NOLINTBEGIN(clang-analyzer-unix.Malloc): uthash frees its table with the last element, when the head is NULL */
void expects_free(struct scenario *scenario)
{
	struct sighting *sighting, *next;
	size_t i;

	for (i = 0; scenario->engine && i < scenario->expect_count; i++) {
		timer_cancel(&scenario->engine->cloud->timers, &scenario->expects[i].timer);
		tallies_free(scenario->engine, &scenario->expects[i].tallies);
		HASH_ITER(hh, scenario->expects[i].sightings, sighting, next) {
			HASH_DELETE(hh, scenario->expects[i].sightings, sighting);
			free(sighting);
		}
	}
}
/* NOLINTEND(clang-analyzer-unix.Malloc) */

unsigned expects_watch(struct scenarios *engine)
{
	unsigned bits = 0;

	engine->follows = flights_wanted(engine);
	engine->looks = false;
	EACH_OPEN(engine, scenario, expect) {
		if (expect->kind == EXPECT_THAT)
			bits |= 1u << expect->event;
		else if (expect->kind == EXPECT_DEVICE)
			engine->looks = true;
		else if (expect->kind == EXPECT_INVARIANT)
			bits |= expect->invariant->events;
	}
	/* A latency has two ends. */
	return engine->follows ? bits | 1u << EVENT_PUBLISH_UP | 1u << EVENT_REPLY | 1u << EVENT_PUBLISH_DOWN : bits;
}

void expect_describe(const struct expect *expect, struct text *out)
{
	char within[DURATION_MAX];
	size_t i;

	switch (expect->kind) {
	case EXPECT_THAT:
		text_addf(out, expect->never ? "never %s" : "%s", event_name(expect->event));
		break;
	case EXPECT_RULE:
		text_addf(out, "rule %s fires", expect->rule.text);
		break;
	case EXPECT_DEVICE:
		text_addf(out, "device %s", expect->device);
		break;
	case EXPECT_ORDER:
		for (i = 0; i < expect->order_count; i++)
			text_addf(out, i ? ", then %s" : "%s", expect->order[i].text);
		break;
	case EXPECT_INVARIANT:
		text_add(out, expect->invariant->name);
		break;
	}
	if (expect->has_min && expect->has_max && expect->min == expect->max)
		text_addf(out, ", exactly %llu", (unsigned long long)expect->min);
	else if (expect->has_min)
		text_addf(out, ", at least %llu", (unsigned long long)expect->min);
	if (expect->has_max && !(expect->has_min && expect->min == expect->max))
		text_addf(out, ", at most %llu", (unsigned long long)expect->max);
	if (expect->has_per)
		text_addf(out, ", per %s", (const char *[]){ "device", "product", "gateway", "connection", "global" }[expect->per]);
	if (expect->within_ms)
		text_addf(out, ", within %s", duration_write(expect->within_ms, within));
	if (expect->after.text)
		text_addf(out, ", after %s", expect->after.text);
}

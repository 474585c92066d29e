/* What became of a scenario, as JSON: the tool makes text and JUnit XML of it. */
#include <string.h>

#include "expect.h"
#include "load.h"
#include "scenarios.h"

static void member(struct text *out, const char *name, const char *value)
{
	text_add_key(out, name);
	if (value)
		text_add_json(out, value);
	else
		text_add(out, "null");
}

static void number(struct text *out, const char *name, int64_t value)
{
	text_add_key(out, name);
	text_add_int(out, value);
}

static const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = { "open", "met", "failed" };

	return names[verdict];
}

static const char *run_name(const struct scenario *scenario)
{
	enum verdict verdict = scenario_verdict(scenario);

	return verdict == VERDICT_FAILED ? "failed" : verdict == VERDICT_MET ? "passed" : "running";
}

/* The newest last. */
static void write_reached(const struct reached *reached, struct text *out)
{
	uint64_t first = reached->count > REACHED_MAX ? reached->count - REACHED_MAX : 0, i;

	text_add_key(out, "reached");
	text_add_char(out, '[');
	for (i = first; i < reached->count; i++) {
		const struct reach *reach = &reached->at[i % REACHED_MAX];

		text_add_comma(out);
		text_addf(out, "{\"time\":%lld", (long long)reach->time_ms);
		member(out, "key", reach->key);
		member(out, "condition", reach->seen.condition);
		if (reach->seen.condition)
			member(out, "seen", reach->seen.text);
		text_add_char(out, '}');
	}
	text_add_char(out, ']');
}

static void write_rule(const struct rule *rule, bool over, struct text *out)
{
	bool failed = over && rule->enabled && !rule->optional && !rule->fired;

	text_add_comma(out);
	text_add_char(out, '{');
	member(out, "id", rule->id);
	member(out, "on", event_name(rule->event));
	number(out, "eligible", (int64_t)rule->eligible);
	number(out, "fired", (int64_t)rule->fired);
	text_addf(out, ",\"enabled\":%s,\"optional\":%s", rule->enabled ? "true" : "false", rule->optional ? "true" : "false");
	member(out, "verdict", failed ? "failed" : rule->fired ? "met" : over ? "met" : "open");
	if (failed)
		member(out, "why", rule->reached.count ? "it never fired" : "it never fired, and nothing it is about happened");
	write_reached(&rule->reached, out);
	text_add_char(out, '}');
}

static void write_expect(const struct expect *expect, struct text *out)
{
	struct text wanted = { 0 };

	text_add_comma(out);
	text_add_char(out, '{');
	member(out, "id", expect->id);
	expect_describe(expect, &wanted);
	member(out, "wanted", text_string(&wanted));
	member(out, "verdict", verdict_name(expect->verdict));
	member(out, "severity", expect->warn ? "warn" : "fail");
	number(out, "count", (int64_t)expect->count);
	if (*expect->why)
		member(out, "why", expect->why);
	write_reached(&expect->reached, out);
	text_add_char(out, '}');
	text_free(&wanted);
}

static void write_head(const struct scenario *scenario, struct text *out)
{
	size_t i, met = 0, failed = 0, open = 0;

	text_add_char(out, '{');
	member(out, "name", scenario->name);
	member(out, "description", scenario->description);
	member(out, "source", scenario->source);
	number(out, "seed", scenario->seed);
	member(out, "verdict", run_name(scenario));
	member(out, "ended", scenario->why_over);
	for (i = 0; i < scenario->expect_count; i++) {
		met += scenario->expects[i].verdict == VERDICT_MET;
		failed += scenario->expects[i].verdict == VERDICT_FAILED;
		open += scenario->expects[i].verdict == VERDICT_OPEN;
	}
	text_addf(out, ",\"rules\":%zu,\"expectations\":%zu,\"met\":%zu,\"failed\":%zu,\"open\":%zu", scenario->rule_count,
	          scenario->expect_count, met, failed, open);
}

void scenario_write_list(const struct cloud *cloud, struct text *out)
{
	const struct scenario *scenario;
	size_t len;
	const char *tags;

	for (scenario = cloud->scenarios ? cloud->scenarios->first : NULL; scenario; scenario = scenario->next) {
		text_add_comma(out);
		write_head(scenario, out);
		text_add_key(out, "tags");
		tags = json_span(scenario->tags, &len);
		text_add_bytes(out, len ? tags : "[]", len ? len : 2);
		text_add_char(out, '}');
	}
}

static void write_report(const struct scenario *scenario, int64_t now_ms, struct text *out)
{
	int64_t end_ms = scenario->over ? scenario->ended_ms : now_ms;
	size_t i;

	text_add_char(out, '{');
	member(out, "name", scenario->name);
	member(out, "description", scenario->description);
	member(out, "source", scenario->source);
	number(out, "seed", scenario->seed);
	member(out, "verdict", run_name(scenario));
	member(out, "ended", scenario->why_over);
	number(out, "began", scenario->began_ms);
	number(out, "durationMs", end_ms - scenario->began_ms);
	number(out, "logAfter", (int64_t)scenario->log_from);
	number(out, "logTo", (int64_t)(scenario->over ? scenario->log_to : journal_last(scenario->engine->cloud->journal)));
	text_add_key(out, "report");
	text_add_char(out, '{');
	member(out, "junit", scenario->junit);
	member(out, "json", scenario->json);
	member(out, "trace", scenario->trace);
	text_add(out, "},\"expectations\":[");
	for (i = 0; i < scenario->expect_count; i++)
		write_expect(&scenario->expects[i], out);
	text_add(out, "],\"rules\":[");
	for (i = 0; i < scenario->rule_count; i++)
		write_rule(&scenario->rules[i], scenario->over, out);
	text_add(out, "],\"timeline\":[");
	for (i = 0; i < scenario->step_count; i++) {
		text_add_comma(out);
		text_add_char(out, '{');
		member(out, "id", scenario->steps[i].id);
		number(out, "done", (int64_t)scenario->steps[i].done);
		text_add_char(out, '}');
	}
	text_add(out, "],\"checkpoints\":[");
	for (i = 0; i < scenario->checkpoint_count; i++) {
		text_add_comma(out);
		text_addf(out, "{\"time\":%lld", (long long)scenario->checkpoints[i].time_ms);
		member(out, "text", scenario->checkpoints[i].text);
		member(out, "by", scenario->checkpoints[i].by);
		text_add_char(out, '}');
	}
	text_add(out, "]}");
}

bool scenario_write_report(const struct cloud *cloud, const char *name, struct text *out)
{
	const struct scenario *scenario = scenario_find(cloud, name);

	if (scenario)
		write_report(scenario, cloud_now(cloud), out);
	return scenario;
}

void scenario_write_reports(const struct cloud *cloud, struct text *out)
{
	const struct scenario *scenario;

	for (scenario = cloud->scenarios ? cloud->scenarios->first : NULL; scenario; scenario = scenario->next) {
		text_add_comma(out);
		write_report(scenario, cloud_now(cloud), out);
	}
}

void scenario_write_metric(const struct cloud *cloud, const char *metric, bool fired, struct text *out)
{
	const struct scenario *scenario;
	size_t i;

	/* Names and ids are letters, digits and - _ . alone: nothing to escape. */
	for (scenario = cloud->scenarios ? cloud->scenarios->first : NULL; scenario; scenario = scenario->next)
		for (i = 0; i < scenario->rule_count; i++)
			text_addf(out, "%s{scenario=\"%s\",rule=\"%s\"} %llu\n", metric, scenario->name, scenario->rules[i].id,
			          (unsigned long long)(fired ? scenario->rules[i].fired : scenario->rules[i].eligible));
}

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report.h"
#include "table.h"

#define BRIEF_MISSES 3

/* What a device sent may be in it. */
static void value_add(struct text *out, struct json value)
{
	struct cell cell = { 0 };
	char *text = json_strdup(value);
	size_t len;
	const char *span = json_span(value, &len);

	if (text)
		cell_add(&cell, text, strlen(text));
	else
		cell_add(&cell, span, len);
	text_add(out, text_string(&cell.text));
	text_free(&cell.text);
	free(text);
}

static void member_add(struct text *out, struct json object, const char *name)
{
	value_add(out, json_get(object, name));
}

static bool says(struct json object, const char *name)
{
	return json_string_bytes(json_get(object, name)) > 0;
}

bool report_failed(struct json scenario)
{
	return json_is_string(json_get(scenario, "verdict"), "failed");
}

bool part_failed(struct json part)
{
	return json_is_string(json_get(part, "verdict"), "failed") && !json_is_string(json_get(part, "severity"), "warn");
}

/* A rule tells its event; what an expectation wants is a sentence. */
void part_describe(struct json part, struct text *out)
{
	member_add(out, part, "id");
	if (says(part, "wanted")) {
		text_add(out, ": wanted ");
		member_add(out, part, "wanted");
		text_add(out, "; seen: ");
		if (says(part, "why"))
			member_add(out, part, "why");
		else
			member_add(out, part, "count");
	} else {
		text_add(out, ": on ");
		member_add(out, part, "on");
		text_add(out, ", eligible ");
		member_add(out, part, "eligible");
		text_add(out, ", fired ");
		member_add(out, part, "fired");
		if (says(part, "why")) {
			text_add(out, "; ");
			member_add(out, part, "why");
		}
	}
}

static void time_add(struct text *out, struct json value)
{
	int64_t ms = 0;
	time_t s;
	struct tm tm;
	char buf[32] = "";

	json_int64(value, &ms);
	s = (time_t)(ms / 1000);
	if (gmtime_r(&s, &tm))
		strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%S", &tm);
	text_addf(out, "%s.%03dZ", buf, (int)(ms % 1000));
}

static void miss_add(struct json reach, const char *indent, struct text *out)
{
	text_add(out, indent);
	time_add(out, json_get(reach, "time"));
	if (says(reach, "key")) {
		text_add_char(out, ' ');
		member_add(out, reach, "key");
	}
	text_add(out, " missed ");
	member_add(out, reach, "condition");
	if (says(reach, "seen")) {
		text_add(out, ": ");
		member_add(out, reach, "seen");
	}
	text_add_char(out, '\n');
}

void part_misses(struct json part, size_t max, const char *indent, struct text *out)
{
	size_t count = 0, at = 0;

	json_each(reach, json_get(part, "reached"))
		count += says(reach, "condition");
	json_each(reach, json_get(part, "reached"))
		if (says(reach, "condition") && count - at++ <= max)
			miss_add(reach, indent, out);
}

static const char *mark(struct json part)
{
	static const struct { const char *verdict, *mark; } marks[] = { { "met", "met" }, { "open", "open" } };
	size_t i;

	if (part_failed(part))
		return "FAILED";
	for (i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (json_is_string(json_get(part, "verdict"), marks[i].verdict))
			return marks[i].mark;
	return "warning";
}

static void parts_add(struct json list, const char *what, bool brief, struct text *out)
{
	json_each(part, list) {
		bool warns = json_is_string(json_get(part, "verdict"), "failed") && !part_failed(part);

		if (brief && !part_failed(part) && !warns)
			continue;
		text_addf(out, "  %-8s %s ", mark(part), what);
		part_describe(part, out);
		text_add_char(out, '\n');
		part_misses(part, brief ? BRIEF_MISSES : SIZE_MAX, "             ", out);
	}
}

void report_text(const struct report *report, bool brief, struct text *out)
{
	struct json scenario = report->scenario;
	int64_t ms = 0;

	json_int64(json_get(scenario, "durationMs"), &ms);
	text_add(out, "scenario ");
	member_add(out, scenario, "name");
	text_add(out, ": ");
	member_add(out, scenario, "verdict");
	text_add(out, ", seed ");
	member_add(out, scenario, "seed");
	text_addf(out, ", after %" PRId64 ".%03d s", ms / 1000, (int)(ms % 1000));
	if (says(scenario, "ended")) {
		text_add(out, " (");
		member_add(out, scenario, "ended");
		text_add_char(out, ')');
	}
	text_add_char(out, '\n');
	parts_add(json_get(scenario, "expectations"), "expects", brief, out);
	parts_add(json_get(scenario, "rules"), "rule", brief, out);
	text_addf(out, "  the same again: %s\n", report->repeat);
}

void report_json(const struct report *reports, size_t count, struct text *out)
{
	bool failed = false;
	size_t i, len;

	for (i = 0; i < count; i++)
		failed = failed || report_failed(reports[i].scenario);
	text_addf(out, "{\"verdict\":\"%s\",\"scenarios\":[", failed ? "failed" : "passed");
	for (i = 0; i < count; i++) {
		const char *span = json_span(reports[i].scenario, &len);

		text_add_comma(out);
		text_add_bytes(out, span, len ? len - 1 : 0);     /* up to its closing brace */
		text_add_member(out, "repeat", reports[i].repeat);
		text_add_char(out, '}');
	}
	text_add(out, "]}\n");
}

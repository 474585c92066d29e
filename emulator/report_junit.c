/*
 * JUnit XML has no standard; this is the form that Jenkins and GitLab,
 * GitHub's actions and Maven's tools read; tests/e2e/junit.xsd has its shape.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mxml.h>

#include "report.h"

#define MISSES_MAX 20

/*
 * Whether XML can carry what `at` begins with. Of what UTF-8 can say it leaves out control characters and U+FFFE and
 * U+FFFF, however they are written.
 */
static bool is_xml(const char *at, size_t len)
{
	if (len == 1)
		return (unsigned char)*at >= ' ' || strchr("\t\n\r", *at);
	return len > 1 && !(len == 3 && !memcmp(at, "\xEF\xBF", 2) && (unsigned char)at[2] >= 0xBE);
}

/* With U+FFFD for the rest. To be freed. */
static char *xml_text(const char *text)
{
	size_t left = strlen(text), len;
	struct text clean = { 0 };

	for (; left; text += len, left -= len) {
		len = utf8_length(text, left);
		if (is_xml(text, len))
			text_add_bytes(&clean, text, len);
		else
			text_add(&clean, "\xEF\xBF\xBD");
		len = len ? len : 1;
	}
	return text_take(&clean);
}

static void attribute(mxml_node_t *element, const char *name, const char *value)
{
	char *text = xml_text(value), *c;

	/* A reader would take an attribute's line for a blank. */
	for (c = text; c && *c; c++)
		*c = *c == '\n' || *c == '\t' || *c == '\r' ? ' ' : *c;
	mxmlElementSetAttr(element, name, text ? text : "");
	free(text);
}

static void content(mxml_node_t *element, const char *value)
{
	char *text = xml_text(value);

	mxmlNewOpaque(element, text ? text : "");
	free(text);
}

static void count_attribute(mxml_node_t *element, const char *name, size_t count)
{
	mxmlElementSetAttrf(element, name, "%lu", (unsigned long)count);   /* it knows no %z */
}

static void member_attribute(mxml_node_t *element, const char *name, struct json value)
{
	char *text = json_strdup(value);

	attribute(element, name, text ? text : "");
	free(text);
}

static void property(mxml_node_t *properties, const char *name, const char *value)
{
	mxml_node_t *element = mxmlNewElement(properties, "property");

	attribute(element, "name", name);
	attribute(element, "value", value);
}

/* A rule that nobody has to make fire, and has not: there is nothing to be said about the device. */
static bool is_skipped(struct json part)
{
	int64_t fired = 1;

	json_int64(json_get(part, "fired"), &fired);
	return !fired && !json_is_string(json_get(part, "verdict"), "failed");
}

struct counts {
	size_t tests, failures, skipped;
	int64_t ms;
};

static void count(struct json scenario, struct counts *counts)
{
	static const char *const lists[] = { "expectations", "rules" };
	int64_t ms = 0;
	size_t i;

	for (i = 0; i < 2; i++)
		json_each(part, json_get(scenario, lists[i])) {
			counts->tests++;
			counts->failures += part_failed(part);
			counts->skipped += is_skipped(part);
		}
	json_int64(json_get(scenario, "durationMs"), &ms);
	counts->ms += ms > 0 ? ms : 0;
}

static void counts_write(mxml_node_t *element, const struct counts *counts)
{
	count_attribute(element, "tests", counts->tests);
	count_attribute(element, "failures", counts->failures);
	count_attribute(element, "errors", 0);
	mxmlElementSetAttrf(element, "time", "%ld.%03d", (long)(counts->ms / 1000), (int)(counts->ms % 1000));
}

/* What a person looks for when a case failed, in the one place that every reader of JUnit XML shows. */
static void case_write(mxml_node_t *suite, struct json scenario, struct json part, const char *kind, const char *repeat)
{
	struct text line = { 0 }, misses = { 0 };
	char *name = json_strdup(json_get(scenario, "name")), *why = json_strdup(json_get(part, "why"));
	mxml_node_t *element = mxmlNewElement(suite, "testcase"), *outcome;

	part_describe(part, &line);
	part_misses(part, MISSES_MAX, "", &misses);
	member_attribute(element, "name", json_get(part, "id"));
	attribute(element, "classname", name ? name : "");
	attribute(element, "time", "0");
	if (part_failed(part)) {
		outcome = mxmlNewElement(element, "failure");
		attribute(outcome, "message", why ? why : "failed");
		attribute(outcome, "type", kind);
		text_addf(&line, "\n%sthe same again: %s\n", text_string(&misses), repeat);
		content(outcome, text_string(&line));
	} else if (is_skipped(part)) {
		outcome = mxmlNewElement(element, "skipped");
		attribute(outcome, "message", "it did not fire, and need not");
	} else {
		content(mxmlNewElement(element, "system-out"), text_string(&line));
	}
	text_free(&line);
	text_free(&misses);
	free(name);
	free(why);
}

static void suite_write(mxml_node_t *all, const struct report *report, size_t number)
{
	struct json scenario = report->scenario;
	char *source = json_strdup(json_get(scenario, "source")), seed[32] = "", began[32] = "";
	mxml_node_t *suite = mxmlNewElement(all, "testsuite"), *properties;
	struct counts counts = { 0 };
	int64_t value = 0;
	time_t s;
	struct tm tm;

	count(scenario, &counts);
	json_int64(json_get(scenario, "seed"), &value);
	snprintf(seed, sizeof(seed), "%" PRId64, value);
	value = 0;
	json_int64(json_get(scenario, "began"), &value);
	s = (time_t)(value / 1000);
	if (gmtime_r(&s, &tm))
		strftime(began, sizeof(began), "%Y-%m-%dT%H:%M:%S", &tm);

	member_attribute(suite, "name", json_get(scenario, "name"));
	counts_write(suite, &counts);
	count_attribute(suite, "skipped", counts.skipped);
	attribute(suite, "timestamp", began);
	count_attribute(suite, "id", number);
	properties = mxmlNewElement(suite, "properties");
	property(properties, "seed", seed);
	property(properties, "source", source ? source : "");
	/* A line break in an attribute is read as a blank, which makes another command; failures have it as text. */
	if (!strpbrk(report->repeat, "\n\r\t"))
		property(properties, "repeat", report->repeat);
	json_each(part, json_get(scenario, "expectations"))
		case_write(suite, scenario, part, "expectation", report->repeat);
	json_each(part, json_get(scenario, "rules"))
		case_write(suite, scenario, part, "rule", report->repeat);
	free(source);
}

/* A line for each element, but none within those that hold text. */
static const char *line_breaks(mxml_node_t *node, int where)
{
	static const char *const texts[] = { "failure", "system-out" };
	const char *name = mxmlGetElement(node);
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (name && !strcmp(name, texts[i]) && where == MXML_WS_AFTER_OPEN)
			return NULL;
	return where == MXML_WS_AFTER_OPEN || where == MXML_WS_AFTER_CLOSE ? "\n" : NULL;
}

bool report_junit(const struct report *reports, size_t count_of, struct text *out)
{
	mxml_node_t *xml = mxmlNewXML("1.0"), *suites = xml ? mxmlNewElement(xml, "testsuites") : NULL;
	struct counts all = { 0 };
	char *written = NULL;
	size_t i;

	for (i = 0; i < count_of; i++)
		count(reports[i].scenario, &all);
	if (suites) {
		attribute(suites, "name", "alink-emulator");
		counts_write(suites, &all);
		for (i = 0; i < count_of; i++)
			suite_write(suites, &reports[i], i);
		mxmlSetWrapMargin(0);
		written = mxmlSaveAllocString(xml, line_breaks);
	}
	if (written)
		text_add(out, written);
	free(written);
	mxmlDelete(xml);
	return written && !out->failed;
}

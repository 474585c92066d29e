/*
 * JUnit XML has no standard; this is the form that Jenkins and GitLab,
 * GitHub's actions and Maven's tools read; tests/e2e/junit.xsd has its shape.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <libxml/chvalid.h>
#include <libxml/xmlwriter.h>

#include "report.h"

#define MISSES_MAX 20

/* NULL absent; all that XML cannot carry, however it is written, becomes U+FFFD. To be freed with xmlFree. */
static xmlChar *xml_text(const char *text)
{
	xmlBufferPtr clean = xmlBufferCreate();
	const unsigned char *at = (const unsigned char *)text;
	xmlChar *taken;

	for (; clean && *at; ) {
		int len = 4, point = xmlGetUTF8Char(at, &len);

		if (point < 0 || !xmlIsCharQ((unsigned)point)) {
			xmlBufferAdd(clean, BAD_CAST "\xEF\xBF\xBD", 3);
			at += point < 0 ? 1 : len;
		} else {
			xmlBufferAdd(clean, at, len);
			at += len;
		}
	}
	taken = clean ? xmlBufferDetach(clean) : NULL;
	xmlBufferFree(clean);
	return taken ? taken : xmlStrdup(BAD_CAST "");
}

static void attribute(xmlTextWriterPtr xml, const char *name, const char *value)
{
	xmlChar *text = xml_text(value);

	xmlTextWriterWriteAttribute(xml, BAD_CAST name, text);
	xmlFree(text);
}

static void content(xmlTextWriterPtr xml, const char *value)
{
	xmlChar *text = xml_text(value);

	xmlTextWriterWriteString(xml, text);
	xmlFree(text);
}

static void count_attribute(xmlTextWriterPtr xml, const char *name, size_t count)
{
	xmlTextWriterWriteFormatAttribute(xml, BAD_CAST name, "%zu", count);
}

static void member_attribute(xmlTextWriterPtr xml, const char *name, struct json value)
{
	char *text = json_strdup(value);

	attribute(xml, name, text ? text : "");
	free(text);
}

static void property(xmlTextWriterPtr xml, const char *name, const char *value)
{
	xmlTextWriterStartElement(xml, BAD_CAST "property");
	attribute(xml, "name", name);
	attribute(xml, "value", value);
	xmlTextWriterEndElement(xml);
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

static void counts_write(xmlTextWriterPtr xml, const struct counts *counts)
{
	count_attribute(xml, "tests", counts->tests);
	count_attribute(xml, "failures", counts->failures);
	count_attribute(xml, "errors", 0);
	xmlTextWriterWriteFormatAttribute(xml, BAD_CAST "time", "%" PRId64 ".%03d", counts->ms / 1000, (int)(counts->ms % 1000));
}

/* What a person looks for when a case failed, in the one place that every reader of JUnit XML shows. */
static void case_write(xmlTextWriterPtr xml, struct json scenario, struct json part, const char *kind, const char *repeat)
{
	struct text line = { 0 }, misses = { 0 };
	char *name = json_strdup(json_get(scenario, "name")), *why = json_strdup(json_get(part, "why"));

	part_describe(part, &line);
	part_misses(part, MISSES_MAX, "", &misses);
	xmlTextWriterStartElement(xml, BAD_CAST "testcase");
	member_attribute(xml, "name", json_get(part, "id"));
	attribute(xml, "classname", name ? name : "");
	attribute(xml, "time", "0");
	if (part_failed(part)) {
		xmlTextWriterStartElement(xml, BAD_CAST "failure");
		attribute(xml, "message", why ? why : "failed");
		attribute(xml, "type", kind);
		content(xml, text_string(&line));
		content(xml, "\n");
		content(xml, text_string(&misses));
		content(xml, "the same again: ");
		content(xml, repeat);
		content(xml, "\n");
		xmlTextWriterEndElement(xml);
	} else if (is_skipped(part)) {
		xmlTextWriterStartElement(xml, BAD_CAST "skipped");
		attribute(xml, "message", "it did not fire, and need not");
		xmlTextWriterEndElement(xml);
	} else {
		xmlTextWriterStartElement(xml, BAD_CAST "system-out");
		content(xml, text_string(&line));
		xmlTextWriterEndElement(xml);
	}
	xmlTextWriterEndElement(xml);
	text_free(&line);
	text_free(&misses);
	free(name);
	free(why);
}

static void suite_write(xmlTextWriterPtr xml, const struct report *report, size_t number)
{
	struct json scenario = report->scenario;
	char *source = json_strdup(json_get(scenario, "source")), seed[32] = "", began[32] = "";
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

	xmlTextWriterStartElement(xml, BAD_CAST "testsuite");
	member_attribute(xml, "name", json_get(scenario, "name"));
	counts_write(xml, &counts);
	count_attribute(xml, "skipped", counts.skipped);
	attribute(xml, "timestamp", began);
	count_attribute(xml, "id", number);
	xmlTextWriterStartElement(xml, BAD_CAST "properties");
	property(xml, "seed", seed);
	property(xml, "source", source ? source : "");
	property(xml, "repeat", report->repeat);
	xmlTextWriterEndElement(xml);
	json_each(part, json_get(scenario, "expectations"))
		case_write(xml, scenario, part, "expectation", report->repeat);
	json_each(part, json_get(scenario, "rules"))
		case_write(xml, scenario, part, "rule", report->repeat);
	xmlTextWriterEndElement(xml);
	free(source);
}

bool report_junit(const struct report *reports, size_t count_of, struct text *out)
{
	xmlBufferPtr buffer = xmlBufferCreate();
	xmlTextWriterPtr xml = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL;
	struct counts all = { 0 };
	bool fine = false;
	size_t i;

	for (i = 0; i < count_of; i++)
		count(reports[i].scenario, &all);
	if (xml) {
		xmlTextWriterSetIndent(xml, 1);
		xmlTextWriterStartDocument(xml, NULL, "UTF-8", NULL);
		xmlTextWriterStartElement(xml, BAD_CAST "testsuites");
		attribute(xml, "name", "alink-emulator");
		counts_write(xml, &all);
		for (i = 0; i < count_of; i++)
			suite_write(xml, &reports[i], i);
		fine = xmlTextWriterEndDocument(xml) >= 0 && xmlTextWriterFlush(xml) >= 0;
	}
	xmlFreeTextWriter(xml);
	if (fine)
		text_add_bytes(out, xmlBufferContent(buffer), (size_t)xmlBufferLength(buffer));
	xmlBufferFree(buffer);
	return fine && !out->failed;
}

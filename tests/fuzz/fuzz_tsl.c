/*
 * Thing models and values, both from one text: [model, value, value, …]. An object's members are values of the
 * properties that they name; any other value is held against every property.
 *
 * A model is read or refused with a reason, is found by its own names, and reads what it writes. A value that
 * passes a strict check passes a weaker one, and a refusal says why in a few words of UTF-8.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsl.h"

#define SENTENCE_MAX 1000
#define WRITTEN_MAX  (256 * 1024)     /* what is longer is no model */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(expression) \
	do { \
		if (!(expression)) \
			surprise(__LINE__, #expression); \
	} while (0)

static void surprise(int line, const char *expression)
{
	fprintf(stderr, "fuzz_tsl.c:%d: not so: %s\n", line, expression);
	abort();
}

static void words(const char *text, size_t len)
{
	check(len < SENTENCE_MAX && strlen(text) == len);
	for (size_t i = 0, step; i < len; i += step) {
		step = utf8_length(text + i, len - i);
		check(step);
	}
}

/* --- values --- */

static void value_against(const struct tsl_field *property, struct json value, const struct settings *settings)
{
	static struct tsl_fault fault;   /* used again, as the cloud does */
	enum code strong, weak;

	strong = tsl_check(&property->spec, value, property->identifier, VALIDATION_STRONG, settings, &fault);
	check(fault.code == strong);
	check(tsl_check(&property->spec, value, property->identifier, VALIDATION_STRONG, settings, NULL) == strong);
	if (strong != CODE_SUCCESS) {
		check(strong >= 6304 && strong <= 6330);
		words(text_string(&fault.message), fault.message.len);
		words(text_string(&fault.subject), fault.subject.len);
		words(text_string(&fault.why), fault.why.len);
		check(!strncmp(text_string(&fault.message), "tsl parse: ", 11));
		check(strstr(text_string(&fault.why), property->identifier));
	}
	weak = tsl_check(&property->spec, value, property->identifier, VALIDATION_WEAK, settings, &fault);
	check(weak == CODE_SUCCESS || strong != CODE_SUCCESS);
	check(tsl_check(&property->spec, value, property->identifier, VALIDATION_NONE, settings, &fault) == CODE_SUCCESS);
}

static void values_against(const struct tsl *tsl, struct json values, const struct settings *settings)
{
	if (json_is(values, JSON_OBJECT)) {
		json_each(member, values) {
			char name[128];
			int len = json_string(json_key(member), name, sizeof(name));
			int row = len < 0 ? -1 : tsl_find_property(tsl, name, (size_t)len);

			if (row >= 0)
				value_against(&tsl->properties[row], member, settings);
		}
		return;
	}
	for (size_t i = 0; i < tsl->property_count; i++)
		value_against(&tsl->properties[i], values, settings);
}

/* --- models --- */

static void finds_its_own(const struct tsl *tsl)
{
	for (size_t i = 0; i < tsl->property_count; i++) {
		const char *name = tsl->properties[i].identifier;
		const char *colon = strchr(name, ':');

		check(tsl_find_property(tsl, name, strlen(name)) == (int)i);
		check(!colon || tsl_has_module(tsl, name, (size_t)(colon - name)));
	}
	for (size_t i = 0; i < tsl->event_count; i++)
		check(tsl_find_event(tsl, tsl->events[i].identifier, strlen(tsl->events[i].identifier)) == (int)i);
	for (size_t i = 0; i < tsl->service_count; i++)
		check(tsl_find_service(tsl, tsl->services[i].identifier, strlen(tsl->services[i].identifier)) == (int)i);
}

static void reads_what_it_writes(const struct tsl *tsl, const struct settings *settings)
{
	struct text once = { 0 }, twice = { 0 };
	struct json_doc doc = { 0 };
	struct json_error error = { 0 };
	struct tsl_error why;
	struct tsl *again;

	tsl_write(tsl, "pk", "dn", &once);
	check(!once.failed);
	if (json_parse(&doc, once.at, once.len, JSON_STRICT, &error)) {
		/* What nobody knows inside a data type is passed on, and may stand deeper than before. */
		check(!strcmp(error.message, "nested too deeply"));
	} else if (once.len <= WRITTEN_MAX) {
		again = tsl_new(json_root(&doc), settings, &why);
		check(again);
		tsl_write(again, "pk", "dn", &twice);
		check(once.len == twice.len && !memcmp(once.at, twice.at, once.len));
		tsl_free(again);
	}
	json_doc_free(&doc);
	text_free(&once);
	text_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct json_doc doc;
	struct settings settings;
	struct tsl_error error;
	struct json model;
	struct tsl *tsl;

	if (!size || json_parse(&doc, (const char *)data, size, JSON_LENIENT, NULL))
		return 0;
	settings_init(&settings, PROFILE_TEST);
	settings.options.long_type = size % 2;
	settings.options.strict_decimals = size / 2 % 2;
	model = json_first(json_root(&doc));
	if (!json_present(model))
		return 0;
	tsl = tsl_new(model, &settings, &error);
	if (!tsl) {
		check(error.at < size);
		check(*error.message);
		words(error.message, strlen(error.message));
		return 0;
	}
	finds_its_own(tsl);
	reads_what_it_writes(tsl, &settings);
	for (struct json values = json_next(model); json_present(values); values = json_next(values))
		values_against(tsl, values, &settings);
	tsl_free(tsl);
	return 0;
}

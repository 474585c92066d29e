/* Values as they stand in a scenario file: durations, numbers, codes, dates, paths, words, tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "load.h"

size_t keys_count(const struct form_key *keys)
{
	size_t count = 0;

	while (keys && keys[count].name)
		count++;
	return count;
}

void loading_keys(struct loading *loading, struct json object, const struct form_key *keys)
{
	form_check(loading->form, object, keys, keys_count(keys));
}

void *loading_new(struct loading *loading, size_t size)
{
	return arena_alloc(&loading->scenario->arena, size);
}

char *loading_string(struct loading *loading, struct json string)
{
	size_t size = json_string_bytes(string) + 1;
	char *copy = json_is(string, JSON_STRING) ? loading_new(loading, size) : NULL;

	if (copy)
		json_string(string, copy, size);
	return copy;
}

char *loading_literal(struct loading *loading, struct json value)
{
	struct text compact = { 0 };
	char *copy = NULL;

	if (json_present(value)) {
		json_write(value, &compact);
		copy = arena_copy(&loading->scenario->arena, text_string(&compact), compact.len);
		loading->scenario->arena.failed = loading->scenario->arena.failed || compact.failed;
		text_free(&compact);
	}
	return copy;
}

void loading_test(struct loading *loading, struct value_test *test, struct json value)
{
	value_test_read(test, loading->form, &loading->scenario->arena, &loading->scenario->regexes, value);
}

bool loading_duration(struct loading *loading, struct json value, int64_t *ms)
{
	char text[32];

	if (!json_is(value, JSON_STRING))
		return false;
	if (json_string(value, text, sizeof(text)) >= 0 && duration_parse(text, ms))
		return true;
	form_complain(loading->form, value, "this must be " DURATION_FORM);
	return false;
}

void loading_in_time(struct loading *loading, struct json value, int64_t ms)
{
	const struct scenario *scenario = loading->scenario;
	bool by_default = loading->engine && !loading->engine->cloud->scenarios_open_ended;

	if (ms < scenario->stop_ms || (!scenario->stop_given && !by_default))
		return;
	form_complain(loading->form, value, scenario->stop_given ?
	              "the scenario has stopped by then (`stop`), so this could never happen" :
	              "a scenario without `stop` is over after 5 minutes, so this could never happen");
}

bool loading_whole(struct loading *loading, struct json value, int64_t min, int64_t max, int64_t *result)
{
	int64_t number;

	if (!json_is(value, JSON_NUMBER))
		return false;
	if (json_int64(value, &number) && number >= min && number <= max) {
		*result = number;
		return true;
	}
	form_complain(loading->form, value, "this must be a whole number from %lld to %lld", (long long)min, (long long)max);
	return false;
}

bool loading_chance(struct loading *loading, struct json value, double *chance)
{
	double number;

	if (!json_is(value, JSON_NUMBER))
		return false;
	if (json_double(value, &number) && number >= 0 && number <= 1) {
		*chance = number;
		return true;
	}
	form_complain(loading->form, value, "a probability is from 0 to 1");
	return false;
}

bool loading_code(struct loading *loading, struct json value, int *code)
{
	char word[64], shown[FORM_SHOW_SIZE], hint[FORM_HINT_SIZE];
	const struct code_row *rows, *row = NULL;
	int64_t number;
	size_t count;

	if (!json_is(value, JSON_NUMBER) && !json_is(value, JSON_STRING))
		return false;
	rows = code_rows(&count);
	if (json_int64(value, &number)) {
		/* doc: 100000 to 110000 are a product's own. */
		if (number >= 100000 && number <= 110000) {
			*code = (int)number;
			return true;
		}
		row = number > 0 && number <= INT32_MAX ? code_find((int)number) : NULL;
		if (!row)
			form_complain(loading->form, value, "%lld is no documented code; `alink-emulator codes` lists them", (long long)number);
	} else {
		if (json_string(value, word, sizeof(word)) >= 0)
			row = code_find_name(word);
		if (!row)
			form_complain(loading->form, value, "`%s` is no documented code%s", form_show(value, shown),
			              form_hint(loading->form, value, rows, count, sizeof(rows[0]), hint));
	}
	if (row)
		*code = row->wire;
	return row;
}

bool loading_date(struct loading *loading, struct json value, int64_t *ms)
{
	struct tm date = { 0 };
	char text[32];
	const char *end;
	time_t seconds;

	if (!json_is(value, JSON_STRING))
		return false;
	end = json_string(value, text, sizeof(text)) > 0 ? strptime(text, "%Y-%m-%dT%H:%M:%SZ", &date) : NULL;
	seconds = end && !*end ? timegm(&date) : -1;
	if (seconds < 0) {
		form_complain(loading->form, value, "a date must look like 2026-03-01T00:00:00Z");
		return false;
	}
	*ms = (int64_t)seconds * 1000;
	return true;
}

bool loading_path(struct loading *loading, struct json key, struct path *path)
{
	char *text = json_strdup(key), shown[FORM_SHOW_SIZE];
	const char *wrong = "cannot be read";
	bool good = text && path_read(path, text, &loading->scenario->arena, &wrong);

	if (!good)
		form_complain(loading->form, key, "`%s` %s", form_show(key, shown), wrong);
	free(text);
	return good;
}

void loading_ref(struct loading *loading, struct json value, struct ref *ref)
{
	if (json_is(value, JSON_STRING))
		*ref = (struct ref){ .text = loading_string(loading, value), .at = value };
}

bool loading_event(struct loading *loading, struct json value, enum event *event)
{
	static const char *const wire[] = { "tcp.accept", "tls.hello", "ack.up", "ack.down", "ping" };
	const char *names[EVENT_COUNT];
	char shown[FORM_SHOW_SIZE], hint[FORM_HINT_SIZE];
	size_t i;

	if (!json_is(value, JSON_STRING))
		return false;
	for (i = 0; i < EVENT_COUNT; i++) {
		names[i] = event_name((enum event)i);
		if (json_is_string(value, names[i])) {
			*event = (enum event)i;
			if (i != EVENT_HTTP_REQUEST || !loading->engine || !loading->engine->cloud->alone)
				return true;
			form_complain(loading->form, value, "`%s` cannot happen: files are served by the tool, and this broker runs without it", names[i]);
			return false;
		}
	}
	for (i = 0; i < sizeof(wire) / sizeof(wire[0]); i++)
		if (json_is_string(value, wire[i])) {
			form_complain(loading->form, value, "`%s` needs the wire front, which this build lacks", wire[i]);
			return false;
		}
	form_complain(loading->form, value, "`%s` is no event%s", form_show(value, shown),
	              form_hint(loading->form, value, names, EVENT_COUNT, sizeof(names[0]), hint));
	return false;
}

int word_of(const char *words, struct json value)
{
	return json_is(value, JSON_STRING) ? words_find(words, value) : -1;
}

void word_at(const char *words, int index, char *buf, size_t size)
{
	while (index-- > 0 && *words) {
		words += strcspn(words, " ");
		words += *words == ' ';
	}
	snprintf(buf, size, "%.*s", (int)strcspn(words, " "), words);
}

struct named_test *loading_named_tests(struct loading *loading, struct json object, size_t *count)
{
	struct named_test *tests = loading_new(loading, (json_count(object) + 1) * sizeof(*tests));

	*count = 0;
	if (!tests || !json_is(object, JSON_OBJECT))
		return NULL;
	json_each(member, object) {
		tests[*count].name = loading_string(loading, json_key(member));
		loading_test(loading, &tests[*count].test, member);
		if (tests[*count].name)
			++*count;
	}
	return tests;
}

/* {"tsl": "ok"} asks the model, where there is one. */
static bool read_tsl_word(struct loading *loading, struct json value, bool with_tsl, struct path_test *test)
{
	struct json word = json_get(value, "tsl");

	if (!json_present(word))
		return false;
	if (!with_tsl || json_count(value) != 1 || word_of("ok violates", word) < 0)
		form_complain(loading->form, value, with_tsl ? "{\"tsl\": \"ok\"} or {\"tsl\": \"violates\"} stands alone" :
		              "`tsl` is about properties: it belongs into `params`");
	test->tsl = word_of("ok violates", word) == 1 ? TSL_VIOLATES : TSL_OK;
	return true;
}

struct path_test *loading_path_tests(struct loading *loading, struct json object, bool with_tsl, size_t *count)
{
	struct path_test *tests = loading_new(loading, (json_count(object) + 1) * sizeof(*tests));
	const char *wrong;

	*count = 0;
	if (!tests || !json_is(object, JSON_OBJECT))
		return NULL;
	/* The whole of it, without a path. */
	if (with_tsl && json_present(json_get(object, "tsl"))) {
		path_read(&tests[0].path, "$", &loading->scenario->arena, &wrong);
		read_tsl_word(loading, object, true, &tests[0]);
		*count = 1;
		return tests;
	}
	json_each(member, object) {
		struct path_test *test = &tests[*count];

		if (!loading_path(loading, json_key(member), &test->path))
			continue;
		if (!read_tsl_word(loading, member, with_tsl, test))
			loading_test(loading, &test->test, member);
		++*count;
	}
	return tests;
}

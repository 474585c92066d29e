/* Reading `match`. */
#include <stdlib.h>
#include <string.h>

#include "load.h"

#define DEPTH_MAX 8        /* of any, all, not within each other */

/* One text or several. */
static void read_words(struct loading *loading, struct condition *condition, struct json value,
                       char *(*read)(struct loading *, struct json))
{
	struct json list = json_is(value, JSON_ARRAY) ? value : (struct json){ 0 };

	condition->words = loading_new(loading, (json_count(list) + 1) * sizeof(*condition->words));
	if (!condition->words)
		return;
	if (json_is(value, JSON_STRING)) {
		condition->words[0] = read(loading, value);
		condition->word_count = condition->words[0] != NULL;
		return;
	}
	json_each(item, list) {
		char *word;

		if (!json_is(item, JSON_STRING)) {
			form_complain(loading->form, item, "this list is of strings");
			continue;
		}
		word = read(loading, item);
		if (word)
			condition->words[condition->word_count++] = word;
	}
	if (json_is(value, JSON_ARRAY) && !json_count(value))
		form_complain(loading->form, value, "this list is empty, so nothing could ever match");
}

void read_globs(struct loading *loading, struct condition *condition, enum event event, struct json value)
{
	(void)event;
	read_words(loading, condition, value, strcmp(condition->field->key.name, "product") ? loading_string : loading_product);
}

void read_device_globs(struct loading *loading, struct condition *condition, enum event event, struct json value)
{
	(void)event;
	read_words(loading, condition, value, loading_device);
}

static char *read_tag(struct loading *loading, struct json value)
{
	char *text = loading_string(loading, value);

	if (text && strchr(text, '=') && *text != '=' && strchr(text, '=') - text < NAME_MAX_BYTES)
		return text;
	form_complain(loading->form, value, "a tag is `NAME=GLOB`, as in \"room=att*\"");
	return NULL;
}

void read_tags(struct loading *loading, struct condition *condition, enum event event, struct json value)
{
	(void)event;
	read_words(loading, condition, value, read_tag);
}

static char *read_filter(struct loading *loading, struct json value)
{
	char *text = loading_string(loading, value);

	if (text && (text[0] == '/' || text[0] == '+' || text[0] == '#') && topic_filter_valid(text))
		return text;
	form_complain(loading->form, value, "this is no MQTT filter that any topic of the platform could match");
	return NULL;
}

void read_filters(struct loading *loading, struct condition *condition, enum event event, struct json value)
{
	(void)event;
	read_words(loading, condition, value, read_filter);
}

void read_methods(struct loading *loading, struct condition *condition, enum event event, struct json value)
{
	size_t i = 0;

	read_words(loading, condition, value, loading_string);
	if (json_is(value, JSON_STRING) && condition->word_count)
		loading_method(loading, value, condition->words[0], event);
	json_each(item, json_is(value, JSON_ARRAY) ? value : (struct json){ 0 })
		if (json_is(item, JSON_STRING) && i < condition->word_count)
			loading_method(loading, item, condition->words[i++], event);
}

void read_test(struct loading *loading, struct condition *condition, enum event event, struct json value)
{
	(void)event;
	condition->test = loading_new(loading, sizeof(*condition->test));
	if (condition->test)
		loading_test(loading, condition->test, value);
}

static bool whole(struct loading *loading, struct json value, int64_t *number)
{
	if (json_int64(value, number))
		return true;
	form_complain(loading->form, value, "this must be a whole number");
	return false;
}

static bool code(struct loading *loading, struct json value, int64_t *number)
{
	int found;

	if (!loading_code(loading, value, &found)) {
		if (!json_is(value, JSON_NUMBER) && !json_is(value, JSON_STRING))
			form_complain(loading->form, value, "a code is a number or a name");
		return false;
	}
	*number = found;
	return true;
}

static void read_each_number(struct loading *loading, struct condition *condition, struct json value,
                             bool (*read)(struct loading *, struct json, int64_t *))
{
	if (json_is(value, JSON_OBJECT)) {
		read_test(loading, condition, EVENT_COUNT, value);
		return;
	}
	condition->numbers = loading_new(loading, (json_is(value, JSON_ARRAY) ? json_count(value) + 1 : 1) * sizeof(*condition->numbers));
	if (!condition->numbers)
		return;
	if (!json_is(value, JSON_ARRAY)) {
		condition->number_count += read(loading, value, &condition->numbers[condition->number_count]);
		return;
	}
	json_each(item, value)
		condition->number_count += read(loading, item, &condition->numbers[condition->number_count]);
	if (!json_count(value))
		form_complain(loading->form, value, "this list is empty, so nothing could ever match");
}

/* MQTT's own numbers. */
static bool version(struct loading *loading, struct json value, int64_t *number)
{
	if (!whole(loading, value, number))
		return false;
	if (*number >= 3 && *number <= 5)
		return true;
	form_complain(loading->form, value, "a version is 3 (MQTT 3.1), 4 (3.1.1) or 5");
	return false;
}

static bool qos(struct loading *loading, struct json value, int64_t *number)
{
	if (!whole(loading, value, number))
		return false;
	if (*number >= 0 && *number <= 2)
		return true;
	form_complain(loading->form, value, "a QoS is 0, 1 or 2");
	return false;
}

void read_numbers(struct loading *loading, struct condition *condition, enum event event, struct json value)
{
	(void)event;
	read_each_number(loading, condition, value, strcmp(condition->field->key.name, "qos") ? version : qos);
}

void read_codes(struct loading *loading, struct condition *condition, enum event event, struct json value)
{
	(void)event;
	read_each_number(loading, condition, value, code);
}

void read_params(struct loading *loading, struct condition *condition, enum event event, struct json value)
{
	(void)event;
	condition->paths = loading_path_tests(loading, value, true, &condition->path_count);
}

void read_payload(struct loading *loading, struct condition *condition, enum event event, struct json value)
{
	(void)event;
	condition->paths = loading_path_tests(loading, value, false, &condition->path_count);
}

#define ANY_TEST (FORM_STRING | FORM_OBJECT)
const struct form_key http_match_keys[] = {
	{ "path",   ANY_TEST, NULL, false },
	{ "range",  ANY_TEST, NULL, false },
	{ "method", ANY_TEST, NULL, false },
	{ 0 }
};

void read_http(struct loading *loading, struct condition *condition, enum event event, struct json value)
{
	(void)event;
	loading_keys(loading, value, http_match_keys);
	condition->states = loading_named_tests(loading, value, &condition->state_count);
}

void read_states(struct loading *loading, struct condition *condition, enum event event, struct json value)
{
	static const char states[] = "online offline disabled enabled deleted bound unbound unknown";
	size_t i;

	(void)event;
	if (json_is(value, JSON_OBJECT)) {
		condition->states = loading_named_tests(loading, value, &condition->state_count);
		return;
	}
	read_words(loading, condition, value, loading_string);
	for (i = 0; i < condition->word_count; i++) {
		struct json one = json_is(value, JSON_ARRAY) ? json_first(value) : value;
		size_t k;

		for (k = 0; json_is(value, JSON_ARRAY) && k < i; k++)
			one = json_next(one);
		if (words_find(states, one) < 0)
			form_complain(loading->form, one, "a device's state is one of online, offline, disabled, enabled, deleted, bound, unbound");
	}
}

void read_matches(struct loading *loading, struct condition *condition, enum event event, struct json value)
{
	condition->matches = loading_new(loading, (json_count(value) + 1) * sizeof(*condition->matches));
	if (!condition->matches || !json_is(value, JSON_ARRAY))
		return;
	json_each(item, value) {
		struct match *match = match_read(loading, event, item);

		if (match)
			condition->matches[condition->match_count++] = *match;
	}
	if (!json_count(value))
		form_complain(loading->form, value, "this list is empty");
}

void read_not(struct loading *loading, struct condition *condition, enum event event, struct json value)
{
	condition->matches = match_read(loading, event, value);
	condition->match_count = condition->matches != NULL;
}

/* --- match itself --- */

/* Fields as a table of keys, for form_check. */
static const struct form_key *field_keys(size_t *count)
{
	static struct form_key keys[32];
	const struct match_field *fields = match_fields(count);
	size_t i;

	for (i = 0; i < *count; i++)
		keys[i] = fields[i].key;
	return keys;
}

struct match *match_read(struct loading *loading, enum event event, struct json value)
{
	struct match *match;
	const struct match_field *fields;
	const struct form_key *keys;
	size_t count, i;

	if (!json_present(value))
		return NULL;
	if (loading->depth >= DEPTH_MAX) {
		form_complain(loading->form, value, "`any`, `all` and `not` go %d deep", DEPTH_MAX);
		return NULL;
	}
	match = loading_new(loading, sizeof(*match));
	fields = match_fields(&count);
	keys = field_keys(&count);
	form_check(loading->form, value, keys, count);
	if (!match || !json_is(value, JSON_OBJECT))
		return NULL;
	match->conditions = loading_new(loading, (json_count(value) + 1) * sizeof(*match->conditions));
	if (!match->conditions)
		return NULL;
	loading->depth++;
	json_each(member, value) {
		for (i = 0; i < count && !json_is_string(json_key(member), fields[i].key.name); i++)
			;
		if (i == count || !(fields[i].key.types >> json_type(member) & 1))
			continue;      /* complained about */
		if (event < EVENT_COUNT && !(fields[i].events >> event & 1)) {
			form_complain(loading->form, json_key(member), "`%s` means nothing for %s", fields[i].key.name, event_name(event));
			continue;
		}
		match->conditions[match->count].field = &fields[i];
		fields[i].read(loading, &match->conditions[match->count++], event, member);
	}
	loading->depth--;
	return match;
}

/*
 * Topics and filters: one text, its first line a filter, its second another, the rest a topic.
 *
 * A topic that is taken apart can be put together again. Matching is held against the rule as the MQTT documents
 * word it, level by level.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topic.h"

#define TEXT_MAX 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(expression) \
	do { \
		if (!(expression)) \
			surprise(__LINE__, #expression); \
	} while (0)

static const char *filter, *other, *topic_text;

static void surprise(int line, const char *expression)
{
	fprintf(stderr, "fuzz_topic.c:%d: not so: %s\n\"%s\" \"%s\" \"%s\"\n", line, expression, filter, other, topic_text);
	abort();
}

/* The level that begins at `at`, and where the next one begins; NULL behind the last. */
static const char *next_level(const char *at, size_t *len)
{
	const char *slash = strchr(at, '/');

	*len = slash ? (size_t)(slash - at) : strlen(at);
	return slash ? slash + 1 : NULL;
}

static bool level_is(const char *at, size_t len, const char *text)
{
	return len == strlen(text) && !memcmp(at, text, len);
}

/* MQTT 3.1.1, 4.7.1: `#` is the parent and any number of levels below it, `+` is one level. */
static bool rule_matches(const char *f, const char *t)
{
	size_t f_len, t_len;

	while (f) {
		const char *f_next = next_level(f, &f_len), *t_next;

		if (level_is(f, f_len, "#"))
			return true;
		if (!t)
			return false;
		t_next = next_level(t, &t_len);
		if (!level_is(f, f_len, "+") && (f_len != t_len || memcmp(f, t, f_len)))
			return false;
		f = f_next;
		t = t_next;
	}
	return !t;
}

/* MQTT 3.1.1, 4.7.1: wildcards fill a level, `#` only the last. */
static bool rule_valid(const char *f)
{
	size_t len;

	if (!*f)
		return false;
	while (f) {
		const char *next = next_level(f, &len);

		if (level_is(f, len, "#") ? next != NULL : !level_is(f, len, "+") && (memchr(f, '+', len) || memchr(f, '#', len)))
			return false;
		f = next;
	}
	return true;
}

static void judge_topic(const char *text)
{
	static char rebuilt[TEXT_MAX + 100];
	struct topic topic;
	size_t len;

	if (!topic_parse(&topic, text)) {
		/* Every path that carries two names is somebody's custom topic at least. */
		check(*text != '/' || topic.family);
		return;
	}
	check(!strncmp(text, topic.family->prefix, strlen(topic.family->prefix)));
	check(topic_is(&topic, topic.family->prefix));
	check((topic.family->scope != SCOPE_CONNECTION) == (topic.product_key.len > 0));
	check((topic.family->scope == SCOPE_DEVICE) == (topic.device_name.len > 0));
	check(!memchr(topic.product_key.at ? topic.product_key.at : "", '/', topic.product_key.len));
	check(!memchr(topic.device_name.at ? topic.device_name.at : "", '/', topic.device_name.len));
	len = (size_t)snprintf(rebuilt, sizeof(rebuilt), "%s%.*s%s%.*s", topic.family->prefix,
	                       (int)topic.product_key.len, topic.product_key.len ? topic.product_key.at : "",
	                       topic.device_name.len ? "/" : "",
	                       (int)topic.device_name.len, topic.device_name.len ? topic.device_name.at : "");
	check(!strncmp(rebuilt, text, len));
	check(topic.rest.at + topic.rest.len == text + strlen(text));
	check(topic.rest.at == text + len || (text[len] == '/' && topic.rest.at == text + len + 1));
	if (topic_reply_flags(&topic))
		check(strlen(text) > 6 && !strcmp(text + strlen(text) - 6, "_reply"));
	check(topic_flags(&topic) < 128);
	topic_known_use(&topic);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text, *at;

	if (size > TEXT_MAX)
		return 0;
	text = strndup((const char *)data, size);
	check(text);
	filter = at = text;
	other = topic_text = "";
	if ((at = strchr(at, '\n'))) {
		*at++ = '\0';
		other = at;
		if ((at = strchr(at, '\n'))) {
			*at++ = '\0';
			topic_text = at;
		}
	}
	judge_topic(topic_text);
	check(topic_filter_valid(filter) == rule_valid(filter));
	check(topic_filter_valid(other) == rule_valid(other));
	if (rule_valid(filter)) {
		check(topic_matches(filter, topic_text) == rule_matches(filter, topic_text));
		if (*topic_text && !strpbrk(topic_text, "+#"))
			check(topic_filters_meet(filter, topic_text) == rule_matches(filter, topic_text));
	}
	if (rule_valid(filter) && rule_valid(other)) {
		check(topic_filters_meet(filter, other) == topic_filters_meet(other, filter));
		check(topic_filters_meet(filter, filter));
		if (rule_matches(filter, topic_text) && rule_matches(other, topic_text))
			check(topic_filters_meet(filter, other));
	}
	if (!strchr(filter, '*'))
		check(topic_glob(filter, strlen(filter), topic_text, strlen(topic_text)) == !strcmp(filter, topic_text));
	free(text);
	return 0;
}

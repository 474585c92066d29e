/* Words of the protocol in a scenario file: methods, and what exists. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "load.h"
#include "method.h"

/* doc: scenario format. The catalogue's operations that are no row of method.c, and where they can be met. */
static const struct {
	const char *word;
	unsigned    events;
} more[] = {
	{ "session.forced",   1u << EVENT_PUBLISH_DOWN },
	{ "session.send",     1u << EVENT_PUBLISH_DOWN },
	{ "property.post.raw", 1u << EVENT_PUBLISH_UP | 1u << EVENT_REPLY | 1u << EVENT_SCRIPT },
	{ "event.post.raw",    1u << EVENT_PUBLISH_UP | 1u << EVENT_REPLY | 1u << EVENT_SCRIPT },
	{ "pack.post.raw",     1u << EVENT_PUBLISH_UP | 1u << EVENT_REPLY | 1u << EVENT_SCRIPT },
	{ "dynamic.register", 1u << EVENT_PUBLISH_UP | 1u << EVENT_REPLY },
};
#define MORE_COUNT (sizeof(more) / sizeof(more[0]))

#define UP    (1u << EVENT_PUBLISH_UP)
#define REPLY (1u << EVENT_REPLY)
#define DOWN  (1u << EVENT_PUBLISH_DOWN)
#define SCRIPT (1u << EVENT_SCRIPT)

/* "thing.service.property.set" as a topic of any device. */
static bool topic_of_method(const char *method, char *buf, size_t size)
{
	size_t len = strlen(method), i;

	if (len + sizeof("/sys/p/d/") > size)
		return false;
	strcpy(buf, "/sys/p/d/");
	for (i = 0; i <= len; i++)
		buf[9 + i] = method[i] == '.' ? '/' : method[i];
	return true;
}

/* Bits of the events that can carry an operation or Alink method of exactly this name; 0: there is none. */
static unsigned events_of(const char *word)
{
	const struct method *rows;
	unsigned events = 0;
	struct topic topic;
	char text[300];
	size_t count, i;

	rows = method_rows(&count);
	for (i = 0; i < count; i++)
		if (!strcmp(rows[i].operation, word))
			events |= UP | REPLY;
	for (i = 0; i < MORE_COUNT; i++)
		if (!strcmp(more[i].word, word))
			events |= more[i].events;
	if (!strncmp(word, "ext.", 4) || !strncmp(word, "ota.", 4) || !strncmp(word, "shadow.", 7) || !strcmp(word, "broadcast"))
		events |= UP | DOWN;       /* topics without an Alink method, by their path */
	if (!strncmp(word, "thing.model.", 12))
		events |= SCRIPT;
	if (!topic_of_method(word, text, sizeof(text)) || !topic_parse(&topic, text))
		return events;
	if (method_find(&topic))
		events |= UP | REPLY;
	if (topic_reply_flags(&topic) & TOPIC_ANSWERED)
		events |= UP;
	if (topic_flags(&topic) & TOPIC_DOWN)
		events |= DOWN;
	if (topic_flags(&topic) & TOPIC_UP)
		events |= UP;
	return events;
}

const char *method_operation(const char *word)
{
	const struct method *method;
	struct topic topic;
	char text[300];
	size_t len = strlen(word);

	if (len > 4 && !strcmp(word + len - 4, ".raw"))
		return RAW_OPERATION;
	if (!topic_of_method(word, text, sizeof(text)) || !topic_parse(&topic, text))
		return word;
	method = method_find(&topic);
	return method ? method->operation : word;
}

/* Everything that `method` may be, for suggestions and globs. */
static size_t all_words(const char **words, size_t max)
{
	const struct method *rows;
	const struct catalogue_row *operations;
	size_t count, i, k, used = 0;

	rows = method_rows(&count);
	for (i = 0; i < count && used < max; i++) {
		for (k = 0; k < used && strcmp(words[k], rows[i].operation); k++)
			;
		if (k == used)
			words[used++] = rows[i].operation;
	}
	for (i = 0; i < MORE_COUNT && used < max; i++)
		words[used++] = more[i].word;
	operations = catalogue_rows(&count);
	for (i = 0; i < count && used < max; i++) {
		for (k = 0; k < used && strcmp(words[k], operations[i].operation); k++)
			;
		if (k == used)
			words[used++] = operations[i].operation;
	}
	return used;
}

void loading_method(struct loading *loading, struct json value, const char *word, enum event event)
{
	const char *words[200];
	char shown[FORM_SHOW_SIZE], hint[FORM_HINT_SIZE];
	size_t count = all_words(words, sizeof(words) / sizeof(words[0])), i;
	unsigned events = 0;

	if (is_glob(word)) {
		/* It must be able to mean something; Alink methods of services and events are any. */
		for (i = 0; i < count; i++)
			if (glob_matches(word, words[i]))
				events |= events_of(words[i]) ? events_of(words[i]) : UP | REPLY;
		if (!strncmp(word, "thing.", 6))
			events |= UP | REPLY | DOWN | SCRIPT;
	} else {
		events = events_of(word);
	}
	if (!events && catalogue_find(word))
		form_complain(loading->form, value, "`%s` is not part of this build yet", word);
	else if (!events)
		form_complain(loading->form, value, "`%s` is no operation and no method%s", form_show(value, shown),
		              form_hint(loading->form, value, words, count, sizeof(words[0]), hint));
	else if (!(events >> event & 1))
		form_complain(loading->form, value, "%s never carries `%s`, so this could never match", event_name(event), form_show(value, shown));
}

/* --- what exists --- */

static void unknown(struct loading *loading, struct json value, const char *kind, const char *const *rows, size_t count)
{
	char shown[FORM_SHOW_SIZE], hint[FORM_HINT_SIZE];

	if (!loading->names || loading->names->open)
		form_warn(loading->form, value, "no cloud file says whether %s `%s` exists", kind, form_show(value, shown));
	else
		form_complain(loading->form, value, "there is no %s `%s`%s", kind, form_show(value, shown),
		              form_hint(loading->form, value, rows, count, sizeof(rows[0]), hint));
}

static bool fixture_product(const struct loading *loading, const char *product_key)
{
	const struct cloud_file *file = loading->scenario->fixtures;
	size_t i;

	for (i = 0; file && i < file->product_count; i++)
		if (!strcmp(file->products[i].product_key, product_key))
			return true;
	return false;
}

static bool fixture_device(const struct loading *loading, const char *product_key, const char *device_name)
{
	const struct cloud_file *file = loading->scenario->fixtures;
	size_t i;

	for (i = 0; file && i < file->device_count; i++)
		if ((!product_key || !strcmp(file->devices[i].product_key, product_key)) &&
		    !strcmp(file->devices[i].device_name, device_name))
			return true;
	return false;
}

static bool product_exists(const struct loading *loading, const char *product_key)
{
	return fixture_product(loading, product_key) ||
	       (loading->names && loading->names->has_product && loading->names->has_product(loading->names->ctx, product_key));
}

char *loading_product(struct loading *loading, struct json value)
{
	char *name = loading_string(loading, value);
	const char *rows[100];
	size_t count = 0;

	if (!name || is_glob(name) || product_exists(loading, name))
		return name;
	if (loading->names && loading->names->products)
		count = loading->names->products(loading->names->ctx, rows, 100);
	unknown(loading, value, "product", rows, count);
	return name;
}

char *loading_device(struct loading *loading, struct json value)
{
	char *name = loading_string(loading, value), *slash;
	char product_key[NAME_MAX_BYTES + 1] = "";
	const char *rows[1000], *device_name;
	size_t count = 0;

	if (!name)
		return NULL;
	slash = strchr(name, '/');
	device_name = slash ? slash + 1 : name;
	if (!*device_name || strchr(device_name, '/') || slash == name || (slash && slash - name > NAME_MAX_BYTES)) {
		form_complain(loading->form, value, "a device is named `PK/DN`, or by its deviceName alone");
		return NULL;
	}
	if (slash)
		snprintf(product_key, sizeof(product_key), "%.*s", (int)(slash - name), name);
	if (is_glob(name))
		return name;
	if (fixture_device(loading, slash ? product_key : NULL, device_name) ||
	    (loading->names && loading->names->has_device &&
	     loading->names->has_device(loading->names->ctx, slash ? product_key : NULL, device_name)))
		return name;
	if (loading->names && loading->names->devices)
		count = loading->names->devices(loading->names->ctx, rows, 1000);
	unknown(loading, value, "device", rows, count);
	return name;
}

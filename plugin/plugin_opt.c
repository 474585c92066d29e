#include "plugin_opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Those that are a text and nothing more. */
static const struct {
	const char *key;
	size_t      offset;
} texts[] = {
	{ "state",     offsetof(struct plugin_opts, state) },
	{ "control",   offsetof(struct plugin_opts, control) },
	{ "waker",     offsetof(struct plugin_opts, waker) },
	{ "broker",    offsetof(struct plugin_opts, broker) },
	{ "file_url",  offsetof(struct plugin_opts, file_url) },
	{ "listeners", offsetof(struct plugin_opts, listeners) },
};

static bool add(const char **list, size_t *count, size_t max, const char *value)
{
	if (*count == max)
		return false;
	list[(*count)++] = value;
	return true;
}

static bool read_seed(struct plugin_opts *options, const char *value)
{
	char *end;

	options->seed = strtoull(value, &end, 10);
	options->seed_given = true;
	return *value && !*end;
}

bool plugin_opt_read(struct plugin_opts *options, const char *key, const char *value, char *error, size_t size)
{
	size_t i;

	for (i = 0; i < COUNT(texts); i++)
		if (!strcmp(key, texts[i].key)) {
			*(const char **)((char *)options + texts[i].offset) = value;
			return true;
		}
	if (!strcmp(key, "cloud") && add(options->clouds, &options->cloud_count, COUNT(options->clouds), value))
		return true;
	if (!strcmp(key, "scenario") && add(options->scenarios, &options->scenario_count, COUNT(options->scenarios), value))
		return true;
	if (!strcmp(key, "scenario_stop")) {
		options->open_ended = !strcmp(value, "end");
		return true;
	}
	if (!strcmp(key, "seed")) {
		if (read_seed(options, value))
			return true;
		snprintf(error, size, "plugin_opt_seed must be a number, not `%s`", value);
		return false;
	}
	snprintf(error, size, "unknown or too many plugin_opt_%s", key);
	return false;
}

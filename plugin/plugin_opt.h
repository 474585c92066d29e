/* What the broker's configuration says to the plugin: plugin_opt_NAME VALUE. */
#ifndef ALINK_PLUGIN_OPT_H
#define ALINK_PLUGIN_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The strings are the broker's. */
struct plugin_opts {
	const char *clouds[16], *scenarios[32];
	size_t      cloud_count, scenario_count;
	const char *state, *control, *waker, *listeners;
	const char *broker;          /* its version, which the plugin API does not tell */
	const char *file_url;        /* where the tool serves what devices download */
	uint64_t    seed;
	bool        seed_given;
	bool        open_ended;      /* scenarios without a `stop` end when the tool says so, not after five minutes */
};

/* False, with what is wrong. */
bool plugin_opt_read(struct plugin_opts *options, const char *key, const char *value, char *error, size_t size);

#endif

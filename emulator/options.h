/* The options that `run` and `exec` share. */
#ifndef ALINK_OPTIONS_H
#define ALINK_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "ports.h"

#define OPTION_FILES_MAX 32     /* of one option that may be repeated */

struct option_list {
	const char *at[OPTION_FILES_MAX];
	size_t      count;
};

struct options {
	struct ports       ports[LISTENERS];
	struct option_list clouds, scenarios, hosts;
	bool scenarios_open_ended;   /* no option: `exec` says when their runs end */
	const char *bind, *state, *seed, *cert_folder, *mosquitto, *file_url, *junit, *report;   /* NULL: not given */
	bool        json;
	char      **words;           /* all of them, from the command's name to a NULL; borrowed */
	int         option_words;    /* so many are that name and options */
};

enum parsed { PARSED_FINE, PARSED_HELP, PARSED_WRONG };

/*
 * Reads up to the first word that is none and leaves optind there; what the command line does not give
 * may come from the environment (--mqtt-port as ALINK_RUN_MQTT_PORT). What is wrong, and help, is printed.
 * `synopsis` is the help's first line after "Usage: alink-emulator ".
 */
enum parsed options_parse(struct options *options, int argc, char **argv, const char *synopsis);

/* One option, for the manual and for completion. */
struct option_text {
	const char *name, *value, *help;    /* value NULL: takes none; help may hold a line break */
	char        letter;                 /* 0: none */
};
/* The options one after the other, from 0; false behind the last. */
bool options_describe(size_t index, struct option_text *out);
/* The variable of an option in the environment: "mqtt-port" gives ALINK_RUN_MQTT_PORT. */
#define OPTION_VARIABLE_MAX 64
void option_variable(const char *option, char out[OPTION_VARIABLE_MAX]);

/*
 * Where commands look for an emulator that nobody named: http://127.0.0.1:8080, or where `run` would listen
 * with this environment; so they find it in a container as they do outside.
 */
void options_default_url(struct text *out);

#endif

#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An option is in this table, and its help with it. The port options are those of listener_types. */
enum id {
	OPTION_CLOUD = 'c', OPTION_SCENARIO = 's', OPTION_HELP = 'h',
	OPTION_STATE = 256, OPTION_SEED, OPTION_BIND, OPTION_HOST, OPTION_CERT_DIR, OPTION_MOSQUITTO, OPTION_JSON,
	OPTION_LATER,
	OPTION_PORT,   /* + enum listener */
};

static const struct row {
	const char *name, *value;    /* value NULL: takes none */
	enum id     id;
	const char *help;            /* NULL: not shown */
} rows[] = {
	{ "cloud",     "FILE", OPTION_CLOUD,     "what exists at the start (a cloud file); may be repeated;\n"
	                                         "none: a demo cloud" },
	{ "scenario",  "FILE", OPTION_SCENARIO,  "what goes wrong, and when; may be repeated" },
	{ "state",     "FILE", OPTION_STATE,     "keep the cloud's state in this file; none: in memory" },
	{ "seed",      "N",    OPTION_SEED,      "what all chance is drawn from" },
	{ "bind",      "ADDR", OPTION_BIND,      "where ports without an address listen; default 127.0.0.1" },
	{ "host",      "NAME", OPTION_HOST,      "one more name for the certificate; may be repeated" },
	{ "cert-dir",  "DIR",  OPTION_CERT_DIR,  "keeps the CA and the keys; default\n"
	                                         "${XDG_STATE_HOME:-~/.local/state}/alink-emulator" },
	{ "mosquitto", "FILE", OPTION_MOSQUITTO, "the broker; default: in PATH, /usr/sbin, /usr/local/sbin" },
	{ "json",      NULL,   OPTION_JSON,      "say what is ready as one line of JSON" },
	{ "help",      NULL,   OPTION_HELP,      "this" },
	/* names that the manual fixes, for what is not there yet */
	{ "x509-port", "P",    OPTION_LATER,     NULL },
	{ "psk-port",  "P",    OPTION_LATER,     NULL },
	{ "file-url",  "BASE", OPTION_LATER,     NULL },
	{ "junit",     "FILE", OPTION_LATER,     NULL },
	{ "report",    "FILE", OPTION_LATER,     NULL },
};
#define ROWS (sizeof(rows) / sizeof(*rows))

static void help_print(const char *synopsis)
{
	size_t i;

	printf("Usage: alink-emulator %s\n\n", synopsis);
	for (i = 0; i < ROWS && rows[i].help; i++) {
		const char *line = rows[i].help, *end = strchr(line, '\n');
		char left[64];

		snprintf(left, sizeof(left), "%c%c%s--%s %s", rows[i].id < 256 ? '-' : ' ',
		         rows[i].id < 256 ? (char)rows[i].id : ' ', rows[i].id < 256 ? ", " : "  ", rows[i].name,
		         rows[i].value ? rows[i].value : "");
		printf("  %-24s %.*s\n", left, end ? (int)(end - line) : (int)strlen(line), line);
		if (end)
			printf("  %-24s %s\n", "", end + 1);
	}
	puts("\nListeners (P is 'off', a port, ADDR:PORT, or several with commas; 0 takes a free one):");
	for (i = 0; i < LISTENERS; i++)
		printf("      %s P%*s default %s\n", listener_types[i].option,
		       20 - (int)strlen(listener_types[i].option) - 2, "", listener_types[i].ports);
}

static int complain(const char *option, const char *value, const char *wrong)
{
	fprintf(stderr, "alink-emulator: %s '%s' %s\n", option, value, wrong);
	return -1;
}

static int list_push(struct option_list *list, const char *option, const char *value)
{
	if (list->count == OPTION_FILES_MAX)
		return complain(option, value, "is one too many");
	list->at[list->count++] = value;
	return 0;
}

/* doc: scenario format, "Chance": 0 to 2^53 - 1 */
static bool seed_valid(const char *text)
{
	return *text && strlen(text) <= 16 && strspn(text, "0123456789") == strlen(text) &&
	       strtoull(text, NULL, 10) <= 9007199254740991u;
}

/* A name that a certificate can carry: labels, maybe a first one that is `*`, or an address. */
static bool host_valid(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	if (address_valid(text))
		return true;
	if (!strncmp(text, "*.", 2))
		text += 2;
	return *text && *text != '.' && strlen(text) <= 250 && strspn(text, letters) == strlen(text);
}

static int option_take(struct options *options, const char **ports, int id, const char *value)
{
	switch (id) {
	case OPTION_CLOUD:
		return list_push(&options->clouds, "--cloud", value);
	case OPTION_SCENARIO:
		return list_push(&options->scenarios, "--scenario", value);
	case OPTION_HOST:
		if (!host_valid(value))
			return complain("--host", value, "is no host name and no address");
		return list_push(&options->hosts, "--host", value);
	case OPTION_SEED:
		if (!seed_valid(value))
			return complain("--seed", value, "is no whole number from 0 to 9007199254740991");
		options->seed = value;
		return 0;
	case OPTION_BIND:
		if (!address_valid(value))
			return complain("--bind", value, "is not a numeric address, as 127.0.0.1 or 0.0.0.0 is");
		options->bind = value;
		return 0;
	case OPTION_STATE:
		options->state = value;
		return 0;
	case OPTION_CERT_DIR:
		options->cert_folder = value;
		return 0;
	case OPTION_MOSQUITTO:
		options->mosquitto = value;
		return 0;
	case OPTION_JSON:
		options->json = true;
		return 0;
	default:
		ports[id - OPTION_PORT] = value;
		return 0;
	}
}

enum parsed options_parse(struct options *options, int argc, char **argv, const char *synopsis)
{
	struct option known[ROWS + LISTENERS + 1] = { 0 };
	const char *ports[LISTENERS], *wrong;
	int id, at = -1;
	size_t i;

	*options = (struct options){ 0 };
	for (i = 0; i < ROWS; i++)
		known[i] = (struct option){ rows[i].name, rows[i].value ? required_argument : no_argument, NULL,
		                            (int)rows[i].id };
	for (i = 0; i < LISTENERS; i++) {
		known[ROWS + i] = (struct option){ listener_types[i].option + 2, required_argument, NULL,
		                                   OPTION_PORT + (int)i };
		ports[i] = listener_types[i].ports;
	}
	optind = 1;
	while ((id = getopt_long(argc, argv, "+c:s:h", known, &at)) != -1) {
		if (id == OPTION_HELP) {
			help_print(synopsis);
			return PARSED_HELP;
		}
		if (id == OPTION_LATER) {
			fprintf(stderr, "alink-emulator: --%s is not built yet\n", known[at].name);
			return PARSED_WRONG;
		}
		if (id == '?' || option_take(options, ports, id, optarg)) {
			fprintf(stderr, "alink-emulator: %s --help lists the options\n", argv[0]);
			return PARSED_WRONG;
		}
	}
	for (i = 0; i < LISTENERS; i++) {
		wrong = ports_parse(&options->ports[i], ports[i], options->bind ? options->bind : "127.0.0.1");
		if (wrong) {
			complain(listener_types[i].option, ports[i], wrong);
			return PARSED_WRONG;
		}
	}
	return PARSED_FINE;
}

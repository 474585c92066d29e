#include "options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emulator.h"

/*
 * An option is in this table, and with it its help and its variable in the environment. The port
 * options are those of listener_types.
 */
enum id {
	OPTION_CLOUD = 'c', OPTION_SCENARIO = 's', OPTION_HELP = 'h',
	OPTION_STATE = 256, OPTION_SEED, OPTION_BIND, OPTION_HOST, OPTION_FILE_URL, OPTION_CERT_DIR, OPTION_MOSQUITTO, OPTION_JSON,
	OPTION_JUNIT, OPTION_REPORT,
	OPTION_PORT,   /* + enum listener */
};

static const struct row {
	const char *name, *value;    /* value NULL: takes none */
	enum id     id;
	const char *help;
} rows[] = {
	{ "cloud",     "FILE", OPTION_CLOUD,     "what exists at the start (a cloud file); may be repeated;\n"
	                                         "none: a demo cloud" },
	{ "scenario",  "FILE", OPTION_SCENARIO,  "what goes wrong, and when; may be repeated" },
	{ "state",     "FILE", OPTION_STATE,     "keep the cloud's state in this file; none: in memory" },
	{ "seed",      "N",    OPTION_SEED,      "what all chance is drawn from" },
	{ "bind",      "ADDR", OPTION_BIND,      "where ports without an address listen; default 127.0.0.1" },
	{ "host",      "NAME", OPTION_HOST,      "one more name for the certificate; may be repeated" },
	{ "file-url",  "BASE", OPTION_FILE_URL,  "what the URLs of downloads begin with; default: the first HTTP\n"
	                                         "port at the first --host, else at its own address" },
	{ "cert-dir",  "DIR",  OPTION_CERT_DIR,  "keeps the CA and the keys; default\n"
	                                         "${XDG_STATE_HOME:-~/.local/state}/alink-emulator" },
	{ "mosquitto", "FILE", OPTION_MOSQUITTO, "the broker; default: in PATH, /usr/sbin, /usr/local/sbin" },
	{ "junit",     "FILE", OPTION_JUNIT,     "at the end, what became of the scenarios as JUnit XML" },
	{ "report",    "FILE", OPTION_REPORT,    "the same as text; as JSON if FILE ends in .json" },
	{ "json",      NULL,   OPTION_JSON,      "say what is ready as one line of JSON" },
	{ "help",      NULL,   OPTION_HELP,      "this" },
};
#define ROWS (sizeof(rows) / sizeof(*rows))

#define ENVIRONMENT "ALINK_RUN_"

static void help_print(const char *synopsis)
{
	size_t i;

	printf("Usage: alink-emulator %s\n\n", synopsis);
	for (i = 0; i < ROWS; i++) {
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
	puts("\nEach option may come from the environment, as " ENVIRONMENT "MQTT_PORT does for --mqtt-port; what may be\n"
	     "repeated takes several with commas, a flag takes true or false. The command line wins.");
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

/* Where an option that may be repeated collects; NULL when it may not. */
static struct option_list *list_of(struct options *options, int id)
{
	switch (id) {
	case OPTION_CLOUD:    return &options->clouds;
	case OPTION_SCENARIO: return &options->scenarios;
	case OPTION_HOST:     return &options->hosts;
	default:              return NULL;
	}
}

/* `name` is what gives the value, for complaints. */
/* What a path can be put behind, in JSON and in Mosquitto's configuration alike. */
static bool base_valid(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%:/[]@!$&'()*+,;=";
	size_t scheme = !strncmp(text, "http://", 7) ? 7 : !strncmp(text, "https://", 8) ? 8 : 0;

	return scheme && text[scheme] && text[scheme] != '/' && strlen(text) <= 200 &&
	       strspn(text, letters) == strlen(text);
}

static int option_take(struct options *options, const char **ports, int id, const char *name, const char *value)
{
	switch (id) {
	case OPTION_HOST:
		if (!host_valid(value))
			return complain(name, value, "is no host name and no address");
		/* fall through */
	case OPTION_CLOUD:
	case OPTION_SCENARIO:
		return list_push(list_of(options, id), name, value);
	case OPTION_FILE_URL:
		if (!base_valid(value))
			return complain("--file-url", value, "is not http://HOST[:PORT][/PATH], nor the same with https, of at most 200 characters");
		options->file_url = value;
		return 0;
	case OPTION_SEED:
		if (!seed_valid(value))
			return complain(name, value, "is no whole number from 0 to 9007199254740991");
		options->seed = value;
		return 0;
	case OPTION_BIND:
		if (!address_valid(value))
			return complain(name, value, "is not a numeric address, as 127.0.0.1 or 0.0.0.0 is");
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
	case OPTION_JUNIT:
		options->junit = value;
		return 0;
	case OPTION_REPORT:
		options->report = value;
		return 0;
	case OPTION_JSON:
		options->json = true;
		return 0;
	default:
		ports[id - OPTION_PORT] = value;
		return 0;
	}
}

/* --- the environment --- */

void option_variable(const char *option, char out[OPTION_VARIABLE_MAX])
{
	char *at = out + snprintf(out, OPTION_VARIABLE_MAX, "%s%s", ENVIRONMENT, option);

	while (at-- > out)
		*at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
}

/* NULL when it is not set; set to nothing is not set, so that a compose file can leave it open. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* Several values, each to be taken by itself. A process has its options once, and so their texts for good. */
static int variable_split(struct options *options, const char **ports, size_t row, const char *name, const char *value)
{
	static char *texts[ROWS];
	char *at, *save = NULL;

	free(texts[row]);
	texts[row] = strdup(value);
	if (!texts[row])
		abort();
	for (at = strtok_r(texts[row], ",", &save); at; at = strtok_r(NULL, ",", &save))
		if (option_take(options, ports, (int)rows[row].id, name, at))
			return -1;
	return 0;
}

static int variable_flag(struct options *options, const char **ports, int id, const char *name, const char *value)
{
	if (!strcmp(value, "true") || !strcmp(value, "1"))
		return option_take(options, ports, id, name, "");
	if (!strcmp(value, "false") || !strcmp(value, "0"))
		return 0;
	return complain(name, value, "is neither true nor false");
}

/* A misspelt one would otherwise be looked for in the wrong place, for a long time. */
static void variables_check(const struct option *known)
{
	char name[OPTION_VARIABLE_MAX], **at;
	const struct option *option;

	for (at = environ; *at; at++) {
		size_t len = strcspn(*at, "=");

		if (strncmp(*at, ENVIRONMENT, strlen(ENVIRONMENT)))
			continue;
		for (option = known; option->name; option++) {
			option_variable(option->name, name);
			if (option->val != OPTION_HELP && strlen(name) == len && !memcmp(name, *at, len))
				break;
		}
		if (!option->name)
			fprintf(stderr, "alink-emulator: warning: %.*s names no option\n", (int)len, *at);
	}
}

/* What the command line has not given. */
static int variables_take(struct options *options, const char **ports, const struct option *known, const bool *given)
{
	size_t i;
	int err = 0;

	variables_check(known);
	for (i = 0; !err && known[i].name; i++) {
		char name[OPTION_VARIABLE_MAX];
		const char *value;
		int id = known[i].val;

		option_variable(known[i].name, name);
		value = given[i] || id == OPTION_HELP ? NULL : variable(name);
		if (!value)
			continue;
		if (!known[i].has_arg)
			err = variable_flag(options, ports, id, name, value);
		else if (list_of(options, id))
			err = variable_split(options, ports, i, name, value);
		else
			err = option_take(options, ports, id, name, value);
	}
	return err;
}

/* --- all of it --- */

static size_t index_of(const struct option *known, int id)
{
	size_t i = 0;

	while (known[i].val != id)
		i++;
	return i;
}

enum parsed options_parse(struct options *options, int argc, char **argv, const char *synopsis)
{
	struct option known[ROWS + LISTENERS + 1] = { 0 };
	const char *ports[LISTENERS], *wrong;
	bool given[ROWS + LISTENERS] = { 0 };
	char name[64];
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
		if (id != '?') {
			i = index_of(known, id);
			given[i] = true;
			snprintf(name, sizeof(name), "--%s", known[i].name);
		}
		if (id == '?' || option_take(options, ports, id, name, optarg ? optarg : ""))
			goto wrong;
	}
	if (variables_take(options, ports, known, given))
		goto wrong;
	for (i = 0; i < LISTENERS; i++) {
		wrong = ports_parse(&options->ports[i], ports[i], options->bind ? options->bind : "127.0.0.1");
		if (wrong) {
			complain(listener_types[i].option, ports[i], wrong);
			return PARSED_WRONG;
		}
	}
	options->words = argv;
	options->option_words = optind;
	return PARSED_FINE;
wrong:
	fprintf(stderr, "alink-emulator: %s --help lists the options\n", argv[0]);
	return PARSED_WRONG;
}

/* --- for others --- */

bool options_describe(size_t index, struct option_text *out)
{
	if (index < ROWS) {
		const struct row *row = &rows[index];

		*out = (struct option_text){ row->name, row->value, row->help, row->id < 256 ? (char)row->id : 0 };
		return true;
	}
	index -= ROWS;
	if (index >= LISTENERS)
		return false;
	*out = (struct option_text){ .name = listener_types[index].option + 2, .value = "P", .help = listener_types[index].ports };
	return true;
}

void options_default_url(struct text *out)
{
	const char *given = variable(ENVIRONMENT "HTTP_PORT"), *address = variable(ENVIRONMENT "BIND");
	struct ports ports = { 0 };

	if (!address || !address_valid(address))
		address = "127.0.0.1";
	/* off, or a port that only the emulator knows: then there is nothing better than the usual one */
	if (!given || ports_parse(&ports, given, address) || !ports.count || !ports.at[0].number)
		ports_parse(&ports, listener_types[LISTENER_HTTP].ports, address);
	text_add(out, "http://");
	address_add(out, port_dial_address(&ports.at[0]), ports.at[0].number);
}

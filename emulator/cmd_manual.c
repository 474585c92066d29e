/* `manual`: the manual page, written from the tables that --help and the parsers read. The build runs it. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "api_words.h"
#include "command.h"
#include "options.h"

/* Text as roff: a backslash or a dash is one, and no line begins with a request. */
static void put(const char *text)
{
	const char *at;

	for (at = text; *at; at++) {
		if ((*at == '.' || *at == '\'') && (at == text || at[-1] == '\n'))
			fputs("\\&", stdout);
		if (*at == '-' || *at == '\\')
			putchar('\\');
		putchar(*at == '\\' ? 'e' : *at);
	}
}

static void section(const char *name)
{
	printf(".SH %s\n", name);
}

static void paragraph(const char *text)
{
	puts(".PP");
	put(text);
	putchar('\n');
}

/* A tagged paragraph: what follows on the next lines is said of `name argument`. */
static void tag(const char *before, const char *name, const char *argument)
{
	fputs(".TP\n\\fB", stdout);
	put(before);
	put(name);
	fputs("\\fR", stdout);
	if (argument && *argument) {
		fputs(" \\fI", stdout);
		put(argument);
		fputs("\\fR", stdout);
	}
	putchar('\n');
}

static void entry(const char *name, const char *text)
{
	tag("", name, NULL);
	put(text);
	putchar('\n');
}

static bool is_noun(const char *name)
{
	const struct api_command *row;

	for (row = api_commands; row->noun; row++)
		if (!strcmp(row->noun, name))
			return true;
	return false;
}

static void noun(const char *name)
{
	const struct api_command *row;
	const struct api_option *option;

	for (row = api_commands; row->noun; row++) {
		const char *named_by = api_command_option(row);
		char form[64];

		if (strcmp(row->noun, name))
			continue;
		snprintf(form, sizeof(form), "%s%s%s%s%s", row->noun, row->verb ? " " : "", row->verb ? row->verb : "",
		         named_by ? " --" : "", named_by ? named_by : "");
		tag("", form, row->arguments);
		put(row->what);
		putchar('\n');
		for (option = row->options; option && option->name; option++) {
			if (option->form == OPTION_NAMES)
				continue;
			puts(".RS");
			tag("--", option->name, option->argument);
			put(option->what);
			puts("\n.RE");
		}
	}
}

static void commands_write(void)
{
	const struct command *command;

	section("COMMANDS");
	paragraph("A device is always written as its productKey and its deviceName. VALUE in NAME=VALUE is JSON; what is no JSON "
	          "is text. A noun alone lists, the clock shows.");
	for (command = commands; command->name; command++) {
		if (!command->summary)
			continue;
		printf(".SS ");
		put(command->name);
		putchar('\n');
		put(command->summary);
		puts(".");
		if (is_noun(command->name))
			noun(command->name);
	}
}

static void run_options_write(void)
{
	struct option_text option;
	size_t i;

	section("OPTIONS OF RUN AND EXEC");
	for (i = 0; options_describe(i, &option); i++) {
		char letter[] = "-x, --";

		letter[1] = option.letter;
		tag(option.letter ? letter : "--", option.name, option.value);
		if (option.value && !strcmp(option.value, "P"))
			printf("A listener's ports: ");
		put(option.help);
		putchar('\n');
	}
	paragraph("P is off, a port, ADDR:PORT, or several of these with commas; 0 takes a free port. With --json, run says what is "
	          "ready as one line of JSON; otherwise the line `ready' ends what it says.");
}

static void common_options_write(void)
{
	const struct common_option *option;

	section("OPTIONS OF COMMANDS THAT ACT ON A RUNNING EMULATOR");
	for (option = api_common_options; option->name; option++) {
		tag("--", option->name, option->argument);
		put(option->what);
		putchar('\n');
	}
}

static void environment_write(void)
{
	struct option_text option;
	size_t i;

	section("ENVIRONMENT");
	entry("ALINK_HTTP_URL", "where commands find the emulator");
	for (i = 0; options_describe(i, &option); i++) {
		char variable[OPTION_VARIABLE_MAX], what[80];

		if (!strcmp(option.name, "help"))
			continue;
		option_variable(option.name, variable);
		snprintf(what, sizeof(what), "as --%s of run and exec", option.name);
		entry(variable, what);
	}
	paragraph("The command line wins over these. Set to nothing, one is not set. What may be repeated takes several values with "
	          "commas; a flag takes true or false. Without --url and ALINK_HTTP_URL, commands look where "
	          "ALINK_RUN_HTTP_PORT and ALINK_RUN_BIND make an emulator listen.");
	entry("ALINK_MQTT_HOST, ALINK_MQTT_PORT, ALINK_MQTTS_PORT, ALINK_HTTP_URL, ALINK_CA_FILE",
	      "are set by exec for its command");
}

int command_manual(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts(".\\\" Written by the program from its tables: alink-emulator manual");
	puts(".TH ALINK\\-EMULATOR 1 \"\" \"alink\\-emulator " PACKAGE_VERSION "\"");
	section("NAME");
	puts("alink\\-emulator \\- Alibaba Cloud IoT Platform on your own machine");
	section("SYNOPSIS");
	puts(".B alink\\-emulator\n.I command\n.RI [ arguments ]\n.RI [ options ]");
	section("DESCRIPTION");
	paragraph("Speaks the Alink protocol over MQTT as the cloud does: devices connect with their own identity, register, build "
	          "their topology and post, and get the answers that the cloud documents. run starts it, and the other "
	          "commands act on what runs, over its HTTP API. Where the cloud only says a code, the log says why.");
	commands_write();
	run_options_write();
	common_options_write();
	environment_write();
	section("FILES");
	entry("~/.local/state/alink-emulator", "the CA that devices trust, ca.pem, and its keys (--cert-dir)");
	section("EXIT STATUS");
	entry("0", "fine");
	entry("1", "the checked thing failed: a bad file, a refusal, an unmet expectation");
	entry("2", "usage");
	entry("3", "the emulator cannot be reached or could not start");
	section("EXAMPLES");
	entry("alink-emulator run -c cloud.json --state cloud.db", "a cloud that survives restarts");
	entry("alink-emulator exec --mqtt-port 0 --http-port 0 -- ./my-test", "an emulator for the time of one test");
	entry("alink-emulator log --why --follow", "what is refused, and the reason, as it happens");
	section("SEE ALSO");
	puts(".BR mosquitto (8),\n.BR mosquitto_rr (1)");
	return EXIT_FINE;
}

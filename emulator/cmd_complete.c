/*
 * `complete WORD…`: what the last word could become, one proposal a line, for the shell's completion. Nothing
 * is proposed where a file or a name belongs; the shell then offers files.
 */
#include <stdio.h>
#include <string.h>

#include "api_words.h"
#include "command.h"
#include "options.h"

static void propose(const char *before, const char *name, const char *typed)
{
	char word[80];

	snprintf(word, sizeof(word), "%s%s", before, name);
	if (!strncmp(word, typed, strlen(typed)))
		puts(word);
}

static void propose_commands(const char *typed)
{
	const struct command *command;

	for (command = commands; command->name; command++)
		if (command->summary)
			propose("", command->name, typed);
	propose("", "--help", typed);
	propose("", "--version", typed);
}

static void propose_run(const char *typed)
{
	struct option_text option;
	size_t i;

	for (i = 0; options_describe(i, &option); i++)
		propose("--", option.name, typed);
}

/* The verb is the first word that is no option; several rows may share it, and options. */
static void propose_noun(const char *noun, int argc, char **argv, const char *typed)
{
	const struct common_option *common;
	const struct api_command *row, *before;
	const struct api_option *option;
	const char *verb = NULL;
	int i;

	for (i = 1; i < argc - 1 && !verb; i++)
		if (argv[i][0] != '-')
			verb = argv[i];
	for (row = api_commands; row->noun; row++) {
		bool again = false;

		if (strcmp(row->noun, noun))
			continue;
		for (before = api_commands; before < row; before++)
			again |= !strcmp(before->noun, noun) && before->verb && row->verb && !strcmp(before->verb, row->verb);
		if (row->verb && !verb && !again)
			propose("", row->verb, typed);
		if (row->verb && (verb ? strcmp(row->verb, verb) != 0 : !api_command_alone(row)))
			continue;
		for (option = row->options; !again && option && option->name; option++)
			propose("--", option->name, typed);
	}
	for (common = api_common_options; common->name; common++)
		propose("--", common->name, typed);
}

/* Behind an option that takes a value nothing of ours belongs. */
static bool takes_value(const char *word)
{
	const struct common_option *common;
	const struct api_command *row;
	const struct api_option *option;
	struct option_text of_run;
	size_t i;

	if (strncmp(word, "--", 2))
		return false;
	for (i = 0; options_describe(i, &of_run); i++)
		if (!strcmp(of_run.name, word + 2) && of_run.value)
			return true;
	for (common = api_common_options; common->name; common++)
		if (!strcmp(common->name, word + 2) && common->argument)
			return true;
	for (row = api_commands; row->noun; row++)
		for (option = row->options; option && option->name; option++)
			if (!strcmp(option->name, word + 2) && option->argument)
				return true;
	return false;
}

int command_complete(int argc, char **argv)
{
	static const char *const probe_options[] = { "url", "timeout", "help" };
	const char *typed = argc > 1 ? argv[argc - 1] : "", *name = argc > 2 ? argv[1] : NULL;
	const struct command *command;
	size_t i;

	if (!name) {
		propose_commands(typed);
		return EXIT_FINE;
	}
	if (takes_value(argv[argc - 2]))
		return EXIT_FINE;
	for (command = commands; command->name && strcmp(command->name, name); command++)
		;
	if (command->run == command_run || command->run == command_exec)
		propose_run(typed);
	else if (command->run == command_api || command->run == command_script)
		propose_noun(name, argc - 1, argv + 1, typed);
	else if (command->run == command_probe)
		for (i = 0; i < sizeof(probe_options) / sizeof(*probe_options); i++)
			propose("--", probe_options[i], typed);
	else if (command->name)
		propose("", "--help", typed);
	return EXIT_FINE;
}

#include "api_help.h"

#include <stdbool.h>
#include <string.h>

static void help_row(struct table *table, const char *what)
{
	struct table_row *row = &table->rows[table->count - 1];

	text_add(&row->cells[1].text, what);
}

static void option_row(struct table *table, const char *indent, const char *name, const char *argument,
                       const char *what)
{
	struct table_row *row = table_add(table);

	text_addf(&row->cells[0].text, "%s--%s%s%s", indent, name, argument ? " " : "", argument ? argument : "");
	help_row(table, what);
}

static void command_row(struct table *table, const struct api_command *command)
{
	struct table_row *row = table_add(table);
	bool alone = api_command_alone(command);

	text_addf(&row->cells[0].text, "  %s", command->noun);
	if (command->verb)
		text_addf(&row->cells[0].text, alone ? " [%s]" : " %s", command->verb);
	if (*command->arguments)
		text_addf(&row->cells[0].text, " %s", command->arguments);
	if (api_command_option(command))
		text_addf(&row->cells[0].text, " --%s", api_command_option(command));
	help_row(table, command->what);
}

void api_help(const struct api_command *first, const struct common_option *common, FILE *out)
{
	const struct screen screen = { 0 };
	struct table table = { .columns = 2 };
	const struct api_command *command;
	const struct api_option *option;
	bool pairs = false;

	fprintf(out, "Usage: alink-emulator %s%s [ARGUMENTS] [OPTIONS]\n\n", first->noun, first->verb ? " VERB" : "");
	for (command = first; command->noun && !strcmp(command->noun, first->noun); command++) {
		command_row(&table, command);
		for (option = command->options; option && option->name; option++)
			if (option->form != OPTION_NAMES)
				option_row(&table, "      ", option->name, option->argument, option->what);
		pairs |= strstr(command->arguments, "NAME=VALUE") != NULL;
	}
	text_add(&table_add(&table)->cells[0].text, "");
	for (; common->name; common++)
		option_row(&table, "  ", common->name, common->argument, common->what);
	table_print(&table, &screen, out);
	table_free(&table);
	if (pairs)
		fputs("\nVALUE is JSON, as in temp=21.5 or mode='{\"level\":2}'; anything that is no JSON is text, as in\n"
		      "name=attic. To send digits as text, quote them: code='\"0042\"'.\n", out);
}

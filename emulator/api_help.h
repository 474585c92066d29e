/* --help of a noun, made from its rows in api_commands. */
#ifndef ALINK_API_HELP_H
#define ALINK_API_HELP_H

#include <stdio.h>

#include "api_table.h"

/* Options that every command takes; ended by a row without a name. */
struct common_option {
	const char *name, *argument, *what;   /* argument NULL: takes none */
	char        letter;                   /* 0: none */
};

/* `first` is the noun's first row. */
void api_help(const struct api_command *first, const struct common_option *common, FILE *out);

#endif

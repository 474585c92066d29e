/*
 * The words of a command line that acts on a running emulator: noun, verb, arguments, options.
 */
#ifndef ALINK_API_WORDS_H
#define ALINK_API_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api_help.h"
#include "api_table.h"
#include "duration.h"
#include "text.h"

#define API_ARGUMENTS_MAX 256
#define API_OPTIONS_MAX   32

/* Taken apart; the strings are borrowed from argv. */
struct api_words {
	const struct api_command *first;            /* of the noun's rows */
	const struct api_command *command;          /* the row; NULL when only help was asked for */
	const char *arguments[API_ARGUMENTS_MAX];   /* without noun and verb, as many as the row takes */
	size_t      argument_count;
	struct {
		const struct api_option *option;    /* of the row */
		const char              *value;     /* NULL for flags */
	} options[API_OPTIONS_MAX];
	size_t      option_count;
	/* The options that every command takes: */
	const char *url;                            /* NULL: not given */
	int64_t     timeout_ms;
	bool        json, plain, help;
};

extern const struct common_option api_common_options[];

/*
 * argv[0] is a noun of api_commands. False with a sentence in `problem` when the words make no
 * command.
 */
bool api_words_parse(struct api_words *words, int argc, char **argv, struct text *problem);

#endif

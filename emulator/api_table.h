/*
 * What the command line can ask of a running emulator: one row for each `NOUN VERB`.
 *
 * A row says how the request is made from the arguments and how its answer is shown; parsing, --help
 * and the tests read the same rows. Adding a command is adding a row here and its noun to
 * command.def.
 */
#ifndef ALINK_API_TABLE_H
#define ALINK_API_TABLE_H

#include "view.h"

enum api_option_form {
	OPTION_TEXT,
	OPTION_NUMBER,     /* a whole number */
	OPTION_FLAG,       /* stands for `literal` */
	OPTION_DURATION,   /* 250ms, 5s, 2m, 24h, 7d; sent as ms; the answer may take so much longer */
	OPTION_PERIOD,     /* the same, but the answer does not wait for it */
	OPTION_WORDS,      /* separated by commas; an array of a body */
	OPTION_DEVICE,     /* PK/DN: two members of a query, an object in a body */
	OPTION_SINCE,      /* a duration before the emulator's now; sent as Unix ms */
	OPTION_FOLLOW,     /* a flag that makes the answer a stream of the view's rows */
	OPTION_NAMES,      /* a flag that names the row, as a verb does; it becomes nothing */
};

/* Becomes a member of the query of a GET, of the body of anything else. */
struct api_option {
	const char          *name;       /* without the dashes; NULL ends the options */
	const char          *argument;   /* as --help calls it; NULL: takes none */
	enum api_option_form form;
	const char          *member;
	const char          *literal;    /* flags: the value, in a body as JSON */
	const char          *what;
};

struct api_command {
	const char *noun;
	const char *verb;         /* NULL: the noun has none */
	const char *arguments;    /* "PK DN NAME=VALUE..." as --help shows them; all but [...] are needed */
	const char *method;       /* NULL: done here, see cmd_script.c; such a row is for --help and its like */
	const char *path;         /* below /emulator/v1; each {} takes the next argument */
	const char *body;         /* NULL, or the members that take the remaining arguments, "productKey deviceName" (of a GET: the query's);
	                             NAME=VALUE... fills an object, NAME... an array, FILE gives its JSON, SCRIPT its text */
	const struct api_option *options;   /* NULL: none of its own */
	const struct view *view;
	const char *done;         /* without a view: what is said of the first arguments; without either the answer is shown as it is */
	const char *text;         /* … or only this member, as text */
	void      (*write)(struct json answer, struct text *out);   /* text in place of the view, or below it */
	bool        judges;       /* exit 1 when the answer's `verdict` is "failed" */
	bool        alone;        /* what the noun alone means, as `list` does without saying so */
	const char *what;
};

bool        api_command_alone(const struct api_command *command);
const char *api_command_option(const struct api_command *command);    /* the one that names it; NULL: none does */

/* Rows of a noun stand together; the last row has no noun. */
extern const struct api_command api_commands[];

#endif

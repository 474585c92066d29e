/*
 * The commands of the command line: `alink-emulator NAME ARGS…`.
 *
 * A command is a row of command.def, or the program does not know it; dispatch, --help and shell
 * completion read the same rows.
 */
#ifndef ALINK_COMMAND_H
#define ALINK_COMMAND_H

/* What the program's exit code says, whatever the command. */
enum exit_code {
	EXIT_FINE        = 0,
	EXIT_FAILED      = 1,   /* the checked thing failed: a bad file, a refusal, an unmet expectation */
	EXIT_USAGE       = 2,
	EXIT_UNREACHABLE = 3,   /* the emulator cannot be reached or could not start */
};

struct command {
	const char *name, *summary;
	/* argv[0] is the command's name, so getopt_long works as in main; returns an exit_code */
	int (*run)(int argc, char **argv);
};

/* In the order of command.def, ended by a row without a name. */
extern const struct command commands[];

/* One prototype for each function named there. */
#define X(name, run, summary) int run(int argc, char **argv);
#include "command.def"
#undef X

#endif

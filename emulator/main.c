#include "config.h"

#include <stdio.h>
#include <string.h>

#include "command.h"

const struct command commands[] = {
#define X(name, run, summary) { name, summary, run },
#include "command.def"
#undef X
	{ NULL, NULL, NULL },
};

static void usage(FILE *to)
{
	const struct command *command;

	fputs("Usage: alink-emulator COMMAND [OPTIONS]\n"
	      "Alibaba Cloud IoT Platform on your own machine.\n\n"
	      "Commands (each takes --help):\n", to);
	for (command = commands; command->name; command++)
		if (command->summary)
			fprintf(to, "  %-12s %s\n", command->name, command->summary);
	fputs("\nExit codes: 0 fine, 1 the checked thing failed, 2 usage,\n"
	      "3 the emulator cannot be reached or could not start.\n", to);
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return EXIT_FINE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("alink-emulator " PACKAGE_VERSION);
		return EXIT_FINE;
	}
	for (command = commands; command->name; command++)
		if (!strcmp(argv[1], command->name))
			return command->run(argc - 1, argv + 1);
	fprintf(stderr, "alink-emulator: no command '%s'; --help lists them\n", argv[1]);
	return EXIT_USAGE;
}

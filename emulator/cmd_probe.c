/* `probe`: is the emulator ready? For the health checks of containers, which need no curl then. */
#include <getopt.h>
#include <stdio.h>

#include "api_words.h"
#include "client.h"
#include "command.h"

#define TIMEOUT_MS 2000   /* a health check that hangs is worse than one that fails */

static void help_print(void)
{
	puts("Usage: alink-emulator probe [OPTIONS]\n"
	     "Exit code 0 when the emulator is ready: its listeners are open and its files are loaded.\n\n"
	     "  --url URL       the emulator (else $ALINK_HTTP_URL, else where $ALINK_RUN_HTTP_PORT makes\n"
	     "                  it listen, else http://127.0.0.1:8080)\n"
	     "  --timeout TIME  give up after so long without an answer (2s)\n"
	     "  --help          this text");
}

int command_probe(int argc, char **argv)
{
	static const struct option known[] = {
		{ "url",     required_argument, NULL, 'u' },
		{ "timeout", required_argument, NULL, 't' },
		{ "help",    no_argument,       NULL, 'h' },
		{ 0 },
	};
	struct client client = { 0 };
	struct text problem = { 0 };
	enum exit_code result = EXIT_USAGE;
	const char *url = NULL;
	int64_t timeout_ms = TIMEOUT_MS;
	int option;

	while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		switch (option) {
		case 'u':
			url = optarg;
			break;
		case 't':
			if (duration_parse(optarg, &timeout_ms) && timeout_ms)
				break;
			fprintf(stderr, "alink-emulator probe: --timeout takes " DURATION_FORM ", not '%s'\n", optarg);
			return EXIT_USAGE;
		case 'h':
			help_print();
			return EXIT_FINE;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind < argc)
		text_addf(&problem, "takes no '%s'", argv[optind]);
	else
		result = client_find(&client, url, &problem);
	if (result == EXIT_FINE)
		result = client_probe(&client, timeout_ms, &problem);
	if (problem.len)
		fprintf(stderr, "alink-emulator probe: %s\n", text_string(&problem));
	client_free(&client);
	text_free(&problem);
	return result;
}

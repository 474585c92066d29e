/* `exec`: a command with an emulator of its own around it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "child.h"
#include "command.h"
#include "emulator.h"
#include "text.h"

#define PATIENCE_MS 10000      /* for the command, once it was asked to end */

static const int passed_signals[] = { SIGINT, SIGTERM, SIGHUP };
#define PASSED_SIGNALS (sizeof(passed_signals) / sizeof(*passed_signals))

struct exec {
	struct event_base *base;
	struct options     options;
	struct emulator   *emulator;
	struct child      *command;
	char             **argv;        /* of the command */
	struct event      *signals[PASSED_SIGNALS];
	bool               running, over;   /* the command; the emulator */
	int                code;
};

/* What the command finds in its environment; a listener that is off leaves its name unset. */
static void environment_set(const struct exec *exec)
{
	static const struct {
		const char   *name;
		enum listener listener;
	} ports[] = { { "ALINK_MQTT_PORT", LISTENER_MQTT }, { "ALINK_MQTTS_PORT", LISTENER_MQTTS } };
	static const enum listener web[] = { LISTENER_HTTPS, LISTENER_HTTP };   /* the last that is on */
	struct text value = { 0 };
	const struct port *port;
	size_t i;

	unsetenv("ALINK_MQTT_HOST");
	unsetenv("ALINK_HTTP_URL");
	for (i = 0; i < 2; i++) {
		unsetenv(ports[i].name);
		port = emulator_port(exec->emulator, ports[i].listener);
		if (!port)
			continue;
		text_clear(&value);
		text_addf(&value, "%u", port->number);
		setenv(ports[i].name, text_string(&value), 1);
		setenv("ALINK_MQTT_HOST", port_dial_address(port), 0);
	}
	for (i = 0; i < 2; i++) {
		port = emulator_port(exec->emulator, web[i]);
		if (!port)
			continue;
		text_clear(&value);
		text_addf(&value, "%s://", listener_types[web[i]].scheme);
		address_add(&value, port_dial_address(port), port->number);
		setenv("ALINK_HTTP_URL", text_string(&value), 1);
	}
	setenv("ALINK_CA_FILE", emulator_ca_path(exec->emulator), 1);
	text_free(&value);
}

static void on_judged(void *ctx, int code)
{
	struct exec *exec = ctx;

	/* what the command itself says comes first */
	if (!exec->code)
		exec->code = code;
	emulator_stop(exec->emulator);
}

static void on_command_ended(void *ctx, int status)
{
	struct exec *exec = ctx;

	exec->running = false;
	/* the emulator's own failure is the news, even if the command then ended well */
	if (!exec->over)
		exec->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (exec->over)
		event_base_loopbreak(exec->base);
	else
		emulator_judge(exec->emulator, on_judged, exec);
}

static void on_ready(void *ctx)
{
	struct exec *exec = ctx;

	environment_set(exec);
	exec->command = child_start(exec->base, &(struct child_options){
		.argv = exec->argv, .output = -1, .ended = on_command_ended, .ctx = exec,
	});
	if (exec->command) {
		exec->running = true;
		return;
	}
	/* as a shell says it */
	exec->code = errno == ENOENT ? 127 : 126;
	fprintf(stderr, "alink-emulator: %s: %s\n", exec->argv[0], strerror(errno));
	emulator_stop(exec->emulator);
}

static void on_ended(void *ctx, int code)
{
	struct exec *exec = ctx;

	exec->over = true;
	if (code)
		exec->code = code;
	if (exec->running)
		child_stop(exec->command, PATIENCE_MS);
	else
		event_base_loopbreak(exec->base);
}

static void on_signal(evutil_socket_t sig, short what, void *ctx)
{
	struct exec *exec = ctx;

	(void)what;
	if (!exec->running) {
		exec->code = 128 + sig;
		emulator_stop(exec->emulator);
	} else if (sig != SIGINT || tcgetpgrp(STDIN_FILENO) != getpgrp()) {
		/* what the terminal sends, it sends to the command as well; twice would be a second ^C */
		child_signal(exec->command, sig);
	}
}

int command_exec(int argc, char **argv)
{
	struct exec exec = { .code = EXIT_UNREACHABLE };
	size_t i;

	switch (options_parse(&exec.options, argc, argv, "exec [OPTIONS] -- COMMAND [ARGS]\n"
	                      "Starts the emulator, runs COMMAND when it is ready, stops it. The exit code is\n"
	                      "COMMAND's; if that is 0 and a scenario failed, 1. COMMAND finds ALINK_MQTT_HOST, ALINK_MQTT_PORT, ALINK_MQTTS_PORT,\n"
	                      "ALINK_HTTP_URL and ALINK_CA_FILE in its environment; with --mqtt-port 0 and the like\n"
	                      "several can run at once.")) {
	case PARSED_HELP:  return EXIT_FINE;
	case PARSED_WRONG: return EXIT_USAGE;
	case PARSED_FINE:  break;
	}
	if (optind >= argc) {
		fputs("alink-emulator: exec needs a command: exec [OPTIONS] -- COMMAND [ARGS]\n", stderr);
		return EXIT_USAGE;
	}
	exec.argv = argv + optind;
	exec.options.scenarios_open_ended = true;
	signal(SIGPIPE, SIG_IGN);
	exec.base = event_base_new();
	if (!exec.base)
		return EXIT_UNREACHABLE;
	for (i = 0; i < PASSED_SIGNALS; i++) {
		exec.signals[i] = evsignal_new(exec.base, passed_signals[i], on_signal, &exec);
		if (!exec.signals[i] || evsignal_add(exec.signals[i], NULL))
			abort();
	}
	exec.emulator = emulator_start(exec.base, &exec.options,
	                               &(struct emulator_events){ on_ready, on_ended, &exec });
	if (exec.emulator)
		event_base_dispatch(exec.base);
	child_free(exec.command);
	emulator_free(exec.emulator);
	for (i = 0; i < PASSED_SIGNALS; i++)
		event_free(exec.signals[i]);
	event_base_free(exec.base);
	return exec.code;
}

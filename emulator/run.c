#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "command.h"
#include "emulator.h"
#include "text.h"

static const int end_signals[] = { SIGINT, SIGTERM, SIGHUP };
#define END_SIGNALS (sizeof(end_signals) / sizeof(*end_signals))

struct run {
	struct event_base *base;
	struct options     options;
	struct emulator   *emulator;
	struct event      *signals[END_SIGNALS];
	bool               ready, judging;
	int                code, report_code;
};

static void listeners_print(const struct run *run)
{
	struct text lines = { 0 };
	int kind;
	size_t i;

	for (kind = 0; kind < LISTENERS; kind++)
		for (i = 0; i < run->options.ports[kind].count; i++) {
			text_addf(&lines, "%s ", listener_types[kind].name);
			port_url_add(&lines, (enum listener)kind, &run->options.ports[kind].at[i]);
			text_add_char(&lines, '\n');
		}
	fputs(text_string(&lines), stdout);
	text_free(&lines);
}

/*
 * One line that shows it working. A device has one connection, so a mosquitto_sub and a mosquitto_pub
 * with the same triple would throw each other out; mosquitto_rr subscribes, publishes and waits in one.
 * The property is one of emulator/demo.
 */
static void demo_print(const struct run *run)
{
	const struct demo *demo = emulator_demo(run->emulator);
	const struct port *port = emulator_port(run->emulator, LISTENER_MQTT);

	if (!demo->device_name)
		return;
	printf("\nDemo device: productKey %s, deviceName %s, deviceSecret %s\n", demo->product_key, demo->device_name,
	       demo->device_secret);
	if (port)
		printf("Post a property and see the answer:\n"
		       "mosquitto_rr -V 311 -h %s -p %u -i '%s' -u '%s' -P %s"
		       " -t /sys/%s/%s/thing/event/property/post -e /sys/%s/%s/thing/event/property/post_reply"
		       " -m '{\"id\":\"1\",\"version\":\"1.0\",\"method\":\"thing.event.property.post\","
		       "\"params\":{\"temperature\":21.5}}'\n\n",
		       port_dial_address(port), port->number, demo->client_id, demo->username, demo->password,
		       demo->product_key, demo->device_name, demo->product_key, demo->device_name);
}

static void member_add(struct text *out, const char *name, const char *value)
{
	text_add_key(out, name);
	text_add_json(out, value ? value : "");
}

/* `"mqtt":"tcp://…"` for the first port of each listener; `listeners` has them all. */
static void json_print(const struct run *run)
{
	const struct demo *demo = emulator_demo(run->emulator);
	struct text out = { 0 }, all = { 0 }, url = { 0 };
	int kind;
	size_t i;

	text_add_char(&out, '{');
	for (kind = 0; kind < LISTENERS; kind++)
		for (i = 0; i < run->options.ports[kind].count; i++) {
			text_clear(&url);
			port_url_add(&url, (enum listener)kind, &run->options.ports[kind].at[i]);
			if (!i)
				member_add(&out, listener_types[kind].name, text_string(&url));
			text_addf(&all, "%s{", all.len ? "," : "");
			member_add(&all, "name", listener_types[kind].name);
			member_add(&all, "url", text_string(&url));
			text_add_char(&all, '}');
		}
	text_add_key(&out, "listeners");
	text_addf(&out, "[%s]", text_string(&all));
	member_add(&out, "caFile", emulator_ca_path(run->emulator));
	if (demo->device_name) {
		text_add_key(&out, "demo");
		text_add_char(&out, '{');
		member_add(&out, "productKey", demo->product_key);
		member_add(&out, "deviceName", demo->device_name);
		member_add(&out, "deviceSecret", demo->device_secret);
		member_add(&out, "clientId", demo->client_id);
		member_add(&out, "username", demo->username);
		member_add(&out, "password", demo->password);
		text_add_char(&out, '}');
	}
	text_add_char(&out, '}');
	puts(text_string(&out));
	text_free(&out);
	text_free(&all);
	text_free(&url);
}

static void on_ready(void *ctx)
{
	struct run *run = ctx;

	run->ready = true;
	if (run->options.json) {
		json_print(run);
	} else {
		listeners_print(run);
		printf("ca %s\n", emulator_ca_path(run->emulator));
		demo_print(run);
		puts("ready");
	}
	fflush(stdout);
}

static void on_ended(void *ctx, int code)
{
	struct run *run = ctx;

	run->code = code ? code : run->report_code;
	event_base_loopbreak(run->base);
}

static void on_judged(void *ctx, int code)
{
	struct run *run = ctx;

	/* Whether a scenario failed stands in its report, for `run` has done what it was to do. */
	run->report_code = code == EXIT_FAILED ? EXIT_FINE : code;
	emulator_stop(run->emulator);
}

/* The first time reports are written, which takes a moment; who asks again does not wait for them. */
static void on_signal(evutil_socket_t sig, short what, void *ctx)
{
	struct run *run = ctx;

	(void)sig;
	(void)what;
	if (run->ready && !run->judging) {
		run->judging = true;
		emulator_judge(run->emulator, on_judged, run);
	} else {
		emulator_stop(run->emulator);
	}
}

int command_run(int argc, char **argv)
{
	struct run run = { .code = EXIT_UNREACHABLE };
	size_t i;

	switch (options_parse(&run.options, argc, argv, "run [OPTIONS]\n"
	                      "Runs the emulator in the foreground until SIGINT or SIGTERM.")) {
	case PARSED_HELP:  return EXIT_FINE;
	case PARSED_WRONG: return EXIT_USAGE;
	case PARSED_FINE:  break;
	}
	if (optind < argc) {
		fprintf(stderr, "alink-emulator: run takes no '%s'; run --help lists the options\n", argv[optind]);
		return EXIT_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	run.base = event_base_new();
	if (!run.base)
		return EXIT_UNREACHABLE;
	/* before the start, which an early signal must not cut short; it is heard in the loop */
	for (i = 0; i < END_SIGNALS; i++) {
		run.signals[i] = evsignal_new(run.base, end_signals[i], on_signal, &run);
		if (!run.signals[i] || evsignal_add(run.signals[i], NULL))
			abort();
	}
	run.emulator = emulator_start(run.base, &run.options, &(struct emulator_events){ on_ready, on_ended, &run });
	if (run.emulator)
		event_base_dispatch(run.base);
	emulator_free(run.emulator);
	for (i = 0; i < END_SIGNALS; i++)
		event_free(run.signals[i]);
	event_base_free(run.base);
	return run.code;
}

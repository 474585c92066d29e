#include "broker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "child.h"

#define LINE_MAX_BYTES 2048    /* of the broker's output; longer lines are cut into several */
#define PATIENCE_MS    10000   /* its last commit included */

/* What nobody can act on: that the configuration says so, and that a Unix socket knows no such option. */
static const char *const noise[] = {
	"Warning: Mosquitto should not be run as root/administrator.",
	"Warning: Unable to set TCP_NODELAY.",
	"Info: running mosquitto as user: root.",
};

struct broker {
	struct child *child;
	struct event *readable;
	struct evbuffer *output;
	int    fd;                    /* the pipe from it, non-blocking */
	void (*died)(void *ctx, int status);
	void  *ctx;
};

static void line_pass(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(noise) / sizeof(*noise); i++)
		if (!strcmp(text, noise[i]))
			return;
	fprintf(stderr, "mosquitto: %s\n", text);
}

/* What read returned. */
static int output_read(struct broker *broker)
{
	int got = evbuffer_read(broker->output, broker->fd, LINE_MAX_BYTES);
	size_t rest;
	char *text;

	while ((text = evbuffer_readln(broker->output, NULL, EVBUFFER_EOL_LF))) {
		line_pass(text);
		free(text);
	}
	rest = evbuffer_get_length(broker->output);
	if (rest >= LINE_MAX_BYTES || (rest && !got)) {
		evbuffer_add(broker->output, "", 1);
		line_pass((const char *)evbuffer_pullup(broker->output, -1));
		evbuffer_drain(broker->output, rest + 1);
	}
	return got;
}

static void on_output(evutil_socket_t fd, short what, void *ctx)
{
	struct broker *broker = ctx;
	int got = output_read(broker);

	(void)fd;
	(void)what;
	if (!got || (got < 0 && errno != EAGAIN && errno != EINTR))
		event_del(broker->readable);
}

static void on_child_end(void *ctx, int status)
{
	struct broker *broker = ctx;
	int reads;

	/* its last words are in the pipe by now; the pipe's end may come late, if a process of its own still has it */
	for (reads = 0; reads < 64 && output_read(broker) > 0; reads++)
		;
	broker->died(broker->ctx, status);
}

char *broker_version(const char *program)
{
	char line[128], version[32];
	FILE *help;
	bool known;

	/* through the environment the path needs no quoting; the exit code differs between versions */
	setenv("ALINK_BROKER", program, 1);
	help = popen("exec timeout 5 \"$ALINK_BROKER\" -h 2>&1 </dev/null", "re");
	known = help && fgets(line, sizeof(line), help) && sscanf(line, "mosquitto version %31s", version) == 1;
	/* the rest is read, so that the program does not die of writing it */
	while (help && fgets(line, sizeof(line), help))
		;
	if (help)
		pclose(help);
	unsetenv("ALINK_BROKER");
	return known ? strdup(version) : NULL;
}

struct broker *broker_start(struct event_base *base, const char *program, const char *config_path,
                            void (*died)(void *ctx, int status), void *ctx)
{
	/* exec is declared for writable strings but writes none */
	char *const argv[] = { (char *)program, (char *)"-c", (char *)config_path, NULL };
	struct broker *broker = calloc(1, sizeof(*broker));
	int ends[2] = { -1, -1 }, reason;

	if (!broker)
		return NULL;
	broker->fd = -1;
	if (pipe2(ends, O_CLOEXEC))
		goto failed;
	broker->died = died;
	broker->ctx = ctx;
	broker->fd = ends[0];
	broker->output = evbuffer_new();
	broker->readable = event_new(base, ends[0], EV_READ | EV_PERSIST, on_output, broker);
	if (!broker->output || !broker->readable || fcntl(ends[0], F_SETFL, O_NONBLOCK) ||
	    event_add(broker->readable, NULL))
		goto failed;
	broker->child = child_start(base, &(struct child_options){
		.argv = argv, .output = ends[1], .own_group = true, .many_files = true,
		.ended = on_child_end, .ctx = broker,
	});
	if (!broker->child)
		goto failed;
	close(ends[1]);
	return broker;
failed:
	reason = errno;
	if (ends[1] >= 0)
		close(ends[1]);
	broker_free(broker);
	errno = reason;
	return NULL;
}

void broker_stop(struct broker *broker)
{
	child_stop(broker->child, PATIENCE_MS);
}

void broker_free(struct broker *broker)
{
	if (!broker)
		return;
	child_free(broker->child);
	if (broker->readable)
		event_free(broker->readable);
	if (broker->output)
		evbuffer_free(broker->output);
	if (broker->fd >= 0)
		close(broker->fd);
	free(broker);
}

/* A process that the tool started and answers for: it never outlives the tool. */
#ifndef ALINK_CHILD_H
#define ALINK_CHILD_H

#include <stdbool.h>

struct event_base;
struct child;

struct child_options {
	char *const *argv;   /* argv[0] is looked for in PATH unless it holds a slash */
	int  output;         /* becomes its stdout and stderr; -1: ours */
	bool own_group;      /* so that the terminal's ^C reaches only us */
	bool many_files;     /* a limit of open files that fits thousands of connections */
	/* Once, when it has ended; `status` as from waitpid. May free the child. */
	void (*ended)(void *ctx, int status);
	void *ctx;
};

/* NULL with errno set when it could not be started, the program missing included. */
struct child *child_start(struct event_base *base, const struct child_options *options);

void child_signal(struct child *child, int sig);

/* Asks it to end (SIGTERM); after `patience_ms` it is killed. `ended` still reports. Asking again kills at once. */
void child_stop(struct child *child, int patience_ms);

/* Kills what still runs and waits for it. NULL is fine. */
void child_free(struct child *child);

#endif

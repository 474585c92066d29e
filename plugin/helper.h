/*
 * Processes of our own beside the broker (alink-script, alink-keeper): where they lie, how they begin and end. Each
 * has one end of a socket as its standard input, answers there, too, and finds the end of its input when we are gone.
 */
#ifndef ALINK_HELPER_H
#define ALINK_HELPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* All zero: there is none. */
struct helper {
	pid_t pid;        /* 0: there is none */
	int   fd;         /* our end of its socket, non-blocking; -1: it is ending */
};

/* The program's path: beside the plugin. NULL when out of memory; else free() it. */
char *helper_find(const char *name);

/* Starts argv[0], with `path` for its file. 0 or an errno, after which none runs. */
int helper_start(struct helper *helper, const char *path, char *const argv[]);

/* Kills it, waits, and returns how it ended, as from waitpid; 0 when there is none. */
int helper_kill(struct helper *helper);

/* The same without the wait, which a process that is in the middle of a write may make long: true once it has ended. */
void helper_let_go(struct helper *helper);
bool helper_has_ended(struct helper *helper, int *status);

/* Lets it finish what it was given, but not beyond that monotonic_ms. False when it had to be, or had been, killed. */
bool helper_finish(struct helper *helper, int64_t until_ms);

#endif

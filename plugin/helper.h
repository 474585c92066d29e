/*
 * Processes of our own beside the broker (alink-script, alink-keeper): where they lie, how they begin and end. Each
 * has one end of a socket as its standard input and output, and finds the end of its input when we are gone.
 */
#ifndef ALINK_HELPER_H
#define ALINK_HELPER_H

#include <sys/types.h>

struct helper {
	pid_t pid;        /* 0: none runs */
	int   fd;         /* our end of its socket, non-blocking; of use while one runs */
};

/* The program's path: beside the plugin. NULL when out of memory; else free() it. */
char *helper_find(const char *name);

/* Starts argv[0], with `path` for its file. 0 or an errno, after which none runs. */
int helper_start(struct helper *helper, const char *path, char *const argv[]);

/* Kills it, and returns how it ended, as from waitpid; 0 when none runs. */
int helper_kill(struct helper *helper);

/* Lets it finish what it was given, `most_ms` at most, and then ends it. What it still says is not read. */
void helper_finish(struct helper *helper, int most_ms);

#endif

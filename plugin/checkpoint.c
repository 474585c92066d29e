#include "checkpoint.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store.h"

#define INTERVAL_MS 500

struct checkpointer {
	pthread_t       thread;
	pthread_mutex_t mutex;
	pthread_cond_t  wake;
	bool            stop;
	char           *path;
};

static void *run(void *ctx)
{
	struct checkpointer *checkpointer = ctx;

	pthread_mutex_lock(&checkpointer->mutex);
	while (!checkpointer->stop) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += INTERVAL_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&checkpointer->wake, &checkpointer->mutex, &until);
		if (checkpointer->stop)
			break;
		pthread_mutex_unlock(&checkpointer->mutex);
		store_checkpoint(checkpointer->path);
		pthread_mutex_lock(&checkpointer->mutex);
	}
	pthread_mutex_unlock(&checkpointer->mutex);
	return NULL;
}

struct checkpointer *checkpointer_start(const char *path)
{
	struct checkpointer *checkpointer = calloc(1, sizeof(*checkpointer));
	sigset_t all, before;
	int failed;

	if (!checkpointer)
		return NULL;
	checkpointer->path = strdup(path);
	pthread_mutex_init(&checkpointer->mutex, NULL);
	pthread_cond_init(&checkpointer->wake, NULL);
	/* The broker's signals are the broker's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = !checkpointer->path || pthread_create(&checkpointer->thread, NULL, run, checkpointer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed) {
		free(checkpointer->path);
		free(checkpointer);
		return NULL;
	}
	return checkpointer;
}

void checkpointer_stop(struct checkpointer *checkpointer)
{
	if (!checkpointer)
		return;
	pthread_mutex_lock(&checkpointer->mutex);
	checkpointer->stop = true;
	pthread_cond_signal(&checkpointer->wake);
	pthread_mutex_unlock(&checkpointer->mutex);
	pthread_join(checkpointer->thread, NULL);
	pthread_mutex_destroy(&checkpointer->mutex);
	pthread_cond_destroy(&checkpointer->wake);
	free(checkpointer->path);
	free(checkpointer);
}

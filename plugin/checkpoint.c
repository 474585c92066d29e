#include "checkpoint.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "store_wal.h"

#define INTERVAL_MS 500

struct checkpointer {
	pthread_t       thread;
	pthread_mutex_t mutex;
	pthread_cond_t  wake;
	bool            stop;
	bool            failing, told;   /* how the last pass went, and what checkpointer_news said of it */
	char            error[300];
	struct wal     *wal;             /* the thread's */
};

static void pass(struct checkpointer *checkpointer)
{
	int pages;
	bool failing = wal_move(checkpointer->wal, &pages) != 0;

	pthread_mutex_lock(&checkpointer->mutex);
	checkpointer->failing = failing;
	if (failing)
		snprintf(checkpointer->error, sizeof(checkpointer->error), "%s", wal_error(checkpointer->wal));
	pthread_mutex_unlock(&checkpointer->mutex);
}

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
		pass(checkpointer);
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
	checkpointer->wal = wal_new(path);
	pthread_mutex_init(&checkpointer->mutex, NULL);
	pthread_cond_init(&checkpointer->wake, NULL);
	/* The broker's signals are the broker's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = !checkpointer->wal || pthread_create(&checkpointer->thread, NULL, run, checkpointer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed) {
		wal_free(checkpointer->wal);
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
	wal_free(checkpointer->wal);
	free(checkpointer);
}

int checkpointer_news(struct checkpointer *checkpointer, char *why, size_t size)
{
	int news;

	if (!checkpointer)
		return 0;
	pthread_mutex_lock(&checkpointer->mutex);
	news = checkpointer->failing - checkpointer->told;
	checkpointer->told = checkpointer->failing;
	snprintf(why, size, "%s", checkpointer->error);
	pthread_mutex_unlock(&checkpointer->mutex);
	return news;
}

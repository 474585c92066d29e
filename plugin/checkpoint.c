#include "checkpoint.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "store_wal.h"

#define INTERVAL_MS 500
#define LONG_PAGES 4000         /* 16 MB */
#define COMES_WITHIN_MS 200     /* a broker that is alive turns every 100 ms */

struct checkpointer {
	pthread_t       thread;
	pthread_mutex_t mutex;           /* guards what is between here */
	pthread_cond_t  changed;
	bool            stop;
	bool            asked, resting;  /* for a rest; the broker has one */
	int             rest_ms;
	bool            failing, told;   /* how the last pass went, and what checkpointer_news said of it */
	char            error[300];      /* … and here */
	struct wal     *wal;             /* the thread's, and so is */
	int             before;          /* how long the log was at the last pass */
};

static struct timespec after_ms(int ms)
{
	struct timespec when;

	clock_gettime(CLOCK_MONOTONIC, &when);
	when.tv_sec += ms / 1000;
	when.tv_nsec += ms % 1000 * 1000000L;
	when.tv_sec += when.tv_nsec / 1000000000L;
	when.tv_nsec %= 1000000000L;
	return when;
}

/* Waits with the mutex held, for a change at most. False when the time is over. */
static bool wait_until(struct checkpointer *checkpointer, const struct timespec *when)
{
	return pthread_cond_timedwait(&checkpointer->changed, &checkpointer->mutex, when) == 0;
}

/* How long the log is, 0 when it cannot be moved. */
static int move(struct checkpointer *checkpointer)
{
	int pages;
	bool failing = wal_move(checkpointer->wal, &pages) != 0;

	pthread_mutex_lock(&checkpointer->mutex);
	checkpointer->failing = failing;
	if (failing)
		snprintf(checkpointer->error, sizeof(checkpointer->error), "%s", wal_error(checkpointer->wal));
	pthread_mutex_unlock(&checkpointer->mutex);
	return failing ? 0 : pages;
}

/*
 * A broker at work commits again while its last commit is being moved, so the log would never begin anew. Once it is long,
 * and all but the newest of it has been moved, the broker rests between two commits for as long as that takes. Should
 * the disk be too slow for that, so little has been lost, and the next rest, of a longer log, may be longer.
 */
static void move_while_resting(struct checkpointer *checkpointer, int pages)
{
	struct timespec latest = after_ms(COMES_WITHIN_MS);

	pthread_mutex_lock(&checkpointer->mutex);
	checkpointer->asked = true;
	checkpointer->rest_ms = pages / (LONG_PAGES / 20);
	while (!checkpointer->resting && !checkpointer->stop)
		if (!wait_until(checkpointer, &latest))
			break;
	pthread_mutex_unlock(&checkpointer->mutex);
	checkpointer->before = move(checkpointer);
	pthread_mutex_lock(&checkpointer->mutex);
	checkpointer->asked = false;
	pthread_cond_broadcast(&checkpointer->changed);
	pthread_mutex_unlock(&checkpointer->mutex);
}

static void *run(void *ctx)
{
	struct checkpointer *checkpointer = ctx;

	pthread_mutex_lock(&checkpointer->mutex);
	for (;;) {
		struct timespec next = after_ms(INTERVAL_MS);
		int pages, before = checkpointer->before;

		while (!checkpointer->stop && wait_until(checkpointer, &next))
			;
		if (checkpointer->stop)
			break;
		pthread_mutex_unlock(&checkpointer->mutex);
		pages = checkpointer->before = move(checkpointer);
		if (pages >= LONG_PAGES && pages != before)
			move_while_resting(checkpointer, pages);
		pthread_mutex_lock(&checkpointer->mutex);
	}
	pthread_mutex_unlock(&checkpointer->mutex);
	return NULL;
}

struct checkpointer *checkpointer_start(const char *path)
{
	struct checkpointer *checkpointer = calloc(1, sizeof(*checkpointer));
	pthread_condattr_t monotonic;
	sigset_t all, before;
	int failed;

	if (!checkpointer)
		return NULL;
	checkpointer->wal = wal_new(path);
	pthread_mutex_init(&checkpointer->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&checkpointer->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
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
	pthread_cond_broadcast(&checkpointer->changed);
	pthread_mutex_unlock(&checkpointer->mutex);
	pthread_join(checkpointer->thread, NULL);
	pthread_mutex_destroy(&checkpointer->mutex);
	pthread_cond_destroy(&checkpointer->changed);
	wal_free(checkpointer->wal);
	free(checkpointer);
}

void checkpointer_turn(struct checkpointer *checkpointer)
{
	struct timespec latest;

	if (!checkpointer)
		return;
	pthread_mutex_lock(&checkpointer->mutex);
	if (checkpointer->asked) {
		latest = after_ms(checkpointer->rest_ms);
		checkpointer->resting = true;
		pthread_cond_broadcast(&checkpointer->changed);
		while (checkpointer->asked)
			if (!wait_until(checkpointer, &latest))
				checkpointer->asked = false;
		checkpointer->resting = false;
	}
	pthread_mutex_unlock(&checkpointer->mutex);
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

#include "log_writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "store_log.h"

#define WAITING_MAX 64          /* chunks; beyond it the disk is too slow for a log */

struct chunk {
	struct chunk *next;
	uint64_t first, keep;
	char    *records;
	size_t   len;
};

struct log_writer {
	pthread_t       thread;
	pthread_mutex_t mutex;
	pthread_cond_t  wake;
	bool            stop;
	size_t          waiting;
	int64_t         spent_us;
	struct chunk   *oldest, **end;
	struct log_store *store;
};

static void write_chunk(struct log_writer *writer, struct chunk *chunk)
{
	/* A log that cannot be written is no reason to hold up the cloud; it goes on in memory. */
	if (!log_store_add(writer->store, chunk->first, chunk->records, chunk->len))
		log_store_prune(writer->store, chunk->keep);
	free(chunk->records);
	free(chunk);
}

static int64_t thread_us(void)
{
	struct timespec spent;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
	return (int64_t)spent.tv_sec * 1000000 + spent.tv_nsec / 1000;
}

static void *run(void *ctx)
{
	struct log_writer *writer = ctx;

	pthread_mutex_lock(&writer->mutex);
	for (;;) {
		struct chunk *chunk = writer->oldest;

		if (!chunk && writer->stop)
			break;
		if (!chunk) {
			pthread_cond_wait(&writer->wake, &writer->mutex);
			continue;
		}
		writer->oldest = chunk->next;
		if (!writer->oldest)
			writer->end = &writer->oldest;
		writer->waiting--;
		pthread_mutex_unlock(&writer->mutex);
		write_chunk(writer, chunk);
		pthread_mutex_lock(&writer->mutex);
		writer->spent_us = thread_us();
	}
	pthread_mutex_unlock(&writer->mutex);
	return NULL;
}

struct log_writer *log_writer_start(const char *path)
{
	struct log_writer *writer = calloc(1, sizeof(*writer));
	sigset_t all, before;
	int failed;

	if (!writer)
		return NULL;
	writer->end = &writer->oldest;
	writer->store = log_store_open(path);
	pthread_mutex_init(&writer->mutex, NULL);
	pthread_cond_init(&writer->wake, NULL);
	/* The broker's signals are the broker's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = !writer->store || pthread_create(&writer->thread, NULL, run, writer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed) {
		log_store_close(writer->store);
		free(writer);
		return NULL;
	}
	return writer;
}

void log_writer_put(struct log_writer *writer, uint64_t first, char *records, size_t len, uint64_t keep)
{
	struct chunk *chunk = calloc(1, sizeof(*chunk));
	bool taken;

	if (!chunk) {
		free(records);
		return;
	}
	*chunk = (struct chunk){ .first = first, .keep = keep, .records = records, .len = len };
	pthread_mutex_lock(&writer->mutex);
	taken = writer->waiting < WAITING_MAX;
	if (taken) {
		*writer->end = chunk;
		writer->end = &chunk->next;
		writer->waiting++;
		pthread_cond_signal(&writer->wake);
	}
	pthread_mutex_unlock(&writer->mutex);
	if (!taken) {
		free(records);
		free(chunk);
	}
}

int64_t log_writer_spent_us(struct log_writer *writer)
{
	int64_t spent_us;

	pthread_mutex_lock(&writer->mutex);
	spent_us = writer->spent_us;
	pthread_mutex_unlock(&writer->mutex);
	return spent_us;
}

void log_writer_stop(struct log_writer *writer)
{
	if (!writer)
		return;
	pthread_mutex_lock(&writer->mutex);
	writer->stop = true;
	pthread_cond_signal(&writer->wake);
	pthread_mutex_unlock(&writer->mutex);
	pthread_join(writer->thread, NULL);
	pthread_mutex_destroy(&writer->mutex);
	pthread_cond_destroy(&writer->wake);
	log_store_close(writer->store);
	free(writer);
}

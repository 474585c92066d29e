#include "script_pool.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <uthash.h>
#include <utlist.h>

#include "code.h"
#include "monotonic.h"
#include "script_worker.h"

/*
 * However few the cores are: one that loops must leave workers to the other devices of its own product (it may have
 * all but one), and that one to the other products. They are nice, and the broker is not.
 */
#define WORKERS_MAX 4
#define GROW_MS     5        /* a call that has waited so long gets another worker; scripts take far less than that */
#define IDLE_MS     30000    /* after which a worker beyond the first ends */
#define SOURCES_MAX 64       /* scripts without a call that are remembered */

struct source {              /* of a script, shared by its calls; touched by the broker's thread only, but for `text` */
	uint64_t script;
	char    *text;
	size_t   len;
	size_t   calls;      /* that have no result yet */
	uint64_t used;
	UT_hash_handle hh;
};

struct call {
	struct call *prev, *next;
	uint64_t     ticket;
	struct source *source;
	struct script_request request;    /* its texts lie in `bytes`, but for the source */
	int64_t      submitted_ms;
	struct script_result result;
	char        *texts;               /* of the result */
	char         bytes[];
};

struct script_pool {
	char   *helper;
	void  (*wake)(void *ctx);
	void   *ctx;
	pthread_t thread;
	bool    has_thread;
	int     event;                    /* tells the thread to look */
	/* the broker's thread's own */
	struct source *sources;
	uint64_t uses;
	struct call *fetched;             /* whose texts were handed out last */
	/* shared */
	pthread_mutex_t mutex;
	pthread_cond_t  ready;
	struct call *submitted, *done;
	bool    stop;
	/* the thread's own */
	struct call *waiting;
	struct call *running[WORKERS_MAX];
	struct script_worker workers[WORKERS_MAX];
	int64_t idle_since[WORKERS_MAX];
	size_t  worker_count;
};

static void call_free(struct call *call)
{
	if (!call)
		return;
	free(call->texts);
	free(call);
}

/* --- the thread: calls to workers, results back --- */

/* The result's texts are the worker's: they are copied, one behind the other. */
static void keep_result(struct call *call, const struct script_result *result)
{
	static const char no_memory[] = "out of memory";
	size_t why_len = result->why ? strlen(result->why) + 1 : 0;
	char *at = malloc(why_len + result->output_len + 1 + result->console_len + 1);

	call->result = *result;
	call->texts = at;
	if (!at) {
		call->result = (struct script_result){
			.code = CODE_SCRIPT_SERVICE_ERROR, .why = no_memory, .output = "", .console = "",
		};
		return;
	}
	if (why_len)
		call->result.why = memcpy(at, result->why, why_len);
	at += why_len;
	call->result.output = memcpy(at, result->output, result->output_len);
	at += result->output_len;
	*at++ = '\0';
	call->result.console = memcpy(at, result->console, result->console_len);
	at[result->console_len] = '\0';
}

static void finish(struct script_pool *pool, struct call *call, const struct script_result *result)
{
	bool first;

	keep_result(call, result);
	pthread_mutex_lock(&pool->mutex);
	first = !pool->done;
	DL_APPEND(pool->done, call);
	pthread_cond_signal(&pool->ready);
	pthread_mutex_unlock(&pool->mutex);
	if (first)
		pool->wake(pool->ctx);
}

static size_t running_count(const struct script_pool *pool, uint64_t script)
{
	size_t count = 0, i;

	for (i = 0; i < pool->worker_count; i++)
		count += pool->running[i] && pool->running[i]->request.script == script;
	return count;
}

/* A script that loops on all of its product's devices leaves one worker to the other products. */
static bool may_run(const struct script_pool *pool, const struct call *call)
{
	return running_count(pool, call->request.script) + 1 < WORKERS_MAX;
}

static struct call *next_call(const struct script_pool *pool)
{
	struct call *call;

	DL_FOREACH(pool->waiting, call)
		if (may_run(pool, call))
			return call;
	return NULL;
}

static void begin(struct script_pool *pool, size_t worker, struct call *call)
{
	struct script_result result;

	DL_DELETE(pool->waiting, call);
	pool->idle_since[worker] = monotonic_ms();
	if (script_worker_send(&pool->workers[worker], &call->request, &result))
		pool->running[worker] = call;
	else
		finish(pool, call, &result);
}

static void take_submitted(struct script_pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	DL_CONCAT(pool->waiting, pool->submitted);
	pool->submitted = NULL;
	pthread_mutex_unlock(&pool->mutex);
}

static void dispatch(struct script_pool *pool)
{
	struct call *call;
	size_t i;

	for (i = 0; i < pool->worker_count; i++)
		while (!pool->running[i] && (call = next_call(pool)))
			begin(pool, i, call);
	call = next_call(pool);
	if (call && pool->worker_count < WORKERS_MAX &&
	    (!pool->worker_count || monotonic_ms() - call->submitted_ms >= GROW_MS)) {
		script_worker_init(&pool->workers[pool->worker_count], pool->helper);
		pool->worker_count++;
		begin(pool, pool->worker_count - 1, call);
	}
}

static void step(struct script_pool *pool)
{
	struct script_result result;
	size_t i;

	for (i = 0; i < pool->worker_count; i++) {
		struct call *call = pool->running[i];

		if (!call || !script_worker_step(&pool->workers[i], &result))
			continue;
		pool->running[i] = NULL;
		pool->idle_since[i] = monotonic_ms();
		finish(pool, call, &result);
	}
}

/* From the last one on, for they are numbered without a gap. */
static void shrink(struct script_pool *pool)
{
	while (pool->worker_count > 1 && !pool->running[pool->worker_count - 1] &&
	       monotonic_ms() - pool->idle_since[pool->worker_count - 1] >= IDLE_MS)
		script_worker_free(&pool->workers[--pool->worker_count]);
}

static void sooner(int64_t *next_ms, int64_t at_ms)
{
	if (at_ms < *next_ms)
		*next_ms = at_ms;
}

static void wait(struct script_pool *pool)
{
	struct pollfd fds[1 + WORKERS_MAX] = { { .fd = pool->event, .events = POLLIN } };
	int64_t now_ms = monotonic_ms(), next_ms = INT64_MAX;
	const struct call *call = next_call(pool);
	nfds_t count = 1;
	uint64_t woken;
	size_t i;

	for (i = 0; i < pool->worker_count; i++) {
		if (pool->running[i]) {
			fds[count].fd = pool->workers[i].helper.fd;
			fds[count++].events = script_worker_events(&pool->workers[i]);
			sooner(&next_ms, pool->workers[i].deadline_ms);
		} else if (i) {
			sooner(&next_ms, pool->idle_since[i] + IDLE_MS);
		}
	}
	if (call && pool->worker_count < WORKERS_MAX)
		sooner(&next_ms, call->submitted_ms + GROW_MS);
	next_ms = next_ms == INT64_MAX ? -1 : next_ms > now_ms ? next_ms - now_ms : 0;
	if (poll(fds, count, (int)next_ms) > 0 && fds[0].revents)
		while (read(pool->event, &woken, sizeof(woken)) < 0 && errno == EINTR)
			;
}

static bool stopped(struct script_pool *pool)
{
	bool stop;

	pthread_mutex_lock(&pool->mutex);
	stop = pool->stop;
	pthread_mutex_unlock(&pool->mutex);
	return stop;
}

static void *run(void *ctx)
{
	struct script_pool *pool = ctx;

	while (!stopped(pool)) {
		take_submitted(pool);
		step(pool);
		dispatch(pool);
		shrink(pool);
		wait(pool);
	}
	/* Here, because processes die with the thread that started them. */
	while (pool->worker_count)
		script_worker_free(&pool->workers[--pool->worker_count]);
	return NULL;
}

/* --- the broker's thread --- */

static bool start_thread(struct script_pool *pool)
{
	sigset_t all, before;

	if (pool->has_thread)
		return true;
	/* The broker's signals are the broker's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pool->has_thread = !pthread_create(&pool->thread, NULL, run, pool);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pool->has_thread;
}

struct script_pool *script_pool_new(const char *helper, void (*wake)(void *ctx), void *ctx)
{
	struct script_pool *pool = calloc(1, sizeof(*pool));
	pthread_condattr_t monotonic;

	if (!pool)
		return NULL;
	pool->helper = strdup(helper);
	pool->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!pool->helper || pool->event < 0) {
		if (pool->event >= 0)
			close(pool->event);
		free(pool->helper);
		free(pool);
		return NULL;
	}
	pool->wake = wake;
	pool->ctx = ctx;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->ready, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return pool;
}

static void look(const struct script_pool *pool)
{
	const uint64_t one = 1;

	/* Full means that the thread has been told often enough. */
	if (write(pool->event, &one, sizeof(one)) < 0)
		return;
}

static void free_calls(struct call **calls)
{
	while (*calls) {
		struct call *call = *calls;

		DL_DELETE(*calls, call);
		call_free(call);
	}
}

static void source_free(struct script_pool *pool, struct source *source)
{
	HASH_DEL(pool->sources, source);
	free(source->text);
	free(source);
}

void script_pool_free(struct script_pool *pool)
{
	struct source *source, *next;
	size_t i;

	if (!pool)
		return;
	if (pool->has_thread) {
		pthread_mutex_lock(&pool->mutex);
		pool->stop = true;
		pthread_mutex_unlock(&pool->mutex);
		look(pool);
		pthread_join(pool->thread, NULL);
	}
	for (i = 0; i < WORKERS_MAX; i++)
		call_free(pool->running[i]);
	free_calls(&pool->submitted);
	free_calls(&pool->waiting);
	free_calls(&pool->done);
	call_free(pool->fetched);
	HASH_ITER(hh, pool->sources, source, next)
		source_free(pool, source);
	pthread_mutex_destroy(&pool->mutex);
	pthread_cond_destroy(&pool->ready);
	close(pool->event);
	free(pool->helper);
	free(pool);
}

/* Drops the source that has been without a call for longest, when there are many. */
static void forget_sources(struct script_pool *pool)
{
	struct source *source, *next, *oldest = NULL;

	if (HASH_COUNT(pool->sources) < SOURCES_MAX)
		return;
	HASH_ITER(hh, pool->sources, source, next)
		if (!source->calls && (!oldest || source->used < oldest->used))
			oldest = source;
	if (oldest)
		source_free(pool, oldest);
}

static struct source *source_get(struct script_pool *pool, const struct script_request *request)
{
	struct source *source;

	HASH_FIND(hh, pool->sources, &request->script, sizeof(request->script), source);
	if (!source) {
		forget_sources(pool);
		source = calloc(1, sizeof(*source));
		if (!source)
			return NULL;
		source->script = request->script;
		source->len = request->source_len;
		source->text = malloc(request->source_len + 1);
		if (!source->text) {
			free(source);
			return NULL;
		}
		memcpy(source->text, request->source, request->source_len);
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): uthash frees its table with the last element, when the head is NULL */
		HASH_ADD(hh, pool->sources, script, sizeof(source->script), source);
	}
	source->used = ++pool->uses;
	return source;
}

static struct call *call_new(struct script_pool *pool, uint64_t ticket, const struct script_request *request)
{
	size_t topic_size = request->topic ? strlen(request->topic) + 1 : 0;
	struct call *call = calloc(1, sizeof(*call) + request->input_len + 1 + topic_size);

	if (!call)
		return NULL;
	call->ticket = ticket;
	call->request = *request;
	call->request.input = memcpy(call->bytes, request->input, request->input_len);
	if (topic_size)
		call->request.topic = memcpy(call->bytes + request->input_len + 1, request->topic, topic_size);
	call->source = source_get(pool, request);
	if (!call->source) {
		free(call);
		return NULL;
	}
	call->request.source = call->source->text;
	call->source->calls++;
	call->submitted_ms = monotonic_ms();
	return call;
}

bool script_pool_submit(struct script_pool *pool, uint64_t ticket, const struct script_request *request)
{
	struct call *call = start_thread(pool) ? call_new(pool, ticket, request) : NULL;

	if (!call)
		return false;
	pthread_mutex_lock(&pool->mutex);
	DL_APPEND(pool->submitted, call);
	pthread_mutex_unlock(&pool->mutex);
	look(pool);
	return true;
}

bool script_pool_next(struct script_pool *pool, uint64_t *ticket, struct script_result *result)
{
	struct call *call;

	call_free(pool->fetched);
	pthread_mutex_lock(&pool->mutex);
	call = pool->done;
	if (call)
		DL_DELETE(pool->done, call);
	pthread_mutex_unlock(&pool->mutex);
	pool->fetched = call;
	if (!call)
		return false;
	call->source->calls--;
	*ticket = call->ticket;
	*result = call->result;
	return true;
}

void script_pool_wait(struct script_pool *pool, int64_t most_us)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += most_us * 1000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&pool->mutex);
	while (!pool->done && pthread_cond_timedwait(&pool->ready, &pool->mutex, &until) == 0)
		;
	pthread_mutex_unlock(&pool->mutex);
}

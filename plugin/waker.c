#include "waker.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CLIENT_ID "alink-waker"
#define SECRET_SIZE 33
#define KEEPALIVE_S 120
#define IDLE_MS 30000           /* the thread pings at least this often, well within the keepalive */

struct waker {
	char     *listener;
	char      secret[SECRET_SIZE];   /* hex: tells our own connection from a stranger's */
	int       fd;                    /* -1: not connected */
	bool      tried;
	pthread_t thread;
	bool      has_thread, stop;
	pthread_mutex_t mutex;           /* guards stop, due and its change */
	pthread_cond_t  changed;
	struct timespec due;             /* when the loop is to turn, CLOCK_MONOTONIC */
};

static void ping(const struct waker *waker)
{
	/* PINGREQ. A full socket buffer means that enough of them are on their way. */
	send(waker->fd, "\xC0\0", 2, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static struct timespec after_ms(int64_t ms)
{
	struct timespec when;

	clock_gettime(CLOCK_MONOTONIC, &when);
	when.tv_sec += ms / 1000;
	when.tv_nsec += ms % 1000 * 1000000;
	when.tv_sec += when.tv_nsec / 1000000000;
	when.tv_nsec %= 1000000000;
	return when;
}

static void *run(void *ctx)
{
	struct waker *waker = ctx;

	pthread_mutex_lock(&waker->mutex);
	while (!waker->stop) {
		struct timespec due = waker->due;

		if (pthread_cond_timedwait(&waker->changed, &waker->mutex, &due) == 0)
			continue;          /* moved, or the end */
		waker->due = after_ms(IDLE_MS);
		ping(waker);
	}
	pthread_mutex_unlock(&waker->mutex);
	return NULL;
}

struct waker *waker_new(const char *listener, void (*random)(void *ctx, void *buf, size_t len), void *ctx)
{
	struct waker *waker;
	unsigned char bytes[(SECRET_SIZE - 1) / 2];
	size_t i;

	if (!listener)
		return NULL;
	waker = calloc(1, sizeof(*waker));
	if (!waker)
		return NULL;
	waker->fd = -1;
	waker->listener = strdup(listener);
	if (!waker->listener) {
		free(waker);
		return NULL;
	}
	random(ctx, bytes, sizeof(bytes));
	for (i = 0; i < sizeof(bytes); i++)
		snprintf(waker->secret + 2 * i, 3, "%02x", bytes[i]);
	return waker;
}

bool waker_is(const struct waker *waker, const char *client_id, const char *password)
{
	return waker && password && !strcmp(client_id, CLIENT_ID) && !strcmp(password, waker->secret);
}

int waker_descriptor(const struct waker *waker)
{
	return waker ? waker->fd : -1;
}

static int connect_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* The broker's own thread accepts later: connect() completes through the backlog. */
static int connect_tcp(const char *listener)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM }, *found;
	const char *colon = strrchr(listener, ':');
	char host[64];
	int fd = -1;

	if (!colon || (size_t)(colon - listener) >= sizeof(host))
		return -1;
	memcpy(host, listener, (size_t)(colon - listener));
	host[colon - listener] = '\0';
	if (getaddrinfo(host, colon + 1, &hints, &found))
		return -1;
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen)) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

/* One string of an MQTT packet; returns what follows. */
static unsigned char *put(unsigned char *at, const char *string)
{
	size_t len = strlen(string);

	*at++ = (unsigned char)(len >> 8);
	*at++ = (unsigned char)len;
	memcpy(at, string, len);
	return at + len;
}

static void start_thread(struct waker *waker)
{
	pthread_condattr_t monotonic;
	sigset_t all, before;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&waker->mutex, NULL);
	pthread_cond_init(&waker->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	waker->due = after_ms(IDLE_MS);
	/* The broker's signals are the broker's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	waker->has_thread = !pthread_create(&waker->thread, NULL, run, waker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!waker->has_thread) {
		close(waker->fd);
		waker->fd = -1;
	}
}

static void open_connection(struct waker *waker)
{
	unsigned char packet[128] = { 0x10, 0, 0, 4, 'M', 'Q', 'T', 'T', 4, 0xC2, 0, KEEPALIVE_S }, *end;

	waker->fd = waker->listener[0] == '/' ? connect_unix(waker->listener) : connect_tcp(waker->listener);
	if (waker->fd < 0)
		return;
	end = put(put(put(packet + 12, CLIENT_ID), CLIENT_ID), waker->secret);
	packet[1] = (unsigned char)(end - packet - 2);
	if (send(waker->fd, packet, (size_t)(end - packet), MSG_NOSIGNAL) < 0) {
		close(waker->fd);
		waker->fd = -1;
		return;
	}
	start_thread(waker);
}

void waker_turn(struct waker *waker, bool again, int64_t in_ms)
{
	char drained[256];

	if (!waker)
		return;
	if (!waker->tried) {
		waker->tried = true;
		open_connection(waker);
	}
	if (waker->fd < 0)
		return;
	while (recv(waker->fd, drained, sizeof(drained), MSG_DONTWAIT) > 0)
		;
	if (again)
		ping(waker);
	if (in_ms < 0)
		in_ms = 0;
	if (in_ms < IDLE_MS) {
		pthread_mutex_lock(&waker->mutex);
		waker->due = after_ms(in_ms);
		pthread_cond_signal(&waker->changed);
		pthread_mutex_unlock(&waker->mutex);
	}
}

void waker_poke(const struct waker *waker)
{
	if (waker_works(waker))
		ping(waker);
}

bool waker_works(const struct waker *waker)
{
	return waker && waker->fd >= 0;
}

void waker_free(struct waker *waker)
{
	if (!waker)
		return;
	if (waker->has_thread) {
		pthread_mutex_lock(&waker->mutex);
		waker->stop = true;
		pthread_cond_signal(&waker->changed);
		pthread_mutex_unlock(&waker->mutex);
		pthread_join(waker->thread, NULL);
		pthread_mutex_destroy(&waker->mutex);
		pthread_cond_destroy(&waker->changed);
	}
	if (waker->fd >= 0)
		close(waker->fd);
	free(waker->listener);
	free(waker);
}

#include "waker.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "monotonic.h"

#define CLIENT_ID "alink-waker"
#define SECRET_SIZE 33
#define KEEPALIVE_S 120
#define IDLE_MS 30000           /* it pings at least this often, well within the keepalive */

struct waker {
	char     *listener;
	char      secret[SECRET_SIZE];   /* hex: tells our own connection from a stranger's */
	int       fd;                    /* -1: not connected */
	bool      tried, has_timer;
	timer_t   timer;
	int64_t   due_us;                /* when it expires, as monotonic_us */
	struct sigaction before;         /* what the signal did */
};

static void ping(const struct waker *waker)
{
	/* PINGREQ. A full socket buffer means that enough of them are on their way. */
	send(waker->fd, "\xC0\0", 2, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/*
 * A thread would wait as well, but once a process has a second one, each of its system calls and allocations takes
 * locks: a twentieth of what a message costs. Of SIGURG nobody hears who has not asked: it does nothing by default.
 */
static void expired(int number, siginfo_t *info, void *context)
{
	int before = errno;

	(void)number;
	(void)context;
	if (info->si_code == SI_TIMER)
		ping(info->si_value.sival_ptr);
	errno = before;
}

static bool start_timer(struct waker *waker)
{
	struct sigaction action = { .sa_sigaction = expired, .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGURG, .sigev_value.sival_ptr = waker };
	sigset_t urgent;

	if (sigaction(SIGURG, &action, &waker->before))
		return false;
	waker->has_timer = !timer_create(CLOCK_MONOTONIC, &event, &waker->timer);
	if (!waker->has_timer)
		sigaction(SIGURG, &waker->before, NULL);
	/* Whoever started the broker may have had it blocked. */
	sigemptyset(&urgent);
	sigaddset(&urgent, SIGURG);
	pthread_sigmask(SIG_UNBLOCK, &urgent, NULL);
	return waker->has_timer;
}

static void stop_timer(struct waker *waker)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	if (!waker->has_timer)
		return;
	timer_delete(waker->timer);
	/* Forgets one that is on its way, too: the handler may be unloaded before it comes. */
	sigaction(SIGURG, &ignore, NULL);
	sigaction(SIGURG, &waker->before, NULL);
	waker->has_timer = false;
}

/* One that expires earlier is left alone: a turn too many costs less than setting it anew in every turn. */
static void wake_in(struct waker *waker, int64_t ms)
{
	int64_t now_us = monotonic_us(), due_us = now_us + (ms < 0 ? 0 : ms < IDLE_MS ? ms : IDLE_MS) * 1000;
	struct itimerspec when = { .it_value = { .tv_sec = due_us / 1000000, .tv_nsec = due_us % 1000000 * 1000 } };

	if (waker->due_us > now_us && waker->due_us <= due_us)
		return;
	waker->due_us = due_us;
	timer_settime(waker->timer, TIMER_ABSTIME, &when, NULL);
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

static void open_connection(struct waker *waker)
{
	unsigned char packet[128] = { 0x10, 0, 0, 4, 'M', 'Q', 'T', 'T', 4, 0xC2, 0, KEEPALIVE_S }, *end;

	waker->fd = waker->listener[0] == '/' ? connect_unix(waker->listener) : connect_tcp(waker->listener);
	if (waker->fd < 0)
		return;
	end = put(put(put(packet + 12, CLIENT_ID), CLIENT_ID), waker->secret);
	packet[1] = (unsigned char)(end - packet - 2);
	if (start_timer(waker) && send(waker->fd, packet, (size_t)(end - packet), MSG_NOSIGNAL) > 0)
		return;
	stop_timer(waker);
	close(waker->fd);
	waker->fd = -1;
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
	wake_in(waker, in_ms);
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
	stop_timer(waker);
	if (waker->fd >= 0)
		close(waker->fd);
	free(waker->listener);
	free(waker);
}

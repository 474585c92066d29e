#include "http_connection.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <uthash.h>

#define DEADLINE_S 30
#define CROWDED_S  2        /* for a request, while others wait to connect */

/*
 * evhttp tells nobody when it gives a connection up, so each bufferevent is held by a reference of our
 * own: evhttp's bufferevent_free then only takes its callbacks off, and that is seen.
 */
struct connection {
	struct connections *all;
	struct bufferevent *bev;
	time_t              deadline;   /* monotonic seconds; 0: none */
	bool                requesting; /* its next request is not here yet, as far as evhttp says */
	UT_hash_handle      hh;         /* by bev */
};

struct connections {
	struct connection *open;
	size_t             max;
	bool               crowded;
	struct event      *sweep, *sweep_soon;   /* each second; once */
	void             (*full)(void *ctx, bool is_full);
	void              *ctx;
};

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* evhttp reads nothing while a request is in hand, so that it does not see its client leave. */
static bool has_left(const struct connection *connection, bool was_full)
{
	struct pollfd peer = { .fd = bufferevent_getfd(connection->bev), .events = was_full ? POLLRDHUP : 0 };

	return poll(&peer, 1, 0) > 0;   /* a reset comes unasked */
}

/* NOLINTBEGIN(clang-analyzer-unix.Malloc): uthash frees its table with the last element, when the head is NULL */
static void on_sweep(evutil_socket_t fd, short what, void *ctx)
{
	struct connections *connections = ctx;
	struct connection *connection, *next;
	bool was_full = connections->crowded || HASH_COUNT(connections->open) >= connections->max;
	time_t now = now_s();

	(void)fd;
	(void)what;
	for (connection = connections->open; connection; connection = next) {
		bufferevent_event_cb wanted;
		void *evcon;

		next = connection->hh.next;
		bufferevent_getcb(connection->bev, NULL, NULL, &wanted, &evcon);
		if (wanted && !connection->deadline && has_left(connection, was_full)) {
			wanted(connection->bev, BEV_EVENT_READING | BEV_EVENT_EOF, evcon);   /* as if it had been read */
			wanted = NULL;
		}
		if (!wanted) {
			HASH_DELETE(hh, connections->open, connection);
			bufferevent_decref(connection->bev);
			free(connection);
		} else if (connection->deadline && (now >= connection->deadline ||
		           (was_full && connection->requesting && now >= connection->deadline - DEADLINE_S + CROWDED_S))) {
			/* evhttp reads the end and lets go */
			shutdown(bufferevent_getfd(connection->bev), SHUT_RDWR);
		}
	}
	connections->crowded = false;
	if (was_full && HASH_COUNT(connections->open) < connections->max)
		connections->full(connections->ctx, false);
}
/* NOLINTEND(clang-analyzer-unix.Malloc) */

struct connections *connections_new(struct event_base *base, size_t max, void (*full)(void *ctx, bool is_full),
                                    void *ctx)
{
	static const struct timeval second = { 1, 0 };
	struct connections *connections = calloc(1, sizeof(*connections));

	if (!connections)
		abort();
	connections->max = max;
	connections->full = full;
	connections->ctx = ctx;
	connections->sweep = event_new(base, -1, EV_PERSIST, on_sweep, connections);
	connections->sweep_soon = evtimer_new(base, on_sweep, connections);
	if (!connections->sweep || !connections->sweep_soon || event_add(connections->sweep, &second))
		abort();
	return connections;
}

void connections_free(struct connections *connections)
{
	struct connection *connection, *next;

	if (!connections)
		return;
	connection = connections->open;
	HASH_CLEAR(hh, connections->open);
	for (; connection; connection = next) {
		next = connection->hh.next;
		bufferevent_decref(connection->bev);
		free(connection);
	}
	event_free(connections->sweep);
	event_free(connections->sweep_soon);
	free(connections);
}

void connection_watch(struct connections *connections, struct bufferevent *bev)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		abort();
	bufferevent_incref(bev);
	connection->all = connections;
	connection->bev = bev;
	connection_deadline(connection);
	connection->requesting = true;
	HASH_ADD_PTR(connections->open, bev, connection);
	if (HASH_COUNT(connections->open) >= connections->max)
		connections->full(connections->ctx, true);
}

void connections_crowd(struct connections *connections)
{
	connections->crowded = true;
	connections->full(connections->ctx, true);
}

struct connection *connection_of(struct connections *connections, struct bufferevent *bev)
{
	struct connection *connection;

	HASH_FIND_PTR(connections->open, &bev, connection);
	return connection;
}

void connection_deadline(struct connection *connection)
{
	connection->deadline = now_s() + DEADLINE_S;
}

void connection_patience(struct connection *connection)
{
	connection->deadline = 0;
	connection->requesting = false;
}

void connection_answered(struct connection *connection)
{
	static const struct timeval soon = { 0, 0 };

	connection_deadline(connection);
	connection->requesting = true;
	evtimer_add(connection->all->sweep_soon, &soon);
}

/*
 * The HTTP clients' connections: how many there are, and how long each may take. evhttp bounds neither:
 * its time-outs start anew with each byte.
 */
#ifndef ALINK_HTTP_CONNECTION_H
#define ALINK_HTTP_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>

struct bufferevent;
struct connection;
struct connections;
struct event_base;

/* `full` is told when there are `max` connections, and when there is room again. Ends the tool out of memory. */
struct connections *connections_new(struct event_base *base, size_t max, void (*full)(void *ctx, bool is_full),
                                    void *ctx);
/* No more can be taken for now, however many there are: full until a second has passed. */
void                connections_crowd(struct connections *connections);
/* After evhttp has let go of all. NULL is fine. */
void                connections_free(struct connections *connections);

/* From now on `bev`, which evhttp is about to get, is watched; its deadline is set. */
void               connection_watch(struct connections *connections, struct bufferevent *bev);
struct connection *connection_of(struct connections *connections, struct bufferevent *bev);

/* The client has 30 s from now, to send a whole request or to take a whole answer; while there is no room, 2 s to send one. */
void connection_deadline(struct connection *connection);
/*
 * It is waiting for us, as long as that takes. Who leaves meanwhile is let go within a second: after a reset in any case,
 * after a mere end only while there is no room, as one may end one's own side and still read.
 */
void connection_patience(struct connection *connection);
/* An answer is out: the connection may have ended with it, which is looked at soon. */
void connection_answered(struct connection *connection);

#endif

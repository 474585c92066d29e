/*
 * Makes the broker's loop turn when the plugin needs it to.
 *
 * The broker sleeps up to 100 ms between turns, and 2.1 another 100 ms before it sends what was published in
 * TICK. A connection of our own to one of its listeners cures both: any byte on it wakes the loop, so a
 * PINGREQ is sent when a turn published something, and by a timer's signal when the next deadline comes.
 */
#ifndef ALINK_WAKER_H
#define ALINK_WAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct waker;

/* `listener`: HOST:PORT or the path of a Unix socket of this broker; NULL or failing to connect: no waker, the
   broker's own 100 ms remain. Connects at the first turn, because the listeners open after the plugin. */
struct waker *waker_new(const char *listener, void (*random)(void *ctx, void *buf, size_t len), void *ctx);
/* Ends the timer, closes the connection. NULL is fine. */
void waker_free(struct waker *waker);

/* Whether this CONNECT is the waker's own. */
bool waker_is(const struct waker *waker, const char *client_id, const char *password);
/* Our end of its connection; -1 while there is none. */
int  waker_descriptor(const struct waker *waker);

/* Asks for a turn at once; from any thread, after the first turn and before waker_free. */
void waker_poke(const struct waker *waker);

/* Whether turns can be asked for; otherwise the broker's own pace must do. */
bool waker_works(const struct waker *waker);

/* Once per turn: `again` asks for another turn at once, else the loop is woken in `in_ms` (INT64_MAX-ish: never). */
void waker_turn(struct waker *waker, bool again, int64_t in_ms);

#endif

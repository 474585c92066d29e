/*
 * The cloud's calls of scripts and the pool that makes them, brought together once per turn of the broker's loop.
 */
#ifndef ALINK_SCRIPTS_H
#define ALINK_SCRIPTS_H

#include "cloud.h"
#include "waker.h"

struct scripts;

/* The waker, which may be NULL, must live longer. NULL when out of memory: every call fails with 26015 then. */
struct scripts *scripts_new(const struct waker *waker);
void            scripts_free(struct scripts *scripts);      /* NULL is fine */

/*
 * Hands the calls among the effects to the pool, and to the cloud what has come back; what follows from that is
 * appended to the effects.
 */
void scripts_turn(struct scripts *scripts, struct cloud *cloud, struct effects *effects);

#endif

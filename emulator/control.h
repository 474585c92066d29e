/*
 * The channel to the cloud: requests of people and programs to the plugin, over the broker's private
 * Unix socket. What a request and an answer look like is plugin/cloud/api.h's business; here they get
 * an id, a deadline and their way. Bodies pass as text, so that no number loses its literal.
 */
#ifndef ALINK_CONTROL_H
#define ALINK_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct control;

/*
 * The answer to a request: an HTTP status and a JSON body, valid during the call only; a refusal of the
 * channel itself looks like one of the cloud's: 503 while there is no channel, 504 when the deadline
 * passed, 502 when the answer was none.
 */
typedef void control_answer(void *ctx, int status, const char *body, size_t len);

/*
 * Connects to the socket at `path`, trying again until that works; `up` is told about each change.
 * NULL out of memory.
 */
struct control *control_new(struct event_base *base, const char *path, void (*up)(void *ctx, bool is_up), void *ctx);
/* Requests still waiting are forgotten. NULL is fine. */
void            control_free(struct control *control);
bool            control_is_up(const struct control *control);

/*
 * `query` is a JSON object of strings and `body` any JSON; both may be NULL. `answer` is called exactly
 * once, later, unless the request is forgotten with the number that is returned here (never 0).
 */
uint64_t control_request(struct control *control, const char *method, const char *path, const char *query,
                         const char *body, int timeout_ms, control_answer *answer, void *ctx);
/* Whoever asked is gone. Unknown numbers and 0 are fine. */
void     control_forget(struct control *control, uint64_t id);

#endif

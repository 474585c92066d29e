/*
 * One request to a running emulator, and its answer.
 *
 * The command line is a caller of /emulator/v1 like any other: it holds no rule and opens no
 * database. A call blocks until it is answered or its time is over.
 */
#ifndef ALINK_CLIENT_H
#define ALINK_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "command.h"
#include "json.h"
#include "text.h"

#define CLIENT_TIMEOUT_MS 30000
#define CLIENT_SILENCE_MS 60000                /* a stream without even a comment for so long is dead */
#define CLIENT_ANSWER_MAX (64 * 1024 * 1024)   /* bytes; a longer answer is refused */

struct client {
	char    *url;      /* "http://127.0.0.1:8080", for messages */
	char    *host;     /* without the brackets of an IPv6 address */
	uint16_t port;
	char    *prefix;   /* the URL's path without its last slash: "" or "/emu" */
};

struct answer {
	int             status;   /* of HTTP */
	char           *body;     /* as answered, NUL-terminated; owned */
	size_t          len;
	struct json_doc doc;      /* of body */
};

/*
 * Finds the emulator: `url`, else $ALINK_HTTP_URL, else as options_default_url says. Asks nothing of the
 * network. EXIT_FINE, or EXIT_USAGE with a sentence in `problem`.
 */
enum exit_code client_find(struct client *client, const char *url, struct text *problem);
void           client_free(struct client *client);

/*
 * `path` lies below /emulator/v1, percent-encoded, with its query; `body` is JSON text or NULL.
 * EXIT_FINE and `answer` holds JSON; EXIT_FAILED when the emulator refused, `problem` then being
 * "CODE: reason" and `answer` the refusal; EXIT_UNREACHABLE when nothing that is an emulator
 * answered in time. Release `answer` in every case; `struct answer answer = { 0 };` before.
 */
enum exit_code client_call(const struct client *client, const char *method, const char *path,
                           const char *body, int64_t timeout_ms, struct answer *answer,
                           struct text *problem);
void           answer_free(struct answer *answer);

/* Is the emulator ready? EXIT_FAILED: it runs, but is not. */
enum exit_code client_probe(const struct client *client, int64_t timeout_ms, struct text *problem);

/* Takes the JSON of one event; data NULL: no more is at hand. False: that is enough. */
typedef bool client_taker(void *ctx, const char *data, size_t len);

/*
 * The same for a GET that is answered by a stream of events, each handed to `take` as it comes. Ends
 * with EXIT_FINE when `take` has enough, else with EXIT_FAILED (refused, at once or by an event called
 * error) or EXIT_UNREACHABLE (no stream, or it broke off). `timeout_ms` bounds the wait for its start.
 */
enum exit_code client_follow(const struct client *client, const char *path, int64_t timeout_ms,
                             client_taker *take, void *ctx, struct answer *answer, struct text *problem);

/* One segment of a path, or one name or value of a query. */
void text_add_uri(struct text *text, const char *part);

#endif

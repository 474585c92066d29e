/*
 * The tool's HTTP and HTTPS server: the emulator API, passed on to the cloud, and what describes this
 * emulator itself. It holds no rule; its routes are the table in http.c.
 */
#ifndef ALINK_HTTP_H
#define ALINK_HTTP_H

#include <stdbool.h>

#include "ports.h"
#include "text.h"

struct control;
struct reporter;
struct event_base;
struct http;

struct http_config {                 /* borrowed for the server's life */
	struct control *control;
	struct reporter *reporter;   /* told of scenarios that end; NULL: nobody is */
	struct ports   *ports;       /* LISTENERS of them, held; the server takes over the sockets of its own */
	const char *certificate, *key;          /* files, for HTTPS */
	const char *ca_pem, *ca_header;         /* texts */
	const char *const *hosts;    /* names of this machine that it may be called by, beside addresses and private names */
	size_t      host_count;
	const char *file_url;        /* where clients find our files, if not here: its host is one of those names; may be NULL */
};

/* NULL with `error` filled when it cannot listen. */
struct http *http_new(struct event_base *base, const struct http_config *config, struct text *error);
/* What /readyz says beside the channel's state. */
void         http_ready(struct http *http, bool ready);
void         http_free(struct http *http);   /* NULL is fine */

#endif

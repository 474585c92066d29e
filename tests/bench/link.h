/* One connection's bytes: plain TCP, or TLS over it. Blocking until link_unblock, so that a login reads like prose. */
#ifndef BENCH_LINK_H
#define BENCH_LINK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct link {
	int         fd;      /* -1: closed */
	struct ssl_st *tls;  /* NULL: plain TCP */
};

/* What every link of a run has in common. */
struct dial {
	in_port_t   port;    /* on 127.0.0.1 */
	bool        tls;     /* the certificate is not judged: it is the benchmark's own */
};

/*
 * False after saying on stderr what went wrong. A broker that has just been started may not listen yet, so a refused
 * connect is tried again for a while.
 */
bool link_open(struct link *link, const struct dial *dial);
void link_close(struct link *link);
bool link_unblock(struct link *link);

bool link_send(struct link *link, const void *bytes, size_t len);       /* all of them */
/* What has come; 0 at the end, -1 with EAGAIN when nothing has. */
ssize_t link_receive(struct link *link, void *bytes, size_t size);
bool link_receive_all(struct link *link, void *bytes, size_t len);      /* while it blocks */
/* Whether bytes are here that the socket no longer tells of. */
bool link_holds_more(const struct link *link);

#endif

#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#define STEP_TIMEOUT_S 30      /* a broker that has just got a million devices may take its time */
#define DIAL_TRIES     12000
#define DIAL_PAUSE_NS  5000000

static int dial_tcp(in_port_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port),
	                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval timeout = { .tv_sec = STEP_TIMEOUT_S };
	struct timespec pause = { .tv_nsec = DIAL_PAUSE_NS };
	int fd, tries, on = 1;

	for (tries = 0; tries < DIAL_TRIES; tries++) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			break;
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
			return fd;
		close(fd);
		if (errno != ECONNREFUSED)
			break;
		nanosleep(&pause, NULL);
	}
	fprintf(stderr, "127.0.0.1:%u: %s\n", port, strerror(errno));
	return -1;
}

static SSL_CTX *tls_context(void)
{
	static SSL_CTX *context;

	if (!context)
		context = SSL_CTX_new(TLS_client_method());
	if (!context) {
		fputs("TLS: no context\n", stderr);
		exit(2);
	}
	return context;
}

bool link_open(struct link *link, const struct dial *dial)
{
	*link = (struct link){ .fd = dial_tcp(dial->port) };
	if (link->fd < 0 || !dial->tls)
		return link->fd >= 0;
	link->tls = SSL_new(tls_context());
	if (link->tls && SSL_set_fd(link->tls, link->fd) == 1 && SSL_connect(link->tls) == 1)
		return true;
	fputs("TLS: no handshake\n", stderr);
	link_close(link);
	return false;
}

void link_close(struct link *link)
{
	SSL_free(link->tls);
	if (link->fd >= 0)
		close(link->fd);
	*link = (struct link){ .fd = -1 };
}

bool link_unblock(struct link *link)
{
	return !fcntl(link->fd, F_SETFL, O_NONBLOCK);
}

bool link_send(struct link *link, const void *bytes, size_t len)
{
	if (link->tls)
		return SSL_write(link->tls, bytes, (int)len) == (int)len;
	return send(link->fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

ssize_t link_receive(struct link *link, void *bytes, size_t size)
{
	int got, error;

	if (!link->tls)
		return recv(link->fd, bytes, size, 0);
	got = SSL_read(link->tls, bytes, (int)size);
	if (got > 0)
		return got;
	error = SSL_get_error(link->tls, got);
	errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
	return error == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

bool link_receive_all(struct link *link, void *bytes, size_t len)
{
	size_t have = 0;
	ssize_t got;

	while (have < len) {
		got = link_receive(link, (char *)bytes + have, len - have);
		if (got <= 0)
			return false;
		have += (size_t)got;
	}
	return true;
}

bool link_holds_more(const struct link *link)
{
	return link->tls && SSL_pending(link->tls) > 0;
}

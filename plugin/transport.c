#include "transport.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct {
	const char    *name;
	enum transport transport;
} kinds[] = {
	{ "mqtt", TRANSPORT_TCP }, { "mqtts", TRANSPORT_TLS }, { "ws", TRANSPORT_TCP }, { "wss", TRANSPORT_TLS },
	{ "x509", TRANSPORT_TLS }, { "psk", TRANSPORT_TLS },
};

bool listeners_parse(struct listeners *listeners, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "=,"), i;
		char *end;

		for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (strlen(kinds[i].name) == len && !memcmp(kinds[i].name, text, len))
				break;
		if (i == sizeof(kinds) / sizeof(kinds[0]) || text[len] != '=' || listeners->count == LISTENERS_MAX)
			return false;
		listeners->at[listeners->count].transport = kinds[i].transport;
		listeners->at[listeners->count].port = (unsigned)strtoul(text + len + 1, &end, 10);
		if (end == text + len + 1 || !listeners->at[listeners->count].port || listeners->at[listeners->count].port > 65535 ||
		    (*end && *end != ','))
			return false;
		listeners->count++;
		text = *end ? end + 1 : end;
	}
	return listeners->count > 0;
}

union address {
	struct sockaddr         any;
	struct sockaddr_in      in;
	struct sockaddr_in6     in6;
	struct sockaddr_un      un;
	unsigned char           bytes[sizeof(struct sockaddr_storage)];
};

typedef int name_call(int fd, struct sockaddr *address, socklen_t *len);

static bool ask(name_call *call, int fd, union address *address)
{
	socklen_t len = sizeof(*address);

	memset(address, 0, sizeof(*address));
	return !call(fd, &address->any, &len);
}

static int descriptor(const void *client)
{
	int fields[2];

	memcpy(fields, client, sizeof(fields));
	return fields[1];
}

/* Of an IP socket; 0 otherwise. */
static unsigned port_of(const union address *address)
{
	return address->any.sa_family == AF_INET ? ntohs(address->in.sin_port) :
	       address->any.sa_family == AF_INET6 ? ntohs(address->in6.sin6_port) : 0;
}

static bool same(const union address *a, const union address *b)
{
	return !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

void listeners_prove(struct listeners *listeners, const void *client, int fd)
{
	union address local, peer, our_local, our_peer;
	int theirs = descriptor(client);
	struct ucred who = { 0 };
	socklen_t len = sizeof(who);

	listeners->proven = theirs != fd && ask(getsockname, theirs, &local) && ask(getpeername, theirs, &peer) &&
		ask(getsockname, fd, &our_local) && ask(getpeername, fd, &our_peer) && same(&local, &our_peer) && same(&peer, &our_local);
	/* Our end of a Unix socket has no name, as every client's: there it must be this very process, too. */
	if (listeners->proven && local.any.sa_family == AF_UNIX)
		listeners->proven = !getsockopt(theirs, SOL_SOCKET, SO_PEERCRED, &who, &len) && who.pid == getpid();
}

enum transport listeners_transport(const struct listeners *listeners, const void *client, const char *address)
{
	union address local, peer;
	char text[INET6_ADDRSTRLEN];
	const void *number;
	size_t i;

	if (!listeners->proven || !address || !ask(getsockname, descriptor(client), &local) ||
	    !ask(getpeername, descriptor(client), &peer) || !port_of(&peer))
		return TRANSPORT_UNKNOWN;
	number = peer.any.sa_family == AF_INET ? (const void *)&peer.in.sin_addr : (const void *)&peer.in6.sin6_addr;
	if (!inet_ntop(peer.any.sa_family, number, text, sizeof(text)) || strcmp(text, address))
		return TRANSPORT_UNKNOWN;
	for (i = 0; i < listeners->count; i++)
		if (listeners->at[i].port == port_of(&local))
			return listeners->at[i].transport;
	return TRANSPORT_UNKNOWN;
}

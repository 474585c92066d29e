#include "ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const struct listener_type listener_types[LISTENERS] = {
	[LISTENER_MQTT]  = { "mqtt",  "tcp",   "--mqtt-port",  "1883", true,  false, false, NULL },
	[LISTENER_MQTTS] = { "mqtts", "ssl",   "--mqtts-port", "8883", true,  true,  false, NULL },
	[LISTENER_WS]    = { "ws",    "ws",    "--ws-port",    "8083", true,  false, true,  NULL },
	[LISTENER_WSS]   = { "wss",   "wss",   "--wss-port",   "off",  true,  true,  true,  NULL },
	/* the identity as user name would keep the plugin from being asked */
	[LISTENER_X509]  = { "x509",  "ssl",   "--x509-port",  "off",  true,  true,  false,
	                     "require_certificate true\nuse_identity_as_username false\n" },
	[LISTENER_PSK]   = { "psk",   "ssl",   "--psk-port",   "off",  true,  false, false,
	                     "psk_hint alink-emulator\nuse_identity_as_username false\n" },
	[LISTENER_HTTP]  = { "http",  "http",  "--http-port",  "8080", false, false, false, NULL },
	[LISTENER_HTTPS] = { "https", "https", "--https-port", "8443", false, true,  false, NULL },
};

/* The family of a numeric address, 0 when it is none; `out` takes an in6_addr. */
static int address_family(const char *text, void *out)
{
	if (inet_pton(AF_INET, text, out) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, text, out) == 1 ? AF_INET6 : 0;
}

bool address_valid(const char *text)
{
	struct in6_addr ignored;

	return address_family(text, &ignored) != 0;
}

bool address_any(const char *address)
{
	static const struct in6_addr zero;
	struct in6_addr binary = zero;

	/* an IPv4 address fills the first four bytes only */
	return address_family(address, &binary) && !memcmp(&binary, &zero, sizeof(zero));
}

void address_add(struct text *out, const char *address, unsigned number)
{
	text_addf(out, strchr(address, ':') ? "[%s]:%u" : "%s:%u", address, number);
}

/* One of the list, `len` bytes long. */
static const char *port_parse(struct port *port, const char *text, size_t len, const char *address)
{
	char copy[ADDRESS_MAX + 10], *number = copy, *host = NULL, *end;
	unsigned long value;

	if (len >= sizeof(copy))
		return "is longer than any ADDR:PORT";
	memcpy(copy, text, len);
	copy[len] = '\0';
	end = strrchr(copy, ':');
	if (end) {
		*end = '\0';
		number = end + 1;
		host = copy;
		if (*host == '[' && end > host && end[-1] == ']') {
			end[-1] = '\0';
			host++;
		} else if (strchr(host, ':')) {
			return "needs brackets around an IPv6 address, as in [::1]:1883";
		}
		if (!address_valid(host))
			return "holds an address that is not numeric, as 127.0.0.1 is";
		address = host;
	}
	if (!*number || strlen(number) > 5 || strspn(number, "0123456789") != strlen(number))
		return "is not 'off', a port, ADDR:PORT, or several of these with commas";
	value = strtoul(number, NULL, 10);
	if (value > 65535)
		return "is above 65535";
	*port = (struct port){ .number = (unsigned)value, .fd = -1 };
	strcpy(port->address, address);
	return NULL;
}

const char *ports_parse(struct ports *ports, const char *text, const char *address)
{
	const char *wrong = NULL;

	ports->count = 0;
	if (!strcmp(text, "off"))
		return NULL;
	for (;;) {
		size_t len = strcspn(text, ",");

		if (ports->count == PORTS_MAX)
			wrong = "lists more than 8 ports";
		else
			wrong = port_parse(&ports->at[ports->count], text, len, address);
		if (wrong)
			break;
		ports->count++;
		if (!text[len])
			return NULL;
		text += len + 1;
	}
	ports->count = 0;
	return wrong;
}

static int port_bind(struct port *port)
{
	union {
		struct sockaddr     any;
		struct sockaddr_in  v4;
		struct sockaddr_in6 v6;
	} at = { 0 };
	socklen_t len;
	struct in6_addr binary;
	int on = 1, family = address_family(port->address, &binary);

	if (family == AF_INET) {
		at.v4.sin_port = htons((uint16_t)port->number);
		memcpy(&at.v4.sin_addr, &binary, sizeof(at.v4.sin_addr));
		len = sizeof(at.v4);
	} else {
		at.v6.sin6_port = htons((uint16_t)port->number);
		at.v6.sin6_addr = binary;
		len = sizeof(at.v6);
	}
	at.any.sa_family = (sa_family_t)family;
	port->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (port->fd < 0)
		return -1;
	/* Mosquitto sets IPV6_V6ONLY, so that :: and 0.0.0.0 can stand beside each other */
	if (setsockopt(port->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    (family == AF_INET6 && setsockopt(port->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on))) ||
	    bind(port->fd, &at.any, len) || getsockname(port->fd, &at.any, &len))
		return -1;
	port->number = ntohs(family == AF_INET ? at.v4.sin_port : at.v6.sin6_port);
	return 0;
}

int ports_hold(struct ports *ports, enum listener listener, struct text *error)
{
	const struct listener_type *type = &listener_types[listener];
	size_t i;

	for (i = 0; i < ports->count; i++) {
		struct port *port = &ports->at[i];
		int reason;

		if (!port_bind(port))
			continue;
		reason = errno;
		text_addf(error, "%s cannot listen on ", type->name);
		address_add(error, port->address, port->number);
		if (reason == EADDRINUSE)
			text_addf(error, ": the port is taken (%s sets another, %s 0 takes a free one)",
			          type->option, type->option);
		else if (reason == EACCES)
			text_addf(error, ": ports below 1024 need root, CAP_NET_BIND_SERVICE or a lower "
			          "net.ipv4.ip_unprivileged_port_start (%s sets another)", type->option);
		else
			text_addf(error, ": %s", strerror(reason));
		ports_release(ports);
		return -1;
	}
	return 0;
}

void ports_release(struct ports *ports)
{
	size_t i;

	for (i = 0; i < ports->count; i++) {
		if (ports->at[i].fd >= 0)
			close(ports->at[i].fd);
		ports->at[i].fd = -1;
	}
}

void port_url_add(struct text *out, enum listener listener, const struct port *port)
{
	text_addf(out, "%s://", listener_types[listener].scheme);
	address_add(out, port->address, port->number);
}

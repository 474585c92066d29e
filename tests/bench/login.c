#include "login.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "packet.h"

#define STEP_TIMEOUT_S 5
#define DIAL_TRIES     1000
#define DIAL_PAUSE_NS  5000000

int login_dial(in_port_t port)
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

/* Sends `packet` and expects exactly `expected` back. The last byte of both acknowledgements is the code. */
static bool exchange(int fd, const struct packet *packet, const unsigned char *expected, size_t expected_len,
                     const char *what)
{
	unsigned char answer[8] = { 0 };
	ssize_t got;

	if (send(fd, packet->at, packet->len, MSG_NOSIGNAL) != (ssize_t)packet->len) {
		fprintf(stderr, "%s: %s\n", what, strerror(errno));
		return false;
	}
	got = recv(fd, answer, expected_len, MSG_WAITALL);
	if (got == (ssize_t)expected_len && !memcmp(answer, expected, expected_len))
		return true;
	if (got == (ssize_t)expected_len)
		fprintf(stderr, "%s: refused with code %u\n", what, answer[expected_len - 1]);
	else
		fprintf(stderr, "%s: no answer\n", what);
	return false;
}

bool login_mqtt(int fd, const char *client_id, const char *username, const char *password)
{
	static const unsigned char accepted[] = { CONNACK, 2, 0, 0 };
	enum { CLEAN_SESSION = 0x02, WITH_PASSWORD = 0x40, WITH_USERNAME = 0x80, KEEPALIVE_S = 300 };
	size_t len = 10 + 2 + strlen(client_id);
	struct packet packet;

	if (username)
		len += 2 + strlen(username) + 2 + strlen(password);
	packet_begin(&packet, CONNECT, len);
	packet_add_string(&packet, "MQTT");
	packet_add_byte(&packet, 4);
	packet_add_byte(&packet, CLEAN_SESSION | (username ? WITH_USERNAME | WITH_PASSWORD : 0));
	packet_add_number(&packet, KEEPALIVE_S);
	packet_add_string(&packet, client_id);
	if (username) {
		packet_add_string(&packet, username);
		packet_add_string(&packet, password);
	}
	return exchange(fd, &packet, accepted, sizeof(accepted), "CONNECT");
}

/*
 * doc: "Establish MQTT connections over TCP": the password signs these four keys in alphabetical order.
 * sdk: `_ss=1` asks for the system topics without SUBSCRIBE.
 */
bool login_device(int fd, const struct device *device)
{
	char cid[160], client_id[320], username[160], content[512], timestamp[24], password[2 * EVP_MAX_MD_SIZE + 1];
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned digest_len = 0, i;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(timestamp, sizeof(timestamp), "%" PRId64, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
	snprintf(cid, sizeof(cid), "%s.%s", device->product_key, device->device_name);
	snprintf(client_id, sizeof(client_id), "%s|securemode=3,signmethod=hmacsha256,timestamp=%s,_ss=1|",
	         cid, timestamp);
	snprintf(username, sizeof(username), "%s&%s", device->device_name, device->product_key);
	snprintf(content, sizeof(content), "clientId%sdeviceName%sproductKey%stimestamp%s",
	         cid, device->device_name, device->product_key, timestamp);
	HMAC(EVP_sha256(), device->device_secret, (int)strlen(device->device_secret),
	     (const unsigned char *)content, strlen(content), digest, &digest_len);
	for (i = 0; i < digest_len; i++)
		snprintf(password + 2 * i, 3, "%02x", digest[i]);
	return login_mqtt(fd, client_id, username, password);
}

bool login_subscribe(int fd, const char *filter)
{
	static const unsigned char granted[] = { SUBACK, 3, 0, 1, 0 };
	struct packet packet;

	packet_begin(&packet, SUBSCRIBE, 2 + 2 + strlen(filter) + 1);
	packet_add_number(&packet, 1);
	packet_add_string(&packet, filter);
	packet_add_byte(&packet, 0);
	return exchange(fd, &packet, granted, sizeof(granted), "SUBSCRIBE");
}

#include "login.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "packet.h"

/* Sends `packet` and expects exactly `expected` back. The last byte of both acknowledgements is the code. */
static bool exchange(struct link *link, const struct packet *packet, const unsigned char *expected, size_t expected_len,
                     const char *what)
{
	unsigned char answer[8] = { 0 };

	if (!link_send(link, packet->at, packet->len)) {
		fprintf(stderr, "%s: %s\n", what, strerror(errno));
		return false;
	}
	if (!link_receive_all(link, answer, expected_len)) {
		fprintf(stderr, "%s: no answer\n", what);
		return false;
	}
	if (!memcmp(answer, expected, expected_len))
		return true;
	fprintf(stderr, "%s: refused with code %u\n", what, answer[expected_len - 1]);
	return false;
}

bool login_mqtt(struct link *link, const char *client_id, const char *username, const char *password)
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
	return exchange(link, &packet, accepted, sizeof(accepted), "CONNECT");
}

struct credentials {
	char cid[160], timestamp[24], password[2 * EVP_MAX_MD_SIZE + 1];
};

/* doc: "Establish MQTT connections over TCP": the password signs these four keys in alphabetical order. */
static void sign(const struct device *device, struct credentials *credentials)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned digest_len = 0, i;
	char content[512];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(credentials->timestamp, sizeof(credentials->timestamp), "%" PRId64,
	         (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
	snprintf(credentials->cid, sizeof(credentials->cid), "%s.%s", device->product_key, device->device_name);
	snprintf(content, sizeof(content), "clientId%sdeviceName%sproductKey%stimestamp%s",
	         credentials->cid, device->device_name, device->product_key, credentials->timestamp);
	HMAC(EVP_sha256(), device->device_secret, (int)strlen(device->device_secret),
	     (const unsigned char *)content, strlen(content), digest, &digest_len);
	for (i = 0; i < digest_len; i++)
		snprintf(credentials->password + 2 * i, 3, "%02x", digest[i]);
}

/* sdk: `_ss=1` asks for the system topics without SUBSCRIBE. */
bool login_device(struct link *link, const struct device *device)
{
	char client_id[320], username[160];
	struct credentials credentials;

	sign(device, &credentials);
	snprintf(client_id, sizeof(client_id), "%s|securemode=%d,signmethod=hmacsha256,timestamp=%s,_ss=1|",
	         credentials.cid, link->tls ? 2 : 3, credentials.timestamp);
	snprintf(username, sizeof(username), "%s&%s", device->device_name, device->product_key);
	return login_mqtt(link, client_id, username, credentials.password);
}

/* doc: "Connect sub-devices to IoT Platform". */
bool login_sub_device(struct link *link, const struct device *gateway, const struct device *sub)
{
	char topic[176], request[768];
	unsigned char in[2048];
	struct credentials credentials;
	struct packet packet;
	size_t have = 0, body;
	ssize_t len, got;
	int request_len;

	sign(sub, &credentials);
	snprintf(topic, sizeof(topic), "/ext/session/%s/%s/combine/login", gateway->product_key, gateway->device_name);
	request_len = snprintf(request, sizeof(request),
	                       "{\"id\":\"1\",\"params\":{\"productKey\":\"%s\",\"deviceName\":\"%s\",\"clientId\":\"%s\","
	                       "\"timestamp\":\"%s\",\"signMethod\":\"hmacsha256\",\"sign\":\"%s\",\"cleanSession\":\"true\"}}",
	                       sub->product_key, sub->device_name, credentials.cid, credentials.timestamp, credentials.password);
	packet_begin(&packet, PUBLISH, 2 + strlen(topic) + (size_t)request_len);
	packet_add_string(&packet, topic);
	packet_add(&packet, request, (size_t)request_len);
	if (!link_send(link, packet.at, packet.len)) {
		fprintf(stderr, "login of %s: %s\n", sub->device_name, strerror(errno));
		return false;
	}
	/* One packet answers one request, whatever it says. */
	do {
		got = link_receive(link, in + have, sizeof(in) - have);
		have += got > 0 ? (size_t)got : 0;
	} while (got > 0 && !(len = packet_find(in, have, sizeof(in), &body)));
	if (got > 0 && memmem(in, have, "\"code\":200,", strlen("\"code\":200,")))
		return true;
	fprintf(stderr, "login of %s: %.*s\n", sub->device_name, (int)have, (const char *)in);
	return false;
}

bool login_subscribe(struct link *link, const char *filter)
{
	static const unsigned char granted[] = { SUBACK, 3, 0, 1, 0 };
	struct packet packet;

	packet_begin(&packet, SUBSCRIBE, 2 + 2 + strlen(filter) + 1);
	packet_add_number(&packet, 1);
	packet_add_string(&packet, filter);
	packet_add_byte(&packet, 0);
	return exchange(link, &packet, granted, sizeof(granted), "SUBSCRIBE");
}

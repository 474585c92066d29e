/*
 * Topics, filters and payloads of all sorts, over the connections of a device and of a gateway with a sub-device. The
 * first line of the input is a topic or filter, the rest a payload. Matching is compared with the plainest matcher
 * there could be; whatever the cloud says goes to somebody who is there.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud.h"
#include "sign.h"
#include "topic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(expression) \
	do { \
		if (!(expression)) { \
			fprintf(stderr, "fuzz_topic.c:%d: not so: %s\n", __LINE__, #expression); \
			abort(); \
		} \
	} while (0)

/* --- matching --- */

static bool plainly_matches(const char *filter, const char *topic)
{
	size_t filter_len = strcspn(filter, "/"), topic_len = strcspn(topic, "/");

	if (!strcmp(filter, "#"))
		return true;
	if (strncmp(filter, "+", filter_len) || filter_len != 1)
		if (filter_len != topic_len || memcmp(filter, topic, filter_len))
			return false;
	filter += filter_len;
	topic += topic_len;
	if (!*topic)
		return !*filter || !strcmp(filter, "/#");
	return *filter && plainly_matches(filter + 1, topic + 1);
}

static void match(const char *text)
{
	static const char *const others[] = {
		"/sys/a1EmuGate01/gw-0001/thing/event/property/post", "/sys/a1EmuGate01/gw-0001/thing/event/+/post_reply",
		"/a1EmuGate01/gw-0001/user/get", "/ext/rrpc/#", "#", "+/+", "a/b/c", "/",
	};
	struct topic topic;
	size_t i;

	if (topic_parse(&topic, text)) {
		check(topic.rest.at + topic.rest.len == text + strlen(text));
		topic_flags(&topic);
	}
	if (!topic_filter_valid(text))
		return;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		bool meet = topic_filters_meet(text, others[i]);

		check(meet == topic_filters_meet(others[i], text));
		if (!strpbrk(others[i], "+#")) {
			check(topic_matches(text, others[i]) == plainly_matches(text, others[i]));
			check(meet == plainly_matches(text, others[i]));
		}
		if (!strpbrk(text, "+#"))
			check(topic_matches(others[i], text) == plainly_matches(others[i], text));
	}
}

/* --- a small cloud --- */

static int64_t clock_ms = 1700000000000;

static int64_t now_ms(void *ctx)
{
	(void)ctx;
	return clock_ms;
}

static void draw(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0x5A, len);
}

static struct cloud *cloud;
static uint64_t connections[2];      /* the device's, the gateway's */
static struct effects out;

static uint64_t connect(const char *product_key, const char *device_name, const char *secret)
{
	char client_id[128], user_name[128], content[256], password[SIGN_HEX_MAX];
	struct connect in = { .client_id = client_id, .user_name = user_name, .password = password, .protocol = 4, .keepalive_s = 60 };
	struct connected connected = { 0 };

	snprintf(client_id, sizeof(client_id), "x|securemode=3,signmethod=hmacsha256,_ss=1|");
	snprintf(user_name, sizeof(user_name), "%s&%s", device_name, product_key);
	snprintf(content, sizeof(content), "clientIdxdeviceName%sproductKey%s", device_name, product_key);
	check(!sign_hex(SIGN_SHA256, secret, content, strlen(content), password));
	check(cloud_connect(cloud, &in, &connected, &out) == CONNACK_ACCEPTED);
	return connected.number;
}

static void cloud_make(void)
{
	static const char text[] = "{\"cloud\":1,\"limits\":{\"logRecords\":100},\"products\":["
		"{\"productKey\":\"a1EmuGate01\",\"nodeType\":\"gateway\"},{\"productKey\":\"a1EmuSub001\",\"nodeType\":\"sub-device\"},"
		"{\"productKey\":\"a1Thermo001\",\"topics\":[{\"name\":\"user/mail/#\",\"allow\":\"subscribe\"}],\"tsl\":{\"properties\":["
		"{\"identifier\":\"temp\",\"name\":\"T\",\"accessMode\":\"rw\",\"required\":false,\"dataType\":{\"type\":\"int\",\"specs\":"
		"{\"min\":\"0\",\"max\":\"99\",\"step\":\"1\"}}}],\"events\":[],\"services\":[]}}],\"devices\":["
		"{\"productKey\":\"a1EmuGate01\",\"deviceName\":\"gw-0001\",\"deviceSecret\":\"0123456789abcdef0123456789abcdef\"},"
		"{\"productKey\":\"a1Thermo001\",\"deviceName\":\"dev1\",\"deviceSecret\":\"0123456789abcdef0123456789abcdef\"},"
		"{\"productKey\":\"a1EmuSub001\",\"deviceName\":\"node_0001\",\"deviceSecret\":\"fedcba9876543210fedcba9876543210\","
		"\"gateway\":\"a1EmuGate01/gw-0001\"}]}";
	struct cloud_config config = { .world = { now_ms, draw, NULL }, .seed = 1 };
	struct text complaints = { 0 };
	struct cloud_file *file = cloud_file_parse("fuzz", ".", text, strlen(text), &complaints);
	char error[300];

	check(file);
	config.file = file;
	cloud_free(cloud);
	cloud = cloud_new(&config, error, sizeof(error));
	check(cloud);
	cloud_file_free(file);
	text_free(&complaints);
	connections[0] = connect("a1Thermo001", "dev1", "0123456789abcdef0123456789abcdef");
	connections[1] = connect("a1EmuGate01", "gw-0001", "0123456789abcdef0123456789abcdef");
}

static void check_effects(void)
{
	size_t i;

	check(!out.failed);
	for (i = 0; i < out.count; i++) {
		if (out.at[i].kind == EFFECT_ANSWER)
			continue;
		check(cloud_client_id(cloud, out.at[i].connection));
		if (out.at[i].kind == EFFECT_PUBLISH)
			check(*out.at[i].topic && !strpbrk(out.at[i].topic, "+#") && out.at[i].qos <= 1);
	}
}

static void talk(const char *topic, const char *payload, size_t payload_len)
{
	static unsigned cases;
	int which;

	if (cases++ % 5000 == 0)
		cloud_make();
	for (which = 0; which < 2; which++) {
		struct message in = { .topic = topic, .payload = payload, .payload_len = payload_len, .qos = (int)(payload_len % 2) };

		/* The broker closes the connection of who publishes to wildcards. */
		if (*topic && !strpbrk(topic, "+#"))
			check(cloud_message(cloud, connections[which], &in, &out) <= MESSAGE_REFUSED);
		if (payload_len % 4 == 0)
			cloud_subscribe(cloud, connections[which], topic, (int)(payload_len % 3), &out);
		if (payload_len % 4 == 1)
			cloud_unsubscribe(cloud, connections[which], topic, &out);
	}
	clock_ms += 10;
	cloud_tick(cloud, &out);
	check(!cloud_commit(cloud));
	check_effects();
	effects_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	size_t topic_len = end ? (size_t)(end - data) : size;
	char *topic = malloc(topic_len + 1);

	check(topic);
	if (topic_len)
		memcpy(topic, data, topic_len);
	topic[topic_len] = '\0';
	match(topic);
	talk(topic, end ? (const char *)end + 1 : NULL, end ? size - topic_len - 1 : 0);
	free(topic);
	return 0;
}

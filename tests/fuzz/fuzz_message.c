/*
 * Messages of a gateway to a whole cloud: one text, its first line the topic, the rest the payload.
 *
 * Whatever it says, all that leaves goes to that gateway on topics of its own, and each reply has the six fields
 * of the documents, in JSON that another implementation reads.
 */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(expression) \
	do { \
		if (!(expression)) \
			surprise(__LINE__, #expression); \
	} while (0)

static const uint8_t *input;
static size_t input_len;
static const char *output = "";

static void surprise(int line, const char *expression)
{
	fprintf(stderr, "fuzz_message.c:%d: not so: %s\n%s\n<- ", line, expression, output);
	fwrite(input, 1, input_len, stderr);
	fputc('\n', stderr);
	abort();
}

static const char cloud_text[] =
	"{\"cloud\":1,\"limits\":{\"logRecords\":100,\"historySamples\":100},\"products\":["
	"{\"productKey\":\"a1EmuGate01\",\"nodeType\":\"gateway\",\"tsl\":{\"properties\":["
	"{\"identifier\":\"temp\",\"accessMode\":\"rw\",\"dataType\":{\"type\":\"int\",\"specs\":{\"min\":\"-40\",\"max\":\"120\"}}},"
	"{\"identifier\":\"label\",\"accessMode\":\"rw\",\"dataType\":{\"type\":\"text\",\"specs\":{\"length\":\"8\"}}}]}},"
	"{\"productKey\":\"a1EmuSub001\",\"nodeType\":\"sub-device\"}],\"devices\":["
	"{\"productKey\":\"a1EmuGate01\",\"deviceName\":\"gw-0001\",\"deviceSecret\":\"0123456789abcdef0123456789abcdef\"},"
	"{\"productKey\":\"a1EmuSub001\",\"deviceName\":\"node_0001\",\"gateway\":\"a1EmuGate01/gw-0001\"}]}";

static int64_t now_ms = 1700000000000;

static int64_t clock_now(void *ctx)
{
	(void)ctx;
	return now_ms;
}

static void draw(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0x5A, len);
}

/* One cloud for all texts, as a broker's plugin has one for all messages. */
static struct cloud *the_cloud(void)
{
	static struct cloud *cloud;
	struct text complaints = { 0 };
	struct cloud_config config = { .world = { clock_now, draw, NULL }, .seed = 1 };
	struct cloud_file *file;
	char error[300];

	if (cloud)
		return cloud;
	file = cloud_file_parse("fuzz", "/nowhere", cloud_text, strlen(cloud_text), &complaints);
	check(file);
	config.file = file;
	cloud = cloud_new(&config, error, sizeof(error));
	check(cloud);
	cloud_file_free(file);
	text_free(&complaints);
	return cloud;
}

/* The connect reference's test vector (1.3); _ss=1, so that every reply is sent. */
static uint64_t come_in(struct cloud *cloud, struct effects *out)
{
	struct connect in = {
		.client_id = "gw-0001.fw|securemode=3,signmethod=hmacsha256,timestamp=1700000000000,_ss=1|",
		.user_name = "gw-0001&a1EmuGate01", .password = "e6790d6140704a2373d3a2d62e35577bc43213b796b8e42874a8b8c82b9fb07f",
		.protocol = 4, .keepalive_s = 60, .clean = true, .transport = TRANSPORT_TCP,
	};
	struct connected connected;

	check(cloud_connect(cloud, &in, &connected, out) == CONNACK_ACCEPTED);
	return connected.number;
}

static void judge_reply(const struct effect *effect)
{
	bool raw = strstr(effect->topic, "/thing/model/up_raw_reply");   /* bytes have no method */
	cJSON *reply;

	/* A piece of a file: a head in JSON with its length before it, then bytes. */
	if (strstr(effect->topic, "/thing/file/download_reply"))
		return;
	reply = cJSON_ParseWithLength(effect->payload, effect->payload_len);
	output = effect->payload;
	check(cJSON_IsObject(reply) && cJSON_GetArraySize(reply) == (raw ? 5 : 6));
	check(cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(reply, "code")));
	check(cJSON_GetObjectItemCaseSensitive(reply, "code")->valueint == effect->code);
	check(cJSON_HasObjectItem(reply, "data"));
	check(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(reply, "id")));
	check(*cJSON_GetObjectItemCaseSensitive(reply, "id")->valuestring);
	check(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(reply, "message")));
	check(raw || cJSON_IsString(cJSON_GetObjectItemCaseSensitive(reply, "method")));
	check(!strcmp(cJSON_GetObjectItemCaseSensitive(reply, "version")->valuestring, "1.0"));
	cJSON_Delete(reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct effects out;
	static uint64_t gateway;
	struct cloud *cloud = the_cloud();
	const uint8_t *end = memchr(data, '\n', size);
	size_t topic_len = end ? (size_t)(end - data) : size, i;
	char *topic = strndup((const char *)data, topic_len);
	struct message in = { .topic = topic, .qos = 1 };

	input = data;
	input_len = size;
	output = "";
	check(topic);
	if (end) {
		in.payload = (const char *)end + 1;
		in.payload_len = size - topic_len - 1;
	}
	if (!gateway)
		gateway = come_in(cloud, &out);
	effects_clear(&out);
	check(cloud_message(cloud, gateway, &in, &out) != MESSAGE_ROUTED);
	now_ms += 1000;
	cloud_tick(cloud, &out);
	check(!cloud_commit(cloud));
	check(!out.failed);
	for (i = 0; i < out.count; i++) {
		const struct effect *effect = &out.at[i];

		check(effect->kind == EFFECT_PUBLISH && effect->connection == gateway);
		check(strstr(effect->topic, "/a1EmuGate01/gw-0001") || strstr(effect->topic, "/a1EmuSub001/node_0001"));
		if (effect->role == ROLE_REPLY && effect->code && !strncmp(effect->topic, "/sys/", 5))
			judge_reply(effect);
	}
	free(topic);
	return 0;
}

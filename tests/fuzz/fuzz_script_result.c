/*
 * What a script returned, whatever it is: as a frame of the process that ran it, and as the result of every kind of
 * call. The cloud takes it, and afterwards nothing of the call is left: no script under way, no caller without its
 * answer, no payload that its device could not have been sent.
 *
 * An input is a letter for the kind of call (m message, a answer, r response over RRPC, c custom topic, w request
 * to be written), one for the code (below), and what the script returned.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "cloud.h"
#include "code.h"
#include "json.h"
#include "script/frame.h"
#include "sign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(expression) \
	do { \
		if (!(expression)) \
			surprise(__LINE__, #expression); \
	} while (0)

static void surprise(int line, const char *expression)
{
	fprintf(stderr, "fuzz_script_result.c:%d: not so: %s\n", line, expression);
	abort();
}

#define NAMES "/sys/a1Raw000001/dev1/"

static int64_t now_ms = 1700000000000;
static struct cloud *cloud;
static struct effects out;
static size_t seen;              /* effects looked at */
static uint64_t connection, ticket, script;   /* script: the call under way; 0: none */
static unsigned answers;         /* to `ticket` */

static int64_t clock_ms(void *ctx)
{
	(void)ctx;
	return now_ms;
}

static void draw(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0x5A, len);
}

static void start(void)
{
	static const char file_text[] =
		"{\"cloud\":1,\"limits\":{\"logRecords\":100,\"historySamples\":100},\"options\":{\"rawReplyFallback\":\"json\"},"
		"\"products\":[{\"productKey\":\"a1Raw000001\",\"nodeType\":\"gateway\",\"dataFormat\":\"raw\",\"tsl\":{\"properties\":["
		"{\"identifier\":\"n\",\"name\":\"n\",\"accessMode\":\"rw\",\"required\":false,\"dataType\":{\"type\":\"int\",\"specs\":"
		"{\"min\":\"0\",\"max\":\"9\"}}}],\"events\":[{\"identifier\":\"e\",\"name\":\"e\",\"type\":\"info\",\"required\":false,"
		"\"outputData\":[]}],\"services\":[{\"identifier\":\"s\",\"name\":\"s\",\"required\":false,\"callType\":\"async\","
		"\"inputData\":[],\"outputData\":[]}]}}],"
		"\"devices\":[{\"productKey\":\"a1Raw000001\",\"deviceName\":\"dev1\",\"deviceSecret\":\"00000000000000000000000000000000\"}]}";
	static const char signed_text[] = "clientIdxdeviceNamedev1productKeya1Raw000001";
	static const char set_script[] =
		"{\"id\":1,\"method\":\"PUT\",\"path\":\"/products/a1Raw000001/script\",\"body\":{\"script\":\"is never run here\"}}";
	struct cloud_config config = { .world = { clock_ms, draw, NULL }, .seed = 1 };
	struct text complaints = { 0 };
	struct cloud_file *file = cloud_file_parse("c", "/nowhere", file_text, strlen(file_text), &complaints);
	char error[300], password[SIGN_HEX_MAX];
	struct connected login;
	struct connect in = {
		.client_id = "x|securemode=3,signmethod=hmacsha256,_ss=1|", .user_name = "dev1&a1Raw000001", .password = password,
		.protocol = 4, .keepalive_s = 60, .clean = true,
	};

	if (!file) {
		fputs(text_string(&complaints), stderr);
		exit(2);
	}
	text_free(&complaints);
	config.file = file;
	cloud = cloud_new(&config, error, sizeof(error));
	check(cloud);
	cloud_file_free(file);
	sign_hex(SIGN_SHA256, "00000000000000000000000000000000", signed_text, strlen(signed_text), password);
	check(cloud_connect(cloud, &in, &login, &out) == CONNACK_ACCEPTED);
	connection = login.number;
	api_handle(cloud, ++ticket, set_script, strlen(set_script), &out);
}

/* What came of the last step. */
static void look(void)
{
	for (; seen < out.count; seen++) {
		const struct effect *effect = &out.at[seen];
		struct json_doc doc = { 0 };

		switch (effect->kind) {
		case EFFECT_SCRIPT:
			check(!script && effect->ticket);
			script = effect->ticket;
			break;
		case EFFECT_ANSWER:
			check(!json_parse(&doc, effect->payload, effect->payload_len, JSON_STRICT, NULL));
			json_doc_free(&doc);
			answers += effect->ticket == ticket;
			break;
		case EFFECT_PUBLISH:
			check(effect->connection == connection && !strncmp(effect->topic, "/", 1));
			check(effect->payload[effect->payload_len] == '\0');
			break;
		case EFFECT_KICK:
			check(!"no script ends a connection");
		}
	}
}

static void give(int code, const char *output, size_t len)
{
	struct script_result result = {
		.code = code, .why = code == CODE_SUCCESS ? NULL : "because", .output = output, .output_len = len,
		.console = len % 2 ? "said\n" : "", .console_len = len % 2 ? 5 : 0,
	};
	uint64_t given = script;

	check(script);
	script = 0;
	cloud_script_result(cloud, given, &result, &out);
	look();
	/* It counts once. */
	cloud_script_result(cloud, given, &result, &out);
	look();
}

static void publish(const char *topic)
{
	const struct message in = { .topic = topic, .payload = "\1\2", .payload_len = 2 };

	cloud_message(cloud, connection, &in, &out);
	look();
}

static void call_service(bool sync)
{
	static const char requests[2][120] = {
		"{\"id\":1,\"method\":\"POST\",\"path\":\"/services/a1Raw000001/dev1/s\",\"body\":{\"sync\":false}}",
		"{\"id\":1,\"method\":\"POST\",\"path\":\"/services/a1Raw000001/dev1/s\",\"body\":{\"sync\":true}}",
	};

	api_handle(cloud, ++ticket, requests[sync], strlen(requests[sync]), &out);
	look();
}

/* The topic that the device answers the last RRPC on. */
static const char *response_topic(void)
{
	static char topic[200];
	size_t i;

	for (i = out.count; i-- > 0; )
		if (out.at[i].kind == EFFECT_PUBLISH && strstr(out.at[i].topic, "/rrpc/request/")) {
			snprintf(topic, sizeof(topic), NAMES "rrpc/response/%s", strrchr(out.at[i].topic, '/') + 1);
			return topic;
		}
	check(!"the request was sent");
	return NULL;
}

static bool prepare(char kind)
{
	switch (kind) {
	case 'm':
		publish(NAMES "thing/model/up_raw");
		return true;
	case 'c':
		publish("/a1Raw000001/dev1/user/update?_sn=default");
		return true;
	case 'a':
		call_service(false);
		give(CODE_SUCCESS, "\1", 1);
		publish(NAMES "thing/model/down_raw_reply");
		return true;
	case 'r':
		call_service(true);
		give(CODE_SUCCESS, "\1", 1);
		publish(response_topic());
		return true;
	case 'w':
		call_service(false);
		return true;
	default:
		return false;
	}
}

static void judge_frame(const char *bytes, size_t len)
{
	struct script_result result;
	ssize_t used = frame_read_result(bytes, len, &result);
	struct text frame = { 0 };

	check(used >= -1 && used <= (ssize_t)len);
	if (used > 0) {
		check(result.output && result.console);
		check(result.output + result.output_len < bytes + len && !result.output[result.output_len]);
		check(result.console + result.console_len < bytes + len && !result.console[result.console_len]);
		check(!result.why || result.why + strlen(result.why) < bytes + len);
	}
	/* What is written is read. */
	result = (struct script_result){ .code = CODE_NOT_JSON, .why = "w", .output = bytes, .output_len = len, .console = "" };
	frame_add_result(&frame, &result);
	used = frame_read_result(frame.at, frame.len, &result);
	check(used == (ssize_t)frame.len && result.output_len == len && !memcmp(result.output, bytes, len));
	check(frame_read_result(frame.at, frame.len - 1, &result) == 0);
	text_free(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int codes[] = { 200, 26001, 26002, 26003, 26006, 26007, 6201, 6207, 26015 };
	char *text;
	int code;

	judge_frame((const char *)data, size);
	if (!cloud)
		start();
	effects_clear(&out);
	seen = answers = 0;
	if (size < 2 || !prepare((char)data[0]))
		return 0;
	code = codes[(data[1] - '0') % (sizeof(codes) / sizeof(codes[0]))];
	text = malloc(size - 1);
	check(text);
	memcpy(text, data + 2, size - 2);
	text[size - 2] = '\0';
	give(code, text, size - 2);
	if (script)
		give(CODE_SUCCESS, "\2", 1);     /* of the reply */
	free(text);
	check(!script);
	/* Whoever asked is told, at the latest when the time is over; then nobody remembers. */
	now_ms += 100000;
	cloud_tick(cloud, &out);
	now_ms += 100000;
	cloud_tick(cloud, &out);
	look();
	check(answers == (data[0] == 'a' || data[0] == 'r' || data[0] == 'w'));
	check(cloud_next_ms(cloud) == INT64_MAX);
	check(!cloud_commit(cloud));
	return 0;
}

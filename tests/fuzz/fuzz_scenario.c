/*
 * Scenario files from memory. One is loaded, or refused with complaints that each name a place in it and change
 * nothing. What was loaded then meets some of everything that can happen, and ends.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "cloud.h"
#include "scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(expression) \
	do { \
		if (!(expression)) \
			surprise(__LINE__, #expression); \
	} while (0)

static void surprise(int line, const char *expression)
{
	fprintf(stderr, "fuzz_scenario.c:%d: not so: %s\n", line, expression);
	abort();
}

static int64_t now = 1700000000000;

static int64_t now_ms(void *ctx)
{
	(void)ctx;
	return now;
}

static void draw(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 1, len);
}

/* One cloud for all: a scenario leaves nothing in it that the next one meets. */
static struct cloud *cloud_of(void)
{
	static const char text[] = "{\"cloud\":1,\"products\":[{\"productKey\":\"a1Thermo001\",\"validation\":\"weak\",\"tsl\":{\"properties\":["
		"{\"identifier\":\"temp\",\"name\":\"t\",\"accessMode\":\"rw\",\"required\":false,\"dataType\":{\"type\":\"int\",\"specs\":"
		"{\"min\":\"-40\",\"max\":\"120\"}}}],\"events\":[],\"services\":[]}}],\"options\":{\"platformRules\":true,\"autoSubscribe\":\"always\"},"
		"\"devices\":[{\"productKey\":\"a1Thermo001\",\"deviceName\":\"dev1\",\"deviceSecret\":\"0123456789abcdef0123456789abcdef\"}]}";
	static struct cloud *cloud;
	struct text complaints = { 0 };
	struct cloud_config config = { .world = { now_ms, draw, NULL }, .seed = 1 };
	struct cloud_file *file;
	char error[300];

	if (cloud)
		return cloud;
	file = cloud_file_parse("c", "/nowhere", text, strlen(text), &complaints);
	check(file);
	config.file = file;
	cloud = cloud_new(&config, error, sizeof(error));
	check(cloud);
	cloud_file_free(file);
	text_free(&complaints);
	return cloud;
}

/* `s:LINE:COLUMN: …`, the last lines apart that say how many more there are. Returns the errors among them. */
static int judge_complaints(const char *line, size_t size)
{
	int errors = 0, lines = 0;

	for (; *line; line = strchr(line, '\n') + 1) {
		unsigned row = 0, column = 0;
		int used = 0;

		check(strchr(line, '\n'));
		check(lines++ < 156);
		if (!strncmp(line, "and ", 4))
			continue;
		check(sscanf(line, "s:%u:%u: %n", &row, &column, &used) == 2 && used);
		check(row >= 1 && row <= size + 1 && column >= 1 && column <= size + 1);
		check(isgraph((unsigned char)line[used]));
		errors += strncmp(line + used, "warning: ", 9) != 0;
	}
	return errors;
}

static void turn(struct cloud *cloud, int64_t ms, struct effects *out)
{
	now += ms;
	cloud_tick(cloud, out);
	check(!cloud_commit(cloud));
	effects_clear(out);
}

/* Some of everything that a rule could be about. */
static void live(struct cloud *cloud, struct effects *out)
{
	/* echo -n clientIdcdeviceNamedev1productKeya1Thermo001 | openssl sha1 -hmac 0123456789abcdef0123456789abcdef */
	static const struct connect in = {
		.client_id = "c|securemode=3,signmethod=hmacsha1|", .user_name = "dev1&a1Thermo001",
		.password = "c300a211f420d7885e5af4387f92a2db2c8ca7cf", .address = "", .protocol = 4, .keepalive_s = 60, .clean = true,
	};
	static const struct { const char *topic, *payload; } messages[] = {
		{ "/sys/a1Thermo001/dev1/thing/event/property/post", "{\"id\":\"1\",\"method\":\"thing.event.property.post\",\"params\":{\"temp\":21}}" },
		{ "/sys/a1Thermo001/dev1/thing/event/property/post", "{\"id\":\"1\"," },
		{ "/sys/a1Thermo001/dev1/thing/service/property/set_reply", "{\"id\":\"1\",\"code\":200,\"data\":{}}" },
		{ "/shadow/update/a1Thermo001/dev1", "{\"method\":\"get\"}" },
		{ "/a1Thermo001/dev1/user/update", "\xFF\xFE" },
	};
	static const char request[] = "{\"id\":1,\"method\":\"POST\",\"path\":\"/properties/a1Thermo001/dev1\",\"body\":{\"params\":{\"temp\":1}}}";
	struct connected connected = { 0 };
	size_t i;

	cloud_connect(cloud, &in, &connected, out);
	turn(cloud, 10, out);
	cloud_subscribe(cloud, connected.number, "/sys/a1Thermo001/dev1/thing/service/property/set", 1, out);
	for (i = 0; i < 2 * sizeof(messages) / sizeof(messages[0]); i++) {
		const char *payload = messages[i / 2].payload;
		struct message message = { .topic = messages[i / 2].topic, .payload = payload, .payload_len = strlen(payload), .qos = (int)(i & 1) };

		cloud_message(cloud, connected.number, &message, out);
		turn(cloud, 300, out);
	}
	api_handle(cloud, 5, request, strlen(request), out);
	turn(cloud, 1000, out);
	cloud_unsubscribe(cloud, connected.number, "/sys/a1Thermo001/dev1/thing/service/property/set", out);
	turn(cloud, 60000, out);
	cloud_disconnect(cloud, connected.number, DISCONNECT_LOST, out);
	turn(cloud, 1000, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cloud *cloud = cloud_of();
	struct scenario_source source = { "s", (const char *)data, size };
	struct text complaints = { 0 }, report = { 0 };
	struct effects out = { 0 };
	const char *name = scenario_load(cloud, &source, &complaints, &out);
	int errors = judge_complaints(text_string(&complaints), size);
	char copy[80] = "";

	check(!name == (errors > 0));
	if (name) {
		snprintf(copy, sizeof(copy), "%s", name);
		live(cloud, &out);
		check(scenario_stop(cloud, copy, "that is it", &out));
		check(scenario_write_report(cloud, copy, &report));
		check(scenario_unload(cloud, copy, &out));
		turn(cloud, 1, &out);
	}
	scenario_write_list(cloud, &report);
	check(!cloud->watched);
	effects_free(&out);
	text_free(&complaints);
	text_free(&report);
	return 0;
}

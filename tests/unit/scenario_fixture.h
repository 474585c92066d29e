/* A cloud with two thermostats and scenarios, on a clock that the test moves. */
#ifndef SCENARIO_FIXTURE_H
#define SCENARIO_FIXTURE_H

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud.h"
#include "json.h"
#include "scenario.h"
#include "sign.h"
#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define STAGE_NOW 1700000000000
#define STAGE_PRODUCT "a1Thermo001"

struct stage {
	struct cloud_file *file;
	struct cloud      *cloud;
	struct effects     out;
	int64_t            now_ms;
	uint64_t           numbers[3];      /* connections of dev1, dev2 */
	int                ids;
	struct text        report;
};

static struct stage stage;

static inline int64_t stage_now(void *ctx)
{
	(void)ctx;
	return stage.now_ms;
}

static inline void stage_random(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 7, len);
}

/* Everything that has become due. */
static inline void stage_turn(void)
{
	cloud_tick(stage.cloud, &stage.out);
	ck_assert_int_eq(cloud_commit(stage.cloud), 0);
}

static inline enum connack stage_connect(int device)
{
	static const char *const secrets[] = { "", "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210" };
	char client[80], user[80], content[200], password[SIGN_HEX_MAX];
	struct connect in = {
		.client_id = client, .user_name = user, .password = password, .protocol = 4, .keepalive_s = 60, .clean = true,
		.address = "127.0.0.1", .transport = TRANSPORT_TCP,
	};
	struct connected connected;
	enum connack connack;

	snprintf(client, sizeof(client), "c%d|securemode=3,signmethod=hmacsha256,_ss=1|", device);
	snprintf(user, sizeof(user), "dev%d&" STAGE_PRODUCT, device);
	snprintf(content, sizeof(content), "clientIdc%ddeviceNamedev%dproductKey" STAGE_PRODUCT, device, device);
	sign_hex(SIGN_SHA256, secrets[device], content, strlen(content), password);
	effects_clear(&stage.out);
	connack = cloud_connect(stage.cloud, &in, &connected, &stage.out);
	stage.numbers[device] = connected.number;
	stage_turn();
	return connack;
}

static inline void stage_open_seeded(uint64_t seed, bool given)
{
	static const char *const paths[] = { TESTS "/transcripts/cloud.json" };
	struct text complaints = { 0 };
	struct cloud_config config = { .world = { stage_now, stage_random, NULL }, .seed = seed, .seed_given = given };
	char error[300];

	stage = (struct stage){ .now_ms = STAGE_NOW };
	stage.file = cloud_file_read(paths, 1, &complaints);
	ck_assert_msg(stage.file, "%s", text_string(&complaints));
	config.file = stage.file;
	stage.cloud = cloud_new(&config, error, sizeof(error));
	ck_assert_msg(stage.cloud, "%s", error);
	text_free(&complaints);
}

static inline void stage_open(void)
{
	stage_open_seeded(1, false);
	ck_assert_int_eq(stage_connect(1), CONNACK_ACCEPTED);
	ck_assert_int_eq(stage_connect(2), CONNACK_ACCEPTED);
}

static inline void stage_close(void)
{
	effects_free(&stage.out);
	text_free(&stage.report);
	cloud_free(stage.cloud);
	cloud_file_free(stage.file);
}

static inline void stage_load(const char *json)
{
	struct scenario_source source = { "test.json", json, strlen(json) };
	struct text complaints = { 0 };
	const char *name = scenario_load(stage.cloud, &source, &complaints, &stage.out);

	ck_assert_msg(name, "%s\n%s", json, text_string(&complaints));
	text_free(&complaints);
}

static inline void stage_advance(int64_t ms)
{
	stage.now_ms += ms;
	effects_clear(&stage.out);
	stage_turn();
}

/* A message of a device; what comes of it at once is in stage.out. */
static inline void stage_send(int device, const char *path, const char *payload)
{
	char topic[200];
	struct message in = { .topic = topic, .payload = payload, .payload_len = strlen(payload) };

	snprintf(topic, sizeof(topic), "/sys/" STAGE_PRODUCT "/dev%d/%s", device, path);
	effects_clear(&stage.out);
	cloud_message(stage.cloud, stage.numbers[device], &in, &stage.out);
	stage_turn();
}

static inline void stage_post(int device, int temp)
{
	char payload[200];

	snprintf(payload, sizeof(payload), "{\"id\":\"%d\",\"method\":\"thing.event.property.post\",\"params\":{\"temp\":%d}}",
	         ++stage.ids, temp);
	stage_send(device, "thing/event/property/post", payload);
}

/* The code of the first answer there is; 0: none. */
static inline int stage_code(void)
{
	struct json_doc doc = { 0 };
	int64_t code = 0;
	size_t i;

	for (i = 0; i < stage.out.count && !code; i++)
		if (stage.out.at[i].kind == EFFECT_PUBLISH &&
		    !json_parse(&doc, stage.out.at[i].payload, stage.out.at[i].payload_len, JSON_STRICT, NULL))
			json_int64(json_get(json_root(&doc), "code"), &code);
	json_doc_free(&doc);
	return (int)code;
}

/* The report of a scenario, after its end; lives until the next one. */
static inline const char *stage_report(const char *name)
{
	text_clear(&stage.report);
	ck_assert(scenario_stop(stage.cloud, name, "the test ends it", &stage.out));
	ck_assert(scenario_write_report(stage.cloud, name, &stage.report));
	return text_string(&stage.report);
}

#endif

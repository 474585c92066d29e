/* A small cloud for tests: the reference's example identities, a clock that stands still, chance that repeats. */
#ifndef CLOUD_FIXTURE_H
#define CLOUD_FIXTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud.h"
#include "state.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int64_t fixture_now_ms = 1700000000000;

static inline int64_t fixture_clock(void *ctx)
{
	(void)ctx;
	return fixture_now_ms;
}

static inline void fixture_draw(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0x5A, len);
}

#define FIXTURE_PRODUCTS "'products':[" \
	"{'productKey':'a1EmuGate01','productSecret':'PsEmu0123456789','nodeType':'gateway','dynamicRegistration':true}," \
	"{'productKey':'a1EmuSub001','productSecret':'PsEmu9876543210','nodeType':'sub-device'}]"
#define FIXTURE_DEVICES "'devices':[" \
	"{'productKey':'a1EmuGate01','deviceName':'gw-0001','deviceSecret':'0123456789abcdef0123456789abcdef'}," \
	"{'productKey':'a1EmuGate01','deviceName':'gw-0002','deviceSecret':'fedcba9876543210fedcba9876543210'}," \
	"{'productKey':'a1EmuSub001','deviceName':'node_0001','deviceSecret':'fedcba9876543210fedcba9876543210'," \
	"'gateway':'a1EmuGate01/gw-0001'}]"

/* `settings`, with ' for ": further members of the cloud file, "'options':{…}," or "". */
static inline struct cloud *fixture_cloud(const char *settings)
{
	char text[4096], error[300] = "", *at;
	struct text complaints = { 0 };
	struct cloud_config config = { .world = { fixture_clock, fixture_draw, NULL }, .seed = 1 };
	struct cloud_file *file;
	struct cloud *cloud;

	snprintf(text, sizeof(text), "{'cloud':1,%s" FIXTURE_PRODUCTS "," FIXTURE_DEVICES "}", settings);
	for (at = text; (at = strchr(at, '\'')); )
		*at = '"';
	file = cloud_file_parse("fixture", ".", text, strlen(text), &complaints);
	ck_assert_msg(file != NULL, "%s", text_string(&complaints));
	text_free(&complaints);
	config.file = file;
	cloud = cloud_new(&config, error, sizeof(error));
	ck_assert_msg(cloud != NULL, "%s", error);
	cloud_file_free(file);
	return cloud;
}

#endif

#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void report_write(char *at, uint32_t id)
{
	char text[REPORT_LEN + 1];
	struct timespec now;
	int64_t now_ms;
	int len;

	clock_gettime(CLOCK_REALTIME, &now);
	now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	len = snprintf(text, sizeof(text),
	               "{\"id\":\"%010" PRIu32 "\",\"version\":\"1.0\",\"params\":{"
	               "\"temperature\":{\"value\":%u.%02u,\"time\":%013" PRId64 "},"
	               "\"humidity\":{\"value\":%u.%u,\"time\":%013" PRId64 "},"
	               "\"target\":{\"value\":%u.%u,\"time\":%013" PRId64 "},"
	               "\"mode\":%u,"
	               "\"display\":\"thermostat in the attic, on mains, report %010" PRIu32 "\"},"
	               "\"method\":\"thing.event.property.post\"}",
	               id, 10 + id % 30, id % 100, now_ms, 10 + id % 90, id % 10, now_ms,
	               10 + id % 20, id % 10, now_ms, id % 4, id);
	if (len != REPORT_LEN) {
		fprintf(stderr, "a report of %d bytes instead of %d\n", len, REPORT_LEN);
		exit(2);
	}
	memcpy(at, text, REPORT_LEN);
}

static bool contains(const char *bytes, size_t len, const char *wanted)
{
	return memmem(bytes, len, wanted, strlen(wanted)) != NULL;
}

bool report_is_accepted(uint32_t id, const char *reply, size_t len)
{
	char id_member[32];

	snprintf(id_member, sizeof(id_member), "\"id\":\"%010" PRIu32 "\"", id);
	return contains(reply, len, id_member) && contains(reply, len, "\"code\":200,") &&
	       contains(reply, len, "\"data\":{}");
}

/* 00 id:4 temperature:2 humidity:2 target:2 mode:1, big endian; the first two in tenths and hundredths as above. */
void raw_report_write(char *at, uint32_t id)
{
	unsigned temperature = (10 + id % 30) * 100 + id % 100, humidity = (10 + id % 90) * 10 + id % 10;
	unsigned target = (10 + id % 20) * 10 + id % 10;
	const unsigned char bytes[RAW_REPORT_LEN] = {
		0, (unsigned char)(id >> 24), (unsigned char)(id >> 16), (unsigned char)(id >> 8), (unsigned char)id,
		(unsigned char)(temperature >> 8), (unsigned char)temperature, (unsigned char)(humidity >> 8), (unsigned char)humidity,
		(unsigned char)(target >> 8), (unsigned char)target, (unsigned char)(id % 4),
	};

	memcpy(at, bytes, sizeof(bytes));
}

/* 02 id:4 code:1 */
bool raw_report_is_accepted(uint32_t id, const char *reply, size_t len)
{
	const unsigned char wanted[6] = {
		2, (unsigned char)(id >> 24), (unsigned char)(id >> 16), (unsigned char)(id >> 8), (unsigned char)id, 200,
	};

	return len == sizeof(wanted) && !memcmp(reply, wanted, sizeof(wanted));
}

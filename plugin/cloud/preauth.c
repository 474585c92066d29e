#include "preauth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connect.h"

#define VALID_MS (7 * 24 * 3600 * 1000LL)

/* guess: the form of a token is the platform's secret: ours is a time in ms and an HMAC over it. */
int iot_token_write(const struct device *device, int64_t issued_ms, struct text *out)
{
	char content[160], hex[SIGN_HEX_MAX];

	snprintf(content, sizeof(content), "iotToken%s%" PRId64, device->iot_id, issued_ms);
	if (sign_hex(SIGN_SHA256, device->secret, content, strlen(content), hex))
		return -1;
	text_addf(out, "%" PRId64 "-%.40s", issued_ms, hex);
	return 0;
}

bool iot_token_valid(const struct device *device, const char *token, int64_t now_ms, struct text *why)
{
	int64_t issued_ms = strtoll(token, NULL, 10);
	struct text expected = { 0 };
	bool same = !iot_token_write(device, issued_ms, &expected) && !strcmp(text_string(&expected), token);

	text_free(&expected);
	if (!same)
		text_add(why, "the iotToken is not this device's (POST /auth/devicename issues one)");
	else if (now_ms - issued_ms > VALID_MS)
		text_add(why, "the iotToken is older than 7 days");
	else
		return true;
	return false;
}

/* doc: with a wrong iotId or iotToken the CONNACK is 3. */
enum connack judge_preauth(struct judged *judged)
{
	const char *iot_id = judged->in->user_name ? judged->in->user_name : "";
	const char *token = judged->in->password ? judged->in->password : "";
	int64_t id = 0;

	if (store_find_iot_id(judged->cloud->store, iot_id, &id) < 0)
		return judge_refuse(judged, CONNACK_UNAVAILABLE, CODE_SERVER_ERROR);
	judged->device = device_get(judged->cloud, id);
	if (!judged->device) {
		text_addf(judged->why, "no device has the iotId `%s`, which securemode=%s asks for as user name", iot_id,
		          judged->id.secure_mode);
		return judge_refuse(judged, CONNACK_UNAVAILABLE, CODE_DEVICE_NOT_FOUND);
	}
	judged->product = judged->device->product;
	if (!iot_token_valid(judged->device, token, cloud_now(judged->cloud), judged->why))
		return judge_refuse(judged, CONNACK_UNAVAILABLE, CODE_INVALID_TOKEN);
	return judge_accept(judged);
}

#include "api_call.h"

int api_clock_show(struct api_call *call)
{
	const struct cloud *cloud = call->cloud;

	text_addf(call->answer, "{\"mode\":\"%s\",\"now\":%lld,\"world\":%lld,\"ntpSkewMs\":%lld", clock_mode_name(cloud->clock.mode),
	          (long long)cloud_now(cloud), (long long)cloud_world_now(cloud), (long long)cloud->clock.ntp_skew_ms);
	if (cloud->clock.mode == CLOCK_SCALED)
		text_addf(call->answer, ",\"scale\":%g", cloud->clock.scale);
	text_add_char(call->answer, '}');
	return 200;
}

/* Forward only: what is planned comes due, and nothing is asked to happen twice. */
int api_clock_set(struct api_call *call)
{
	int64_t now_ms = cloud_now(call->cloud), ahead_ms = 0, set_ms;
	struct json advance = json_get(call->body, "advanceMs"), set = json_get(call->body, "set");

	if (json_present(advance) == json_present(set))
		return api_refuse(call, 400, "BadRequest", "give either `advanceMs` or `set`");
	if (json_int64(set, &set_ms))
		ahead_ms = set_ms - now_ms;
	else
		json_int64(advance, &ahead_ms);
	if (ahead_ms < 0 || ahead_ms > INT64_C(10) * 365 * 86400 * 1000)
		return api_refuse(call, 409, "Conflict", "the clock goes forward only, and at most ten years at once: it is %lld now",
		                  (long long)now_ms);
	clock_advance(call->cloud, ahead_ms);
	return api_clock_show(call);
}

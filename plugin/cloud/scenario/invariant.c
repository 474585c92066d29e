/* What a device promises always. */
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "sample.h"

#define ANSWER_WITHIN_MS 10000      /* guess: C-SDK 3 answers at once; what takes longer than this is not answered */

#define ON(name) (1u << EVENT_##name)

static void ids_see(struct expect *expect, struct happening *happening)
{
	if (happening->event == EVENT_PUBLISH_UP && happening->flight && happening->again)
		expect_fail(expect, "%s sent %s with id %s while one of that id was under way", happening_key(happening, PER_DEVICE),
		            happening->operation, happening_id(happening));
}

static void answers_see(struct expect *expect, struct happening *happening)
{
	if (happening->event == EVENT_PUBLISH_UP && happening->answers && happening->flight && happening->flight->answers > 1)
		expect_fail(expect, "%s answered id %s (%s) %llu times", happening_key(happening, PER_DEVICE), happening_id(happening),
		            happening->flight->operation, (unsigned long long)happening->flight->answers);
}

static void answers_end(struct expect *expect)
{
	struct scenarios *engine = expect->scenario->engine;
	int64_t limit_ms = expect->within_ms ? expect->within_ms : ANSWER_WITHIN_MS, now_ms = cloud_now(engine->cloud);
	struct flight *flight;

	for (flight = engine->flights; flight; flight = flight->hh.next)
		if (flight->down && !flight->answers && now_ms - flight->since_ms > limit_ms)
			expect_fail(expect, "%s did not answer %s", flight->who, flight->operation);
}

static void reply_ids_see(struct expect *expect, struct happening *happening)
{
	if (happening->event == EVENT_PUBLISH_UP && happening->answers && !happening->flight)
		expect_fail(expect, "%s answered with id %s, which no request has", happening_key(happening, PER_DEVICE),
		            happening_id(happening));
}

/* The step of a progress report: a string, from some clients a number. False when there is none. */
static bool progress_step(struct happening *happening, int64_t *step)
{
	struct json value = json_get(happening_params(happening), "step");
	char text[24], *end;

	if (json_int64(value, step))
		return true;
	if (json_string(value, text, sizeof(text)) <= 0)
		return false;
	*step = strtoll(text, &end, 10);
	return !*end;
}

static void ota_see(struct expect *expect, struct happening *happening)
{
	struct scenarios *engine = expect->scenario->engine;
	struct tally *last = tally_of(engine, &expect->tallies, happening_key(happening, PER_DEVICE), true);
	int64_t step;

	if (!last)
		return;
	/* A new package, or the version that a device starts with, begins a new attempt. */
	if (!strncmp(happening->topic, "/ota/device/upgrade/", 20) || !strncmp(happening->topic, "/ota/device/inform/", 19)) {
		last->last_ms = 0;
		return;
	}
	if (strncmp(happening->topic, "/ota/device/progress/", 21) || !progress_step(happening, &step))
		return;
	if (step >= 0 && step < last->last_ms)
		expect_fail(expect, "%s reported %lld after %lld", happening_key(happening, PER_DEVICE), (long long)step, (long long)last->last_ms);
	last->last_ms = step < 0 ? 0 : step;     /* a failure ends the attempt */
}

static void tsl_see(struct expect *expect, struct happening *happening)
{
	const struct tsl *tsl = happening->device ? happening->device->product->tsl : NULL;
	struct json params = happening_params(happening), unused;

	if (!tsl || strcmp(happening->alink_method, "thing.event.property.post"))
		return;
	json_each(member, params) {
		char name[NAME_MAX_BYTES];
		int row = json_string(json_key(member), name, sizeof(name)) < 0 ? -1 : tsl_find_property(tsl, name, strlen(name));

		if (row < 0)
			expect_fail(expect, "%s posted `%s`, which the model lacks", happening_key(happening, PER_DEVICE), name);
		else if (tsl_check(&tsl->properties[row].spec, sample_unwrap(member, &unused), name, VALIDATION_STRONG,
		                   &happening->cloud->settings, NULL) != CODE_SUCCESS)
			expect_fail(expect, "%s posted a `%s` that the model does not allow", happening_key(happening, PER_DEVICE), name);
	}
}

static void keepalive_see(struct expect *expect, struct happening *happening)
{
	if (happening->event == EVENT_DISCONNECT && happening->change && !strcmp(happening->change, "keepalive"))
		expect_fail(expect, "%s let 1.5 times its keepalive pass in silence", happening_key(happening, PER_DEVICE));
}

static const struct invariant rows[] = {
	{ "no-two-inflight-requests-share-an-id", ON(PUBLISH_UP), ids_see, NULL },
	{ "every-downlink-request-is-answered-exactly-once", ON(PUBLISH_UP) | ON(PUBLISH_DOWN), answers_see, answers_end },
	{ "replies-carry-the-request-id", ON(PUBLISH_UP) | ON(PUBLISH_DOWN), reply_ids_see, NULL },
	{ "ota-progress-never-decreases-within-an-attempt", ON(PUBLISH_UP) | ON(PUBLISH_DOWN), ota_see, NULL },
	{ "every-uplink-fits-the-tsl", ON(PUBLISH_UP), tsl_see, NULL },
	{ "keepalive-honoured", ON(DISCONNECT), keepalive_see, NULL },
};

const struct invariant *invariants(size_t *count)
{
	*count = sizeof(rows) / sizeof(rows[0]);
	return rows;
}

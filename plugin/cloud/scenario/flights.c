/* Requests that are under way between device and platform, and their answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "topic.h"

#define FLIGHTS_MAX 20000
#define LOST_MS     30000       /* guess: an answer that took longer is lost, and its id free again */

bool flights_wanted(const struct scenarios *engine)
{
	const struct scenario *scenario;
	size_t i;

	for (scenario = engine->first; scenario; scenario = scenario->next)
		for (i = 0; i < scenario->expect_count && !scenario->over; i++)
			if (scenario->expects[i].latency_ms || scenario->expects[i].kind == EXPECT_INVARIANT)
				return true;
	return false;
}

static void flight_remove(struct scenarios *engine, struct flight *flight)
{
	HASH_DELETE(hh, engine->flights, flight);
	free(flight);
}

/* Whether the platform answers such a message at all. */
static bool is_answered(struct happening *happening, const struct topic *topic)
{
	const struct method *method = method_find(topic);
	int64_t ack;

	/* doc: what a device reports of its firmware is not answered. */
	if (topic_is(topic, "/ota/device/inform/") || topic_is(topic, "/ota/device/progress/"))
		return false;
	return method && !(method->flags & (METHOD_PLAIN | METHOD_BINARY)) &&
	       !(json_int64(json_get(json_get(happening_body(happening), "sys"), "ack"), &ack) && ack == 0);
}

/* Which way a message asks, or answers. False when it does neither. */
static bool kind_of(struct happening *happening, bool *down)
{
	struct topic topic;

	if (!topic_parse(&topic, happening->topic))
		return false;
	switch (happening->event) {
	case EVENT_REPLY:
		*down = false;
		happening->answers = true;
		return true;
	case EVENT_PUBLISH_UP:
		*down = happening->answers = topic_reply_flags(&topic) & TOPIC_ANSWERED;
		return happening->answers || is_answered(happening, &topic);
	case EVENT_PUBLISH_DOWN:
		*down = true;
		return topic_flags(&topic) & TOPIC_ANSWERED;
	default:
		return false;
	}
}

static bool is_lost(const struct flight *flight, const struct happening *happening)
{
	return !flight->down && happening->now_ms - flight->since_ms >= LOST_MS;
}

/* Makes room: those that are answered are remembered only as long as there is, and those that will not be. */
static void forget_one(struct scenarios *engine, const struct happening *happening)
{
	struct flight *flight, *next;

	HASH_ITER(hh, engine->flights, flight, next)
		if (flight->answers || is_lost(flight, happening)) {
			flight_remove(engine, flight);
			return;
		}
}

static struct flight *flight_make(struct scenarios *engine, const struct text *key, bool down, const struct happening *happening)
{
	struct flight *flight;

	if (HASH_COUNT(engine->flights) >= FLIGHTS_MAX)
		forget_one(engine, happening);
	if (HASH_COUNT(engine->flights) >= FLIGHTS_MAX)
		return NULL;
	flight = calloc(1, sizeof(*flight) + key->len + 1);
	if (!flight)
		return NULL;
	memcpy(flight->key, text_string(key), key->len + 1);
	flight->down = down;
	flight->since_ms = happening->now_ms;
	flight->connection = happening->number;
	snprintf(flight->operation, sizeof(flight->operation), "%s", happening->operation);
	HASH_ADD_KEYPTR(hh, engine->flights, flight->key, key->len, flight);
	return flight;
}

void flight_see(struct scenarios *engine, struct happening *happening)
{
	struct text key = { 0 };
	struct flight *flight = NULL;
	bool down;

	happening->answers = happening->again = false;
	if (!kind_of(happening, &down) || !*happening_id(happening))
		return;
	text_addf(&key, "%s\n%c\n%s", happening_key(happening, PER_DEVICE), down ? 'd' : 'u', happening_id(happening));
	HASH_FIND(hh, engine->flights, text_string(&key), key.len, flight);
	if (happening->answers) {
		if (flight)
			flight->answers++;
	} else if (!flight) {
		flight = flight_make(engine, &key, down, happening);
	} else {
		happening->again = !flight->answers && !is_lost(flight, happening) && flight->connection == happening->number;
		flight->since_ms = happening->now_ms;
		flight->connection = happening->number;
		flight->answers = 0;
	}
	text_free(&key);
	happening->flight = flight;
}

void flight_seen(struct scenarios *engine, struct happening *happening)
{
	struct flight *flight = NULL;

	if (!happening->flight || !happening->answers || happening->flight->down)
		return;
	HASH_FIND(hh, engine->flights, happening->flight->key, strlen(happening->flight->key), flight);
	if (flight)
		flight_remove(engine, flight);
	happening->flight = NULL;
}

/* NOLINTBEGIN(clang-analyzer-unix.Malloc): uthash frees its table with the last element, when the head is NULL */
void flights_free(struct scenarios *engine)
{
	while (engine->flights)
		flight_remove(engine, engine->flights);
}
/* NOLINTEND(clang-analyzer-unix.Malloc) */

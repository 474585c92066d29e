/* Requests that are under way between device and platform, and their answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "raw.h"
#include "rrpc.h"
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

static bool is_unread(const struct happening *happening, const struct topic *topic)
{
	return happening->event == EVENT_PUBLISH_UP && !happening->alink && raw_is_message(topic);
}

/* Which way a message asks, or answers. False when it does neither. */
static bool kind_of(struct happening *happening, const struct topic *topic, bool *down)
{
	bool rrpc = rrpc_is_reply(topic);

	switch (happening->event) {
	case EVENT_REPLY:
		*down = false;
		happening->answers = true;
		return true;
	case EVENT_PUBLISH_UP:
		*down = happening->answers = rrpc || raw_is_answer(topic) || topic_reply_flags(topic) & TOPIC_ANSWERED;
		return happening->answers || is_answered(happening, happening_meant(happening));
	case EVENT_PUBLISH_DOWN:
		*down = true;
		return rrpc || topic_flags(happening_meant(happening)) & TOPIC_ANSWERED;
	default:
		return false;
	}
}

/* Whose request, which way, which one. A gateway answers RRPC for its sub-devices on a topic that names nobody. */
static void flight_key(struct happening *happening, const struct topic *topic, bool down, struct text *key)
{
	struct span rrpc = rrpc_message_id(topic);

	if (rrpc.at) {
		text_addf(key, "rrpc\n%.*s", (int)rrpc.len, rrpc.at);
	} else if (*happening_id(happening)) {
		text_addf(key, "%c\n%s\n%s", down ? 'd' : 'u', happening_key(happening, PER_DEVICE), happening_id(happening));
	}
}

static void arrival_key(const struct happening *happening, struct text *key)
{
	text_addf(key, "came\n%llu", (unsigned long long)happening->trace);
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

static struct flight *flight_make(struct scenarios *engine, const struct text *key, bool down, struct happening *happening)
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
	snprintf(flight->who, sizeof(flight->who), "%s", happening_key(happening, PER_DEVICE));
	snprintf(flight->operation, sizeof(flight->operation), "%s", happening->operation);
	HASH_ADD_KEYPTR(hh, engine->flights, flight->key, key->len, flight);
	return flight;
}

static void follow(struct scenarios *engine, struct happening *happening, const struct text *key, bool down, uint64_t came)
{
	struct flight *flight;

	HASH_FIND(hh, engine->flights, text_string(key), key->len, flight);
	if (happening->answers) {
		if (flight && !flight->answers++)
			flight->over = ++engine->flight_moment;
	} else if (!flight) {
		flight = flight_make(engine, key, down, happening);
	} else {
		happening->again = flight->connection == happening->number && !is_lost(flight, happening) &&
		                   (!flight->answers || came < flight->over);
		flight->since_ms = happening->now_ms;
		flight->connection = happening->number;
		flight->answers = 0;
	}
	happening->flight = flight;
}

static void see(struct scenarios *engine, struct happening *happening, uint64_t came)
{
	struct text key = { 0 };
	struct flight *arrival;
	struct topic topic;
	bool down = false;

	happening->answers = happening->again = happening->unread = false;
	if (!topic_parse(&topic, happening->topic))
		return;
	if (is_unread(happening, &topic)) {
		happening->unread = true;
		arrival_key(happening, &key);
		arrival = flight_make(engine, &key, false, happening);
		if (arrival)
			arrival->came = came;
	} else if (kind_of(happening, &topic, &down)) {
		flight_key(happening, &topic, down, &key);
		if (key.len)
			follow(engine, happening, &key, down, came);
	}
	text_free(&key);
}

void flight_see(struct scenarios *engine, struct happening *happening)
{
	see(engine, happening, ++engine->flight_moment);
}

bool flight_read(struct scenarios *engine, struct happening *happening)
{
	struct text key = { 0 };
	struct flight *arrival;
	uint64_t came;

	arrival_key(happening, &key);
	HASH_FIND(hh, engine->flights, text_string(&key), key.len, arrival);
	text_free(&key);
	if (!arrival)
		return false;
	happening->now_ms = arrival->since_ms;
	happening->number = arrival->connection;
	came = arrival->came;
	flight_remove(engine, arrival);
	see(engine, happening, came);
	return true;
}

/* NOLINTBEGIN(clang-analyzer-unix.Malloc): uthash frees its table with the last element, when the head is NULL */
void flights_free(struct scenarios *engine)
{
	while (engine->flights)
		flight_remove(engine, engine->flights);
}
/* NOLINTEND(clang-analyzer-unix.Malloc) */

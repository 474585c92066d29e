/* Once a turn of the broker's loop: what the cloud does by itself, the commit, and then what comes out of it all. */
#include "edge.h"

#include <stdlib.h>

#include "descriptors.h"
#include "monotonic.h"
#include "text.h"

#define CONTROL_RESPONSE CONTROL_TOPIC "/response"
#define TRY_EVERY_MS 200
#define KEEPER_EVERY_MS 1000    /* an idle 2.1 without websockets would not turn for the log, either */

static void kick_later(uint64_t number)
{
	if (edge.due_count == edge.due_size) {
		size_t size = edge.due_size ? edge.due_size * 2 : 16;
		uint64_t *grown = realloc(edge.due_kicks, size * sizeof(*grown));

		if (!grown)
			return;
		edge.due_kicks = grown;
		edge.due_size = size;
	}
	edge.due_kicks[edge.due_count++] = number;
}

/*
 * The broker holds what a plugin publishes until its next turn, but kicks at once. Kicked inside its own
 * PUBLISH a client misses the PUBACK, kicked in the turn of a publish it misses that message. So the kicks of
 * the last turn go first, then the publishes of this one.
 */
static void kick_due(void)
{
	uint64_t *kicks = edge.due_kicks;
	size_t count = edge.due_count, i;

	/* A kick calls our own disconnect callback, which may lead to further ones. */
	edge.due_kicks = NULL;
	edge.due_count = edge.due_size = 0;
	for (i = 0; i < count; i++) {
		struct client *client = client_by_number(&edge.clients, kicks[i]);

		if (client && !client->superseded)
			mosquitto_kick_client_by_clientid(client->id, false);
	}
	free(kicks);
}

static void answer(const struct effect *effect)
{
	struct ticket *ticket = ticket_find(&edge.tickets, effect->ticket);
	struct client *client;
	struct text text = { 0 };

	if (!ticket)
		return;
	client = client_by_number(&edge.clients, ticket->client);
	text_addf(&text, "{\"id\":%s,\"status\":%d,\"body\":", ticket->id, effect->status);
	text_add_bytes(&text, effect->payload, effect->payload_len);
	text_add_char(&text, '}');
	if (client && !client->superseded && !text.failed && text.len <= INT32_MAX)
		mosquitto_broker_publish_copy(client->id, CONTROL_RESPONSE, (int)text.len, text.at, 0, false, NULL);
	text_free(&text);
	ticket_remove(&edge.tickets, ticket);
}

static void perform(const struct effect *effect)
{
	struct client *client;

	switch (effect->kind) {
	case EFFECT_PUBLISH:
		client = client_by_number(&edge.clients, effect->connection);
		/* Addressed by client id it needs no subscription and meets no READ check; an id that has passed
		   to another connection would bring the message to the wrong one. */
		if (client && !client->superseded)
			mosquitto_broker_publish_copy(client->id, effect->topic, (int)effect->payload_len, effect->payload,
			                              effect->qos, false, NULL);
		break;
	case EFFECT_KICK:
		kick_later(effect->connection);
		break;
	case EFFECT_ANSWER:
		answer(effect);
		break;
	case EFFECT_SCRIPT:
		break;            /* begun already, see scripts_turn */
	}
}

void perform_lost(const struct effects *effects)
{
	struct text body = { 0 }, message = { 0 };
	struct effect told;
	size_t i;

	text_addf(&message, "the state cannot be written (%s): nothing was changed", cloud_error(edge.cloud));
	text_add(&body, "{\"code\":\"Unavailable\",\"message\":");
	text_add_json(&body, text_string(&message));
	text_add_char(&body, '}');
	text_free(&message);
	for (i = 0; i < effects->count; i++)
		if (effects->at[i].kind == EFFECT_KICK) {
			perform(&effects->at[i]);
		} else if (effects->at[i].kind == EFFECT_ANSWER) {
			told = effects->at[i];
			told.status = 503;
			told.payload = text_string(&body);
			told.payload_len = body.len;
			perform(&told);
		}
	text_free(&body);
}

/* Answered means committed: nothing leaves before what it speaks of is in the database. */
static bool commit(void)
{
	if (!cloud_commit(edge.cloud))
		return true;
	mosquitto_log_printf(MOSQ_LOG_ERR, "alink: the state cannot be written (%s): nothing is answered until it can",
	                     cloud_error(edge.cloud));
	edge.commit_failing = true;
	edge.tried_us = monotonic_us();
	perform_lost(&edge.outbox);
	effects_clear(&edge.outbox);
	cloud_undo(edge.cloud, &edge.outbox);
	perform_lost(&edge.outbox);
	effects_clear(&edge.outbox);
	return false;
}

/*
 * A turn while nothing can be written: what there is to perform is answers to who only read. Finds out when it is over.
 * True when something was performed.
 */
static bool wait_for_room(void)
{
	bool performed = edge.outbox.count > 0;
	size_t i;

	for (i = 0; i < edge.outbox.count; i++)
		if (edge.outbox.at[i].kind == EFFECT_ANSWER || edge.outbox.at[i].kind == EFFECT_KICK)
			perform(&edge.outbox.at[i]);
	effects_clear(&edge.outbox);
	if (monotonic_us() - edge.tried_us < TRY_EVERY_MS * 1000)
		return performed;
	edge.tried_us = monotonic_us();
	if (cloud_can_commit(edge.cloud, &edge.outbox)) {
		edge.commit_failing = false;
		mosquitto_log_printf(MOSQ_LOG_WARNING, "alink: the state can be written again");
	}
	performed |= edge.outbox.count > 0;
	perform_lost(&edge.outbox);
	effects_clear(&edge.outbox);
	return performed;
}

/* Debian's 2.0.11 closes such connections without a word. */
static void look_at_descriptors(void)
{
	bool out = descriptors_are_out();

	if (out && !edge.out_of_files)
		mosquitto_log_printf(MOSQ_LOG_ERR, "alink: no file descriptor is left: new connections are closed (ulimit -n)");
	if (!out && edge.out_of_files)
		mosquitto_log_printf(MOSQ_LOG_WARNING, "alink: there are file descriptors again");
	edge.out_of_files = out;
}

static void look_at_state_keeper(void)
{
	char why[300];
	int news = state_keeper_news(edge.state_keeper, why, sizeof(why));

	if (news > 0)
		mosquitto_log_printf(MOSQ_LOG_ERR, "alink: the state file's log cannot be moved into it (%s): it grows until it can", why);
	if (news < 0)
		mosquitto_log_printf(MOSQ_LOG_WARNING, "alink: the state file's log is moved into it again");
}

/* What needs a look once in a while. */
static void look_around(int64_t now_us)
{
	if (now_us - edge.looked_us < 1000000)
		return;
	edge.looked_us = now_us;
	look_at_descriptors();
	look_at_state_keeper();
}

int on_tick(int event, void *data, void *userdata)
{
	size_t i;
	bool published = false;
	int64_t in_ms;

	(void)event;
	(void)data;
	(void)userdata;
	if (edge.due_count)
		kick_due();
	if (edge.commit_failing) {
		/* It may be the one who makes room. */
		state_keeper_turn(edge.state_keeper);
		look_around(monotonic_us());
		waker_turn(edge.waker, wait_for_room() || edge.due_count > 0, TRY_EVERY_MS);
		return MOSQ_ERR_SUCCESS;
	}
	cloud_tick(edge.cloud, &edge.outbox);
	scripts_turn(edge.scripts, edge.cloud, &edge.outbox);
	if (commit())
		for (i = 0; i < edge.outbox.count; i++)
			perform(&edge.outbox.at[i]);
	if (edge.oldest_us)
		cloud_measured(edge.cloud, monotonic_us() - edge.oldest_us);
	edge.oldest_us = 0;
	log_keeper_turn(&edge.log_keeper, edge.cloud, monotonic_us());
	look_around(monotonic_us());
	for (i = 0; i < edge.outbox.count; i++)
		published |= edge.outbox.at[i].kind != EFFECT_SCRIPT;
	if (edge.outbox.failed)
		mosquitto_log_printf(MOSQ_LOG_ERR, "alink: out of memory: some answers were lost");
	effects_clear(&edge.outbox);
	state_keeper_turn(edge.state_keeper);
	in_ms = cloud_next_ms(edge.cloud) - edge_now_ms(NULL);
	waker_turn(edge.waker, published || edge.due_count > 0,
	           edge.state_keeper && in_ms > KEEPER_EVERY_MS ? KEEPER_EVERY_MS : in_ms);
	return MOSQ_ERR_SUCCESS;
}

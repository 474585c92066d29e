/* Steps of a device, and what it is told. */
#include "transcript_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sign.h"

static struct client *client_find(struct transcript *t, const char *name, bool create)
{
	size_t i;

	for (i = 0; i < t->client_count; i++)
		if (!strcmp(t->clients[i].name, name))
			return &t->clients[i];
	if (!create || t->client_count == CLIENTS_MAX) {
		transcript_fail(t, "there is no client `%s`", name);
		return NULL;
	}
	snprintf(t->clients[t->client_count].name, sizeof(t->clients[0].name), "%s", name);
	return &t->clients[t->client_count++];
}

/*
 * connect NAME PK DN [secret=…] [ext=_ss=1,…] [clean=0] [keepalive=60] [protocol=4] [user=…] [client=…]
 * [password=…] [cert=HEX] [only=5] [transport=tls|tcp|unknown] [-> CONNACK]: what is not given is made right.
 */
static void step_connect(struct transcript *t, char *args)
{
	struct client *client = client_find(t, transcript_word(&args), true);
	struct connect in = { .protocol = 4, .keepalive_s = 60, .clean = true, .transport = TRANSPORT_TCP, .address = "127.0.0.1" };
	struct text content = { 0 }, client_id = { 0 }, user = { 0 };
	char password[SIGN_HEX_MAX], *secret = NULL, *extra = NULL, *at;
	enum connack expected = CONNACK_ACCEPTED, connack;
	struct connected connected;

	if (!client)
		return;
	snprintf(client->product_key, sizeof(client->product_key), "%s", transcript_word(&args));
	snprintf(client->device_name, sizeof(client->device_name), "%s", transcript_word(&args));
	for (at = transcript_word(&args); *at; at = transcript_word(&args)) {
		if (!strncmp(at, "secret=", 7)) secret = at + 7;
		else if (!strncmp(at, "ext=", 4)) extra = at + 4;
		else if (!strncmp(at, "clean=", 6)) in.clean = at[6] == '1';
		else if (!strncmp(at, "keepalive=", 10)) in.keepalive_s = atoi(at + 10);
		else if (!strncmp(at, "protocol=", 9)) in.protocol = atoi(at + 9);
		else if (!strncmp(at, "user=", 5)) in.user_name = at + 5;
		else if (!strncmp(at, "client=", 7)) in.client_id = at + 7;
		else if (!strncmp(at, "password=", 9)) in.password = at + 9;
		else if (!strncmp(at, "cert=", 5)) in.certificate = at + 5;
		else if (!strncmp(at, "only=", 5)) in.only_refusal = (int)strtol(at + 5, NULL, 0);
		else if (!strcmp(at, "transport=unknown")) in.transport = TRANSPORT_UNKNOWN;
		else if (!strcmp(at, "transport=tls")) in.transport = TRANSPORT_TLS;
		else if (!strcmp(at, "transport=tcp")) in.transport = TRANSPORT_TCP;
		else if (!strcmp(at, "->")) expected = (enum connack)atoi(transcript_word(&args));
		else transcript_fail(t, "connect knows no `%s`", at);
	}
	if (secret)
		snprintf(client->secret, sizeof(client->secret), "%s", secret);
	text_addf(&content, "clientId%s.%sdeviceName%sproductKey%s", client->product_key, client->device_name,
	          client->device_name, client->product_key);
	text_addf(&client_id, "%s.%s|securemode=3,signmethod=hmacsha256%s%s|", client->product_key, client->device_name,
	          extra ? "," : "", extra ? extra : "");
	text_addf(&user, "%s&%s", client->device_name, client->product_key);
	sign_hex(SIGN_SHA256, client->secret, text_string(&content), content.len, password);
	if (!in.client_id)
		in.client_id = text_string(&client_id);
	if (!in.user_name)
		in.user_name = text_string(&user);
	if (!in.password)
		in.password = password;
	transcript_begin(t);
	connack = t->failed ? expected : cloud_connect(t->cloud, &in, &connected, &t->out);
	if (connack != expected)
		transcript_fail(t, "CONNACK %d, expected %d", connack, expected);
	else if (connack == CONNACK_ACCEPTED && !t->failed)
		client->number = connected.number;
	transcript_end(t);
	text_free(&content);
	text_free(&client_id);
	text_free(&user);
}

static void step_disconnect(struct transcript *t, char *args)
{
	static const struct { const char *name; enum disconnect_cause cause; } causes[] = {
		{ "", DISCONNECT_UNKNOWN }, { "clean", DISCONNECT_CLEAN }, { "lost", DISCONNECT_LOST },
		{ "keepalive", DISCONNECT_KEEPALIVE }, { "kicked", DISCONNECT_KICKED },
	};
	struct client *client = client_find(t, transcript_word(&args), false);
	char *cause = transcript_word(&args);
	size_t i;

	transcript_begin(t);
	for (i = 0; client && i < sizeof(causes) / sizeof(causes[0]); i++)
		if (!strcmp(cause, causes[i].name)) {
			cloud_disconnect(t->cloud, client->number, causes[i].cause, &t->out);
			client->number = 0;
			transcript_end(t);
			return;
		}
	transcript_fail(t, "`%s` is no cause", cause);
}

/* subscribe NAME FILTER [QOS] [-> refused] */
static void step_subscribe(struct transcript *t, char *args)
{
	struct client *client = client_find(t, transcript_word(&args), false);
	char *filter = transcript_word(&args), *qos = transcript_word(&args);
	bool refused = !strcmp(qos, "->") || !strcmp(transcript_word(&args), "->"), granted;

	transcript_begin(t);
	if (!client || t->failed)
		return;
	granted = cloud_subscribe(t->cloud, client->number, filter, atoi(qos), &t->out);
	if (granted == refused)
		transcript_fail(t, "the filter was %s", granted ? "granted" : "refused");
	transcript_end(t);
}

static void step_unsubscribe(struct transcript *t, char *args)
{
	struct client *client = client_find(t, transcript_word(&args), false);

	transcript_begin(t);
	if (client && !t->failed)
		cloud_unsubscribe(t->cloud, client->number, transcript_word(&args), &t->out);
	transcript_end(t);
}

static void publish(struct transcript *t, char *args, int qos)
{
	struct client *client = client_find(t, transcript_word(&args), false);
	struct message in = { .topic = transcript_word(&args), .qos = qos };
	char *payload = transcript_rest(&args);

	transcript_begin(t);
	if (!client || t->failed)
		return;
	in.payload = payload;
	in.payload_len = strlen(payload);
	if (!strncmp(payload, "hex:", 4)) {
		size_t i;

		for (i = 0; sscanf(payload + 4 + 2 * i, "%2hhx", (unsigned char *)&payload[i]) == 1; i++)
			;
		in.payload_len = i;
	}
	cloud_message(t->cloud, client->number, &in, &t->out);
	transcript_end(t);
}

/* > NAME TOPIC PAYLOAD: a payload of `hex:00ff` is bytes. >1: with QoS 1. */
static void step_publish(struct transcript *t, char *args)
{
	publish(t, args, 0);
}

static void step_publish_1(struct transcript *t, char *args)
{
	publish(t, args, 1);
}

/* < NAME TOPIC PAYLOAD | < NAME closed. <0, <1: with that QoS. */
static void step_expect(struct transcript *t, char *args)
{
	char *name = transcript_word(&args), *topic = transcript_word(&args), *payload = transcript_rest(&args), got[8192];
	const struct effect *effect = transcript_take(t, got, sizeof(got));
	struct text hex = { 0 };
	bool same;

	if (!effect)
		return;
	if (!strcmp(topic, "closed")) {
		if (effect->kind != EFFECT_KICK || strcmp(transcript_client_name(t, effect->connection), name))
			transcript_fail(t, "the cloud said: %s", got);
		return;
	}
	same = effect->kind == EFFECT_PUBLISH && !strcmp(transcript_client_name(t, effect->connection), name) &&
	       transcript_matches(topic, effect->topic);
	if (same && !strncmp(payload, "hex:", 4)) {
		text_add_hex(&hex, (const unsigned char *)effect->payload, effect->payload_len);
		same = transcript_matches(payload + 4, text_string(&hex));
	} else if (same) {
		same = transcript_matches(payload, effect->payload);
	}
	if (!same)
		transcript_fail(t, "the cloud said: %s%s%s", got, hex.len ? " hex:" : "", text_string(&hex));
	text_free(&hex);
}

static void expect_qos(struct transcript *t, char *args, int qos)
{
	const struct effect *effect = transcript_next(t);

	if (effect && effect->qos != qos)
		transcript_fail(t, "it comes with QoS %d", effect->qos);
	step_expect(t, args);
}

static void step_expect_0(struct transcript *t, char *args)
{
	expect_qos(t, args, 0);
}

static void step_expect_1(struct transcript *t, char *args)
{
	expect_qos(t, args, 1);
}

const struct transcript_step transcript_device_steps[] = {
	{ "connect",     step_connect,     true },
	{ "disconnect",  step_disconnect,  true },
	{ "subscribe",   step_subscribe,   true },
	{ "unsubscribe", step_unsubscribe, true },
	{ ">",           step_publish,     true },
	{ ">1",          step_publish_1,   true },
	{ "<",           step_expect,      true },
	{ "<0",          step_expect_0,    true },
	{ "<1",          step_expect_1,    true },
	{ 0 }
};

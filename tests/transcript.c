#include "transcript.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "cloud.h"
#include "json.h"
#include "script_worker.h"
#include "scenario.h"
#include "sign.h"
#include "state.h"
#include "subscription.h"
#include "text.h"

#define CLIENTS_MAX 64
#define HELD_MAX 256
#define LINE_SIZE (300 * 1024)

struct client {
	char     name[64];
	uint64_t number;        /* 0: not connected */
	char     product_key[80], device_name[160], secret[80];
};

struct transcript {
	const char *path;
	int         line;
	char       *error;
	size_t      error_size;
	bool        failed;

	int64_t     now_ms;
	uint64_t    random;
	struct cloud_file *file;
	struct cloud *cloud;
	char        state_path[512];
	struct effects out;
	size_t      seen;           /* effects already accounted for */
	size_t      scripts_seen;   /* effects whose scripts were run, or are held */
	struct script_worker worker;
	bool        hold;
	uint64_t    held[HELD_MAX]; /* tickets of scripts that have not run yet */
	size_t      held_count;
	uint64_t    ticket, log_seen;
	struct client clients[CLIENTS_MAX];
	size_t      client_count;
	transcript_pair *pair;      /* NULL once a scenario was loaded: what that causes shows nothing */
	void       *ctx;
};

static void fail(struct transcript *t, const char *format, ...)
{
	va_list args;
	int len;

	if (t->failed)
		return;
	t->failed = true;
	len = snprintf(t->error, t->error_size, "%s:%d: ", t->path, t->line);
	va_start(args, format);
	if (len >= 0 && (size_t)len < t->error_size)
		vsnprintf(t->error + len, t->error_size - (size_t)len, format, args);
	va_end(args);
}

static int64_t now_ms(void *ctx)
{
	return ((struct transcript *)ctx)->now_ms;
}

static void draw(void *ctx, void *buf, size_t len)
{
	struct transcript *t = ctx;
	unsigned char *out = buf;

	while (len--) {
		t->random = t->random * 6364136223846793005u + 1442695040888963407u;
		*out++ = (unsigned char)(t->random >> 33);
	}
}

/* The next blank-separated word of *at, cut off there. Never NULL. */
static char *word(char **at)
{
	char *start = *at + strspn(*at, " \t");
	char *end = start + strcspn(start, " \t");

	*at = end;
	if (*end) {
		*end = '\0';
		*at = end + 1;
	}
	return start;
}

static char *rest(char **at)
{
	char *start = *at + strspn(*at, " \t");

	*at = start + strlen(start);
	return start;
}

static struct client *client_find(struct transcript *t, const char *name, bool create)
{
	size_t i;

	for (i = 0; i < t->client_count; i++)
		if (!strcmp(t->clients[i].name, name))
			return &t->clients[i];
	if (!create || t->client_count == CLIENTS_MAX) {
		fail(t, "there is no client `%s`", name);
		return NULL;
	}
	snprintf(t->clients[t->client_count].name, sizeof(t->clients[0].name), "%s", name);
	return &t->clients[t->client_count++];
}

static const char *client_name(struct transcript *t, uint64_t number)
{
	size_t i;

	for (i = 0; i < t->client_count; i++)
		if (t->clients[i].number == number)
			return t->clients[i].name;
	return "?";
}

/* `<*>` in the expected text stands for any characters. */
static bool text_matches(const char *expected, const char *got)
{
	const char *wild = strstr(expected, "<*>");
	size_t len = wild ? (size_t)(wild - expected) : 0;

	if (!wild)
		return !strcmp(expected, got);
	if (strncmp(expected, got, len))
		return false;
	for (got += len; ; got++) {
		if (text_matches(wild + 3, got))
			return true;
		if (!*got)
			return false;
	}
}

static void describe(struct transcript *t, const struct effect *effect, char *buf, size_t size)
{
	switch (effect->kind) {
	case EFFECT_PUBLISH:
		snprintf(buf, size, "< %s %s %s", client_name(t, effect->connection), effect->topic, effect->payload);
		break;
	case EFFECT_KICK:
		snprintf(buf, size, "< %s closed", client_name(t, effect->connection));
		break;
	case EFFECT_ANSWER:
		snprintf(buf, size, "= %d %s", effect->status, effect->payload);
		break;
	case EFFECT_SCRIPT:
		snprintf(buf, size, "script %" PRIu64, effect->ticket);
		break;
	}
}

/* --- scripts: run by the real helper, while everything else waits --- */

static void run_script(struct transcript *t, uint64_t ticket)
{
	struct script_request request;
	struct script_result result;

	if (!cloud_script_request(t->cloud, ticket, &request))
		return;
	result = script_worker_call(&t->worker, &request);
	cloud_script_result(t->cloud, ticket, &result, &t->out);
}

/* Behind the result of one call may come the next call. */
static void run_scripts(struct transcript *t)
{
	for (; t->scripts_seen < t->out.count; t->scripts_seen++) {
		if (t->out.at[t->scripts_seen].kind != EFFECT_SCRIPT)
			continue;
		if (!t->hold)
			run_script(t, t->out.at[t->scripts_seen].ticket);
		else if (t->held_count < HELD_MAX)
			t->held[t->held_count++] = t->out.at[t->scripts_seen].ticket;
		else
			fail(t, "more scripts than %d are held", HELD_MAX);
	}
}

/* The oldest effect not yet accounted for. */
static const struct effect *next_effect(struct transcript *t)
{
	while (t->seen < t->out.count && t->out.at[t->seen].kind == EFFECT_SCRIPT)
		t->seen++;
	return t->seen < t->out.count ? &t->out.at[t->seen] : NULL;
}

static void nothing_left(struct transcript *t)
{
	char text[2048];

	if (t->failed || !next_effect(t))
		return;
	describe(t, next_effect(t), text, sizeof(text));
	fail(t, "before this line the cloud also said: %s", text);
}

/* Before each thing that happens: all that came of the one before must have been expected. */
static void begin(struct transcript *t)
{
	nothing_left(t);
	effects_clear(&t->out);
	t->seen = t->scripts_seen = 0;
}

/* What programs read must be JSON, however loosely a line describes it. */
static void check_json(struct transcript *t, const struct effect *effect)
{
	struct json_doc doc = { 0 };
	struct json_error error;

	if (effect->kind == EFFECT_ANSWER && json_parse(&doc, effect->payload, effect->payload_len, JSON_STRICT, &error))
		fail(t, "the answer is not JSON: %s at byte %zu of %.300s", error.message, error.at + 1, effect->payload);
	json_doc_free(&doc);
}

static void end(struct transcript *t)
{
	size_t i;

	if (t->failed)
		return;
	cloud_tick(t->cloud, &t->out);
	run_scripts(t);
	if (cloud_commit(t->cloud))
		fail(t, "commit failed: %s", cloud_error(t->cloud));
	for (i = 0; i < t->out.count; i++)
		check_json(t, &t->out.at[i]);
	for (i = 0; t->pair && i < t->out.count; i++)
		if (t->out.at[i].operation && t->out.at[i].code)
			t->pair(t->ctx, t->out.at[i].operation, t->out.at[i].code);
}

/* --- steps --- */

static void folder_of(const char *path, char *buf, size_t size)
{
	const char *slash = strrchr(path, '/');

	snprintf(buf, size, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
}

static void start(struct transcript *t, bool again)
{
	struct cloud_config config = {
		.world = { now_ms, draw, t }, .file = t->file, .seed = 1,
		.state_path = *t->state_path ? t->state_path : NULL,
	};
	char error[300];
	size_t i;

	if (again) {
		cloud_free(t->cloud);
		for (i = 0; i < t->client_count; i++)
			t->clients[i].number = 0;
		t->log_seen = 0;
	}
	t->cloud = cloud_new(&config, error, sizeof(error));
	if (!t->cloud)
		fail(t, "the cloud does not start: %s", error);
}

#define CLOUD_FILES_MAX 4

/* cloud FILE… | cloud {…}: what exists. */
static void step_cloud(struct transcript *t, char *args)
{
	struct text complaints = { 0 };
	char folder[512], path[CLOUD_FILES_MAX][1200], *name;
	const char *paths[CLOUD_FILES_MAX];
	size_t count = 0;

	folder_of(t->path, folder, sizeof(folder));
	args += strspn(args, " \t");
	if (*args == '{') {
		t->file = cloud_file_parse(t->path, folder, args, strlen(args), &complaints);
	} else {
		for (name = word(&args); *name && count < CLOUD_FILES_MAX; name = word(&args), count++) {
			snprintf(path[count], sizeof(path[count]), "%s/%s", folder, name);
			paths[count] = path[count];
		}
		t->file = cloud_file_read(paths, count, &complaints);
	}
	if (!t->file)
		fail(t, "%s", text_string(&complaints));
	else
		start(t, false);
	text_free(&complaints);
}

static void step_now(struct transcript *t, char *args)
{
	begin(t);
	t->now_ms = strtoll(word(&args), NULL, 10);
	if (t->cloud)
		end(t);
}

/* advance 61s | 250ms | 5m | 24h */
static void step_advance(struct transcript *t, char *args)
{
	static const struct { const char *unit; int64_t ms; } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };
	char *unit;
	int64_t number = strtoll(word(&args), &unit, 10);
	size_t i;

	begin(t);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(unit, units[i].unit)) {
			t->now_ms += number * units[i].ms;
			end(t);
			return;
		}
	fail(t, "`%s` is no unit of time", unit);
}

/*
 * connect NAME PK DN [secret=…] [ext=_ss=1,…] [clean=0] [keepalive=60] [protocol=4] [user=…] [client=…]
 * [password=…] [cert=HEX] [only=5] [transport=tls|tcp|unknown] [-> CONNACK]: what is not given is made right.
 */
static void step_connect(struct transcript *t, char *args)
{
	struct client *client = client_find(t, word(&args), true);
	struct connect in = { .protocol = 4, .keepalive_s = 60, .clean = true, .transport = TRANSPORT_TCP, .address = "127.0.0.1" };
	struct text content = { 0 }, client_id = { 0 }, user = { 0 };
	char password[SIGN_HEX_MAX], *secret = NULL, *extra = NULL, *at;
	enum connack expected = CONNACK_ACCEPTED, connack;
	struct connected connected;

	if (!client)
		return;
	snprintf(client->product_key, sizeof(client->product_key), "%s", word(&args));
	snprintf(client->device_name, sizeof(client->device_name), "%s", word(&args));
	for (at = word(&args); *at; at = word(&args)) {
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
		else if (!strcmp(at, "->")) expected = (enum connack)atoi(word(&args));
		else fail(t, "connect knows no `%s`", at);
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
	begin(t);
	connack = t->failed ? expected : cloud_connect(t->cloud, &in, &connected, &t->out);
	if (connack != expected)
		fail(t, "CONNACK %d, expected %d", connack, expected);
	else if (connack == CONNACK_ACCEPTED && !t->failed)
		client->number = connected.number;
	end(t);
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
	struct client *client = client_find(t, word(&args), false);
	char *cause = word(&args);
	size_t i;

	begin(t);
	for (i = 0; client && i < sizeof(causes) / sizeof(causes[0]); i++)
		if (!strcmp(cause, causes[i].name)) {
			cloud_disconnect(t->cloud, client->number, causes[i].cause, &t->out);
			client->number = 0;
			end(t);
			return;
		}
	fail(t, "`%s` is no cause", cause);
}

/* subscribe NAME FILTER [QOS] [-> refused] */
static void step_subscribe(struct transcript *t, char *args)
{
	struct client *client = client_find(t, word(&args), false);
	char *filter = word(&args), *qos = word(&args);
	bool refused = !strcmp(qos, "->") || !strcmp(word(&args), "->"), granted;

	begin(t);
	if (!client || t->failed)
		return;
	granted = cloud_subscribe(t->cloud, client->number, filter, atoi(qos), &t->out);
	if (granted == refused)
		fail(t, "the filter was %s", granted ? "granted" : "refused");
	end(t);
}

static void step_unsubscribe(struct transcript *t, char *args)
{
	struct client *client = client_find(t, word(&args), false);

	begin(t);
	if (client && !t->failed)
		cloud_unsubscribe(t->cloud, client->number, word(&args), &t->out);
	end(t);
}

static void publish(struct transcript *t, char *args, int qos)
{
	struct client *client = client_find(t, word(&args), false);
	struct message in = { .topic = word(&args), .qos = qos };
	char *payload = rest(&args);

	begin(t);
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
	end(t);
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

/* push PK DN TOPIC PAYLOAD: the platform sends something down, as its API would. */
static void step_push(struct transcript *t, char *args)
{
	char *product_key = word(&args), *device_name = word(&args), *topic = word(&args), *payload = rest(&args);
	struct device *device = device_find_key(t->cloud, product_key, device_name);

	begin(t);
	if (!device)
		fail(t, "there is no device %s/%s", product_key, device_name);
	else if (!t->failed)
		deliver(t->cloud, device, ROLE_DOWN, topic, payload, strlen(payload), &t->out, NULL);
	end(t);
}

/* < NAME TOPIC PAYLOAD | < NAME closed. <0, <1: with that QoS. */
static void step_expect(struct transcript *t, char *args)
{
	const struct effect *effect = next_effect(t);
	char *name = word(&args), *topic = word(&args), *payload = rest(&args), got[8192];
	struct text hex = { 0 };
	bool same;

	if (t->failed)
		return;
	if (!effect) {
		fail(t, "the cloud said nothing more");
		return;
	}
	t->seen++;
	describe(t, effect, got, sizeof(got));
	if (!strcmp(topic, "closed")) {
		if (effect->kind != EFFECT_KICK || strcmp(client_name(t, effect->connection), name))
			fail(t, "the cloud said: %s", got);
		return;
	}
	same = effect->kind == EFFECT_PUBLISH && !strcmp(client_name(t, effect->connection), name) &&
	       text_matches(topic, effect->topic);
	if (same && !strncmp(payload, "hex:", 4)) {
		text_add_hex(&hex, (const unsigned char *)effect->payload, effect->payload_len);
		same = text_matches(payload + 4, text_string(&hex));
	} else if (same) {
		same = text_matches(payload, effect->payload);
	}
	if (!same)
		fail(t, "the cloud said: %s%s%s", got, hex.len ? " hex:" : "", text_string(&hex));
	text_free(&hex);
}

static void expect_qos(struct transcript *t, char *args, int qos)
{
	const struct effect *effect = next_effect(t);

	if (effect && effect->qos != qos)
		fail(t, "it comes with QoS %d", effect->qos);
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

/* api VERB PATH[?query] [BODY] */
static void step_api(struct transcript *t, char *args)
{
	char *verb = word(&args), *path = word(&args), *body = rest(&args), *query = strchr(path, '?'), *pair;
	struct text request = { 0 };

	begin(t);
	if (query)
		*query++ = '\0';
	text_add(&request, "{\"id\":1,\"method\":");
	text_add_json(&request, verb);
	text_add(&request, ",\"path\":");
	text_add_json(&request, path);
	text_add(&request, ",\"query\":{");
	for (pair = query ? strtok(query, "&") : NULL; pair; pair = strtok(NULL, "&")) {
		char *value = strchr(pair, '=');

		if (value)
			*value++ = '\0';
		text_add_key(&request, pair);
		text_add_json(&request, value ? value : "");
	}
	text_add_char(&request, '}');
	if (*body)
		text_addf(&request, ",\"body\":%s", body);
	text_add_char(&request, '}');
	if (!t->failed)
		api_handle(t->cloud, ++t->ticket, text_string(&request), request.len, &t->out);
	end(t);
	text_free(&request);
}

/* = STATUS BODY: the answer to an api request, now or later. */
static void step_answer(struct transcript *t, char *args)
{
	const struct effect *effect = next_effect(t);
	int status = atoi(word(&args));
	char *body = rest(&args), got[8192];

	if (t->failed)
		return;
	if (!effect) {
		fail(t, "the cloud said nothing more");
		return;
	}
	t->seen++;
	describe(t, effect, got, sizeof(got));
	if (effect->kind != EFFECT_ANSWER || effect->status != status || !text_matches(body, effect->payload))
		fail(t, "the cloud said: %s", got);
}

/* log CODE [TEXT]: since the last `log` line there is a record with this code whose `why` holds the text. */
static void step_log(struct transcript *t, char *args)
{
	struct effects out = { 0 };
	struct text request = { 0 };
	struct json_doc doc = { 0 };
	int64_t code = atoi(word(&args)), found;
	char *text = rest(&args), why[4096];
	bool seen = false;

	if (t->failed)
		return;
	text_addf(&request, "{\"id\":1,\"method\":\"GET\",\"path\":\"/log\",\"query\":{\"after\":\"%" PRIu64 "\",\"limit\":\"1000\"}}",
	          t->log_seen);
	api_handle(t->cloud, ++t->ticket, text_string(&request), request.len, &out);
	if (out.count && !json_parse(&doc, out.at[0].payload, out.at[0].payload_len, JSON_STRICT, NULL)) {
		json_each(record, json_get(json_root(&doc), "records")) {
			if (json_string(json_get(record, "why"), why, sizeof(why)) < 0)
				*why = '\0';
			if (json_int64(json_get(record, "code"), &found) && found == code && strstr(why, text))
				seen = true;
		}
		if (json_int64(json_get(json_root(&doc), "next"), &found))
			t->log_seen = (uint64_t)found;
	}
	if (!seen)
		fail(t, "no such record; there are: %.6000s", out.count ? out.at[0].payload : "");
	json_doc_free(&doc);
	text_free(&request);
	effects_free(&out);
}

/* hold: from here on scripts do not run. */
static void step_hold(struct transcript *t, char *args)
{
	(void)args;
	t->hold = true;
}

/* release: the script held for longest runs. release all: and so do the others, and from here on all. */
static void step_release(struct transcript *t, char *args)
{
	size_t i, count = t->held_count;

	begin(t);
	if (!count)
		fail(t, "no script is held");
	if (t->failed)
		return;
	if (!strcmp(word(&args), "all"))
		t->hold = false;
	else
		count = 1;
	t->held_count -= count;
	for (i = 0; i < count; i++)
		run_script(t, t->held[i]);
	memmove(t->held, t->held + count, t->held_count * sizeof(t->held[0]));
	end(t);
}

/* scenario FILE | scenario {…}: loads it. */
static void step_scenario(struct transcript *t, char *args)
{
	struct text complaints = { 0 };
	char folder[512], path[1200];
	struct scenario_source source = { .name = path };

	begin(t);
	if (t->failed)
		return;
	t->pair = NULL;
	folder_of(t->path, folder, sizeof(folder));
	args = rest(&args);
	if (*args == '{') {
		source = (struct scenario_source){ "inline", args, strlen(args) };
	} else {
		snprintf(path, sizeof(path), "%s/%s", folder, args);
	}
	if (!scenario_load(t->cloud, &source, &complaints, &t->out))
		fail(t, "the scenario is refused: %s", text_string(&complaints));
	text_free(&complaints);
	end(t);
}

static void step_unload(struct transcript *t, char *args)
{
	begin(t);
	if (!t->failed && !scenario_unload(t->cloud, word(&args), &t->out))
		fail(t, "there is no such scenario");
	end(t);
}

/* verdict NAME passed|failed [TEXT…]: stops it; its report holds all the texts, separated by ` | `. */
static void step_verdict(struct transcript *t, char *args)
{
	char *name = word(&args), *wanted = word(&args), *texts = rest(&args), *text, *next;
	struct text report = { 0 };
	char verdict[64];

	begin(t);
	if (t->failed)
		return;
	if (!scenario_stop(t->cloud, name, "the transcript ends it", &t->out) || !scenario_write_report(t->cloud, name, &report))
		fail(t, "there is no scenario `%s`", name);
	snprintf(verdict, sizeof(verdict), "\"verdict\":\"%s\",\"ended\"", wanted);
	if (!strstr(text_string(&report), verdict))
		fail(t, "it has not %s: %.3000s", wanted, text_string(&report));
	for (text = texts; text && *text; text = next) {
		next = strstr(text, " | ");
		if (next) {
			*next = '\0';
			next += 3;
		}
		if (!strstr(text_string(&report), text))
			fail(t, "the report lacks `%s`: %.3000s", text, text_string(&report));
	}
	text_free(&report);
	end(t);
}

/* restart: the broker goes and comes back; needs `state FILE` before `cloud`. */
static void step_restart(struct transcript *t, char *args)
{
	(void)args;
	begin(t);
	if (!*t->state_path)
		fail(t, "restart needs a `state` line before `cloud`");
	else
		start(t, true);
}

static void step_state(struct transcript *t, char *args)
{
	(void)args;
	snprintf(t->state_path, sizeof(t->state_path), "%s/alink-transcript-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(t->state_path))
		fail(t, "no temporary folder");
	strcat(t->state_path, "/state.db");
}

static void remove_state(struct transcript *t)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[600];
	size_t i;

	if (!*t->state_path)
		return;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", t->state_path, ends[i]);
		remove(path);
	}
	folder_of(t->state_path, path, sizeof(path));
	remove(path);
}

static const struct {
	const char *word;
	void      (*run)(struct transcript *t, char *args);
	bool        needs_cloud;
} steps[] = {
	{ "state",       step_state,       false },
	{ "cloud",       step_cloud,       false },
	{ "now",         step_now,         false },
	{ "advance",     step_advance,     true  },
	{ "connect",     step_connect,     true  },
	{ "disconnect",  step_disconnect,  true  },
	{ "subscribe",   step_subscribe,   true  },
	{ "unsubscribe", step_unsubscribe, true  },
	{ ">",           step_publish,     true  },
	{ ">1",          step_publish_1,   true  },
	{ "push",        step_push,        true  },
	{ "<",           step_expect,      true  },
	{ "<0",          step_expect_0,    true  },
	{ "<1",          step_expect_1,    true  },
	{ "api",         step_api,         true  },
	{ "=",           step_answer,      true  },
	{ "log",         step_log,         true  },
	{ "hold",        step_hold,        true  },
	{ "release",     step_release,     true  },
	{ "restart",     step_restart,     true  },
	{ "scenario",    step_scenario,    true  },
	{ "unload",      step_unload,      true  },
	{ "verdict",     step_verdict,     true  },
};

/* `$DIR` is the transcript's folder: an API takes files by absolute path only. */
static void expand(struct transcript *t, char *line)
{
	char folder[512], absolute[PATH_MAX], *at;
	size_t len;

	folder_of(t->path, folder, sizeof(folder));
	if (!strstr(line, "$DIR") || !realpath(folder, absolute))
		return;
	for (len = strlen(absolute); (at = strstr(line, "$DIR")) && strlen(line) + len < LINE_SIZE; ) {
		memmove(at + len, at + strlen("$DIR"), strlen(at + strlen("$DIR")) + 1);
		memcpy(at, absolute, len);
	}
}

static void run_line(struct transcript *t, char *line)
{
	char *at = line, *name;
	size_t i;

	expand(t, line);
	name = word(&at);

	if (!*name || *name == '#')
		return;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (strcmp(name, steps[i].word))
			continue;
		if (steps[i].needs_cloud && !t->cloud)
			fail(t, "there is no `cloud` line before this one");
		else
			steps[i].run(t, at);
		return;
	}
	fail(t, "`%s` is no step", name);
}

int transcript_run(const char *path, transcript_pair *pair, void *ctx, char *error, size_t error_size)
{
	struct transcript t = {
		.path = path, .error = error, .error_size = error_size, .now_ms = 1700000000000, .random = 1, .pair = pair, .ctx = ctx,
	};
	FILE *file = fopen(path, "r");
	char *line = malloc(LINE_SIZE);

	script_worker_init(&t.worker, getenv("ALINK_SCRIPT") ? getenv("ALINK_SCRIPT") : HELPER);
	if (!file || !line)
		fail(&t, "cannot be read");
	while (!t.failed && fgets(line, LINE_SIZE, file)) {
		t.line++;
		line[strcspn(line, "\n")] = '\0';
		run_line(&t, line);
	}
	nothing_left(&t);
	if (!t.failed && t.held_count)
		fail(&t, "%zu scripts are still held", t.held_count);
	if (!t.failed && !t.cloud)
		fail(&t, "there is no `cloud` line");
	if (file)
		fclose(file);
	free(line);
	effects_free(&t.out);
	script_worker_free(&t.worker);
	cloud_free(t.cloud);
	cloud_file_free(t.file);
	remove_state(&t);
	return t.failed ? -1 : 0;
}

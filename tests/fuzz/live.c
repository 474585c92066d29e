#include "live.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "api.h"
#include "cloud.h"
#include "scenario.h"
#include "sign.h"

#define STEPS_MAX   64
#define SECRET      "0123456789abcdef0123456789abcdef"

#define check(expression) \
	do { \
		if (!(expression)) \
			surprise(__LINE__, #expression); \
	} while (0)

static const uint8_t *input = (const uint8_t *)"";
static size_t input_len;
static const char *output = "";

static void surprise(int line, const char *expression)
{
	fprintf(stderr, "live.c:%d: not so: %s\n%s\n<- ", line, expression, output);
	fwrite(input, 1, input_len, stderr);
	fputc('\n', stderr);
	abort();
}

static struct cloud *cloud;
static struct effects out;
static int64_t now_ms;
static bool bent;
static struct text script_output;

static struct client {
	char        letter;
	const char *product_key, *device_name;
	uint64_t    connection;
} clients[] = {
	{ 'g', "a1EmuGate01", "gw-0001", 0 }, { 'h', "a1EmuGate01", "gw-0002", 0 }, { 'd', "a1Thermo001", "dev1", 0 },
	{ 'r', "a1Raw000001", "dev1", 0 }, { 'n', "a1Thermo001", "new1", 0 },
};
#define CLIENTS (sizeof(clients) / sizeof(clients[0]))

/* Requests of this input, by ticket: how often each was answered. */
static uint64_t first_ticket = 1, next_ticket = 1;
static uint8_t answers[STEPS_MAX];
static struct { uint64_t ticket; char *body; int status; } wanted;   /* one that its asker wants to see */

/* --- what came of it --- */

static void judge_reply(const struct effect *effect)
{
	bool raw = strstr(effect->topic, "/thing/model/up_raw_reply");   /* bytes have no method */
	cJSON *reply;

	/* A piece of a file: a head in JSON with its length before it, then bytes. */
	if (strstr(effect->topic, "/thing/file/download_reply"))
		return;
	reply = cJSON_ParseWithLength(effect->payload, effect->payload_len);
	check(cJSON_IsObject(reply) && cJSON_GetArraySize(reply) == (raw ? 5 : 6));
	check(cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(reply, "code")));
	check(cJSON_GetObjectItemCaseSensitive(reply, "code")->valueint == effect->code);
	check(cJSON_HasObjectItem(reply, "data"));
	check(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(reply, "id")));
	check(*cJSON_GetObjectItemCaseSensitive(reply, "id")->valuestring);
	check(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(reply, "message")));
	check(raw || cJSON_IsString(cJSON_GetObjectItemCaseSensitive(reply, "method")));
	check(!strcmp(cJSON_GetObjectItemCaseSensitive(reply, "version")->valuestring, "1.0"));
	cJSON_Delete(reply);
}

/* Whose connection it is: nobody else's messages may come there. */
static const struct client *client_of(uint64_t connection)
{
	size_t i;

	for (i = 0; i < CLIENTS; i++)
		if (clients[i].connection == connection)
			return &clients[i];
	return NULL;
}

static void judge_message(const struct effect *effect)
{
	const struct client *client = client_of(effect->connection);
	char own[64];

	output = effect->payload;
	check(client && cloud_client_id(cloud, effect->connection));
	check(*effect->topic && !strpbrk(effect->topic, "+#") && effect->qos >= 0 && effect->qos <= 1);
	if (bent)
		return;
	snprintf(own, sizeof(own), "/%s/%s", client->product_key, client->device_name);
	check(strstr(effect->topic, own) || (strchr("gh", client->letter) && strstr(effect->topic, "/a1EmuSub001/")) ||
	      !strncmp(effect->topic, "/broadcast/", 11) || !strncmp(effect->topic, "/sys/", 5) || !strncmp(effect->topic, "/ext/", 5));
	/* What a script makes of a reply may be any bytes. */
	if (effect->role == ROLE_REPLY && effect->code && !strncmp(effect->topic, "/sys/", 5) && client->letter != 'r')
		judge_reply(effect);
	output = "";
}

static void judge_answer(const struct effect *effect)
{
	cJSON *body = cJSON_ParseWithLength(effect->payload, effect->payload_len);

	output = effect->payload;
	check(effect->ticket >= first_ticket && effect->ticket < next_ticket);
	check(!answers[effect->ticket - first_ticket]++);
	check(bent || (effect->status >= 200 && effect->status < 600));
	check(body || bent);
	if (effect->status >= 400 && !bent) {
		check(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(body, "code")));
		check(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(body, "message")));
	}
	cJSON_Delete(body);
	output = "";
	if (effect->ticket == wanted.ticket) {
		wanted.body = strndup(effect->payload, effect->payload_len);
		wanted.status = effect->status;
		check(wanted.body);
	}
}

static void run_script(uint64_t ticket)
{
	struct script_result result = { .code = 200, .console = "" };
	struct script_request request;

	if (!cloud_script_request(cloud, ticket, &request))
		return;
	result.output = text_string(&script_output);
	result.output_len = script_output.len;
	cloud_script_result(cloud, ticket, &result, &out);
}

static void lose(struct client *client, enum disconnect_cause cause)
{
	uint64_t connection = client->connection;

	client->connection = 0;
	if (connection)
		cloud_disconnect(cloud, connection, cause, &out);
}

/* The end of a turn: what happened is committed, and then performed. */
static void turn(void)
{
	size_t i;

	cloud_tick(cloud, &out);
	check(!cloud_commit(cloud));
	/* Scripts and kicks add to the list. */
	for (i = 0; i < out.count; i++) {
		const struct effect effect = out.at[i];
		const struct client *client;

		switch (effect.kind) {
		case EFFECT_PUBLISH:
			/* One that was performed before it found its connection gone; the edge drops it. */
			if (client_of(effect.connection))
				judge_message(&effect);
			break;
		case EFFECT_KICK:
			client = client_of(effect.connection);
			if (client)
				lose(&clients[client - clients], DISCONNECT_KICKED);
			break;
		case EFFECT_ANSWER:
			judge_answer(&effect);
			break;
		case EFFECT_SCRIPT:
			run_script(effect.ticket);
			break;
		}
	}
	check(!out.failed);
	effects_clear(&out);
}

/* --- what happens --- */

static struct client *client_named(char letter)
{
	size_t i;

	for (i = 0; i < CLIENTS; i++)
		if (clients[i].letter == letter)
			return &clients[i];
	return &clients[0];
}

static void come_in(struct client *client, bool clean)
{
	char client_id[128], user_name[128], content[256], password[SIGN_HEX_MAX];
	struct connect in = {
		.client_id = client_id, .user_name = user_name, .password = password, .protocol = 4 + (client->letter == 'd'),
		.keepalive_s = 60, .clean = clean, .transport = TRANSPORT_TCP,
	};
	struct connected connected = { 0 };

	snprintf(client_id, sizeof(client_id), "x%c|securemode=3,signmethod=hmacsha256%s|", client->letter,
	         client->letter == 'h' ? "" : ",_ss=1");
	snprintf(user_name, sizeof(user_name), "%s&%s", client->device_name, client->product_key);
	snprintf(content, sizeof(content), "clientIdx%cdeviceName%sproductKey%s", client->letter, client->device_name, client->product_key);
	check(!sign_hex(SIGN_SHA256, SECRET, content, strlen(content), password));
	lose(client, DISCONNECT_LOST);
	/* The input may have disabled or deleted it, or a scenario refuse it. */
	if (cloud_connect(cloud, &in, &connected, &out) == CONNACK_ACCEPTED) {
		check(connected.number);
		client->connection = connected.number;
	}
}

static void publish(struct client *client, int qos, char *line, size_t len)
{
	char *payload = memchr(line, ' ', len);
	struct message in = { .topic = line, .qos = qos };

	if (payload) {
		*payload = '\0';
		in.payload = payload + 1;
		in.payload_len = len - (size_t)(in.payload - line);
	}
	/* The broker lets nobody publish to these. */
	if (!client->connection || !*line || strpbrk(line, "+#"))
		return;
	check(cloud_message(cloud, client->connection, &in, &out) != MESSAGE_ROUTED);
}

static void ask(const char *request, size_t len)
{
	/* Exactly as long, so that a step beyond it is seen. */
	char *copy = malloc(len ? len : 1);

	check(copy);
	memcpy(copy, request, len);
	api_handle(cloud, next_ticket++, copy, len, &out);
	free(copy);
}

char *live_ask(const char *request, size_t len, int *status)
{
	if (next_ticket - first_ticket == STEPS_MAX)
		return NULL;
	wanted.body = NULL;
	wanted.ticket = next_ticket;
	ask(request, len);
	turn();
	wanted.ticket = 0;
	*status = wanted.status;
	return wanted.body;
}

/* `line` is NUL-terminated. */
static void step(char *line, size_t len)
{
	struct client *client = client_named(len > 1 ? line[1] : '\0');
	char *rest = line + (len > 1 ? 2 : len);
	size_t rest_len = len > 1 ? len - 2 : 0;

	if (cloud->scenarios)
		live_bent();
	switch (line[0]) {
	case '0': case '1':
		publish(client, line[0] - '0', rest, rest_len);
		break;
	case '+':
		if (client->connection)
			cloud_subscribe(cloud, client->connection, rest, (int)(len % 2), &out);
		break;
	case '-':
		if (client->connection)
			cloud_unsubscribe(cloud, client->connection, rest, &out);
		break;
	case 'x':
		lose(client, DISCONNECT_LOST);
		break;
	case 'c': case 'k':
		come_in(client, line[0] == 'c');
		break;
	case 't':
		now_ms += labs(strtol(line + 1, NULL, 10) % 100000000);
		break;
	case 'a':
		ask(line + 1, len - 1);
		break;
	case 's':
		text_clear(&script_output);
		text_add_bytes(&script_output, line + 1, len - 1);
		break;
	default:
		return;
	}
	turn();
}

void live_run(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1), *line = copy;
	size_t left = size;
	unsigned steps;

	check(copy);
	input = data;
	input_len = size;
	if (size)
		memcpy(copy, data, size);
	copy[size] = '\0';
	for (steps = 0; left && steps < STEPS_MAX; steps++) {
		char *end = memchr(line, '\n', left);
		size_t len = end ? (size_t)(end - line) : left;

		line[len] = '\0';
		if (len)
			step(line, len);
		left -= end ? len + 1 : len;
		line += len + 1;
	}
	free(copy);
}

void live_end(void)
{
	uint64_t ticket;
	int i;

	/* Nothing waits longer than ten minutes, whatever it was asked with. */
	for (i = 0; i < 3; i++) {
		now_ms += 600000;
		turn();
	}
	if (cloud->scenarios)
		live_bent();
	for (ticket = first_ticket; ticket < next_ticket; ticket++)
		check(bent || answers[ticket - first_ticket] == 1);
	for (ticket = first_ticket; ticket < next_ticket; ticket++)
		api_forget(cloud, ticket);
}

/* --- the cloud --- */

static int64_t world_now(void *ctx)
{
	(void)ctx;
	return now_ms;
}

static void draw(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0x5A, len);
}

/* The file is read only once. */
static const struct cloud_file *the_file(void)
{
	static struct cloud_file *file;
	const char *const path = TESTS "/fuzz/cloud.json";
	struct text complaints = { 0 };

	if (file)
		return file;
	file = cloud_file_read(&path, 1, &complaints);
	if (!file)
		fputs(text_string(&complaints), stderr);
	check(file);
	text_free(&complaints);
	return file;
}

static void begin(void)
{
	struct cloud_config config = { .world = { world_now, draw, NULL }, .file = the_file(), .seed = 1, .file_url = "http://127.0.0.1:8080" };
	char error[300];
	size_t i;

	cloud_free(cloud);
	for (i = 0; i < CLIENTS; i++)
		clients[i].connection = 0;
	now_ms = 1700000000000;
	bent = false;
	text_clear(&script_output);
	text_add(&script_output, "{\"method\":\"thing.event.property.post\",\"id\":\"1\",\"params\":{\"i\":1},\"version\":\"1.0\"}");
	cloud = cloud_new(&config, error, sizeof(error));
	check(cloud);
}

/* Whether all are there that should be. */
static bool come_all(void)
{
	size_t i;

	for (i = 0; i < CLIENTS; i++)
		if (!clients[i].connection && clients[i].letter != 'n') {
			come_in(&clients[i], true);
			if (!clients[i].connection)
				return false;
		}
	return true;
}

struct cloud *live_cloud(unsigned often)
{
	static unsigned calls;

	memset(answers, 0, sizeof(answers));
	first_ticket = next_ticket;
	if (calls++ % often == 0)
		begin();
	if (!come_all()) {
		/* An input before this one disabled a device, or changed its secret. */
		begin();
		check(come_all());
	}
	turn();
	return cloud;
}

void live_bent(void)
{
	bent = true;
}

struct effects *live_effects(void)
{
	return &out;
}

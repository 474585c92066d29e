/*
 * What people use instead of an emulator, as fast as it gets: a mock cloud beside a stock broker, in C with
 * libmosquitto. It answers every property post with success and keeps nothing.
 *
 *   responder PORT       prints "ready", and answers until it is killed
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>
#include <mosquitto.h>

#define POSTS "/sys/+/+/thing/event/property/post"

static void on_connect(struct mosquitto *client, void *ctx, int code)
{
	(void)ctx;
	if (code || mosquitto_subscribe(client, NULL, POSTS, 0) != MOSQ_ERR_SUCCESS)
		exit(1);
}

static void on_subscribe(struct mosquitto *client, void *ctx, int id, int count, const int *granted)
{
	(void)client;
	(void)ctx;
	(void)id;
	(void)count;
	(void)granted;
	puts("ready");
	fflush(stdout);
}

static void on_message(struct mosquitto *client, void *ctx, const struct mosquitto_message *message)
{
	cJSON *request = cJSON_ParseWithLength(message->payload, (size_t)message->payloadlen);
	const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(request, "id"));
	cJSON *reply = cJSON_CreateObject();
	char topic[256], *text;

	(void)ctx;
	cJSON_AddNumberToObject(reply, "code", 200);
	cJSON_AddObjectToObject(reply, "data");
	cJSON_AddStringToObject(reply, "id", id ? id : "0");
	cJSON_AddStringToObject(reply, "message", "success");
	cJSON_AddStringToObject(reply, "method", "thing.event.property.post");
	cJSON_AddStringToObject(reply, "version", "1.0");
	text = cJSON_PrintUnformatted(reply);
	snprintf(topic, sizeof(topic), "%s_reply", message->topic);
	if (text)
		mosquitto_publish(client, NULL, topic, (int)strlen(text), text, 0, false);
	cJSON_free(text);
	cJSON_Delete(reply);
	cJSON_Delete(request);
}

int main(int argc, char **argv)
{
	struct mosquitto *client;

	if (argc != 2) {
		fputs("responder PORT\n", stderr);
		return 2;
	}
	mosquitto_lib_init();
	client = mosquitto_new("mock-cloud", true, NULL);
	if (!client)
		return 1;
	mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
	mosquitto_connect_callback_set(client, on_connect);
	mosquitto_subscribe_callback_set(client, on_subscribe);
	mosquitto_message_callback_set(client, on_message);
	if (mosquitto_connect(client, "127.0.0.1", atoi(argv[1]), 60) != MOSQ_ERR_SUCCESS)
		return 1;
	return mosquitto_loop_forever(client, -1, 1) == MOSQ_ERR_SUCCESS ? 0 : 1;
}

/*
 * The device under test of these examples: logs in with its triple, posts a property, exits 0 when the cloud
 * answers 200. Nothing in it knows of an emulator but the address it dials.
 *
 *     cc firmware.c -lmosquitto -lcrypto -o firmware
 *     ALINK_MQTT_HOST=127.0.0.1 ALINK_MQTT_PORT=1883 ./firmware PRODUCT-KEY DEVICE-NAME DEVICE-SECRET TEMPERATURE
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define PATIENCE_MS 10000

struct device {
	const char *product_key, *name, *secret, *temperature;
	char post[256], reply[270];      /* topics */
	bool answered, fine;
};

/* doc: "Establish MQTT connections over TCP": the password signs clientId, deviceName and productKey. */
static void sign(const struct device *device, char password[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0, i;
	char content[512];

	snprintf(content, sizeof(content), "clientId%s.%sdeviceName%sproductKey%s", device->product_key, device->name,
	         device->name, device->product_key);
	HMAC(EVP_sha256(), device->secret, (int)strlen(device->secret), (unsigned char *)content, strlen(content), digest, &len);
	for (i = 0; i < len && i < 32; i++)
		snprintf(password + 2 * i, 3, "%02x", digest[i]);
}

static void on_connect(struct mosquitto *client, void *ctx, int code)
{
	struct device *device = ctx;

	if (!code) {
		mosquitto_subscribe(client, NULL, device->reply, 1);
		return;
	}
	fprintf(stderr, "firmware: the cloud refused the login with %d\n", code);
	device->answered = true;
}

static void on_subscribe(struct mosquitto *client, void *ctx, int id, int count, const int *granted)
{
	struct device *device = ctx;
	char message[256];

	(void)id;
	(void)count;
	(void)granted;
	snprintf(message, sizeof(message), "{\"id\":\"1\",\"version\":\"1.0\",\"method\":\"thing.event.property.post\","
	         "\"params\":{\"temperature\":%s}}", device->temperature);
	mosquitto_publish(client, NULL, device->post, (int)strlen(message), message, 1, false);
}

static void on_message(struct mosquitto *client, void *ctx, const struct mosquitto_message *message)
{
	struct device *device = ctx;

	(void)client;
	printf("%.*s\n", message->payloadlen, (const char *)message->payload);
	device->answered = true;
	device->fine = message->payloadlen > 10 && !memcmp(message->payload, "{\"code\":200", 11) &&
	               memmem(message->payload, (size_t)message->payloadlen, "\"data\":{}", 9);
}

int main(int argc, char **argv)
{
	const char *host = getenv("ALINK_MQTT_HOST"), *port = getenv("ALINK_MQTT_PORT");
	struct device device = { 0 };
	char client_id[300], username[200], password[65] = "";
	struct mosquitto *client;
	int error = MOSQ_ERR_SUCCESS, waited_ms;

	if (argc != 5 || !host || !port) {
		fputs("usage: ALINK_MQTT_HOST=… ALINK_MQTT_PORT=… firmware PRODUCT-KEY DEVICE-NAME DEVICE-SECRET TEMPERATURE\n", stderr);
		return 2;
	}
	device.product_key = argv[1];
	device.name = argv[2];
	device.secret = argv[3];
	device.temperature = argv[4];
	snprintf(device.post, sizeof(device.post), "/sys/%s/%s/thing/event/property/post", device.product_key, device.name);
	snprintf(device.reply, sizeof(device.reply), "%s_reply", device.post);
	snprintf(client_id, sizeof(client_id), "%s.%s|securemode=3,signmethod=hmacsha256|", device.product_key, device.name);
	snprintf(username, sizeof(username), "%s&%s", device.name, device.product_key);
	sign(&device, password);

	mosquitto_lib_init();
	client = mosquitto_new(client_id, true, &device);
	if (!client)
		return 1;
	mosquitto_username_pw_set(client, username, password);
	mosquitto_connect_callback_set(client, on_connect);
	mosquitto_subscribe_callback_set(client, on_subscribe);
	mosquitto_message_callback_set(client, on_message);
	error = mosquitto_connect(client, host, atoi(port), 60);
	for (waited_ms = 0; !error && !device.answered && waited_ms < PATIENCE_MS; waited_ms += 100)
		error = mosquitto_loop(client, 100, 1);
	if (error)
		fprintf(stderr, "firmware: %s\n", mosquitto_strerror(error));
	mosquitto_disconnect(client);
	mosquitto_destroy(client);
	mosquitto_lib_cleanup();
	return device.fine ? 0 : 1;
}

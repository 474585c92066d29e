/*
 * Client ids, user names and passwords of all sorts: lines of the input. What is parsed must be in the text, and a
 * cloud lets nobody in who does not know a secret.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cloud.h"
#include "identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(expression) \
	do { \
		if (!(expression)) { \
			fprintf(stderr, "fuzz_client_id.c:%d: not so: %s\n", __LINE__, #expression); \
			abort(); \
		} \
	} while (0)

static int64_t now_ms(void *ctx)
{
	(void)ctx;
	return 1700000000000;
}

static void draw(void *ctx, void *buf, size_t len)
{
	static unsigned char next;
	unsigned char *out = buf;

	(void)ctx;
	while (len--)
		*out++ = next++;
}

static struct cloud *cloud_make(void)
{
	static const char text[] = "{\"cloud\":1,\"limits\":{\"logRecords\":100},\"products\":["
		"{\"productKey\":\"a1EmuGate01\",\"productSecret\":\"PsEmu0123456789\",\"dynamicRegistration\":true}],\"devices\":["
		"{\"productKey\":\"a1EmuGate01\",\"deviceName\":\"gw-0001\",\"deviceSecret\":\"0123456789abcdef0123456789abcdef\"}]}";
	struct cloud_config config = { .world = { now_ms, draw, NULL }, .seed = 1 };
	struct text complaints = { 0 };
	struct cloud_file *file = cloud_file_parse("fuzz", ".", text, strlen(text), &complaints);
	struct cloud *cloud;
	char error[300];

	check(file);
	config.file = file;
	cloud = cloud_new(&config, error, sizeof(error));
	check(cloud);
	cloud_file_free(file);
	text_free(&complaints);
	return cloud;
}

/* Every value stands in the text, in front of a `,` or the last bar, behind a `=`. */
static void stands_in(const char *text, const char *value)
{
	char wanted[CLIENT_ID_MAX + 3];

	if (!value)
		return;
	snprintf(wanted, sizeof(wanted), "=%s,", value);
	if (strstr(text, wanted))
		return;
	snprintf(wanted, sizeof(wanted), "=%s|", value);
	check(strlen(text) >= strlen(wanted) && !strcmp(text + strlen(text) - strlen(wanted), wanted));
}

static void parse_client_id(const char *text)
{
	struct client_id id;
	const char *why = NULL;
	size_t len = strlen(text);

	if (!client_id_parse(&id, text, &why)) {
		check(why && *why);
		check(len > CLIENT_ID_MAX || !strchr(text, '|') || text[len - 1] != '|' || strchr(text, '|') == text + len - 1);
		return;
	}
	check(!strncmp(text, id.cid, strlen(id.cid)) && text[strlen(id.cid)] == '|');
	stands_in(text, id.secure_mode);
	stands_in(text, id.sign_method);
	stands_in(text, id.timestamp);
	stands_in(text, id.auth_type);
	stands_in(text, id.random);
	stands_in(text, id.instance_id);
	stands_in(text, id.ss);
	stands_in(text, id.ext);
}

static void parse_user_name(const char *text)
{
	struct user_name user;
	char again[256];

	if (!user_name_parse(&user, text))
		return;
	snprintf(again, sizeof(again), "%s&%s", user.device_name, user.product_key);
	check(!strcmp(again, text));
	check(*user.device_name && *user.product_key && !strchr(user.device_name, '&'));
}

/* The passwords of the corpus that are right; no mutation finds another. */
static bool is_known(const char *password)
{
	static const char *const known[] = {
		"318a56e9956c22a4a584a6d2d0395f1f", "7fbc1a0f0239b77c2311cf373731cdd6e0615484", "362ef22d7676591e02936cd11813f602",
		"19f0ed68349532d75a7260e8d26cf73c21513d464ca332907a3d64f74cc92517",
	};
	size_t i;

	for (i = 0; password && i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcasecmp(known[i], password))
			return true;
	return false;
}

static void connect(const char *const lines[3], const uint8_t *data, size_t size)
{
	static struct cloud *cloud;
	static unsigned cases;
	struct connect in = {
		.client_id = lines[0], .user_name = lines[1], .password = lines[2], .address = "127.0.0.1",
		.protocol = 3 + (int)(size % 3), .keepalive_s = 60, .clean = size % 2,
		.transport = size ? (enum transport)(data[0] % 3) : TRANSPORT_UNKNOWN,
	};
	struct connected connected = { 0 };
	struct effects out = { 0 };
	char key[1024];
	enum connack connack;

	if (cases++ % 10000 == 0) {
		cloud_free(cloud);
		cloud = cloud_make();
	}
	connack = cloud_connect(cloud, &in, &connected, &out);
	check(connack <= CONNACK_NOT_AUTHORISED && !out.failed);
	check((connack == CONNACK_ACCEPTED) == (connected.number != 0));
	check(connack != CONNACK_ACCEPTED || is_known(lines[2]));
	if (connected.number)
		cloud_disconnect(cloud, connected.number, DISCONNECT_LOST, &out);
	cloud_psk(cloud, lines[0], key, sizeof(key));
	cloud_tick(cloud, &out);
	check(!cloud_commit(cloud));
	effects_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *at;
	const char *lines[3] = { "", NULL, NULL };
	size_t count = 1;

	check(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	lines[0] = text;
	for (at = text; *at; at++)
		if (*at == '\n' && count < 3) {
			*at = '\0';
			lines[count++] = at + 1;
		}
	parse_client_id(lines[0]);
	if (lines[1])
		parse_user_name(lines[1]);
	connect(lines, data, size);
	free(text);
	return 0;
}

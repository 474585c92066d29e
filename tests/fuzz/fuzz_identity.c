/*
 * Who a CONNECT says it is: one text, its first line the clientId, the rest the user name.
 *
 * What is accepted is put together again and must mean the same; what is refused says why.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"

#define TEXT_MAX 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(expression) \
	do { \
		if (!(expression)) \
			surprise(__LINE__, #expression); \
	} while (0)

static void surprise(int line, const char *expression)
{
	fprintf(stderr, "fuzz_identity.c:%d: not so: %s\n", line, expression);
	abort();
}

/* The keys in another order than any client sends them, for the order is free. */
static const struct {
	const char *name;
	size_t      offset;
} keys[] = {
	{ "EXT",        offsetof(struct client_id, ext) },
	{ "_ss",        offsetof(struct client_id, ss) },
	{ "instanceid", offsetof(struct client_id, instance_id) },
	{ "random",     offsetof(struct client_id, random) },
	{ "authtype",   offsetof(struct client_id, auth_type) },
	{ "timestamp",  offsetof(struct client_id, timestamp) },
	{ "signMethod", offsetof(struct client_id, sign_method) },
	{ "secureMode", offsetof(struct client_id, secure_mode) },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static const char *value(const struct client_id *id, size_t key)
{
	return *(const char *const *)((const char *)id + keys[key].offset);
}

static void judge_client_id(const char *text)
{
	static struct client_id id, again;
	static char rebuilt[2 * CLIENT_ID_MAX];
	const char *why = NULL;
	size_t len = strlen(text), bars = 0, used, i;

	for (i = 0; i < len; i++)
		bars += text[i] == '|';
	if (!client_id_parse(&id, text, &why)) {
		check(why && *why);
		check(len > 512 || bars < 2 || text[len - 1] != '|');
		return;
	}
	check(len <= 512 && bars >= 2 && text[len - 1] == '|');
	check(!strncmp(text, id.cid, strlen(id.cid)) && text[strlen(id.cid)] == '|');
	used = (size_t)snprintf(rebuilt, sizeof(rebuilt), "%s|", id.cid);
	for (i = 0; i < KEYS; i++) {
		if (!value(&id, i))
			continue;
		check(strstr(text, value(&id, i)) && !strchr(value(&id, i), ','));
		used += (size_t)snprintf(rebuilt + used, sizeof(rebuilt) - used, "%s=%s,", keys[i].name, value(&id, i));
	}
	if (used + 2 > CLIENT_ID_MAX)
		return;
	strcpy(rebuilt + used, "|");
	check(client_id_parse(&again, rebuilt, &why));
	check(!strcmp(again.cid, id.cid));
	for (i = 0; i < KEYS; i++)
		check(value(&id, i) ? value(&again, i) && !strcmp(value(&again, i), value(&id, i)) : !value(&again, i));
}

static void judge_user_name(const char *text)
{
	static struct user_name user;
	static char rebuilt[sizeof(user)];
	const char *amp = strchr(text, '&');

	if (!user_name_parse(&user, text)) {
		check(!amp || amp == text || amp - text > 128 || !amp[1] || strlen(amp + 1) > 64);
		return;
	}
	snprintf(rebuilt, sizeof(rebuilt), "%s&%s", user.device_name, user.product_key);
	check(!strcmp(rebuilt, text));
	check(*user.device_name && *user.product_key && !strchr(user.device_name, '&'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text, *line;

	if (size > TEXT_MAX)
		return 0;
	text = strndup((const char *)data, size);
	check(text);
	line = strchr(text, '\n');
	if (line)
		*line++ = '\0';
	judge_client_id(text);
	judge_user_name(line ? line : "");
	free(text);
	return 0;
}

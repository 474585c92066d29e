#include "identity.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* The keys that mean something to us; lan, gw, _v, _conn, pid … only describe the client. */
static const struct {
	const char *name;
	size_t      offset;
} keys[] = {
	{ "securemode", offsetof(struct client_id, secure_mode) },
	{ "signmethod", offsetof(struct client_id, sign_method) },
	{ "timestamp",  offsetof(struct client_id, timestamp)   },
	{ "authType",   offsetof(struct client_id, auth_type)   },   /* sdk: some send `authtype` */
	{ "random",     offsetof(struct client_id, random)      },
	{ "instanceId", offsetof(struct client_id, instance_id) },
	{ "_ss",        offsetof(struct client_id, ss)          },
	{ "ext",        offsetof(struct client_id, ext)         },
};

static void set_pair(struct client_id *id, char *pair)
{
	char *equals = strchr(pair, '=');
	size_t i;

	if (!equals)
		return;
	*equals = '\0';
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcasecmp(pair, keys[i].name))
			*(const char **)((char *)id + keys[i].offset) = equals + 1;
}

bool client_id_parse(struct client_id *id, const char *text, const char **why)
{
	size_t len = strlen(text);
	char *extension, *pair, *comma;

	*id = (struct client_id){ .cid = "" };
	if (len > CLIENT_ID_MAX) {
		*why = "the clientId is longer than 512 bytes";
		return false;
	}
	memcpy(id->buffer, text, len + 1);
	extension = strchr(id->buffer, '|');
	if (!extension) {
		*why = "the clientId has no |…| extension";
		return false;
	}
	/* Only the last byte closes the extension: sdk: Node has shipped `lan=JS|Ali` inside it. */
	if (id->buffer + len - 1 == extension || id->buffer[len - 1] != '|') {
		*why = "the clientId's extension does not end in |";
		return false;
	}
	id->buffer[len - 1] = '\0';
	*extension++ = '\0';
	id->cid = id->buffer;
	for (pair = extension; pair; pair = comma) {
		comma = strchr(pair, ',');
		if (comma)
			*comma++ = '\0';
		set_pair(id, pair);
	}
	return true;
}

bool user_name_parse(struct user_name *user, const char *text)
{
	const char *amp = text ? strchr(text, '&') : NULL;
	size_t device_len, product_len;

	if (!amp)
		return false;
	device_len = (size_t)(amp - text);
	product_len = strlen(amp + 1);
	if (!device_len || device_len >= sizeof(user->device_name) ||
	    !product_len || product_len >= sizeof(user->product_key))
		return false;
	memcpy(user->device_name, text, device_len);
	user->device_name[device_len] = '\0';
	memcpy(user->product_key, amp + 1, product_len + 1);
	return true;
}

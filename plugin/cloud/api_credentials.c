/*
 * What a client has to send in CONNECT, for every way to authenticate, ready to be used by hand.
 * Connect reference, sections 1.2 to 1.8 and 2.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "api_call.h"
#include "identity.h"
#include "preauth.h"
#include "psk.h"
#include "sign.h"

struct credentials {
	struct api_call *call;
	const struct device *device;
	const char *secure_mode, *listener;   /* for the transport that was asked for */
	enum sign_method method;
	bool        chose_cid;          /* the caller did: then it stays */
	char        cid[CLIENT_CID_MAX + 1], timestamp[24], random[65], sign_name[16];
	char        password[SIGN_HEX_MAX];
	struct text content;            /* what is signed; empty: nothing */
	struct text extension;          /* behind securemode, "key=value,…" with a comma before each */
	struct text user_name, token;   /* the token is the password where there is one */
	struct text more;               /* further members of the answer */
};

static void extend(struct credentials *made, const char *key, const char *value)
{
	text_addf(&made->extension, ",%s=%s", key, value);
}

/* The signature of some fields becomes the password; the client says with which method. 0 or -1. */
static int sign(struct credentials *made, const char *secret, const struct sign_field *fields, size_t count)
{
	sign_content(fields, count, &made->content);
	extend(made, "signmethod", sign_method_name(made->method));
	return sign_hex(made->method, secret, text_string(&made->content), made->content.len, made->password);
}

/* --- the modes: 0, or -1 after refusing --- */

static int by_secret(struct credentials *made)
{
	const struct device *device = made->device;
	const struct sign_field fields[] = {
		{ "clientId", made->cid }, { "deviceName", device->name }, { "productKey", device->product->key },
		{ "timestamp", *made->timestamp ? made->timestamp : NULL },
	};

	if (*made->timestamp)
		extend(made, "timestamp", made->timestamp);
	return sign(made, device->secret, fields, 4);
}

static int registering(struct credentials *made, const char *auth_type)
{
	const struct device *device = made->device;
	const struct sign_field fields[] = {
		{ "deviceName", device->name }, { "productKey", device->product->key }, { "random", made->random },
	};

	extend(made, "authType", auth_type);
	extend(made, "random", made->random);
	return sign(made, device->product->secret, fields, 3);
}

/* With the form for POST /auth/register/device beside it: the same is signed. */
static int by_registration(struct credentials *made)
{
	int failed = registering(made, "register");

	text_add(&made->more, "\"form\":{");
	text_add_member(&made->more, "productKey", made->device->product->key);
	text_add_member(&made->more, "deviceName", made->device->name);
	text_add_member(&made->more, "random", made->random);
	text_add_member(&made->more, "signMethod", sign_method_name(made->method));
	text_add_member(&made->more, "sign", made->password);
	text_add_char(&made->more, '}');
	return failed;
}

static int by_regnwl(struct credentials *made)
{
	return registering(made, "regnwl");
}

static int take_token(void *ctx, const char *client_id, const char *token)
{
	struct credentials *made = ctx;

	if (made->chose_cid && strcmp(client_id, made->cid))
		return 0;
	snprintf(made->cid, sizeof(made->cid), "%s", client_id);
	text_add(&made->token, token);
	return 1;
}

static int by_token(struct credentials *made)
{
	extend(made, "authType", "connwl");
	if (store_list_tokens(made->call->cloud->store, made->device->id, take_token, made) == 1)
		return 0;
	api_refuse(made->call, 409, "NoToken", "%s/%s has no such token: authType=regnwl issues one", made->device->product->key,
	           made->device->name);
	return -1;
}

static int by_psk(struct credentials *made)
{
	static const char timestamp[] = "2524608000000";    /* sdk: the constant of all C SDKs */
	const struct device *device = made->device;
	struct text identity = { 0 };
	char key[SIGN_HEX_MAX];
	int failed = by_secret(made);

	text_addf(&identity, "devicename|%s|%s&%s|%s", sign_method_name(made->method), device->product->key, device->name, timestamp);
	failed |= psk_text(made->method, device, timestamp, key);
	text_add_member(&made->more, "pskIdentity", text_string(&identity));
	text_add_member(&made->more, "psk", key);
	text_free(&identity);
	return failed;
}

static int by_preauth(struct credentials *made)
{
	text_clear(&made->user_name);
	text_add(&made->user_name, made->device->iot_id);
	return iot_token_write(made->device, cloud_now(made->call->cloud), &made->token);
}

static int by_certificate(struct credentials *made)
{
	(void)made;             /* the certificate says it all */
	return 0;
}

/* The securemode over TCP is NULL where only TLS makes sense; the listener is the one for TLS. */
static const struct mode {
	const char *name, *tls, *tcp, *listener;
	int (*make)(struct credentials *made);
} modes[] = {
	{ "connect",  "2",  "3",  "mqtts", by_secret       },
	{ "secret",   "2",  "3",  "mqtts", by_secret       },
	{ "register", "2",  NULL, "mqtts", by_registration },
	{ "regnwl",   "-2", NULL, "mqtts", by_regnwl       },
	{ "connwl",   "-2", "-2", "mqtts", by_token        },
	{ "psk",      "2",  NULL, "psk",   by_psk          },
	{ "preauth",  "-1", "0",  "mqtts", by_preauth      },
	{ "x509",     "2",  NULL, "x509",  by_certificate  },
};

static const struct mode *mode_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i].name, name))
			return &modes[i];
	return NULL;
}

/* False after refusing. */
static bool read_query(struct credentials *made)
{
	struct api_call *call = made->call;

	made->method = SIGN_SHA256;
	if (api_query(call, "signMethod", made->sign_name, sizeof(made->sign_name)) &&
	    !sign_method_parse(made->sign_name, &made->method)) {
		api_refuse(call, 400, "BadRequest", "`signMethod` must be hmacmd5, hmacsha1 or hmacsha256");
		return false;
	}
	api_query(call, "timestamp", made->timestamp, sizeof(made->timestamp));
	if (!api_query(call, "random", made->random, sizeof(made->random)))
		snprintf(made->random, sizeof(made->random), "4711");
	made->chose_cid = api_query(call, "clientId", made->cid, sizeof(made->cid));
	if (!made->chose_cid)
		snprintf(made->cid, sizeof(made->cid), "%.31s.%.32s", made->device->product->key, made->device->name);
	if (strpbrk(made->cid, "|") || strpbrk(made->random, ",|") || strpbrk(made->timestamp, ",|")) {
		api_refuse(call, 400, "BadRequest", "`clientId` is the part before the first |; `random` and `timestamp` stand among"
		           " what is separated by , and |");
		return false;
	}
	return true;
}

static void write_answer(const struct credentials *made)
{
	struct text *out = made->call->answer;
	struct text client_id = { 0 };

	text_addf(&client_id, "%s|securemode=%s%s|", made->cid, made->secure_mode, text_string(&made->extension));
	/* Where to connect is the tool's to know: it fills host and port of that listener. */
	text_add(out, "{\"host\":null,\"port\":null");
	text_add_member(out, "listener", made->listener);
	text_add_member(out, "clientId", text_string(&client_id));
	text_add_member(out, "username", text_string(&made->user_name));
	text_add_member(out, "password", made->token.len ? text_string(&made->token) : made->password);
	if (made->content.len) {
		text_add_member(out, "signMethod", sign_method_name(made->method));
		text_add_member(out, "content", text_string(&made->content));
	}
	if (made->more.len)
		text_add_comma(out);
	text_add(out, text_string(&made->more));
	text_add_char(out, '}');
	text_free(&client_id);
}

int api_credentials(struct api_call *call)
{
	struct credentials made = { .call = call, .device = api_device(call) };
	char name[16] = "connect", tls[8] = "";
	const struct mode *mode;
	int status = 200, failed;
	bool tcp;

	if (!made.device)
		return 404;
	api_query(call, "mode", name, sizeof(name));
	mode = mode_find(*name ? name : "connect");
	if (!mode)
		return api_sub_credentials(call, made.device, name);
	if (!read_query(&made))
		return 400;
	api_query(call, "tls", tls, sizeof(tls));
	tcp = mode->tcp && strcmp(tls, "true");
	made.secure_mode = tcp ? mode->tcp : mode->tls;
	made.listener = tcp ? "mqtt" : mode->listener;
	text_addf(&made.user_name, "%s&%s", made.device->name, made.device->product->key);
	/* A content is the sign of a signature; a token was looked for and, when it is not there, refused. */
	failed = mode->make(&made);
	if (!failed)
		write_answer(&made);
	else
		status = mode->make == by_token ? 409 : api_refuse(call, 500, "SignFailed", "the signature could not be computed");
	text_free(&made.content);
	text_free(&made.extension);
	text_free(&made.user_name);
	text_free(&made.token);
	text_free(&made.more);
	return status;
}

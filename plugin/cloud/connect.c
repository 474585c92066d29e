/*
 * CONNECT: who is it, is the signature right, may it come in.
 *
 * doc: "Establish MQTT connections over TCP", CONNACK return codes; connect reference, sections 1.2 to 1.5.
 * The order of the checks is the reference's decision table; the first that fails decides.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "code.h"
#include "connection.h"
#include "identity.h"
#include "lifecycle.h"
#include "offline.h"
#include "sign.h"

/* A CONNECT being judged. */
struct judged {
	struct cloud  *cloud;
	const struct connect *in;
	struct client_id id;
	struct user_name user;
	struct product  *product;
	struct device   *device;
	struct effects  *out;
	struct text     *why;
	int              log_code;     /* what the cloud's log shows for a refusal */
	struct connection *connection; /* when accepted */
};

static enum connack refuse(struct judged *judged, enum connack connack, int log_code)
{
	judged->log_code = log_code;
	return connack;
}

/* doc: the content is clientId, deviceName, productKey and, when it was sent, timestamp: key then value, no separators. */
static void secret_content(const struct judged *judged, struct text *content)
{
	text_add(content, "clientId");
	text_add(content, judged->id.cid);
	text_add(content, "deviceName");
	text_add(content, judged->user.device_name);
	text_add(content, "productKey");
	text_add(content, judged->user.product_key);
	if (judged->id.timestamp) {
		text_add(content, "timestamp");
		text_add(content, judged->id.timestamp);
	}
}

static bool secret_matches(struct judged *judged)
{
	enum sign_method method = SIGN_MD5;   /* doc: the default when signmethod is absent */
	struct text content = { 0 };
	char expected[SIGN_HEX_MAX];
	bool matches = false;

	if (judged->id.sign_method && !sign_method_parse(judged->id.sign_method, &method)) {
		text_addf(judged->why, "signmethod `%s` is none of hmacmd5, hmacsha1, hmacsha256", judged->id.sign_method);
		return false;
	}
	secret_content(judged, &content);
	if (content.failed || sign_hex(method, judged->device->secret, text_string(&content), content.len, expected)) {
		text_add(judged->why, "the emulator could not compute the signature");
	} else if (judged->in->password && sign_equal(expected, judged->in->password)) {
		matches = true;
	} else if (judged->cloud->settings.options.explain_secrets) {
		text_addf(judged->why, "the signature differs: %s of `%s` with the device's secret is %s, the password was `%s`",
		          sign_method_name(method), text_string(&content), expected,
		          judged->in->password ? judged->in->password : "");
	} else {
		text_add(judged->why, "the signature differs");
	}
	text_free(&content);
	return matches;
}

/* One device, one secret: the ordinary way in. */
static enum connack judge_secret(struct judged *judged)
{
	if (!judged->device) {
		text_addf(judged->why, judged->product ? "product %s has no device `%s`" : "there is no product %s (device `%s`)",
		          judged->user.product_key, judged->user.device_name);
		return refuse(judged, CONNACK_CREDENTIALS, judged->product ? CODE_DEVICE_NOT_FOUND : CODE_PRODUCT_NOT_FOUND);
	}
	if (!secret_matches(judged))
		return refuse(judged, CONNACK_CREDENTIALS, CODE_INVALID_SIGN);
	/* guess: 4 is as plausible for a disabled device; 5 is the documented text. */
	if (!judged->device->enabled) {
		text_add(judged->why, "the device is disabled");
		return refuse(judged, CONNACK_NOT_AUTHORISED, CODE_DEVICE_FORBIDDEN);
	}
	connection_take_over(judged->cloud, judged->device, judged->out);
	judged->connection = connection_new(judged->cloud, judged->in, judged->device);
	if (!judged->connection)
		return refuse(judged, CONNACK_UNAVAILABLE, CODE_SERVER_ERROR);
	offline_resume(judged->cloud, judged->device, judged->in->clean);
	judged->connection->auto_subscribe = judged->id.ss && !strcmp(judged->id.ss, "1");
	judged->connection->ext_rrpc = judged->id.ext && (judged->id.ext[0] - '0') & 1 && !judged->id.ext[1];
	return CONNACK_ACCEPTED;
}

/* doc: authentication modes. What a client asks for with authType; no authType is a device's own secret. */
static const struct {
	const char *auth_type;
	enum connack (*judge)(struct judged *judged);
} modes[] = {
	{ NULL, judge_secret },
};

static enum connack judge(struct judged *judged)
{
	const struct settings *settings = &judged->cloud->settings;
	const struct connect *in = judged->in;
	const char *why = NULL;
	size_t i;

	if (in->protocol < 3 || in->protocol > 5) {
		text_addf(judged->why, "protocol level %d is none of 3, 4, 5", in->protocol);
		return refuse(judged, CONNACK_PROTOCOL, CODE_BAD_PARAMS);
	}
	if (!client_id_parse(&judged->id, in->client_id, &why)) {
		text_addf(judged->why, "%s; it should look like `any|securemode=3,signmethod=hmacsha256|`", why);
		return refuse(judged, CONNACK_IDENTIFIER, CODE_BAD_PARAMS);
	}
	if (!*judged->id.cid && in->protocol < 5) {
		text_add(judged->why, "the clientId is empty before its first |, which only MQTT 5 allows");
		return refuse(judged, CONNACK_IDENTIFIER, CODE_BAD_PARAMS);
	}
	if (strlen(judged->id.cid) > CLIENT_CID_MAX) {
		text_add(judged->why, "the clientId has more than 64 characters before its first |");
		return refuse(judged, CONNACK_IDENTIFIER, CODE_BAD_PARAMS);
	}
	if (!judged->id.secure_mode) {
		text_add(judged->why, "the clientId's extension has no securemode (2 for TLS, 3 for TCP)");
		return refuse(judged, CONNACK_IDENTIFIER, CODE_BAD_PARAMS);
	}
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (modes[i].auth_type == judged->id.auth_type ||
		    (modes[i].auth_type && judged->id.auth_type && !strcasecmp(modes[i].auth_type, judged->id.auth_type)))
			break;
	if (i == sizeof(modes) / sizeof(modes[0])) {
		text_addf(judged->why, "authType `%s` is not emulated", judged->id.auth_type);
		return refuse(judged, CONNACK_IDENTIFIER, CODE_BAD_PARAMS);
	}
	/* sdk: Link SDK 4.x header: below 30 s refused, above 1200 s taken as 1200. */
	if (settings->limits.keepalive_min_seconds && in->keepalive_s < settings->limits.keepalive_min_seconds) {
		text_addf(judged->why, "keepalive %d s is below %lld s (limit keepaliveMinSeconds)", in->keepalive_s,
		          (long long)settings->limits.keepalive_min_seconds);
		return refuse(judged, CONNACK_IDENTIFIER, CODE_BAD_PARAMS);
	}
	if (settings->limits.keepalive_max_seconds && in->keepalive_s > settings->limits.keepalive_max_seconds &&
	    settings->options.keepalive_above_max) {
		text_addf(judged->why, "keepalive %d s is above %lld s (limit keepaliveMaxSeconds)", in->keepalive_s,
		          (long long)settings->limits.keepalive_max_seconds);
		return refuse(judged, CONNACK_IDENTIFIER, CODE_BAD_PARAMS);
	}
	if (!user_name_parse(&judged->user, in->user_name)) {
		text_addf(judged->why, "the user name is `%s`, not `deviceName&productKey`", in->user_name ? in->user_name : "");
		return refuse(judged, CONNACK_CREDENTIALS, CODE_BAD_PARAMS);
	}
	judged->product = product_find(judged->cloud, judged->user.product_key, strlen(judged->user.product_key));
	judged->device = device_find(judged->cloud, judged->product, judged->user.device_name, strlen(judged->user.device_name));
	return modes[i].judge(judged);
}

enum connack cloud_connect(struct cloud *cloud, const struct connect *in, uint64_t *number, struct effects *out)
{
	struct judged judged = { .cloud = cloud, .in = in, .out = out, .why = &cloud->why, .log_code = CODE_SUCCESS };
	struct record record;
	enum connack connack;

	*number = 0;
	text_clear(&cloud->why);
	connack = judge(&judged);
	if (connack == CONNACK_ACCEPTED) {
		*number = judged.connection->number;
		cloud->counters.connects_accepted++;
		if (judged.connection->device)
			device_came_online(cloud, judged.connection->device);
	} else {
		cloud->counters.connects_refused++;
		text_addf(&cloud->why, " (CONNACK %d)", connack);
	}
	record = record_new(cloud, SERVICE_DEVICE, judged.device, 0, connack ? "connect" : "online", judged.log_code);
	if (!judged.device) {
		record.product_key = judged.user.product_key;
		record.device_name = judged.user.device_name;
	}
	record.content = in->client_id;
	record.content_len = strlen(in->client_id);
	record.why = text_string(&cloud->why);
	journal_add(cloud->journal, &record);
	return connack;
}

/*
 * CONNECT: who is it, may it come in.
 *
 * doc: "Establish MQTT connections over TCP", CONNACK return codes; connect reference, sections 1.2 to 1.5 and 1.10
 * to 1.12. The order of the checks is the reference's decision table; the first that fails decides.
 */
#include "connect.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "code.h"
#include "lifecycle.h"
#include "offline.h"
#include "scenario.h"

/* --- saying no, and remarks --- */

enum connack judge_refuse(struct judged *judged, enum connack connack, int log_code)
{
	judged->log_code = log_code;
	return connack;
}

void judge_note(struct judged *judged, const char *format, ...)
{
	char note[256];
	va_list args;

	va_start(args, format);
	vsnprintf(note, sizeof(note), format, args);
	va_end(args);
	if (judged->why->len)
		text_add(judged->why, "; ");
	text_add(judged->why, note);
}

/* --- the ways to authenticate --- */

enum mode_flags {
	MODE_CERTIFICATE = 1,    /* the client showed a certificate, and sends no password */
	MODE_RANDOM = 2,         /* the clientId carries `random` */
	MODE_REGISTRATION = 4,   /* over TLS only, for a moment: the keepalive does not matter */
	MODE_NO_USER = 8,        /* the user name is no deviceName&productKey */
};

/* doc: authentication modes; connect reference, 1.4. The first row that fits is it. */
static const struct mode {
	const char *auth_type;
	const char *secure_modes;   /* blank-separated; NULL: any */
	unsigned    flags;
	const char *operation;      /* in the log */
	enum connack (*judge)(struct judged *judged);
} modes[] = {
	{ "",         "2",    MODE_CERTIFICATE | MODE_NO_USER,  "online",   judge_certificate },
	{ "",         "-1 0", MODE_NO_USER,                     "online",   judge_preauth     },
	{ "",         NULL,   0,                                "online",   judge_secret      },
	{ "id2",      NULL,   0,                                "online",   judge_secret      },
	{ "register", NULL,   MODE_REGISTRATION,                "register", judge_register    },
	/* doc: one page prints regnwl for the later connect, too; only a registration has a `random`. */
	{ "regnwl",   NULL,   MODE_REGISTRATION | MODE_RANDOM,  "regnwl",   judge_regnwl      },
	{ "regnwl",   NULL,   0,                                "online",   judge_token       },
	{ "connwl",   NULL,   0,                                "online",   judge_token       },
};

static bool word_in(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (; *words; words += strspn(words, " ")) {
		size_t word_len = strcspn(words, " ");

		if (word_len == len && !memcmp(words, word, len))
			return true;
		words += word_len;
	}
	return false;
}

static const struct mode *mode_find(const struct judged *judged)
{
	const char *auth_type = judged->id.auth_type ? judged->id.auth_type : "";
	bool password = judged->in->password && *judged->in->password;
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcasecmp(modes[i].auth_type, auth_type) &&
		    (!modes[i].secure_modes || word_in(modes[i].secure_modes, judged->id.secure_mode)) &&
		    (!(modes[i].flags & MODE_CERTIFICATE) || (judged->in->certificate && !password)) &&
		    (!(modes[i].flags & MODE_RANDOM) || judged->id.random))
			return &modes[i];
	return NULL;
}

/* --- what is checked for all of them --- */

static enum connack check_protocol(struct judged *judged)
{
	if (judged->in->protocol >= 3 && judged->in->protocol <= 5)
		return CONNACK_ACCEPTED;
	text_addf(judged->why, "protocol level %d is none of 3, 4, 5", judged->in->protocol);
	return judge_refuse(judged, CONNACK_PROTOCOL, CODE_BAD_PARAMS);
}

static size_t characters(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xC0) != 0x80;
	return count;
}

static enum connack check_client_id(struct judged *judged)
{
	const char *wrong = NULL;

	if (!client_id_parse(&judged->id, judged->in->client_id, &wrong))
		text_addf(judged->why, "%s; it should look like `any|securemode=3,signmethod=hmacsha256|`", wrong);
	else if (!*judged->id.cid && judged->in->protocol < 5)
		text_add(judged->why, "the clientId is empty before its first |, which only MQTT 5 allows");
	else if (characters(judged->id.cid) > CLIENT_CID_MAX)
		text_add(judged->why, "the clientId has more than 64 characters before its first |");
	else
		return CONNACK_ACCEPTED;
	return judge_refuse(judged, CONNACK_IDENTIFIER, CODE_BAD_PARAMS);
}

static bool is_integer(const char *text)
{
	text += *text == '-';
	return *text && !text[strspn(text, "0123456789")];
}

static enum connack check_mode(struct judged *judged)
{
	if (!judged->id.secure_mode) {
		text_add(judged->why, "the clientId's extension has no securemode (2 for TLS, 3 for TCP)");
	} else if (!is_integer(judged->id.secure_mode)) {
		text_addf(judged->why, "securemode `%s` is no number (2 for TLS, 3 for TCP)", judged->id.secure_mode);
	} else {
		judged->mode = mode_find(judged);
		if (judged->mode)
			return CONNACK_ACCEPTED;
		text_addf(judged->why, "authType `%s` is none of register, regnwl, connwl, id2", judged->id.auth_type);
	}
	return judge_refuse(judged, CONNACK_IDENTIFIER, CODE_BAD_PARAMS);
}

/* doc: accounts made after August 2022 have no plain TCP. guess: what a refusal looks like. */
static enum connack check_tls_only(struct judged *judged)
{
	if (!judged->cloud->settings.options.tls_only)
		return CONNACK_ACCEPTED;
	if (judged->in->transport == TRANSPORT_UNKNOWN)
		judge_note(judged, "the connection's transport is not known here, so option tlsOnly was not applied");
	if (judged->in->transport != TRANSPORT_TCP)
		return CONNACK_ACCEPTED;
	text_add(judged->why, "the connection is not TLS (option tlsOnly)");
	return judge_refuse(judged, CONNACK_NOT_AUTHORISED, CODE_FORBIDDEN);
}

static enum connack check_transport(struct judged *judged)
{
	/* doc: what securemode says of the transport. guess: that the platform accepts a contradiction; strictSecuremode refuses. */
	static const struct { const char *secure_mode; enum transport transport; const char *name; } transports[] = {
		{ "2", TRANSPORT_TLS, "TLS" }, { "3", TRANSPORT_TCP, "TCP" }, { "-1", TRANSPORT_TLS, "TLS" }, { "0", TRANSPORT_TCP, "TCP" },
	};
	bool strict = judged->cloud->settings.options.strict_securemode;
	size_t i;

	if (judged->mode->flags & MODE_REGISTRATION) {
		/* doc: over TCP a registration is answered with CONNACK 2. */
		if (judged->in->transport == TRANSPORT_TCP) {
			text_add(judged->why, "a registration needs TLS");
			return judge_refuse(judged, CONNACK_IDENTIFIER, CODE_BAD_PARAMS);
		}
		if (judged->in->transport == TRANSPORT_UNKNOWN)
			judge_note(judged, "the connection's transport is not known here: a registration would need TLS");
		return CONNACK_ACCEPTED;
	}
	for (i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
		if (strcmp(transports[i].secure_mode, judged->id.secure_mode) || transports[i].transport == judged->in->transport)
			continue;
		if (judged->in->transport == TRANSPORT_UNKNOWN) {
			if (strict)
				judge_note(judged, "the connection's transport is not known here, so option strictSecuremode was not applied");
			return CONNACK_ACCEPTED;
		}
		judge_note(judged, "securemode=%s says %s, but the connection is not%s", transports[i].secure_mode, transports[i].name,
		           strict ? " (option strictSecuremode)" : "");
		if (strict)
			return judge_refuse(judged, CONNACK_IDENTIFIER, CODE_BAD_PARAMS);
	}
	return CONNACK_ACCEPTED;
}

/* sdk: Link SDK 4.x header: below 30 s refused, above 1200 s taken as 1200. */
static enum connack check_keepalive(struct judged *judged)
{
	const struct settings *settings = &judged->cloud->settings;
	int64_t min_s = settings->limits.keepalive_min_seconds, max_s = settings->limits.keepalive_max_seconds;
	int keepalive_s = judged->in->keepalive_s;

	if (judged->mode->flags & MODE_REGISTRATION)
		return CONNACK_ACCEPTED;   /* doc: not validated there */
	if (min_s && keepalive_s < min_s) {
		text_addf(judged->why, "keepalive %d s is below %lld s (limit keepaliveMinSeconds)", keepalive_s, (long long)min_s);
	} else if (max_s && keepalive_s > max_s && settings->options.keepalive_above_max == KEEPALIVE_ABOVE_MAX_REFUSE) {
		text_addf(judged->why, "keepalive %d s is above %lld s (limit keepaliveMaxSeconds)", keepalive_s, (long long)max_s);
	} else {
		if (max_s && keepalive_s > max_s)
			judge_note(judged, "the platform takes keepalive %d s as %lld s; this broker waits for 1.5 times what was asked for",
			           keepalive_s, (long long)max_s);
		return CONNACK_ACCEPTED;
	}
	judged->reason = 0x82;         /* guess: protocol error, or a plain close */
	return judge_refuse(judged, CONNACK_IDENTIFIER, CODE_BAD_PARAMS);
}

/* doc: 6296 account and instance do not match. guess: how the device is told. */
static enum connack check_instance(struct judged *judged)
{
	const char *ours = judged->cloud->instance_id, *asked = judged->id.instance_id;

	if (!ours || !asked || !strcmp(ours, asked))
		return CONNACK_ACCEPTED;
	text_addf(judged->why, "instanceId `%s` is not this cloud's `%s`", asked, ours);
	return judge_refuse(judged, CONNACK_CREDENTIALS, CODE_INSTANCE_MISMATCH);
}

static enum connack check_user(struct judged *judged)
{
	if (judged->mode->flags & MODE_NO_USER)
		return CONNACK_ACCEPTED;
	if (!user_name_parse(&judged->user, judged->in->user_name)) {
		text_addf(judged->why, "the user name is `%s`, not `deviceName&productKey`",
		          judged->in->user_name ? judged->in->user_name : "");
		return judge_refuse(judged, CONNACK_CREDENTIALS, CODE_BAD_PARAMS);
	}
	judged->product = product_find(judged->cloud, judged->user.product_key, strlen(judged->user.product_key));
	judged->device = device_find(judged->cloud, judged->product, judged->user.device_name, strlen(judged->user.device_name));
	return CONNACK_ACCEPTED;
}

/* In order. Those that only enforce are left out with option platformRules off: the others find out who it is. */
static const struct {
	enum connack (*check)(struct judged *judged);
	bool rule;
} checks[] = {
	{ check_protocol,  true  },
	{ check_client_id, false },
	{ check_mode,      false },
	{ check_tls_only,  true  },
	{ check_transport, true  },
	{ check_keepalive, true  },
	{ check_instance,  true  },
	{ check_user,      false },
};

static enum connack judge(struct judged *judged)
{
	enum connack connack;
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (checks[i].rule && !judged->cloud->settings.options.platform_rules)
			continue;
		connack = checks[i].check(judged);
		if (connack != CONNACK_ACCEPTED)
			return connack;
	}
	return judged->mode->judge(judged);
}

/* --- letting a device in --- */

enum connack judge_device(struct judged *judged)
{
	if (judged->device)
		return CONNACK_ACCEPTED;
	text_addf(judged->why, judged->product ? "product %s has no device `%s`" : "there is no product %s (device `%s`)",
	          judged->user.product_key, judged->user.device_name);
	return judge_refuse(judged, CONNACK_CREDENTIALS, judged->product ? CODE_DEVICE_NOT_FOUND : CODE_PRODUCT_NOT_FOUND);
}

static enum connack check_enabled(struct judged *judged)
{
	if (judged->device->enabled)
		return CONNACK_ACCEPTED;
	/* guess: 4 is as plausible for a disabled device; 5 is the documented text. */
	text_add(judged->why, "the device is disabled");
	return judge_refuse(judged, CONNACK_NOT_AUTHORISED, CODE_DEVICE_FORBIDDEN);
}

/*
 * doc: MQTT 5 overview: a device that has connected with 5.0 may not go back. guess: how it is told. People try a device
 * with tools of both kinds, so by default it is only remarked upon.
 */
static enum connack check_downgrade(struct judged *judged)
{
	int64_t mqtt5 = 0;

	if (judged->in->protocol == 5 || store_get_note(judged->cloud->store, judged->device->id, "mqtt5", &mqtt5) < 1 || !mqtt5)
		return CONNACK_ACCEPTED;
	judge_note(judged, "the device has connected with MQTT 5 before and on the platform may not go back (option protocolDowngrade)");
	if (judged->cloud->settings.options.protocol_downgrade == PROTOCOL_DOWNGRADE_ACCEPT)
		return CONNACK_ACCEPTED;
	return judge_refuse(judged, CONNACK_PROTOCOL, CODE_BAD_PARAMS);
}

/* doc: 5 connects per minute and device. guess: how the rest is refused, and that refused signatures do not count. */
static enum connack check_rate(struct judged *judged)
{
	int64_t limit = judged->cloud->settings.limits.connects_per_device_per_minute;

	if (bucket_take(&judged->device->connects, limit, 60000, 1, cloud_now(judged->cloud)))
		return CONNACK_ACCEPTED;
	text_addf(judged->why, "more than %lld connects per minute (limit connectsPerDevicePerMinute)", (long long)limit);
	judged->reason = 0x97;
	return judge_refuse(judged, CONNACK_UNAVAILABLE, CODE_TOO_MANY_REQUESTS);
}

/* guess: the platform tells connections apart by their device. This broker does by the client id, and would close the other's. */
static enum connack check_id_free(struct judged *judged)
{
	const struct connection *holder = connection_find(judged->cloud, judged->in->id_holder);

	if (!holder || !holder->device || holder->device == judged->device)
		return CONNACK_ACCEPTED;
	text_addf(judged->why, "this clientId, to the last letter, is in use by %s (%s): give each device one of its own",
	          holder->device->name, holder->device->product->key);
	return judge_refuse(judged, CONNACK_IDENTIFIER, CODE_BAD_PARAMS);
}

enum connack judge_accept(struct judged *judged)
{
	static enum connack (*const rules[])(struct judged *judged) = { check_enabled, check_id_free, check_downgrade, check_rate };
	struct device *device = judged->device;
	enum connack connack;
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]) && judged->cloud->settings.options.platform_rules; i++) {
		connack = rules[i](judged);
		if (connack != CONNACK_ACCEPTED)
			return connack;
	}
	/* guess: a device of a sub-device product may connect by itself. */
	if (device->product->node_type == NODE_SUB_DEVICE)
		judge_note(judged, "a device of a sub-device product connects by itself, without a gateway");
	connection_take_over(judged->cloud, device, judged->out);
	judged->connection = connection_new(judged->cloud, judged->in, device);
	if (!judged->connection)
		return judge_refuse(judged, CONNACK_UNAVAILABLE, CODE_SERVER_ERROR);
	judged->connection->auto_subscribe = judged->id.ss && !strcmp(judged->id.ss, "1");
	judged->connection->ext_rrpc = judged->id.ext && strtol(judged->id.ext, NULL, 10) & 1;
	device_came_online(judged->cloud, device);
	if (judged->in->protocol == 5)
		store_set_note(judged->cloud->store, device->id, "mqtt5", 1);
	offline_resume(judged->cloud, device, judged->in->clean);
	return CONNACK_ACCEPTED;
}

/* Option platformRules off: anyone may come in. */
static enum connack judge_stranger(struct judged *judged)
{
	judged->connection = connection_new(judged->cloud, judged->in, NULL);
	if (!judged->connection)
		return judge_refuse(judged, CONNACK_UNAVAILABLE, CODE_SERVER_ERROR);
	judged->connection->stranger = true;
	judged->log_code = CODE_SUCCESS;
	judge_note(judged, "let in as nobody, because option platformRules is off");
	return CONNACK_ACCEPTED;
}

/* --- the whole of it --- */

/* doc: reason codes of MQTT 5. guess: 0x85 and 0x97. */
static int reason_of(const struct judged *judged, enum connack connack)
{
	static const int reasons[] = {
		[CONNACK_ACCEPTED] = 0x00, [CONNACK_PROTOCOL] = 0x84, [CONNACK_IDENTIFIER] = 0x85, [CONNACK_UNAVAILABLE] = 0x88,
		[CONNACK_CREDENTIALS] = 0x86, [CONNACK_NOT_AUTHORISED] = 0x87,
	};

	return connack != CONNACK_ACCEPTED && judged->reason ? judged->reason : reasons[connack];
}

/* The exact code of a refusal, and that the broker cannot send it when it cannot. */
static void add_refusal(struct judged *judged, enum connack connack)
{
	bool five = judged->in->protocol == 5;
	int code = five ? reason_of(judged, connack) : (int)connack, can = judged->in->only_refusal;

	text_addf(judged->why, five ? " (CONNACK 0x%02x" : " (CONNACK %d", (unsigned)code);
	if (can && can != code)
		text_addf(judged->why, five ? "; this broker can only send 0x%02x" : "; this broker can only send %d", (unsigned)can);
	text_add_char(judged->why, ')');
}

static enum connack connect_take(struct cloud *cloud, const struct connect *in, struct connected *connected, struct effects *out)
{
	struct judged judged = { .cloud = cloud, .in = in, .out = out, .why = &cloud->why, .log_code = CODE_SUCCESS };
	struct record record;
	enum connack connack;

	text_clear(&cloud->why);
	connack = judge(&judged);
	if (connack != CONNACK_ACCEPTED && !cloud->settings.options.platform_rules)
		connack = judge_stranger(&judged);
	*connected = (struct connected){ .reason = reason_of(&judged, connack) };
	if (connack == CONNACK_ACCEPTED) {
		connected->number = judged.connection->number;
		cloud->counters.connects_accepted++;
	} else {
		cloud->counters.connects_refused++;
		add_refusal(&judged, connack);
	}
	record = record_new(cloud, SERVICE_DEVICE, judged.device, 0, connack || !judged.mode ? "connect" : judged.mode->operation,
	                    judged.log_code);
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

enum connack cloud_connect(struct cloud *cloud, const struct connect *in, struct connected *connected, struct effects *out)
{
	size_t before = out->count;
	enum connack connack;

	*connected = (struct connected){ .reason = 0x87 };
	if (scenario_watches(cloud, EVENT_CONNECT) && !scenario_connect(cloud, in, &connack, out)) {
		cloud->counters.connects_refused++;
	} else {
		connack = connect_take(cloud, in, connected, out);
		if (cloud->scenarios)
			scenario_connected(cloud, connack == CONNACK_ACCEPTED ? connected->number : 0, out);
	}
	scenario_settle(cloud, NULL, before, out);
	return connack;
}

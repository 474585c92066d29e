/*
 * The edge: the only file that knows the broker. It feeds the cloud what happens and performs what comes out.
 *
 * Broker lore is in the comments beside what it explains; it was measured on Mosquitto 2.0.11, 2.0.22 and 2.1.2.
 */
#include <mosquitto.h>
#if LIBMOSQUITTO_VERSION_NUMBER < 2001000
#include <mosquitto_broker.h>   /* 2.0.11's mosquitto_plugin.h needs it first */
#include <mosquitto_plugin.h>
#else                           /* from 2.1 on mosquitto.h brings everything, */
#define CONNACK_ACCEPTED CLOUD_CONNACK_ACCEPTED   /* … an enumerator of this name, too: here it is the cloud's */
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "api.h"
#include "clients.h"
#include "cloud.h"
#include "descriptors.h"
#include "helper.h"
#include "log_keeper.h"
#include "monotonic.h"
#include "plugin_opt.h"
#include "scripts.h"
#include "splitmix.h"
#include "state_keeper.h"
#include "text.h"
#include "tickets.h"
#include "transport.h"
#include "waker.h"

#define API __attribute__((visibility("default")))
#define CONTROL_TOPIC "$CONTROL/alink/v1"
#define CONTROL_RESPONSE CONTROL_TOPIC "/response"
#define EVENT_CLIENT_OFFLINE 28   /* 2.1: replaces DISCONNECT for sessions that outlive their connection */
#define TOPIC_COMPARED 256        /* bytes; as long as any topic that somebody subscribes to */
#define REFUSAL_3 5               /* the only refusing CONNACK that 2.0 lets a plugin cause, */
#define REFUSAL_5 0x87            /* … and its counterpart in MQTT 5 */

static struct plugin {
	mosquitto_plugin_id_t *id;
	struct cloud   *cloud;
	struct effects  outbox;          /* of this turn */
	struct clients  clients;
	struct tickets  tickets;
	uint64_t        next_other;
	int64_t         oldest_us;       /* when the oldest message of this turn came; 0: there was none */
	uint64_t       *due_kicks;       /* connections to end in the next turn */
	size_t          due_count, due_size;
	char            unjudged[TOPIC_COMPARED];   /* the topic that passed WRITE last and was no message yet */
	char           *control_address;
	struct waker   *waker;
	struct scripts *scripts;
	struct listeners listeners;
	struct state_keeper *state_keeper;
	struct log_keeper log_keeper;
	bool            commit_failing;
	bool            out_of_files;
	int64_t         looked_us;       /* for that, and at the state keeper */
	int64_t         tried_us;        /* when it was last tried whether it can be written again */
	uint64_t        random_state;    /* from the seed: a repeated run draws the same */
	int64_t         message_ms;      /* the time while a message is handled, which reads it a dozen times; else 0 */
} plugin;

/* --- the world --- */

static int64_t now_ms(void *ctx)
{
	struct timespec now;

	(void)ctx;
	if (plugin.message_ms)
		return plugin.message_ms;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void draw(void *ctx, void *buf, size_t len)
{
	unsigned char *out = buf;
	uint64_t x = 0;
	size_t i;

	(void)ctx;
	for (i = 0; i < len; i++) {
		if (i % 8 == 0)
			x = splitmix64(&plugin.random_state);
		out[i] = (unsigned char)(x >> (i % 8 * 8));
	}
}

/* --- performing --- */

static void kick_later(uint64_t number)
{
	if (plugin.due_count == plugin.due_size) {
		size_t size = plugin.due_size ? plugin.due_size * 2 : 16;
		uint64_t *grown = realloc(plugin.due_kicks, size * sizeof(*grown));

		if (!grown)
			return;
		plugin.due_kicks = grown;
		plugin.due_size = size;
	}
	plugin.due_kicks[plugin.due_count++] = number;
}

/*
 * The broker holds what a plugin publishes until its next turn, but kicks at once. Kicked inside its own
 * PUBLISH a client misses the PUBACK, kicked in the turn of a publish it misses that message. So the kicks of
 * the last turn go first, then the publishes of this one.
 */
static void kick_due(void)
{
	uint64_t *kicks = plugin.due_kicks;
	size_t count = plugin.due_count, i;

	/* A kick calls our own disconnect callback, which may lead to further ones. */
	plugin.due_kicks = NULL;
	plugin.due_count = plugin.due_size = 0;
	for (i = 0; i < count; i++) {
		struct client *client = client_by_number(&plugin.clients, kicks[i]);

		if (client && !client->superseded)
			mosquitto_kick_client_by_clientid(client->id, false);
	}
	free(kicks);
}

static void answer(const struct effect *effect)
{
	struct ticket *ticket = ticket_find(&plugin.tickets, effect->ticket);
	struct client *client;
	struct text text = { 0 };

	if (!ticket)
		return;
	client = client_by_number(&plugin.clients, ticket->client);
	text_addf(&text, "{\"id\":%s,\"status\":%d,\"body\":", ticket->id, effect->status);
	text_add_bytes(&text, effect->payload, effect->payload_len);
	text_add_char(&text, '}');
	if (client && !client->superseded && !text.failed && text.len <= INT32_MAX)
		mosquitto_broker_publish_copy(client->id, CONTROL_RESPONSE, (int)text.len, text.at, 0, false, NULL);
	text_free(&text);
	ticket_remove(&plugin.tickets, ticket);
}

static void perform(const struct effect *effect)
{
	struct client *client;

	switch (effect->kind) {
	case EFFECT_PUBLISH:
		client = client_by_number(&plugin.clients, effect->connection);
		/* Addressed by client id it needs no subscription and meets no READ check; an id that has passed
		   to another connection would bring the message to the wrong one. */
		if (client && !client->superseded)
			mosquitto_broker_publish_copy(client->id, effect->topic, (int)effect->payload_len, effect->payload,
			                              effect->qos, false, NULL);
		break;
	case EFFECT_KICK:
		kick_later(effect->connection);
		break;
	case EFFECT_ANSWER:
		answer(effect);
		break;
	case EFFECT_SCRIPT:
		break;            /* begun already, see scripts_turn */
	}
}

#define TRY_EVERY_MS 200
#define KEEPER_EVERY_MS 1000    /* an idle 2.1 without websockets would not turn for the log, either */

/* What a turn that could not be committed leaves: nobody is told that anything was done. */
static void perform_lost(const struct effects *effects)
{
	struct text body = { 0 }, message = { 0 };
	struct effect told;
	size_t i;

	text_addf(&message, "the state cannot be written (%s): nothing was changed", cloud_error(plugin.cloud));
	text_add(&body, "{\"code\":\"Unavailable\",\"message\":");
	text_add_json(&body, text_string(&message));
	text_add_char(&body, '}');
	text_free(&message);
	for (i = 0; i < effects->count; i++)
		if (effects->at[i].kind == EFFECT_KICK) {
			perform(&effects->at[i]);
		} else if (effects->at[i].kind == EFFECT_ANSWER) {
			told = effects->at[i];
			told.status = 503;
			told.payload = text_string(&body);
			told.payload_len = body.len;
			perform(&told);
		}
	text_free(&body);
}

/* Answered means committed: nothing leaves before what it speaks of is in the database. */
static bool commit(void)
{
	if (!cloud_commit(plugin.cloud))
		return true;
	mosquitto_log_printf(MOSQ_LOG_ERR, "alink: the state cannot be written (%s): nothing is answered until it can",
	                     cloud_error(plugin.cloud));
	plugin.commit_failing = true;
	plugin.tried_us = monotonic_us();
	perform_lost(&plugin.outbox);
	effects_clear(&plugin.outbox);
	cloud_undo(plugin.cloud, &plugin.outbox);
	perform_lost(&plugin.outbox);
	effects_clear(&plugin.outbox);
	return false;
}

/*
 * A turn while nothing can be written: what there is to perform is answers to who only read. Finds out when it is over.
 * True when something was performed.
 */
static bool wait_for_room(void)
{
	bool performed = plugin.outbox.count > 0;
	size_t i;

	for (i = 0; i < plugin.outbox.count; i++)
		if (plugin.outbox.at[i].kind == EFFECT_ANSWER || plugin.outbox.at[i].kind == EFFECT_KICK)
			perform(&plugin.outbox.at[i]);
	effects_clear(&plugin.outbox);
	if (monotonic_us() - plugin.tried_us < TRY_EVERY_MS * 1000)
		return performed;
	plugin.tried_us = monotonic_us();
	if (cloud_can_commit(plugin.cloud, &plugin.outbox)) {
		plugin.commit_failing = false;
		mosquitto_log_printf(MOSQ_LOG_WARNING, "alink: the state can be written again");
	}
	performed |= plugin.outbox.count > 0;
	perform_lost(&plugin.outbox);
	effects_clear(&plugin.outbox);
	return performed;
}

/* Debian's 2.0.11 closes such connections without a word. */
static void look_at_descriptors(void)
{
	bool out = descriptors_are_out();

	if (out && !plugin.out_of_files)
		mosquitto_log_printf(MOSQ_LOG_ERR, "alink: no file descriptor is left: new connections are closed (ulimit -n)");
	if (!out && plugin.out_of_files)
		mosquitto_log_printf(MOSQ_LOG_WARNING, "alink: there are file descriptors again");
	plugin.out_of_files = out;
}

static void look_at_state_keeper(void)
{
	char why[300];
	int news = state_keeper_news(plugin.state_keeper, why, sizeof(why));

	if (news > 0)
		mosquitto_log_printf(MOSQ_LOG_ERR, "alink: the state file's log cannot be moved into it (%s): it grows until it can", why);
	if (news < 0)
		mosquitto_log_printf(MOSQ_LOG_WARNING, "alink: the state file's log is moved into it again");
}

/* What needs a look once in a while. */
static void look_around(int64_t now_us)
{
	if (now_us - plugin.looked_us < 1000000)
		return;
	plugin.looked_us = now_us;
	look_at_descriptors();
	look_at_state_keeper();
}

static int on_tick(int event, void *data, void *userdata)
{
	size_t i;
	bool published = false;
	int64_t in_ms;

	(void)event;
	(void)data;
	(void)userdata;
	if (plugin.due_count)
		kick_due();
	if (plugin.commit_failing) {
		/* It may be the one who makes room. */
		state_keeper_turn(plugin.state_keeper);
		look_around(monotonic_us());
		waker_turn(plugin.waker, wait_for_room() || plugin.due_count > 0, TRY_EVERY_MS);
		return MOSQ_ERR_SUCCESS;
	}
	cloud_tick(plugin.cloud, &plugin.outbox);
	scripts_turn(plugin.scripts, plugin.cloud, &plugin.outbox);
	if (commit())
		for (i = 0; i < plugin.outbox.count; i++)
			perform(&plugin.outbox.at[i]);
	if (plugin.oldest_us)
		cloud_measured(plugin.cloud, monotonic_us() - plugin.oldest_us);
	plugin.oldest_us = 0;
	log_keeper_turn(&plugin.log_keeper, plugin.cloud, monotonic_us());
	look_around(monotonic_us());
	for (i = 0; i < plugin.outbox.count; i++)
		published |= plugin.outbox.at[i].kind != EFFECT_SCRIPT;
	if (plugin.outbox.failed)
		mosquitto_log_printf(MOSQ_LOG_ERR, "alink: out of memory: some answers were lost");
	effects_clear(&plugin.outbox);
	state_keeper_turn(plugin.state_keeper);
	in_ms = cloud_next_ms(plugin.cloud) - now_ms(NULL);
	waker_turn(plugin.waker, published || plugin.due_count > 0,
	           plugin.state_keeper && in_ms > KEEPER_EVERY_MS ? KEEPER_EVERY_MS : in_ms);
	return MOSQ_ERR_SUCCESS;
}

/* --- what happens --- */

static bool is_control(const struct mosquitto *broker)
{
	const char *address = mosquitto_client_address(broker);

	/* A Unix-socket listener gives its path as the peer's address. */
	return plugin.control_address && address && !strcmp(address, plugin.control_address);
}

/* The SHA-256 of the client's certificate in lower-case hex; false when it showed none (only require_certificate asks). */
static bool certificate_hash(const struct mosquitto *client, char hex[2 * EVP_MAX_MD_SIZE + 1])
{
	X509 *certificate = mosquitto_client_certificate(client);
	unsigned char md[EVP_MAX_MD_SIZE];
	struct text text = { 0 };
	unsigned len = 0;

	if (!certificate)
		return false;
	if (X509_digest(certificate, EVP_sha256(), md, &len))
		text_add_hex(&text, md, len);
	X509_free(certificate);
	strcpy(hex, text_string(&text));
	text_free(&text);
	return *hex;
}

static int let_in(const struct mosquitto *client, enum client_kind kind, const char *id)
{
	return client_add(&plugin.clients, client, kind, --plugin.next_other, id) ? MOSQ_ERR_SUCCESS : MOSQ_ERR_AUTH;
}

static int on_auth(int event, void *data, void *userdata)
{
	struct mosquitto_evt_basic_auth *auth = data;
	const char *id = mosquitto_client_id(auth->client);
	char certificate[2 * EVP_MAX_MD_SIZE + 1];
	struct connect connect = {
		.client_id = id, .user_name = auth->username, .password = auth->password,
		.address = mosquitto_client_address(auth->client),
		.protocol = mosquitto_client_protocol_version(auth->client),
		.keepalive_s = mosquitto_client_keepalive(auth->client),
		.clean = mosquitto_client_clean_session(auth->client),
	};
	struct connected connected;
	struct client *holder;

	(void)event;
	(void)userdata;
	if (!id)
		return MOSQ_ERR_AUTH;
	if (waker_is(plugin.waker, id, auth->password)) {   /* it may come over the control listener */
		listeners_prove(&plugin.listeners, auth->client, waker_descriptor(plugin.waker));
		return let_in(auth->client, CLIENT_WAKER, id);
	}
	if (is_control(auth->client))
		return let_in(auth->client, CLIENT_CONTROL, id);
	holder = client_by_id(&plugin.clients, id);
	if (holder && holder->kind != CLIENT_DEVICE)
		return MOSQ_ERR_AUTH;     /* the tool's or the waker's: who takes it would close theirs */
	if (plugin.commit_failing)
		return MOSQ_ERR_AUTH;
	connect.id_holder = holder ? holder->number : 0;
	connect.transport = listeners_transport(&plugin.listeners, auth->client, connect.address);
	if (certificate_hash(auth->client, certificate))
		connect.certificate = certificate;
	/* The exact code is in the log's `why`. */
	connect.only_refusal = connect.protocol == 5 ? REFUSAL_5 : REFUSAL_3;
	switch (cloud_connect(plugin.cloud, &connect, &connected, &plugin.outbox)) {
	case CONNACK_ACCEPTED:
		break;
	case CONNACK_NONE:
		return MOSQ_ERR_UNKNOWN;   /* every version closes the connection at that, without CONNACK */
	default:
		return MOSQ_ERR_AUTH;
	}
	if (!client_add(&plugin.clients, auth->client, CLIENT_DEVICE, connected.number, id)) {
		cloud_disconnect(plugin.cloud, connected.number, DISCONNECT_KICKED, &plugin.outbox);
		return MOSQ_ERR_AUTH;
	}
	return MOSQ_ERR_SUCCESS;
}

static int on_psk(int event, void *data, void *userdata)
{
	struct mosquitto_evt_psk_key *psk = data;

	(void)event;
	(void)userdata;
	if (!psk->identity || psk->max_key_len <= 0)
		return MOSQ_ERR_AUTH;
	return cloud_psk(plugin.cloud, psk->identity, psk->key, (size_t)psk->max_key_len) ? MOSQ_ERR_SUCCESS : MOSQ_ERR_AUTH;
}

static void control_gone(const struct client *client)
{
	struct ticket *ticket;

	while ((ticket = ticket_of(&plugin.tickets, client->number))) {
		api_forget(plugin.cloud, ticket->number);
		ticket_remove(&plugin.tickets, ticket);
	}
}

/* 2.1 has reasons of its own; before, every reason is -1. */
static enum disconnect_cause cause_of(int reason)
{
	switch (reason) {
	case 0:   return DISCONNECT_CLEAN;
	case 7:   return DISCONNECT_LOST;
	case 19:  return DISCONNECT_KEEPALIVE;
	case 152: return DISCONNECT_KICKED;
	default:  return DISCONNECT_UNKNOWN;
	}
}

static int on_gone(int event, void *data, void *userdata)
{
	struct mosquitto_evt_disconnect *gone = data;
	struct client *client = client_find(&plugin.clients, gone->client);

	(void)event;
	(void)userdata;
	if (!client)
		return MOSQ_ERR_SUCCESS;   /* it never logged in */
	if (client->kind == CLIENT_DEVICE)
		cloud_disconnect(plugin.cloud, client->number, cause_of(gone->reason), &plugin.outbox);
	if (client->kind == CLIENT_CONTROL)
		control_gone(client);
	client_remove(&plugin.clients, client);
	return MOSQ_ERR_SUCCESS;
}

static int check_control(const struct mosquitto_evt_acl_check *acl)
{
	if (acl->access == MOSQ_ACL_WRITE)
		return strcmp(acl->topic, CONTROL_TOPIC) ? MOSQ_ERR_ACL_DENIED : MOSQ_ERR_SUCCESS;
	return MOSQ_ERR_SUCCESS;
}

/*
 * Nothing is ever routed from one client to another, and what is sent to a client id meets no READ check, except what
 * was still in flight to a clean=0 client that returns. So what else comes here is a will (the platform knows none):
 * the broker checks WRITE and routes it, with no MESSAGE event between, while its client is being thrown out or
 * replaced; a retained one comes again with each SUBSCRIBE.
 */
static bool is_will(const struct mosquitto_evt_acl_check *acl)
{
	return acl->retain || (*plugin.unjudged && !strncmp(plugin.unjudged, acl->topic, sizeof(plugin.unjudged) - 1));
}

static int on_acl(int event, void *data, void *userdata)
{
	struct mosquitto_evt_acl_check *acl = data;
	struct client *client = client_find(&plugin.clients, acl->client);

	(void)event;
	(void)userdata;
	/* Nobody's: a will, which is sent after its connection ended. The platform knows no wills. */
	if (!client)
		return acl->access == MOSQ_ACL_UNSUBSCRIBE || (cloud_is_plain_broker(plugin.cloud) && acl->topic[0] != '$') ?
			MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED;
	if (client->kind == CLIENT_CONTROL)
		return check_control(acl);
	switch (acl->access) {
	case MOSQ_ACL_SUBSCRIBE:
		return client->kind == CLIENT_DEVICE && !plugin.commit_failing &&
		       cloud_subscribe(plugin.cloud, client->number, acl->topic, acl->qos, &plugin.outbox) ?
			MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED;
	case MOSQ_ACL_UNSUBSCRIBE:
		/* Denied, the broker would answer UNSUBACK and keep the subscription. */
		cloud_unsubscribe(plugin.cloud, client->number, acl->topic, &plugin.outbox);
		return MOSQ_ERR_SUCCESS;
	case MOSQ_ACL_WRITE:
		/* Judged with the message itself, except where no MESSAGE event comes. */
		if (acl->topic[0] == '$')
			return MOSQ_ERR_ACL_DENIED;
		strncpy(plugin.unjudged, acl->topic, sizeof(plugin.unjudged) - 1);
		return MOSQ_ERR_SUCCESS;
	default:
		return is_will(acl) && !cloud_is_plain_broker(plugin.cloud) ? MOSQ_ERR_ACL_DENIED : MOSQ_ERR_SUCCESS;
	}
}

static int on_message(int event, void *data, void *userdata)
{
	struct mosquitto_evt_message *in = data;
	struct client *client = client_find(&plugin.clients, in->client);
	struct message message = {
		.topic = in->topic, .payload = in->payload, .payload_len = in->payloadlen, .qos = in->qos,
	};
	enum message_fate fate;

	(void)event;
	(void)userdata;
	*plugin.unjudged = '\0';
	if (!client || client->kind != CLIENT_DEVICE || client->superseded || plugin.commit_failing)
		return MOSQ_ERR_ACL_DENIED;
	if (!plugin.oldest_us)
		plugin.oldest_us = monotonic_us();
	plugin.message_ms = now_ms(NULL);
	fate = cloud_message(plugin.cloud, client->number, &message, &plugin.outbox);
	plugin.message_ms = 0;
	if (fate == MESSAGE_ROUTED)
		return MOSQ_ERR_SUCCESS;
	/* The message is the platform's: it never reaches other clients. MQTT 3.1.1 gets its PUBACK all the same;
	   MQTT 5 would see 0x87, so there an accepted message is sent where nobody may subscribe. The topic is
	   changed in place: replacing the pointer leaks or crashes, depending on the version. */
	if (fate == MESSAGE_REFUSED || mosquitto_client_protocol_version(in->client) != 5)
		return MOSQ_ERR_ACL_DENIED;
	in->topic[0] = '$';
	in->retain = false;
	return MOSQ_ERR_SUCCESS;
}

static int on_control(int event, void *data, void *userdata)
{
	struct mosquitto_evt_control *in = data;
	struct client *client = client_find(&plugin.clients, in->client);
	const char *request = in->payload ? in->payload : "";
	struct effects refused = { 0 };
	struct ticket *ticket;

	(void)event;
	(void)userdata;
	if (!client || client->kind != CLIENT_CONTROL)
		return MOSQ_ERR_SUCCESS;   /* the ACL check refused it already */
	ticket = ticket_new(&plugin.tickets, client->number, request, in->payloadlen);
	if (!ticket)
		return MOSQ_ERR_SUCCESS;
	if (plugin.commit_failing && !ticket->reads) {
		effects_answer(&refused, ticket->number, 503, "", 0);
		perform_lost(&refused);
		effects_free(&refused);
		return MOSQ_ERR_SUCCESS;
	}
	api_handle(plugin.cloud, ticket->number, request, in->payloadlen, &plugin.outbox);
	return MOSQ_ERR_SUCCESS;
}

/* --- life --- */

/* Registered and unregistered from the same rows. */
static const struct {
	int         event;
	MOSQ_FUNC_generic_callback callback;
	const char *topic;
	bool        optional;
} events[] = {
	{ MOSQ_EVT_BASIC_AUTH,   on_auth,    NULL,          false },
	{ MOSQ_EVT_PSK_KEY,      on_psk,     NULL,          true  },
	{ MOSQ_EVT_ACL_CHECK,    on_acl,     NULL,          false },
	{ MOSQ_EVT_MESSAGE,      on_message, NULL,          false },
	{ MOSQ_EVT_CONTROL,      on_control, CONTROL_TOPIC, false },
	{ MOSQ_EVT_DISCONNECT,   on_gone,    NULL,          false },
	{ EVENT_CLIENT_OFFLINE,  on_gone,    NULL,          true  },
	{ MOSQ_EVT_TICK,         on_tick,    NULL,          false },
};

API int mosquitto_plugin_version(int count, const int *versions)
{
	int i;

	for (i = 0; i < count; i++)
		if (versions[i] == 5)
			return 5;
	return -1;
}

/* Each line of `complaints` to the broker's log. */
static void log_lines(int level, const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		mosquitto_log_printf(level, "alink: %.*s", (int)len, lines);
		lines += len;
		lines += *lines == '\n';
	}
}

static int start_cloud(const struct plugin_opts *options)
{
	struct text complaints = { 0 };
	struct cloud_file *file;
	struct cloud_config config = {
		.world = { now_ms, draw, NULL }, .state_path = options->state, .seed = options->seed,
		.broker_version = options->broker, .file_url = options->file_url, .seed_given = options->seed_given,
		.scenarios_open_ended = options->open_ended, .alone = !options->control,
	};
	char error[300] = "";
	size_t i;

	file = cloud_file_read(options->clouds, options->cloud_count, &complaints);
	log_lines(file ? MOSQ_LOG_WARNING : MOSQ_LOG_ERR, text_string(&complaints));
	text_free(&complaints);
	if (!file)
		return -1;
	config.file = file;
	plugin.cloud = cloud_new(&config, error, sizeof(error));
	cloud_file_free(file);
	if (!plugin.cloud) {
		mosquitto_log_printf(MOSQ_LOG_ERR, "alink: %s%s%s", options->state ? options->state : "", options->state ? ": " : "",
		                     error);
		return -1;
	}
	for (i = 0; i < options->scenario_count; i++)
		if (cloud_load_scenario(plugin.cloud, options->scenarios[i], &complaints, &plugin.outbox)) {
			log_lines(MOSQ_LOG_ERR, text_string(&complaints));
			text_free(&complaints);
			return -1;
		}
	text_free(&complaints);
	return 0;
}

static int start_keeper(const char *state_path)
{
	char *program = helper_find("alink-keeper"), why[300] = "out of memory";
	int64_t claim;
	enum log_kept kept = log_keeper_open(&plugin.log_keeper, plugin.cloud, state_path, &claim);

	if (kept == LOG_UNREADABLE)
		mosquitto_log_printf(MOSQ_LOG_WARNING, "alink: %s-log cannot be read: the log begins anew", state_path);
	if (kept == LOG_UNWRITABLE)
		mosquitto_log_printf(MOSQ_LOG_WARNING, "alink: %s-log cannot be written: the log stays in memory", state_path);
	plugin.state_keeper = program ? state_keeper_start(program, state_path, claim, why, sizeof(why)) : NULL;
	free(program);
	if (!plugin.state_keeper) {
		mosquitto_log_printf(MOSQ_LOG_ERR, "alink: %s", why);
		return -1;
	}
	if (claim)
		plugin.log_keeper.writer = plugin.state_keeper;
	return 0;
}

API int mosquitto_plugin_init(mosquitto_plugin_id_t *id, void **userdata, struct mosquitto_opt *opts, int count)
{
	struct plugin_opts options = { .seed = 1 };
	char error[200];
	size_t i;
	int k;

	(void)userdata;
	plugin = (struct plugin){ .id = id };
	for (k = 0; k < count; k++)
		if (!plugin_opt_read(&options, opts[k].key, opts[k].value, error, sizeof(error))) {
			mosquitto_log_printf(MOSQ_LOG_ERR, "alink: %s", error);
			return MOSQ_ERR_INVAL;
		}
	if (options.listeners && !listeners_parse(&plugin.listeners, options.listeners)) {
		mosquitto_log_printf(MOSQ_LOG_ERR, "alink: plugin_opt_listeners must look like mqtt=1883,mqtts=8883, not `%s`",
		                     options.listeners);
		return MOSQ_ERR_INVAL;
	}
	plugin.random_state = options.seed;
	if (options.control)
		plugin.control_address = strdup(options.control);
	if (start_cloud(&options))
		return MOSQ_ERR_UNKNOWN;
	if (options.state && start_keeper(options.state))
		return MOSQ_ERR_UNKNOWN;
	plugin.waker = waker_new(options.waker, draw, NULL);
	plugin.scripts = scripts_new(plugin.waker);
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (mosquitto_callback_register(id, events[i].event, events[i].callback, events[i].topic, NULL) != MOSQ_ERR_SUCCESS &&
		    !events[i].optional) {
			mosquitto_log_printf(MOSQ_LOG_ERR, "alink: this broker does not offer event %d", events[i].event);
			return MOSQ_ERR_UNKNOWN;
		}
	return MOSQ_ERR_SUCCESS;
}

API int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *opts, int count)
{
	size_t i;

	(void)userdata;
	(void)opts;
	(void)count;
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		mosquitto_callback_unregister(plugin.id, events[i].event, events[i].callback, events[i].topic);
	/* Threads and the timer first: 2.0 unloads us after this, and what still runs would crash the broker. */
	log_keeper_stop(&plugin.log_keeper, plugin.cloud);
	if (!state_keeper_stop(plugin.state_keeper))
		mosquitto_log_printf(MOSQ_LOG_WARNING, "alink: alink-keeper did not write all of the log in time");
	scripts_free(plugin.scripts);
	waker_free(plugin.waker);
	clients_free(&plugin.clients);
	tickets_free(&plugin.tickets);
	cloud_free(plugin.cloud);
	effects_free(&plugin.outbox);
	free(plugin.due_kicks);
	free(plugin.control_address);
	plugin = (struct plugin){ 0 };
	return MOSQ_ERR_SUCCESS;
}

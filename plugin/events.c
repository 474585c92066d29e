/* What the broker tells and asks: who comes, what they may, what they send. */
#include "edge.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "api.h"
#include "monotonic.h"
#include "text.h"

#define REFUSAL_3 5               /* the only refusing CONNACK that 2.0 lets a plugin cause, */
#define REFUSAL_5 0x87            /* … and its counterpart in MQTT 5 */

static bool is_control(const struct mosquitto *broker)
{
	const char *address = mosquitto_client_address(broker);

	/* A Unix-socket listener gives its path as the peer's address. */
	return edge.control_address && address && !strcmp(address, edge.control_address);
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
	return client_add(&edge.clients, client, kind, --edge.next_other, id) ? MOSQ_ERR_SUCCESS : MOSQ_ERR_AUTH;
}

int on_auth(int event, void *data, void *userdata)
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
	if (waker_is(edge.waker, id, auth->password)) {   /* it may come over the control listener */
		listeners_prove(&edge.listeners, auth->client, waker_descriptor(edge.waker));
		return let_in(auth->client, CLIENT_WAKER, id);
	}
	if (is_control(auth->client))
		return let_in(auth->client, CLIENT_CONTROL, id);
	holder = client_by_id(&edge.clients, id);
	if (holder && holder->kind != CLIENT_DEVICE)
		return MOSQ_ERR_AUTH;     /* the tool's or the waker's: who takes it would close theirs */
	if (edge.commit_failing)
		return MOSQ_ERR_AUTH;
	connect.id_holder = holder ? holder->number : 0;
	connect.transport = listeners_transport(&edge.listeners, auth->client, connect.address);
	if (certificate_hash(auth->client, certificate))
		connect.certificate = certificate;
	/* The exact code is in the log's `why`. */
	connect.only_refusal = connect.protocol == 5 ? REFUSAL_5 : REFUSAL_3;
	switch (cloud_connect(edge.cloud, &connect, &connected, &edge.outbox)) {
	case CONNACK_ACCEPTED:
		break;
	case CONNACK_NONE:
		return MOSQ_ERR_UNKNOWN;   /* every version closes the connection at that, without CONNACK */
	default:
		return MOSQ_ERR_AUTH;
	}
	if (!client_add(&edge.clients, auth->client, CLIENT_DEVICE, connected.number, id)) {
		cloud_disconnect(edge.cloud, connected.number, DISCONNECT_KICKED, &edge.outbox);
		return MOSQ_ERR_AUTH;
	}
	return MOSQ_ERR_SUCCESS;
}

int on_psk(int event, void *data, void *userdata)
{
	struct mosquitto_evt_psk_key *psk = data;

	(void)event;
	(void)userdata;
	if (!psk->identity || psk->max_key_len <= 0)
		return MOSQ_ERR_AUTH;
	return cloud_psk(edge.cloud, psk->identity, psk->key, (size_t)psk->max_key_len) ? MOSQ_ERR_SUCCESS : MOSQ_ERR_AUTH;
}

static void control_gone(const struct client *client)
{
	struct ticket *ticket;

	while ((ticket = ticket_of(&edge.tickets, client->number))) {
		api_forget(edge.cloud, ticket->number);
		ticket_remove(&edge.tickets, ticket);
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

int on_gone(int event, void *data, void *userdata)
{
	struct mosquitto_evt_disconnect *gone = data;
	struct client *client = client_find(&edge.clients, gone->client);

	(void)event;
	(void)userdata;
	if (!client)
		return MOSQ_ERR_SUCCESS;   /* it never logged in */
	if (client->kind == CLIENT_DEVICE)
		cloud_disconnect(edge.cloud, client->number, cause_of(gone->reason), &edge.outbox);
	if (client->kind == CLIENT_CONTROL)
		control_gone(client);
	client_remove(&edge.clients, client);
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
	return acl->retain || (*edge.unjudged && !strncmp(edge.unjudged, acl->topic, sizeof(edge.unjudged) - 1));
}

int on_acl(int event, void *data, void *userdata)
{
	struct mosquitto_evt_acl_check *acl = data;
	struct client *client = client_find(&edge.clients, acl->client);

	(void)event;
	(void)userdata;
	/* Nobody's: a will, which is sent after its connection ended. The platform knows no wills. */
	if (!client)
		return acl->access == MOSQ_ACL_UNSUBSCRIBE || (cloud_is_plain_broker(edge.cloud) && acl->topic[0] != '$') ?
			MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED;
	if (client->kind == CLIENT_CONTROL)
		return check_control(acl);
	switch (acl->access) {
	case MOSQ_ACL_SUBSCRIBE:
		return client->kind == CLIENT_DEVICE && !edge.commit_failing &&
		       cloud_subscribe(edge.cloud, client->number, acl->topic, acl->qos, &edge.outbox) ?
			MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED;
	case MOSQ_ACL_UNSUBSCRIBE:
		/* Denied, the broker would answer UNSUBACK and keep the subscription. */
		cloud_unsubscribe(edge.cloud, client->number, acl->topic, &edge.outbox);
		return MOSQ_ERR_SUCCESS;
	case MOSQ_ACL_WRITE:
		/* Judged with the message itself, except where no MESSAGE event comes. */
		if (acl->topic[0] == '$')
			return MOSQ_ERR_ACL_DENIED;
		strncpy(edge.unjudged, acl->topic, sizeof(edge.unjudged) - 1);
		return MOSQ_ERR_SUCCESS;
	default:
		return is_will(acl) && !cloud_is_plain_broker(edge.cloud) ? MOSQ_ERR_ACL_DENIED : MOSQ_ERR_SUCCESS;
	}
}

int on_message(int event, void *data, void *userdata)
{
	struct mosquitto_evt_message *in = data;
	struct client *client = client_find(&edge.clients, in->client);
	struct message message = {
		.topic = in->topic, .payload = in->payload, .payload_len = in->payloadlen, .qos = in->qos,
	};
	enum message_fate fate;

	(void)event;
	(void)userdata;
	*edge.unjudged = '\0';
	if (!client || client->kind != CLIENT_DEVICE || client->superseded || edge.commit_failing)
		return MOSQ_ERR_ACL_DENIED;
	if (!edge.oldest_us)
		edge.oldest_us = monotonic_us();
	edge.message_ms = edge_now_ms(NULL);
	fate = cloud_message(edge.cloud, client->number, &message, &edge.outbox);
	edge.message_ms = 0;
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

int on_control(int event, void *data, void *userdata)
{
	struct mosquitto_evt_control *in = data;
	struct client *client = client_find(&edge.clients, in->client);
	const char *request = in->payload ? in->payload : "";
	struct effects refused = { 0 };
	struct ticket *ticket;

	(void)event;
	(void)userdata;
	if (!client || client->kind != CLIENT_CONTROL)
		return MOSQ_ERR_SUCCESS;   /* the ACL check refused it already */
	ticket = ticket_new(&edge.tickets, client->number, request, in->payloadlen);
	if (!ticket)
		return MOSQ_ERR_SUCCESS;
	if (edge.commit_failing && !ticket->reads) {
		effects_answer(&refused, ticket->number, 503, "", 0);
		perform_lost(&refused);
		effects_free(&refused);
		return MOSQ_ERR_SUCCESS;
	}
	api_handle(edge.cloud, ticket->number, request, in->payloadlen, &edge.outbox);
	return MOSQ_ERR_SUCCESS;
}

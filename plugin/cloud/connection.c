/* Connections, and the sub-device sessions that live on them. */
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "connection.h"
#include "scenario.h"
#include "offline.h"
#include "session.h"

struct connection *connection_find(const struct cloud *cloud, uint64_t number)
{
	struct connection *connection;

	HASH_FIND(hh, cloud->connections, &number, sizeof(number), connection);
	return connection;
}

const char *cloud_client_id(const struct cloud *cloud, uint64_t number)
{
	const struct connection *connection = connection_find(cloud, number);

	return connection ? connection->client_id : NULL;
}

void session_begin(struct connection *connection, struct device *sub_device)
{
	sub_device->session = connection;
	sub_device->session_next = connection->sessions;
	if (connection->sessions)
		connection->sessions->session_prev = sub_device;
	connection->sessions = sub_device;
	connection->session_count++;
}

void session_end(struct device *sub_device)
{
	struct connection *connection = sub_device->session;

	if (!connection)
		return;
	if (sub_device->session_prev)
		sub_device->session_prev->session_next = sub_device->session_next;
	else
		connection->sessions = sub_device->session_next;
	if (sub_device->session_next)
		sub_device->session_next->session_prev = sub_device->session_prev;
	connection->session_count--;
	sub_device->session = NULL;
	sub_device->session_next = sub_device->session_prev = NULL;
	sub_device->session_auto = false;
}

/* The device is no longer reachable over this connection. Its clean=0 subscriptions outlive it. */
static void connection_release(struct cloud *cloud, struct connection *connection, enum code sub_code, const char *why)
{
	struct device *device = connection->device;

	while (connection->sessions) {
		struct device *sub_device = connection->sessions;
		struct record record = record_new(cloud, SERVICE_DEVICE, sub_device, 0, "offline", sub_code);

		session_end(sub_device);
		if (connection->clean)
			offline_forget(cloud, sub_device);
		record.why = why;
		journal_add(cloud->journal, &record);
		scenario_lifecycle(cloud, sub_device, "offline");
	}
	if (!device)
		return;
	scenario_lifecycle(cloud, device, "offline");
	if (connection->clean)
		offline_forget(cloud, device);
	device->connection = NULL;
	connection->device = NULL;
}

void connection_end(struct cloud *cloud, struct connection *connection, const char *why, struct effects *out)
{
	connection->ended = why;
	effects_kick(out, connection->number);
	connection_release(cloud, connection, CODE_GATEWAY_GONE, "its gateway's connection was closed");
}

void connection_take_over(struct cloud *cloud, struct device *device, struct effects *out)
{
	struct connection *old = device->connection;
	struct record record;

	/* doc: a sub-device that was online over a gateway: that gateway hears 427. */
	if (device->session)
		session_force_off(cloud, device, CODE_CONNECTED_ELSEWHERE, out);
	if (!old)
		return;
	/* doc: the earlier connection of the same identity is closed; a direct device sees the TCP close only. */
	record = record_new(cloud, SERVICE_DEVICE, device, 0, "offline", CODE_CONNECTED_ELSEWHERE);
	record.message_id = NULL;
	record.content = old->client_id;
	record.content_len = strlen(old->client_id);
	record.why = "the same productKey and deviceName connected again: the older connection is closed";
	journal_add(cloud->journal, &record);
	connection_end(cloud, old, "taken over", out);
}

struct connection *connection_new(struct cloud *cloud, const struct connect *in, struct device *device)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->client_id = strdup(in->client_id);
	connection->address = strdup(in->address ? in->address : "");
	if (!connection->client_id || !connection->address) {
		free(connection->client_id);
		free(connection->address);
		free(connection);
		return NULL;
	}
	connection->number = ++cloud->next_connection;
	connection->device = device;
	connection->protocol = in->protocol;
	connection->keepalive_s = in->keepalive_s;
	connection->clean = in->clean;
	connection->transport = in->transport;
	connection->since_ms = cloud_now(cloud);
	HASH_ADD(hh, cloud->connections, number, sizeof(connection->number), connection);
	if (device) {
		device->connection = connection;
		connection->ordinal = ++device->connections_made;
	}
	return connection;
}

void connection_free(struct cloud *cloud, struct connection *connection)
{
	connection_release(cloud, connection, CODE_GATEWAY_GONE, "its gateway's connection ended");
	timer_cancel(&cloud->timers, &connection->closing);
	HASH_DELETE(hh, cloud->connections, connection);
	free(connection->client_id);
	free(connection->address);
	free(connection);
}

void cloud_disconnect(struct cloud *cloud, uint64_t number, enum disconnect_cause cause, struct effects *out)
{
	/* doc: log codes of going offline. Brokers before 2.1 do not tell the causes apart. */
	static const struct { int code; const char *word, *why; } causes[] = {
		[DISCONNECT_UNKNOWN]   = { CODE_SUCCESS, "unknown", "the connection ended; the broker does not say how" },
		[DISCONNECT_CLEAN]     = { CODE_SUCCESS, "clean", NULL },
		[DISCONNECT_LOST]      = { CODE_CONNECTION_LOST, "lost", "the TCP connection was closed without DISCONNECT" },
		[DISCONNECT_KEEPALIVE] = { CODE_KEEPALIVE_TIMEOUT, "keepalive", "nothing came for 1.5 times the keepalive" },
		[DISCONNECT_KICKED]    = { CODE_SUCCESS, "kicked", "closed by the platform" },
	};
	struct connection *connection = connection_find(cloud, number);
	size_t before = out->count;

	if (!connection)
		return;
	if (connection->device) {
		struct record record = record_new(cloud, SERVICE_DEVICE, connection->device, 0, "offline", causes[cause].code);

		record.why = causes[cause].why;
		journal_add(cloud->journal, &record);
		scenario_disconnected(cloud, connection->device, causes[cause].word);
	}
	connection_free(cloud, connection);
	scenario_settle(cloud, NULL, before, out);
}

#include "clients.h"

#include <stdlib.h>
#include <string.h>

struct client *client_find(const struct clients *clients, const struct mosquitto *broker)
{
	struct client *client;

	HASH_FIND(hh_broker, clients->by_broker, &broker, sizeof(broker), client);
	return client;
}

struct client *client_by_number(const struct clients *clients, uint64_t number)
{
	struct client *client;

	HASH_FIND(hh_number, clients->by_number, &number, sizeof(number), client);
	return client;
}

struct client *client_by_id(const struct clients *clients, const char *id)
{
	struct client *client;

	HASH_FIND(hh_id, clients->by_id, id, strlen(id), client);
	return client;
}

struct client *client_add(struct clients *clients, const struct mosquitto *broker, enum client_kind kind, uint64_t number,
                          const char *id)
{
	struct client *client = calloc(1, sizeof(*client)), *other;

	if (client)
		client->id = strdup(id);
	if (!client || !client->id) {
		free(client);
		return NULL;
	}
	/* The broker takes a client id over as soon as this login succeeds. */
	other = client_by_id(clients, id);
	if (other) {
		other->superseded = true;
		HASH_DELETE(hh_id, clients->by_id, other);
	}
	client->broker = broker;
	client->kind = kind;
	client->number = number;
	HASH_ADD(hh_broker, clients->by_broker, broker, sizeof(client->broker), client);
	HASH_ADD(hh_number, clients->by_number, number, sizeof(client->number), client);
	HASH_ADD_KEYPTR(hh_id, clients->by_id, client->id, strlen(client->id), client);
	return client;
}

/* NOLINTBEGIN(clang-analyzer-unix.Malloc, clang-analyzer-core.NullDereference): uthash frees its table with the last element, when the head is NULL */
void client_remove(struct clients *clients, struct client *client)
{
	HASH_DELETE(hh_broker, clients->by_broker, client);
	HASH_DELETE(hh_number, clients->by_number, client);
	if (!client->superseded)
		HASH_DELETE(hh_id, clients->by_id, client);
	free(client->id);
	free(client);
}
/* NOLINTEND(clang-analyzer-unix.Malloc, clang-analyzer-core.NullDereference) */

void clients_free(struct clients *clients)
{
	struct client *client, *next;

	HASH_ITER(hh_broker, clients->by_broker, client, next)
		client_remove(clients, client);
}

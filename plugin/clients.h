/*
 * The broker's connections, by each of the names that something calls them by. A connection's pointer alone is
 * certain: a refused login may carry another one's client id.
 */
#ifndef ALINK_CLIENTS_H
#define ALINK_CLIENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

struct mosquitto;

enum client_kind {
	CLIENT_DEVICE,
	CLIENT_CONTROL,   /* the tool, over its private Unix socket */
	CLIENT_WAKER,     /* our own, see waker.h */
};

struct client {
	const struct mosquitto *broker;
	enum client_kind kind;
	uint64_t number;          /* the cloud's, for devices; our own for the others */
	char    *id;
	bool     superseded;      /* its client id has passed to a newer connection: never address it again */
	UT_hash_handle hh_broker, hh_number, hh_id;
};

/* All zero is empty. */
struct clients {
	struct client *by_broker, *by_number, *by_id;
};

/* NULL when there is none. */
struct client *client_find(const struct clients *clients, const struct mosquitto *broker);
struct client *client_by_number(const struct clients *clients, uint64_t number);
struct client *client_by_id(const struct clients *clients, const char *id);

/* Whoever had the client id so far is superseded. NULL when out of memory. */
struct client *client_add(struct clients *clients, const struct mosquitto *broker, enum client_kind kind, uint64_t number,
                          const char *id);
void client_remove(struct clients *clients, struct client *client);
void clients_free(struct clients *clients);

#endif

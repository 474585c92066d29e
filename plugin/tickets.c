#include "tickets.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

struct ticket *ticket_new(struct tickets *tickets, uint64_t client, const char *request, size_t len)
{
	struct ticket *ticket = calloc(1, sizeof(*ticket));
	struct json_doc doc = { 0 };
	const char *id = "null";
	size_t id_len = strlen("null");

	if (!json_parse(&doc, request, len, JSON_STRICT, NULL) && json_present(json_get(json_root(&doc), "id")))
		id = json_span(json_get(json_root(&doc), "id"), &id_len);
	if (ticket) {
		ticket->id = strndup(id, id_len);
		ticket->reads = json_is_string(json_get(json_root(&doc), "method"), "GET");
	}
	json_doc_free(&doc);
	if (!ticket || !ticket->id) {
		free(ticket);
		return NULL;
	}
	ticket->number = ++tickets->last;
	ticket->client = client;
	HASH_ADD(hh, tickets->first, number, sizeof(ticket->number), ticket);
	return ticket;
}

struct ticket *ticket_find(const struct tickets *tickets, uint64_t number)
{
	struct ticket *ticket;

	HASH_FIND(hh, tickets->first, &number, sizeof(number), ticket);
	return ticket;
}

struct ticket *ticket_of(const struct tickets *tickets, uint64_t client)
{
	struct ticket *ticket;

	for (ticket = tickets->first; ticket && ticket->client != client; ticket = ticket->hh.next)
		;
	return ticket;
}

static void ticket_free(struct ticket *ticket)
{
	free(ticket->id);
	free(ticket);
}

void ticket_remove(struct tickets *tickets, struct ticket *ticket)
{
	HASH_DELETE(hh, tickets->first, ticket);
	ticket_free(ticket);
}

void tickets_free(struct tickets *tickets)
{
	struct ticket *ticket = tickets->first, *next;

	HASH_CLEAR(hh, tickets->first);
	for (; ticket; ticket = next) {
		next = ticket->hh.next;
		ticket_free(ticket);
	}
}

/* API requests on their way: who gets the answer, and under which of its own ids. */
#ifndef ALINK_TICKETS_H
#define ALINK_TICKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

struct ticket {
	uint64_t number, client;
	bool     reads;           /* a GET: it changes nothing */
	char    *id;              /* JSON text of the caller's id */
	UT_hash_handle hh;
};

/* All zero is empty. */
struct tickets {
	struct ticket *first;
	uint64_t       last;      /* number given out */
};

/* For a request as it came; NULL when out of memory. */
struct ticket *ticket_new(struct tickets *tickets, uint64_t client, const char *request, size_t len);
struct ticket *ticket_find(const struct tickets *tickets, uint64_t number);
/* Any of this client's; NULL when there is none. */
struct ticket *ticket_of(const struct tickets *tickets, uint64_t client);
void           ticket_remove(struct tickets *tickets, struct ticket *ticket);
void           tickets_free(struct tickets *tickets);

#endif

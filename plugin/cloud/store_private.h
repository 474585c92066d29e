/* Inside the store only: how its files reach the database. */
#ifndef ALINK_STORE_PRIVATE_H
#define ALINK_STORE_PRIVATE_H

#include <sqlite3.h>

#include "store.h"

/*
 * The statement for this SQL, a literal: prepared at its first use and kept, without bindings. NULL when it
 * cannot be prepared. store_write joins the open transaction, or opens it.
 */
sqlite3_stmt *store_read(struct store *store, const char *sql);
sqlite3_stmt *store_write(struct store *store, const char *sql);

/* Empties every table, in the open transaction. */
int store_replace(struct store *store);

/* Runs a statement that yields no row, and resets it. 0 or -1. */
int store_finish(struct store *store, sqlite3_stmt *statement);
/* Remembers a complaint that is not the database's; returns -1. */
int store_complain(struct store *store, const char *complaint);
/* Remembers the database's complaint; returns -1. */
int store_failed(struct store *store);
/* Rows changed by the last write; the id of the last insert. */
int     store_changes(struct store *store);
int64_t store_last_id(struct store *store);

/* NULL binds NULL; the text must live until the statement was run. */
void store_bind_text(sqlite3_stmt *statement, int column, const char *text);
/* A column's text, to be freed; NULL for NULL. Out of memory sets *ok to false. */
char *store_column(sqlite3_stmt *statement, int number, bool *ok);
/* The one number of a statement without parameters, or with `id` as its only one. */
int store_number(struct store *store, const char *sql, int64_t id, int64_t *number);
/* The one text of a statement with `id` as its only parameter: 1 (free() it), 0 NULL or no row, -1. */
int store_get_text(struct store *store, const char *sql, int64_t id, char **text);
/* The first column of a bound statement's rows, at most `max`. How many, or -1. */
int store_ids(struct store *store, sqlite3_stmt *statement, int64_t *ids, int max);
/* Writes with the parameters (id, value) or (id, text). */
int store_write_int(struct store *store, const char *sql, int64_t id, int64_t value);
int store_write_text(struct store *store, const char *sql, int64_t id, const char *text, size_t len);

#endif

/*
 * The write-ahead log of a state file, as whoever moves it into the file sees it: over a connection of its own, to be used
 * by one thread at a time.
 *
 * SQLite writes the log from its beginning again with the first transaction that begins while all of it has been moved; until
 * one does, the log grows.
 */
#ifndef ALINK_KEEPER_WAL_H
#define ALINK_KEEPER_WAL_H

struct wal;

/* Opens nothing yet. NULL when out of memory. */
struct wal *wal_new(const char *path);
void        wal_free(struct wal *wal);     /* NULL is fine */

/*
 * Moves what was committed when the call began, and makes whoever writes wait for nothing. *pages: how long the log is, in
 * pages of the file. 0, or -1 with wal_error saying why.
 */
int         wal_move(struct wal *wal, int *pages);
const char *wal_error(const struct wal *wal);

#endif

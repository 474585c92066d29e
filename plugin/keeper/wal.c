#include "wal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

struct wal {
	char    *path;
	sqlite3 *db;          /* kept open: what was read once is known to have a log; NULL: not yet */
	char     error[300];
};

struct wal *wal_new(const char *path)
{
	struct wal *wal = calloc(1, sizeof(*wal));

	if (!wal)
		return NULL;
	wal->path = strdup(path);
	if (!wal->path) {
		free(wal);
		return NULL;
	}
	return wal;
}

void wal_free(struct wal *wal)
{
	if (!wal)
		return;
	sqlite3_close(wal->db);
	free(wal->path);
	free(wal);
}

static int failed(struct wal *wal)
{
	snprintf(wal->error, sizeof(wal->error), "%s", wal->db ? sqlite3_errmsg(wal->db) : "out of memory");
	return -1;
}

/*
 * A connection that has read nothing does not know of the log: it would move nothing and say that all is well. Closing it
 * moves nothing either, for a broker that was killed may be starting again.
 */
static int open_db(struct wal *wal)
{
	if (sqlite3_open_v2(wal->path, &wal->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
	    sqlite3_busy_timeout(wal->db, 2000) != SQLITE_OK ||
	    sqlite3_db_config(wal->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) != SQLITE_OK ||
	    sqlite3_exec(wal->db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL) != SQLITE_OK) {
		failed(wal);
		sqlite3_close(wal->db);
		wal->db = NULL;
		return -1;
	}
	return 0;
}

int wal_move(struct wal *wal, int *pages)
{
	int moved, result;

	*pages = 0;
	if (!wal->db && open_db(wal))
		return -1;
	result = sqlite3_wal_checkpoint_v2(wal->db, NULL, SQLITE_CHECKPOINT_PASSIVE, pages, &moved);
	return result == SQLITE_OK || result == SQLITE_BUSY ? 0 : failed(wal);
}

const char *wal_error(const struct wal *wal)
{
	return wal->error;
}

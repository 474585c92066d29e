/*
 * Going back: to the cloud files (reset), or to a state that was saved under a name (snapshot). Inside the core only.
 *
 * Devices may stay connected. What they are afterwards is what the restored state says: one that no longer
 * exists, or is disabled, is disconnected; a sub-device's session stays while its relation does.
 */
#ifndef ALINK_RESET_H
#define ALINK_RESET_H

#include "effects.h"
#include "state.h"

#define SNAPSHOTS_MAX 32
#define SNAPSHOT_NAME_MAX 64

/* Remembers what reset returns to: what the files of `file` say. 0 or -1 (store_error of the cloud's store). */
int  reset_prepare(struct cloud *cloud, const struct cloud_file *file);
/* 0, or -1 and the state is what it was. `drop` ends every connection. */
int  cloud_reset(struct cloud *cloud, bool drop, struct effects *out);

/* Replaces one of the same name. 0, -1 the store failed, -2 there are SNAPSHOTS_MAX already. */
int  snapshot_save(struct cloud *cloud, const char *name);
/* 1 done, 0 there is none of that name, -1. */
int  snapshot_restore(struct cloud *cloud, const char *name, bool drop, struct effects *out);
bool snapshot_delete(struct cloud *cloud, const char *name);
/* [{"name","time"},…] */
void snapshots_write(const struct cloud *cloud, struct text *out);
void snapshots_free(struct cloud *cloud);

#endif

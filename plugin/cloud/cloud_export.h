/* The present state as a cloud file. Inside the core only. */
#ifndef ALINK_CLOUD_EXPORT_H
#define ALINK_CLOUD_EXPORT_H

#include "state.h"

/*
 * Writes what cloud_file_read takes. What a cloud file cannot say is left out: when things happened, versions of
 * desired values, tags of the domain SYSTEM, deleted devices, jobs, upgrades, uploads, packages that are only
 * pushed by hand, a remote configuration that is neither object nor array.
 * 1 written, 0 it would be longer than a cloud file may be, -1 with `why`.
 */
int cloud_export(struct cloud *cloud, struct text *out, struct text *why);

#endif

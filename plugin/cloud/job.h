/*
 * Device jobs: work that the cloud hands out and devices report on.
 *
 * doc: "Device jobs", "Custom jobs"; things-and-data reference, section 9.5. A job has one task for each of its
 * devices. Inside the core only.
 */
#ifndef ALINK_JOB_H
#define ALINK_JOB_H

#include "effects.h"
#include "state.h"

/* {"jobId","document","file"?,"tasks":[{…}]}. 1, 0 there is none, -1. */
int job_write(struct cloud *cloud, const char *job, struct text *out);

/*
 * Makes a job with a task for each device of `devices` ([{"productKey","deviceName"}]), tells those that are online,
 * and writes the job's id to `id`. False with a reason when a device is unknown or the store failed; nothing is
 * made then.
 */
bool job_create(struct cloud *cloud, struct json document, struct json file, struct json devices, char id[32],
                struct effects *out, struct text *why);
/* The same for devices that are known already. */
bool job_create_for(struct cloud *cloud, struct json document, struct json file, struct device *const *devices, size_t count,
                    char id[32], struct effects *out, struct text *why);

/* Ends every task that is not final, with `status` CANCELLED or REMOVED, and tells the devices. 1, 0, -1 as above. */
int job_end(struct cloud *cloud, const char *job, const char *status, struct effects *out);

#endif

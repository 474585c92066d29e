/* Jobs and their tasks in the store. 0 or -1 unless said otherwise. */
#ifndef ALINK_STORE_JOB_H
#define ALINK_STORE_JOB_H

#include "store.h"

struct stored_task {
	int64_t id, device;           /* its taskId is "T" and the id */
	int64_t progress;             /* percent; -1: none reported */
	char   *job, *status, *details;      /* details: JSON or NULL */
	char   *document, *file;      /* of the job: JSON; file NULL: none */
};

int store_add_job(struct store *store, const char *job, const char *document, const char *file);
int store_find_job(struct store *store, const char *job, char **document, char **file);   /* 1, 0 or -1; free() both */
int store_add_task(struct store *store, const char *job, int64_t device, int64_t *task);
int store_set_task(struct store *store, int64_t task, const char *status, int64_t progress, const char *details);

/* 1 found (stored_task_free), 0, -1. The oldest that is not final with task 0. */
int  store_find_task(struct store *store, int64_t device, int64_t task, struct stored_task *out);
void stored_task_free(struct stored_task *task);

/* In id order. `device` 0: any, `job` NULL: any; `each` stops by returning non-zero, and may not list again. */
int store_list_tasks(struct store *store, int64_t device, const char *job, int limit,
                     int (*each)(void *ctx, const struct stored_task *), void *ctx);
int store_list_jobs(struct store *store, int (*each)(void *ctx, const char *job, int64_t tasks), void *ctx);

#endif

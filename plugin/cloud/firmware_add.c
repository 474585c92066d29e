/*
 * Adding a package while devices are served: the files are read piece by piece, one piece a tick.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "firmware.h"

#define JOBS_MAX 8      /* at the same time */

struct firmware_job {
	struct firmware_job *next;
	struct timer timer;
	uint64_t     ticket;
	struct stored_firmware draft;
	struct digester *digester;    /* of the file at hand; NULL between files */
	size_t       done;            /* files whose digest is known */
};

static void job_free(struct cloud *cloud, struct firmware_job *job)
{
	struct firmware_job **at = &cloud->firmware_jobs;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	timer_cancel(&cloud->timers, &job->timer);
	digester_close(job->digester);
	stored_firmware_free(&job->draft);
	free(job);
}

/* One piece of one file: 1 there is more, 0 all is known, -1 with a reason. */
static int job_step(struct cloud *cloud, struct firmware_job *job, struct text *why)
{
	struct stored_file *file = &job->draft.files[job->done];
	struct file_digest known;
	int more;

	if (!job->digester) {
		if (digest_stat(file->path, &file->digest, why))
			return -1;
		if (store_get_digest(cloud->store, file->path, &known) == 1 && known.size == file->digest.size &&
		    known.changed_ns == file->digest.changed_ns) {
			return ++job->done < job->draft.file_count;
		}
		job->digester = digester_open(file->path, why);
		if (!job->digester)
			return -1;
	}
	more = digester_step(job->digester, &file->digest, why);
	if (more)
		return more;
	digester_close(job->digester);
	job->digester = NULL;
	if (!store_set_digest(cloud->store, file->path, &file->digest))
		return ++job->done < job->draft.file_count;
	text_add(why, store_error(cloud->store));
	return -1;
}

/* All digests are known. */
static void job_finish(struct cloud *cloud, struct firmware_job *job, struct effects *out)
{
	struct stored_firmware made = { 0 };
	struct text answer = { 0 };
	int64_t id;
	int added = store_add_firmware(cloud->store, &job->draft, &id);

	if (added == 1 && store_get_firmware(cloud->store, id, &made) == 1) {
		firmware_show(&made, &answer);
		effects_answer(out, job->ticket, 201, text_string(&answer), answer.len);
	} else if (added == 0) {
		text_addf(&answer, "version %s of module %s exists already", job->draft.version, job->draft.module);
		api_answer_error(out, job->ticket, 409, "Conflict", text_string(&answer));
	} else {
		api_answer_error(out, job->ticket, 500, "StoreFailed", store_error(cloud->store));
	}
	stored_firmware_free(&made);
	text_free(&answer);
}

static void on_step(struct timer *timer, void *ctx)
{
	struct firmware_job *job = timer_owner(timer, struct firmware_job, timer);
	struct tick *tick = ctx;
	struct text why = { 0 };
	int more = job_step(tick->cloud, job, &why);

	if (more > 0 && !timer_set(&tick->cloud->timers, timer, cloud_now(tick->cloud)))
		return;
	if (more)
		api_answer_error(tick->out, job->ticket, 400, "BadRequest", more < 0 ? text_string(&why) : "out of memory");
	else
		job_finish(tick->cloud, job, tick->out);
	text_free(&why);
	job_free(tick->cloud, job);
}

void firmware_add(struct cloud *cloud, struct stored_firmware *draft, uint64_t ticket, struct effects *out)
{
	struct firmware_job *job;
	size_t count = 0;

	for (job = cloud->firmware_jobs; job; job = job->next)
		count++;
	job = count < JOBS_MAX ? calloc(1, sizeof(*job)) : NULL;
	if (!job) {
		api_answer_error(out, ticket, 503, "Busy", "packages are being added already: try again when they are");
		stored_firmware_free(draft);
		return;
	}
	job->ticket = ticket;
	job->draft = *draft;
	*draft = (struct stored_firmware){ 0 };
	job->timer.fire = on_step;
	job->next = cloud->firmware_jobs;
	cloud->firmware_jobs = job;
	on_step(&job->timer, &(struct tick){ cloud, out });
}

void firmware_forget(struct cloud *cloud, uint64_t ticket)
{
	struct firmware_job *job, *next;

	for (job = cloud->firmware_jobs; job; job = next) {
		next = job->next;
		if (job->ticket == ticket)
			job_free(cloud, job);
	}
}

void firmware_jobs_free(struct cloud *cloud)
{
	while (cloud->firmware_jobs)
		job_free(cloud, cloud->firmware_jobs);
}

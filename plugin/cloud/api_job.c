#include <stdio.h>

#include "api_call.h"
#include "job.h"
#include "store_job.h"

static int show(struct api_call *call, const char *job, int status)
{
	int found = job_write(call->cloud, job, call->answer);

	if (found < 0)
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
	return found ? status : api_refuse(call, 404, "NotFound", "there is no job %s", job);
}

static int list_one(void *ctx, const char *job, int64_t tasks)
{
	struct text *out = ctx;

	text_add_comma(out);
	text_addf(out, "{\"jobId\":\"%s\",\"tasks\":%lld}", job, (long long)tasks);
	return 0;
}

int api_job_list(struct api_call *call)
{
	text_add(call->answer, "{\"jobs\":[");
	if (store_list_jobs(call->cloud->store, list_one, call->answer))
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
	text_add(call->answer, "]}");
	return 200;
}

int api_job_show(struct api_call *call)
{
	return show(call, call->segment[0], 200);
}

int api_job_create(struct api_call *call)
{
	struct text why = { 0 };
	char id[32];
	int status;

	if (job_create(call->cloud, json_get(call->body, "jobDocument"), json_get(call->body, "jobFile"),
	               json_get(call->body, "devices"), id, call->out, &why))
		status = show(call, id, 201);
	else
		status = api_refuse(call, 400, "BadRequest", "%s", text_string(&why));
	text_free(&why);
	return status;
}

int api_job_create_one(struct api_call *call)
{
	struct device *device = api_device(call);
	struct text why = { 0 };
	char id[32];
	int status;

	if (!device)
		return 404;
	if (job_create_for(call->cloud, json_get(call->body, "jobDocument"), json_get(call->body, "jobFile"), &device, 1, id,
	                   call->out, &why))
		status = show(call, id, 201);
	else
		status = api_refuse(call, 500, "StoreFailed", "%s", text_string(&why));
	text_free(&why);
	return status;
}

static int end(struct api_call *call, const char *as)
{
	int found = job_end(call->cloud, call->segment[0], as, call->out);

	if (found < 0)
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
	return found ? show(call, call->segment[0], 200) : api_refuse(call, 404, "NotFound", "there is no job %s", call->segment[0]);
}

int api_job_cancel(struct api_call *call)
{
	return end(call, "CANCELLED");
}

int api_job_remove(struct api_call *call)
{
	return end(call, "REMOVED");
}

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_call.h"

/* A reader for whom nothing had come yet: what it asked for, and until when it waits. */
struct api_waiter {
	struct api_waiter *next;
	uint64_t ticket, after;
	int64_t  limit;
	struct timer timer;
	struct journal_filter filter;
	char product_key[API_SEGMENT_MAX], device_name[API_SEGMENT_MAX], message_id[API_SEGMENT_MAX], keyword[API_SEGMENT_MAX];
};

#define WAITERS_MAX 64          /* readers held back at the same time */

static void waiter_free(struct cloud *cloud, struct api_waiter *waiter)
{
	timer_cancel(&cloud->world_timers, &waiter->timer);
	free(waiter);
}

static void waiter_remove(struct cloud *cloud, struct api_waiter *waiter)
{
	struct api_waiter **at = &cloud->api_waiters;

	while (*at && *at != waiter)
		at = &(*at)->next;
	if (*at)
		*at = waiter->next;
	waiter_free(cloud, waiter);
}

void api_log_forget(struct cloud *cloud, uint64_t ticket)
{
	struct api_waiter *waiter = cloud->api_waiters, *next;

	for (; waiter; waiter = next) {
		next = waiter->next;
		if (waiter->ticket == ticket)
			waiter_remove(cloud, waiter);
	}
}

void api_log_free(struct cloud *cloud)
{
	while (cloud->api_waiters)
		waiter_remove(cloud, cloud->api_waiters);
}

/* True when there was something to answer with, or `even_nothing`. Moves on what was looked through. */
static bool answer(struct cloud *cloud, struct api_waiter *waiter, bool newest, bool even_nothing, struct effects *out)
{
	struct text body = { 0 };
	size_t start;
	bool found;

	text_add(&body, "{\"records\":[");
	start = body.len;
	waiter->after = journal_query(cloud->journal, &waiter->filter, waiter->after, newest, (size_t)waiter->limit, &body);
	found = body.len > start;
	if (found || even_nothing) {
		text_addf(&body, "],\"next\":%llu}", (unsigned long long)waiter->after);
		effects_answer(out, waiter->ticket, 200, text_string(&body), body.len);
	}
	text_free(&body);
	return found || even_nothing;
}

static void waiter_timeout(struct timer *timer, void *ctx)
{
	struct api_waiter *waiter = timer_owner(timer, struct api_waiter, timer);
	struct tick *tick = ctx;

	answer(tick->cloud, waiter, false, true, tick->out);
	waiter_remove(tick->cloud, waiter);
}

void api_log_news(struct cloud *cloud, struct effects *out)
{
	struct api_waiter *waiter = cloud->api_waiters, *next;

	for (; waiter; waiter = next) {
		next = waiter->next;
		if (waiter->after < journal_last(cloud->journal) && answer(cloud, waiter, false, false, out))
			waiter_remove(cloud, waiter);
	}
}

static const char *text_filter(struct api_call *call, const char *name, char *buf, size_t size)
{
	return api_query(call, name, buf, size) ? buf : NULL;
}

/* Reads the query into the waiter. False after refusing. */
static bool read_filter(struct api_call *call, struct api_waiter *waiter, int64_t *wait_s)
{
	struct journal_filter *filter = &waiter->filter;
	char text[32];
	int64_t after;

	filter->product_key = text_filter(call, "productKey", waiter->product_key, sizeof(waiter->product_key));
	filter->device_name = text_filter(call, "deviceName", waiter->device_name, sizeof(waiter->device_name));
	filter->message_id = text_filter(call, "messageId", waiter->message_id, sizeof(waiter->message_id));
	filter->keyword = text_filter(call, "keyword", waiter->keyword, sizeof(waiter->keyword));
	if (api_query(call, "traceId", text, sizeof(text)))
		filter->trace = strtoull(text, NULL, 16);
	if (api_query(call, "service", text, sizeof(text))) {
		filter->has_service = true;
		if (!service_parse(text, &filter->service)) {
			api_refuse(call, 400, "BadRequest", "`%s` is no log service type", text);
			return false;
		}
	}
	if (api_query(call, "status", text, sizeof(text))) {
		filter->ok_only = !strcmp(text, "ok");
		filter->failed_only = !strcmp(text, "failed");
		if (!filter->ok_only && !filter->failed_only) {
			api_refuse(call, 400, "BadRequest", "`status` must be ok or failed");
			return false;
		}
	}
	filter->why_only = api_query(call, "why", text, sizeof(text)) && !strcmp(text, "true");
	if (!api_query_int(call, "from", 0, INT64_MAX, 0, &filter->from_ms) ||
	    !api_query_int(call, "to", 0, INT64_MAX, 0, &filter->to_ms) ||
	    !api_query_int(call, "limit", 1, 1000, 100, &waiter->limit) ||
	    !api_query_int(call, "after", 0, INT64_MAX, 0, &after) ||
	    !api_query_int(call, "wait", 0, 20, 0, wait_s))
		return false;
	waiter->after = (uint64_t)after;
	return true;
}

int api_log(struct api_call *call)
{
	struct cloud *cloud = call->cloud;
	struct api_waiter *waiter = calloc(1, sizeof(*waiter)), *at;
	bool newest = !json_present(json_get(call->query, "after"));
	size_t waiting = 0;
	int64_t wait_s;

	if (!waiter)
		return api_refuse(call, 500, "OutOfMemory", "out of memory");
	waiter->ticket = call->ticket;
	waiter->timer.fire = waiter_timeout;
	for (at = cloud->api_waiters; at; at = at->next)
		waiting++;
	if (!read_filter(call, waiter, &wait_s) || answer(cloud, waiter, newest, !wait_s || waiting >= WAITERS_MAX, call->out) ||
	    timer_set(&cloud->world_timers, &waiter->timer, cloud_world_now(cloud) + wait_s * 1000)) {
		waiter_free(cloud, waiter);
		return API_LATER;   /* everything is said */
	}
	waiter->next = cloud->api_waiters;
	cloud->api_waiters = waiter;
	return API_LATER;
}

/* What is to be done to an HTTP answer that is not there yet: kept by its request until it leaves. */
#include <stdlib.h>
#include <string.h>

#include "http_fault.h"

struct http_fault {
	struct http_fault *next;
	uint64_t ticket;
	char    *fault;            /* {"delayMs":…,"http":{…}} */
};

#define FAULTS_MAX 1000

void http_fault_keep(struct scenarios *engine, uint64_t ticket, const char *fault)
{
	struct http_fault *kept, *at;
	size_t count = 0;

	for (at = engine->http_faults; at; at = at->next)
		count++;
	kept = count < FAULTS_MAX ? calloc(1, sizeof(*kept)) : NULL;
	if (!kept)
		return;
	*kept = (struct http_fault){ engine->http_faults, ticket, strdup(fault) };
	engine->http_faults = kept;
}

static struct http_fault *take(struct scenarios *engine, uint64_t ticket)
{
	struct http_fault **at = &engine->http_faults, *found;

	while (*at && (*at)->ticket != ticket)
		at = &(*at)->next;
	found = *at;
	if (found)
		*at = found->next;
	return found;
}

static void fault_free(struct http_fault *fault)
{
	if (fault)
		free(fault->fault);
	free(fault);
}

void http_fault_apply(struct scenarios *engine, struct effect *effect, struct effects *out)
{
	struct http_fault *fault = take(engine, effect->ticket);
	struct text wrapped = { 0 };

	if (!fault || !fault->fault) {
		fault_free(fault);
		return;
	}
	text_addf(&wrapped, "{\"size\":%zu,\"contentType\":\"application/json\",\"content\":", effect->payload_len);
	text_add_json_bytes(&wrapped, effect->payload, effect->payload_len);
	text_addf(&wrapped, ",\"fault\":%s}", fault->fault);
	if (!wrapped.failed) {
		effect->payload = effects_copy(out, text_string(&wrapped), wrapped.len);
		effect->payload_len = wrapped.len;
	}
	text_free(&wrapped);
	fault_free(fault);
}

void http_fault_forget(struct scenarios *engine, uint64_t ticket)
{
	fault_free(take(engine, ticket));
}

void http_faults_free(struct scenarios *engine)
{
	while (engine->http_faults)
		fault_free(take(engine, engine->http_faults->ticket));
}

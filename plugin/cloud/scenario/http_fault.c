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

#define NO_FAULT ",\"fault\":{}}"

/* As the tool is told of a download whose bytes are at hand. */
static void describe(struct effect *effect, const char *text, size_t len, const char *fault, struct effects *out)
{
	const size_t end = strlen(NO_FAULT);
	struct text made = { 0 };

	if (len > end && !strncmp(text, "{\"size\":", 8) && !memcmp(text + len - end, NO_FAULT, end)) {
		text_add_bytes(&made, text, len - end);      /* it is one already */
	} else {
		text_addf(&made, "{\"size\":%zu,\"contentType\":\"application/json\",\"content\":", len);
		text_add_json_bytes(&made, text, len);
	}
	text_addf(&made, ",\"fault\":%s}", fault);
	if (!made.failed) {
		effect->payload = effects_copy(out, text_string(&made), made.len);
		effect->payload_len = made.len;
	}
	text_free(&made);
}

void http_answer_text(struct effect *effect, const char *text, size_t len, struct effects *out)
{
	size_t at = 0, step;

	if (memchr(text, '\0', len))
		return;
	for (; at < len; at += step) {
		step = utf8_length(text + at, len - at);
		if (!step)
			return;
	}
	describe(effect, text, len, "{}", out);
}

void http_fault_apply(struct scenarios *engine, struct effect *effect, struct effects *out)
{
	struct http_fault *fault = take(engine, effect->ticket);

	if (fault && fault->fault)
		describe(effect, effect->payload, effect->payload_len, fault->fault, out);
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

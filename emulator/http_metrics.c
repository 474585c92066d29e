/* /metrics: the cloud's figures in Prometheus' text format. */
#include "http_call.h"

#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "json.h"

#define ANSWER_MS 5000

static void on_metrics(void *ctx, int status, const char *body, size_t len)
{
	struct call *call = ctx;
	struct json_doc doc = { 0 };
	char *text = NULL;

	if (status == 200 && !json_parse(&doc, body, len, JSON_STRICT, NULL))
		text = json_strdup(json_get(json_root(&doc), "text"));
	json_doc_free(&doc);
	if (text)
		call_reply(call, 200, "text/plain; version=0.0.4", text, strlen(text));
	else
		call_refuse(call, 502, "Internal", "the cloud gave no metrics (status %d)", status);
	free(text);
}

static void on_left(struct call *call)
{
	control_forget(call->config->control, call->asked);
}

void http_metrics(struct call *call)
{
	call->left = on_left;
	call->asked = control_request(call->config->control, "GET", "/metrics", NULL, NULL, ANSWER_MS, on_metrics, call);
}

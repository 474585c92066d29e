/* Faults of HTTP answers that the cloud gives itself: registrations. A download's are part of what the tool is told. */
#ifndef ALINK_SCENARIO_HTTP_FAULT_H
#define ALINK_SCENARIO_HTTP_FAULT_H

#include "engine.h"

/* An answer of any text instead of JSON, which is all that the control channel carries; other bytes leave it as it is. */
void http_answer_text(struct effect *effect, const char *text, size_t len, struct effects *out);
/* Keeps a fault, as scenario_http writes it, for the answer to this request. */
void http_fault_keep(struct scenarios *engine, uint64_t ticket, const char *fault);
/*
 * Makes an answer that leaves the description of a download with a fault, which the tool performs; nothing when its
 * request has none.
 */
void http_fault_apply(struct scenarios *engine, struct effect *effect, struct effects *out);
void http_fault_forget(struct scenarios *engine, uint64_t ticket);
void http_faults_free(struct scenarios *engine);

#endif

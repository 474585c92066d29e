/* http: what the tool's file server does to a device's download. Decided here, performed there. */
#include <string.h>

#include "action.h"
#include "load.h"

const struct form_key http_keys[] = {
	{ "status",      FORM_NUMBER,  NULL, false },
	{ "headers",     FORM_OBJECT,  NULL, false },
	{ "body",        FORM_STRING,  NULL, false },
	{ "cutAfter",    FORM_NUMBER,  NULL, false },
	{ "ignoreRange", FORM_BOOLEAN, NULL, false },
	{ "wrongLength", FORM_NUMBER | FORM_BOOLEAN, NULL, false },
	{ "corruptAt",   FORM_NUMBER,  NULL, false },
	{ 0 }
};

struct http_action {
	const char *fault;       /* the object as written: the tool reads it */
};

void *http_read(struct loading *loading, enum event event, struct json value)
{
	struct http_action *http = loading_new(loading, sizeof(*http));
	int64_t number;

	(void)event;
	loading_keys(loading, value, http_keys);
	loading_whole(loading, json_get(value, "status"), 200, 599, &number);
	loading_whole(loading, json_get(value, "cutAfter"), 0, INT32_MAX, &number);
	loading_whole(loading, json_get(value, "corruptAt"), 0, INT32_MAX, &number);
	if (json_is(json_get(value, "wrongLength"), JSON_NUMBER))
		loading_whole(loading, json_get(value, "wrongLength"), 0, INT32_MAX, &number);
	json_each(header, json_get(value, "headers")) {
		size_t len, i;
		const char *literal = json_span(header, &len), *name;
		bool bad = !json_is(header, JSON_STRING) || memmem(literal, len, "\\n", 2) || memmem(literal, len, "\\r", 2);

		name = json_span(json_key(header), &len);
		for (i = 1; i + 1 < len; i++)
			bad = bad || name[i] <= ' ' || name[i] == ':' || name[i] == '\\';
		if (bad || len < 3)
			form_complain(loading->form, header, "a header is a name and one line of text");
	}
	if (!json_count(value))
		form_complain(loading->form, value, "`http` does nothing: give `status`, `cutAfter`, …");
	if (http)
		http->fault = loading_literal(loading, value);
	return http;
}

enum fate http_run(struct act *act)
{
	const struct http_action *http = act->action->args;

	text_add(act->subject->fault, http->fault);
	act_log(act, SERVICE_OTHER, act->happening->topic, 0, "the download is spoilt by scenario rule %s: %.200s", act->label, http->fault);
	return FATE_STOPS;
}

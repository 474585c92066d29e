/*
 * Device logs: whether a device is to upload them, and the uploads. doc: "Report device logs"; things-and-data
 * reference, section 9.3.
 */
#include <string.h>

#include "method.h"
#include "state.h"

#define ENTRIES_MAX 40   /* doc: of one upload */

/* thing.config.log.get */
enum code device_log_config_get(struct call *call)
{
	int64_t mode = 0;

	if (!json_is(call->params, JSON_OBJECT)) {
		text_add(call->why, "`params` is no object");
		return CODE_BAD_PARAMS;
	}
	if (!json_is_string(json_get(call->params, "getType"), "content")) {
		text_add(call->why, "`getType` is not `content`");
		return CODE_LOG_GET_TYPE;
	}
	if (!json_is_string(json_get(call->params, "configScope"), "device")) {
		text_add(call->why, "`configScope` is not `device`");
		return CODE_LOG_CONFIG_SCOPE;
	}
	if (store_get_note(call->cloud->store, call->device->id, "logMode", &mode) < 0)
		return CODE_SERVER_ERROR;
	text_addf(call->data, "{\"getType\":\"content\",\"content\":{\"mode\":%lld}}", (long long)mode);
	return CODE_SUCCESS;
}

/* thing.log.post. The entries themselves stand in the log, as the content of this message's record. */
enum code device_log_post(struct call *call)
{
	/* sdk: v3 posts {"template":…,"contents":[…]}, an older form that is taken as it is. */
	struct json entries = json_is(call->params, JSON_OBJECT) ? json_get(call->params, "contents") : call->params;

	if (!json_is(entries, JSON_ARRAY) || !json_count(entries)) {
		text_add(call->why, "`params` is no array with at least one entry");
		return CODE_BAD_PARAMS;
	}
	if (json_count(entries) > ENTRIES_MAX) {
		text_addf(call->why, "%u entries, more than %d", json_count(entries), ENTRIES_MAX);
		return CODE_BAD_PARAMS;
	}
	json_each(entry, json_is(call->params, JSON_ARRAY) ? entries : (struct json){ 0 })
		if (!json_is(entry, JSON_OBJECT) || !json_is(json_get(entry, "logContent"), JSON_STRING)) {
			text_add(call->why, "an entry has no `logContent`");
			return CODE_BAD_PARAMS;
		}
	return CODE_SUCCESS;
}

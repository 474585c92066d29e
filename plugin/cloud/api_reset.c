#include <string.h>

#include "api_call.h"
#include "reset.h"

/* Whether connections are to be dropped. False after refusing. */
static bool read_connections(struct api_call *call, bool *drop)
{
	struct json value = json_get(call->body, "connections");

	*drop = json_is_string(value, "drop");
	if (!json_present(value) || *drop || json_is_string(value, "keep"))
		return true;
	api_refuse(call, 400, "BadRequest", "`connections` must be keep or drop");
	return false;
}

static int failed(struct api_call *call)
{
	return api_refuse(call, 500, "StoreFailed", "%s", store_error(call->cloud->store));
}

int api_reset(struct api_call *call)
{
	bool drop;

	if (!read_connections(call, &drop))
		return 400;
	return cloud_reset(call->cloud, drop, call->out) ? failed(call) : 200;
}

int api_snapshot_list(struct api_call *call)
{
	text_add(call->answer, "{\"snapshots\":");
	snapshots_write(call->cloud, call->answer);
	text_add_char(call->answer, '}');
	return 200;
}

int api_snapshot_save(struct api_call *call)
{
	char name[SNAPSHOT_NAME_MAX + 1];
	int result;

	if (json_string(json_get(call->body, "name"), name, sizeof(name)) < 1 || strchr(name, '/'))
		return api_refuse(call, 400, "BadRequest", "`name` must have 1 to %d bytes and no slash", SNAPSHOT_NAME_MAX);
	result = snapshot_save(call->cloud, name);
	if (result == -2)
		return api_refuse(call, 409, "Conflict", "there are %d snapshots already: delete one", SNAPSHOTS_MAX);
	return result ? failed(call) : 201;
}

int api_snapshot_restore(struct api_call *call)
{
	bool drop;
	int result;

	if (!read_connections(call, &drop))
		return 400;
	result = snapshot_restore(call->cloud, call->segment[0], drop, call->out);
	if (result < 0)
		return failed(call);
	return result ? 200 : api_refuse(call, 404, "NotFound", "there is no snapshot %s", call->segment[0]);
}

int api_snapshot_delete(struct api_call *call)
{
	return snapshot_delete(call->cloud, call->segment[0]) ? 200 :
	       api_refuse(call, 404, "NotFound", "there is no snapshot %s", call->segment[0]);
}

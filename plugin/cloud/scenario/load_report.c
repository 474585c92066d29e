/* Reading where a scenario wants its reports. */
#include <string.h>

#include "load.h"

const struct form_key report_keys[] = {
	{ "junit", FORM_STRING, NULL, false },
	{ "json",  FORM_STRING, NULL, false },
	{ "trace", FORM_STRING, NULL, false },
	{ 0 }
};

const char *scenario_report_path_wrong(const char *path)
{
	const char *at = path, *end;

	if (!*path || path[strlen(path) - 1] == '/')
		return "names no file";
	if (*path == '/')
		return "is not relative to where the tool runs";
	for (; *at; at = end + (*end == '/')) {
		end = strchrnul(at, '/');
		if (end - at == 2 && !strncmp(at, "..", 2))
			return "leaves the folder that the tool runs in";
	}
	return NULL;
}

static char *read_report_path(struct loading *loading, struct json value)
{
	char *path = loading_string(loading, value), shown[FORM_SHOW_SIZE];
	const char *wrong = path ? scenario_report_path_wrong(path) : NULL;

	if (wrong)
		form_complain(loading->form, value, "`%s` %s", form_show(value, shown), wrong);
	return path;
}

void report_read(struct loading *loading, struct json value)
{
	struct scenario *scenario = loading->scenario;

	if (!json_present(value))
		return;
	loading_keys(loading, value, report_keys);
	/* doc: scenario format. What this run cannot do is an error, never a silent no-op. */
	if (loading->engine && loading->engine->cloud->alone && json_count(value))
		form_complain(loading->form, value, "reports are written by the tool, and this broker runs without it");
	scenario->junit = read_report_path(loading, json_get(value, "junit"));
	scenario->json = read_report_path(loading, json_get(value, "json"));
	scenario->trace = read_report_path(loading, json_get(value, "trace"));
}

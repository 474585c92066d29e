#include <stdlib.h>
#include <string.h>

#include "api_call.h"
#include "catalogue.h"
#include "method.h"
#include "scenario.h"

int api_scenario_list(struct api_call *call)
{
	text_add(call->answer, "{\"scenarios\":[");
	scenario_write_list(call->cloud, call->answer);
	text_add(call->answer, "]}");
	return 200;
}

static int no_scenario(struct api_call *call)
{
	return api_refuse(call, 404, "NotFound", "there is no scenario %s", call->segment[0]);
}

int api_scenario_show(struct api_call *call)
{
	return scenario_write_report(call->cloud, call->segment[0], call->answer) ? 200 : no_scenario(call);
}

/* From a file, by its path, or as it stands in the request. */
int api_scenario_load(struct api_call *call)
{
	struct json path = json_get(call->body, "path"), inline_value = json_get(call->body, "scenario");
	struct scenario_source source = { .name = "scenario" };
	struct text complaints = { 0 };
	const char *name = NULL;
	char *file = json_strdup(path);

	if (json_present(path) == json_present(inline_value)) {
		free(file);
		return api_refuse(call, 400, "BadRequest", "give either `path` or `scenario`");
	}
	if (file)
		source.name = file;
	else
		source.text = json_span(inline_value, &source.len);
	name = scenario_load(call->cloud, &source, &complaints, call->out);
	if (!name)
		api_refuse_lines(call, "BadScenario", &complaints);
	else
		scenario_write_report(call->cloud, name, call->answer);
	text_free(&complaints);
	free(file);
	return name ? 201 : 400;
}

int api_scenario_unload(struct api_call *call)
{
	if (!scenario_stop(call->cloud, call->segment[0], "it was unloaded", call->out))
		return no_scenario(call);
	/* Its last words: afterwards nobody knows. */
	scenario_write_report(call->cloud, call->segment[0], call->answer);
	scenario_unload(call->cloud, call->segment[0], call->out);
	return 200;
}

int api_scenario_stop(struct api_call *call)
{
	if (!scenario_stop(call->cloud, call->segment[0], "it was stopped", call->out))
		return no_scenario(call);
	return api_scenario_show(call);
}

/* Every scenario's run is over: the tool asks when it ends, and writes the reports. */
int api_scenario_stop_all(struct api_call *call)
{
	scenario_stop(call->cloud, NULL, "the run is over", call->out);
	text_add(call->answer, "{\"scenarios\":[");
	scenario_write_reports(call->cloud, call->answer);
	text_add(call->answer, "]}");
	return 200;
}

/* --- codes and how they can be had --- */

/* Whether a scenario can make an operation answer at all. */
static bool can_be_injected(const struct catalogue_row *row)
{
	const struct method *rows;
	size_t count, i;

	if (strncmp(row->request, "/sys/", 5) && strncmp(row->request, "/ext/session/", 13) && strncmp(row->request, "/ota/", 5))
		return true;      /* pushed, or a registration: `error` and `reply` reach those */
	rows = method_rows(&count);
	for (i = 0; i < count; i++)
		if (!strcmp(rows[i].operation, row->operation))
			return true;
	return strstr(row->operation, ".raw");
}

static void write_coverage(struct text *out, const char *operation, int code, const char *how, const char *why)
{
	text_add_comma(out);
	text_addf(out, "{\"code\":%d,\"operation\":", code);
	text_add_json(out, operation);
	text_add(out, ",\"message\":");
	text_add_json(out, code_message(code));
	text_add(out, ",\"how\":");
	text_add_json(out, how);
	if (why) {
		text_add(out, ",\"why\":");
		text_add_json(out, why);
	}
	text_add_char(out, '}');
}

int api_code_coverage(struct api_call *call)
{
	const struct catalogue_row *rows;
	const struct catalogue_log *logs;
	size_t count, i, real = 0, injected = 0, missing = 0;
	int code;

	text_add(call->answer, "{\"coverage\":[");
	rows = catalogue_rows(&count);
	for (i = 0; i < count; i++) {
		const char *codes = rows[i].codes;

		while ((code = codes_next(&codes))) {
			bool is_real = !codes_have(rows[i].injected, code), possible = can_be_injected(&rows[i]) && code_find(code);

			write_coverage(call->answer, rows[i].operation, code, !possible ? "missing" : is_real ? "real rule" : "injected", NULL);
			real += possible && is_real;
			injected += possible && !is_real;
			missing += !possible;
		}
	}
	logs = catalogue_logs(&count);
	for (i = 0; i < count; i++) {
		bool possible = code_find(logs[i].code);

		write_coverage(call->answer, "log", logs[i].code, !possible ? "missing" : logs[i].injected ? "injected" : "real rule", logs[i].injected);
		real += possible && !logs[i].injected;
		injected += possible && logs[i].injected;
		missing += !possible;
	}
	text_addf(call->answer, "],\"realRule\":%zu,\"injected\":%zu,\"missing\":%zu}", real, injected, missing);
	return 200;
}

#include "scenario_view.h"

#include <inttypes.h>
#include <stdlib.h>

#include "repeat.h"
#include "report.h"

const struct view scenario_list_view = {
	.rows = "scenarios", .none = "no scenarios",
	.columns = (const struct column[]){
		{ "NAME",         "name",         view_text },
		{ "VERDICT",      "verdict",      view_text },
		{ "RULES",        "rules",        view_text },
		{ "EXPECTATIONS", "expectations", view_text },
		{ "MET",          "met",          view_text },
		{ "FAILED",       "failed",       view_text },
		{ "OPEN",         "open",         view_text },
		{ "ENDED",        "ended",        view_text },
		{ 0 } } };

/* Its name is what the other commands want, and need not be the file's. */
const struct view scenario_loaded_view = { .columns = (const struct column[]){
	{ "name",   "name",   view_text },
	{ "source", "source", view_text },
	{ "seed",   "seed",   view_text },
	{ 0 } } };

/* Beside its id how it stands. */
static void view_expectation(struct json value, struct cell *cell)
{
	view_text(json_get(value, "id"), cell);
	text_add(&cell->text, " (");
	view_text(json_get(value, "verdict"), cell);
	text_add(&cell->text, "): ");
	view_text(json_get(value, "wanted"), cell);
}

static void view_rule(struct json value, struct cell *cell)
{
	view_text(json_get(value, "id"), cell);
	text_add(&cell->text, ": on ");
	view_text(json_get(value, "on"), cell);
	text_add(&cell->text, ", eligible ");
	view_text(json_get(value, "eligible"), cell);
	text_add(&cell->text, ", fired ");
	view_text(json_get(value, "fired"), cell);
}

static void view_step(struct json value, struct cell *cell)
{
	view_text(json_get(value, "id"), cell);
	text_add(&cell->text, ": done ");
	view_text(json_get(value, "done"), cell);
}

static void view_checkpoint(struct json value, struct cell *cell)
{
	view_time(json_get(value, "time"), cell);
	text_add_char(&cell->text, ' ');
	view_text(json_get(value, "text"), cell);
	text_add(&cell->text, " (");
	view_text(json_get(value, "by"), cell);
	text_add_char(&cell->text, ')');
}

const struct view scenario_show_view = { .columns = (const struct column[]){
	{ "name",         "name",         view_text        },
	{ "description",  "description",  view_text        },
	{ "source",       "source",       view_text        },
	{ "seed",         "seed",         view_text        },
	{ "verdict",      "verdict",      view_text        },
	{ "ended",        "ended",        view_text        },
	{ "began",        "began",        view_time        },
	{ "lasts",        "durationMs",   view_duration    },
	{ "expectations", "expectations", view_expectation },
	{ "rules",        "rules",        view_rule        },
	{ "timeline",     "timeline",     view_step        },
	{ "checkpoints",  "checkpoints",  view_checkpoint  },
	{ 0 } } };

/* Whoever asks from outside does not know how the emulator was started: but the scenario and its seed are enough. */
void scenario_report_write(struct json answer, struct text *out)
{
	char *words[] = { "run", NULL };
	const struct options options = { .words = words, .option_words = 1 };
	char *source = json_strdup(json_get(answer, "source"));
	struct text repeat = { 0 };
	int64_t seed = 0;

	json_int64(json_get(answer, "seed"), &seed);
	repeat_add(&repeat, &options, seed, source ? source : "");
	report_text(&(struct report){ answer, text_string(&repeat) }, false, out);
	text_free(&repeat);
	free(source);
}

const struct view clock_view = { .columns = (const struct column[]){
	{ "mode",     "mode",      view_text },
	{ "now",      "now",       view_time },
	{ "world",    "world",     view_time },
	{ "NTP skew", "ntpSkewMs", view_text },
	{ 0 } } };

const struct view coverage_view = {
	.rows = "coverage", .none = "no codes",
	.columns = (const struct column[]){
		{ "CODE",      "code",      view_text },
		{ "OPERATION", "operation", view_text },
		{ "HOW",       "how",       view_text },
		{ "MESSAGE",   "message",   view_text },
		{ 0 } },
	.note = &(const struct column){ NULL, "why", view_text } };

void coverage_total_write(struct json answer, struct text *out)
{
	int64_t real = 0, injected = 0, missing = 0;

	json_int64(json_get(answer, "realRule"), &real);
	json_int64(json_get(answer, "injected"), &injected);
	json_int64(json_get(answer, "missing"), &missing);
	text_addf(out, "%" PRId64 " by a real rule, %" PRId64 " injected by a scenario, %" PRId64 " missing\n", real, injected, missing);
}

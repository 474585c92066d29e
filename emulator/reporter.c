#include "reporter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "file_write.h"
#include "form.h"
#include "paths.h"
#include "repeat.h"
#include "report.h"
#include "scenario.h"

#define ANSWER_MS   10000
#define KEPT_MAX    1000       /* scenarios that were unloaded */
#define SCENARIO_BYTES_MAX ((size_t)4 << 20)
#define TRACE_PAGE  "1000"

/* One answer of the cloud, parsed where it lies. */
struct answer {
	char           *text;
	struct json_doc doc;
};

/* Reports to be written, one scenario after the other. */
struct task {
	struct task  *next;
	struct answer answer;
	struct json   list, at;        /* the scenarios; the one whose turn it is. A single one: list is absent */
	bool          is_gone, is_last;
	struct file_write trace;       /* of `at`; temp and path NULL: none is being written */
	int64_t       trace_after, trace_to;
};

struct reporter {
	struct control *control;
	const struct options *options;
	struct task    *tasks;         /* the first is being worked on */
	struct answer   kept[KEPT_MAX];
	size_t          kept_count, lost;
	bool            is_busy;       /* the cloud is asked something */
	int             code;
	void          (*done)(void *ctx, int code);
	void           *ctx;
};

static void *must(void *allocated)
{
	if (!allocated) {
		fputs("alink-emulator: out of memory\n", stderr);
		exit(EXIT_UNREACHABLE);
	}
	return allocated;
}

static void answer_free(struct answer *answer)
{
	json_doc_free(&answer->doc);
	free(answer->text);
}

/* False when it is no JSON. */
static bool answer_keep(struct answer *answer, const char *body, size_t len)
{
	answer->doc = (struct json_doc){ 0 };
	answer->text = must(strndup(body, len));
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): answer_free frees it */
	return !json_parse(&answer->doc, answer->text, strlen(answer->text), JSON_STRICT, NULL);
}

/* --- files --- */

static mode_t own_mode(mode_t mode)
{
	mode_t mask = umask(0);

	umask(mask);
	return mode & ~mask;
}

/* Reports go to folders that need not be there yet. */
static int report_begin(struct file_write *file, const char *path)
{
	char *slash, *folder = must(strdup(path));
	int err = 0;

	slash = strrchr(folder, '/');
	if (slash && slash != folder) {
		*slash = '\0';
		err = path_make_folder(folder, 0777);
	}
	free(folder);
	return err ? -1 : file_begin(file, path, own_mode(0666), true);
}

static void not_written(struct reporter *reporter, const char *path)
{
	fprintf(stderr, "alink-emulator: cannot write the report %s: %s\n", path, strerror(errno));
	reporter->code = EXIT_UNREACHABLE;
}

static void report_write(struct reporter *reporter, const char *path, const struct text *content)
{
	struct file_write file;
	int err;

	if (content->failed) {
		errno = ENOMEM;
		not_written(reporter, path);
		return;
	}
	err = report_begin(&file, path);
	if (!err && file_add(&file, text_string(content), content->len)) {
		int reason = errno;

		file_end(&file, false);
		errno = reason;
		err = -1;
	} else if (!err) {
		err = file_end(&file, true);
	}
	if (err)
		not_written(reporter, path);
}

/* --- before the run --- */

static int path_check(const char *path, struct text *error)
{
	struct file_write file;

	if (!report_begin(&file, path))
		return file_end(&file, false);
	text_addf(error, "the report %s cannot be written: %s", path, strerror(errno));
	return -1;
}

/* What is wrong with the file itself is the cloud's to say. */
static int scenario_check_paths(const char *scenario, struct text *error)
{
	static const char *const members[] = { "junit", "json", "trace" };
	struct json_doc doc = { 0 };
	char why[160], *text;
	size_t len, i;
	int err = 0;

	text = file_load(scenario, SCENARIO_BYTES_MAX, &len, why, sizeof(why));
	if (text && !json_parse(&doc, text, len, JSON_STRICT, NULL))
		for (i = 0; i < sizeof(members) / sizeof(*members) && !err; i++) {
			char *path = json_strdup(json_get(json_get(json_root(&doc), "report"), members[i]));

			if (path && !scenario_report_path_wrong(path))
				err = path_check(path, error);
			free(path);
		}
	json_doc_free(&doc);
	free(text);
	return err;
}

int reporter_check(const struct options *options, struct text *error)
{
	const char *const files[] = { options->junit, options->report };
	int err = 0;
	size_t i;

	for (i = 0; i < 2 && !err; i++)
		if (files[i])
			err = path_check(files[i], error);
	for (i = 0; i < options->scenarios.count && !err; i++)
		err = scenario_check_paths(options->scenarios.at[i], error);
	return err;
}

/* --- the reports --- */

static struct report report_of(const struct reporter *reporter, struct json scenario)
{
	struct text repeat = { 0 };
	char *source = json_strdup(json_get(scenario, "source"));
	int64_t seed = 0;

	json_int64(json_get(scenario, "seed"), &seed);
	repeat_add(&repeat, reporter->options, seed, source ? source : "");
	free(source);
	return (struct report){ scenario, must(text_take(&repeat)) };
}

static void reports_free(struct report *reports, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free((char *)reports[i].repeat);
	free(reports);
}

/* JSON if the file's name says so, else text. */
static bool is_json(const char *path)
{
	size_t len = strlen(path);

	return len >= 5 && !strcmp(path + len - 5, ".json");
}

static void junit_write(struct reporter *reporter, const char *path, const struct report *reports, size_t count)
{
	struct text content = { 0 };

	content.failed = !report_junit(reports, count, &content);
	report_write(reporter, path, &content);
	text_free(&content);
}

static void json_report_write(struct reporter *reporter, const char *path, const struct report *reports, size_t count)
{
	struct text content = { 0 };

	report_json(reports, count, &content);
	report_write(reporter, path, &content);
	text_free(&content);
}

/* What a scenario asks for itself, but for the trace. */
static void own_write(struct reporter *reporter, struct json scenario)
{
	struct json wanted = json_get(scenario, "report");
	char *junit = json_strdup(json_get(wanted, "junit")), *json = json_strdup(json_get(wanted, "json"));
	struct report report = report_of(reporter, scenario);

	if (junit)
		junit_write(reporter, junit, &report, 1);
	if (json)
		json_report_write(reporter, json, &report, 1);
	free((char *)report.repeat);
	free(junit);
	free(json);
}

/* Of all, when nothing follows. */
static void all_write(struct reporter *reporter, struct json list)
{
	const struct options *options = reporter->options;
	struct report *reports = must(calloc(reporter->kept_count + json_count(list) + 1, sizeof(*reports)));
	struct text text = { 0 };
	size_t count = 0, i;

	for (i = 0; i < reporter->kept_count; i++)
		reports[count++] = report_of(reporter, json_root(&reporter->kept[i].doc));
	json_each(scenario, list)
		reports[count++] = report_of(reporter, scenario);
	for (i = 0; i < count; i++)
		if (report_failed(reports[i].scenario)) {
			report_text(&reports[i], true, &text);
			if (reporter->code == EXIT_FINE)
				reporter->code = EXIT_FAILED;
		}
	fputs(text_string(&text), stderr);
	if (options->junit)
		junit_write(reporter, options->junit, reports, count);
	if (options->report && is_json(options->report)) {
		json_report_write(reporter, options->report, reports, count);
	} else if (options->report) {
		text_clear(&text);
		for (i = 0; i < count; i++)
			report_text(&reports[i], false, &text);
		report_write(reporter, options->report, &text);
	}
	text_free(&text);
	reports_free(reports, count);
}

/* --- traces: the log from a scenario's beginning to its end, a record a line --- */

static void go_on(struct reporter *reporter);

static bool is_tracing(const struct task *task)
{
	return task->trace.path;
}

static void trace_end(struct reporter *reporter, struct task *task, bool keep)
{
	char *path = must(strdup(task->trace.path));

	if (file_end(&task->trace, keep))
		not_written(reporter, path);
	free(path);
}

/* False: there is nothing more. */
static bool trace_add(struct reporter *reporter, struct task *task, struct json answer)
{
	int64_t next = task->trace_after, seq;

	json_int64(json_get(answer, "next"), &next);
	json_each(record, json_get(answer, "records")) {
		size_t len;
		const char *span = json_span(record, &len);

		if (!json_int64(json_get(record, "seq"), &seq) || seq > task->trace_to)
			return false;
		if (file_add(&task->trace, span, len) || file_add(&task->trace, "\n", 1)) {
			not_written(reporter, task->trace.path);
			return false;
		}
	}
	if (next <= task->trace_after)
		return false;
	task->trace_after = next;
	return next < task->trace_to;
}

static void trace_ask(struct reporter *reporter, struct task *task);

static void on_trace(void *ctx, int status, const char *body, size_t len)
{
	struct reporter *reporter = ctx;
	struct task *task = reporter->tasks;
	struct answer answer = { 0 };
	bool fine = status == 200 && answer_keep(&answer, body, len), more = false;

	reporter->is_busy = false;
	if (fine)
		more = trace_add(reporter, task, json_root(&answer.doc));
	answer_free(&answer);
	if (!fine) {
		fprintf(stderr, "alink-emulator: the trace %s ends early: the cloud did not say more\n", task->trace.path);
		reporter->code = EXIT_UNREACHABLE;
	}
	if (more) {
		trace_ask(reporter, task);
		return;
	}
	trace_end(reporter, task, true);
	go_on(reporter);
}

static void trace_ask(struct reporter *reporter, struct task *task)
{
	struct text query = { 0 };

	text_addf(&query, "{\"limit\":\"" TRACE_PAGE "\",\"after\":\"%lld\"}", (long long)task->trace_after);
	reporter->is_busy = true;
	control_request(reporter->control, "GET", "/log", text_string(&query), NULL, ANSWER_MS, on_trace, reporter);
	text_free(&query);
}

/* False when this scenario asks for none. */
static bool trace_begin(struct reporter *reporter, struct task *task, struct json scenario)
{
	char *path = json_strdup(json_get(json_get(scenario, "report"), "trace"));
	bool begun = path && !report_begin(&task->trace, path);

	if (path && !begun)
		not_written(reporter, path);
	if (begun) {
		task->trace_after = 0;
		task->trace_to = INT64_MAX;
		json_int64(json_get(scenario, "logAfter"), &task->trace_after);
		json_int64(json_get(scenario, "logTo"), &task->trace_to);
		trace_ask(reporter, task);
	}
	free(path);
	return begun;
}

/* --- one task after the other --- */

static void task_end(struct reporter *reporter, struct task *task)
{
	reporter->tasks = task->next;
	if (!task->is_gone) {
		answer_free(&task->answer);
	} else if (reporter->kept_count < KEPT_MAX) {
		reporter->kept[reporter->kept_count++] = task->answer;
	} else {
		if (!reporter->lost++)
			fprintf(stderr, "alink-emulator: more than %d scenarios were unloaded: the final reports lack the rest\n", KEPT_MAX);
		answer_free(&task->answer);
	}
	free(task);
}

static void go_on(struct reporter *reporter)
{
	struct task *task;

	while ((task = reporter->tasks) && !reporter->is_busy) {
		struct json scenario = task->at;
		bool is_last = task->is_last;

		if (json_present(scenario)) {
			task->at = json_present(task->list) ? json_next(scenario) : (struct json){ 0 };
			own_write(reporter, scenario);
			trace_begin(reporter, task, scenario);
			continue;
		}
		if (is_last)
			all_write(reporter, task->list);
		task_end(reporter, task);
		if (is_last)
			reporter->done(reporter->ctx, reporter->code);
		if (is_last)
			return;      /* we may be gone */
	}
}

static struct task *task_add(struct reporter *reporter)
{
	struct task *task = must(calloc(1, sizeof(*task))), **last = &reporter->tasks;

	while (*last)
		last = &(*last)->next;
	*last = task;
	task->trace.fd = -1;
	return task;
}

void reporter_take(struct reporter *reporter, const char *body, size_t len, bool is_gone)
{
	struct task *task = task_add(reporter);

	if (answer_keep(&task->answer, body, len)) {
		task->list = json_get(json_root(&task->answer.doc), "scenarios");
		task->at = json_present(task->list) ? json_first(task->list) : json_root(&task->answer.doc);
		task->is_gone = is_gone;
	}
	go_on(reporter);
}

static void on_judged(void *ctx, int status, const char *body, size_t len)
{
	struct reporter *reporter = ctx;
	struct task *task = task_add(reporter);

	task->is_last = true;
	if (!answer_keep(&task->answer, body, len) || status != 200) {
		fputs("alink-emulator: what became of the scenarios is not known: the emulator did not say\n", stderr);
		reporter->code = EXIT_UNREACHABLE;
	} else {
		task->list = json_get(json_root(&task->answer.doc), "scenarios");
		task->at = json_first(task->list);
	}
	go_on(reporter);
}

void reporter_finish(struct reporter *reporter, void (*done)(void *ctx, int code), void *ctx)
{
	reporter->done = done;
	reporter->ctx = ctx;
	control_request(reporter->control, "POST", "/scenarios/stop", NULL, "{}", ANSWER_MS, on_judged, reporter);
}

/* --- coming and going --- */

struct reporter *reporter_new(struct control *control, const struct options *options)
{
	struct reporter *reporter = must(calloc(1, sizeof(*reporter)));

	reporter->control = control;
	reporter->options = options;
	return reporter;
}

void reporter_free(struct reporter *reporter)
{
	size_t i;

	if (!reporter)
		return;
	while (reporter->tasks) {
		struct task *task = reporter->tasks;

		if (is_tracing(task))
			file_end(&task->trace, false);
		task->is_gone = false;
		task_end(reporter, task);
	}
	for (i = 0; i < reporter->kept_count; i++)
		answer_free(&reporter->kept[i]);
	free(reporter);
}

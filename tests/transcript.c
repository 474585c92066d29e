#include "transcript_private.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define LINE_SIZE (300 * 1024)

void transcript_fail(struct transcript *t, const char *format, ...)
{
	va_list args;
	int len;

	if (t->failed)
		return;
	t->failed = true;
	len = snprintf(t->error, t->error_size, "%s:%d: ", t->path, t->line);
	va_start(args, format);
	if (len >= 0 && (size_t)len < t->error_size)
		vsnprintf(t->error + len, t->error_size - (size_t)len, format, args);
	va_end(args);
}

/* The next blank-separated word of *at, cut off there. Never NULL. */
char *transcript_word(char **at)
{
	char *start = *at + strspn(*at, " \t");
	char *end = start + strcspn(start, " \t");

	*at = end;
	if (*end) {
		*end = '\0';
		*at = end + 1;
	}
	return start;
}

char *transcript_rest(char **at)
{
	char *start = *at + strspn(*at, " \t");

	*at = start + strlen(start);
	return start;
}

const char *transcript_client_name(struct transcript *t, uint64_t number)
{
	size_t i;

	for (i = 0; i < t->client_count; i++)
		if (t->clients[i].number == number)
			return t->clients[i].name;
	return "?";
}

/* `<*>` in the expected text stands for any characters. */
bool transcript_matches(const char *expected, const char *got)
{
	const char *wild = strstr(expected, "<*>");
	size_t len = wild ? (size_t)(wild - expected) : 0;

	if (!wild)
		return !strcmp(expected, got);
	if (strncmp(expected, got, len))
		return false;
	for (got += len; ; got++) {
		if (transcript_matches(wild + 3, got))
			return true;
		if (!*got)
			return false;
	}
}

static void describe(struct transcript *t, const struct effect *effect, char *buf, size_t size)
{
	switch (effect->kind) {
	case EFFECT_PUBLISH:
		snprintf(buf, size, "< %s %s %s", transcript_client_name(t, effect->connection), effect->topic, effect->payload);
		break;
	case EFFECT_KICK:
		snprintf(buf, size, "< %s closed", transcript_client_name(t, effect->connection));
		break;
	case EFFECT_ANSWER:
		snprintf(buf, size, "= %d %s", effect->status, effect->payload);
		break;
	case EFFECT_SCRIPT:
		snprintf(buf, size, "script %" PRIu64, effect->ticket);
		break;
	}
}

/* --- scripts: run by the real helper, while everything else waits --- */

void transcript_run_script(struct transcript *t, uint64_t ticket)
{
	struct script_request request;
	struct script_result result;

	if (!cloud_script_request(t->cloud, ticket, &request))
		return;
	result = script_worker_call(&t->worker, &request);
	cloud_script_result(t->cloud, ticket, &result, &t->out);
}

/* Behind the result of one call may come the next call. */
static void run_scripts(struct transcript *t)
{
	for (; t->scripts_seen < t->out.count; t->scripts_seen++) {
		if (t->out.at[t->scripts_seen].kind != EFFECT_SCRIPT)
			continue;
		if (!t->hold)
			transcript_run_script(t, t->out.at[t->scripts_seen].ticket);
		else if (t->held_count < HELD_MAX)
			t->held[t->held_count++] = t->out.at[t->scripts_seen].ticket;
		else
			transcript_fail(t, "more scripts than %d are held", HELD_MAX);
	}
}

/* The oldest effect not yet accounted for. */
const struct effect *transcript_next(struct transcript *t)
{
	while (t->seen < t->out.count && t->out.at[t->seen].kind == EFFECT_SCRIPT)
		t->seen++;
	return t->seen < t->out.count ? &t->out.at[t->seen] : NULL;
}

const struct effect *transcript_take(struct transcript *t, char *got, size_t size)
{
	const struct effect *effect = transcript_next(t);

	if (t->failed)
		return NULL;
	if (!effect) {
		transcript_fail(t, "the cloud said nothing more");
		return NULL;
	}
	t->seen++;
	describe(t, effect, got, size);
	return effect;
}

static void nothing_left(struct transcript *t)
{
	char text[2048];

	if (t->failed || !transcript_next(t))
		return;
	describe(t, transcript_next(t), text, sizeof(text));
	transcript_fail(t, "before this line the cloud also said: %s", text);
}

/* Before each thing that happens: all that came of the one before must have been expected. */
void transcript_begin(struct transcript *t)
{
	nothing_left(t);
	effects_clear(&t->out);
	t->seen = t->scripts_seen = 0;
}

/* What programs read must be JSON, however loosely a line describes it. */
static void check_json(struct transcript *t, const struct effect *effect)
{
	struct json_doc doc = { 0 };
	struct json_error error;

	if (effect->kind == EFFECT_ANSWER && json_parse(&doc, effect->payload, effect->payload_len, JSON_STRICT, &error))
		transcript_fail(t, "the answer is not JSON: %s at byte %zu of %.300s", error.message, error.at + 1, effect->payload);
	json_doc_free(&doc);
}

void transcript_end(struct transcript *t)
{
	size_t i;

	if (t->failed)
		return;
	cloud_tick(t->cloud, &t->out);
	run_scripts(t);
	if (cloud_commit(t->cloud))
		transcript_fail(t, "commit failed: %s", cloud_error(t->cloud));
	for (i = 0; i < t->out.count; i++)
		check_json(t, &t->out.at[i]);
	for (i = 0; t->pair && i < t->out.count; i++)
		if (t->out.at[i].operation && t->out.at[i].code)
			t->pair(t->ctx, t->out.at[i].operation, t->out.at[i].code);
}

/* `$DIR` is the transcript's folder: an API takes files by absolute path only. */
static void expand(struct transcript *t, char *line)
{
	char folder[512], absolute[PATH_MAX], *at;
	size_t len;

	transcript_folder(t->path, folder, sizeof(folder));
	if (!strstr(line, "$DIR") || !realpath(folder, absolute))
		return;
	for (len = strlen(absolute); (at = strstr(line, "$DIR")) && strlen(line) + len < LINE_SIZE; ) {
		memmove(at + len, at + strlen("$DIR"), strlen(at + strlen("$DIR")) + 1);
		memcpy(at, absolute, len);
	}
}

static const struct transcript_step *find_step(const struct transcript_step *steps, const char *word)
{
	while (steps->word && strcmp(steps->word, word))
		steps++;
	return steps->word ? steps : NULL;
}

static void run_line(struct transcript *t, char *line)
{
	const struct transcript_step *step;
	char *at = line, *name;

	expand(t, line);
	name = transcript_word(&at);
	if (!*name || *name == '#')
		return;
	step = find_step(transcript_cloud_steps, name);
	if (!step)
		step = find_step(transcript_device_steps, name);
	if (!step)
		transcript_fail(t, "`%s` is no step", name);
	else if (step->needs_cloud && !t->cloud)
		transcript_fail(t, "there is no `cloud` line before this one");
	else
		step->run(t, at);
}

int transcript_run(const char *path, transcript_pair *pair, void *ctx, char *error, size_t error_size)
{
	struct transcript t = {
		.path = path, .error = error, .error_size = error_size, .now_ms = 1700000000000, .random = 1, .pair = pair, .ctx = ctx,
	};
	FILE *file = fopen(path, "r");
	char *line = malloc(LINE_SIZE);

	script_worker_init(&t.worker, getenv("ALINK_SCRIPT") ? getenv("ALINK_SCRIPT") : HELPER);
	if (!file || !line)
		transcript_fail(&t, "cannot be read");
	while (!t.failed && fgets(line, LINE_SIZE, file)) {
		t.line++;
		line[strcspn(line, "\n")] = '\0';
		run_line(&t, line);
	}
	nothing_left(&t);
	if (!t.failed && t.held_count)
		transcript_fail(&t, "%zu scripts are still held", t.held_count);
	if (!t.failed && !t.cloud)
		transcript_fail(&t, "there is no `cloud` line");
	if (file)
		fclose(file);
	free(line);
	effects_free(&t.out);
	script_worker_free(&t.worker);
	cloud_free(t.cloud);
	cloud_file_free(t.file);
	transcript_remove_state(&t);
	return t.failed ? -1 : 0;
}

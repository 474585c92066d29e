/* Steps of the cloud: what exists, time, callers, scripts and scenarios. */
#include "transcript_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "json.h"
#include "scenario.h"
#include "state.h"
#include "subscription.h"

static int64_t now_ms(void *ctx)
{
	return ((struct transcript *)ctx)->now_ms;
}

static void draw(void *ctx, void *buf, size_t len)
{
	struct transcript *t = ctx;
	unsigned char *out = buf;

	while (len--) {
		t->random = t->random * 6364136223846793005u + 1442695040888963407u;
		*out++ = (unsigned char)(t->random >> 33);
	}
}

void transcript_folder(const char *path, char *buf, size_t size)
{
	const char *slash = strrchr(path, '/');

	snprintf(buf, size, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
}

static void start(struct transcript *t, bool again)
{
	struct cloud_config config = {
		.world = { now_ms, draw, t }, .file = t->file, .seed = 1,
		.state_path = *t->state_path ? t->state_path : NULL,
	};
	char error[300];
	size_t i;

	if (again) {
		cloud_free(t->cloud);
		for (i = 0; i < t->client_count; i++)
			t->clients[i].number = 0;
		t->log_seen = 0;
	}
	t->cloud = cloud_new(&config, error, sizeof(error));
	if (!t->cloud)
		transcript_fail(t, "the cloud does not start: %s", error);
}

#define CLOUD_FILES_MAX 4

/* cloud FILE… | cloud {…}: what exists. */
static void step_cloud(struct transcript *t, char *args)
{
	struct text complaints = { 0 };
	char folder[512], path[CLOUD_FILES_MAX][1200], *name;
	const char *paths[CLOUD_FILES_MAX];
	size_t count = 0;

	transcript_folder(t->path, folder, sizeof(folder));
	args += strspn(args, " \t");
	if (*args == '{') {
		t->file = cloud_file_parse(t->path, folder, args, strlen(args), &complaints);
	} else {
		for (name = transcript_word(&args); *name && count < CLOUD_FILES_MAX; name = transcript_word(&args), count++) {
			snprintf(path[count], sizeof(path[count]), "%s/%s", folder, name);
			paths[count] = path[count];
		}
		t->file = cloud_file_read(paths, count, &complaints);
	}
	if (!t->file)
		transcript_fail(t, "%s", text_string(&complaints));
	else
		start(t, false);
	text_free(&complaints);
}

static void step_now(struct transcript *t, char *args)
{
	transcript_begin(t);
	t->now_ms = strtoll(transcript_word(&args), NULL, 10);
	if (t->cloud)
		transcript_end(t);
}

/* advance 61s | 250ms | 5m | 24h */
static void step_advance(struct transcript *t, char *args)
{
	static const struct { const char *unit; int64_t ms; } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };
	char *unit;
	int64_t number = strtoll(transcript_word(&args), &unit, 10);
	size_t i;

	transcript_begin(t);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(unit, units[i].unit)) {
			t->now_ms += number * units[i].ms;
			transcript_end(t);
			return;
		}
	transcript_fail(t, "`%s` is no unit of time", unit);
}

/* push PK DN TOPIC PAYLOAD: the platform sends something down, as its API would. */
static void step_push(struct transcript *t, char *args)
{
	char *product_key = transcript_word(&args), *device_name = transcript_word(&args), *topic = transcript_word(&args), *payload = transcript_rest(&args);
	struct device *device = device_find_key(t->cloud, product_key, device_name);

	transcript_begin(t);
	if (!device)
		transcript_fail(t, "there is no device %s/%s", product_key, device_name);
	else if (!t->failed)
		deliver(t->cloud, device, ROLE_DOWN, topic, payload, strlen(payload), &t->out, NULL);
	transcript_end(t);
}

/* api VERB PATH[?query] [BODY] */
static void step_api(struct transcript *t, char *args)
{
	char *verb = transcript_word(&args), *path = transcript_word(&args), *body = transcript_rest(&args), *query = strchr(path, '?'), *pair;
	struct text request = { 0 };

	transcript_begin(t);
	if (query)
		*query++ = '\0';
	text_add(&request, "{\"id\":1,\"method\":");
	text_add_json(&request, verb);
	text_add(&request, ",\"path\":");
	text_add_json(&request, path);
	text_add(&request, ",\"query\":{");
	for (pair = query ? strtok(query, "&") : NULL; pair; pair = strtok(NULL, "&")) {
		char *value = strchr(pair, '=');

		if (value)
			*value++ = '\0';
		text_add_key(&request, pair);
		text_add_json(&request, value ? value : "");
	}
	text_add_char(&request, '}');
	if (*body)
		text_addf(&request, ",\"body\":%s", body);
	text_add_char(&request, '}');
	if (!t->failed)
		api_handle(t->cloud, ++t->ticket, text_string(&request), request.len, &t->out);
	transcript_end(t);
	text_free(&request);
}

/* = STATUS BODY: the answer to an api request, now or later. */
static void step_answer(struct transcript *t, char *args)
{
	int status = atoi(transcript_word(&args));
	char *body = transcript_rest(&args), got[8192];
	const struct effect *effect = transcript_take(t, got, sizeof(got));

	if (!effect)
		return;
	if (effect->kind != EFFECT_ANSWER || effect->status != status || !transcript_matches(body, effect->payload))
		transcript_fail(t, "the cloud said: %s", got);
}

/* log CODE [TEXT]: since the last `log` line there is a record with this code whose `why` holds the text. */
static void step_log(struct transcript *t, char *args)
{
	struct effects out = { 0 };
	struct text request = { 0 };
	struct json_doc doc = { 0 };
	int64_t code = atoi(transcript_word(&args)), found;
	char *text = transcript_rest(&args), why[4096];
	bool seen = false;

	if (t->failed)
		return;
	text_addf(&request, "{\"id\":1,\"method\":\"GET\",\"path\":\"/log\",\"query\":{\"after\":\"%" PRIu64 "\",\"limit\":\"1000\"}}",
	          t->log_seen);
	api_handle(t->cloud, ++t->ticket, text_string(&request), request.len, &out);
	if (out.count && !json_parse(&doc, out.at[0].payload, out.at[0].payload_len, JSON_STRICT, NULL)) {
		json_each(record, json_get(json_root(&doc), "records")) {
			if (json_string(json_get(record, "why"), why, sizeof(why)) < 0)
				*why = '\0';
			if (json_int64(json_get(record, "code"), &found) && found == code && strstr(why, text))
				seen = true;
		}
		if (json_int64(json_get(json_root(&doc), "next"), &found))
			t->log_seen = (uint64_t)found;
	}
	if (!seen)
		transcript_fail(t, "no such record; there are: %.6000s", out.count ? out.at[0].payload : "");
	json_doc_free(&doc);
	text_free(&request);
	effects_free(&out);
}

/* hold: from here on scripts do not run. */
static void step_hold(struct transcript *t, char *args)
{
	(void)args;
	t->hold = true;
}

/* release: the script held for longest runs. release all: and so do the others, and from here on all. */
static void step_release(struct transcript *t, char *args)
{
	size_t i, count = t->held_count;

	transcript_begin(t);
	if (!count)
		transcript_fail(t, "no script is held");
	if (t->failed)
		return;
	if (!strcmp(transcript_word(&args), "all"))
		t->hold = false;
	else
		count = 1;
	t->held_count -= count;
	for (i = 0; i < count; i++)
		transcript_run_script(t, t->held[i]);
	memmove(t->held, t->held + count, t->held_count * sizeof(t->held[0]));
	transcript_end(t);
}

/* scenario FILE | scenario {…}: loads it. */
static void step_scenario(struct transcript *t, char *args)
{
	struct text complaints = { 0 };
	char folder[512], path[1200];
	struct scenario_source source = { .name = path };

	transcript_begin(t);
	if (t->failed)
		return;
	t->pair = NULL;
	transcript_folder(t->path, folder, sizeof(folder));
	args = transcript_rest(&args);
	if (*args == '{') {
		source = (struct scenario_source){ "inline", args, strlen(args) };
	} else {
		snprintf(path, sizeof(path), "%s/%s", folder, args);
	}
	if (!scenario_load(t->cloud, &source, &complaints, &t->out))
		transcript_fail(t, "the scenario is refused: %s", text_string(&complaints));
	text_free(&complaints);
	transcript_end(t);
}

static void step_unload(struct transcript *t, char *args)
{
	transcript_begin(t);
	if (!t->failed && !scenario_unload(t->cloud, transcript_word(&args), &t->out))
		transcript_fail(t, "there is no such scenario");
	transcript_end(t);
}

/* verdict NAME passed|failed [TEXT…]: stops it; its report holds all the texts, separated by ` | `. */
static void step_verdict(struct transcript *t, char *args)
{
	char *name = transcript_word(&args), *wanted = transcript_word(&args), *texts = transcript_rest(&args), *text, *next;
	struct text report = { 0 };
	char verdict[64];

	transcript_begin(t);
	if (t->failed)
		return;
	if (!scenario_stop(t->cloud, name, "the transcript ends it", &t->out) || !scenario_write_report(t->cloud, name, &report))
		transcript_fail(t, "there is no scenario `%s`", name);
	snprintf(verdict, sizeof(verdict), "\"verdict\":\"%s\",\"ended\"", wanted);
	if (!strstr(text_string(&report), verdict))
		transcript_fail(t, "it has not %s: %.3000s", wanted, text_string(&report));
	for (text = texts; text && *text; text = next) {
		next = strstr(text, " | ");
		if (next) {
			*next = '\0';
			next += 3;
		}
		if (!strstr(text_string(&report), text))
			transcript_fail(t, "the report lacks `%s`: %.3000s", text, text_string(&report));
	}
	text_free(&report);
	transcript_end(t);
}

/* restart: the broker goes and comes back; needs `state FILE` before `cloud`. */
static void step_restart(struct transcript *t, char *args)
{
	(void)args;
	transcript_begin(t);
	if (!*t->state_path)
		transcript_fail(t, "restart needs a `state` line before `cloud`");
	else
		start(t, true);
}

static void step_state(struct transcript *t, char *args)
{
	(void)args;
	snprintf(t->state_path, sizeof(t->state_path), "%s/alink-transcript-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(t->state_path))
		transcript_fail(t, "no temporary folder");
	strcat(t->state_path, "/state.db");
}

void transcript_remove_state(struct transcript *t)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[600];
	size_t i;

	if (!*t->state_path)
		return;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", t->state_path, ends[i]);
		remove(path);
	}
	transcript_folder(t->state_path, path, sizeof(path));
	remove(path);
}

const struct transcript_step transcript_cloud_steps[] = {
	{ "state",    step_state,    false },
	{ "cloud",    step_cloud,    false },
	{ "now",      step_now,      false },
	{ "advance",  step_advance,  true  },
	{ "push",     step_push,     true  },
	{ "api",      step_api,      true  },
	{ "=",        step_answer,   true  },
	{ "log",      step_log,      true  },
	{ "hold",     step_hold,     true  },
	{ "release",  step_release,  true  },
	{ "restart",  step_restart,  true  },
	{ "scenario", step_scenario, true  },
	{ "unload",   step_unload,   true  },
	{ "verdict",  step_verdict,  true  },
	{ 0 }
};

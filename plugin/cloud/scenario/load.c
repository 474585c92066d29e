#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud_file.h"
#include "expect.h"

const struct form_key scenario_keys[] = {
	{ "$schema",     FORM_STRING, NULL, false },   /* for editors */
	{ "scenario",    FORM_NUMBER, NULL, true },
	{ "name",        FORM_STRING, NULL, false },
	{ "description", FORM_STRING, NULL, false },
	{ "tags",        FORM_ARRAY,  NULL, false },
	{ "seed",        FORM_NUMBER, NULL, false },
	{ "clock",       FORM_OBJECT, NULL, false },
	{ "defaults",    FORM_OBJECT, NULL, false },
	{ "vars",        FORM_OBJECT, NULL, false },
	{ "fixtures",    FORM_OBJECT, NULL, false },
	{ "rules",       FORM_ARRAY,  NULL, false },
	{ "timeline",    FORM_ARRAY,  NULL, false },
	{ "expect",      FORM_ARRAY,  NULL, false },
	{ "stop",        FORM_OBJECT, NULL, false },
	{ "report",      FORM_OBJECT, NULL, false },
	{ 0 }
};

const struct form_key clock_spec_keys[] = {
	{ "mode",  FORM_STRING, CLOCK_WORDS, true },
	{ "start", FORM_STRING, NULL, false },
	{ "scale", FORM_NUMBER, NULL, false },
	{ 0 }
};

const struct form_key defaults_keys[] = { { "per", FORM_STRING, PER_WORDS, false }, { 0 } };

const struct form_key stop_keys[] = {
	{ "after", FORM_STRING, NULL, false },
	{ "when",  FORM_STRING, "all-expectations-decided", false },
	{ "leave", FORM_STRING, "clear keep", false },
	{ 0 }
};

#define STOP_MS (INT64_C(5) * 60 * 1000)

/* --- the head --- */

static bool name_valid(const char *name)
{
	size_t len = strlen(name);

	return len && len <= ID_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == len;
}

char *loading_id(struct loading *loading, struct json value)
{
	char *id = loading_string(loading, value);

	if (!id || name_valid(id))
		return id;
	form_complain(loading->form, value, "an id has 1 to %d letters, digits, - _ .", ID_MAX);
	return NULL;
}

/* Without a name, the file's. */
static void read_name(struct loading *loading, struct json root)
{
	struct scenario *scenario = loading->scenario;
	struct json value = json_get(root, "name");
	const char *slash = strrchr(scenario->source, '/'), *base = slash ? slash + 1 : scenario->source;
	struct scenario *other;

	if (json_present(value)) {
		scenario->name = loading_id(loading, value);
	} else {
		scenario->name = arena_copy(&scenario->arena, base, strcspn(base, ".") < ID_MAX ? strcspn(base, ".") : ID_MAX);
		if (scenario->name && !name_valid(scenario->name))
			form_complain(loading->form, root, "the file's name cannot be the scenario's: give it a `name`");
	}
	for (other = loading->engine ? loading->engine->first : NULL; other && scenario->name; other = other->next)
		if (!strcmp(other->name, scenario->name))
			form_complain(loading->form, json_present(value) ? value : root, "a scenario `%s` is loaded already; unload it first",
			              scenario->name);
}

static void read_clock(struct loading *loading, struct json value)
{
	struct scenario *scenario = loading->scenario, *other;
	struct json scale = json_get(value, "scale");
	int mode;

	if (!json_present(value))
		return;
	loading_keys(loading, value, clock_spec_keys);
	mode = word_of(CLOCK_WORDS, json_get(value, "mode"));
	scenario->has_clock = true;
	scenario->clock = (struct clock_request){ .mode = mode < 0 ? CLOCK_REAL : (enum clock_mode)mode, .scale = 1 };
	scenario->clock.has_start = loading_date(loading, json_get(value, "start"), &scenario->clock.start_ms);
	if (json_is(scale, JSON_NUMBER) &&
	    (!json_double(scale, &scenario->clock.scale) || scenario->clock.scale < 0.001 || scenario->clock.scale > 100000))
		form_complain(loading->form, scale, "`scale` must be from 0.001 to 100000");
	if (json_present(scale) != (scenario->clock.mode == CLOCK_SCALED))
		form_complain(loading->form, json_present(scale) ? scale : value, "`scale` belongs to the mode `scaled`, and to no other");
	for (other = loading->engine ? loading->engine->first : NULL; other; other = other->next)
		if (other->has_clock)
			form_complain(loading->form, value, "scenario `%s` has a `clock` already, and there is only one clock", other->name);
}

static void read_stop(struct loading *loading, struct json value)
{
	struct scenario *scenario = loading->scenario;

	scenario->stop_ms = STOP_MS;
	if (!json_present(value))
		return;
	loading_keys(loading, value, stop_keys);
	scenario->stop_given = loading_duration(loading, json_get(value, "after"), &scenario->stop_ms);
	scenario->stop_when_decided = json_present(json_get(value, "when"));
	scenario->keep = json_is_string(json_get(value, "leave"), "keep");
}

static bool no_device(const void *ctx, const char *product_key, const char *device_name)
{
	(void)ctx;
	(void)product_key;
	(void)device_name;
	return false;
}

/*
 * A cloud file's parts, read by its own reader. Everything around them becomes blank, so that what it complains about
 * is where it says.
 */
static void read_fixtures(struct loading *loading, struct json value)
{
	struct scenario *scenario = loading->scenario;
	const struct json_doc *doc = &loading->form->doc;
	const char *slash = strrchr(scenario->source, '/');
	struct complaints *complaints = loading->form->complaints;
	const struct names *names = loading->names;
	const struct cloud_file_around around = {
		names->around, names->around_count, names->has_device ? names->has_device : no_device, names->ctx,
	};
	struct text found = { 0 };
	size_t at = json_offset(value), len, i;
	char *text, *folder;

	if (!json_is(value, JSON_OBJECT))
		return;
	json_span(value, &len);
	text = malloc(doc->len + 1);
	folder = strndup(scenario->source, slash ? (size_t)(slash + 1 - scenario->source) : 0);
	for (i = 0; text && i < doc->len; i++)
		text[i] = i >= at && i < at + len ? doc->text[i] : doc->text[i] == '\n' ? '\n' : ' ';
	if (text && folder)
		scenario->fixtures = cloud_file_parse_part(scenario->source, folder, text, doc->len, &around, &found);
	else
		scenario->arena.failed = true;
	if (!scenario->fixtures)
		complaints->errors++;
	text_add(complaints->out, text_string(&found));
	text_free(&found);
	free(text);
	free(folder);
}

static void read_vars(struct loading *loading, struct json vars)
{
	json_each(member, vars) {
		char *name = loading_string(loading, json_key(member));

		if (name && !name_valid(name))
			form_complain(loading->form, json_key(member), "a variable's name has 1 to %d letters, digits, - _ .", ID_MAX);
	}
}

static void read_head(struct loading *loading, struct json root)
{
	struct scenario *scenario = loading->scenario;
	struct json version = json_get(root, "scenario"), per = json_get(json_get(root, "defaults"), "per");
	int64_t number;

	loading_keys(loading, root, scenario_keys);
	if (json_is(version, JSON_NUMBER) && (!json_int64(version, &number) || number != 1))
		form_complain(loading->form, version, "`scenario` must be 1, the only format there is");
	read_name(loading, root);
	scenario->description = loading_string(loading, json_get(root, "description"));
	scenario->tags = json_get(root, "tags");
	json_each(tag, scenario->tags)
		if (!json_is(tag, JSON_STRING))
			form_complain(loading->form, tag, "a tag is a string");
	/* doc: 0 to 2^53 - 1 */
	scenario->has_seed = loading_whole(loading, json_get(root, "seed"), 0, 9007199254740991, &scenario->seed);
	if (json_present(json_get(root, "defaults")))
		loading_keys(loading, json_get(root, "defaults"), defaults_keys);
	if (word_of(PER_WORDS, per) >= 0)
		scenario->per = (enum per)word_of(PER_WORDS, per);
	read_clock(loading, json_get(root, "clock"));
	read_vars(loading, json_get(root, "vars"));
	read_stop(loading, json_get(root, "stop"));
	report_read(loading, json_get(root, "report"));
	read_fixtures(loading, json_get(root, "fixtures"));
}

/* --- the file --- */

static void label_all(struct loading *loading)
{
	struct scenario *scenario = loading->scenario;
	size_t i;

	for (i = 0; i < scenario->rule_count; i++)
		scenario->rules[i].label = loading_label(loading, scenario->rules[i].id);
	for (i = 0; i < scenario->step_count; i++)
		scenario->steps[i].label = loading_label(loading, scenario->steps[i].id);
	for (i = 0; i < scenario->expect_count; i++)
		scenario->expects[i].label = loading_label(loading, scenario->expects[i].id);
}

char *loading_label(struct loading *loading, const char *id)
{
	size_t size = (loading->scenario->name ? strlen(loading->scenario->name) : 0) + (id ? strlen(id) : 0) + 2;
	char *label = loading_new(loading, size);

	if (label)
		snprintf(label, size, "%s/%s", loading->scenario->name ? loading->scenario->name : "", id ? id : "");
	return label;
}

static void read_all(struct loading *loading)
{
	struct json root = json_root(&loading->form->doc);

	read_head(loading, root);
	rules_read(loading, json_get(root, "rules"));
	steps_read(loading, json_get(root, "timeline"));
	expects_read(loading, json_get(root, "expect"));
	label_all(loading);
	refs_check(loading, root);
	if (json_is(root, JSON_OBJECT) && !loading->scenario->rule_count && !loading->scenario->step_count &&
	    !loading->scenario->expect_count && !loading->form->complaints->errors)
		form_complain(loading->form, root, "there are neither `rules` nor a `timeline` nor `expect`: it would do nothing");
}

struct scenario *scenario_read(const struct scenario_source *source, const struct names *names, struct scenarios *engine,
                               struct text *out)
{
	struct complaints complaints = { .out = out };
	struct scenario *scenario = calloc(1, sizeof(*scenario));
	struct loading loading = { .scenario = scenario, .names = names, .engine = engine };
	char why[160] = "";
	size_t len;
	bool open = false;

	if (!scenario) {
		text_addf(out, "%s:1:1: out of memory\n", source->name);
		return NULL;
	}
	scenario->engine = engine;
	scenario->source = arena_copy(&scenario->arena, source->name, strlen(source->name));
	loading.form = &scenario->form;
	if (source->text && source->len > SCENARIO_BYTES_MAX) {
		snprintf(why, sizeof(why), "is larger than %zu bytes", SCENARIO_BYTES_MAX);
	} else if (source->text) {
		len = source->len;
		scenario->text = malloc(len + 1);
		if (scenario->text)
			memcpy(scenario->text, source->text, len);
	} else {
		scenario->text = file_load(source->name, SCENARIO_BYTES_MAX, &len, why, sizeof(why));
	}
	if (!scenario->source || !scenario->text) {
		text_addf(out, "%s:1:1: %s\n", source->name, *why ? why : "out of memory");
		complaints.errors++;
	} else {
		open = form_open(loading.form, scenario->source, scenario->text, len, &complaints);
	}
	if (open && !complaints.errors)
		read_all(&loading);
	if (scenario->arena.failed || out->failed) {
		text_addf(out, "%s:1:1: out of memory\n", source->name);
		complaints.errors++;
	}
	complaints_end(&complaints);
	/* The form's complaints are over; what stays is its document. */
	scenario->form.complaints = NULL;
	if (!complaints.errors)
		return scenario;
	scenario_free(scenario);
	return NULL;
}

/* --- judging a file alone --- */

static bool file_has_product(const void *ctx, const char *product_key)
{
	const struct cloud_file *file = ctx;
	size_t i;

	for (i = 0; file && i < file->product_count; i++)
		if (!strcmp(file->products[i].product_key, product_key))
			return true;
	return false;
}

static bool file_has_device(const void *ctx, const char *product_key, const char *device_name)
{
	const struct cloud_file *file = ctx;
	size_t i;

	for (i = 0; file && i < file->device_count; i++)
		if (!strcmp(file->devices[i].device_name, device_name) &&
		    (!product_key || !strcmp(file->devices[i].product_key, product_key)))
			return true;
	return false;
}

static size_t file_products(const void *ctx, const char **rows, size_t max)
{
	const struct cloud_file *file = ctx;
	size_t i;

	for (i = 0; file && i < file->product_count && i < max; i++)
		rows[i] = file->products[i].product_key;
	return i;
}

static size_t file_devices(const void *ctx, const char **rows, size_t max)
{
	const struct cloud_file *file = ctx;
	size_t i;

	for (i = 0; file && i < file->device_count && i < max; i++)
		rows[i] = file->devices[i].device_name;
	return i;
}

bool scenario_check(const char *path, const struct cloud_file *file, struct text *complaints)
{
	const struct names names = {
		file_has_product, file_has_device, file_products, file_devices, file ? file->products : NULL,
		file ? file->product_count : 0, file, file == NULL,
	};
	const struct scenario_source source = { path, NULL, 0 };
	struct scenario *scenario = scenario_read(&source, &names, NULL, complaints);
	bool good = scenario;

	scenario_free(scenario);
	return good;
}

/*
 * Reading a thing model. Whatever is wrong is refused with the place and the reason: a model that is half
 * understood would accept or refuse a device's values for reasons that nobody can see.
 */
#include "tsl_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* doc: "Limits" */
#define FILE_BYTES_MAX     (512 * 1024)
#define FILE_CHARS_MAX     (256 * 1024)   /* "effective" ones; guess: blanks between values are not */
#define MODULES_MAX        200            /* the default one included */
#define FEATURES_MAX       300            /* of a module */
#define PARAMS_MAX         100            /* of a service, inputs and outputs each, and outputs of an event */
#define PARAMS_TOTAL_MAX   300            /* of all services and events; guess: of a module, as features are */
#define MODULE_ID_MAX      30
#define MODULE_NAME_MIN    4
#define MODULE_NAME_MAX    30

/* --- features: each reader fills a row, whose identifier is there already --- */

static bool read_params(struct reader *r, struct json owner, const char *key, const char *kind,
                        struct tsl_field **fields, size_t *count)
{
	struct json list = json_get(owner, key);
	char what[32];

	if (!reader_has(list))
		return true;
	snprintf(what, sizeof(what), "`%s`", key);
	if (!reader_expect(r, list, JSON_ARRAY, what, owner) ||
	    !reader_fields(r, list, kind, PARAMS_MAX, fields, count))
		return false;
	r->params += *count;
	return r->params <= PARAMS_TOTAL_MAX ||
	       reader_refuse(r, list, "a module's services and events have at most %d inputs and outputs in all",
	                     PARAMS_TOTAL_MAX);
}

static bool read_property(struct reader *r, struct json item, void *row)
{
	static const char *const modes[] = { "r", "rw", "w", NULL };
	struct tsl_field *property = row;
	int mode;

	if (!reader_word(r, item, "accessMode", modes, &mode) || !reader_field(r, item, property))
		return false;
	property->readable = *modes[mode] == 'r';
	property->writable = strchr(modes[mode], 'w');
	return true;
}

static bool read_event(struct reader *r, struct json item, void *row)
{
	static const char *const types[] = { "info", "alert", "error", NULL };
	struct tsl_event *event = row;
	int type;

	if (!strcmp(event->identifier, "property"))
		return reader_refuse(r, json_get(item, "identifier"), "the property post has the topic of this event");
	if (!reader_title(r, item, event->identifier, &event->name, &event->desc, &event->required) ||
	    !reader_word(r, item, "type", types, &type) ||
	    !reader_string(r, json_get(item, "type"), "`type`", item, &event->type))
		return false;
	return read_params(r, item, "outputData", "output", &event->outputs, &event->output_count);
}

static bool read_service(struct reader *r, struct json item, void *row)
{
	static const char *const types[] = { "async", "sync", NULL };
	struct tsl_service *service = row;
	int type;

	if (!reader_title(r, item, service->identifier, &service->name, &service->desc, &service->required) ||
	    !reader_word(r, item, "callType", types, &type))
		return false;
	service->sync = type;
	return read_params(r, item, "inputData", "input", &service->inputs, &service->input_count) &&
	       read_params(r, item, "outputData", "output", &service->outputs, &service->output_count);
}

static const struct feature {
	const char *list, *kind;
	const char *generated[2];     /* made anew by whoever needs them, so not read */
	size_t      stride;
	bool      (*read)(struct reader *r, struct json item, void *row);
} features[READER_LISTS] = {
	[READER_PROPERTIES] = { "properties", "property", { NULL },         sizeof(struct tsl_field),   read_property },
	[READER_EVENTS]     = { "events",     "event",    { "post" },       sizeof(struct tsl_event),   read_event },
	[READER_SERVICES]   = { "services",   "service",  { "set", "get" }, sizeof(struct tsl_service), read_service },
};

static bool is_generated(const struct feature *feature, struct json item)
{
	struct json identifier = json_get(item, "identifier");

	for (size_t i = 0; i < 2 && feature->generated[i]; i++)
		if (json_is_string(identifier, feature->generated[i]))
			return true;
	return false;
}

/* `module:identifier` in a custom module. */
static bool read_feature_identifier(struct reader *r, struct json item, const char *kind, char **out)
{
	char *bare;
	size_t size;

	if (!reader_identifier(r, item, kind, out))
		return false;
	if (!r->module->identifier)
		return true;
	bare = *out;
	size = strlen(r->module->identifier) + strlen(bare) + 2;
	*out = reader_alloc(r, size);
	if (!*out)
		return false;
	snprintf(*out, size, "%s:%s", r->module->identifier, bare);
	return true;
}

/* `features_left` counts down over the module's lists. */
static bool read_list(struct reader *r, struct json part, enum reader_list which, struct tsl_slice *slice,
                      size_t *features_left)
{
	const struct feature *feature = &features[which];
	char *row = (char *)r->rows[which] + r->counts[which] * feature->stride, *first = row;

	slice->first = r->counts[which];
	json_each(item, json_get(part, feature->list)) {
		size_t outside;

		if (is_generated(feature, item))
			continue;
		if (!(*features_left)--)
			return reader_refuse(r, item, "a module has at most %d properties, events and services", FEATURES_MAX);
		if (!read_feature_identifier(r, item, feature->kind, (char **)(void *)row))
			return false;
		outside = reader_enter(r, feature->kind, *(char **)(void *)row);
		if (is_repeated(first, row, feature->stride))
			return reader_refuse(r, item, "is there twice");
		if (!feature->read(r, item, row))
			return false;
		reader_leave(r, outside);
		r->counts[which]++;
		slice->count++;
		row += feature->stride;
	}
	return true;
}

/* --- modules --- */

/* Characters without the blanks between values. */
static size_t effective_chars(const char *text, size_t len)
{
	bool in_string = false;
	size_t chars = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		bool blank = !in_string && (c == ' ' || c == '\t' || c == '\r' || c == '\n');

		if (in_string && c == '\\') {
			chars++;
			i++;   /* the escaped one is no closing quote */
		} else if (c == '"') {
			in_string = !in_string;
		}
		chars += !blank && (c & 0xC0) != 0x80;
	}
	return chars;
}

static bool check_size(struct reader *r, struct json part)
{
	size_t len, chars;
	const char *text = json_span(part, &len);

	if (len > FILE_BYTES_MAX)
		return reader_refuse(r, part, "%zu bytes are more than a model's %d", len, FILE_BYTES_MAX);
	chars = effective_chars(text, len);
	return chars <= FILE_CHARS_MAX ||
	       reader_refuse(r, part, "%zu characters, blanks not counted, are more than a model's %d", chars,
	                     FILE_CHARS_MAX);
}

static bool is_default(struct json part)
{
	struct json id = json_get(part, "functionBlockId");

	return !reader_has(id) || json_is_string(id, "default");
}

/* Names the custom module that `part` is. */
static bool read_module_name(struct reader *r, struct json part)
{
	struct json id = json_get(part, "functionBlockId"), name = json_get(part, "functionBlockName");
	struct tsl_module *module = &r->tsl->modules[r->tsl->module_count];
	size_t chars = json_string_chars(name);
	char buf[TSL_EXCERPT_SIZE];

	if (!reader_string(r, id, "`functionBlockId`", part, &module->identifier))
		return false;
	if (!is_identifier(module->identifier, MODULE_ID_MAX))
		return reader_refuse(r, id, "`functionBlockId` must be 1 to %d letters, digits and underscores, not %s",
		                     MODULE_ID_MAX, tsl_excerpt(id, buf));
	if (is_repeated(r->tsl->modules, module, sizeof(*module)))
		return reader_refuse(r, id, "module `%s` is there twice", module->identifier);
	if (!reader_optional_string(r, part, "functionBlockName", &module->name))
		return false;
	if (reader_has(name) && (chars < MODULE_NAME_MIN || chars > MODULE_NAME_MAX))
		return reader_refuse(r, name, "`functionBlockName` must have %d to %d characters, not %zu",
		                     MODULE_NAME_MIN, MODULE_NAME_MAX, chars);
	r->module = module;
	r->tsl->module_count++;
	return true;
}

static bool read_module(struct reader *r, struct json part)
{
	size_t features_left = FEATURES_MAX;

	r->params = 0;
	r->module = &r->tsl->default_module;
	if (!is_default(part) && !read_module_name(r, part))
		return false;
	return read_list(r, part, READER_PROPERTIES, &r->module->properties, &features_left) &&
	       read_list(r, part, READER_EVENTS, &r->module->events, &features_left) &&
	       read_list(r, part, READER_SERVICES, &r->module->services, &features_left);
}

/* The objects that hold features: one per module. */
struct parts {
	struct json at[MODULES_MAX];
	size_t      count;
	bool        has_default;
};

/* A module's entry that has no list at all is a mention of it: the cloud's model JSON has such. */
static bool has_features(struct json part)
{
	for (size_t i = 0; i < READER_LISTS; i++)
		if (reader_has(json_get(part, features[i].list)))
			return true;
	return false;
}

static bool add_part(struct reader *r, struct parts *parts, struct json part)
{
	if (!reader_expect(r, part, JSON_OBJECT, "a thing model", part))
		return false;
	for (size_t i = 0; i < READER_LISTS; i++) {
		struct json list = json_get(part, features[i].list);
		char what[16];

		snprintf(what, sizeof(what), "`%s`", features[i].list);
		if (reader_has(list) && !reader_expect(r, list, JSON_ARRAY, what, part))
			return false;
	}
	if (parts->count == MODULES_MAX)
		return reader_refuse(r, part, "a product has at most %d modules", MODULES_MAX);
	if (is_default(part) && parts->has_default)
		return reader_refuse(r, part, "a second default module: a custom one has a `functionBlockId`");
	parts->has_default |= is_default(part);
	parts->at[parts->count++] = part;
	return true;
}

static bool add_parts(struct reader *r, struct parts *parts, struct json model)
{
	struct json blocks = json_get(model, "functionBlocks");

	if (!check_size(r, model))
		return false;
	if (json_is(model, JSON_OBJECT) && !has_features(model) && !json_count(blocks))
		return reader_refuse(r, model, "it has no `properties`, `events` or `services`: this is no thing model");
	if (!add_part(r, parts, model))
		return false;
	if (!reader_has(blocks))
		return true;
	if (!reader_expect(r, blocks, JSON_ARRAY, "`functionBlocks`", model))
		return false;
	json_each(block, blocks) {
		if (!reader_expect(r, block, JSON_OBJECT, "a module in `functionBlocks`", block))
			return false;
		if (!has_features(block))
			continue;
		if (!reader_has(json_get(block, "functionBlockId")))
			return reader_refuse(r, block, "a module in `functionBlocks` needs a `functionBlockId`");
		if (!add_part(r, parts, block))
			return false;
	}
	return true;
}

/* Room for all rows at once, so that they never move. */
static bool make_room(struct reader *r, const struct parts *parts)
{
	r->tsl->modules = reader_alloc(r, parts->count * sizeof(*r->tsl->modules));
	if (!r->tsl->modules)
		return false;
	for (size_t i = 0; i < READER_LISTS; i++) {
		size_t rows = 0;

		for (size_t j = 0; j < parts->count; j++)
			rows += json_count(json_get(parts->at[j], features[i].list));
		r->rows[i] = reader_alloc(r, rows * features[i].stride);
		if (!r->rows[i])
			return false;
	}
	return true;
}

static bool read_parts(struct reader *r, const struct parts *parts)
{
	struct tsl *tsl = r->tsl;

	for (size_t i = 0; i < parts->count; i++)
		if (!read_module(r, parts->at[i]))
			return false;
	tsl->properties = r->rows[READER_PROPERTIES];
	tsl->property_count = r->counts[READER_PROPERTIES];
	tsl->events = r->rows[READER_EVENTS];
	tsl->event_count = r->counts[READER_EVENTS];
	tsl->services = r->rows[READER_SERVICES];
	tsl->service_count = r->counts[READER_SERVICES];
	return tsl_index_build(tsl) || reader_refuse(r, parts->at[0], "out of memory");
}

static bool read_model(struct reader *r, struct json model)
{
	struct parts parts = { .count = 0 };

	if (!json_is(model, JSON_ARRAY)) {
		if (!add_parts(r, &parts, model))
			return false;
	} else {
		if (!json_count(model))
			return reader_refuse(r, model, "the array holds no thing model");
		json_each(part, model)
			if (!add_parts(r, &parts, part))
				return false;
	}
	return make_room(r, &parts) && read_parts(r, &parts);
}

struct tsl *tsl_new(struct json model, const struct settings *settings, struct tsl_error *error)
{
	struct reader r = { .tsl = calloc(1, sizeof(*r.tsl)), .settings = settings, .error = error };

	*error = (struct tsl_error){ 0 };
	if (!r.tsl) {
		reader_refuse(&r, model, "out of memory");
		return NULL;
	}
	if (!read_model(&r, model)) {
		tsl_free(r.tsl);
		return NULL;
	}
	return r.tsl;
}

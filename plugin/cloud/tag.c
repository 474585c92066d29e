#include "tag.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "method.h"

/*
 * The store keeps an object of name to text. A tag of the domain SYSTEM has this before its name; no name that
 * a device may choose looks so.
 */
#define SYSTEM_MARK  "SYSTEM:"
#define KEY_MAX      64                 /* doc: attrKey; one page says 100 */
#define KEY_SIZE     (sizeof(SYSTEM_MARK) + KEY_MAX)

static bool is_system(const char *key)
{
	return !strncmp(key, SYSTEM_MARK, strlen(SYSTEM_MARK));
}

/* doc: letters, digits and `_`, no digit first. */
static bool key_valid(const char *key)
{
	size_t i;

	if (is_system(key))
		key += strlen(SYSTEM_MARK);
	for (i = 0; isalnum((unsigned char)key[i]) || key[i] == '_'; i++)
		;
	return i && i <= KEY_MAX && !key[i] && !isdigit((unsigned char)key[0]);
}

/* False when it is no string, or none that could be a key. */
static bool key_read(struct json string, char key[KEY_SIZE])
{
	return json_string(string, key, KEY_SIZE) > 0;
}

/* The stored tags; release `doc`. */
static struct json tags_open(const struct device *device, struct json_doc *doc)
{
	if (device->tags)
		json_parse(doc, device->tags, strlen(device->tags), JSON_STRICT, NULL);
	return json_root(doc);
}

static void add_literal(struct text *out, struct json value)
{
	size_t len;
	const char *literal = json_span(value, &len);

	text_add_bytes(out, literal, len);
}

static void write_tag(const char *key, struct json value, struct text *out)
{
	text_add_comma(out);
	text_add(out, "{\"attrKey\":");
	text_add_json(out, is_system(key) ? key + strlen(SYSTEM_MARK) : key);
	text_add(out, ",\"attrValue\":");
	add_literal(out, value);
	text_add(out, is_system(key) ? ",\"domain\":\"SYSTEM\"}" : "}");
}

void tags_write(const struct device *device, struct text *out)
{
	struct json_doc doc = { 0 };
	char key[KEY_SIZE];

	text_add_char(out, '[');
	json_each(tag, tags_open(device, &doc))
		if (key_read(json_key(tag), key))
			write_tag(key, tag, out);
	text_add_char(out, ']');
	json_doc_free(&doc);
}

/* --- changing them --- */

static enum code check_change(struct json change, struct text *why)
{
	char key[KEY_SIZE];

	if (!key_read(json_key(change), key) || !key_valid(key)) {
		text_addf(why, "a tag's name has 1 to %d characters of A-Z a-z 0-9 _, no digit first", KEY_MAX);
		return CODE_BAD_PARAMS;
	}
	if (json_is(change, JSON_NULL))
		return CODE_SUCCESS;
	if (!json_is(change, JSON_STRING) || json_string_bytes(change) > TAG_VALUE_MAX) {
		text_addf(why, "the value of tag `%s` is no text of at most %d bytes", key, TAG_VALUE_MAX);
		return CODE_BAD_PARAMS;
	}
	return CODE_SUCCESS;
}

/* The last change of a name is the one that counts. */
static bool changed_again(struct json change, const char *key)
{
	for (struct json later = json_next(change); json_present(later); later = json_next(later))
		if (json_is_string(json_key(later), key))
			return true;
	return false;
}

struct tag_count {
	int64_t own, system;
};

static void add_tag(struct text *out, const char *key, struct json value, struct tag_count *count)
{
	text_add_key(out, key);
	add_literal(out, value);
	if (is_system(key))
		count->system++;
	else
		count->own++;
}

/* The tags with the changes made. */
static void merge(struct json tags, struct json changes, struct text *out, struct tag_count *count)
{
	char key[KEY_SIZE];

	text_add_char(out, '{');
	json_each(tag, tags)
		if (key_read(json_key(tag), key) && !json_present(json_get(changes, key)))
			add_tag(out, key, tag, count);
	json_each(change, changes)
		if (key_read(json_key(change), key) && !json_is(change, JSON_NULL) && !changed_again(change, key))
			add_tag(out, key, change, count);
	text_add_char(out, '}');
}

static enum code tags_save(struct cloud *cloud, struct device *device, struct text *text, struct text *why)
{
	char *fresh = text_take(text);

	if (!fresh || store_set_tags(cloud->store, device->id, fresh)) {
		text_add(why, fresh ? store_error(cloud->store) : "out of memory");
		free(fresh);
		return CODE_SERVER_ERROR;
	}
	free(device->tags);
	device->tags = fresh;
	return CODE_SUCCESS;
}

enum code tags_change(struct cloud *cloud, struct device *device, struct json changes, struct text *why)
{
	int64_t limit = cloud->settings.limits.tags_per_device;
	struct tag_count count = { 0 };
	struct json_doc doc = { 0 };
	struct text text = { 0 };
	enum code code = CODE_SUCCESS;

	if (json_count(changes) > TAGS_PER_REQUEST) {
		text_addf(why, "%u tags in one request, more than %d", json_count(changes), TAGS_PER_REQUEST);
		return CODE_BAD_PARAMS;
	}
	for (struct json change = json_first(changes); code == CODE_SUCCESS && json_present(change); change = json_next(change))
		code = check_change(change, why);
	if (code != CODE_SUCCESS)
		return code;
	merge(tags_open(device, &doc), changes, &text, &count);
	if (limit && (count.own > limit || count.system > limit)) {
		text_addf(why, "the device would have %lld tags, more than %lld (limit tagsPerDevice)",
		          (long long)(count.own > limit ? count.own : count.system), (long long)limit);
		code = CODE_BAD_PARAMS;
	} else {
		code = tags_save(cloud, device, &text, why);
	}
	json_doc_free(&doc);
	text_free(&text);
	return code;
}

/* --- the device --- */

/* [{"attrKey":"room","attrValue":"attic"},…] as an object of changes. */
static enum code read_entries(struct call *call, bool deletes, struct text *changes)
{
	char key[KEY_SIZE];

	if (!json_is(call->params, JSON_ARRAY) || !json_count(call->params)) {
		text_addf(call->why, "`params` is %s, not an array with at least one tag",
		          json_is(call->params, JSON_ARRAY) ? "empty" : json_type_name(json_type(call->params)));
		return CODE_BAD_PARAMS;
	}
	text_add_char(changes, '{');
	json_each(entry, call->params) {
		struct json value = json_get(entry, "attrValue");
		bool system = json_is_string(json_get(entry, "domain"), "SYSTEM");
		size_t mark = system ? strlen(SYSTEM_MARK) : 0;

		memcpy(key, SYSTEM_MARK, mark);
		if (json_string(json_get(entry, "attrKey"), key + mark, KEY_SIZE - mark) < 0 || is_system(key + mark)) {
			text_addf(call->why, "a tag without `attrKey`, or with one that is no name of 1 to %d characters", KEY_MAX);
			return CODE_BAD_PARAMS;
		}
		if (!deletes && !json_present(value)) {
			text_addf(call->why, "tag `%s` has no `attrValue`", key);
			return CODE_BAD_PARAMS;
		}
		text_add_key(changes, key);
		if (deletes)
			text_add(changes, "null");
		else if (json_is(value, JSON_NULL))
			text_add(changes, "false");   /* which no tag may be */
		else
			add_literal(changes, value);
	}
	text_add_char(changes, '}');
	return CODE_SUCCESS;
}

static enum code change_tags(struct call *call, bool deletes)
{
	struct text changes = { 0 };
	struct json_doc doc = { 0 };
	enum code code = read_entries(call, deletes, &changes);

	if (code == CODE_SUCCESS && json_parse(&doc, text_string(&changes), changes.len, JSON_LENIENT, NULL)) {
		text_add(call->why, "out of memory");
		code = CODE_SERVER_ERROR;
	}
	if (code == CODE_SUCCESS)
		code = tags_change(call->cloud, call->device, json_root(&doc), call->why);
	json_doc_free(&doc);
	text_free(&changes);
	return code;
}

enum code tag_update(struct call *call)
{
	return change_tags(call, false);
}

/* guess: deleting a tag that is not there succeeds. */
enum code tag_delete(struct call *call)
{
	return change_tags(call, true);
}

/* sdk: a newer C Link SDK 4 asks {"attrKeys":[…]}. guess: the answer's shape, that of an update; without names all of them. */
enum code tag_get(struct call *call)
{
	struct json names = json_get(call->params, "attrKeys");
	struct json_doc doc = { 0 };
	char key[KEY_SIZE];

	if (!call->cloud->settings.options.device_info_get) {
		text_add(call->why, "the platform has no such method with option deviceInfoGet false");
		call->silent = true;
		return CODE_NOT_ALINK;
	}
	if (!json_is(call->params, JSON_OBJECT) || (json_present(names) && !json_is(names, JSON_ARRAY))) {
		text_add(call->why, "`params` is no object with an array `attrKeys`");
		return CODE_BAD_PARAMS;
	}
	if (json_count(names) > TAGS_PER_REQUEST) {
		text_addf(call->why, "%u names in one request, more than %d", json_count(names), TAGS_PER_REQUEST);
		return CODE_BAD_PARAMS;
	}
	text_add_char(call->data, '[');
	json_each(tag, tags_open(call->device, &doc)) {
		bool wanted = !json_present(names);

		if (!key_read(json_key(tag), key) || is_system(key))
			continue;
		for (struct json name = json_first(names); !wanted && json_present(name); name = json_next(name))
			wanted = json_is_string(name, key);
		if (wanted)
			write_tag(key, tag, call->data);
	}
	text_add_char(call->data, ']');
	json_doc_free(&doc);
	return CODE_SUCCESS;
}

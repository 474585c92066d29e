#include "shadow_doc.h"

#include <stdlib.h>
#include <string.h>

#include "shadow.h"

const char *const shadow_side_names[SHADOW_SIDES] = { "reported", "desired" };

bool shadow_is_null(struct json value)
{
	return json_is(value, JSON_NULL) || json_is_string(value, "null");
}

void shadow_free(struct shadow *shadow)
{
	int side;

	if (!shadow)
		return;
	for (side = 0; side < SHADOW_SIDES; side++) {
		cJSON_Delete(shadow->state[side]);
		cJSON_Delete(shadow->meta[side]);
	}
	free(shadow);
}

static cJSON *stamp(int64_t now_s)
{
	cJSON *meta = cJSON_CreateObject();

	if (meta && !cJSON_AddNumberToObject(meta, "timestamp", (double)now_s)) {
		cJSON_Delete(meta);
		return NULL;
	}
	return meta;
}

/* A plain value as its literal, so that 10.0 and 2^53+1 stay what they were. */
static cJSON *raw(struct json value)
{
	size_t len;
	const char *literal = json_span(value, &len);
	char *text = strndup(literal, len);
	cJSON *item = text ? cJSON_CreateRaw(text) : NULL;

	free(text);
	return item;
}

static bool put(cJSON *object, const char *name, cJSON *item)
{
	if (!item)
		return false;
	if (cJSON_GetObjectItemCaseSensitive(object, name))
		return cJSON_ReplaceItemInObjectCaseSensitive(object, name, item);
	return cJSON_AddItemToObject(object, name, item);
}

/* The object below `name`, made when there is none. */
static cJSON *child(cJSON *object, const char *name)
{
	cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (cJSON_IsObject(item))
		return item;
	item = cJSON_CreateObject();
	return put(object, name, item) ? item : NULL;
}

static bool merge(cJSON *state, cJSON *meta, struct json members, int64_t now_s)
{
	json_each(member, members) {
		char *name = json_strdup(json_key(member));
		bool ok = name != NULL;

		if (!ok)
			return false;
		if (shadow_is_null(member)) {
			cJSON_DeleteItemFromObjectCaseSensitive(state, name);
			cJSON_DeleteItemFromObjectCaseSensitive(meta, name);
		} else if (json_is(member, JSON_OBJECT)) {
			cJSON *state_child = child(state, name), *meta_child = child(meta, name);

			/* A leaf that becomes an object loses its own time. */
			if (meta_child && cJSON_GetArraySize(state_child) == 0)
				cJSON_DeleteItemFromObjectCaseSensitive(meta_child, "timestamp");
			ok = state_child && meta_child && merge(state_child, meta_child, member, now_s);
		} else {
			ok = put(state, name, raw(member)) && put(meta, name, stamp(now_s));
		}
		free(name);
		if (!ok)
			return false;
	}
	return true;
}

bool shadow_merge(struct shadow *shadow, enum shadow_side side, struct json members, int64_t now_s)
{
	if (!shadow->state[side]) {
		/* What a clear left there was a time only. */
		cJSON_Delete(shadow->meta[side]);
		shadow->state[side] = cJSON_CreateObject();
		shadow->meta[side] = cJSON_CreateObject();
	}
	return shadow->state[side] && shadow->meta[side] &&
	       merge(shadow->state[side], shadow->meta[side], members, now_s);
}

void shadow_clear(struct shadow *shadow, enum shadow_side side, int64_t now_s)
{
	cJSON_Delete(shadow->state[side]);
	cJSON_Delete(shadow->meta[side]);
	shadow->state[side] = NULL;
	shadow->meta[side] = stamp(now_s);
}

static void write_sides(cJSON *const sides[SHADOW_SIDES], struct text *out)
{
	int side;

	text_add_char(out, '{');
	for (side = 0; side < SHADOW_SIDES; side++) {
		char *printed = sides[side] ? cJSON_PrintUnformatted(sides[side]) : NULL;

		if (printed) {
			text_add_key(out, shadow_side_names[side]);
			text_add(out, printed);
		}
		cJSON_free(printed);
	}
	text_add_char(out, '}');
}

void shadow_write_state(const struct shadow *shadow, struct text *out)
{
	write_sides(shadow->state, out);
}

void shadow_write_meta(const struct shadow *shadow, struct text *out)
{
	write_sides(shadow->meta, out);
}

size_t shadow_attributes(const cJSON *value)
{
	const cJSON *item;
	size_t count = 0;

	if (!cJSON_IsObject(value))
		return value ? 1 : 0;
	cJSON_ArrayForEach(item, value)
		count += shadow_attributes(item);
	return count;
}

size_t shadow_depth(const cJSON *value)
{
	const cJSON *item;
	size_t deepest = 0;

	if (!cJSON_IsObject(value))
		return 0;
	cJSON_ArrayForEach(item, value) {
		size_t depth = shadow_depth(item);

		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

/* --- the stored form --- */

static cJSON *tree(struct json object)
{
	cJSON *made = cJSON_CreateObject();

	json_each(member, object) {
		char *name = json_strdup(json_key(member));
		bool ok = made && name && put(made, name, json_is(member, JSON_OBJECT) ? tree(member) : raw(member));

		free(name);
		if (!ok) {
			cJSON_Delete(made);
			return NULL;
		}
	}
	return made;
}

struct shadow *shadow_read(const char *text, int64_t now_s)
{
	struct shadow *shadow = calloc(1, sizeof(*shadow));
	struct json_doc doc = { 0 };
	struct json root;
	int side;
	bool ok = shadow != NULL;

	if (!ok || !text)
		return shadow;
	ok = !json_parse(&doc, text, strlen(text), JSON_STRICT, NULL);
	root = json_root(&doc);
	for (side = 0; ok && side < SHADOW_SIDES; side++) {
		struct json state = json_get(root, shadow_side_names[side]);
		struct json meta = json_get(json_get(root, "metadata"), shadow_side_names[side]);

		if (json_is(state, JSON_OBJECT) && !json_is(meta, JSON_OBJECT)) {
			ok = shadow_merge(shadow, (enum shadow_side)side, state, now_s);   /* a cloud file's */
			continue;
		}
		if (json_is(state, JSON_OBJECT))
			ok = (shadow->state[side] = tree(state)) != NULL;
		if (ok && json_is(meta, JSON_OBJECT))
			ok = (shadow->meta[side] = tree(meta)) != NULL;
	}
	json_int64(json_get(root, "version"), &shadow->version);
	json_doc_free(&doc);
	if (!ok) {
		shadow_free(shadow);
		return NULL;
	}
	return shadow;
}

void shadow_store(const struct shadow *shadow, struct text *out)
{
	shadow_write_state(shadow, out);
	out->len--;                       /* the brace: the rest joins the same object */
	text_add_key(out, "metadata");
	shadow_write_meta(shadow, out);
	text_addf(out, ",\"version\":%lld}", (long long)shadow->version);
}

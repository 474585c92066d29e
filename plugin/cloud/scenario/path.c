#include "path.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 256

static bool step_add(struct path *path, struct arena *arena, const char *name, size_t len, bool is_index)
{
	struct path_step *step = &path->steps[path->count++];

	if (is_index) {
		step->index = strtoul(name, NULL, 10);
		return true;
	}
	step->name = arena_copy(arena, name, len);
	return step->name;
}

bool path_read(struct path *path, const char *text, struct arena *arena, const char **wrong)
{
	const char *at = text;

	*wrong = "is no path: it must look like `$.name`, `$.list[0]` or `$['a name']`";
	*path = (struct path){ .text = arena_copy(arena, text, strlen(text)) };
	path->steps = arena_alloc(arena, JSON_DEPTH_MAX * sizeof(*path->steps));
	if (!path->text || !path->steps || *at++ != '$')
		return false;
	while (*at) {
		const char *name;
		size_t len;
		bool is_index = false;

		if (*at == '.') {
			name = ++at;
			len = strcspn(name, ".[");
			at += len;
		} else if (!strncmp(at, "['", 2)) {
			const char *end = strstr(at, "']");

			if (!end)
				return false;
			name = at + 2;
			len = end < name ? 0 : (size_t)(end - name);
			at = end + 2;
		} else if (*at == '[') {
			name = at + 1;
			len = strspn(name, "0123456789");
			if (len > 6 || name[len] != ']')
				return false;
			is_index = true;
			at = name + len + 1;
		} else {
			return false;
		}
		if (!len || len > NAME_MAX_LEN)
			return false;
		if (path->count == JSON_DEPTH_MAX) {
			*wrong = "is deeper than any JSON that is read";
			return false;
		}
		if (!step_add(path, arena, name, len, is_index))
			return false;
	}
	return true;
}

static struct json step_get(const struct path_step *step, struct json value)
{
	size_t i = 0;

	if (step->name)
		return json_get(value, step->name);
	if (json_is(value, JSON_ARRAY))
		json_each(item, value)
			if (i++ == step->index)
				return item;
	return (struct json){ 0 };
}

struct json path_get(const struct path *path, struct json root)
{
	size_t i;

	for (i = 0; i < path->count && json_present(root); i++)
		root = step_get(&path->steps[i], root);
	return root;
}

/* The document's bytes from `from` up to `to`. */
static void add_part(struct text *out, const struct json_doc *doc, size_t from, size_t to)
{
	text_add_bytes(out, doc->text + from, to - from);
}

static size_t end_of(struct json value)
{
	size_t len;

	json_span(value, &len);
	return json_offset(value) + len;
}

/* Takes a member or element out, with the comma that belongs to it. */
static void take_out(struct json parent, struct json value, struct text *out)
{
	const struct json_doc *doc = value.doc;
	size_t from = json_offset(json_present(json_key(value)) ? json_key(value) : value), to = end_of(value);
	size_t at;

	/* The comma behind, else the one before. */
	for (at = to; at < doc->len && strchr(" \t\r\n", doc->text[at]); at++)
		;
	if (at < doc->len && doc->text[at] == ',') {
		to = at + 1;
	} else {
		for (at = from; at > json_offset(parent) + 1 && strchr(" \t\r\n", doc->text[at - 1]); at--)
			;
		if (doc->text[at - 1] == ',')
			from = at - 1;
	}
	add_part(out, doc, 0, from);
	add_part(out, doc, to, doc->len);
}

/* A new member, or one more element, before the closing bracket. */
static bool put_in(struct json parent, const struct path_step *step, const char *value, struct text *out)
{
	const struct json_doc *doc = parent.doc;
	size_t end = end_of(parent) - 1;

	if (!json_is(parent, step->name ? JSON_OBJECT : JSON_ARRAY) || (!step->name && step->index != json_count(parent)))
		return false;
	add_part(out, doc, 0, end);
	/* Not text_add_comma: what shipping firmware sends may end in a stray comma. */
	if (json_count(parent)) {
		size_t at = end;

		while (strchr(" \t\r\n", doc->text[at - 1]))
			at--;
		if (doc->text[at - 1] != ',')
			text_add_char(out, ',');
	}
	if (step->name) {
		text_add_json(out, step->name);
		text_add_char(out, ':');
	}
	text_add(out, value);
	add_part(out, doc, end, doc->len);
	return true;
}

bool path_set(const struct path *path, struct json root, const char *value, struct text *out)
{
	struct json parent = root, target;
	size_t i;

	if (!path->count) {
		if (value)
			text_add(out, value);
		return value;
	}
	for (i = 0; i + 1 < path->count && json_present(parent); i++)
		parent = step_get(&path->steps[i], parent);
	target = step_get(&path->steps[path->count - 1], parent);
	if (!json_present(target))
		return value && json_present(parent) && put_in(parent, &path->steps[path->count - 1], value, out);
	if (!value) {
		take_out(parent, target, out);
		return true;
	}
	add_part(out, root.doc, 0, json_offset(target));
	text_add(out, value);
	add_part(out, root.doc, end_of(target), root.doc->len);
	return true;
}

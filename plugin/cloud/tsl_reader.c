/* The small steps of reading a thing model: refusing, strings, identifiers. */
#include "tsl_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define IDENTIFIER_MAX 50

bool reader_refuse(struct reader *r, struct json at, const char *format, ...)
{
	struct tsl_error *error = r->error;
	size_t size = sizeof(error->message);
	int len = snprintf(error->message, size, "%s%s", r->where, *r->where ? ": " : "");
	va_list args;

	error->at = json_offset(at);
	va_start(args, format);
	vsnprintf(error->message + len, size - (size_t)len, format, args);
	va_end(args);
	return false;
}

void *reader_alloc(struct reader *r, size_t size)
{
	void *memory = tsl_alloc(r->tsl, size);

	if (!memory)
		reader_refuse(r, (struct json){ 0 }, "out of memory");
	return memory;
}

size_t reader_enter(struct reader *r, const char *kind, const char *identifier)
{
	size_t len = strlen(r->where);

	snprintf(r->where + len, sizeof(r->where) - len, "%s%s `%s`", len ? ", " : "", kind, identifier);
	return len;
}

void reader_leave(struct reader *r, size_t len)
{
	r->where[len] = '\0';
}

bool reader_expect(struct reader *r, struct json value, enum json_type type, const char *what, struct json owner)
{
	if (json_is(value, type))
		return true;
	if (!json_present(value))
		return reader_refuse(r, owner, "%s is missing", what);
	return reader_refuse(r, value, "%s must be %s %s, not %s", what, type == JSON_STRING ? "a" : "an",
	                     json_type_name(type), json_type_name(json_type(value)));
}

bool reader_has(struct json value)
{
	return json_present(value) && !json_is(value, JSON_NULL);
}

/* --- scalars of the model --- */

bool reader_string(struct reader *r, struct json value, const char *what, struct json owner, char **out)
{
	size_t size = json_string_bytes(value) + 1;

	if (!reader_expect(r, value, JSON_STRING, what, owner))
		return false;
	*out = reader_alloc(r, size);
	if (!*out)
		return false;
	return json_string(value, *out, size) >= 0 || reader_refuse(r, value, "%s must not hold U+0000", what);
}

bool reader_optional_string(struct reader *r, struct json owner, const char *key, char **out)
{
	struct json value = json_get(owner, key);
	char what[32];

	snprintf(what, sizeof(what), "`%s`", key);
	return !reader_has(value) || reader_string(r, value, what, owner, out);
}

static bool read_required(struct reader *r, struct json owner, bool *out)
{
	struct json value = json_get(owner, "required");

	*out = json_is(value, JSON_TRUE);
	return !reader_has(value) || *out || json_is(value, JSON_FALSE) ||
	       reader_refuse(r, value, "`required` must be true or false, not %s", json_type_name(json_type(value)));
}

bool reader_word(struct reader *r, struct json owner, const char *key, const char *const *words, int *index)
{
	struct json value = json_get(owner, key);
	char buf[TSL_EXCERPT_SIZE], list[64] = "";
	int i;

	for (i = 0; words[i]; i++) {
		size_t len = strlen(list);

		if (json_is_string(value, words[i])) {
			*index = i;
			return true;
		}
		snprintf(list + len, sizeof(list) - len, "%s%s", i ? (words[i + 1] ? ", " : " or ") : "", words[i]);
	}
	if (!json_present(value))
		return reader_refuse(r, owner, "`%s` is missing: it must be %s", key, list);
	return reader_refuse(r, value, "`%s` must be %s, not %s", key, list, tsl_excerpt(value, buf));
}

bool is_identifier(const char *s, size_t max)
{
	size_t len = strspn(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");

	return len && len <= max && !s[len];
}

/*
 * doc: "Data structure of ThingModelJson" reserves `property` and `event` as well. They are left alone, since
 * a wrong refusal hurts more; only an event `property` would share its topic with the property post.
 */
static bool is_reserved(const char *identifier)
{
	static const char *const reserved[] = { "set", "get", "post", "time", "value" };

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (!strcmp(identifier, reserved[i]))
			return true;
	return false;
}

bool reader_identifier(struct reader *r, struct json owner, const char *kind, char **out)
{
	struct json value = json_get(owner, "identifier");
	char what[40], buf[TSL_EXCERPT_SIZE];

	snprintf(what, sizeof(what), "the `identifier` of a%s %s", strchr("aeiou", *kind) ? "n" : "", kind);
	if (!reader_expect(r, owner, JSON_OBJECT, kind, owner) || !reader_string(r, value, what, owner, out))
		return false;
	if (!is_identifier(*out, IDENTIFIER_MAX))
		return reader_refuse(r, value, "%s must be 1 to %d letters, digits and underscores, not %s", what,
		                     IDENTIFIER_MAX, tsl_excerpt(value, buf));
	if (is_reserved(*out))
		return reader_refuse(r, value, "%s must not be %s: that word is reserved", what, tsl_excerpt(value, buf));
	return true;
}

bool is_repeated(const void *first, const void *row, size_t stride)
{
	const char *identifier = *(char *const *)row;

	for (const char *at = first; at < (const char *)row; at += stride)
		if (!strcmp(*(char *const *)(const void *)at, identifier))
			return true;
	return false;
}

bool reader_title(struct reader *r, struct json owner, char *identifier, char **name, char **desc, bool *required)
{
	char *colon = strchr(identifier, ':');

	*name = colon ? colon + 1 : identifier;
	return reader_optional_string(r, owner, "name", name) && reader_optional_string(r, owner, "desc", desc) &&
	       read_required(r, owner, required);
}


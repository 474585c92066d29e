/* Reading the data types of a thing model, and the lists of parameters that have them. */
#include "tsl_private.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* doc: "Limits" */
#define ELEMENTS_MAX 512
#define KEYS_MAX     100
#define TEXT_MAX     10240

#define DIGITS_MAX   48   /* of a bound: enough for any double, short enough for a message */

/* --- bounds: strings in exports, numbers where people write models --- */

/* A number as the model spells it; NULL (refused) when it is none. */
static char *read_digits(struct reader *r, struct json value, const char *key)
{
	bool quoted = json_is(value, JSON_STRING);
	char *digits, buf[TSL_EXCERPT_SIZE];
	size_t len;
	const char *span = json_span(value, &len);

	if (!quoted && !json_is(value, JSON_NUMBER)) {
		reader_refuse(r, value, "%s must be a number, not %s", key, json_type_name(json_type(value)));
		return NULL;
	}
	len -= 2 * quoted;
	digits = reader_alloc(r, len + 1);
	if (!digits)
		return NULL;
	memcpy(digits, span + quoted, len);
	/* The library's strto… would take blanks, hex and words as well. */
	if (!len || len > DIGITS_MAX || strspn(digits, "0123456789+-.eE") != len) {
		reader_refuse(r, value, "%s must be a number, not %s", key, tsl_excerpt(value, buf));
		return NULL;
	}
	return digits;
}

static bool read_int_bound(struct reader *r, struct json specs, const char *key, enum tsl_type type,
                           bool *has, int64_t *bound, char **text)
{
	struct json value = json_get(specs, key);
	char *end;

	if (!reader_has(value))
		return true;
	*text = read_digits(r, value, key);
	if (!*text)
		return false;
	errno = 0;
	*bound = strtoll(*text, &end, 10);
	if (*end || end == *text)
		return reader_refuse(r, value, "%s %s is not a whole number", key, *text);
	if (errno || (type == TSL_INT && (*bound < INT32_MIN || *bound > INT32_MAX)))
		return reader_refuse(r, value, "%s %s is beyond a %d-bit integer%s", key, *text,
		                     type == TSL_INT ? 32 : 64, type == TSL_INT ? "; a double holds more" : "");
	*has = true;
	return true;
}

static bool read_decimal_bound(struct reader *r, struct json specs, const char *key, enum tsl_type type,
                               bool *has, double *bound, char **text)
{
	struct json value = json_get(specs, key);
	char *end;

	if (!reader_has(value))
		return true;
	*text = read_digits(r, value, key);
	if (!*text)
		return false;
	*bound = strtod(*text, &end);   /* neither the broker nor the tool sets a locale */
	if (*end || end == *text)
		return reader_refuse(r, value, "%s must be a number, not %s", key, *text);
	if (!isfinite(*bound) || (type == TSL_FLOAT && fabs(*bound) >= TSL_FLOAT_BEYOND))
		return reader_refuse(r, value, "%s %s is beyond a %s", key, *text, tsl_type_name(type));
	*has = true;
	return true;
}

/* `length` and `size`: from 1 to `max`; 0 when not given. */
static bool read_count(struct reader *r, struct json specs, const char *key, int64_t max, int64_t *count)
{
	struct json value = json_get(specs, key);
	char *text, *end;

	if (!reader_has(value))
		return true;
	text = read_digits(r, value, key);
	if (!text)
		return false;
	*count = strtoll(text, &end, 10);
	if (*end || *count < 1 || *count > max)
		return reader_refuse(r, value, "%s must be from 1 to %" PRId64 ", not %s", key, max, text);
	return true;
}

/* --- data types --- */

enum place { IN_FIELD, IN_STRUCT, IN_ARRAY };

static bool read_spec(struct reader *r, struct json data_type, struct json owner, enum place place,
                      struct tsl_spec *spec);
static bool read_fields(struct reader *r, struct json list, const char *kind, size_t max, enum place place,
                        struct tsl_field **fields, size_t *count);

static bool refuse_range(struct reader *r, struct json specs, const struct tsl_spec *spec)
{
	return reader_refuse(r, json_get(specs, "min"), "min %s is above max %s", spec->min_text, spec->max_text);
}

static bool read_integer(struct reader *r, struct json specs, struct tsl_spec *spec)
{
	if (!read_int_bound(r, specs, "min", spec->type, &spec->has_min, &spec->int_min, &spec->min_text) ||
	    !read_int_bound(r, specs, "max", spec->type, &spec->has_max, &spec->int_max, &spec->max_text))
		return false;
	return !spec->has_min || !spec->has_max || spec->int_min <= spec->int_max || refuse_range(r, specs, spec);
}

static bool read_decimal(struct reader *r, struct json specs, struct tsl_spec *spec)
{
	if (!read_decimal_bound(r, specs, "min", spec->type, &spec->has_min, &spec->min, &spec->min_text) ||
	    !read_decimal_bound(r, specs, "max", spec->type, &spec->has_max, &spec->max, &spec->max_text))
		return false;
	return !spec->has_min || !spec->has_max || spec->min <= spec->max || refuse_range(r, specs, spec);
}

static bool read_text(struct reader *r, struct json specs, struct tsl_spec *spec)
{
	return read_count(r, specs, "length", TEXT_MAX, &spec->length);
}

static bool read_bool(struct reader *r, struct json specs, struct tsl_spec *spec)
{
	char buf[TSL_EXCERPT_SIZE];

	(void)spec;
	json_each(label, specs)
		if (!json_is_string(json_key(label), "0") && !json_is_string(json_key(label), "1"))
			return reader_refuse(r, json_key(label), "a bool labels \"0\" and \"1\", not %s",
			              tsl_excerpt(json_key(label), buf));
	return true;
}

static bool read_key(struct json key, int64_t *number)
{
	char digits[16], *end;

	if (json_string(key, digits, sizeof(digits)) < 1 || strspn(digits, "-0123456789") < strlen(digits))
		return false;
	*number = strtoll(digits, &end, 10);
	return !*end && *number >= INT32_MIN && *number <= INT32_MAX;
}

static bool read_enum(struct reader *r, struct json specs, struct tsl_spec *spec)
{
	unsigned count = json_count(specs);
	char buf[TSL_EXCERPT_SIZE];

	if (!count || count > KEYS_MAX)
		return reader_refuse(r, specs, "an enum must have 1 to %d items, not %u", KEYS_MAX, count);
	spec->keys = reader_alloc(r, count * sizeof(*spec->keys));
	if (!spec->keys)
		return false;
	json_each(label, specs) {
		struct json key = json_key(label);
		int64_t number;

		if (!read_key(key, &number))
			return reader_refuse(r, key, "an enum's key must be a 32-bit integer, not %s", tsl_excerpt(key, buf));
		for (size_t i = 0; i < spec->key_count; i++)
			if (spec->keys[i] == number)
				return reader_refuse(r, key, "key %" PRId64 " of the enum is there twice", number);
		spec->keys[spec->key_count++] = number;
	}
	return true;
}

static bool read_date(struct reader *r, struct json specs, struct tsl_spec *spec)
{
	(void)r, (void)specs, (void)spec;   /* `{}` in exports */
	return true;
}

static bool read_struct(struct reader *r, struct json specs, struct tsl_spec *spec)
{
	if (!json_count(specs))
		return reader_refuse(r, specs, "a struct must have at least one member");
	return read_fields(r, specs, "member", TSL_MEMBERS_MAX, IN_STRUCT, &spec->members, &spec->member_count);
}

static bool read_array(struct reader *r, struct json specs, struct tsl_spec *spec)
{
	if (!read_count(r, specs, "size", ELEMENTS_MAX, &spec->length))
		return false;
	spec->item = reader_alloc(r, sizeof(*spec->item));
	return spec->item && read_spec(r, json_get(specs, "item"), specs, IN_ARRAY, spec->item);
}

static const struct kind {
	bool           (*read)(struct reader *r, struct json specs, struct tsl_spec *spec);
	enum json_type specs;
	bool           needs_specs;
} kinds[TSL_TYPES] = {
	[TSL_INT]    = { read_integer, JSON_OBJECT, false },
	[TSL_LONG]   = { read_integer, JSON_OBJECT, false },
	[TSL_FLOAT]  = { read_decimal, JSON_OBJECT, false },
	[TSL_DOUBLE] = { read_decimal, JSON_OBJECT, false },
	[TSL_TEXT]   = { read_text,    JSON_OBJECT, false },
	[TSL_BOOL]   = { read_bool,    JSON_OBJECT, false },
	[TSL_ENUM]   = { read_enum,    JSON_OBJECT, true },
	[TSL_DATE]   = { read_date,    JSON_OBJECT, false },
	[TSL_STRUCT] = { read_struct,  JSON_ARRAY,  true },
	[TSL_ARRAY]  = { read_array,   JSON_OBJECT, true },
};

static bool read_type(struct reader *r, struct json data_type, enum place place, enum tsl_type *type)
{
	struct json value = json_get(data_type, "type");
	char buf[TSL_EXCERPT_SIZE];

	if (!reader_expect(r, value, JSON_STRING, "the data type's `type`", data_type))
		return false;
	for (*type = 0; *type < TSL_TYPES; ++*type)
		if (json_is_string(value, tsl_type_name(*type)))
			break;
	if (*type == TSL_TYPES)
		return reader_refuse(r, value, "data type %s is none of int, float, double, text, bool, enum, date, struct, array",
		              tsl_excerpt(value, buf));
	if (*type == TSL_LONG && !r->settings->options.long_type)
		return reader_refuse(r, value, "data type long needs the option longType");
	if (place == IN_STRUCT && (*type == TSL_STRUCT || *type == TSL_ARRAY))
		return reader_refuse(r, value, "a struct's member must not be a%s %s itself", *type == TSL_ARRAY ? "n" : "",
		              tsl_type_name(*type));
	return true;
}

/* `data_type` is what its `owner` has there, perhaps nothing. */
static bool read_spec(struct reader *r, struct json data_type, struct json owner, enum place place,
                      struct tsl_spec *spec)
{
	struct json specs = json_get(data_type, "specs");
	const struct kind *kind;
	char what[40];

	if (!reader_expect(r, data_type, JSON_OBJECT, place == IN_ARRAY ? "the array's `item`" : "`dataType`", owner) ||
	    !read_type(r, data_type, place, &spec->type))
		return false;
	kind = &kinds[spec->type];
	/* doc: 6325 is the answer to values of such an array, so the model is not to blame. Nothing reads its specs. */
	if (place == IN_ARRAY && !tsl_type_in_array(spec->type))
		return true;
	snprintf(what, sizeof(what), "`specs` of data type %s", tsl_type_name(spec->type));
	if ((kind->needs_specs || reader_has(specs)) && !reader_expect(r, specs, kind->specs, what, data_type))
		return false;
	return kind->read(r, specs, spec);
}

/* --- properties and parameters --- */

/* Compact, and with numbers as strings: so they stand in every exported specs, whatever a person wrote. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the document, which is at most JSON_DEPTH_MAX */
static void add_data_type(struct text *out, struct json value)
{
	bool object = json_is(value, JSON_OBJECT), array = json_is(value, JSON_ARRAY);
	size_t len;
	const char *span = json_span(value, &len);

	if (!object && !array) {
		const char *quote = json_is(value, JSON_NUMBER) ? "\"" : "";

		text_add(out, quote);
		text_add_bytes(out, span, len);
		text_add(out, quote);
		return;
	}
	text_add_char(out, *span);
	json_each(item, value) {
		text_add_comma(out);
		if (object) {
			const char *key = json_span(json_key(item), &len);

			text_add_bytes(out, key, len);
			text_add_char(out, ':');
		}
		add_data_type(out, item);
	}
	text_add_char(out, object ? '}' : ']');
}

static bool keep_data_type(struct reader *r, struct json data_type, char **out)
{
	struct text text = { 0 };

	add_data_type(&text, data_type);
	*out = text.failed ? NULL : reader_alloc(r, text.len + 1);
	if (*out)
		memcpy(*out, text.at, text.len);
	text_free(&text);
	return *out || reader_refuse(r, data_type, "out of memory");
}

static bool read_field(struct reader *r, struct json owner, enum place place, struct tsl_field *field)
{
	struct json data_type = json_get(owner, "dataType");

	return reader_title(r, owner, field->identifier, &field->name, &field->desc, &field->required) &&
	       read_spec(r, data_type, owner, place, &field->spec) &&
	       (place == IN_STRUCT || keep_data_type(r, data_type, &field->data_type));
}

static bool read_fields(struct reader *r, struct json list, const char *kind, size_t max, enum place place,
                        struct tsl_field **fields, size_t *count)
{
	if (json_count(list) > max)
		return reader_refuse(r, list, "%u %ss are more than %zu", (unsigned)json_count(list), kind, max);
	*fields = reader_alloc(r, json_count(list) * sizeof(**fields));
	if (!*fields)
		return false;
	json_each(item, list) {
		struct tsl_field *field = &(*fields)[(*count)++];
		size_t outside;

		if (!reader_identifier(r, item, kind, &field->identifier))
			return false;
		outside = reader_enter(r, kind, field->identifier);
		if (is_repeated(*fields, field, sizeof(*field)))
			return reader_refuse(r, item, "is there twice");
		if (!read_field(r, item, place, field))
			return false;
		reader_leave(r, outside);
	}
	return true;
}

bool reader_field(struct reader *r, struct json owner, struct tsl_field *field)
{
	return read_field(r, owner, IN_FIELD, field);
}

bool reader_fields(struct reader *r, struct json list, const char *kind, size_t max,
                   struct tsl_field **fields, size_t *count)
{
	return read_fields(r, list, kind, max, IN_FIELD, fields, count);
}

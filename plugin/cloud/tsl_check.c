/*
 * Checking a value against a data type.
 *
 * seen: the texts for a wrong int, bool and text and for an unknown member; guess: the others, most of which come
 * from a re-implementation that has the seen ones right.
 */
#include "tsl_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where in a value we are: frames on the stack, so that a good value costs nothing. */
struct place {
	const struct place *up;
	const char         *name;    /* of the value or of a member; NULL: an element */
	size_t              index;   /* of the element */
};

struct check {
	const struct settings *settings;
	struct tsl_fault      *fault;
	bool                   strong;
};

static enum code check_integer(const struct check *, const struct tsl_spec *, struct json, const struct place *);
static enum code check_decimal(const struct check *, const struct tsl_spec *, struct json, const struct place *);
static enum code check_text(const struct check *, const struct tsl_spec *, struct json, const struct place *);
static enum code check_bool(const struct check *, const struct tsl_spec *, struct json, const struct place *);
static enum code check_enum(const struct check *, const struct tsl_spec *, struct json, const struct place *);
static enum code check_date(const struct check *, const struct tsl_spec *, struct json, const struct place *);
static enum code check_struct(const struct check *, const struct tsl_spec *, struct json, const struct place *);
static enum code check_array(const struct check *, const struct tsl_spec *, struct json, const struct place *);

static const struct rule {
	enum code   (*check)(const struct check *check, const struct tsl_spec *spec, struct json value,
	                     const struct place *place);
	enum code     code;
	const char   *kind;     /* what such a value is, for people */
	const char   *type;     /* the text for a value of another type */
	const char   *low;      /* for one out of bounds; the bound follows */
	const char   *high;
} rules[TSL_TYPES] = {
	[TSL_INT] = { check_integer, CODE_INT_INVALID, "an int",
		"tsl parse: data type is not int",
		"tsl parse: int value is smaller than min", "tsl parse: int value is bigger than max" },
	[TSL_LONG] = { check_integer, CODE_LONG_INVALID, "a long",
		"tsl parse: data type is not long",
		"tsl parse: long value is smaller than min", "tsl parse: long value is bigger than max" },
	[TSL_FLOAT] = { check_decimal, CODE_FLOAT_INVALID, "a float",
		"tsl parse: data type is not float",
		"tsl parse: float value is smaller than min", "tsl parse: float value is bigger than max" },
	[TSL_DOUBLE] = { check_decimal, CODE_DOUBLE_INVALID, "a double",
		"tsl parse: data type is not double",
		"tsl parse: double value is smaller than min", "tsl parse: double value is bigger than max" },
	[TSL_TEXT] = { check_text, CODE_TEXT_INVALID, "a string",
		"tsl parse: data type is not string",
		NULL, "tsl parse: string length bigger than max length" },
	[TSL_BOOL] = { check_bool, CODE_BOOL_INVALID, "0 or 1",
		"tsl parse: value of bool type must be int",
		NULL, "tsl parse: bool specs error" },
	[TSL_ENUM] = { check_enum, CODE_ENUM_INVALID, "an enum's integer",
		"tsl parse: value of enum type must be int",
		NULL, "tsl parse: enum specs error" },
	[TSL_DATE] = { check_date, CODE_DATE_INVALID, "a string of UTC milliseconds",
		"tsl parse: date type must be a string of long(UTC ms)",
		NULL, NULL },
	[TSL_STRUCT] = { check_struct, CODE_STRUCT_INVALID, "an object",
		"tsl parse: struct type must be json",
		NULL, "tsl parse: struct param size error" },
	[TSL_ARRAY] = { check_array, CODE_ARRAY_EXPECTED, "an array",
		"tsl parse: data type is not array",
		NULL, "tsl parse: array size is bigger than max size" },
};

/* --- saying what is wrong --- */

/* An array of structs is as deep as models go: the value, its element, that one's member. */
#define PLACES_MAX 3

static void add_place(struct text *out, const struct place *place)
{
	const struct place *places[PLACES_MAX];
	size_t count = 0;

	for (; place && count < PLACES_MAX; place = place->up)
		places[count++] = place;
	while (count--) {
		place = places[count];
		if (place->name)
			text_addf(out, "%s%s", place->up ? "." : "", place->name);
		else
			text_addf(out, "[%zu]", place->index);
	}
}

/* The sentence is "value 130 of `temp` " and then `why`. `bound` (or NULL) ends the wire's text. */
__attribute__((format(printf, 7, 8)))
static enum code fail(const struct check *check, enum code code, const char *message, const char *bound,
                      struct json value, const struct place *place, const char *why, ...)
{
	struct tsl_fault *fault = check->fault;
	const struct place *named = place;
	char buf[TSL_EXCERPT_SIZE], sentence[256];
	va_list args;

	if (!fault)
		return code;
	while (!named->name)
		named = named->up;
	text_clear(&fault->message);
	text_clear(&fault->subject);
	text_clear(&fault->why);
	text_addf(&fault->message, "%s%s%s", message, bound ? " " : "", bound ? bound : "");
	text_add(&fault->subject, named->name);
	tsl_excerpt(value, buf);
	text_addf(&fault->why, "value%s%s of `", *buf ? " " : "", buf);
	add_place(&fault->why, place);
	va_start(args, why);
	vsnprintf(sentence, sizeof(sentence), why, args);
	va_end(args);
	text_addf(&fault->why, "` %s", sentence);
	return code;
}

static enum code fail_type(const struct check *check, const struct tsl_spec *spec, struct json value,
                           const struct place *place)
{
	/* The words null, true and false are shown, and say it themselves. */
	static const char *const types[] = {
		[JSON_ABSENT] = "missing, ", [JSON_NULL] = "", [JSON_FALSE] = "", [JSON_TRUE] = "",
		[JSON_NUMBER] = "a number, ", [JSON_STRING] = "a string, ",
		[JSON_ARRAY] = "an array, ", [JSON_OBJECT] = "an object, ",
	};
	const struct rule *rule = &rules[spec->type];

	return fail(check, rule->code, rule->type, NULL, value, place, "is %snot %s", types[json_type(value)],
	            rule->kind);
}

/* Below min or above max, as `side` says. */
static enum code fail_range(const struct check *check, const struct tsl_spec *spec, struct json value,
                            const struct place *place, bool above)
{
	const struct rule *rule = &rules[spec->type];
	const char *bound = above ? spec->max_text : spec->min_text;

	return fail(check, rule->code, above ? rule->high : rule->low, bound, value, place,
	            above ? "is above max %s" : "is below min %s", bound);
}

/* --- numbers --- */

/* Without fraction and exponent: 10.0 and 1e1 are no integers here (guess). */
static bool is_integral(struct json value)
{
	size_t len;
	const char *span = json_span(value, &len);

	return json_is(value, JSON_NUMBER) && !memchr(span, '.', len) && !memchr(span, 'e', len) &&
	       !memchr(span, 'E', len);
}

static enum code check_integer(const struct check *check, const struct tsl_spec *spec, struct json value,
                               const struct place *place)
{
	const struct rule *rule = &rules[spec->type];
	bool is_int = spec->type == TSL_INT;
	int64_t number;

	if (!json_is(value, JSON_NUMBER))
		return fail_type(check, spec, value, place);
	if (!json_int64(value, &number) || (is_int && (number < INT32_MIN || number > INT32_MAX)))
		return fail(check, rule->code, rule->type, NULL, value, place,
		            is_integral(value) ? "is beyond the %s bits of %s" :
		            "has a fraction or an exponent, which a whole number of %s bits must not: it is not %s",
		            is_int ? "32" : "64", rule->kind);
	if (!check->strong)
		return CODE_SUCCESS;
	if (spec->has_min && number < spec->int_min)
		return fail_range(check, spec, value, place, false);
	if (spec->has_max && number > spec->int_max)
		return fail_range(check, spec, value, place, true);
	return CODE_SUCCESS;
}

static enum code check_decimal(const struct check *check, const struct tsl_spec *spec, struct json value,
                               const struct place *place)
{
	const struct rule *rule = &rules[spec->type];
	double number;

	if (!json_is(value, JSON_NUMBER))
		return fail_type(check, spec, value, place);
	if (!json_double(value, &number) || (spec->type == TSL_FLOAT && fabs(number) >= TSL_FLOAT_BEYOND))
		return fail(check, rule->code, rule->type, NULL, value, place, "is too large for %s", rule->kind);
	/* doc: "carries at least one decimal place, such as 10.0"; guess: what becomes of 10 */
	if (check->settings->options.strict_decimals && is_integral(value))
		return fail(check, rule->code, rule->type, NULL, value, place,
		            "has no decimal place, which strictDecimals asks of %s", rule->kind);
	if (!check->strong)
		return CODE_SUCCESS;
	if (spec->has_min && number < spec->min)
		return fail_range(check, spec, value, place, false);
	if (spec->has_max && number > spec->max)
		return fail_range(check, spec, value, place, true);
	return CODE_SUCCESS;
}

static enum code check_bool(const struct check *check, const struct tsl_spec *spec, struct json value,
                            const struct place *place)
{
	int64_t number;

	if (!is_integral(value))
		return fail_type(check, spec, value, place);
	if (check->strong && (!json_int64(value, &number) || (number != 0 && number != 1)))
		return fail(check, CODE_BOOL_INVALID, rules[TSL_BOOL].high, NULL, value, place, "is neither 0 nor 1");
	return CODE_SUCCESS;
}

static enum code check_enum(const struct check *check, const struct tsl_spec *spec, struct json value,
                            const struct place *place)
{
	struct text keys = { 0 };
	bool known = false;
	enum code code;
	int64_t number;

	if (!is_integral(value))
		return fail_type(check, spec, value, place);
	if (!check->strong)
		return CODE_SUCCESS;
	for (size_t i = 0; i < spec->key_count && json_int64(value, &number) && !known; i++)
		known = spec->keys[i] == number;
	if (known)
		return CODE_SUCCESS;
	for (size_t i = 0; i < spec->key_count && i < 10; i++)
		text_addf(&keys, "%s%" PRId64, i ? ", " : "", spec->keys[i]);
	code = fail(check, CODE_ENUM_INVALID, rules[TSL_ENUM].high, NULL, value, place, "is none of the keys %s%s",
	            text_string(&keys), spec->key_count > 10 ? ", …" : "");
	text_free(&keys);
	return code;
}

/* --- strings --- */

static enum code check_text(const struct check *check, const struct tsl_spec *spec, struct json value,
                            const struct place *place)
{
	size_t bytes = json_string_bytes(value);
	char bound[24];

	if (!json_is(value, JSON_STRING))
		return fail_type(check, spec, value, place);
	/* doc: "TSL fields" counts bytes, "Limits" characters */
	if (!check->strong || !spec->length || bytes <= (size_t)spec->length)
		return CODE_SUCCESS;
	snprintf(bound, sizeof(bound), "%" PRId64, spec->length);
	return fail(check, CODE_TEXT_INVALID, rules[TSL_TEXT].high, bound, value, place,
	            "has %zu bytes, more than its length %s", bytes, bound);
}

static enum code check_date(const struct check *check, const struct tsl_spec *spec, struct json value,
                            const struct place *place)
{
	char digits[20];   /* a long has at most 19 */
	int len = json_string(value, digits, sizeof(digits));

	if (!json_is(value, JSON_STRING))
		return fail_type(check, spec, value, place);
	if (check->strong && (len < 1 || strspn(digits, "0123456789") < (size_t)len ||
	                      (len == 19 && strcmp(digits, "9223372036854775807") > 0)))
		return fail(check, CODE_DATE_INVALID, rules[TSL_DATE].type, NULL, value, place,
		            "is no number of UTC milliseconds: 1 to 19 digits");
	return CODE_SUCCESS;
}

/* --- containers --- */

static enum code check_value(const struct check *check, const struct tsl_spec *spec, struct json value,
                             const struct place *place)
{
	return rules[spec->type].check(check, spec, value, place);
}

static enum code fail_unknown(const struct check *check, struct json member, const struct place *place)
{
	char name[TSL_EXCERPT_SIZE];
	struct json key = json_key(member);
	struct place inner = { .up = place, .name = name };
	size_t len;
	const char *span = json_span(key, &len);

	if (json_string(key, name, sizeof(name)) < 0)
		tsl_clip(span + 1, len - 2, name);
	return fail(check, CODE_PARAM_NOT_EXIST, "tsl parse: params not exist", NULL, member, &inner,
	            "belongs to no member that the model has");
}

/* member_count when there is none. Most devices send them in the model's order, so it looks first at `likely`. */
static size_t find_member(const struct tsl_spec *spec, struct json key, size_t likely)
{
	for (size_t i = 0; i < spec->member_count; i++) {
		size_t at = (likely + i) % spec->member_count;

		if (json_is_string(key, spec->members[at].identifier))
			return at;
	}
	return spec->member_count;
}

/* The order: reference 10.3, step 9. Of a repeated member the first counts, as everywhere. */
static enum code check_struct(const struct check *check, const struct tsl_spec *spec, struct json value,
                              const struct place *place)
{
	const struct rule *rule = &rules[TSL_STRUCT];
	struct json members[TSL_MEMBERS_MAX] = { { 0 } };
	enum code code = CODE_SUCCESS;
	size_t at = 0;

	if (!json_is(value, JSON_OBJECT))
		return fail_type(check, spec, value, place);
	json_each(member, value) {
		at = find_member(spec, json_key(member), at);
		if (at == spec->member_count)
			return fail_unknown(check, member, place);
		if (!json_present(members[at]))
			members[at] = member;
		at++;
	}
	if (check->strong && json_count(value) > spec->member_count)
		return fail(check, rule->code, rule->high, NULL, value, place, "has %u members instead of %zu",
		            (unsigned)json_count(value), spec->member_count);
	for (at = 0; check->strong && at < spec->member_count; at++)
		if (!json_present(members[at]))
			return fail(check, rule->code, rule->high, NULL, value, place,
			            "has no member `%s`: it must have all %zu", spec->members[at].identifier,
			            spec->member_count);
	for (at = 0; at < spec->member_count && code == CODE_SUCCESS; at++) {
		struct place inner = { .up = place, .name = spec->members[at].identifier };

		if (json_present(members[at]))
			code = check_value(check, &spec->members[at].spec, members[at], &inner);
	}
	return code;
}

static enum code check_array(const struct check *check, const struct tsl_spec *spec, struct json value,
                             const struct place *place)
{
	struct place inner = { .up = place };
	char bound[24];

	if (!json_is(value, JSON_ARRAY))
		return fail_type(check, spec, value, place);
	if (!tsl_type_in_array(spec->item->type))
		return fail(check, CODE_ARRAY_ITEM_TYPE, "tsl parse: array item type not support", NULL, value, place,
		            "has elements of data type %s, which the cloud does not have in arrays",
		            tsl_type_name(spec->item->type));
	if (check->strong && spec->length && json_count(value) > (uint64_t)spec->length) {
		snprintf(bound, sizeof(bound), "%" PRId64, spec->length);
		return fail(check, CODE_ARRAY_INVALID, rules[TSL_ARRAY].high, bound, value, place,
		            "has %u elements, more than its size %s", (unsigned)json_count(value), bound);
	}
	json_each(element, value) {
		if (check_value(check, spec->item, element, &inner) != CODE_SUCCESS)
			return CODE_ARRAY_INVALID;   /* with the element's text; guess */
		inner.index++;
	}
	return CODE_SUCCESS;
}

enum code tsl_check(const struct tsl_spec *spec, struct json value, const char *what, enum validation validation,
                    const struct settings *settings, struct tsl_fault *fault)
{
	const struct check check = {
		.settings = settings, .fault = fault, .strong = validation == VALIDATION_STRONG,
	};
	const struct place place = { .name = what };
	enum code code = CODE_SUCCESS;

	if (validation != VALIDATION_NONE)
		code = check_value(&check, spec, value, &place);
	if (fault)
		fault->code = code;
	return code;
}

void tsl_fault_free(struct tsl_fault *fault)
{
	text_free(&fault->message);
	text_free(&fault->subject);
	text_free(&fault->why);
}

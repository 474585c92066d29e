/* What is asked of a parsed document: walking it, decoding its strings and numbers. */
#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* --- walking --- */

const struct json_node json_nothing = { .type = JSON_ABSENT };

struct json json_root(const struct json_doc *doc)
{
	return (struct json){ doc, 0 };
}

const char *json_type_name(enum json_type type)
{
	static const char *const names[] = {
		[JSON_ABSENT] = "absent", [JSON_NULL] = "null", [JSON_FALSE] = "false", [JSON_TRUE] = "true",
		[JSON_NUMBER] = "number", [JSON_STRING] = "string", [JSON_ARRAY] = "array",
		[JSON_OBJECT] = "object",
	};

	return (size_t)type < sizeof(names) / sizeof(names[0]) ? names[type] : "unknown";
}

const char *json_span(struct json value, size_t *len)
{
	const struct json_node *node = json_node_of(value);

	*len = node->len;
	return json_present(value) ? value.doc->text + node->at : "";
}

size_t json_offset(struct json value)
{
	return json_node_of(value)->at;
}

/* As deep as JSON_DEPTH_MAX at most. */
void json_write(struct json value, struct text *out)
{
	bool object = json_is(value, JSON_OBJECT);
	size_t len;
	const char *span = json_span(value, &len);

	if (!object && !json_is(value, JSON_ARRAY)) {
		text_add_bytes(out, span, len);
		return;
	}
	text_add_char(out, object ? '{' : '[');
	json_each(item, value) {
		text_add_comma(out);
		if (object) {
			json_write(json_key(item), out);
			text_add_char(out, ':');
		}
		json_write(item, out);
	}
	text_add_char(out, object ? '}' : ']');
}

/* --- strings --- */

static bool read_hex4(const unsigned char *s, size_t len, uint32_t *unit)
{
	uint32_t value = 0;

	if (len < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		unsigned char c = s[i], letter = c | 0x20;

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint32_t)(c - '0');
		else if (letter >= 'a' && letter <= 'f')
			value = value << 4 | (uint32_t)(letter - 'a' + 10);
		else
			return false;
	}
	*unit = value;
	return true;
}

size_t json_escape(const unsigned char *s, size_t len, uint32_t *point)
{
	static const unsigned char short_escapes[256] = {
		['"'] = '"', ['\\'] = '\\', ['/'] = '/',
		['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t',
	};
	uint32_t low;

	if (len < 2)
		return 0;
	if (s[1] != 'u') {
		*point = short_escapes[s[1]];
		return *point ? 2 : 0;
	}
	if (!read_hex4(s + 2, len - 2, point))
		return 0;
	if (*point < 0xD800 || *point > 0xDFFF)
		return 6;
	if (*point > 0xDBFF || len < 12 || s[6] != '\\' || s[7] != 'u' || !read_hex4(s + 8, 4, &low) ||
	    low < 0xDC00 || low > 0xDFFF)
		return 0;
	*point = 0x10000 + ((*point - 0xD800) << 10) + (low - 0xDC00);
	return 12;
}

/* Yields a string piece by piece: a stretch without escapes, or one escape as UTF-8. */
struct decoder {
	const char *at, *end;
	char        utf8[4];
};

static struct decoder decoder_of(struct json string)
{
	const struct json_node *node = json_node_of(string);
	const char *text;

	if (node->type != JSON_STRING)
		return (struct decoder){ .at = "" , .end = "" };
	text = string.doc->text + node->at;
	return (struct decoder){ .at = text + 1, .end = text + node->len - 1 };
}

static size_t utf8_write(char out[4], uint32_t point)
{
	static const unsigned char lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	size_t len = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

	for (size_t i = len - 1; i > 0; i--, point >>= 6)
		out[i] = (char)(0x80 | (point & 0x3F));
	out[0] = (char)(lead[len] | point);
	return len;
}

/* Length of the next piece, 0 at the end. The string was checked when it was parsed. */
static size_t decode(struct decoder *d, const char **piece)
{
	size_t len = (size_t)(d->end - d->at);
	uint32_t point = 0;

	*piece = d->at;
	if (!len)
		return 0;
	if (*d->at == '\\') {
		d->at += json_escape((const unsigned char *)d->at, len, &point);
		*piece = d->utf8;
		return utf8_write(d->utf8, point);
	}
	d->at = memchr(d->at, '\\', len);
	if (!d->at)
		d->at = d->end;
	return (size_t)(d->at - *piece);
}

int json_string(struct json value, char *buf, size_t size)
{
	const struct json_node *node = json_node_of(value);
	struct decoder d = decoder_of(value);
	const char *piece;
	size_t used = 0, len;

	if (!size)
		return -1;
	buf[0] = '\0';
	if (node->type != JSON_STRING)
		return -1;
	if (!node->escaped) {
		len = node->len - 2;
		if (len >= size)
			return -1;
		memcpy(buf, d.at, len);
		buf[len] = '\0';
		return (int)len;
	}
	while ((len = decode(&d, &piece)) > 0) {
		if (len >= size - used || !*piece) {
			buf[0] = '\0';
			return -1;
		}
		memcpy(buf + used, piece, len);
		used += len;
	}
	buf[used] = '\0';
	return (int)used;
}

char *json_strdup(struct json value)
{
	size_t size = json_string_bytes(value) + 1;
	char *copy = json_is(value, JSON_STRING) ? malloc(size) : NULL;

	if (copy && json_string(value, copy, size) < 0) {
		free(copy);
		copy = NULL;
	}
	return copy;
}

static bool string_equals(struct json string, const char *expected, size_t expected_len)
{
	const struct json_node *node = json_node_of(string);
	const char *piece;
	struct decoder d;
	size_t len;

	if (node->type != JSON_STRING)
		return false;
	if (!node->escaped)
		return node->len - 2 == expected_len &&
		       !memcmp(string.doc->text + node->at + 1, expected, expected_len);
	d = decoder_of(string);
	for (; (len = decode(&d, &piece)) > 0; expected += len, expected_len -= len)
		if (len > expected_len || memcmp(piece, expected, len))
			return false;
	return !expected_len;
}

bool json_is_string(struct json value, const char *expected)
{
	return string_equals(value, expected, strlen(expected));
}

struct json json_get(struct json object, const char *name)
{
	const struct json_node *node = json_node_of(object), *nodes = object.doc ? object.doc->nodes : NULL;
	size_t len = strlen(name);
	uint32_t member, key;

	if (node->type != JSON_OBJECT || !node->count)
		return (struct json){ 0 };
	for (member = object.node + 2; member; member = nodes[member].next) {
		key = nodes[member].key;
		/* Most names are no match by their length; this is asked a dozen times per message. */
		if ((nodes[key].escaped || nodes[key].len == len + 2) &&
		    string_equals((struct json){ object.doc, key }, name, len))
			return (struct json){ object.doc, member };
	}
	return (struct json){ 0 };
}

size_t json_string_bytes(struct json value)
{
	struct decoder d = decoder_of(value);
	const char *piece;
	size_t total = 0, len;

	while ((len = decode(&d, &piece)) > 0)
		total += len;
	return total;
}

size_t json_string_chars(struct json value)
{
	struct decoder d = decoder_of(value);
	const char *piece;
	size_t total = 0, len;

	while ((len = decode(&d, &piece)) > 0)
		for (size_t i = 0; i < len; i++)
			total += (piece[i] & 0xC0) != 0x80;   /* continuation bytes are no characters */
	return total;
}

/* --- numbers --- */

#define DIGITS_SAFE 18   /* as many digits never exceed an int64_t */

/* The digits at the front of `text`, at most DIGITS_SAFE, as a number; *count says how many there are. */
static int64_t read_digits(const char *text, size_t len, size_t *count)
{
	const char *at = text, *end = text + (len < DIGITS_SAFE ? len : DIGITS_SAFE);
	uint64_t number = 0;
	unsigned digit;

	while (at < end && (digit = (unsigned char)*at - (unsigned)'0') <= 9) {
		number = number * 10 + digit;
		at++;
	}
	*count = (size_t)(at - text);
	return (int64_t)number;
}

bool json_int64(struct json value, int64_t *out)
{
	size_t len, count;
	const char *digits = json_span(value, &len);
	bool negative = len && *digits == '-';
	int64_t number;

	if (!json_is(value, JSON_NUMBER))
		return false;
	number = read_digits(digits + negative, len - negative, &count);
	if (count == len - negative) {
		*out = negative ? -number : number;
		return true;
	}
	number = 0;
	for (size_t i = negative; i < len; i++) {
		int digit = digits[i] - '0';

		/* Counts downwards, as INT64_MIN has no positive twin. */
		if (digit < 0 || digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_sub_overflow(number, digit, &number))
			return false;
	}
	if (!negative && number == INT64_MIN)
		return false;
	*out = negative ? number : -number;
	return true;
}

/*
 * What devices send, `21.35`: both the digits without their point and the power of ten are exact doubles, so one
 * division rounds once, as strtod would at six times the cost. False when it is not that simple.
 */
static bool read_decimal(const char *text, size_t len, double *out)
{
	static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
	bool negative = *text == '-';
	size_t whole_len, part_len = 0;
	int64_t whole, part = 0;
	double number;

	text += negative;
	len -= negative;
	whole = read_digits(text, len, &whole_len);
	if (whole_len < len && text[whole_len] == '.')
		part = read_digits(text + whole_len + 1, len - whole_len - 1, &part_len);
	if (whole_len + part_len > 15 || whole_len + (part_len ? part_len + 1 : 0) != len)
		return false;
	number = (double)(whole * (int64_t)powers[part_len] + part) / powers[part_len];
	*out = negative ? -number : number;
	return true;
}

bool json_double(struct json value, double *out)
{
	char small[64], *literal = small;
	size_t len;
	const char *span = json_span(value, &len);
	double number;

	if (!json_is(value, JSON_NUMBER))
		return false;
	if (read_decimal(span, len, out))
		return true;
	if (len >= sizeof(small))
		literal = malloc(len + 1);
	if (!literal)
		return false;
	memcpy(literal, span, len);
	literal[len] = '\0';
	number = strtod(literal, NULL);   /* neither the broker nor the tool sets a locale */
	if (literal != small)
		free(literal);
	if (!isfinite(number))
		return false;
	*out = number;
	return true;
}

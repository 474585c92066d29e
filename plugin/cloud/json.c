#include "json.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define LEN_MAX ((size_t)1 << 31)

/* A text being read. Every scan starts at `at` and leaves it behind what was read, or on the offence. */
struct reader {
	const unsigned char *at, *end;
	const char *fault;
};

static bool fail(struct reader *r, const char *message)
{
	r->fault = r->at < r->end ? message : "the text ends too early";
	return false;
}

/* NUL is nowhere allowed outside strings, so it can stand for the end. */
static unsigned char peek(const struct reader *r)
{
	return r->at < r->end ? *r->at : 0;
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t'))
		r->at++;
}

/* --- strings --- */

static bool read_hex4(const unsigned char *s, size_t len, uint32_t *unit)
{
	uint32_t value = 0;

	if (len < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		unsigned char c = s[i], letter = c | 0x20;

		if (is_digit(c))
			value = value << 4 | (uint32_t)(c - '0');
		else if (letter >= 'a' && letter <= 'f')
			value = value << 4 | (uint32_t)(letter - 'a' + 10);
		else
			return false;
	}
	*unit = value;
	return true;
}

/* Length of the escape at `s`, a surrogate pair being one escape; 0 when it is none. */
static size_t read_escape(const unsigned char *s, size_t len, uint32_t *point)
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

static bool scan_string(struct reader *r, bool *escaped)
{
	/* Needs a second look inside a string. */
	static const bool special[256] = {
		[0x00 ... 0x1F] = true, ['"'] = true, ['\\'] = true, [0x80 ... 0xFF] = true,
	};
	const unsigned char *at = r->at + 1, *end = r->end;
	uint32_t point;
	size_t len;

	*escaped = false;
	for (;;) {
		while (at < end && !special[*at])
			at++;
		r->at = at;
		if (at == end)
			return fail(r, NULL);
		switch (*at) {
		case '"':
			r->at++;
			return true;
		case '\\':
			len = read_escape(at, (size_t)(end - at), &point);
			if (!len)
				return fail(r, "not an escape sequence, or half a surrogate pair");
			*escaped = true;
			break;
		default:
			if (*at < 0x20)
				return fail(r, "control character in a string");
			len = utf8_length((const char *)at, (size_t)(end - at));
			if (!len)
				return fail(r, "not UTF-8");
		}
		at += len;
	}
}

/* --- the other scalars --- */

static bool scan_digits(struct reader *r)
{
	if (!is_digit(peek(r)))
		return fail(r, "expected a digit");
	while (is_digit(peek(r)))
		r->at++;
	return true;
}

static bool scan_number(struct reader *r)
{
	if (peek(r) == '-')
		r->at++;
	if (peek(r) == '0') {
		r->at++;
		if (is_digit(peek(r)))
			return fail(r, "a number has no leading zeros");
	} else if (!scan_digits(r)) {
		return false;
	}
	if (peek(r) == '.') {
		r->at++;
		if (!scan_digits(r))
			return false;
	}
	if (peek(r) == 'e' || peek(r) == 'E') {
		r->at++;
		if (peek(r) == '+' || peek(r) == '-')
			r->at++;
		if (!scan_digits(r))
			return false;
	}
	return true;
}

static bool scan_word(struct reader *r, const char *word)
{
	for (; *word; word++, r->at++)
		if (peek(r) != (unsigned char)*word)
			return fail(r, "expected true, false or null");
	return true;
}

/* JSON_ABSENT when there is none. */
static enum json_type scan_scalar(struct reader *r, bool *escaped)
{
	switch (peek(r)) {
	case '"':
		return scan_string(r, escaped) ? JSON_STRING : JSON_ABSENT;
	case '-':
	case '0' ... '9':
		return scan_number(r) ? JSON_NUMBER : JSON_ABSENT;
	case 't':
		return scan_word(r, "true") ? JSON_TRUE : JSON_ABSENT;
	case 'f':
		return scan_word(r, "false") ? JSON_FALSE : JSON_ABSENT;
	case 'n':
		return scan_word(r, "null") ? JSON_NULL : JSON_ABSENT;
	default:
		fail(r, "expected a value");
		return JSON_ABSENT;
	}
}

/* --- documents --- */

/* A container that is still open. */
struct frame {
	uint32_t      node, last;    /* last: its latest member, 0 while it has none */
	unsigned char closer;
};

static struct json_node *node_add(struct json_doc *doc)
{
	if (doc->count == doc->size) {
		uint32_t size = doc->size ? doc->size * 2 : 64;
		struct json_node *nodes = reallocarray(doc->nodes, size, sizeof(*nodes));

		if (!nodes)
			return NULL;
		doc->nodes = nodes;
		doc->size = size;
	}
	return &doc->nodes[doc->count++];
}

static bool read_key(struct json_doc *doc, struct reader *r, const unsigned char *text)
{
	const unsigned char *start = r->at;
	struct json_node *key = node_add(doc);
	bool escaped;

	if (!key)
		return fail(r, "out of memory");
	if (peek(r) != '"')
		return fail(r, "expected a member name in quotes");
	if (!scan_string(r, &escaped))
		return false;
	*key = (struct json_node){
		.at = (uint32_t)(start - text), .len = (uint32_t)(r->at - start),
		.type = JSON_STRING, .escaped = escaped,
	};
	skip_blanks(r);
	if (peek(r) != ':')
		return fail(r, "expected ':' after a member name");
	r->at++;
	skip_blanks(r);
	return true;
}

/*
 * Goes from behind a value or an opening bracket to the next member or behind the closing bracket,
 * which `closed` tells apart.
 */
static bool read_separator(struct reader *r, const struct frame *in, enum json_rules rules, bool *closed)
{
	const unsigned char *comma = NULL;

	for (skip_blanks(r); peek(r) == ','; skip_blanks(r)) {
		if (rules == JSON_STRICT && (comma || !in->last))
			return fail(r, "stray comma");
		comma = r->at++;
	}
	*closed = peek(r) == in->closer;
	if (*closed && comma && rules == JSON_STRICT) {
		r->at = comma;
		return fail(r, "stray comma");
	}
	if (!*closed && !comma && in->last)
		return fail(r, in->closer == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
	if (*closed)
		r->at++;
	return true;
}

static bool read_doc(struct json_doc *doc, struct reader *r, enum json_rules rules)
{
	const unsigned char *text = r->at;
	struct frame open[JSON_DEPTH_MAX], *in = NULL;   /* in: the innermost */

	skip_blanks(r);
	do {
		const unsigned char *start;
		struct json_node *node;
		uint32_t index, key = 0;
		bool closed = false;

		if (in && in->closer == '}') {
			key = doc->count;
			if (!read_key(doc, r, text))
				return false;
		}
		start = r->at;
		index = doc->count;
		node = node_add(doc);
		if (!node)
			return fail(r, "out of memory");
		*node = (struct json_node){ .at = (uint32_t)(start - text), .key = key };
		if (in) {
			if (in->last)
				doc->nodes[in->last].next = index;
			in->last = index;
			doc->nodes[in->node].count++;
		}
		if (peek(r) == '{' || peek(r) == '[') {
			if (in == &open[JSON_DEPTH_MAX - 1])
				return fail(r, "nested too deeply");
			in = in ? in + 1 : open;
			*in = (struct frame){ .node = index, .closer = *r->at == '{' ? '}' : ']' };
			node->type = *r->at++ == '{' ? JSON_OBJECT : JSON_ARRAY;
		} else {
			node->type = (uint8_t)scan_scalar(r, &node->escaped);
			if (node->type == JSON_ABSENT)
				return false;
			node->len = (uint32_t)(r->at - start);
		}
		while (in) {
			if (!read_separator(r, in, rules, &closed))
				return false;
			if (!closed)
				break;
			node = &doc->nodes[in->node];
			node->len = (uint32_t)(r->at - text) - node->at;
			in = in == open ? NULL : in - 1;
		}
	} while (in);
	skip_blanks(r);
	return r->at == r->end || fail(r, "expected nothing more after the value");
}

int json_parse(struct json_doc *doc, const char *text, size_t len, enum json_rules rules,
               struct json_error *error)
{
	const unsigned char *start = (const unsigned char *)(text ? text : "");
	struct reader r = { .at = start, .end = start + len };

	doc->text = (const char *)start;
	doc->len = len;
	doc->count = 0;
	if (len <= LEN_MAX ? read_doc(doc, &r, rules) : fail(&r, "the text is too long"))
		return 0;
	doc->count = 0;
	if (error)
		*error = (struct json_error){ .at = (size_t)(r.at - start), .message = r.fault };
	return -1;
}

void json_doc_free(struct json_doc *doc)
{
	free(doc->nodes);
	*doc = (struct json_doc){ 0 };
}

/* --- values --- */

/* What stands for an absent value. */
static const struct json_node nothing = { .type = JSON_ABSENT };

static const struct json_node *node_of(struct json value)
{
	return json_present(value) ? &value.doc->nodes[value.node] : &nothing;
}

/* Node 0 is the root, so no key, member or element is ever node 0. */
static struct json related(struct json value, uint32_t node)
{
	return node ? (struct json){ value.doc, node } : (struct json){ 0 };
}

struct json json_root(const struct json_doc *doc)
{
	return doc && doc->count ? (struct json){ doc, 0 } : (struct json){ 0 };
}

enum json_type json_type(struct json value)
{
	return node_of(value)->type;
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

bool json_is(struct json value, enum json_type type)
{
	return json_type(value) == type;
}

bool json_present(struct json value)
{
	return value.doc && value.node < value.doc->count;
}

uint32_t json_count(struct json container)
{
	return node_of(container)->count;
}

struct json json_first(struct json container)
{
	const struct json_node *node = node_of(container);

	if (!node->count)
		return (struct json){ 0 };
	return related(container, container.node + (node->type == JSON_OBJECT ? 2 : 1));   /* 2: behind its key */
}

struct json json_next(struct json element)
{
	return related(element, node_of(element)->next);
}

struct json json_key(struct json member)
{
	return related(member, node_of(member)->key);
}

struct json json_get(struct json object, const char *name)
{
	if (json_is(object, JSON_OBJECT))
		json_each(member, object)
			if (json_is_string(json_key(member), name))
				return member;
	return (struct json){ 0 };
}

const char *json_span(struct json value, size_t *len)
{
	const struct json_node *node = node_of(value);

	*len = node->len;
	return json_present(value) ? value.doc->text + node->at : "";
}

size_t json_offset(struct json value)
{
	return node_of(value)->at;
}

/* --- decoding --- */

/* Yields a string piece by piece: a stretch without escapes, or one escape as UTF-8. */
struct decoder {
	const char *at, *end;
	char        utf8[4];
};

static struct decoder decoder_of(struct json string)
{
	const struct json_node *node = node_of(string);
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
	uint32_t point;

	*piece = d->at;
	if (!len)
		return 0;
	if (*d->at == '\\') {
		d->at += read_escape((const unsigned char *)d->at, len, &point);
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
	struct decoder d = decoder_of(value);
	const char *piece;
	size_t used = 0, len;

	if (!size)
		return -1;
	buf[0] = '\0';
	if (!json_is(value, JSON_STRING))
		return -1;
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

bool json_is_string(struct json value, const char *expected)
{
	const struct json_node *node = node_of(value);
	size_t expected_len = strlen(expected), len;
	struct decoder d;
	const char *piece;

	if (node->type != JSON_STRING)
		return false;
	d = decoder_of(value);
	if (!node->escaped)
		return (size_t)(d.end - d.at) == expected_len && !memcmp(d.at, expected, expected_len);
	for (; (len = decode(&d, &piece)) > 0; expected += len, expected_len -= len)
		if (len > expected_len || memcmp(piece, expected, len))
			return false;
	return !expected_len;
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

bool json_int64(struct json value, int64_t *out)
{
	size_t len;
	const char *digits = json_span(value, &len);
	bool negative = len && *digits == '-';
	int64_t number = 0;

	if (!json_is(value, JSON_NUMBER))
		return false;
	for (size_t i = negative; i < len; i++) {
		int digit = digits[i] - '0';

		/* Counts downwards, as INT64_MIN has no positive twin. */
		if (!is_digit((unsigned char)digits[i]) || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_sub_overflow(number, digit, &number))
			return false;
	}
	if (!negative && number == INT64_MIN)
		return false;
	*out = negative ? number : -number;
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

/* --- for people --- */

void json_position(const struct json_doc *doc, size_t at, unsigned *line, unsigned *column)
{
	const char *start = doc->text, *newline;
	size_t left = at < doc->len ? at : doc->len;

	*line = 1;
	while (left && (newline = memchr(start, '\n', left))) {
		left -= (size_t)(newline + 1 - start);
		start = newline + 1;
		++*line;
	}
	*column = (unsigned)left + 1;
}

/* The literal at `r` as an id; false when there is none, or one cut off in the middle of a word. */
static bool salvage_literal(struct reader *r, char *buf, size_t size)
{
	const unsigned char *start = r->at;
	struct json_node node = { 0 };
	struct json_doc doc = { .text = (const char *)start, .nodes = &node, .count = 1, .size = 1 };

	node.type = (uint8_t)scan_scalar(r, &node.escaped);
	node.len = (uint32_t)(r->at - start);
	if (node.type == JSON_STRING)
		return json_string(json_root(&doc), buf, size) >= 0;
	if (node.type != JSON_NUMBER || node.len >= size || isalnum(peek(r)) || peek(r) == '.' || peek(r) == '_')
		return false;
	memcpy(buf, start, node.len);
	buf[node.len] = '\0';
	return true;
}

bool json_salvage_id(const char *text, size_t len, char *buf, size_t size)
{
	static const char name[] = "\"id\"";
	struct reader r;

	if (!text || len > LEN_MAX)
		return false;
	r = (struct reader){ .at = (const unsigned char *)text, .end = (const unsigned char *)text + len };
	/* Linear: no string, run of blanks or number goes on behind the next `"id"`. */
	while (r.at < r.end) {
		const unsigned char *found = memmem(r.at, (size_t)(r.end - r.at), name, sizeof(name) - 1);

		if (!found)
			return false;
		r.at = found + sizeof(name) - 1;
		skip_blanks(&r);
		if (peek(&r) == ':') {
			r.at++;
			skip_blanks(&r);
			if (salvage_literal(&r, buf, size))
				return true;
		}
		r.at = found + sizeof(name) - 1;
	}
	return false;
}

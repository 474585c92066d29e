/* Reading a text into nodes. What is asked of them afterwards is json_value.c. */
#include "json.h"

#include <ctype.h>
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

/* Whether one of the eight bytes at `at` is special: a quote, a backslash, a control character or beyond ASCII. */
static inline bool any_special(const unsigned char *at)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	uint64_t eight, quotes, slashes;

	memcpy(&eight, at, sizeof(eight));
	quotes = eight ^ ones * '"';
	slashes = eight ^ ones * '\\';
	/* A borrow may make a byte look special that is not: never the other way round. */
	return ((eight - ones * ' ') | (quotes - ones) | (slashes - ones) | eight) & high;
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
		while (end - at >= 8 && !any_special(at))
			at += 8;
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
			len = json_escape(at, (size_t)(end - at), &point);
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
	const unsigned char *at = r->at, *end = r->end;

	while (at < end && is_digit(*at))
		at++;
	if (at == r->at)
		return fail(r, "expected a digit");
	r->at = at;
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

static bool nodes_grow(struct json_doc *doc)
{
	uint32_t size = doc->size ? doc->size * 2 : 64;
	struct json_node *nodes = reallocarray(doc->nodes, size, sizeof(*nodes));

	if (!nodes)
		return false;
	doc->nodes = nodes;
	doc->size = size;
	return true;
}

static inline struct json_node *node_add(struct json_doc *doc)
{
	if (doc->count == doc->size && !nodes_grow(doc))
		return NULL;
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
	if (peek(r) != ':')
		skip_blanks(r);
	if (peek(r) != ':')
		return fail(r, "expected ':' after a member name");
	r->at++;
	if (peek(r) <= ' ')
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

	/* As machines write it. */
	if (in->last && r->end - r->at > 1 && r->at[0] == ',' && (r->at[1] == '"' || r->at[1] == '{')) {
		r->at++;
		*closed = false;
		return true;
	}
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
	struct reader r = { .at = start, .end = start + (len <= LEN_MAX ? len : LEN_MAX) };

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

void json_doc_clear(struct json_doc *doc)
{
	doc->text = "";
	doc->len = 0;
	doc->count = 0;
}

void json_doc_free(struct json_doc *doc)
{
	free(doc->nodes);
	*doc = (struct json_doc){ 0 };
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

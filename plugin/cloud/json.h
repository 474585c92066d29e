/*
 * JSON as devices and files really hold it, read without building a tree.
 *
 * json_parse checks a whole text once (syntax, depth, UTF-8) and notes where
 * each value lies; everything else walks those notes. Nothing is copied or
 * decoded until asked for, so a number keeps its literal (`10` and `10.0`
 * differ to a thing model, and 2^53+1 stays itself) and a value knows its line
 * and column. cJSON, which we use to build documents, offers none of this.
 *
 * A struct json is a small value, passed by copy, valid as long as its document
 * and the text below it. The zero value is "absent", and every function takes
 * it: json_get(absent, …) is absent, so paths need no checks in between.
 */
#ifndef ALINK_JSON_H
#define ALINK_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type {
	JSON_ABSENT,
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

#define JSON_DEPTH_MAX 32   /* deeper nesting is a syntax error */

struct json_node {
	uint32_t at, len;   /* the value's literal text, quotes and brackets included */
	uint32_t next;      /* node index of the next member's value or next element, 0 after the last */
	uint32_t key;       /* node index of the member's key (a string node), 0 when not a member */
	uint32_t count;     /* containers: members or elements */
	uint8_t  type;      /* enum json_type */
	bool     escaped;   /* strings: holds a backslash, so decoding is more than copying */
};

/* `struct json_doc doc = { 0 };` is valid and empty; it may be parsed into again and again. */
struct json_doc {
	const char       *text;   /* borrowed; need not be NUL-terminated */
	size_t            len;
	struct json_node *nodes;  /* owned */
	uint32_t          count, size;
};

struct json {
	const struct json_doc *doc;
	uint32_t               node;
};

enum json_rules {
	JSON_STRICT,    /* RFC 8259: what files must be */
	JSON_LENIENT,   /* forgives stray commas in objects and arrays: sdk: v4 file/download, v3 shadow delete */
};

struct json_error {
	size_t      at;       /* byte offset of the first offence */
	const char *message;  /* static text */
};

/*
 * Parses the whole of `text`; blanks may surround the value, nothing else may.
 * Returns 0, or -1 with `error` (may be NULL) filled and `doc` empty, though
 * json_position still answers for the text. A text over 2^31 bytes, one deeper
 * than JSON_DEPTH_MAX, invalid UTF-8 in a string, an unpaired surrogate escape
 * and a raw control character are errors. A NUL byte outside a string is an
 * error as any other stray byte. An allocation failure is the error "out of
 * memory".
 */
int json_parse(struct json_doc *doc, const char *text, size_t len, enum json_rules rules,
               struct json_error *error);
void json_doc_clear(struct json_doc *doc);   /* nothing is in it: for one whose text may be gone */
void json_doc_free(struct json_doc *doc);

struct json json_root(const struct json_doc *doc);    /* absent when the doc is empty */

static inline enum json_type json_type(struct json value);
const char *json_type_name(enum json_type type);      /* "object", "number", …; for messages */
static inline bool json_is(struct json value, enum json_type type);
static inline bool json_present(struct json value);

/* Containers. json_get gives the first member of that (decoded) name. */
static inline uint32_t json_count(struct json container);     /* 0 for anything else */
struct json json_get(struct json object, const char *name);
static inline struct json json_first(struct json container);  /* absent when empty */
static inline struct json json_next(struct json element);     /* absent after the last */
static inline struct json json_key(struct json member);       /* a string value; absent for array elements */

/* `for (struct json m = json_first(c); json_present(m); m = json_next(m))` */
#define json_each(item, container) \
	for (struct json item = json_first(container); json_present(item); item = json_next(item))

/* The literal text, not NUL-terminated: `"a\u0041"` with its quotes, `1e3`, `{…}`. Never NULL. */
const char *json_span(struct json value, size_t *len);

/*
 * Strings, decoded. json_string copies into buf, always NUL-terminates, and returns
 * the decoded length; -1 when the value is no string, holds U+0000 or does not fit.
 * json_strdup allocates (free() it), NULL for the same reasons or out of memory.
 */
int   json_string(struct json value, char *buf, size_t size);
char *json_strdup(struct json value);
bool  json_is_string(struct json value, const char *expected);   /* decoded, exact */
size_t json_string_bytes(struct json value);                      /* decoded UTF-8 length; 0 for no string */
size_t json_string_chars(struct json value);                      /* decoded code points; 0 for no string */

/* Numbers. json_int64 accepts only integer literals (no fraction, no exponent) in range. */
bool json_int64(struct json value, int64_t *out);
bool json_double(struct json value, double *out);                 /* finite only */

/*
 * Appends a value as compact JSON: scalars as their literal text, containers without blanks and without what
 * JSON_LENIENT forgave. For what is kept or passed on.
 */
struct text;
void json_write(struct json value, struct text *out);

/* Text for people: 1-based line, and column counted in bytes. */
void json_position(const struct json_doc *doc, size_t at, unsigned *line, unsigned *column);
size_t json_offset(struct json value);                            /* of the literal, 0 when absent */

/*
 * Looks for `"id"` followed by `:` and a string or number literal in bytes that are not JSON,
 * so that a malformed request can be answered. Copies the decoded text; false when none is found.
 */
bool json_salvage_id(const char *text, size_t len, char *buf, size_t size);

/*
 * One escape sequence as it stands in a string, from its backslash on: the length (a surrogate
 * pair is one escape) and the code point; 0 when it is none.
 */
size_t json_escape(const unsigned char *s, size_t len, uint32_t *point);

/* --- a step from node to node, asked for a hundred times per message --- */

extern const struct json_node json_nothing;           /* what stands for an absent value */

static inline bool json_present(struct json value)
{
	return value.doc && value.node < value.doc->count;
}

/* The test is that of json_present, written out: what follows needs the document, and shows that it is there. */
static inline const struct json_node *json_node_of(struct json value)
{
	return value.doc && value.node < value.doc->count ? &value.doc->nodes[value.node] : &json_nothing;
}

static inline enum json_type json_type(struct json value)
{
	return (enum json_type)json_node_of(value)->type;
}

static inline bool json_is(struct json value, enum json_type type)
{
	return json_type(value) == type;
}

static inline uint32_t json_count(struct json container)
{
	return json_node_of(container)->count;
}

/* Node 0 is the root, so no key, member or element is ever node 0. */
static inline struct json json_related(struct json value, uint32_t node)
{
	return (struct json){ node ? value.doc : (const struct json_doc *)0, node };
}

static inline struct json json_first(struct json container)
{
	const struct json_node *node = json_node_of(container);

	if (!node->count)
		return (struct json){ 0 };
	return json_related(container, container.node + (node->type == JSON_OBJECT ? 2 : 1));   /* 2: behind its key */
}

static inline struct json json_next(struct json element)
{
	return json_related(element, json_node_of(element)->next);
}

static inline struct json json_key(struct json member)
{
	return json_related(member, json_node_of(member)->key);
}

#endif

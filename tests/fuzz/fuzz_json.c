/*
 * json.c against cJSON, an implementation by other people, and against itself.
 *
 * Whatever json.c accepts, cJSON must read as the same tree. What only cJSON accepts must be one
 * of the liberties listed below. The lenient rules must read what the strict ones read once the
 * stray commas are blanks.
 */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "text.h"

#define CJSON_NUMBER_MAX 63      /* cJSON cuts longer numbers */
#define COMMAS_MAX       200     /* rounds spent on a text with stray commas */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *input;
static size_t input_len;

/* Ends the run at the first surprise, with the text in a form that a test can take over. */
#define check(expression) \
	do { \
		if (!(expression)) \
			surprise(__LINE__, #expression); \
	} while (0)

static void surprise(int line, const char *expression)
{
	fprintf(stderr, "fuzz_json.c:%d: not so: %s\n\"", line, expression);
	for (size_t i = 0; i < input_len; i++)
		fprintf(stderr, input[i] >= ' ' && input[i] < 0x7F && input[i] != '"' && input[i] != '\\' ?
		                "%c" : "\\%03o", input[i]);
	fputs("\"\n", stderr);
	abort();
}

/* --- the same tree --- */

static void same_string(struct json string, const char *expected)
{
	size_t bytes = json_string_bytes(string), chars = 0;
	char *copy = json_strdup(string), *fitting = malloc(bytes + 1);

	check(json_is(string, JSON_STRING));
	check(fitting);
	if (!copy) {   /* holds U+0000, where cJSON's string ends */
		check(json_string(string, fitting, bytes + 1) == -1);
		check(strlen(expected) < bytes);
		check(!json_is_string(string, expected));
		free(fitting);
		return;
	}
	for (size_t i = 0, step; copy[i]; i += step, chars++) {
		step = utf8_length(copy + i, bytes - i);
		check(step);
	}
	check(!strcmp(copy, expected));
	check(strlen(expected) == bytes);
	check(json_string_chars(string) == chars);
	check(json_string(string, fitting, bytes + 1) == (int)bytes);
	check(!strcmp(fitting, expected));
	check(json_string(string, fitting, bytes) == -1);
	check(json_is_string(string, expected));
	free(copy);
	free(fitting);
}

static void same_number(struct json number, double expected)
{
	double real = 0;
	int64_t integer = 0;
	size_t len;
	const char *span = json_span(number, &len);
	bool plain = !memchr(span, '.', len) && !memchr(span, 'e', len) && !memchr(span, 'E', len);

	check(json_is(number, JSON_NUMBER));
	check(json_double(number, &real) == !!isfinite(expected));
	check(!isfinite(expected) || memcmp(&real, &expected, sizeof(real)) == 0);
	if (json_int64(number, &integer))
		check(plain && (double)integer == expected);
	else
		check(!plain || fabs(expected) >= 9223372036854775808.0);
}

static void same_tree(struct json value, const cJSON *expected)
{
	static const struct {
		enum json_type ours;
		int            theirs;
	} types[] = {
		{ JSON_NULL, cJSON_NULL }, { JSON_FALSE, cJSON_False }, { JSON_TRUE, cJSON_True },
		{ JSON_NUMBER, cJSON_Number }, { JSON_STRING, cJSON_String },
		{ JSON_ARRAY, cJSON_Array }, { JSON_OBJECT, cJSON_Object },
	};
	const cJSON *child = expected->child;
	uint32_t count = 0;
	size_t i = 0;

	while (i < sizeof(types) / sizeof(types[0]) && types[i].ours != json_type(value))
		i++;
	check(i < sizeof(types) / sizeof(types[0]) && types[i].theirs == (expected->type & 0xFF));
	if (json_is(value, JSON_STRING))
		same_string(value, expected->valuestring);
	if (json_is(value, JSON_NUMBER))
		same_number(value, expected->valuedouble);
	json_each(item, value) {
		check(child);
		check(json_present(json_key(item)) == json_is(value, JSON_OBJECT));
		if (json_is(value, JSON_OBJECT)) {
			char *name = json_strdup(json_key(item));

			same_string(json_key(item), child->string);
			if (name)   /* the first of that name, which this one may be */
				check(json_offset(json_get(value, name)) <= json_offset(item));
			free(name);
		}
		same_tree(item, child);
		child = child->next;
		count++;
	}
	check(!child);
	check(json_count(value) == count);
}

/* --- who accepts what --- */

static bool cjson_reads(const struct json_doc *doc)
{
	for (uint32_t i = 0; i < doc->count; i++)
		if (doc->nodes[i].type == JSON_NUMBER && doc->nodes[i].len > CJSON_NUMBER_MAX)
			return false;
	return true;
}

/* The liberties of cJSON, by where and why json.c stopped. */
static bool cjson_is_freer(const char *text, size_t len, const struct json_error *error)
{
	static const char *const reasons[] = {
		"nested too deeply", "not UTF-8", "control character in a string",
		"a number has no leading zeros", "expected a digit",
		"not an escape sequence, or half a surrogate pair",   /* it takes `\uZZZZ` for U+0000 */
	};

	if (error->at == 0 && len >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3))
		return true;   /* a byte order mark */
	if (error->at < len && (unsigned char)text[error->at] < 0x20)
		return true;   /* a control character as a blank */
	if (error->at == len && len && text[len - 1] == '.')
		return true;   /* a number that ends in its point */
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (!strcmp(error->message, reasons[i]))
			return true;
	return false;
}

static cJSON *cjson_parse_whole(const char *text, size_t len)
{
	const char *end = NULL;
	cJSON *tree = cJSON_ParseWithLengthOpts(text, len, &end, false);

	while (tree && end < text + len && (unsigned char)*end <= 0x20)
		end++;
	if (tree && end == text + len)
		return tree;
	cJSON_Delete(tree);
	return NULL;
}

static void against_cjson(const struct json_doc *doc, const struct json_error *error)
{
	char *text = malloc(doc->len + 1);   /* cJSON has read beyond its length in its time */
	cJSON *tree;

	check(text);
	memcpy(text, doc->text, doc->len);
	text[doc->len] = '\0';
	tree = cjson_parse_whole(text, doc->len);
	if (!doc->count) {
		check(!tree || cjson_is_freer(text, doc->len, error));
	} else if (cjson_reads(doc)) {
		check(tree);
		same_tree(json_root(doc), tree);
	}
	cJSON_Delete(tree);
	free(text);
}

static void same_nodes(const struct json_doc *a, const struct json_doc *b)
{
	check(a->count == b->count);
	for (uint32_t i = 0; i < a->count; i++) {
		const struct json_node *x = &a->nodes[i], *y = &b->nodes[i];

		check(x->at == y->at && x->len == y->len && x->next == y->next && x->key == y->key &&
		      x->count == y->count && x->type == y->type && x->escaped == y->escaped);
	}
}

/* Blanks the commas that strictness stops at, one by one: then both rules must agree. */
static void lenient_against_strict(const char *text, size_t len)
{
	struct json_doc strict = { 0 }, lenient = { 0 };
	struct json_error error = { 0 }, lenient_error = { 0 };
	int refused = json_parse(&lenient, text, len, JSON_LENIENT, &lenient_error), commas = 0;
	char *patched = malloc(len ? len : 1);

	check(patched);
	if (len)
		memcpy(patched, text, len);
	while (json_parse(&strict, patched, len, JSON_STRICT, &error) && commas < COMMAS_MAX &&
	       !strcmp(error.message, "stray comma")) {
		check(patched[error.at] == ',');
		patched[error.at] = ' ';
		commas++;
	}
	if (commas < COMMAS_MAX) {
		check(!refused == (strict.count > 0));
		same_nodes(&strict, &lenient);
		if (refused)
			check(error.at == lenient_error.at && !strcmp(error.message, lenient_error.message));
	}
	free(patched);
	json_doc_free(&strict);
	json_doc_free(&lenient);
}

/* --- positions, ids, and the writer --- */

static void position_of(const struct json_doc *doc, size_t at)
{
	unsigned line, column, expected_line = 1, expected_column = 1;

	for (size_t i = 0; i < at; i++) {
		expected_column = doc->text[i] == '\n' ? 1 : expected_column + 1;
		expected_line += doc->text[i] == '\n';
	}
	json_position(doc, at, &line, &column);
	check(line == expected_line && column == expected_column);
}

/* In a good text whose first member is "id", the salvaged id is the real one. */
static void salvage(const struct json_doc *doc)
{
	struct json id = json_first(json_root(doc));
	char found[24], expected[24];
	size_t len;
	const char *span = json_span(json_key(id), &len);
	bool salvaged = json_salvage_id(doc->text, doc->len, found, sizeof(found));

	if (salvaged)
		check(strlen(found) < sizeof(found));
	if (len != 4 || memcmp(span, "\"id\"", 4))
		return;
	span = json_span(id, &len);
	if (json_is(id, JSON_NUMBER) && len < sizeof(expected)) {
		memcpy(expected, span, len);
		expected[len] = '\0';
	} else if (json_string(id, expected, sizeof(expected)) < 0) {
		return;
	}
	check(salvaged && !strcmp(found, expected));
}

/* Any bytes, written as a string, are JSON, and the same string if they were UTF-8. */
static void writes_what_it_reads(const char *bytes, size_t len)
{
	struct text text = { 0 };
	struct json_doc doc = { 0 };
	bool utf8 = !memchr(bytes, '\0', len);
	char *plain;

	for (size_t i = 0, step; i < len && utf8; i += step) {
		step = utf8_length(bytes + i, len - i);
		utf8 = step > 0;
	}
	text_add_json_bytes(&text, bytes, len);
	check(!text.failed && text.at[text.len] == '\0');
	check(!json_parse(&doc, text.at, text.len, JSON_STRICT, NULL));
	check(json_is(json_root(&doc), JSON_STRING));
	if (utf8) {
		plain = json_strdup(json_root(&doc));
		check(plain && strlen(plain) == len && !memcmp(plain, bytes, len));
		free(plain);
	}
	text_free(&text);
	json_doc_free(&doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct json_doc doc;   /* reused, as the cloud reuses its own */
	struct json_error error = { 0 };
	const char *text = size ? (const char *)data : "";
	int refused;

	input = data;
	input_len = size;
	refused = json_parse(&doc, text, size, JSON_STRICT, &error);
	check(refused == (doc.count ? 0 : -1));
	if (refused)
		check(error.message && error.at <= size);
	against_cjson(&doc, &error);
	position_of(&doc, refused ? error.at : size / 2);
	salvage(&doc);
	lenient_against_strict(text, size);
	writes_what_it_reads(text, size);
	return 0;
}

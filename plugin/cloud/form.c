#include "form.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "settings.h"

#define HINT_ROWS_MAX 1000

/* --- complaining --- */

void complaints_end(struct complaints *complaints)
{
	if (complaints->errors > COMPLAINTS_MAX)
		text_addf(complaints->out, "and %u more\n", complaints->errors - COMPLAINTS_MAX);
	if (complaints->warnings > COMPLAINTS_MAX)
		text_addf(complaints->out, "and %u more warnings\n", complaints->warnings - COMPLAINTS_MAX);
}

void form_place(struct form *form, size_t at, struct text *out)
{
	const char *newline;

	if (at < form->at || !form->line) {
		form->line = 1;
		form->at = form->line_start = 0;
	}
	if (at > form->doc.len)
		at = form->doc.len;
	while ((newline = memchr(form->doc.text + form->at, '\n', at - form->at))) {
		form->line++;
		form->at = form->line_start = (size_t)(newline + 1 - form->doc.text);
	}
	form->at = at;
	text_addf(out, "%s:%u:%zu", form->name, form->line, at - form->line_start + 1);
}

/* A complaint is one line, and does nothing to a terminal, whatever names it shows. */
static void add_line(struct text *out, const char *message)
{
	for (; *message; message++)
		if ((unsigned char)*message < ' ' || *message == 0x7F)
			text_addf(out, "\\u%04x", (unsigned)*message);
		else
			text_add_char(out, *message);
	text_add_char(out, '\n');
}

__attribute__((format(printf, 4, 0)))
static void say(struct form *form, size_t at, unsigned *count, const char *format, va_list args)
{
	struct complaints *complaints = form->complaints;
	char message[512];

	if ((*count)++ >= COMPLAINTS_MAX)
		return;
	vsnprintf(message, sizeof(message), format, args);
	form_place(form, at, complaints->out);
	text_add(complaints->out, count == &complaints->warnings ? ": warning: " : ": ");
	add_line(complaints->out, message);
}

void form_complain_at(struct form *form, size_t at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(form, at, &form->complaints->errors, format, args);
	va_end(args);
}

void form_complain(struct form *form, struct json at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(form, json_offset(at), &form->complaints->errors, format, args);
	va_end(args);
}

void form_warn(struct form *form, struct json at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(form, json_offset(at), &form->complaints->warnings, format, args);
	va_end(args);
}

const char *form_show(struct json string, char buf[FORM_SHOW_SIZE])
{
	static const size_t most = FORM_SHOW_SIZE - sizeof("…");
	size_t len, room;
	const char *literal = json_span(string, &len);

	if (len < 2)
		return strcpy(buf, "");
	literal++;
	len -= 2;
	room = len <= most ? len : most;
	while (room < len && room && ((unsigned char)literal[room] & 0xC0) == 0x80)
		room--;   /* not in the middle of a character */
	memcpy(buf, literal, room);
	strcpy(buf + room, room < len ? "…" : "");
	return buf;
}

const char *form_hint(struct form *form, struct json string, const void *rows, size_t count, size_t stride,
                      char buf[FORM_HINT_SIZE])
{
	char word[65];
	const char *near = NULL;

	if (form->complaints->errors < COMPLAINTS_MAX && json_string(string, word, sizeof(word)) > 0)
		near = suggest(word, rows, count < HINT_ROWS_MAX ? count : HINT_ROWS_MAX, stride);
	snprintf(buf, FORM_HINT_SIZE, "%s%s%s", near ? ", did you mean `" : "", near ? near : "", near ? "`?" : "");
	return buf;
}

/* --- opening --- */

/* A key of an object, decoded. */
struct name {
	const char *at;
	size_t      len;
	char       *owned;     /* of a key with escapes, else NULL */
	struct json key;
};

static int compare_names(const void *a, const void *b)
{
	const struct name *left = a, *right = b;
	size_t len = left->len < right->len ? left->len : right->len;
	int order = memcmp(left->at, right->at, len);

	if (!order)
		order = (left->len > right->len) - (left->len < right->len);
	if (!order)
		order = (left->key.node > right->key.node) - (left->key.node < right->key.node);
	return order;
}

/* Sorting keeps an object of a million keys from costing a million squared. */
static void check_twice(struct form *form, struct json object)
{
	struct name *names = calloc(json_count(object), sizeof(*names));
	char shown[FORM_SHOW_SIZE];
	size_t count = 0, i;

	if (!names) {
		form_complain(form, object, "out of memory");
		return;
	}
	json_each(member, object) {
		struct name *name = &names[count];

		name->key = json_key(member);
		name->at = json_span(name->key, &name->len) + 1;
		name->len -= 2;
		if (memchr(name->at, '\\', name->len)) {
			name->at = name->owned = json_strdup(name->key);
			if (!name->at) {
				form_complain(form, name->key, "a key must not hold \\u0000");
				continue;
			}
			name->len = strlen(name->at);
		}
		count++;
	}
	qsort(names, count, sizeof(*names), compare_names);
	for (i = 0; i < count; i++) {
		if (i && names[i].len == names[i - 1].len && !memcmp(names[i].at, names[i - 1].at, names[i].len))
			form_complain(form, names[i].key, "`%s` is here twice", form_show(names[i].key, shown));
	}
	for (i = 0; i < count; i++)
		free(names[i].owned);
	free(names);
}

bool form_open(struct form *form, const char *name, const char *text, size_t len, struct complaints *complaints)
{
	struct json_error error;
	uint32_t node;

	*form = (struct form){ .name = name, .complaints = complaints };
	if (json_parse(&form->doc, text, len, JSON_STRICT, &error)) {
		form_complain_at(form, error.at, "%s", error.message);
		return false;
	}
	for (node = 0; node < form->doc.count; node++) {
		struct json value = { &form->doc, node };

		if (json_is(value, JSON_OBJECT) && json_count(value) > 1)
			check_twice(form, value);
	}
	return true;
}

void form_close(struct form *form)
{
	json_doc_free(&form->doc);
}

/* --- checking --- */

static const char *type_phrase(enum json_type type)
{
	static const char *const phrases[] = {
		[JSON_ABSENT] = "nothing", [JSON_NULL] = "null", [JSON_FALSE] = "false", [JSON_TRUE] = "true",
		[JSON_NUMBER] = "a number", [JSON_STRING] = "a string", [JSON_ARRAY] = "an array",
		[JSON_OBJECT] = "an object",
	};

	return phrases[type];
}

/* "a string, an object or an array" */
static const char *types_phrase(unsigned types, char *buf, size_t size)
{
	static const struct {
		unsigned    types;
		const char *phrase;
	} rows[] = {
		{ FORM_BOOLEAN, "true or false" }, { FORM_NUMBER, "a number" }, { FORM_STRING, "a string" },
		{ FORM_OBJECT, "an object" },      { FORM_ARRAY, "an array" },
	};
	size_t i, used = 0;

	buf[0] = '\0';
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!(types & rows[i].types))
			continue;
		types &= ~rows[i].types;
		used += (size_t)snprintf(buf + used, size - used, "%s%s",
		                         !used ? "" : types ? ", " : " or ", rows[i].phrase);
	}
	return buf;
}

static const struct form_key *key_named(struct json name, const struct form_key *keys, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (json_is_string(name, keys[i].name))
			return &keys[i];
	return NULL;
}

/* No name, path or secret of ours may hold U+0000. (The literal `\\u0000`, a backslash and letters, is none either.) */
static bool holds_nul(struct json string)
{
	size_t len;
	const char *literal = json_span(string, &len);

	return memmem(literal, len, "\\u0000", 6);
}

static void check_value(struct form *form, struct json value, const struct form_key *key)
{
	char buf[160];

	if (!(key->types & 1U << json_type(value)))
		form_complain(form, value, "`%s` must be %s, not %s", key->name,
		              types_phrase(key->types, buf, sizeof(buf)), type_phrase(json_type(value)));
	else if (json_is(value, JSON_STRING) && holds_nul(value))
		form_complain(form, value, "`%s` must not hold \\u0000", key->name);
	else if (key->words && json_is(value, JSON_STRING) && words_find(key->words, value) < 0)
		form_complain(form, value, "`%s` must be one of %s", key->name,
		              words_list(key->words, buf, sizeof(buf)));
}

void form_check(struct form *form, struct json object, const struct form_key *keys, size_t count)
{
	char hint[FORM_HINT_SIZE], shown[FORM_SHOW_SIZE];
	size_t i;

	if (!json_is(object, JSON_OBJECT)) {
		form_complain(form, object, "this must be an object, not %s", type_phrase(json_type(object)));
		return;
	}
	json_each(member, object) {
		const struct form_key *key = key_named(json_key(member), keys, count);

		if (key)
			check_value(form, member, key);
		else
			form_complain(form, json_key(member), "unknown key `%s`%s", form_show(json_key(member), shown),
			              form_hint(form, json_key(member), keys, count, sizeof(keys[0]), hint));
	}
	for (i = 0; i < count; i++)
		if (keys[i].required && !json_present(json_get(object, keys[i].name)))
			form_complain(form, object, "`%s` is missing", keys[i].name);
}

/* --- files --- */

char *file_load(const char *path, size_t max, size_t *len, char *why, size_t why_size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);   /* a FIFO must not hang the caller */
	struct stat info;
	char *bytes = NULL;
	ssize_t got = 1;

	*len = 0;
	if (file < 0 || fstat(file, &info)) {
		snprintf(why, why_size, "cannot be read: %s", strerror(errno));
	} else if (!S_ISREG(info.st_mode)) {
		snprintf(why, why_size, "is not a regular file");
	} else if ((unsigned long long)info.st_size > max) {
		snprintf(why, why_size, "is larger than %zu bytes", max);
	} else if (!(bytes = malloc((size_t)info.st_size + 1))) {
		snprintf(why, why_size, "cannot be read: out of memory");
	} else {
		while (*len < (size_t)info.st_size && got > 0) {
			got = read(file, bytes + *len, (size_t)info.st_size - *len);
			if (got > 0)
				*len += (size_t)got;
			else if (got < 0 && errno == EINTR)
				got = 1;
		}
		if (got < 0) {
			snprintf(why, why_size, "cannot be read: %s", strerror(errno));
			free(bytes);
			bytes = NULL;
		}
	}
	if (file >= 0)
		close(file);
	if (!bytes)
		return NULL;
	if (*len >= 3 && !memcmp(bytes, "\xEF\xBB\xBF", 3))
		memmove(bytes, bytes + 3, *len -= 3);
	bytes[*len] = '\0';
	return bytes;
}

char *file_path(const char *folder, const char *path)
{
	char *joined;

	if (path[0] == '/' || !folder[0])
		return strdup(path);
	if (asprintf(&joined, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", path) < 0)
		return NULL;
	return joined;
}

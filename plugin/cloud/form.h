/*
 * A file that people write, read strictly: whatever is not expected becomes a complaint that names the
 * place, and a suggestion where one is near. Cloud files, thing models and scenarios share it.
 *
 * A reader says what an object may hold in a table of keys, which the file's JSON Schema is tested against, and
 * then takes the values: one of the wrong type was complained about and is left to read as absent.
 */
#ifndef ALINK_FORM_H
#define ALINK_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"
#include "text.h"

#define COMPLAINTS_MAX 50   /* lines; complaints beyond are only counted */

/* Lines of `FILE:LINE:COLUMN: message`, and of `FILE:LINE:COLUMN: warning: message`. */
struct complaints {
	struct text *out;               /* borrowed */
	unsigned     errors, warnings;  /* met so far */
};

/* Says how many more there were than were written. */
void complaints_end(struct complaints *complaints);

struct form {
	const char        *name;        /* the file, as messages call it; borrowed */
	struct json_doc    doc;
	struct complaints *complaints;
	/* private: the place asked for last, so that a walk through a file finds all its places in one pass */
	size_t   at, line_start;
	unsigned line;
};

/*
 * Parses `text`, which must outlive the form, and complains about keys that an object has twice. False,
 * after a complaint, when the text is no JSON; the form may then still be closed.
 */
bool form_open(struct form *form, const char *name, const char *text, size_t len, struct complaints *complaints);
void form_close(struct form *form);

/* "FILE:LINE:COLUMN" of a byte of the document. */
void form_place(struct form *form, size_t at, struct text *out);

void form_complain(struct form *form, struct json at, const char *format, ...) __attribute__((format(printf, 3, 4)));
void form_complain_at(struct form *form, size_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));
void form_warn(struct form *form, struct json at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What a value may be. */
enum {
	FORM_BOOLEAN = 1 << JSON_FALSE | 1 << JSON_TRUE,
	FORM_NUMBER  = 1 << JSON_NUMBER,
	FORM_STRING  = 1 << JSON_STRING,
	FORM_ARRAY   = 1 << JSON_ARRAY,
	FORM_OBJECT  = 1 << JSON_OBJECT,
};

struct form_key {
	const char *name;
	unsigned    types;      /* FORM_… */
	const char *words;      /* what a string may be, separated by blanks; NULL: anything */
	bool        required;
};

/*
 * Complains about all in `object` that the table does not allow: another type than an object, unknown keys,
 * missing ones, wrong types, other words.
 */
void form_check(struct form *form, struct json object, const struct form_key *keys, size_t count);

/*
 * ", did you mean `x`?" for the row nearest to the string (see suggest), or "". Returns buf. As this takes a while,
 * it looks at the first thousand rows only, and not at all when the next complaint is not shown.
 */
#define FORM_HINT_SIZE 96
const char *form_hint(struct form *form, struct json string, const void *rows, size_t count, size_t stride,
                      char buf[FORM_HINT_SIZE]);

/* A string for a message: its literal without the quotes, cut off when long, so without control characters. */
#define FORM_SHOW_SIZE 72
const char *form_show(struct json string, char buf[FORM_SHOW_SIZE]);

/*
 * The bytes of a regular file, NUL-terminated (free() them), without a byte order mark; NULL with `why` set to
 * what follows "the file": "cannot be read: No such file or directory", "is larger than 16384 bytes".
 */
char *file_load(const char *path, size_t max, size_t *len, char *why, size_t why_size);

/* `path` as seen from `folder`; NULL when out of memory. free() it. */
char *file_path(const char *folder, const char *path);

#endif

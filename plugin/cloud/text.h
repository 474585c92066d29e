/*
 * Text that only grows: how replies, reasons and topics are written.
 *
 * `struct text t = { 0 };` is a valid empty text. Running out of memory sets
 * `failed` and makes every later call a no-op, so a writer checks once, at the
 * end. A text is always NUL-terminated once anything was added.
 */
#ifndef ALINK_TEXT_H
#define ALINK_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char  *at;       /* owned; NULL while empty */
	size_t len;      /* bytes, without the NUL */
	size_t size;     /* allocated */
	bool   failed;
};

void text_add(struct text *text, const char *more);
void text_add_bytes(struct text *text, const void *more, size_t len);
void text_add_char(struct text *text, char c);
void text_add_int(struct text *text, int64_t number);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A JSON string literal, quotes included. Bytes that are not UTF-8 become U+FFFD. */
void text_add_json(struct text *text, const char *string);
void text_add_json_bytes(struct text *text, const char *string, size_t len);

/* `"name":`, preceded by a comma unless it follows `{`, `[` or nothing. */
void text_add_key(struct text *text, const char *name);
/* A whole member: a string, or null for NULL; Unix ms, or null for 0, which is never. */
void text_add_member(struct text *text, const char *name, const char *value);
void text_add_time(struct text *text, const char *name, int64_t time_ms);
/* A comma unless the text ends in `{`, `[`, `:` or is empty: before an array's next element. */
void text_add_comma(struct text *text);

/* Lower-case hex digits. */
void text_add_hex(struct text *text, const unsigned char *bytes, size_t len);

/* Length of the well-formed UTF-8 sequence that `bytes` begin with; 0 when they begin with none. */
size_t utf8_length(const char *bytes, size_t len);

/* Never NULL. */
const char *text_string(const struct text *text);

/* Empties without releasing, so that a scratch text costs no allocation. */
void text_clear(struct text *text);
void text_free(struct text *text);

/* Hands the bytes over (free() them) and leaves the text empty; NULL when it failed. */
char *text_take(struct text *text);

#endif

#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for `more` bytes and a NUL. */
static bool text_reserve(struct text *text, size_t more)
{
	size_t size = text->size ? text->size : 128;
	char *grown;

	if (text->failed)
		return false;
	if (more < text->size - text->len && text->at)
		return true;
	while (size - text->len <= more) {
		if (size > SIZE_MAX / 2) {
			text->failed = true;
			return false;
		}
		size *= 2;
	}
	grown = realloc(text->at, size);
	if (!grown) {
		text->failed = true;
		return false;
	}
	text->at = grown;
	text->size = size;
	return true;
}

void text_add_bytes(struct text *text, const void *more, size_t len)
{
	/* Nearly always there is room. */
	if ((len >= text->size - text->len || text->failed) && !text_reserve(text, len))
		return;
	if (len)
		memcpy(text->at + text->len, more, len);
	text->len += len;
	text->at[text->len] = '\0';
}

void text_add(struct text *text, const char *more)
{
	text_add_bytes(text, more, strlen(more));
}

void text_add_char(struct text *text, char c)
{
	text_add_bytes(text, &c, 1);
}

void text_add_int(struct text *text, int64_t number)
{
	/* On every message's way more than once: snprintf would cost as much as all the rest of an answer. */
	uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	char digits[24], *at = digits + sizeof(digits);

	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (number < 0)
		*--at = '-';
	text_add_bytes(text, at, (size_t)(digits + sizeof(digits) - at));
}

void text_addf(struct text *text, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || !text_reserve(text, (size_t)len)) {
		text->failed = true;
		return;
	}
	va_start(args, format);
	vsnprintf(text->at + text->len, (size_t)len + 1, format, args);
	va_end(args);
	text->len += (size_t)len;
}

size_t utf8_length(const char *bytes, size_t len)
{
	const unsigned char *s = (const unsigned char *)bytes;
	size_t need, i;

	if (!len)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xC2 && s[0] <= 0xDF)
		need = 2;
	else if (s[0] >= 0xE0 && s[0] <= 0xEF)
		need = 3;
	else if (s[0] >= 0xF0 && s[0] <= 0xF4)
		need = 4;
	else
		return 0;
	if (len < need)
		return 0;
	for (i = 1; i < need; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
	    (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
		return 0;   /* overlong, surrogate, beyond U+10FFFF */
	return need;
}

void text_add_json_bytes(struct text *text, const char *string, size_t len)
{
	const unsigned char *s = (const unsigned char *)string;
	size_t plain = 0, i = 0;

	text_add_char(text, '"');
	while (i < len) {
		size_t sequence;

		if (s[i] >= 0x20 && s[i] < 0x80 && s[i] != '"' && s[i] != '\\') {
			i++;
			continue;
		}
		sequence = utf8_length(string + i, len - i);
		if (sequence > 1) {
			i += sequence;
			continue;
		}
		text_add_bytes(text, s + plain, i - plain);
		switch (s[i]) {
		case '"':  text_add(text, "\\\""); break;
		case '\\': text_add(text, "\\\\"); break;
		case '\n': text_add(text, "\\n"); break;
		case '\r': text_add(text, "\\r"); break;
		case '\t': text_add(text, "\\t"); break;
		default:
			if (sequence == 1)
				text_addf(text, "\\u%04x", s[i]);
			else
				text_add(text, "\xEF\xBF\xBD");
		}
		plain = ++i;
	}
	text_add_bytes(text, s + plain, len - plain);
	text_add_char(text, '"');
}

void text_add_json(struct text *text, const char *string)
{
	text_add_json_bytes(text, string, strlen(string));
}

void text_add_comma(struct text *text)
{
	char last = text->len ? text->at[text->len - 1] : '[';

	if (last != '{' && last != '[' && last != ':')
		text_add_char(text, ',');
}

void text_add_key(struct text *text, const char *name)
{
	text_add_comma(text);
	text_add_json(text, name);
	text_add_char(text, ':');
}

void text_add_member(struct text *text, const char *name, const char *value)
{
	text_add_key(text, name);
	if (value)
		text_add_json(text, value);
	else
		text_add(text, "null");
}

void text_add_time(struct text *text, const char *name, int64_t time_ms)
{
	text_add_key(text, name);
	if (time_ms)
		text_add_int(text, time_ms);
	else
		text_add(text, "null");
}

void text_add_hex(struct text *text, const unsigned char *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char piece[64];
	size_t i, used = 0;

	for (i = 0; i < len; i++) {
		piece[used++] = digits[bytes[i] >> 4];
		piece[used++] = digits[bytes[i] & 15];
		if (used == sizeof(piece) || i + 1 == len) {
			text_add_bytes(text, piece, used);
			used = 0;
		}
	}
}

const char *text_string(const struct text *text)
{
	return text->at && !text->failed ? text->at : "";
}

void text_clear(struct text *text)
{
	text->len = 0;
	text->failed = false;
	if (text->at)
		text->at[0] = '\0';
}

void text_free(struct text *text)
{
	free(text->at);
	*text = (struct text){ 0 };
}

char *text_take(struct text *text)
{
	char *taken = NULL;

	if (!text->failed && text_reserve(text, 0)) {
		taken = text->at;
		taken[text->len] = '\0';
		text->at = NULL;
	}
	text_free(text);
	return taken;
}

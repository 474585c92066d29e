#include "cesu8.h"

#include <stdint.h>

static void add_surrogate(struct text *text, uint32_t unit)
{
	const char bytes[3] = { (char)0xED, (char)(0x80 | (unit >> 6 & 0x3F)), (char)(0x80 | (unit & 0x3F)) };

	text_add_bytes(text, bytes, sizeof(bytes));
}

void text_add_cesu8(struct text *text, const char *utf8, size_t len)
{
	const unsigned char *s = (const unsigned char *)utf8;
	size_t i, from = 0;

	for (i = 0; i + 3 < len; i++) {
		uint32_t point;

		if (s[i] < 0xF0 || s[i] > 0xF4)
			continue;
		point = (s[i] & 7u) << 18 | (s[i + 1] & 0x3Fu) << 12 | (s[i + 2] & 0x3Fu) << 6 | (s[i + 3] & 0x3Fu);
		if (point < 0x10000 || point > 0x10FFFF)
			continue;
		text_add_bytes(text, utf8 + from, i - from);
		add_surrogate(text, 0xD800 + ((point - 0x10000) >> 10));
		add_surrogate(text, 0xDC00 + ((point - 0x10000) & 0x3FF));
		i += 3;
		from = i + 1;
	}
	text_add_bytes(text, utf8 + from, len - from);
}

/* The surrogate that begins at s[i], 0 when none does. */
static uint32_t surrogate(const unsigned char *s, size_t len, size_t i)
{
	if (i + 2 >= len || s[i] != 0xED || s[i + 1] < 0xA0 || s[i + 1] > 0xBF || (s[i + 2] & 0xC0) != 0x80)
		return 0;
	return 0xD000 | (s[i + 1] & 0x3Fu) << 6 | (s[i + 2] & 0x3Fu);
}

void text_add_utf8(struct text *text, const char *cesu8, size_t len)
{
	const unsigned char *s = (const unsigned char *)cesu8;
	size_t i = 0, from = 0;

	while (i < len) {
		uint32_t high = surrogate(s, len, i), low = high ? surrogate(s, len, i + 3) : 0;

		if (!high) {
			i++;
			continue;
		}
		text_add_bytes(text, cesu8 + from, i - from);
		if (high < 0xDC00 && low >= 0xDC00) {
			uint32_t point = 0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF);
			const char bytes[4] = {
				(char)(0xF0 | point >> 18), (char)(0x80 | (point >> 12 & 0x3F)),
				(char)(0x80 | (point >> 6 & 0x3F)), (char)(0x80 | (point & 0x3F)),
			};

			text_add_bytes(text, bytes, sizeof(bytes));
			i += 6;
		} else {
			text_add(text, "\xEF\xBF\xBD");
			i += 3;
		}
		from = i;
	}
	text_add_bytes(text, cesu8 + from, len - from);
}

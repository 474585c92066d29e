/*
 * Sources of scripts: what is said to be newer than ECMAScript 5 stands where it is said to; and strings on their way
 * into the engine and back, which must come back as they were.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cesu8.h"
#include "es5.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(expression) \
	do { \
		if (!(expression)) { \
			fprintf(stderr, "fuzz_script.c:%d: not so: %s\n", __LINE__, #expression); \
			abort(); \
		} \
	} while (0)

static size_t valid_utf8(const char *bytes, size_t len)
{
	size_t at = 0, one;

	while (at < len && (one = utf8_length(bytes + at, len - at)) > 0)
		at += one;
	return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *source = (const char *)data;
	struct text inside = { 0 }, back = { 0 };
	struct es5_find find = { 0 };
	size_t len;

	if (es5_find_newer(source, size, &find)) {
		check(find.construct && *find.construct);
		check(find.line >= 1 && find.line <= size + 1 && find.column >= 1 && find.column <= size + 1);
	}
	/* From a script anything may come. */
	text_add_utf8(&back, source, size);
	check(back.len <= size);
	text_clear(&back);
	len = valid_utf8(source, size);
	text_add_cesu8(&inside, source, len);
	text_add_utf8(&back, text_string(&inside), inside.len);
	check(back.len == len && (!len || !memcmp(back.at, source, len)));
	text_free(&inside);
	text_free(&back);
	return 0;
}

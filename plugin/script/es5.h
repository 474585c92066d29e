/*
 * What in a script is newer than ECMAScript 5.
 *
 * doc: "Data parsing": JavaScript scripts are ECMAScript 5. The engine would say "parse error" to an arrow function
 * and run `const` happily, so the words and signs that only later editions have are looked for here, and named.
 */
#ifndef ALINK_ES5_H
#define ALINK_ES5_H

#include <stdbool.h>
#include <stddef.h>

struct es5_find {
	const char *construct;   /* "`let`", "arrow function (`=>`)"; static */
	unsigned    line, column;
};

/*
 * The first newer construct of `source` (not NUL-terminated); false when there is none. A source that is no
 * JavaScript at all may yield either: the engine has the last word on that.
 */
bool es5_find_newer(const char *source, size_t len, struct es5_find *find);

#endif

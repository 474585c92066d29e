/* What a script finds in its global object, beyond and instead of what the engine puts there. */
#ifndef ALINK_PRELUDE_H
#define ALINK_PRELUDE_H

/*
 * ECMAScript 5 text of a function (host), run once before an engine's first image is made. `host` offers now() (the
 * cloud's time in ms), random() (0 to 1) and write(text) (a line of the console).
 */
extern const char prelude[];

#endif

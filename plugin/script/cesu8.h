/*
 * Strings across the border of the script engine, which counts in UTF-16 as ECMAScript does and keeps what lies
 * beyond 16 bits as two surrogates of three bytes each (CESU-8). Everywhere else is UTF-8.
 */
#ifndef ALINK_CESU8_H
#define ALINK_CESU8_H

#include "text.h"

/* UTF-8 for the engine. */
void text_add_cesu8(struct text *text, const char *utf8, size_t len);
/* What came from the engine; half a pair, which UTF-8 cannot hold, becomes U+FFFD. */
void text_add_utf8(struct text *text, const char *cesu8, size_t len);

#endif

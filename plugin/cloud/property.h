/* Finding a property by the name a message gives it. Inside the core only. */
#ifndef ALINK_PROPERTY_H
#define ALINK_PROPERTY_H

#include "state.h"

/* CODE_SUCCESS with the model's row, else 5490, 6320 or 5092 with a reason added. */
enum code property_find(const struct product *product, const char *name, size_t len, int *property, struct text *why);

/* A `module:` that the product's model lacks: 5490 with a reason added, else CODE_SUCCESS. */
enum code module_check(const struct product *product, const char *name, size_t len, struct text *why);

#endif

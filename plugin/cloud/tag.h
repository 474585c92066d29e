/*
 * Tags: text that a device or an application attaches to a device. Inside the core only.
 *
 * doc: "Device tags"; things-and-data reference, section 5.2. sdk: C SDK 3 sends its version and language as
 * tags of the domain SYSTEM at each connect; those are kept apart from the others.
 */
#ifndef ALINK_TAG_H
#define ALINK_TAG_H

#include "code.h"
#include "state.h"

#define TAG_VALUE_MAX 128   /* bytes; guess: the documents name only characters */
#define TAGS_PER_REQUEST 200

/* [{"attrKey":"room","attrValue":"attic"},{…,"domain":"SYSTEM"}], as the API shows it. */
void tags_write(const struct device *device, struct text *out);

/*
 * Changes tags: an object of name (those of the domain SYSTEM with `SYSTEM:` before it) to text, or to null,
 * which removes. CODE_BAD_PARAMS when a name or a value is
 * none, or with it the device would have more than tagsPerDevice; then nothing has changed.
 */
enum code tags_change(struct cloud *cloud, struct device *device, struct json changes, struct text *why);

#endif

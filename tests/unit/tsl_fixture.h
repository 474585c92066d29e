/* Thing models for tests, written with ' for " so that they stay readable in C. */
#ifndef TSL_FIXTURE_H
#define TSL_FIXTURE_H

#include "tsl.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* free() it. */
static inline char *unquoted(const char *text)
{
	char *copy = strdup(text);

	ck_assert_ptr_nonnull(copy);
	for (char *at = copy; (at = strchr(at, '\'')); )
		*at = '"';
	return copy;
}

struct document {
	char           *text;
	struct json_doc doc;
};

static inline struct document document_of(const char *text)
{
	struct document document = { .text = unquoted(text) };
	struct json_error error;

	ck_assert_msg(!json_parse(&document.doc, document.text, strlen(document.text), JSON_STRICT, &error),
	              "%s at %zu of %s", error.message, error.at, text);
	return document;
}

static inline void document_free(struct document *document)
{
	json_doc_free(&document->doc);
	free(document->text);
}

static inline struct settings default_settings(void)
{
	struct settings settings;

	settings_init(&settings, PROFILE_TEST);
	return settings;
}

/* A model that must be good; it outlives its text. */
static inline struct tsl *tsl_of(const char *text, const struct settings *settings)
{
	struct document document = document_of(text);
	struct tsl_error error;
	struct tsl *tsl = tsl_new(json_root(&document.doc), settings, &error);

	ck_assert_msg(tsl, "%s at byte %zu of %s", error.message, error.at, text);
	document_free(&document);
	return tsl;
}

#endif

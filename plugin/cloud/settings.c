#include "settings.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "form.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define WORD_MAX 64   /* longer words are compared by their beginning */

static const struct limit_row limits[] = {
#define LIMIT(field, name, test, platform, beyond) \
	{ name, test, platform, beyond, offsetof(struct settings, limits.field) },
#define OPTION(field, name, values, what)
#include "settings.def"
#undef LIMIT
#undef OPTION
};

static const struct option_row options[] = {
#define LIMIT(field, name, test, platform, beyond)
#define OPTION(field, name, values, what) { name, values, what, offsetof(struct settings, options.field) },
#include "settings.def"
#undef LIMIT
#undef OPTION
};

const struct limit_row *settings_limits(size_t *count)
{
	*count = COUNT(limits);
	return limits;
}

const struct option_row *settings_options(size_t *count)
{
	*count = COUNT(options);
	return options;
}

static int64_t *limit_field(struct settings *settings, const struct limit_row *row)
{
	return (int64_t *)((char *)settings + row->offset);
}

static int *option_field(struct settings *settings, const struct option_row *row)
{
	return (int *)((char *)settings + row->offset);
}

bool option_is_boolean(const struct option_row *row)
{
	return !strcmp(row->values, "false true") || !strcmp(row->values, "true false");
}

void settings_init(struct settings *settings, enum profile profile)
{
	size_t i;

	memset(settings, 0, sizeof(*settings));
	settings->profile = profile;
	for (i = 0; i < COUNT(limits); i++)
		*limit_field(settings, &limits[i]) =
			profile == PROFILE_PLATFORM ? limits[i].platform : limits[i].test;
	for (i = 0; i < COUNT(options); i++)
		*option_field(settings, &options[i]) = !strcmp(options[i].values, "true false");
}

/* The row that a member names; fills buf when there is none. */
static const void *row_of(struct json member, const void *rows, size_t count, size_t stride, const char *kind,
                          char *buf, size_t size)
{
	char name[WORD_MAX + 1], shown[FORM_SHOW_SIZE];
	const char *near;
	size_t i;

	if (json_string(json_key(member), name, sizeof(name)) < 0) {
		snprintf(buf, size, "unknown %s", kind);
		return NULL;
	}
	for (i = 0; i < count; i++) {
		const char *const *row = (const void *)((const char *)rows + i * stride);

		if (!strcmp(*row, name))
			return row;
	}
	near = suggest(name, rows, count, stride);
	/* As it is written: decoded it may hold line breaks. */
	form_show(json_key(member), shown);
	snprintf(buf, size, near ? "unknown %s `%s`, did you mean `%s`?" : "unknown %s `%s`", kind, shown, near);
	return NULL;
}

const char *settings_set_limit(struct settings *settings, struct json member, char *buf, size_t size)
{
	const struct limit_row *row = row_of(member, limits, COUNT(limits), sizeof(limits[0]), "limit", buf, size);
	int64_t number;

	if (!row)
		return buf;
	if (!json_int64(member, &number) || number < 0 || number > LIMIT_MAX) {
		snprintf(buf, size, "`%s` must be a whole number from 0 (off) to %" PRId64,
		         row->name, (int64_t)LIMIT_MAX);
		return buf;
	}
	*limit_field(settings, row) = number;
	return NULL;
}

int words_find(const char *words, struct json value)
{
	char decoded[WORD_MAX + 1];
	const char *word = decoded;
	size_t len;
	int index = 0;

	if (json_is(value, JSON_NUMBER))
		word = json_span(value, &len);
	else if (json_string(value, decoded, sizeof(decoded)) >= 0)
		len = strlen(decoded);
	else
		return -1;
	for (; *words; index++) {
		size_t span = strcspn(words, " ");

		if (span == len && !memcmp(words, word, len))
			return index;
		words += span + (words[span] == ' ');
	}
	return -1;
}

const char *words_list(const char *words, char *buf, size_t size)
{
	size_t at = 0;

	for (; *words && at + 2 < size; words++) {
		if (*words == ' ')
			buf[at++] = ',';
		buf[at++] = *words;
	}
	buf[at] = '\0';
	return buf;
}

const char *settings_set_option(struct settings *settings, struct json member, char *buf, size_t size)
{
	const struct option_row *row = row_of(member, options, COUNT(options), sizeof(options[0]), "option", buf, size);
	char values[128];
	int index = -1;

	if (!row)
		return buf;
	if (!option_is_boolean(row))
		index = words_find(row->values, member);
	else if (json_is(member, JSON_TRUE) || json_is(member, JSON_FALSE))
		index = json_is(member, JSON_TRUE);
	if (index >= 0) {
		*option_field(settings, row) = index;
		return NULL;
	}
	if (option_is_boolean(row))
		snprintf(buf, size, "`%s` must be true or false", row->name);
	else
		snprintf(buf, size, "`%s` must be one of %s", row->name,
		         words_list(row->values, values, sizeof(values)));
	return buf;
}

const char *option_value(const struct settings *settings, const struct option_row *row, char *buf, size_t size)
{
	int index = *(const int *)((const char *)settings + row->offset);
	const char *values = row->values;

	if (option_is_boolean(row))
		return index ? "true" : "false";
	for (; index > 0 && *values; index--) {
		values += strcspn(values, " ");
		values += *values == ' ';
	}
	snprintf(buf, size, "%.*s", (int)strcspn(values, " "), values);
	return buf;
}

/* Levenshtein's edit distance, blind to case. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t a_len = strnlen(a, WORD_MAX), b_len = strnlen(b, WORD_MAX), i, j;
	size_t row[WORD_MAX + 1];

	for (j = 0; j <= b_len; j++)
		row[j] = j;
	for (i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= b_len; j++) {
			size_t best = diagonal +
				(tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[b_len];
}

const char *suggest(const char *word, const void *rows, size_t count, size_t stride)
{
	size_t best = 2 + strnlen(word, WORD_MAX) / 4, i;   /* one letter in four may differ, and one more */
	const char *nearest = NULL;

	for (i = 0; i < count; i++) {
		const char *const *row = (const void *)((const char *)rows + i * stride);
		size_t distance = edit_distance(word, *row);

		if (distance < best) {
			best = distance;
			nearest = *row;
		}
	}
	return nearest;
}

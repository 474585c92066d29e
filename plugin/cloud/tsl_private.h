/* What the files of the thing model share among themselves. */
#ifndef ALINK_TSL_PRIVATE_H
#define ALINK_TSL_PRIVATE_H

#include "tsl.h"

/* Zeroed memory that lives as long as the model; NULL when there is none left. */
void *tsl_alloc(struct tsl *tsl, size_t size);

/* Makes the features findable, once they are all there. False: out of memory. */
bool tsl_index_build(struct tsl *tsl);

/* doc: "TSL fields": array supports int, double, float, text and struct; values of others are refused with 6325 */
bool tsl_type_in_array(enum tsl_type type);

/*
 * A scalar's literal for a message: at most 40 bytes of it, then `…`. Returns `buf`.
 * Containers are not shown: they may hold line breaks.
 */
#define TSL_EXCERPT_SIZE 48
const char *tsl_excerpt(struct json value, char buf[static TSL_EXCERPT_SIZE]);

/* The same for bare bytes. */
const char *tsl_clip(const char *bytes, size_t len, char buf[static TSL_EXCERPT_SIZE]);

/*
 * No finite float is this large: FLT_MAX and half a unit of its last place.
 * seen: exports have max "3.4028235E38", which is above FLT_MAX but still reads as it.
 */
#define TSL_FLOAT_BEYOND 3.4028235677973366e38

#define TSL_MEMBERS_MAX 50   /* of a struct; doc: "Limits" */

/* --- reading a model: every function returns false once the model is refused --- */

enum reader_list { READER_PROPERTIES, READER_EVENTS, READER_SERVICES, READER_LISTS };

struct reader {
	struct tsl            *tsl;
	const struct settings *settings;
	struct tsl_error      *error;
	struct tsl_module     *module;                 /* the one being read */
	size_t                 params;                 /* read in it so far */
	void                  *rows[READER_LISTS];     /* of the model's lists, with room for all */
	size_t                 counts[READER_LISTS];   /* filled so far, in all modules */
	char                   where[240];             /* "service `flush`, input `secs`" */
};

/* Fills the error: the reason, led by `where`. Always false. */
bool reader_refuse(struct reader *r, struct json at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* NULL (refused) when there is no memory left. */
void *reader_alloc(struct reader *r, size_t size);

/* Adds to `where`, for as long as that part is read; returns what to give to reader_leave. */
size_t reader_enter(struct reader *r, const char *kind, const char *identifier);
void reader_leave(struct reader *r, size_t len);

/* Absent and null are the same: exports of clones have `"required":null`. */
bool reader_has(struct json value);

/* `what` names the value; the refusal of an absent one points at its `owner`. */
bool reader_expect(struct reader *r, struct json value, enum json_type type, const char *what, struct json owner);
bool reader_string(struct reader *r, struct json value, const char *what, struct json owner, char **out);
/* Leaves `out` alone when the member is not there. */
bool reader_optional_string(struct reader *r, struct json owner, const char *key, char **out);
/* One of `words`, which end with NULL: its index. */
bool reader_word(struct reader *r, struct json owner, const char *key, const char *const *words, int *index);

/* The `identifier` of `owner`, which is a `kind` ("property", "member"). */
bool reader_identifier(struct reader *r, struct json owner, const char *kind, char **out);
bool is_identifier(const char *s, size_t max);
/* Whether one of the rows from `first` up to `row` has its identifier, with which rows begin. */
bool is_repeated(const void *first, const void *row, size_t stride);

/* name, desc and required, which all have. */
bool reader_title(struct reader *r, struct json owner, char *identifier, char **name, char **desc, bool *required);

/* What a property and a parameter have in common, but for the identifier, which is read already. */
bool reader_field(struct reader *r, struct json owner, struct tsl_field *field);
/* A whole list of parameters. */
bool reader_fields(struct reader *r, struct json list, const char *kind, size_t max,
                   struct tsl_field **fields, size_t *count);

#endif

/*
 * A product's thing model: the console's exported TSL JSON, ready to check values against.
 *
 * doc: "What is a TSL model", "TSL fields"; things-and-data reference, sections 1 and 2.3.
 * A model is immutable once read and shared by all devices of a product. It owns all it points to.
 */
#ifndef ALINK_TSL_H
#define ALINK_TSL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code.h"
#include "json.h"
#include "settings.h"
#include "text.h"

enum tsl_type {
	TSL_INT, TSL_LONG, TSL_FLOAT, TSL_DOUBLE, TSL_TEXT, TSL_BOOL, TSL_ENUM, TSL_DATE, TSL_STRUCT, TSL_ARRAY,
	TSL_TYPES,                /* how many there are */
};

enum validation { VALIDATION_STRONG, VALIDATION_WEAK, VALIDATION_NONE };

struct tsl_spec {                 /* of a value */
	enum tsl_type type;
	bool     has_min, has_max;
	double   min, max;            /* float, double */
	int64_t  int_min, int_max;    /* int, long */
	char    *min_text, *max_text; /* as the model spells them, for messages */
	int64_t  length;              /* text: bytes; array: elements; 0 = unlimited */
	int64_t *keys;                /* enum: allowed values */
	size_t   key_count;
	struct tsl_field *members;    /* struct */
	size_t   member_count;
	struct tsl_spec  *item;       /* array; an item type that arrays may not have knows only its type */
};

/* In all three of property, event and service the identifier is first and is `module:identifier`
   for a custom module's feature. */

struct tsl_field {                /* a property, a struct member, an input or output parameter */
	char    *identifier;
	char    *name;                /* the bare identifier where the model has none; so in all features */
	char    *desc;                /* NULL: none; so in all features */
	char    *data_type;           /* its dataType as compact JSON, bounds as strings; NULL in struct members */
	bool     required;
	bool     readable, writable;  /* properties: accessMode */
	struct tsl_spec spec;
};

struct tsl_event {
	char *identifier, *name, *desc;
	char *type;                          /* info, alert, error */
	bool  required;
	struct tsl_field *outputs;
	size_t output_count;
};

struct tsl_service {
	char *identifier, *name, *desc;
	bool  required, sync;
	struct tsl_field *inputs, *outputs;
	size_t input_count, output_count;
};

struct tsl_slice {
	size_t first, count;
};

struct tsl_module {                      /* its features are next to each other in the model's lists */
	char *identifier;                /* NULL: the default module */
	char *name;                      /* NULL: none */
	struct tsl_slice properties, events, services;
};

struct tsl {
	struct tsl_field   *properties;  size_t property_count;   /* in the model's order, all modules */
	struct tsl_event   *events;      size_t event_count;      /* without the generated `post` */
	struct tsl_service *services;    size_t service_count;    /* without the generated `set`, `get` */
	struct tsl_module   default_module;                       /* empty when there is none */
	struct tsl_module  *modules;     size_t module_count;     /* custom ones */
	struct tsl_index   *index;                                /* identifier -> row, private */
	struct tsl_block   *blocks;                               /* where all of it lives, private */
};

/* "int", "text", … */
const char *tsl_type_name(enum tsl_type type);

/* Where a model is wrong. `at` is a byte offset in the model's document. */
struct tsl_error {
	size_t at;
	char   message[400];
};

/*
 * Reads `model`: one TSL object, or an array of them (one per module). A custom module may also
 * stand in `functionBlocks` of the default one, which is how tsl_write puts it. Generated features
 * (events `post`, services `set` and `get`) are accepted and left out. NULL with `error` filled
 * when the model is broken or beyond the documented limits (reference 1.2, 1.3, current column).
 */
struct tsl *tsl_new(struct json model, const struct settings *settings, struct tsl_error *error);
void        tsl_free(struct tsl *tsl);

/* The row, -1 when there is none. `name` need not be NUL-terminated. */
int  tsl_find_property(const struct tsl *tsl, const char *name, size_t len);
int  tsl_find_event(const struct tsl *tsl, const char *name, size_t len);
int  tsl_find_service(const struct tsl *tsl, const char *name, size_t len);
bool tsl_has_module(const struct tsl *tsl, const char *name, size_t len);
/* The same among an event's outputs or a service's inputs. */
int  tsl_find_field(const struct tsl_field *fields, size_t count, const char *name, size_t len);

/* What is wrong with a value: the code, the wire's text and a sentence for people. */
struct tsl_fault {
	enum code   code;
	struct text message;   /* "tsl parse: int value is bigger than max 120", without ` -> identifier` */
	struct text subject;   /* that identifier: `what`, or the struct member that is to blame */
	struct text why;       /* "value 130 of `temp` is above max 120" */
};
void tsl_fault_free(struct tsl_fault *fault);

/*
 * Checks one value against one spec (reference 2.3, step 4; 10.3 step 9 for the order inside
 * structs and arrays). `what` names the value in messages. CODE_SUCCESS, or the code, with
 * `fault` (may be NULL; may be used again) filled. On the success path nothing is allocated.
 *
 * Strong checks everything. Weak checks what a member is called and its data type (a bool, an enum and a date
 * are then any integer or string), none checks nothing.
 */
enum code tsl_check(const struct tsl_spec *spec, struct json value, const char *what, enum validation validation,
                    const struct settings *settings, struct tsl_fault *fault);

/*
 * Appends the model as JSON in the shape of the reference's 1.1, generated features included; custom
 * modules stand in `functionBlocks` (guess: no sample shows them in one document). With a `device_name`
 * it is the form that a device downloads, with `link`; NULL: the console's export.
 */
void tsl_write(const struct tsl *tsl, const char *product_key, const char *device_name, struct text *out);

#endif

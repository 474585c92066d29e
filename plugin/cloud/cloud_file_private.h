/*
 * What the readers of a cloud file's parts share among themselves.
 *
 * A reader complains and goes on, so that one run shows all that is wrong: what is missing or of the wrong
 * type reads as absent. Running out of memory is noted in the loader, and nothing comes of the file then.
 */
#ifndef ALINK_CLOUD_FILE_PRIVATE_H
#define ALINK_CLOUD_FILE_PRIVATE_H

#include "cloud_file.h"
#include "form.h"

#define CLOUD_FILE_BYTES_MAX ((size_t)16 << 20)
#define TSL_FILE_BYTES_MAX   ((size_t)512 << 10)   /* doc: limits, TSL import file */
#define SCRIPT_BYTES_MAX     ((size_t)128 << 10)   /* doc: data parsing */
#define RANGE_DEVICES_MAX    100000
#define DEVICES_MAX          1000000               /* doc: limits, devices per product; here of all files together */

/* settings: small print, firmware */
#define SHA256_WARNING "a package signed with SHA256 is pushed without `md5`, and C SDK 3 refuses it"

/* One of the files. */
struct source {
	struct form form;
	const char *folder;
	char       *owned_folder, *text;      /* NULL when borrowed */
};

struct loader {
	struct cloud_file *file;              /* being filled */
	struct complaints  complaints;
	struct source     *sources;
	size_t             source_count;
	struct tsl       **models;            /* of the products, in their order; NULL: no model */
	size_t             model_count;
	size_t             model_size, product_size, device_size, firmware_size;   /* allocated */
	const struct cloud_file_product **products;   /* by product key */
	const struct cloud_file_device  **devices;    /* by product key and device name */
	const struct cloud_file_around *around;   /* NULL: a whole file is read */
	bool               failed;            /* out of memory */
};

/* Zeroed memory that lives as long as the file; NULL when there is none left. */
void *loader_alloc(struct loader *loader, size_t size);
char *loader_copy(struct loader *loader, const char *bytes, size_t len);
/* A value's literal, a string decoded, and where a value stands; NULL also when there is no such value. */
char *loader_literal(struct loader *loader, struct json value);
char *loader_string(struct loader *loader, struct json string);
char *loader_place(struct loader *loader, struct form *form, struct json value);

/* One more row of an array, zeroed; NULL when there is no memory left. */
void *loader_row(struct loader *loader, void *array, size_t *count, size_t *size, size_t row_size);

/*
 * The rows of an array in the order of `compare`, which gets pointers into the result. Equal ones are a complaint
 * at the place (`where` is its offset in a row) of the later. NULL when there are none or memory ran out before.
 */
void *loader_sort(struct loader *loader, const void *rows, size_t count, size_t row_size, size_t where,
                  int (*compare)(const void *, const void *), void (*name)(const void *row, struct text *out));

/* What a kind of name may be, as the complaint says it. */
struct name_rule {
	const char *key;        /* "productKey" */
	const char *marks;      /* allowed besides letters and digits; NULL: any visible ASCII */
	size_t      min, max;   /* characters */
};
extern const struct name_rule product_key_rule, product_secret_rule, device_secret_rule, module_rule, version_rule;

/* NULL after a complaint, and when the value is no string. */
char *loader_name(struct loader *loader, struct form *form, struct json value, const struct name_rule *rule);

/* The file that a string names, seen from the source's folder. False after a complaint; free both in any case. */
bool loader_file(struct loader *loader, struct source *source, struct json name, size_t max,
                 char **path, char **bytes, size_t *len);

/* NULL when there is none. */
const struct cloud_file_product *loader_find_product(const struct loader *loader, const char *product_key);
/* The product that an entry's productKey names; NULL after a complaint. */
const struct cloud_file_product *loader_product(struct loader *loader, struct form *form, struct json entry);

/* One entry of the file, and then what can only be judged when all of them are there. */
void product_read(struct loader *loader, struct source *source, struct json entry);
void products_index(struct loader *loader);
struct tsl *model_read(struct loader *loader, struct source *source, struct json value, char **text);
void device_read(struct loader *loader, struct source *source, struct json entry);
void devices_index(struct loader *loader);
void device_read_gateway(struct loader *loader, struct source *source, struct json entry);
void firmware_read(struct loader *loader, struct source *source, struct json entry);
void firmware_index(struct loader *loader);

/* --- which keys there are; the JSON Schema is held against these --- */

struct key_table {
	const char            *object;   /* "", "products", "products.topics", … */
	const struct form_key *keys;
	size_t                 count;
};
extern const struct key_table file_keys, product_keys, topic_keys, config_keys, device_keys, shadow_keys,
	firmware_keys;

#endif

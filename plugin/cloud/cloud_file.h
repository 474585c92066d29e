/*
 * A cloud file: what exists when the emulator starts, and what reset returns to.
 *
 * Reading is pure: files in, one checked model or a list of complaints out. Applying the model is
 * store_apply's business, so nothing is ever half-applied. Documented in README.md and by
 * emulator/schema/cloud.schema.json; names and defaults in settings.def.
 */
#ifndef ALINK_CLOUD_FILE_H
#define ALINK_CLOUD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "settings.h"
#include "text.h"
#include "tsl.h"

enum node_type { NODE_DEVICE, NODE_GATEWAY, NODE_SUB_DEVICE };
enum data_format { FORMAT_ALINK, FORMAT_RAW };
enum topic_allow { ALLOW_PUBLISH = 1, ALLOW_SUBSCRIBE = 2, ALLOW_BOTH = 3 };
extern const char *const node_type_names[3], *const data_format_names[2], *const validation_names[3];

struct cloud_file_topic {
	char            *name;              /* "user/update" */
	enum topic_allow allow;
};

struct cloud_file_product {
	char *product_key, *product_secret;  /* the secret is derived when the file has none */
	char *name;                         /* NULL: none */
	enum node_type   node_type;
	enum data_format data_format;
	bool             dynamic_registration;
	enum validation  validation;
	char            *tsl;               /* the model's JSON text as in the file; NULL: no model */
	char            *script;            /* the script's text; NULL: none */
	char            *script_path;       /* for messages */
	bool             config_enabled;    /* remoteConfig */
	char            *config;            /* content as bytes; NULL: none saved */
	struct cloud_file_topic *topics;
	size_t           topic_count;
	char            *where;             /* FILE:LINE:COLUMN of its entry */
};

struct cloud_file_device {              /* ranges are expanded: one entry per device */
	char *product_key, *device_name, *device_secret;
	char *gateway_product_key, *gateway_name;     /* NULL: bound to none */
	bool  enabled;
	char *x509_sha256;                  /* lower-case hex without colons; NULL: none */
	char *tags, *desired, *properties;  /* JSON objects as text, values plain; NULL: absent */
	char *shadow;                       /* {"reported":{…},"desired":{…},"version":3}, each optional; NULL: absent */
	char *where;
};

struct cloud_file_firmware {
	char *product_key, *module, *version;
	char **source_versions;
	size_t source_version_count;        /* with has_source_versions false: any version but its own */
	bool   has_source_versions;
	char **files;                       /* absolute paths; 1..20 */
	size_t file_count;
	char  *sign_method;                 /* "Md5" or "SHA256"; NULL: the option decides */
	bool   is_diff;
	char  *ext_data;                    /* JSON object text; NULL */
	char  *where;
};

struct cloud_file {
	struct settings settings;           /* defaults, then the files in order */
	const char *region;                 /* "cn-shanghai" by default */
	char *instance_id;                  /* NULL: none */
	struct cloud_file_product  *products;  size_t product_count;
	struct cloud_file_device   *devices;   size_t device_count;
	struct cloud_file_firmware *firmware;  size_t firmware_count;
	struct arena arena;                 /* where the strings live, those of a range shared; private */
};

/*
 * Reads and checks one or more files as one cloud (a later file adds products and devices to an
 * earlier one's; a device may name a product of any of them; defining the same product or device
 * twice is a complaint). Returns NULL and fills `complaints` with one
 * `FILE:LINE:COLUMN: message` line each (at most 50, then a line that says how many more).
 * A non-NULL result may still leave warnings there, each line beginning `FILE:LINE:COLUMN: warning: `.
 */
struct cloud_file *cloud_file_read(const char *const *paths, size_t count, struct text *complaints);

/* The same for text in memory; `name` stands for the file in messages, relative paths start at `folder`. */
struct cloud_file *cloud_file_parse(const char *name, const char *folder, const char *text, size_t len,
                                    struct text *complaints);

/* What a part may refer to although it is not in it. */
struct cloud_file_around {
	const struct cloud_file_product *products;
	size_t product_count;
	bool (*has_device)(const void *ctx, const char *product_key, const char *device_name);
	const void *ctx;
};

/* A part of a cloud file (`products`, `devices`, `firmware`, no `cloud`); the products around it are in the result, too. */
struct cloud_file *cloud_file_parse_part(const char *name, const char *folder, const char *text, size_t len,
                                         const struct cloud_file_around *around, struct text *complaints);

/* A TSL file alone, as `check` judges it: true when fine. */
bool cloud_file_check_tsl(const char *path, struct text *complaints);

void cloud_file_free(struct cloud_file *file);

/*
 * doc: "Device name" of the limits; the characters are those of the cloud's API (letters, digits, `-_@.:`) or, with
 * deviceNameCharset strict, of error code 6280 (letters, digits, `_`); 4 to 32 of them.
 */
bool device_name_valid(const struct settings *settings, const char *device_name);

/* 1 to 32 letters, digits, `_` and `-`; and 1 to 64 visible ASCII characters. */
bool product_key_valid(const char *product_key);
bool product_secret_valid(const char *product_secret);

/*
 * The secrets of products and devices that have none of their own: the first 16 hex digits of HMAC-SHA256(key
 * `alink-emulator`, productKey), and the first 32 of HMAC-SHA256(key productSecret, deviceName). 0; -1 with
 * `out` empty when the library failed.
 */
int derive_product_secret(const char *product_key, char out[17]);
int derive_device_secret(const char *product_secret, const char *device_name, char out[33]);

#endif

/*
 * Firmware packages, what versions devices reported, and upgrades in the store. Conventions as in store.h.
 *
 * A package's files stay where they are; what is known of a file (size, digests) belongs to its path.
 */
#ifndef ALINK_STORE_OTA_H
#define ALINK_STORE_OTA_H

#include "digest.h"
#include "store.h"

#define FIRMWARE_FILES_MAX 20   /* doc: OTA update, files per package */
#define UPGRADES_KEPT      50   /* finished ones of a device */
#define MODULES_MAX        64   /* of a device; guess: the platform allows 10 of a product, firmware may be sloppy */

/* --- files --- */

int store_get_digest(struct store *store, const char *path, struct file_digest *out);   /* 1, 0 or -1 */
int store_set_digest(struct store *store, const char *path, const struct file_digest *digest);
/* So that files are not read again. */
int store_copy_digests(struct store *to, struct store *from);

/* --- packages --- */

struct stored_file {
	int64_t id;
	char   *path;
	struct file_digest digest;
};

struct stored_firmware {
	int64_t id, product;
	char *product_key;        /* set when read */
	char *module, *version;
	char *source_versions;    /* ["1.0.0",…]; NULL: any version but its own */
	char *sign_method;        /* "Md5", "SHA256"; NULL: the option decides */
	char *ext_data;           /* JSON object; NULL */
	bool  is_diff;
	bool  automatic;          /* pushed when a device informs a version that it is for */
	struct stored_file files[FIRMWARE_FILES_MAX];
	size_t file_count;
};
void stored_firmware_free(struct stored_firmware *firmware);

/* The digests of its files must be there already. 1 made with *id set, 0 that version of the module exists, -1. */
int store_add_firmware(struct store *store, const struct stored_firmware *firmware, int64_t *id);
int store_delete_firmware(struct store *store, int64_t firmware);
/* 1, 0 or -1. */
int store_get_firmware(struct store *store, int64_t firmware, struct stored_firmware *out);
int store_find_firmware(struct store *store, int64_t product, const char *module, const char *version,
                        struct stored_firmware *out);
int store_find_firmware_file(struct store *store, int64_t file, int64_t *firmware);
/* Ids of a product's packages (0: of all), newest first, of one module unless NULL; at most `max`. How many, or -1. */
int store_list_firmware(struct store *store, int64_t product, const char *module, int64_t *ids, int max);

/* --- what devices reported --- */

/* 1 (free() it), 0 never reported, -1. */
int store_get_module(struct store *store, int64_t device, const char *module, char **version);
int store_set_module(struct store *store, int64_t device, const char *module, const char *version, int64_t now_ms);
int store_count_modules(struct store *store, int64_t device, int64_t *count);
int store_list_modules(struct store *store, int64_t device,
                       int (*each)(void *ctx, const char *module, const char *version, int64_t reported_ms), void *ctx);

/* --- upgrades --- */

/* doc: task states; the unfinished ones come first. */
enum upgrade_state {
	UPGRADE_CONFIRM, UPGRADE_QUEUED, UPGRADE_NOTIFIED, UPGRADE_IN_PROGRESS,
	UPGRADE_SUCCEEDED, UPGRADE_FAILED, UPGRADE_CANCELED, UPGRADE_STATES,
};

struct stored_upgrade {
	int64_t id, device, firmware;
	char   *module, *source_version, *version;   /* source_version NULL: the device had not reported one */
	enum upgrade_state state;
	int     step;                                /* the last one reported */
	char   *description;                         /* the device's own words with it; NULL */
	char   *reason;                              /* why it ended; NULL */
	bool    over_mqtt;
	int64_t timeout_ms;                          /* from the first progress on; 0: none */
	int64_t created_ms, notified_ms, started_ms, finished_ms, deadline_ms;   /* 0: not yet, none */
};
void stored_upgrade_free(struct stored_upgrade *upgrade);

int store_add_upgrade(struct store *store, struct stored_upgrade *upgrade);   /* sets its id */
/* Everything that changes while it lives. */
int store_set_upgrade(struct store *store, const struct stored_upgrade *upgrade);
/* 1, 0 or -1: by id; the unfinished one of a device's module. */
int store_get_upgrade(struct store *store, int64_t id, struct stored_upgrade *out);
int store_find_upgrade(struct store *store, int64_t device, const char *module, struct stored_upgrade *out);
/* Ids of a device's upgrades, newest first; of its unfinished ones; of those whose time is over. How many, or -1. */
int store_list_upgrades(struct store *store, int64_t device, int64_t *ids, int max);
int store_list_open_upgrades(struct store *store, int64_t device, int64_t *ids, int max);
int store_list_late_upgrades(struct store *store, int64_t now_ms, int64_t *ids, int max);
int store_count_open_upgrades(struct store *store, int64_t firmware, int64_t *count);   /* firmware 0: all */
int store_next_deadline(struct store *store, int64_t *deadline_ms);                     /* 0: none */

#endif

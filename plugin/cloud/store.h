/*
 * Everything that outlives a message: products, devices, topology, values. The only SQL there is.
 *
 * Writes join one open transaction that store_commit ends; the edge commits once per turn of the
 * broker's loop, before the answers leave. Rows are keyed by small integers, so that a device's
 * values cost one update of one row however many it posted in a turn.
 *
 * All functions return 0, or -1 when the database failed; store_error then says why.
 */
#ifndef ALINK_STORE_H
#define ALINK_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cloud_file.h"

struct store;

/* doc: 20 or more letters and digits that name a device across products. guess: ours is derived, so it is repeatable. */
#define IOT_ID_SIZE 25
void derive_iot_id(const char *product_key, const char *device_name, char out[IOT_ID_SIZE]);

/* `path` NULL: in memory. NULL with `error` filled when it cannot be opened, is not ours, or is from a newer version. */
struct store *store_open(const char *path, char *error, size_t error_size);
void          store_close(struct store *store);   /* commits what is open; NULL is fine */
const char   *store_error(const struct store *store);
bool          store_in_memory(const struct store *store);

/* How large the database is. */
int  store_bytes(struct store *store, int64_t *bytes);

/* Ends the open transaction, if there is one. -1: nothing of it is there. */
int  store_commit(struct store *store);
void store_rollback(struct store *store);
bool store_dirty(const struct store *store);      /* a transaction is open */

/* Whether something can be written and committed. */
bool store_try(struct store *store);

/* Makes `to` the same as `from`: all or nothing. Neither may have an open transaction. */
int  store_copy(struct store *to, struct store *from);

/*
 * Adds what the files have and the store lacks; changes nothing that is there. One transaction:
 * all or nothing. With `replace` everything else goes first (reset).
 */
int  store_apply(struct store *store, const struct cloud_file *file, bool replace);

/* --- products --- */

struct stored_product {
	int64_t id;
	char   *product_key, *product_secret, *name;
	enum node_type   node_type;
	enum data_format data_format;
	enum validation  validation;
	bool    dynamic_registration;
	char   *tsl;             /* JSON text or NULL */
	char   *script;          /* or NULL */
	bool    config_enabled;  /* what it holds: store_config.h */
	char   *topics;          /* [{"name":"user/update","allow":"publish"},…] or NULL */
};

/* 1 found (release it with stored_product_free), 0 there is none, -1. */
int  store_find_product(struct store *store, const char *product_key, struct stored_product *out);
void stored_product_free(struct stored_product *product);
/* 1 made, 0 the key is taken, -1. */
int  store_create_product(struct store *store, const struct cloud_file_product *product);
/* Its name, validation, dynamic registration and model. */
int  store_set_product(struct store *store, const struct stored_product *product);
int  store_set_script(struct store *store, int64_t product, const char *script);   /* NULL: none */
/* Calls `each` in order of product key until it returns non-zero, which is then returned. */
int  store_list_products(struct store *store, int (*each)(void *ctx, const struct stored_product *), void *ctx);
/* One that has no devices. */
int  store_delete_product(struct store *store, int64_t product);
int  store_count_products(struct store *store, int64_t *count);
int  store_count_devices(struct store *store, int64_t product, int64_t *count);   /* product 0: all */

/* --- devices --- */

struct stored_device {
	int64_t id, product, gateway;        /* gateway: device id, 0 none */
	char   *device_name, *device_secret;
	char   *iot_id;
	bool    enabled;
	int64_t activated_ms;                /* 0: never connected */
	int64_t online_ms;                   /* last time it came online; 0 never */
	char   *values;                      /* {"temp":{"value":21,"time":…}} or NULL */
	char   *tags, *desired;              /* JSON as tag.c and desired.c write it, or as in the cloud file; NULL: none */
	char   *x509_sha256;                 /* or NULL */
};

/* 1, 0 or -1 as above. */
int  store_find_device(struct store *store, int64_t product, const char *device_name, struct stored_device *out);
int  store_get_device(struct store *store, int64_t device, struct stored_device *out);
void stored_device_free(struct stored_device *device);

/* Sets *device to the new id; 1 made, 0 the name is taken, -1. */
int  store_create_device(struct store *store, int64_t product, const char *device_name, const char *device_secret,
                         const char *iot_id, int64_t *device);
int  store_delete_device(struct store *store, int64_t device, int64_t now_ms);   /* leaves a tombstone */
int  store_set_enabled(struct store *store, int64_t device, bool enabled);
int  store_set_activated(struct store *store, int64_t device, int64_t when_ms);
int  store_set_online(struct store *store, int64_t device, int64_t when_ms);
int  store_set_secret(struct store *store, int64_t device, const char *device_secret);
int  store_set_gateway(struct store *store, int64_t device, int64_t gateway);     /* 0: unbind */
int  store_set_values(struct store *store, int64_t device, const char *values, size_t len);

/* A small number of a device by name, "logMode". 1, 0 there is none (*value stays), -1. */
int  store_get_note(struct store *store, int64_t device, const char *name, int64_t *value);
int  store_set_note(struct store *store, int64_t device, const char *name, int64_t value);
int  store_set_tags(struct store *store, int64_t device, const char *tags);
int  store_set_desired(struct store *store, int64_t device, const char *desired);

/* 1 there is one (free() it), 0 none, -1. */
int  store_get_shadow(struct store *store, int64_t device, char **shadow);
int  store_set_shadow(struct store *store, int64_t device, const char *shadow);

/* The device of a client certificate, by the lower-case hex of its SHA-256: 1, 0 or -1. */
int  store_find_certificate(struct store *store, const char *sha256, int64_t *device);
int  store_find_iot_id(struct store *store, const char *iot_id, int64_t *device);

/* 1 this identity was deleted, 0 not, -1. */
int  store_find_tombstone(struct store *store, int64_t product, const char *device_name);

/*
 * The devices of a product (0: all), those of a gateway, or all gateways, in id order after `after`, at most `limit`; `each` as
 * above. The stored_device's `values`, `tags` and `desired` are NULL here. `each` may write, but not list again.
 */
int  store_list_devices(struct store *store, int64_t product, int64_t after, int limit,
                        int (*each)(void *ctx, const struct stored_device *), void *ctx);
int  store_list_sub_devices(struct store *store, int64_t gateway, int64_t after, int limit,
                            int (*each)(void *ctx, const struct stored_device *), void *ctx);
int  store_list_gateways(struct store *store, int64_t after, int limit,
                         int (*each)(void *ctx, const struct stored_device *), void *ctx);
int  store_count_sub_devices(struct store *store, int64_t gateway, int64_t *count);
int  store_unbind_all(struct store *store, int64_t gateway);

/* --- reported samples: a tape (tape.h) of rows that each fill a page, in the order of their numbers --- */

#define STORE_TAPE_ROW 4048      /* bytes: with what SQLite adds, just one page of 4096 */

int  store_set_tape_row(struct store *store, int64_t slot, int64_t number, const char bytes[STORE_TAPE_ROW]);
int  store_list_tape(struct store *store, int (*each)(void *ctx, int64_t slot, int64_t number, const char *bytes, size_t len), void *ctx);

/* What a file of format 1 has instead: rows of samples by the number of their first, each with one post's or more. */
int  store_list_history(struct store *store, int (*each)(void *ctx, int64_t first, const char *bytes, size_t len), void *ctx);
int  store_drop_history(struct store *store);

/* --- what a device keeps between connections --- */

/* Its subscriptions, in no particular order; `each` returns non-zero to stop, which is then returned. */
int  store_set_subscription(struct store *store, int64_t device, const char *filter, int qos);
int  store_list_subscriptions(struct store *store, int64_t device, int (*each)(void *ctx, const char *filter, int qos), void *ctx);
int  store_delete_subscriptions(struct store *store, int64_t device);

/* Messages that came for it while it was away, oldest first. Adding drops the oldest beyond `count_max` messages or
   `bytes_max` bytes of payload. */
struct kept_message {
	int64_t     time_ms;
	const char *topic, *payload;
	size_t      payload_len;
};
int  store_keep_message(struct store *store, int64_t device, const struct kept_message *message, int64_t count_max,
                        int64_t bytes_max);
int  store_list_kept(struct store *store, int64_t device, int (*each)(void *ctx, const struct kept_message *), void *ctx);
int  store_delete_kept(struct store *store, int64_t device);
int  store_count_kept(struct store *store, int64_t *count);       /* of all devices */

/* Pairs of clientId and deviceToken from a registration without pre-registration. */
int  store_add_token(struct store *store, int64_t device, const char *client_id, const char *token);
int  store_count_tokens(struct store *store, int64_t device, int64_t *count);
int  store_list_tokens(struct store *store, int64_t device,
                       int (*each)(void *ctx, const char *client_id, const char *token), void *ctx);
int  store_delete_tokens(struct store *store, int64_t device);

/* The smallest number never handed out under this name ("down": ids of downlinks, "trace"), counting on across restarts. */
int  store_next(struct store *store, const char *counter, int64_t *number);

#endif

/* Remote configurations in the store. Conventions as in store.h. */
#ifndef ALINK_STORE_CONFIG_H
#define ALINK_STORE_CONFIG_H

#include "store.h"

#define CONFIG_ID_SIZE 17
#define CONFIG_KEPT 5           /* doc: versions kept per product */

struct stored_config {
	char    config_id[CONFIG_ID_SIZE];   /* begins with "cfg" */
	char    sha256[65];
	int64_t product, saved_ms;           /* saved_ms 0: it came with the cloud file */
	char   *content;                     /* NULL in a listing */
	size_t  size;
};
void stored_config_free(struct stored_config *config);

/* Saves the newest configuration of a product and forgets those beyond CONFIG_KEPT. */
int store_add_config(struct store *store, int64_t product, const char *product_key, const char *content, int64_t now_ms);
/* 1 found, 0 none, -1: the newest of a product; one by its id. */
int store_get_config(struct store *store, int64_t product, struct stored_config *out);
int store_find_config(struct store *store, const char *config_id, struct stored_config *out);
/* Newest first; `each` returns non-zero to stop, which is then returned. */
int store_list_configs(struct store *store, int64_t product, int (*each)(void *ctx, const struct stored_config *), void *ctx);
int store_set_config_enabled(struct store *store, int64_t product, bool enabled);

#endif

/* Files that devices upload, block by block, in the store. 0 or -1 unless said otherwise. */
#ifndef ALINK_STORE_UPLOAD_H
#define ALINK_STORE_UPLOAD_H

#include "store.h"

struct stored_upload {
	int64_t  id, device;          /* its uploadId is "U" and the id */
	char    *file_name, *init_uid, *fic_value;   /* the latter two NULL when not given */
	int64_t  file_size;           /* -1: unknown */
	int64_t  received;            /* bytes held, from offset 0 without a gap */
	uint64_t crc64;               /* of those */
	bool     complete;
	int64_t  created_ms;
};

/* 1 found (stored_upload_free), 0, -1. */
int  store_find_upload(struct store *store, int64_t device, int64_t upload, struct stored_upload *out);
int  store_find_upload_name(struct store *store, int64_t device, const char *file_name, struct stored_upload *out);
void stored_upload_free(struct stored_upload *upload);

/* Sets upload->id. */
int store_add_upload(struct store *store, struct stored_upload *upload);
int store_delete_upload(struct store *store, int64_t upload);
int store_count_uploads(struct store *store, int64_t device, int64_t *count);
/* Appends a block and saves received, crc64, complete. */
int store_add_block(struct store *store, const struct stored_upload *upload, int64_t offset, const void *bytes, size_t len);
int store_list_uploads(struct store *store, int64_t device, int (*each)(void *ctx, const struct stored_upload *), void *ctx);

#endif

/*
 * What devices fetch over HTTP: the URLs that messages carry, and what is behind them. Inside the core only.
 *
 * things-and-data reference, section 7.1. The tool serves the bytes; for each request it asks here (GET
 * /files/{token} on the control channel), so a URL ends on the cloud's own clock.
 */
#ifndef ALINK_DOWNLOAD_H
#define ALINK_DOWNLOAD_H

#include "state.h"

#define DOWNLOAD_TOKEN_MAX 128

/*
 * BASE/files/TOKEN?Expires=S&Signature=HEX. The token's beginning says whose it is (the table in download.c); of
 * other characters than letters, digits and `._-` it has none.
 */
void download_url(struct cloud *cloud, const char *token, int64_t valid_ms, struct text *out);

/* What a token stands for: a file, or a text kept here. */
struct download {
	char   *product_key;      /* for the log; NULL unknown */
	char   *path;             /* NULL: `content` it is */
	char   *content;
	int64_t size;
	const char *type;         /* MIME */
};
void download_free(struct download *download);

/* By kind of token: 1 found, 0 there is none, -1 with a reason. */
int config_download(struct cloud *cloud, const char *token, struct download *out, struct text *why);     /* remote_config.c */
int firmware_download(struct cloud *cloud, const char *token, struct download *out, struct text *why);   /* firmware.c */

#endif

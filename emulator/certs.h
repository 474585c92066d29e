/*
 * The emulator's own certificate authority.
 *
 * Devices trust one CA for good, so it and the server's key live in a folder that outlasts the run:
 *   ca.pem           what a device must trust
 *   ca.h             the same as a C array, for firmware that compiles it in
 *   ca-key.pem       the CA with its key; 0600
 *   server-key.pem   the server's key; 0600
 * The server's certificate is issued anew for every run, with the names of that run: it is never
 * too old and never lacks a name. RSA 2048 and SHA-256, because old mbedTLS builds know nothing newer.
 */
#ifndef ALINK_CERTS_H
#define ALINK_CERTS_H

#include <stddef.h>
#include <time.h>

#include "text.h"

struct certs;

/* Makes what the folder lacks. NULL with `error` filled when that is not possible. */
struct certs *certs_open(const char *folder, struct text *error);
void          certs_free(struct certs *certs);   /* NULL is fine */

const char *certs_ca_path(const struct certs *certs);
const char *certs_ca_pem(const struct certs *certs);
const char *certs_ca_header(const struct certs *certs);   /* the text of ca.h */
const char *certs_key_path(const struct certs *certs);    /* of the server */

/*
 * Writes a server certificate (PEM) to `path`: for the cloud's own names (certs/names.def), localhost,
 * the loopback addresses, and `names`, which may be host names, `*.host` or numeric addresses.
 */
int certs_issue(const struct certs *certs, const char *const *names, size_t count, time_t now,
                const char *path, struct text *error);

/* `pem` as the C source of an array. */
void certs_header_add(struct text *out, const char *pem);

#endif

/*
 * Who a CONNECT says it is: the clientId's extension and the user name.
 *
 * doc: "Establish MQTT connections over TCP"; sdk: every client template of the connect reference, 1.2.
 */
#ifndef ALINK_IDENTITY_H
#define ALINK_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#define CLIENT_ID_MAX 512     /* bytes of a whole clientId; longer ones are refused */
#define CLIENT_CID_MAX 64     /* doc: 64 characters for the part before the first bar */

/* A clientId taken apart. The strings live in `buffer`; absent keys are NULL. */
struct client_id {
	const char *cid;            /* before the first `|`; only this is signed. May be "" (MQTT 5) */
	const char *secure_mode;    /* securemode */
	const char *sign_method;    /* signmethod */
	const char *timestamp;
	const char *auth_type;      /* authType */
	const char *random;
	const char *instance_id;    /* instanceId */
	const char *ss;             /* _ss: "1" asks for automatic subscription */
	const char *ext;            /* bit 0: RRPC on /ext/rrpc topics */
	char buffer[CLIENT_ID_MAX + 1];
};

/*
 * False when the text is no `cid|key=value,…|`; `why` then says what is wrong (static text).
 * Unknown keys are ignored, keys compare without case, the order is free.
 */
bool client_id_parse(struct client_id *id, const char *text, const char **why);

/* `deviceName&productKey`. False when there is no `&`; both parts must be non-empty and fit. */
struct user_name {
	char device_name[129];
	char product_key[65];
};
bool user_name_parse(struct user_name *user, const char *text);

#endif

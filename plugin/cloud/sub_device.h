/*
 * What requests about sub-devices have in common: entries that name one, and entries that prove it.
 *
 * Connect reference, sections 3.2, 4.1 and 5.2. Inside the core only.
 */
#ifndef ALINK_SUB_DEVICE_H
#define ALINK_SUB_DEVICE_H

#include "code.h"
#include "doctor.h"
#include "identity.h"
#include "state.h"

/* An entry's productKey and deviceName; empty where it could not be read. */
struct sub_name {
	char product_key[NAME_MAX_BYTES + 1];
	char device_name[NAME_MAX_BYTES + 1];
};

/* False, with a reason, when one is missing, empty, no string or longer than any name. */
bool sub_name_read(struct sub_name *name, struct json entry, struct text *why);
struct device *sub_name_find(struct cloud *cloud, const struct sub_name *name, struct text *why);

/* {"deviceName":…,"productKey":…} as replies have it, after a comma where one belongs. */
void sub_name_write(struct text *out, const char *product_key, const char *device_name);

/* Whether `list` is an array of 1 to `limit` entries (0: any number). False with a reason. */
bool sub_list_check(struct json list, int64_t limit, const char *limit_name, struct text *why);

/* An entry of topo/add, login or batch_login: who the sub-device is, and its signature for it. */
struct sub_claim {
	struct sub_name name;
	char client_id[CLIENT_ID_MAX + 1];   /* signed whole, with any |…| */
	bool has_client_id;
	char timestamp[32];                  /* as written, string or number */
	char sign_method[32];                /* empty: none given */
	char sign[129];
};

/*
 * False, with a reason, when something needed is missing or of the wrong type. What `entry` lacks of the sign
 * method is looked for in `otherwise` (sdk: Link SDK 4.x writes it once beside deviceList).
 */
bool sub_claim_read(struct sub_claim *claim, struct json entry, struct json otherwise, bool needs_client_id,
                    struct text *why);

/* doc: every field but sign, signMethod and cleanSession is signed. The claim and the device are borrowed. */
struct signature sub_claim_signature(const struct sub_claim *claim, const struct device *device);

/* Sets the method to the one of that name; empty is HMAC-MD5 (guess: as in CONNECT). False with a reason. */
bool sub_sign_method(struct signature *signature, const char *name, struct text *why);
/* Whether it is right. False with a reason: the doctor's if it is to `examine`, which a list full of wrong ones must not cost. */
bool sub_sign_matches(struct cloud *cloud, const struct signature *signature, bool examine, struct text *why);

#endif

/*
 * The signature doctor: whether a signature is right and, when it is not, why not and what would cure it.
 *
 * One form for all of them: CONNECT, registration, topo/add, login. Inside the core only.
 */
#ifndef ALINK_DOCTOR_H
#define ALINK_DOCTOR_H

#include "sign.h"
#include "state.h"

struct signature {                      /* everything is borrowed for the call */
	struct sign_field fields[SIGN_FIELDS_MAX];   /* what is signed, in any order; unused ones zero */
	enum sign_method  method;
	const struct product *product;
	const struct device  *device;   /* NULL: not known */
	bool        by_product;         /* the product's secret is the key, not the device's */
	const char *got;                /* as it was sent; NULL: it was not */

	/* What mistakes are made of; NULL where there is nothing to mistake: */
	const char *client_id;          /* CONNECT: the clientId as sent, of which only the beginning is signed */
	const char *clean_session;      /* login: documents of 2018 sign it */
};

/* Hex of any case. False also when the library failed. */
bool signature_matches(const struct signature *signature);

/*
 * Appends what was expected, what came and, when a known mistake explains it, its cure in one line. With option
 * explainSecrets off it names no expected signature. A millisecond or two: only for signatures that do not match.
 */
void signature_explain(struct cloud *cloud, const struct signature *signature, struct text *why);

#endif

/* TLS-PSK: the key that a device derives from its secret. Connect reference, 1.7. Inside the core only. */
#ifndef ALINK_PSK_H
#define ALINK_PSK_H

#include "sign.h"
#include "state.h"

/*
 * The key as text; 0 or -1. sdk: Link SDK 4.x: the bytes of the key are not the digest but its hex text, in upper case.
 */
int psk_text(enum sign_method method, const struct device *device, const char *timestamp, char key[SIGN_HEX_MAX]);

#endif

/*
 * Dynamic registration of a direct device: one type, one secret. Inside the core only.
 *
 * doc: "MQTT-based dynamic registration", "HTTPS-based dynamic registration"; connect reference, section 2.
 */
#ifndef ALINK_REGISTER_H
#define ALINK_REGISTER_H

#include "code.h"
#include "state.h"

#define TOKENS_PER_DEVICE 5     /* doc: as many physical devices may claim one name */

/* What a device says of itself; NULL what it does not say. */
struct registration {
	const char *product_key, *device_name, *random, *sign_method, *sign;
};

/*
 * Whether it may register: with `preregistered` as a device that is there and not yet activated, else by a name that
 * may be new. CODE_SUCCESS with *product and *device (NULL: new), or the documented code with a reason in `why`; what
 * was found until then is set all the same.
 */
enum code registration_check(struct cloud *cloud, const struct registration *registration, bool preregistered,
                             struct product **product, struct device **device, struct text *why);

#endif

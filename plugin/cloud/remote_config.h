/*
 * Remote configuration: a JSON file per product that devices ask for or are sent the address of.
 *
 * doc: "Remote configuration"; things-and-data reference, section 7. Inside the core only.
 */
#ifndef ALINK_REMOTE_CONFIG_H
#define ALINK_REMOTE_CONFIG_H

#include "state.h"

/*
 * Saves `content` as the newest version and switches the function on. 0; 1 with a reason when it may not be (no
 * JSON, too long); -1: the store failed.
 */
int config_save(struct cloud *cloud, struct product *product, const char *content, size_t len, struct text *why);
int config_enable(struct cloud *cloud, struct product *product, bool enabled);

/* Where the newest version can be fetched: 1, 0 when there is none or the function is off, -1. */
int config_address(struct cloud *cloud, const struct product *product, char sha256[65], struct text *url);

/*
 * Tells every online device of the product, some at each tick when there are many; `ticket` is answered when all
 * were told. 0; CODE_CONFIG_OFF or CODE_CONFIG_EMPTY when there is nothing to tell, CODE_TOO_MANY_REQUESTS while an
 * earlier push is still at it; -1: the emulator failed.
 */
int  config_push_start(struct cloud *cloud, struct product *product, uint64_t ticket, struct effects *out);
void config_push_forget(struct cloud *cloud, uint64_t ticket);
void config_pushes_free(struct cloud *cloud);

#endif

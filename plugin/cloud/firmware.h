/*
 * Firmware packages: which one is for whom, and how a device is told of it.
 *
 * doc: "OTA updates"; things-and-data reference, sections 8.2 and 8.4. Inside the core only.
 */
#ifndef ALINK_FIRMWARE_H
#define ALINK_FIRMWARE_H

#include "json.h"
#include "state.h"
#include "store_ota.h"

#define OTA_NAME_MAX 64                              /* doc: of a version or module name */
#define MODULE_DEFAULT "default"                     /* the device's firmware as a whole */
#define MQTT_FILE_MAX ((int64_t)16 * 1024 * 1024)    /* doc: a package fetched over MQTT */

/* doc: 1 to 64 letters, digits and `._-`. False for anything else, strings only. */
bool ota_name(struct json value, char out[OTA_NAME_MAX + 1]);

/* Whether it is for devices that report this version; NULL: one that has reported none. */
bool firmware_accepts(const struct stored_firmware *firmware, const char *version);

/*
 * The package that a device with this version of the module gets without anybody asking for it: 1, 0 none, -1.
 * guess: where several are for it, the newest; one that names the version goes before those that take any.
 */
int firmware_choose(struct cloud *cloud, const struct product *product, const char *module, const char *version,
                    struct stored_firmware *out);

/* False with a reason when one of its files is not as it was when it was added. */
bool firmware_intact(const struct stored_firmware *firmware, struct text *why);

/* `data` of the push and of thing/ota/firmware/get_reply. */
void firmware_write(struct cloud *cloud, const struct stored_firmware *firmware, bool over_mqtt, struct text *out);

/*
 * Adds a package once its files' digests are known, which may take several ticks; `ticket` is answered then, with
 * the package or the refusal. Takes what `draft` holds.
 */
void firmware_add(struct cloud *cloud, struct stored_firmware *draft, uint64_t ticket, struct effects *out);
void firmware_forget(struct cloud *cloud, uint64_t ticket);
void firmware_jobs_free(struct cloud *cloud);

/* As the API shows it. */
void firmware_show(const struct stored_firmware *firmware, struct text *out);

#endif

/*
 * The life of an upgrade, from the order to the version that the device reports in the end.
 *
 * doc: "OTA updates", "ListOTATaskByJob" (states); things-and-data reference, section 8.3. A device has at most one
 * unfinished upgrade of a module. Inside the core only.
 */
#ifndef ALINK_UPGRADE_H
#define ALINK_UPGRADE_H

#include "code.h"
#include "effects.h"
#include "firmware.h"
#include "state.h"

const char *upgrade_state_name(enum upgrade_state state);   /* "IN_PROGRESS" */

/* Whose upgrades they are, and where what comes of it goes. */
struct upgrade_of {
	struct cloud   *cloud;
	struct device  *device;
	struct effects *out;
	struct text    *why;      /* reasons: of a refusal, or of what kept a push back */
	uint64_t        trace;    /* of the message that led here */
};

struct upgrade_order {
	bool    over_mqtt;        /* the device is to fetch it with thing/file/download */
	bool    needs_confirm;    /* nothing is pushed before upgrade_confirm */
	int64_t timeout_ms;       /* from the first progress on; 0: none */
};

/*
 * Orders an upgrade and pushes it if the device can be reached; one that has not begun yet is canceled for it.
 * 0 with *made filled; 1 with the reason when it may not be; -1: the store failed.
 */
int upgrade_start(const struct upgrade_of *of, const struct stored_firmware *firmware, const struct upgrade_order *order,
                  struct stored_upgrade *made);

/* For the unfinished upgrade of a module: 0 done, 1 with the reason when there is none it fits, -1. */
int upgrade_confirm(const struct upgrade_of *of, const char *module);
int upgrade_cancel(const struct upgrade_of *of, const char *module);

/* What the device says: 0, or -1: the store failed. */
int upgrade_version(const struct upgrade_of *of, const char *module, const char *version);
int upgrade_progress(const struct upgrade_of *of, const char *module, int step, const char *description);

/*
 * The device asks by itself: `data` of its package, which counts as told. `version` NULL: as it last reported. 1 it
 * has one, 0 there is no work for it, -1 with a reason.
 */
int upgrade_ask(const struct upgrade_of *of, const char *module, const char *version, struct text *data);

/* The device is there again: pushes what it has not begun yet, at the next tick and so behind the answers of this one. */
void upgrade_online(struct cloud *cloud, struct device *device);
void upgrade_offline(struct cloud *cloud, struct device *device);   /* takes that back */
void upgrades_tick(struct cloud *cloud, struct effects *out);
/* At the start: for the times that run. */
void upgrades_begin(struct cloud *cloud);

#endif

#include "upgrade.h"

#include <stdlib.h>
#include <string.h>

#include "push.h"

#define OPEN_MAX 64     /* of a device: one per module */
#define LATE_MAX 100    /* ended in one tick */

const char *upgrade_state_name(enum upgrade_state state)
{
	static const char *const names[] = {
		"CONFIRM", "QUEUED", "NOTIFIED", "IN_PROGRESS", "SUCCEEDED", "FAILED", "CANCELED",
	};

	return names[state];
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static int store_failure(const struct upgrade_of *of)
{
	text_add(of->why, store_error(of->cloud->store));
	return -1;
}

/* --- states --- */

static void on_deadline(struct timer *timer, void *ctx);

static void deadline_plan(struct cloud *cloud)
{
	int64_t deadline_ms = 0;

	cloud->upgrade_deadline.fire = on_deadline;
	if (store_next_deadline(cloud->store, &deadline_ms))
		return;
	if (deadline_ms)
		timer_set(&cloud->timers, &cloud->upgrade_deadline, deadline_ms);
	else
		timer_cancel(&cloud->timers, &cloud->upgrade_deadline);
}

static void log_upgrade(const struct upgrade_of *of, const struct stored_upgrade *upgrade, int code, const char *why)
{
	struct record record = record_new(of->cloud, SERVICE_OTA, of->device, of->trace, "upgrade", code);
	struct text content = { 0 };

	text_addf(&content, "%s: %s to %s of module %s", upgrade_state_name(upgrade->state),
	          upgrade->source_version ? upgrade->source_version : "unknown version", upgrade->version, upgrade->module);
	record.content = content.at;
	record.content_len = content.len;
	record.why = why;
	journal_add(of->cloud->journal, &record);
	text_free(&content);
}

/* Steps into a state and writes all that changed with it. `reason` NULL: none. */
static int enter(const struct upgrade_of *of, struct stored_upgrade *upgrade, enum upgrade_state state, const char *reason)
{
	int64_t *const times[UPGRADE_STATES] = {
		[UPGRADE_NOTIFIED] = &upgrade->notified_ms, [UPGRADE_IN_PROGRESS] = &upgrade->started_ms,
		[UPGRADE_SUCCEEDED] = &upgrade->finished_ms, [UPGRADE_FAILED] = &upgrade->finished_ms,
		[UPGRADE_CANCELED] = &upgrade->finished_ms,
	};
	int64_t now_ms = cloud_now(of->cloud), deadline_ms = upgrade->deadline_ms;

	upgrade->state = state;
	if (times[state])
		*times[state] = now_ms;
	/* doc: the time allowed runs from the first progress on, not from the push. */
	upgrade->deadline_ms = state == UPGRADE_IN_PROGRESS && upgrade->timeout_ms ? now_ms + upgrade->timeout_ms : 0;
	if (reason) {
		free(upgrade->reason);
		upgrade->reason = copy(reason);
	}
	if (store_set_upgrade(of->cloud->store, upgrade))
		return store_failure(of);
	if (upgrade->deadline_ms != deadline_ms)
		deadline_plan(of->cloud);
	/* guess: the device's own failure is the 400 of the device-side codes; the log has no other for it. */
	log_upgrade(of, upgrade, state == UPGRADE_FAILED ? CODE_REQUEST_ERROR : CODE_SUCCESS, reason);
	return 0;
}

static void on_deadline(struct timer *timer, void *ctx)
{
	struct tick *tick = ctx;
	struct cloud *cloud = tick->cloud;
	int64_t ids[LATE_MAX];
	int count = store_list_late_upgrades(cloud->store, cloud_now(cloud), ids, LATE_MAX), i;
	struct text why = { 0 };

	(void)timer;
	for (i = 0; i < count; i++) {
		struct stored_upgrade upgrade;

		if (store_get_upgrade(cloud->store, ids[i], &upgrade) == 1)
			enter(&(struct upgrade_of){ cloud, device_get(cloud, upgrade.device), tick->out, &why, trace_new(cloud) },
			      &upgrade, UPGRADE_FAILED, "the device did not report the new version in the time allowed");
		stored_upgrade_free(&upgrade);
	}
	text_free(&why);
	deadline_plan(cloud);
}

void upgrades_begin(struct cloud *cloud)
{
	deadline_plan(cloud);
}

/* --- push --- */

/* Sends the package; the device counts as notified when that could be done. What kept it back is added to `why`. */
static int push(const struct upgrade_of *of, struct stored_upgrade *upgrade, const struct stored_firmware *firmware)
{
	struct text topic = { 0 }, payload = { 0 };
	enum delivery delivery = DELIVERY_OFFLINE;
	size_t before = of->why->len;

	/* Not even kept for it: it is told when it is back, of what holds then. */
	if (!device_route(of->device)) {
		text_add(of->why, delivery_why(DELIVERY_OFFLINE));
		return 0;
	}
	if (!firmware_intact(firmware, of->why)) {
		log_upgrade(of, upgrade, CODE_SERVER_ERROR, text_string(of->why) + before);
		return 0;
	}
	text_addf(&topic, "/ota/device/upgrade/%s/%s", of->device->product->key, of->device->name);
	/* doc: here code is a string. sdk: rust demands a number for the id, the others ignore it. */
	text_add(&payload, "{\"code\":\"1000\",\"data\":");
	firmware_write(of->cloud, firmware, upgrade->over_mqtt, &payload);
	text_addf(&payload, ",\"id\":%lld,\"message\":\"success\"}", (long long)cloud_now(of->cloud));
	if (!topic.failed && !payload.failed)
		delivery = push_send(of->cloud, &(struct push){
			.device = of->device, .role = ROLE_DOWN, .service = SERVICE_OTA, .operation = "ota.push",
			.topic = text_string(&topic), .payload = text_string(&payload), .payload_len = payload.len,
			.trace = of->trace,
		}, of->out);
	text_free(&topic);
	text_free(&payload);
	if (delivery != DELIVERED) {
		text_add(of->why, delivery_why(delivery));
		return 0;
	}
	return upgrade->state == UPGRADE_QUEUED ? enter(of, upgrade, UPGRADE_NOTIFIED, NULL) : 0;
}

/* The same for one whose package has to be found first. */
static int push_stored(const struct upgrade_of *of, struct stored_upgrade *upgrade)
{
	struct stored_firmware firmware;
	int found = store_get_firmware(of->cloud->store, upgrade->firmware, &firmware);

	if (found == 1)
		found = push(of, upgrade, &firmware);
	else if (found < 0)
		store_failure(of);
	stored_firmware_free(&firmware);
	return found < 0 ? -1 : 0;
}

static bool may_push(const struct stored_upgrade *upgrade)
{
	return upgrade->state == UPGRADE_QUEUED || upgrade->state == UPGRADE_NOTIFIED;
}

void upgrade_online(struct cloud *cloud, struct device *device)
{
	struct device **at = &cloud->back_online;

	if (device->is_back)
		return;
	while (*at)
		at = &(*at)->next_back;
	device->next_back = NULL;
	device->is_back = true;
	*at = device;
}

void upgrade_offline(struct cloud *cloud, struct device *device)
{
	struct device **at = &cloud->back_online;

	if (!device->is_back)
		return;
	while (*at != device)
		at = &(*at)->next_back;
	*at = device->next_back;
	device->is_back = false;
}

void upgrades_tick(struct cloud *cloud, struct effects *out)
{
	struct text why = { 0 };

	while (cloud->back_online) {
		struct upgrade_of of = { cloud, cloud->back_online, out, &why, 0 };
		int64_t ids[OPEN_MAX];
		int count = store_list_open_upgrades(cloud->store, of.device->id, ids, OPEN_MAX), i;

		upgrade_offline(cloud, of.device);
		for (i = 0; i < count; i++) {
			struct stored_upgrade upgrade;

			of.trace = trace_new(cloud);
			text_clear(&why);
			if (store_get_upgrade(cloud->store, ids[i], &upgrade) == 1 && may_push(&upgrade))
				push_stored(&of, &upgrade);
			stored_upgrade_free(&upgrade);
		}
	}
	text_free(&why);
}

/* --- orders --- */

static int create(const struct upgrade_of *of, const struct stored_firmware *firmware, const struct upgrade_order *order,
                  const char *version, struct stored_upgrade *made)
{
	*made = (struct stored_upgrade){
		.device = of->device->id, .firmware = firmware->id, .module = copy(firmware->module),
		.source_version = copy(version), .version = copy(firmware->version), .over_mqtt = order->over_mqtt,
		.timeout_ms = order->timeout_ms, .created_ms = cloud_now(of->cloud),
		.state = order->needs_confirm ? UPGRADE_CONFIRM : UPGRADE_QUEUED,
	};
	if (!made->module || !made->version || (version && !made->source_version) || store_add_upgrade(of->cloud->store, made))
		return store_failure(of);
	log_upgrade(of, made, CODE_SUCCESS, NULL);
	return 0;
}

/* Makes room for a new one: 0, 1 with the reason, -1. */
static int supersede(const struct upgrade_of *of, const char *module)
{
	struct stored_upgrade before;
	int result = store_find_upgrade(of->cloud->store, of->device->id, module, &before);

	if (result == 1 && before.state == UPGRADE_IN_PROGRESS)
		text_addf(of->why, "the device is upgrading this module to %s (step %d): cancel that first", before.version,
		          before.step);
	else if (result == 1)
		result = enter(of, &before, UPGRADE_CANCELED, "another upgrade of the module was ordered");
	stored_upgrade_free(&before);
	return result;
}

/* doc: what keeps a device out of a batch. 0, or 1 with the reason. */
static int refuse_order(const struct upgrade_of *of, const struct stored_firmware *firmware, const char *version)
{
	if (firmware_accepts(firmware, version))
		return 0;
	if (!version)
		text_add(of->why, "the package is for certain versions, and the device has not reported its own");
	else if (!strcmp(version, firmware->version))
		text_addf(of->why, "the device reports version %s already", version);
	else
		text_addf(of->why, "the package is not for version %s, which the device reports", version);
	return 1;
}

int upgrade_start(const struct upgrade_of *of, const struct stored_firmware *firmware, const struct upgrade_order *order,
                  struct stored_upgrade *made)
{
	char *version = NULL;
	int result = store_get_module(of->cloud->store, of->device->id, firmware->module, &version);

	*made = (struct stored_upgrade){ 0 };
	if (result >= 0)
		result = refuse_order(of, firmware, version);
	if (!result && !firmware_intact(firmware, of->why))
		result = 1;
	if (!result)
		result = supersede(of, firmware->module);
	if (!result)
		result = create(of, firmware, order, version, made);
	if (!result && may_push(made))
		result = push(of, made, firmware);
	free(version);
	return result;
}

int upgrade_confirm(const struct upgrade_of *of, const char *module)
{
	struct stored_upgrade upgrade;
	int result = store_find_upgrade(of->cloud->store, of->device->id, module, &upgrade);

	if (result == 1 && upgrade.state == UPGRADE_CONFIRM) {
		result = enter(of, &upgrade, UPGRADE_QUEUED, NULL);
		if (!result)
			result = push_stored(of, &upgrade);
	} else if (result >= 0) {
		text_addf(of->why, "no upgrade of module %s waits to be confirmed", module);
		result = 1;
	}
	stored_upgrade_free(&upgrade);
	return result;
}

int upgrade_cancel(const struct upgrade_of *of, const char *module)
{
	struct stored_upgrade upgrade;
	int result = store_find_upgrade(of->cloud->store, of->device->id, module, &upgrade);

	if (result == 1) {
		result = enter(of, &upgrade, UPGRADE_CANCELED, "canceled by the operator");
	} else if (result == 0) {
		text_addf(of->why, "module %s has no unfinished upgrade", module);
		result = 1;
	}
	stored_upgrade_free(&upgrade);
	return result;
}

/* --- what devices say --- */

static int set_source(const struct upgrade_of *of, struct stored_upgrade *upgrade, const char *version)
{
	free(upgrade->source_version);
	upgrade->source_version = copy(version);
	return store_set_upgrade(of->cloud->store, upgrade) ? store_failure(of) : 0;
}

/* A version that is not the new one, while the device is at it. guess: a third one is a failure. */
static int judge_in_progress(const struct upgrade_of *of, struct stored_upgrade *upgrade, const char *version)
{
	if (!upgrade->source_version)
		return set_source(of, upgrade, version);
	if (!strcmp(version, upgrade->source_version))
		return 0;
	text_addf(of->why, "the upgrade from %s to %s has failed: the device reports %s", upgrade->source_version,
	          upgrade->version, version);
	return enter(of, upgrade, UPGRADE_FAILED, "the device reported a third version");
}

/* The same before it has begun: pushed again, unless the package is not for that version. */
static int judge_waiting(const struct upgrade_of *of, struct stored_upgrade *upgrade, const char *version)
{
	struct stored_firmware firmware;
	int found = store_get_firmware(of->cloud->store, upgrade->firmware, &firmware), result = 0;

	if (found != 1) {
		result = found ? store_failure(of) : 0;
	} else if (!firmware_accepts(&firmware, version)) {
		text_addf(of->why, "the upgrade to %s has failed: its package is not for version %s", upgrade->version, version);
		result = enter(of, upgrade, UPGRADE_FAILED, "the device reported a version that the package is not for");
	} else {
		if (!upgrade->source_version || strcmp(version, upgrade->source_version))
			result = set_source(of, upgrade, version);
		if (!result && may_push(upgrade))
			result = push(of, upgrade, &firmware);
	}
	stored_firmware_free(&firmware);
	return result;
}

/* settings, "Firmware": a package of the cloud file goes to whoever reports a version that it is for. */
static int choose(const struct upgrade_of *of, const char *module, const char *version, struct stored_firmware *firmware,
                  struct stored_upgrade *made)
{
	int result = firmware_choose(of->cloud, of->device->product, module, version, firmware);

	if (result < 0)
		return store_failure(of);
	return result && create(of, firmware, &(struct upgrade_order){ 0 }, version, made) ? -1 : result;
}

int upgrade_version(const struct upgrade_of *of, const char *module, const char *version)
{
	struct stored_upgrade upgrade;
	struct stored_firmware firmware = { 0 };
	bool unfinished = false;
	int result;

	if (store_set_module(of->cloud->store, of->device->id, module, version, cloud_now(of->cloud)))
		return store_failure(of);
	result = store_find_upgrade(of->cloud->store, of->device->id, module, &upgrade);
	if (result == 1) {
		/* doc: only the version decides about success, whatever progress said. */
		if (!strcmp(version, upgrade.version)) {
			text_addf(of->why, "the upgrade to %s has succeeded", version);
			result = enter(of, &upgrade, UPGRADE_SUCCEEDED, NULL);
		} else {
			result = upgrade.state == UPGRADE_IN_PROGRESS ? judge_in_progress(of, &upgrade, version) :
			                                                judge_waiting(of, &upgrade, version);
		}
		unfinished = upgrade.state < UPGRADE_SUCCEEDED;
		stored_upgrade_free(&upgrade);
	}
	if (result || unfinished)
		return result;
	result = choose(of, module, version, &firmware, &upgrade);
	if (result == 1)
		result = push(of, &upgrade, &firmware);
	stored_firmware_free(&firmware);
	stored_upgrade_free(&upgrade);
	return result;
}

int upgrade_progress(const struct upgrade_of *of, const char *module, int step, const char *description)
{
	static const char *const failures[] = {
		NULL, "the device reports that the upgrade failed", "the device reports that the download failed",
		"the device reports that the verification failed", "the device reports that writing the firmware failed",
	};
	struct stored_upgrade upgrade;
	int result = store_find_upgrade(of->cloud->store, of->device->id, module, &upgrade);

	if (result < 0)
		return store_failure(of);
	if (result == 0 || upgrade.state == UPGRADE_CONFIRM) {
		text_addf(of->why, "the device was told of no upgrade of module %s: the report counts for nothing", module);
		stored_upgrade_free(&upgrade);
		return 0;
	}
	free(upgrade.description);
	upgrade.description = copy(description);
	upgrade.step = step;
	if (step < 0)
		result = enter(of, &upgrade, UPGRADE_FAILED, failures[-step]);
	else if (upgrade.state != UPGRADE_IN_PROGRESS)
		result = enter(of, &upgrade, UPGRADE_IN_PROGRESS, NULL);
	else
		result = store_set_upgrade(of->cloud->store, &upgrade) ? store_failure(of) : 0;
	stored_upgrade_free(&upgrade);
	return result;
}

/* The package of an unfinished upgrade, or else of one made for the occasion: 1, 0 none, -1. */
static int package_of(const struct upgrade_of *of, const char *module, const char *version, struct stored_upgrade *upgrade,
                      struct stored_firmware *firmware)
{
	char *reported = NULL;
	int result = store_find_upgrade(of->cloud->store, of->device->id, module, upgrade);

	if (result == 1) {
		/* Not yet confirmed, or done though not yet reported so. */
		if (upgrade->state == UPGRADE_CONFIRM || (version && !strcmp(version, upgrade->version)))
			return 0;
		result = store_get_firmware(of->cloud->store, upgrade->firmware, firmware);
		return result < 0 ? store_failure(of) : result;
	}
	if (result == 0 && !version)
		result = store_get_module(of->cloud->store, of->device->id, module, &reported);
	if (result < 0)
		return store_failure(of);
	result = choose(of, module, version ? version : reported, firmware, upgrade);
	free(reported);
	return result;
}

int upgrade_ask(const struct upgrade_of *of, const char *module, const char *version, struct text *data)
{
	struct stored_upgrade upgrade = { 0 };
	struct stored_firmware firmware = { 0 };
	int result = package_of(of, module, version, &upgrade, &firmware);

	if (result == 1 && !firmware_intact(&firmware, of->why))
		result = -1;
	if (result == 1) {
		firmware_write(of->cloud, &firmware, upgrade.over_mqtt, data);
		if (upgrade.state == UPGRADE_QUEUED && enter(of, &upgrade, UPGRADE_NOTIFIED, NULL))
			result = -1;
	}
	stored_firmware_free(&firmware);
	stored_upgrade_free(&upgrade);
	return result;
}

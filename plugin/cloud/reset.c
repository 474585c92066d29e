#include "reset.h"

#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "connection.h"
#include "downlink.h"
#include "store_ota.h"
#include "subscription.h"
#include "upgrade.h"

struct snapshot {
	struct snapshot *next;
	struct store    *store;
	int64_t          time_ms;
	char             name[SNAPSHOT_NAME_MAX + 1];
};

/* --- devices across a change of everything below them --- */

/* What a device has besides its row: it is found again by name. */
struct kept {
	struct kept *next;
	struct connection *connection;
	char *product_key, *device_name;
	bool  is_session, automatic;
	struct subscription *subscriptions;
};

static struct kept *keep(struct kept *list, struct device *device, struct connection *connection, bool is_session)
{
	struct kept *kept = calloc(1, sizeof(*kept));

	if (kept) {
		kept->product_key = strdup(device->product->key);
		kept->device_name = strdup(device->name);
	}
	if (!kept || !kept->product_key || !kept->device_name) {
		if (kept) {
			free(kept->product_key);
			free(kept->device_name);
		}
		free(kept);
		return list;      /* it will count as gone, and be disconnected */
	}
	kept->connection = connection;
	kept->is_session = is_session;
	kept->automatic = device->session_auto;
	kept->subscriptions = device->subscriptions;
	device->subscriptions = NULL;
	kept->next = list;
	return kept;
}

/* Takes every device off its connection. Sessions come first in the list, so last when it is gone through. */
static struct kept *detach(struct cloud *cloud, struct effects *out)
{
	struct connection *connection;
	struct device *device;
	struct kept *list = NULL, *gateways = NULL, **end;

	for (device = cloud->devices; device; device = device->hh_id.next)
		downlinks_end(cloud, device, out);
	for (connection = cloud->connections; connection; connection = connection->hh.next) {
		while (connection->sessions) {
			device = connection->sessions;
			list = keep(list, device, connection, true);
			session_end(device);
		}
		if (connection->device) {
			gateways = keep(gateways, connection->device, connection, false);
			connection->device->connection = NULL;
			connection->device = NULL;
		}
	}
	for (end = &gateways; *end; end = &(*end)->next)
		;
	*end = list;
	return gateways;
}

/* Puts a device back on its connection, if it is still to be there. */
static void attach(struct cloud *cloud, struct kept *kept, bool drop, struct effects *out)
{
	struct connection *connection = kept->connection;
	struct device *device = device_find_key(cloud, kept->product_key, kept->device_name);

	if (!kept->is_session) {
		if (device && device->enabled && !drop) {
			connection->device = device;
			device->connection = connection;
		} else {
			connection_end(cloud, connection, "reset", out);
		}
	} else if (device && device->enabled && connection->device && device->gateway == connection->device->id) {
		session_begin(connection, device);
		device->session_auto = kept->automatic;
	}
	if (device && device_route(device) == connection) {
		/* Its connection knows better than the state that was read what is subscribed now. */
		subscriptions_clear(device);
		device->subscriptions = kept->subscriptions;
		kept->subscriptions = NULL;
	}
}

static void kept_free(struct kept *kept)
{
	while (kept->subscriptions) {
		struct subscription *next = kept->subscriptions->next;

		free(kept->subscriptions);
		kept->subscriptions = next;
	}
	free(kept->product_key);
	free(kept->device_name);
	free(kept);
}

/* All that so far was kept in memory only. */
static int state_save(struct cloud *cloud)
{
	return values_save(cloud) || history_save(cloud->history, cloud->store, UINT64_MAX) || store_commit(cloud->store) ? -1 : 0;
}

/* All that is in memory comes from the store again, which first becomes what `from` is, unless that is NULL. */
static int read_again(struct cloud *cloud, struct store *from, bool drop, struct effects *out)
{
	struct kept *kept = detach(cloud, out);
	int result;

	registry_free(cloud);
	result = from ? store_copy(cloud->store, from) : 0;
	/* A run after a reset repeats: the same messages get the same numbers again. */
	history_clear(cloud->history);
	if (reports_load(cloud))
		result = -1;
	if (!result)
		cloud->down_next = cloud->down_end = 0;
	upgrades_begin(cloud);
	while (kept) {
		struct kept *next = kept->next;

		attach(cloud, kept, drop, out);
		kept_free(kept);
		kept = next;
	}
	return result;
}

static int restore(struct cloud *cloud, struct store *from, bool drop, struct effects *out)
{
	/* Saved first, so that nothing is lost when the copy fails. */
	return state_save(cloud) ? -1 : read_again(cloud, from, drop, out);
}

void cloud_undo(struct cloud *cloud, struct effects *out)
{
	read_again(cloud, NULL, false, out);
}

/* --- reset --- */

int reset_prepare(struct cloud *cloud, const struct cloud_file *file)
{
	char error[300];

	cloud->pristine = store_open(NULL, error, sizeof(error));
	if (!cloud->pristine)
		return -1;
	/* In memory the store holds just what the files say, and copying pages is faster than reading them again. */
	if (store_in_memory(cloud->store))
		return store_copy(cloud->pristine, cloud->store);
	return store_copy_digests(cloud->pristine, cloud->store) || store_apply(cloud->pristine, file, false) ? -1 : 0;
}

static void log_going_back(struct cloud *cloud, const char *operation, const char *name)
{
	struct record record = record_new(cloud, SERVICE_API, NULL, 0, operation, CODE_SUCCESS);

	record.content = name;
	record.content_len = name ? strlen(name) : 0;
	journal_add(cloud->journal, &record);
}

int cloud_reset(struct cloud *cloud, bool drop, struct effects *out)
{
	if (restore(cloud, cloud->pristine, drop, out))
		return -1;
	log_going_back(cloud, "reset", NULL);
	return 0;
}

/* --- snapshots --- */

static struct snapshot **snapshot_find(struct cloud *cloud, const char *name)
{
	struct snapshot **at = &cloud->snapshots;

	while (*at && strcmp((*at)->name, name))
		at = &(*at)->next;
	return at;
}

static void snapshot_free(struct snapshot *snapshot)
{
	store_close(snapshot->store);
	free(snapshot);
}

int snapshot_save(struct cloud *cloud, const char *name)
{
	struct snapshot **at = snapshot_find(cloud, name), *snapshot;
	const struct snapshot *other;
	char error[300];
	size_t count = 0;

	for (other = cloud->snapshots; other; other = other->next)
		count++;
	if (!*at && count >= SNAPSHOTS_MAX)
		return -2;
	snapshot = calloc(1, sizeof(*snapshot));
	if (!snapshot)
		return -1;
	strncpy(snapshot->name, name, SNAPSHOT_NAME_MAX);
	snapshot->time_ms = cloud_now(cloud);
	snapshot->store = store_open(NULL, error, sizeof(error));
	if (!snapshot->store || state_save(cloud) || store_copy(snapshot->store, cloud->store)) {
		snapshot_free(snapshot);
		return -1;
	}
	if (*at) {
		struct snapshot *old = *at;

		*at = old->next;
		snapshot_free(old);
	}
	snapshot->next = cloud->snapshots;
	cloud->snapshots = snapshot;
	return 0;
}

int snapshot_restore(struct cloud *cloud, const char *name, bool drop, struct effects *out)
{
	struct snapshot *snapshot = *snapshot_find(cloud, name);

	if (!snapshot)
		return 0;
	if (restore(cloud, snapshot->store, drop, out))
		return -1;
	log_going_back(cloud, "snapshot restore", name);
	return 1;
}

bool snapshot_delete(struct cloud *cloud, const char *name)
{
	struct snapshot **at = snapshot_find(cloud, name), *snapshot = *at;

	if (!snapshot)
		return false;
	*at = snapshot->next;
	snapshot_free(snapshot);
	return true;
}

void snapshots_write(const struct cloud *cloud, struct text *out)
{
	const struct snapshot *snapshot;

	text_add_char(out, '[');
	for (snapshot = cloud->snapshots; snapshot; snapshot = snapshot->next) {
		text_add_comma(out);
		text_add(out, "{\"name\":");
		text_add_json(out, snapshot->name);
		text_addf(out, ",\"time\":%lld}", (long long)snapshot->time_ms);
	}
	text_add_char(out, ']');
}

void snapshots_free(struct cloud *cloud)
{
	while (cloud->snapshots) {
		struct snapshot *next = cloud->snapshots->next;

		snapshot_free(cloud->snapshots);
		cloud->snapshots = next;
	}
	store_close(cloud->pristine);
	cloud->pristine = NULL;
}

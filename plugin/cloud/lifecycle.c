#include "lifecycle.h"

#include <string.h>

#include "cloud_file.h"
#include "code.h"
#include "downlink.h"
#include "offline.h"
#include "relation.h"
#include "scenario.h"
#include "session.h"
#include "upgrade.h"

static void log_state(struct cloud *cloud, const struct device *device, const char *operation, const char *why)
{
	struct record record = record_new(cloud, SERVICE_DEVICE, device, 0, operation, CODE_SUCCESS);

	record.why = why;
	journal_add(cloud->journal, &record);
}

struct device *device_create(struct cloud *cloud, const struct product *product, const char *name, const char *secret)
{
	char derived[33], iot_id[IOT_ID_SIZE];
	struct device *device;
	int64_t id;

	derive_device_secret(product->secret, name, derived);
	derive_iot_id(product->key, name, iot_id);
	if (store_create_device(cloud->store, product->id, name, secret ? secret : derived, iot_id, &id) != 1)
		return NULL;
	device = device_get(cloud, id);
	if (device)
		log_state(cloud, device, "create", NULL);
	return device;
}

/*
 * guess: the order of what a gateway hears when a sub-device that is online is disabled or deleted: the request on
 * the sub-device's own topic, /ext/error, and when the session is over topo/change.
 */
static void close_device(struct cloud *cloud, struct device *device, enum code code, const char *why, struct effects *out)
{
	/* doc: a direct device sees the TCP close only. */
	if (device->connection)
		connection_end(cloud, device->connection, why, out);
	if (device->session && code != CODE_SUCCESS)
		session_force_off(cloud, device, code, out);
	else if (device->session)
		session_close(cloud, device, code, why);
}

/* topo/change to the gateway that a device is bound to, if it is bound to any. */
static void tell_gateway(struct cloud *cloud, struct device *device, enum relation_change change, struct effects *out)
{
	struct device *gateway = device->gateway ? device_get(cloud, device->gateway) : NULL;

	if (gateway)
		relation_push(cloud, gateway, change, &device, 1, out);
}

int device_delete(struct cloud *cloud, struct device *device, struct effects *out)
{
	if (store_delete_device(cloud->store, device->id, cloud_now(cloud)))
		return -1;
	log_state(cloud, device, "delete", NULL);
	if (device->session)
		push_request(cloud, device, "thing/delete", "{}", out);
	close_device(cloud, device, CODE_DEVICE_DELETED, "deleted", out);
	downlinks_end(cloud, device, out);
	tell_gateway(cloud, device, RELATION_DELETED, out);
	if (device->product->node_type == NODE_GATEWAY && relation_clear(cloud, device))
		return -1;
	scenario_lifecycle(cloud, device, "deleted");
	device_drop(cloud, device);
	return 0;
}

int device_enable(struct cloud *cloud, struct device *device, struct effects *out)
{
	if (device->enabled)
		return 0;
	if (store_set_enabled(cloud->store, device->id, true))
		return -1;
	device->enabled = true;
	log_state(cloud, device, "enable", NULL);
	scenario_lifecycle(cloud, device, "enabled");
	/* doc: thing/enable exists, but cannot reach a sub-device that is offline because it was disabled; the newest
	   documents name topo/change for this. */
	tell_gateway(cloud, device, RELATION_ENABLED, out);
	return 0;
}

int device_disable(struct cloud *cloud, struct device *device, struct effects *out)
{
	if (!device->enabled)
		return 0;
	if (store_set_enabled(cloud->store, device->id, false))
		return -1;
	log_state(cloud, device, "disable", NULL);
	if (device->session)
		push_request(cloud, device, "thing/disable", "{}", out);
	device->enabled = false;
	close_device(cloud, device, CODE_DEVICE_FORBIDDEN, "disabled", out);
	scenario_lifecycle(cloud, device, "disabled");
	tell_gateway(cloud, device, RELATION_DISABLED, out);
	return 0;
}

int device_reset(struct cloud *cloud, struct device *device, struct effects *out)
{
	if (store_set_activated(cloud->store, device->id, 0) || store_delete_tokens(cloud->store, device->id) ||
	    store_set_note(cloud->store, device->id, "mqtt5", 0))
		return -1;
	device->activated_ms = 0;
	offline_forget(cloud, device);
	log_state(cloud, device, "reset", NULL);
	/* guess: it may not stay connected as what it no longer is. */
	if (device->connection)
		connection_end(cloud, device->connection, "reset", out);
	if (device->product->node_type == NODE_GATEWAY && relation_clear(cloud, device))
		return -1;
	return relation_release(cloud, device, out);
}

void device_kick(struct cloud *cloud, struct device *device, struct effects *out)
{
	log_state(cloud, device, "kick", NULL);
	close_device(cloud, device, CODE_SUCCESS, "kicked", out);
}

void device_came_online(struct cloud *cloud, struct device *device)
{
	device->online_ms = cloud_now(cloud);
	/* doc: activated means it has authenticated once on an ordinary connection. */
	if (!device->activated_ms) {
		device->activated_ms = device->online_ms;
		store_set_activated(cloud->store, device->id, device->activated_ms);
	}
	store_set_online(cloud->store, device->id, device->online_ms);
	scenario_lifecycle(cloud, device, "online");
	upgrade_online(cloud, device);
}

bool device_was_deleted(struct cloud *cloud, const struct product *product, const char *name)
{
	return product && store_find_tombstone(cloud->store, product->id, name) == 1;
}

#include "lifecycle.h"

#include <string.h>

#include "cloud_file.h"
#include "code.h"
#include "downlink.h"

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

/* The device can no longer be talked to; a direct one sees the TCP close only. */
static void close_device(struct cloud *cloud, struct device *device, const char *why, struct effects *out)
{
	if (device->connection)
		connection_end(cloud, device->connection, why, out);
	session_end(device);
}

int device_delete(struct cloud *cloud, struct device *device, struct effects *out)
{
	if (store_delete_device(cloud->store, device->id, cloud_now(cloud)))
		return -1;
	log_state(cloud, device, "delete", NULL);
	close_device(cloud, device, "deleted", out);
	downlinks_end(cloud, device, out);
	device_drop(cloud, device);
	return 0;
}

int device_enable(struct cloud *cloud, struct device *device, struct effects *out)
{
	(void)out;
	if (store_set_enabled(cloud->store, device->id, true))
		return -1;
	device->enabled = true;
	log_state(cloud, device, "enable", NULL);
	return 0;
}

int device_disable(struct cloud *cloud, struct device *device, struct effects *out)
{
	if (store_set_enabled(cloud->store, device->id, false))
		return -1;
	device->enabled = false;
	log_state(cloud, device, "disable", NULL);
	close_device(cloud, device, "disabled", out);
	return 0;
}

void device_kick(struct cloud *cloud, struct device *device, struct effects *out)
{
	log_state(cloud, device, "kick", NULL);
	close_device(cloud, device, "kicked", out);
}

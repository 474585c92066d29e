/* What a scenario brings with it: parts of a cloud file that exist while it is loaded. */
#include <string.h>

#include "cloud_file.h"
#include "engine.h"
#include "lifecycle.h"
#include "store_ota.h"

/* 0: there is none. */
static int64_t firmware_id(struct cloud *cloud, const struct cloud_file_firmware *named)
{
	struct product *product = product_find(cloud, named->product_key, strlen(named->product_key));
	struct stored_firmware firmware = { 0 };
	int64_t id = 0;

	if (product && store_find_firmware(cloud->store, product->id, named->module, named->version, &firmware) > 0)
		id = firmware.id;
	stored_firmware_free(&firmware);
	return id;
}

int fixtures_make(struct cloud *cloud, struct scenario *scenario)
{
	const struct cloud_file *file = scenario->fixtures;
	size_t i;

	if (!file)
		return 0;
	scenario->made_products = arena_alloc(&scenario->arena, file->product_count + 1);
	scenario->made_devices = arena_alloc(&scenario->arena, file->device_count + 1);
	scenario->made_firmware = arena_alloc(&scenario->arena, file->firmware_count + 1);
	if (!scenario->made_products || !scenario->made_devices || !scenario->made_firmware)
		return -1;
	for (i = 0; i < file->firmware_count; i++)
		scenario->made_firmware[i] = !firmware_id(cloud, &file->firmware[i]);
	for (i = 0; i < file->product_count; i++)
		scenario->made_products[i] = !product_find(cloud, file->products[i].product_key, strlen(file->products[i].product_key));
	for (i = 0; i < file->device_count; i++)
		scenario->made_devices[i] = !device_find_key(cloud, file->devices[i].product_key, file->devices[i].device_name);
	return store_apply(cloud->store, file, false);
}

/* A package that some device is still to fetch stays, and the log says so. */
static void firmware_remove(struct cloud *cloud, const struct cloud_file_firmware *named)
{
	struct record record = record_new(cloud, SERVICE_OTA, NULL, 0, "scenario", CODE_BAD_PARAMS);
	int64_t id = firmware_id(cloud, named), open = 0;

	if (!id || store_count_open_upgrades(cloud->store, id, &open) || (!open && !store_delete_firmware(cloud->store, id)))
		return;
	record.product_key = named->product_key;
	record.content = named->version;
	record.content_len = strlen(named->version);
	record.why = "the scenario's package stays: there are unfinished upgrades to it";
	journal_add(cloud->journal, &record);
}

void fixtures_remove(struct cloud *cloud, struct scenario *scenario, struct effects *out)
{
	const struct cloud_file *file = scenario->fixtures;
	struct device *device;
	size_t i;

	for (i = 0; file && scenario->made_firmware && i < file->firmware_count; i++)
		if (scenario->made_firmware[i])
			firmware_remove(cloud, &file->firmware[i]);
	for (i = 0; file && scenario->made_devices && i < file->device_count; i++) {
		device = scenario->made_devices[i] ?
			device_find_key(cloud, file->devices[i].product_key, file->devices[i].device_name) : NULL;
		if (device)
			device_delete(cloud, device, out);
	}
	for (i = 0; file && scenario->made_products && i < file->product_count; i++)
		if (scenario->made_products[i]) {
			struct product *product = product_find(cloud, file->products[i].product_key, strlen(file->products[i].product_key));

			if (product && !product->devices)
				product_drop(cloud, product);
		}
}

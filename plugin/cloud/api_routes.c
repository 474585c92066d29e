#include "api_call.h"

/* A request is in this table, or the API does not know it. The OpenAPI document is made from it. */
static const struct api_route routes[] = {
	{ "GET", "/status", "What is running, and how much of it", "", NULL, api_status },
	{ "GET", "/codes", "Every documented code", "", NULL, api_code_list },
	{ "GET", "/codes/{code}", "One code explained, by number or name", "", NULL, api_code_show },
	{ "GET", "/openapi.json", "This document", "", NULL, api_openapi },

	{ "GET", "/products", "All products", "", NULL, api_product_list },
	{ "GET", "/products/{productKey}", "One product with its thing model", "", NULL, api_product_show },

	{ "GET", "/devices", "Devices, page by page", "productKey status name limit:integer after", NULL, api_device_list },
	{ "POST", "/devices", "Create a device", "",
	  "productKey:string! deviceName:string! deviceSecret:string enabled:boolean gateway:object", api_device_create },
	{ "GET", "/devices/{productKey}/{deviceName}", "One device", "", NULL, api_device_show },
	{ "DELETE", "/devices/{productKey}/{deviceName}", "Delete a device", "", NULL, api_device_delete },
	{ "POST", "/devices/{productKey}/{deviceName}/enable", "Enable a device", "", "", api_device_enable },
	{ "POST", "/devices/{productKey}/{deviceName}/disable", "Disable a device and close its connection", "", "",
	  api_device_disable },
	{ "POST", "/devices/{productKey}/{deviceName}/kick", "Close a device's connection", "", "", api_device_kick },
	{ "GET", "/devices/{productKey}/{deviceName}/credentials", "What a client has to send in CONNECT",
	  "signMethod tls timestamp clientId", NULL, api_credentials },

	{ "GET", "/properties/{productKey}/{deviceName}", "The newest reported values", "", NULL, api_property_get },
	{ "POST", "/properties/{productKey}/{deviceName}", "Send thing.service.property.set and wait for the answer", "",
	  "params:object! timeoutMs:integer", api_property_set },

	{ "GET", "/shadows/{productKey}/{deviceName}", "A device's shadow", "", NULL, api_shadow_get },
	{ "POST", "/shadows/{productKey}/{deviceName}", "Want state of a device; without `desired` what is wanted is cleared", "",
	  "desired:object version:integer", api_shadow_set },

	{ "GET", "/configs", "Remote configuration of all products", "", NULL, api_config_list },
	{ "GET", "/configs/{productKey}", "A product's remote configuration and the versions kept", "", NULL, api_config_show },
	{ "POST", "/configs/{productKey}", "Save a remote configuration, from `content` or an absolute path, and switch it on", "",
	  "content:any file:string", api_config_set },
	{ "POST", "/configs/{productKey}/push", "Send thing.config.push to every online device of a product", "", "",
	  api_config_push },
	{ "POST", "/configs/{productKey}/on", "Switch a product's remote configuration on", "", "", api_config_on },
	{ "POST", "/configs/{productKey}/off", "Switch a product's remote configuration off", "", "", api_config_off },

	{ "GET", "/firmware", "Firmware packages, newest first", "productKey module limit:integer", NULL, api_firmware_list },
	{ "POST", "/firmware", "Add a firmware package of files given by absolute path", "",
	  "productKey:string! version:string! files:array! module:string sourceVersions:array signMethod:string"
	  " isDiff:boolean extData:object automatic:boolean", api_firmware_add },
	{ "DELETE", "/firmware/{productKey}/{module}/{version}", "Remove a firmware package; its files stay", "", NULL,
	  api_firmware_delete },
	{ "GET", "/upgrades/{productKey}/{deviceName}", "What versions a device reported, and its upgrades, newest first", "", NULL,
	  api_upgrade_list },
	{ "POST", "/upgrades/{productKey}/{deviceName}", "Upgrade a device to a package's version", "",
	  "version:string! module:string protocol:string needConfirm:boolean withinMs:integer", api_upgrade_start },
	{ "POST", "/upgrades/{productKey}/{deviceName}/confirm", "Confirm an upgrade that waits for it", "", "module:string",
	  api_upgrade_confirm },
	{ "POST", "/upgrades/{productKey}/{deviceName}/cancel", "Cancel an unfinished upgrade", "", "module:string",
	  api_upgrade_cancel },
	{ "GET", "/files/{token}", "Where the bytes of a download are, for the URL that a device was sent",
	  "Expires:integer Signature", NULL, api_file_get },

	{ "GET", "/log", "Log records, oldest first",
	  "productKey deviceName traceId messageId service keyword status why from:integer to:integer limit:integer"
	  " after:integer wait:integer", NULL, api_log },
};

const struct api_route *api_routes(size_t *count)
{
	*count = sizeof(routes) / sizeof(routes[0]);
	return routes;
}

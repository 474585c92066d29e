#include "api_call.h"

/* A request is in this table, or the API does not know it. The OpenAPI document is made from it. */
static const struct api_route routes[] = {
	{ "GET", "/status", "What is running, and how much of it", "", NULL, api_status },
	{ "GET", "/metrics", "What /metrics serves, as text in JSON", "", NULL, api_metrics },
	{ "GET", "/codes", "Every documented code", "", NULL, api_code_list },
	{ "GET", "/codes/{code}", "One code explained, by number or name", "", NULL, api_code_show },
	{ "GET", "/openapi.json", "This document", "", NULL, api_openapi },

	{ "GET", "/products", "All products", "", NULL, api_product_list },
	{ "GET", "/products/{productKey}", "One product with its thing model", "", NULL, api_product_show },
	{ "POST", "/products", "Create a product", "",
	  "productKey:string! productSecret:string name:string nodeType:string dataFormat:string validation:string"
	  " dynamicRegistration:boolean tsl:any", api_product_create },
	{ "POST", "/products/{productKey}", "Change a product's switches", "",
	  "name:string validation:string dynamicRegistration:boolean", api_product_set },
	{ "GET", "/products/{productKey}/tsl", "A product's thing model, as the console exports it", "", NULL, api_product_export },
	{ "PUT", "/products/{productKey}/tsl", "Give a product another thing model; its devices have it at once", "", "tsl:any!",
	  api_product_import },

	{ "GET", "/devices", "Devices, page by page", "productKey status name limit:integer after", NULL, api_device_list },
	{ "POST", "/devices", "Create a device", "",
	  "productKey:string! deviceName:string! deviceSecret:string enabled:boolean gateway:object", api_device_create },
	{ "GET", "/devices/{productKey}/{deviceName}", "One device", "", NULL, api_device_show },
	{ "DELETE", "/devices/{productKey}/{deviceName}", "Delete a device", "", NULL, api_device_delete },
	{ "POST", "/devices/{productKey}/{deviceName}/enable", "Enable a device", "", "", api_device_enable },
	{ "POST", "/devices/{productKey}/{deviceName}/disable", "Disable a device and close its connection", "", "",
	  api_device_disable },
	{ "POST", "/devices/{productKey}/{deviceName}/reset", "Make a device as if it had never connected, and free it of its topology",
	  "", "", api_device_reset },
	{ "POST", "/devices/{productKey}/{deviceName}/kick", "Close a device's connection", "", "", api_device_kick },
	{ "GET", "/devices/{productKey}/{deviceName}/credentials",
	  "What a client has to send in CONNECT (mode secret, register, regnwl, connwl, psk, preauth, x509), or a gateway for its"
	  " sub-device (login, topo-add)",
	  "mode signMethod tls timestamp clientId random", NULL, api_credentials },

	{ "GET", "/topology", "All gateways, page by page", "limit:integer after", NULL, api_topology_list },
	{ "GET", "/topology/{productKey}/{deviceName}", "A gateway's sub-devices", "limit:integer after", NULL, api_topology_show },
	{ "POST", "/topology/{productKey}/{deviceName}", "Bind sub-devices to a gateway, taking them from another", "",
	  "subDevices:array!", api_topology_add },
	{ "PUT", "/topology/{productKey}/{deviceName}/{subProductKey}/{subDeviceName}", "Bind one sub-device", "", "",
	  api_topology_bind },
	{ "DELETE", "/topology/{productKey}/{deviceName}/{subProductKey}/{subDeviceName}", "Release a sub-device", "", NULL,
	  api_topology_remove },
	{ "POST", "/topology/{productKey}/{deviceName}/notify", "Send thing.topo.add.notify and wait for the answer", "",
	  "subDevices:array! timeoutMs:integer", api_topology_notify },
	{ "POST", "/topology/{productKey}/{deviceName}/permit", "Send thing.gateway.permit and wait for the answer", "",
	  "productKey:string time:integer! timeoutMs:integer", api_topology_permit },
	{ "POST", "/topology/{productKey}/{deviceName}/config", "Send thing.model.config.push (option gatewayConfigPush), by default of the product's remote configuration", "",
	  "url:string digest:string digestMethod:string", api_topology_config },

	{ "GET", "/properties/{productKey}/{deviceName}", "The newest reported values", "", NULL, api_property_get },
	{ "POST", "/properties/{productKey}/{deviceName}", "Send thing.service.property.set and wait for the answer", "",
	  "params:object! timeoutMs:integer", api_property_set },
	{ "POST", "/properties/{productKey}/{deviceName}/fetch", "Ask the device itself for values (option propertyGet)", "",
	  "properties:array! timeoutMs:integer", api_property_fetch },

	{ "GET", "/desired/{productKey}/{deviceName}", "What applications want of a device's properties", "", NULL, api_desired_get },
	{ "POST", "/desired/{productKey}/{deviceName}",
	  "Want values; a device that can be reached is sent thing.service.property.set at once", "",
	  "params:object! versions:object", api_desired_set },
	{ "POST", "/desired/{productKey}/{deviceName}/delete", "Want these properties' values no longer", "",
	  "properties:array!", api_desired_delete },

	{ "GET", "/tags/{productKey}/{deviceName}", "A device's tags", "", NULL, api_tag_get },
	{ "POST", "/tags/{productKey}/{deviceName}", "Set tags; the others stay, null removes", "", "tags:object!", api_tag_set },
	{ "POST", "/tags/{productKey}/{deviceName}/delete", "Remove tags", "", "tags:array!", api_tag_delete },

	{ "POST", "/services/{productKey}/{deviceName}/{service}",
	  "Call a service and wait for the answer; `sync` goes over RRPC, by default as the model says", "",
	  "params:object sync:boolean timeoutMs:integer", api_service_call },
	{ "POST", "/rrpc/{productKey}/{deviceName}",
	  "Send bytes over RRPC and wait for the answer, on a custom topic or on the system's", "",
	  "topic:string payload:string payloadBase64:string timeoutMs:integer", api_rrpc },

	{ "GET", "/shadows/{productKey}/{deviceName}", "A device's shadow", "", NULL, api_shadow_get },
	{ "POST", "/shadows/{productKey}/{deviceName}", "Want state of a device; without `desired` what is wanted is cleared", "",
	  "desired:object version:integer", api_shadow_set },

	{ "GET", "/configs", "Remote configuration of all products", "", NULL, api_config_list },
	{ "GET", "/configs/{productKey}", "A product's remote configuration and the versions kept", "", NULL, api_config_show },
	{ "POST", "/configs/{productKey}", "Save a remote configuration, byte for byte as it is written, and switch it on", "",
	  "content:any!", api_config_set },
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

	{ "GET", "/jobs", "All jobs", "", NULL, api_job_list },
	{ "POST", "/jobs", "Hand a job out to devices", "", "jobDocument:object! jobFile:object devices:array!", api_job_create },
	{ "GET", "/jobs/{jobId}", "One job and its tasks", "", NULL, api_job_show },
	{ "POST", "/jobs/{jobId}/cancel", "Cancel what is not final", "", "", api_job_cancel },
	{ "POST", "/jobs/{jobId}/remove", "Remove what is not final", "", "", api_job_remove },
	{ "POST", "/jobs/{productKey}/{deviceName}", "Hand a job out to one device", "", "jobDocument:object! jobFile:object",
	  api_job_create_one },

	{ "POST", "/messages/{productKey}/{deviceName}", "Publish to a topic of a device", "",
	  "topic:string! payload:string payloadBase64:string", api_message_publish },
	{ "POST", "/broadcasts/{productKey}", "One message to all online devices of a product, or to a topic's subscribers", "",
	  "name:string payload:string payloadBase64:string", api_broadcast },
	{ "POST", "/devices/{productKey}/{deviceName}/bootstrap", "Ask a device to fetch its endpoint again", "", "",
	  api_bootstrap_notify },
	{ "POST", "/devices/{productKey}/{deviceName}/log-mode", "Whether a device uploads its logs", "", "mode:integer!",
	  api_log_mode },
	{ "POST", "/devices/{productKey}/{deviceName}/tunnel", "Tell a device of a secure tunnel", "",
	  "operation:string fields:object", api_tunnel },
	{ "GET", "/devices/{productKey}/{deviceName}/files", "Files that a device uploaded", "", NULL, api_upload_list },
	{ "POST", "/auth/register/device", "A device registers", API_DEVICE, NULL, api_register_device },
	{ "POST", "/auth/devicename", "A device authenticates before MQTT", API_DEVICE, NULL, api_pre_authenticate },
	{ "POST", "/auth/bootstrap", "A device asks where to connect", API_DEVICE, NULL, api_bootstrap },
	{ "GET", "/auth/bootstrap/regionId/{regionId}", "The same for a region", API_DEVICE, NULL, api_bootstrap },

	{ "GET", "/cloud", "The present state as one cloud file", "", NULL, api_cloud_export },
	{ "POST", "/cloud", "Add what cloud files, given by absolute path, have and the state lacks", "", "files:array!",
	  api_cloud_apply },

	{ "POST", "/reset", "Return to the cloud files; connections are kept unless told otherwise", "", "connections:string",
	  api_reset },
	{ "GET", "/snapshots", "Saved states", "", NULL, api_snapshot_list },
	{ "POST", "/snapshots", "Save the present state under a name", "", "name:string!", api_snapshot_save },
	{ "POST", "/snapshots/{name}/restore", "Return to a saved state", "", "connections:string", api_snapshot_restore },
	{ "DELETE", "/snapshots/{name}", "Forget a saved state", "", NULL, api_snapshot_delete },
	{ "GET", "/properties/{productKey}/{deviceName}/history", "Reported values, newest first, page by page",
	  "property from:integer to:integer limit:integer after", NULL, api_property_history },

	{ "GET", "/events/{productKey}/{deviceName}", "Reported events, newest first, page by page",
	  "identifier from:integer to:integer limit:integer after", NULL, api_event_list },

	{ "GET", "/log", "Log records, oldest first; with follow=true a stream of server-sent events, one record each",
	  "productKey deviceName traceId messageId service keyword status why from:integer to:integer limit:integer"
	  " after:integer wait:integer", NULL, api_log },
};

const struct api_route *api_routes(size_t *count)
{
	*count = sizeof(routes) / sizeof(routes[0]);
	return routes;
}

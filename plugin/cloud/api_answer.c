/*
 * What a successful answer holds, for the OpenAPI document: one row for each handler of api_routes.c. A test
 * holds real answers against it, every member.
 */
#include "api_call.h"

/*
 * Members as in a route's row, `name:type`, text without a type; a type may also be the name of a schema. Behind it
 * `[]` says an array of it, `?` that it may be null, `*` that the member is not always there. `+Schema` takes
 * over the members of one; a schema's name alone is all of the answer.
 */
static const struct api_schema schemas[] = {
	{ "DeviceName", "productKey deviceName" },
	{ "Device", "+DeviceName nodeType status enabled:boolean online:boolean lastOnlineTime:integer? gateway:DeviceName?" },
	{ "DeviceDetails", "+Device deviceSecret iotId activatedTime:integer? clientId:string? address:string?"
	                   " protocol:string? properties:integer subscriptions:Subscription[]" },
	{ "Subscription", "filter qos:integer" },
	{ "Product", "productKey name nodeType dataFormat validation dynamicRegistration:boolean devices:integer" },
	{ "ProductDetails", "+Product productSecret tsl:any" },
	{ "Code", "name code:integer message meaning source" },
	{ "Gateway", "+DeviceName online:boolean subDevices:integer subDevicesOnline:integer" },
	{ "Topology", "+DeviceName online:boolean subDevices:SubDevice[] total:integer next:string?" },
	{ "SubDevice", "+DeviceName online:boolean enabled:boolean" },
	{ "Reply", "id code:integer data:any checkFailedData:object*" },
	{ "Tag", "attrKey attrValue domain:string*" },
	{ "Shadow", "state:object metadata:object version:integer" },
	{ "ConfigVersion", "configId:string? configSize:integer? sign:string? saved:integer?" },
	{ "Config", "+ConfigVersion productKey enabled:boolean" },
	{ "ConfigDetails", "+Config content:any versions:ConfigVersion[]" },
	{ "File", "path size:integer md5 sha256" },
	{ "Firmware", "productKey module version sourceVersions:array? automatic:boolean isDiff:boolean signMethod:string?"
	              " extData:object? files:File[]" },
	{ "ModuleVersion", "module version reported:integer" },
	{ "Upgrade", "id:integer module sourceVersion:string? version state step:integer description:string? reason:string?"
	             " protocol created:integer? notified:integer? started:integer? finished:integer? deadline:integer?" },
	{ "Upgrades", "versions:ModuleVersion[] upgrades:Upgrade[]" },
	{ "JobSummary", "jobId tasks:integer" },
	{ "Job", "jobId jobDocument:object jobFile:object? tasks:Task[]" },
	{ "Task", "taskId status progress:integer? +DeviceName statusDetails:object?" },
	{ "Upload", "fileName uploadId received:integer complete:boolean crc64" },
	{ "Snapshot", "name time:integer" },
	{ "Sample", "property value:any time:integer" },
	{ "Event", "identifier type value:any time:integer" },
	{ "Record", "seq:integer time:integer traceId service messageId productKey deviceName operation content"
	            " contentCut:boolean* code:integer why:string* rule:string*" },
	{ "Coverage", "code:integer operation message how why:string*" },
	{ "ScenarioHead", "name description:string? source:string? seed:integer verdict ended:string?" },
	{ "Scenario", "+ScenarioHead rules:integer expectations:integer met:integer failed:integer open:integer tags:string[]" },
	{ "ScenarioReport", "+ScenarioHead began:integer durationMs:integer logAfter:integer logTo:integer report:ReportFiles"
	                    " expectations:Expectation[] rules:Rule[] timeline:Step[] checkpoints:Checkpoint[]" },
	{ "ReportFiles", "junit:string? json:string? trace:string?" },
	{ "Expectation", "id wanted verdict severity count:integer why:string* reached:Reached[]" },
	{ "Rule", "id on eligible:integer fired:integer enabled:boolean optional:boolean verdict why:string* reached:Reached[]" },
	{ "Reached", "time:integer key:string? condition:string? seen:string*" },
	{ "Step", "id done:integer" },
	{ "Checkpoint", "time:integer text by" },
	{ "Clock", "mode now:integer world:integer ntpSkewMs:integer scale:number*" },
	{ "Refusal", "code message complaints:string[]*" },
};

static const struct api_answer answers[] = {
	{ api_status, 200, "version uptimeMs:integer now:integer seed:integer state region broker:string? connections:integer"
	                   " devicesOnline:integer products:integer devices:integer messagesUp:integer messagesDown:integer"
	                   " connectsAccepted:integer connectsRefused:integer logRecords:integer" },
	{ api_metrics,          200, "text" },
	{ api_code_list,        200, "codes:Code[]" },
	{ api_code_coverage,    200, "coverage:Coverage[] realRule:integer injected:integer missing:integer" },
	{ api_code_show,        200, "Code" },
	{ api_openapi,          200, "openapi info:object servers:array security:array paths:object components:object" },

	{ api_product_list,     200, "products:Product[]" },
	{ api_product_show,     200, "ProductDetails" },
	{ api_product_create,   201, "ProductDetails" },
	{ api_product_set,      200, "ProductDetails" },
	{ api_product_export,   200, "any" },
	{ api_product_import,   200, "ProductDetails" },
	{ api_script_get,       200, "productKey script" },
	{ api_script_set,       200, "" },
	{ api_script_delete,    200, "" },

	{ api_device_list,      200, "devices:Device[] total:integer next:string?" },
	{ api_device_create,    201, "DeviceDetails" },
	{ api_device_show,      200, "DeviceDetails" },
	{ api_device_delete,    200, "" },
	{ api_device_enable,    200, "DeviceDetails" },
	{ api_device_disable,   200, "DeviceDetails" },
	{ api_device_reset,     200, "DeviceDetails" },
	{ api_device_kick,      200, "" },
	/* which of them depends on `mode` */
	{ api_credentials,      200, "host:string?* port:integer?* listener:string* clientId:string* username:string*"
	                             " password:string* signMethod:string* content:string* form:object* pskIdentity:string*"
	                             " psk:string* topic:string?* params:any* payload:string*" },

	{ api_topology_list,    200, "gateways:Gateway[] next:string?" },
	{ api_topology_show,    200, "Topology" },
	{ api_topology_add,     200, "Topology" },
	{ api_topology_bind,    200, "Topology" },
	{ api_topology_remove,  200, "Topology" },
	{ api_topology_notify,  200, "Reply" },
	{ api_topology_permit,  200, "Reply" },
	{ api_topology_config,  200, "" },

	{ api_property_get,     200, "properties:object" },
	{ api_property_set,     200, "Reply" },
	{ api_property_fetch,   200, "Reply" },
	{ api_property_history, 200, "samples:Sample[] next:string?" },
	{ api_event_list,       200, "events:Event[] next:string?" },
	{ api_desired_get,      200, "desired:object" },
	{ api_desired_set,      200, "desired:object sent:boolean" },
	{ api_desired_delete,   200, "desired:object" },
	{ api_tag_get,          200, "tags:Tag[]" },
	{ api_tag_set,          200, "tags:Tag[]" },
	{ api_tag_delete,       200, "tags:Tag[]" },
	{ api_service_call,     200, "Reply" },
	{ api_rrpc,             200, "messageId payload:string? payloadBase64" },
	{ api_shadow_get,       200, "Shadow" },
	{ api_shadow_set,       200, "Shadow" },

	{ api_config_list,      200, "configs:Config[]" },
	{ api_config_show,      200, "ConfigDetails" },
	{ api_config_set,       200, "ConfigDetails" },
	{ api_config_on,        200, "ConfigDetails" },
	{ api_config_off,       200, "ConfigDetails" },
	{ api_config_push,      200, "configId devices:integer" },
	{ api_firmware_list,    200, "firmware:Firmware[]" },
	{ api_firmware_add,     201, "Firmware" },
	{ api_firmware_delete,  200, "Firmware" },
	{ api_upgrade_list,     200, "Upgrades" },
	{ api_upgrade_start,    201, "+Upgrade why:string?" },
	{ api_upgrade_confirm,  200, "Upgrades" },
	{ api_upgrade_cancel,   200, "Upgrades" },
	{ api_file_get,         200, "size:integer contentType path:string* content:string*" },

	{ api_job_list,         200, "jobs:JobSummary[]" },
	{ api_job_create,       201, "Job" },
	{ api_job_create_one,   201, "Job" },
	{ api_job_show,         200, "Job" },
	{ api_job_cancel,       200, "Job" },
	{ api_job_remove,       200, "Job" },

	{ api_message_publish,  200, "" },
	{ api_broadcast,        200, "reached:integer" },
	{ api_bootstrap_notify, 200, "Reply" },
	{ api_log_mode,         200, "mode:integer" },
	{ api_tunnel,           200, "" },
	{ api_upload_list,      200, "files:Upload[]" },

	{ api_cloud_export,     200, "cloud:integer profile:string* region instanceId:string* limits:object options:object"
	                             " products:array devices:array firmware:array" },
	{ api_cloud_apply,      200, "products:integer devices:integer warnings:string[]" },
	{ api_reset,            200, "" },
	{ api_snapshot_list,    200, "snapshots:Snapshot[]" },
	{ api_snapshot_save,    201, "" },
	{ api_snapshot_restore, 200, "" },
	{ api_snapshot_delete,  200, "" },
	{ api_log,              200, "records:Record[] next:integer" },

	{ api_scenario_list,    200, "scenarios:Scenario[]" },
	{ api_scenario_load,    201, "ScenarioReport" },
	{ api_scenario_show,    200, "ScenarioReport" },
	{ api_scenario_stop,    200, "ScenarioReport" },
	{ api_scenario_stop_all, 200, "scenarios:ScenarioReport[]" },
	{ api_scenario_unload,  200, "ScenarioReport" },
	{ api_clock_show,       200, "Clock" },
	{ api_clock_set,        200, "Clock" },
};

const struct api_schema *api_schemas(size_t *count)
{
	*count = sizeof(schemas) / sizeof(schemas[0]);
	return schemas;
}

const struct api_answer *api_answer_of(const struct api_route *route)
{
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (answers[i].run == route->run)
			return &answers[i];
	return NULL;
}

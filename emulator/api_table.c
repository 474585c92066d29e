#include "api_table.h"

#include <stddef.h>
#include <string.h>

#include "scenario_view.h"

bool api_command_alone(const struct api_command *command)
{
	return command->alone || (command->verb && !strcmp(command->verb, "list"));
}

const char *api_command_option(const struct api_command *command)
{
	const struct api_option *option;

	for (option = command->options; option && option->name; option++)
		if (option->form == OPTION_NAMES)
			return option->name;
	return NULL;
}

/* --- how answers look --- */

static const struct view status_view = { .columns = (const struct column[]){
	{ "version",        "version",          view_text     },
	{ "broker",         "broker",           view_text     },
	{ "region",         "region",           view_text     },
	{ "state",          "state",            view_text     },
	{ "seed",           "seed",             view_text     },
	{ "now",            "now",              view_time     },
	{ "uptime",         "uptimeMs",         view_duration },
	{ "products",       "products",         view_text     },
	{ "devices",        "devices",          view_text     },
	{ "devices online", "devicesOnline",    view_text     },
	{ "connections",    "connections",      view_text     },
	{ "connects",       "connectsAccepted", view_text     },
	{ "refused",        "connectsRefused",  view_text     },
	{ "messages up",    "messagesUp",       view_text     },
	{ "messages down",  "messagesDown",     view_text     },
	{ "log records",    "logRecords",       view_text     },
	{ 0 } } };

static const struct view product_list_view = {
	.rows = "products", .none = "no products",
	.columns = (const struct column[]){
		{ "PRODUCT KEY",          "productKey",          view_text   },
		{ "NODE TYPE",            "nodeType",            view_text   },
		{ "DATA FORMAT",          "dataFormat",          view_text   },
		{ "VALIDATION",           "validation",          view_text   },
		{ "DYNAMIC REGISTRATION", "dynamicRegistration", view_yes_no },
		{ "DEVICES",              "devices",             view_text   },
		{ "NAME",                 "name",                view_text   },
		{ 0 } } };

static const struct view product_view = { .columns = (const struct column[]){
	{ "product key",          "productKey",          view_text   },
	{ "product secret",       "productSecret",       view_text   },
	{ "name",                 "name",                view_text   },
	{ "node type",            "nodeType",            view_text   },
	{ "data format",          "dataFormat",          view_text   },
	{ "validation",           "validation",          view_text   },
	{ "dynamic registration", "dynamicRegistration", view_yes_no },
	{ "thing model",          "tsl",                 view_model  },
	{ "devices",              "devices",             view_text   },
	{ 0 } } };

static const struct view device_list_view = {
	.rows = "devices", .none = "no devices",
	.columns = (const struct column[]){
		{ "PRODUCT KEY", "productKey",     view_text   },
		{ "DEVICE NAME", "deviceName",     view_text   },
		{ "STATUS",      "status",         view_status },
		{ "NODE TYPE",   "nodeType",       view_text   },
		{ "LAST ONLINE", "lastOnlineTime", view_time   },
		{ "GATEWAY",     "gateway",        view_device },
		{ 0 } } };

static const struct view device_view = { .columns = (const struct column[]){
	{ "product key",   "productKey",     view_text         },
	{ "device name",   "deviceName",     view_text         },
	{ "device secret", "deviceSecret",   view_text         },
	{ "status",        "status",         view_status       },
	{ "enabled",       "enabled",        view_yes_no       },
	{ "node type",     "nodeType",       view_text         },
	{ "gateway",       "gateway",        view_device       },
	{ "activated",     "activatedTime",  view_time         },
	{ "last online",   "lastOnlineTime", view_time         },
	{ "client id",     "clientId",       view_text         },
	{ "address",       "address",        view_text         },
	{ "protocol",      "protocol",       view_text         },
	{ "properties",    "properties",     view_text         },
	{ "subscriptions", "subscriptions",  view_subscription },
	{ 0 } } };

/* Of CONNECT, of TLS-PSK before it, of the form of a registration over HTTPS, of a gateway's message for a sub-device. */
static const struct view credentials_view = { .varied = true, .columns = (const struct column[]){
	{ "host",         "host",        view_text },
	{ "port",         "port",        view_text },
	{ "client id",    "clientId",    view_text },
	{ "username",     "username",    view_text },
	{ "password",     "password",    view_text },
	{ "psk identity", "pskIdentity", view_text },
	{ "psk",          "psk",         view_text },
	{ "form",         "form",        view_text },
	{ "topic",        "topic",       view_text },
	{ "payload",      "payload",     view_text },
	{ "sign method",  "signMethod",  view_text },
	{ "signed text",  "content",     view_text },
	{ 0 } } };

static const struct view property_view = {
	.rows = "properties", .none = "no properties",
	.columns = (const struct column[]){
		{ "PROPERTY", "",      view_name },
		{ "TIME",     "time",  view_time },
		{ "VALUE",    "value", view_json },
		{ 0 } } };

static const struct view history_view = {
	.rows = "samples", .none = "nothing reported",
	.columns = (const struct column[]){
		{ "TIME",     "time",     view_time },
		{ "PROPERTY", "property", view_text },
		{ "VALUE",    "value",    view_json },
		{ 0 } } };

static const struct view event_view = {
	.rows = "events", .none = "no events",
	.columns = (const struct column[]){
		{ "TIME",   "time",       view_time },
		{ "TYPE",   "type",       view_text },
		{ "EVENT",  "identifier", view_text },
		{ "OUTPUT", "value",      view_json },
		{ 0 } } };

static const struct view config_list_view = {
	.rows = "configs", .none = "no products",
	.columns = (const struct column[]){
		{ "PRODUCT KEY", "productKey", view_text   },
		{ "ENABLED",     "enabled",    view_yes_no },
		{ "CONFIG ID",   "configId",   view_text   },
		{ "BYTES",       "configSize", view_text   },
		{ "SAVED",       "saved",      view_time   },
		{ 0 } } };

static const struct view config_view = { .columns = (const struct column[]){
	{ "product key", "productKey", view_text   },
	{ "enabled",     "enabled",    view_yes_no },
	{ "config id",   "configId",   view_text   },
	{ "bytes",       "configSize", view_text   },
	{ "sha256",      "sign",       view_text   },
	{ "saved",       "saved",      view_time   },
	{ "content",     "content",    view_json   },
	{ 0 } } };

static const struct view config_push_view = { .columns = (const struct column[]){
	{ "config id", "configId", view_text },
	{ "devices",   "devices",  view_text },
	{ 0 } } };

static const struct view firmware_list_view = {
	.rows = "firmware", .none = "no firmware",
	.columns = (const struct column[]){
		{ "PRODUCT KEY",  "productKey",     view_text   },
		{ "MODULE",       "module",         view_text   },
		{ "VERSION",      "version",        view_text   },
		{ "FOR VERSIONS", "sourceVersions", view_words  },
		{ "AUTOMATIC",    "automatic",      view_yes_no },
		{ "DIFFERENTIAL", "isDiff",         view_yes_no },
		{ "FILES",        "files",          view_file   },
		{ 0 } } };

static const struct view firmware_view = { .columns = (const struct column[]){
	{ "product key",  "productKey",     view_text   },
	{ "module",       "module",         view_text   },
	{ "version",      "version",        view_text   },
	{ "for versions", "sourceVersions", view_words  },
	{ "automatic",    "automatic",      view_yes_no },
	{ "differential", "isDiff",         view_yes_no },
	{ "sign method",  "signMethod",     view_text   },
	{ "files",        "files",          view_file   },
	{ 0 } } };

static const struct view upgrade_list_view = {
	.rows = "upgrades", .none = "no upgrades",
	.columns = (const struct column[]){
		{ "MODULE",   "module",        view_text },
		{ "FROM",     "sourceVersion", view_text },
		{ "TO",       "version",       view_text },
		{ "STATE",    "state",         view_text },
		{ "STEP",     "step",          view_text },
		{ "NOTIFIED", "notified",      view_time },
		{ "STARTED",  "started",       view_time },
		{ "FINISHED", "finished",      view_time },
		{ 0 } },
	.note = &(const struct column){ NULL, "", view_outcome } };

static const struct view upgrade_view = { .columns = (const struct column[]){
	{ "module",   "module",        view_text },
	{ "from",     "sourceVersion", view_text },
	{ "to",       "version",       view_text },
	{ "state",    "state",         view_text },
	{ "protocol", "protocol",      view_text },
	{ "not sent", "why",           view_text },
	{ 0 } } };

static const struct view version_view = {
	.rows = "versions", .none = "no versions reported",
	.columns = (const struct column[]){
		{ "MODULE",   "module",   view_text },
		{ "VERSION",  "version",  view_text },
		{ "REPORTED", "reported", view_time },
		{ 0 } } };

/* What a device answered to a downlink call. */
static const struct view reply_view = { .columns = (const struct column[]){
	{ "code", "code", view_code },
	{ "id",   "id",   view_text },
	{ "data", "data", view_json },
	{ 0 } } };

/* The same of a service, whose output may not fit the model. */
static const struct view service_view = { .columns = (const struct column[]){
	{ "code",          "code",            view_code },
	{ "id",            "id",              view_text },
	{ "data",          "data",            view_json },
	{ "failed checks", "checkFailedData", view_text },
	{ 0 } } };

static const struct view rrpc_view = { .columns = (const struct column[]){
	{ "message id", "messageId",     view_text },
	{ "payload",    "payload",       view_text },
	{ "base64",     "payloadBase64", view_text },
	{ 0 } } };

static const struct view desired_view = {
	.rows = "desired", .none = "no desired values",
	.columns = (const struct column[]){
		{ "PROPERTY", "",        view_name },
		{ "VERSION",  "version", view_text },
		{ "TIME",     "time",    view_time },
		{ "VALUE",    "value",   view_json },
		{ 0 } } };

static const struct view tag_view = {
	.rows = "tags", .none = "no tags",
	.columns = (const struct column[]){
		{ "TAG",    "attrKey",   view_text },
		{ "DOMAIN", "domain",    view_text },
		{ "VALUE",  "attrValue", view_text },
		{ 0 } } };

static const struct view log_view = {
	.rows = "records",
	.columns = (const struct column[]){
		{ NULL, "time",      view_time   },
		{ NULL, "",          view_device },
		{ NULL, "service",   view_text   },
		{ NULL, "operation", view_text   },
		{ NULL, "code",      view_code   },
		{ NULL, "content",   view_text   },
		{ 0 } },
	.note = &(const struct column){ NULL, "", view_reason } };

static const struct view code_list_view = {
	.rows = "codes", .none = "no codes",
	.columns = (const struct column[]){
		{ "CODE",    "code",    view_text },
		{ "NAME",    "name",    view_text },
		{ "MESSAGE", "message", view_text },
		{ 0 } } };

static const struct view code_view = { .columns = (const struct column[]){
	{ "code",    "code",    view_text },
	{ "name",    "name",    view_text },
	{ "message", "message", view_text },
	{ "meaning", "meaning", view_text },
	{ "source",  "source",  view_text },
	{ 0 } } };

static const struct view topology_list_view = {
	.rows = "gateways", .none = "no gateways",
	.columns = (const struct column[]){
		{ "PRODUCT KEY", "productKey",       view_text   },
		{ "DEVICE NAME", "deviceName",       view_text   },
		{ "STATUS",      "online",           view_online },
		{ "SUB-DEVICES", "subDevices",       view_text   },
		{ "ONLINE",      "subDevicesOnline", view_text   },
		{ 0 } } };

static const struct view topology_view = {
	.rows = "subDevices", .none = "no sub-devices",
	.columns = (const struct column[]){
		{ NULL, "",       view_branch },
		{ NULL, "online", view_online },
		{ 0 } } };

static const struct view shadow_view = { .columns = (const struct column[]){
	{ "version",  "version",  view_text },
	{ "state",    "state",    view_json },
	{ "metadata", "metadata", view_json },
	{ 0 } } };

static const struct view job_list_view = {
	.rows = "jobs", .none = "no jobs",
	.columns = (const struct column[]){
		{ "JOB",   "jobId", view_text },
		{ "TASKS", "tasks", view_text },
		{ 0 } } };

static const struct view job_view = {
	.rows = "tasks", .none = "no tasks",
	.columns = (const struct column[]){
		{ "TASK",     "taskId",        view_text   },
		{ "DEVICE",   "",              view_device },
		{ "STATUS",   "status",        view_text   },
		{ "PROGRESS", "progress",      view_text   },
		{ "DETAILS",  "statusDetails", view_json   },
		{ 0 } } };

static const struct view snapshot_view = {
	.rows = "snapshots", .none = "no snapshots",
	.columns = (const struct column[]){
		{ "NAME", "name", view_text },
		{ "TIME", "time", view_time },
		{ 0 } } };

static const struct view reached_view = { .columns = (const struct column[]){
	{ "reached", "reached", view_text },
	{ 0 } } };

static const struct view files_view = {
	.rows = "files", .none = "no files",
	.columns = (const struct column[]){
		{ "FILE",     "fileName", view_text   },
		{ "UPLOAD",   "uploadId", view_text   },
		{ "BYTES",    "received", view_text   },
		{ "COMPLETE", "complete", view_yes_no },
		{ "CRC64",    "crc64",    view_text   },
		{ 0 } } };

static const struct view applied_view = { .columns = (const struct column[]){
	{ "products added", "products", view_text },
	{ "devices added",  "devices",  view_text },
	{ "warnings",       "warnings", view_text },
	{ 0 } } };

/* --- options --- */

static const struct api_option drop_options[] = {
	{ "drop", NULL, OPTION_FLAG, "connections", "\"drop\"", "end every device's connection, too" },
	{ 0 }
};

static const struct api_option broadcast_options[] = {
	{ "to", "NAME", OPTION_TEXT, "name", NULL, "only those subscribed to /broadcast/PK/NAME" },
	{ 0 }
};


static const struct api_option device_list_options[] = {
	{ "product", "PK",     OPTION_TEXT,   "productKey", NULL, "only devices of this product" },
	{ "status",  "STATUS", OPTION_TEXT,   "status",     NULL, "only INACTIVE, ONLINE, OFFLINE or DISABLED ones" },
	{ "name",    "GLOB",   OPTION_TEXT,   "name",       NULL, "only device names that match, as in 'gw-*'" },
	{ "limit",   "N",      OPTION_NUMBER, "limit",      NULL, "at most so many" },
	{ "after",   "CURSOR", OPTION_TEXT,   "after",      NULL, "go on where the last list ended" },
	{ 0 }
};

static const struct api_option device_create_options[] = {
	{ "secret",   "SECRET", OPTION_TEXT,   "deviceSecret", NULL,    "its DeviceSecret (else derived)" },
	{ "gateway",  "PK/DN",  OPTION_DEVICE, "gateway",      NULL,    "bind it to this gateway" },
	{ "disabled", NULL,     OPTION_FLAG,   "enabled",      "false", "create it disabled" },
	{ 0 }
};

static const struct api_option credentials_options[] = {
	{ "mode",        "MODE",   OPTION_TEXT,   "mode",       NULL,
	  "secret (the default), register, regnwl, connwl, psk, preauth, x509; login, topo-add of a sub-device" },
	{ "random",      "TEXT",   OPTION_TEXT,   "random",     NULL,   "sign this random (register, regnwl)" },
	{ "sign-method", "METHOD", OPTION_TEXT,   "signMethod", NULL,   "hmacmd5, hmacsha1 or hmacsha256" },
	{ "tls",         NULL,     OPTION_FLAG,   "tls",        "true", "for the TLS port" },
	{ "client-id",   "ID",     OPTION_TEXT,   "clientId",   NULL,   "sign this clientId" },
	{ "timestamp",   "MS",     OPTION_NUMBER, "timestamp",  NULL,   "sign this timestamp" },
	{ 0 }
};

static const struct api_option product_create_options[] = {
	{ "secret",               "SECRET", OPTION_TEXT, "productSecret",       NULL,        "its ProductSecret (else derived)" },
	{ "name",                 "NAME",   OPTION_TEXT, "name",                NULL,        "for people" },
	{ "node-type",            "TYPE",   OPTION_TEXT, "nodeType",            NULL,        "device, gateway or sub-device" },
	{ "raw",                  NULL,     OPTION_FLAG, "dataFormat",          "\"raw\"", "its devices send bytes, which a script reads" },
	{ "validation",           "LEVEL",  OPTION_TEXT, "validation",          NULL,        "strong, weak or none" },
	{ "dynamic-registration", NULL,     OPTION_FLAG, "dynamicRegistration", "true",      "its devices may register themselves" },
	{ 0 }
};

static const struct api_option product_set_options[] = {
	{ "name",                    "NAME",  OPTION_TEXT, "name",                NULL,    "for people" },
	{ "validation",              "LEVEL", OPTION_TEXT, "validation",          NULL,    "strong, weak or none" },
	{ "dynamic-registration",    NULL,    OPTION_FLAG, "dynamicRegistration", "true",  "its devices may register themselves" },
	{ "no-dynamic-registration", NULL,    OPTION_FLAG, "dynamicRegistration", "false", "they may not" },
	{ 0 }
};

static const struct api_option wait_options[] = {
	{ "wait", "TIME", OPTION_DURATION, "timeoutMs", NULL, "how long the device may take to answer" },
	{ 0 }
};

static const struct api_option history_options[] = {
	{ "since", "TIME",   OPTION_SINCE,  "from",  NULL, "only the last 250ms, 5s, 10m, 24h or 7d" },
	{ "limit", "N",      OPTION_NUMBER, "limit", NULL, "at most so many, the newest" },
	{ "after", "CURSOR", OPTION_TEXT,   "after", NULL, "go on where the last list ended" },
	{ 0 }
};

static const struct api_option service_call_options[] = {
	{ "sync",  NULL,   OPTION_FLAG,     "sync",      "true",  "over RRPC, whatever the model says" },
	{ "async", NULL,   OPTION_FLAG,     "sync",      "false", "not over RRPC" },
	{ "wait",  "TIME", OPTION_DURATION, "timeoutMs", NULL,    "how long the device may take to answer" },
	{ 0 }
};

static const struct api_option rrpc_options[] = {
	{ "topic", "TOPIC", OPTION_TEXT,     "topic",     NULL, "on a custom topic (else the system's)" },
	{ "wait",  "TIME",  OPTION_DURATION, "timeoutMs", NULL, "how long the device may take to answer" },
	{ 0 }
};

static const struct api_option firmware_list_options[] = {
	{ "product", "PK",     OPTION_TEXT,   "productKey", NULL, "only packages of this product" },
	{ "module",  "MODULE", OPTION_TEXT,   "module",     NULL, "only packages of this module" },
	{ "limit",   "N",      OPTION_NUMBER, "limit",      NULL, "at most so many" },
	{ 0 }
};

static const struct api_option firmware_add_options[] = {
	{ "module",      "MODULE",    OPTION_TEXT,  "module",         NULL,   "of this module, not of the whole device" },
	{ "for",         "V,V",       OPTION_WORDS, "sourceVersions", NULL,   "only for devices that report these versions" },
	{ "automatic",   NULL,        OPTION_FLAG,  "automatic",      "true", "push it to whoever reports such a version" },
	{ "diff",        NULL,        OPTION_FLAG,  "isDiff",         "true", "a differential package" },
	{ "sign-method", "METHOD",    OPTION_TEXT,  "signMethod",     NULL,   "Md5 or SHA256" },
	{ 0 }
};

static const struct api_option upgrade_options[] = {
	{ "module",  "MODULE", OPTION_TEXT,   "module",      NULL,         "of this module" },
	{ "mqtt",    NULL,     OPTION_FLAG,   "protocol",    "\"mqtt\"",   "to be fetched over MQTT, not HTTP" },
	{ "confirm", NULL,     OPTION_FLAG,   "needConfirm", "true",       "push nothing before `ota confirm`" },
	{ "within",  "TIME",   OPTION_PERIOD, "withinMs",    NULL,         "failed if not done so long after the first progress" },
	{ 0 }
};

static const struct api_option module_options[] = {
	{ "module", "MODULE", OPTION_TEXT, "module", NULL, "of this module" },
	{ 0 }
};

static const struct api_option log_options[] = {
	{ "device",     "PK/DN",   OPTION_DEVICE, "",          NULL,     "only this device; PK alone: this product" },
	{ "service",    "SERVICE", OPTION_TEXT,   "service",   NULL,     "only this service type, as in ThingModel" },
	{ "trace",      "ID",      OPTION_TEXT,   "traceId",   NULL,     "only what one message caused" },
	{ "message-id", "ID",      OPTION_TEXT,   "messageId", NULL,     "only this message id" },
	{ "keyword",    "TEXT",    OPTION_TEXT,   "keyword",   NULL,     "only records that hold this text" },
	{ "failed",     NULL,      OPTION_FLAG,   "status",    "failed", "only what failed" },
	{ "ok",         NULL,      OPTION_FLAG,   "status",    "ok",     "only what went well" },
	{ "why",        NULL,      OPTION_FLAG,   "why",       "true",   "only what was refused, and what scenarios did, with the reason" },
	{ "since",      "TIME",    OPTION_SINCE,  "from",      NULL,     "only the last 250ms, 5s, 10m, 24h or 7d" },
	{ "limit",      "N",       OPTION_NUMBER, "limit",     NULL,     "at most so many, the newest" },
	{ "follow",     NULL,      OPTION_FOLLOW, "follow",    "true",   "go on with new records as they come" },
	{ 0 }
};

static const struct api_option coverage_options[] = {
	{ "coverage", NULL, OPTION_NAMES, "", NULL, NULL },
	{ 0 }
};

static const struct api_option script_run_options[] = {
	{ "raw",   "HEX",      OPTION_TEXT, "", NULL, "bytes for rawDataToProtocol" },
	{ "topic", "TOPIC",    OPTION_TEXT, "", NULL, "the bytes came on this custom topic: for transformPayload" },
	{ "alink", "JSONFILE", OPTION_TEXT, "", NULL, "JSON for protocolToRawData" },
	{ 0 }
};

/* --- commands --- */

#define DEVICE "/devices/{}/{}"

const struct api_command api_commands[] = {
	{ "status", NULL, "", "GET", "/status", .view = &status_view,
	  .what = "what the emulator is doing" },

	{ "product", "list", "", "GET", "/products", .view = &product_list_view,
	  .what = "all products" },
	{ "product", "show", "PK", "GET", "/products/{}", .view = &product_view,
	  .what = "one product; its thing model with --json" },
	{ "product", "create", "PK", "POST", "/products", .body = "productKey", .options = product_create_options,
	  .view = &product_view,
	  .what = "a new product" },
	{ "product", "set", "PK", "POST", "/products/{}", .options = product_set_options, .view = &product_view,
	  .what = "change a product's switches" },
	{ "product", "import", "PK FILE", "PUT", "/products/{}/tsl", .body = "tsl", .view = &product_view,
	  .what = "give a product the thing model of a TSL file" },
	{ "product", "export", "PK", "GET", "/products/{}/tsl",
	  .what = "its thing model as TSL" },

	{ "script", "run", "FILE", NULL, NULL, .options = script_run_options,
	  .what = "call a function of a parsing script; needs no emulator, as test does not" },
	{ "script", "test", "FILE EXAMPLES", NULL, NULL,
	  .what = "run a table of examples through a parsing script" },
	{ "script", "show", "PK", "GET", "/products/{}/script", .text = "script",
	  .what = "a product's parsing script" },
	{ "script", "set", "PK SCRIPT", "PUT", "/products/{}/script", .body = "script", .done = "script submitted",
	  .what = "submit a file as a product's parsing script; it runs from now on" },
	{ "script", "delete", "PK", "DELETE", "/products/{}/script", .done = "script deleted",
	  .what = "leave a product without a parsing script" },

	{ "device", "list", "", "GET", "/devices", .options = device_list_options, .view = &device_list_view,
	  .what = "devices, by product and name" },
	{ "device", "show", "PK DN", "GET", DEVICE, .view = &device_view,
	  .what = "one device and its connection" },
	{ "device", "create", "PK DN", "POST", "/devices", .body = "productKey deviceName",
	  .options = device_create_options, .view = &device_view,
	  .what = "a new device" },
	{ "device", "delete", "PK DN", "DELETE", DEVICE, .done = "deleted",
	  .what = "remove a device and all it has" },
	{ "device", "enable", "PK DN", "POST", DEVICE "/enable", .done = "enabled",
	  .what = "let a disabled device connect again" },
	{ "device", "disable", "PK DN", "POST", DEVICE "/disable", .done = "disabled",
	  .what = "disconnect a device and refuse it from now on" },
	{ "device", "kick", "PK DN", "POST", DEVICE "/kick", .done = "kicked",
	  .what = "end a device's connection" },

	{ "device", "reset", "PK DN", "POST", DEVICE "/reset", .done = "reset",
	  .what = "make a device as if it had never connected, and unbind it" },
	{ "device", "files", "PK DN", "GET", DEVICE "/files", .view = &files_view,
	  .what = "files that a device uploaded over MQTT" },

	{ "topology", "list", "", "GET", "/topology", .view = &topology_list_view,
	  .what = "all gateways" },
	{ "topology", "show", "PK DN", "GET", "/topology/{}/{}", .view = &topology_view,
	  .what = "a gateway's sub-devices as a tree" },
	{ "topology", "add", "PK DN SUB-PK SUB-DN", "PUT", "/topology/{}/{}/{}/{}", .view = &topology_view,
	  .what = "bind a sub-device to a gateway" },
	{ "topology", "remove", "PK DN SUB-PK SUB-DN", "DELETE", "/topology/{}/{}/{}/{}", .view = &topology_view,
	  .what = "release a sub-device" },

	{ "credentials", NULL, "PK DN", "GET", DEVICE "/credentials", .options = credentials_options,
	  .view = &credentials_view,
	  .what = "what a device connects with" },

	{ "property", "get", "PK DN", "GET", "/properties/{}/{}", .view = &property_view,
	  .what = "the values a device last reported" },
	{ "property", "set", "PK DN NAME=VALUE...", "POST", "/properties/{}/{}", .body = "params",
	  .options = wait_options, .view = &reply_view,
	  .what = "set properties of a device and wait for its reply" },
	{ "property", "desired", "PK DN", "GET", "/desired/{}/{}", .view = &desired_view,
	  .what = "what applications want them to be" },
	{ "property", "fetch", "PK DN NAME...", "POST", "/properties/{}/{}/fetch", .body = "properties",
	  .options = wait_options, .view = &reply_view,
	  .what = "ask the device itself for values (option propertyGet)" },

	{ "property", "history", "PK DN [NAME]", "GET", "/properties/{}/{}/history", .body = "property",
	  .options = history_options, .view = &history_view,
	  .what = "what a device reported, newest first" },

	{ "event", "list", "PK DN [NAME]", "GET", "/events/{}/{}", .body = "identifier", .options = history_options,
	  .view = &event_view,
	  .what = "the events of a device, newest first" },

	{ "service", "call", "PK DN ID [NAME=VALUE...]", "POST", "/services/{}/{}/{}", .body = "params",
	  .options = service_call_options, .view = &service_view,
	  .what = "call a service of a device and wait for its reply" },
	{ "service", "rrpc", "PK DN PAYLOAD", "POST", "/rrpc/{}/{}", .body = "payload", .options = rrpc_options,
	  .view = &rrpc_view,
	  .what = "send any text over RRPC and wait for the answer" },

	{ "desired", "get", "PK DN", "GET", "/desired/{}/{}", .view = &desired_view,
	  .what = "what applications want of a device's properties" },
	{ "desired", "set", "PK DN NAME=VALUE...", "POST", "/desired/{}/{}", .body = "params", .view = &desired_view,
	  .what = "want values; a device that is online gets them at once" },
	{ "desired", "delete", "PK DN NAME...", "POST", "/desired/{}/{}/delete", .body = "properties",
	  .view = &desired_view,
	  .what = "want them no longer" },

	{ "tag", "get", "PK DN", "GET", "/tags/{}/{}", .view = &tag_view,
	  .what = "a device's tags" },
	{ "tag", "set", "PK DN NAME=VALUE...", "POST", "/tags/{}/{}", .body = "tags", .view = &tag_view,
	  .what = "set tags; others stay" },
	{ "tag", "delete", "PK DN NAME...", "POST", "/tags/{}/{}/delete", .body = "tags", .view = &tag_view,
	  .what = "remove tags" },

	{ "shadow", "get", "PK DN", "GET", "/shadows/{}/{}", .view = &shadow_view,
	  .what = "a device's shadow" },
	{ "shadow", "set", "PK DN NAME=VALUE...", "POST", "/shadows/{}/{}", .body = "desired", .view = &shadow_view,
	  .what = "want state of a device" },
	{ "shadow", "clear", "PK DN", "POST", "/shadows/{}/{}", .view = &shadow_view,
	  .what = "want nothing of a device any more" },

	{ "config", "list", "", "GET", "/configs", .view = &config_list_view,
	  .what = "which products have one" },
	{ "config", "show", "PK", "GET", "/configs/{}", .view = &config_view,
	  .what = "a product's remote configuration" },
	{ "config", "set", "PK FILE", "POST", "/configs/{}", .body = "content", .view = &config_view,
	  .what = "save a new version of it, and switch it on" },
	{ "config", "push", "PK", "POST", "/configs/{}/push", .view = &config_push_view,
	  .what = "tell every device that is online" },
	{ "config", "on", "PK", "POST", "/configs/{}/on", .view = &config_view,
	  .what = "switch it on" },
	{ "config", "off", "PK", "POST", "/configs/{}/off", .view = &config_view,
	  .what = "switch it off; devices that ask get 6713" },

	{ "ota", "list", "", "GET", "/firmware", .options = firmware_list_options, .view = &firmware_list_view,
	  .what = "firmware packages, newest first" },
	{ "ota", "add", "PK VERSION PATH...", "POST", "/firmware", .body = "productKey version files",
	  .options = firmware_add_options, .view = &firmware_view,
	  .what = "a package of files that the emulator can read" },
	{ "ota", "remove", "PK MODULE VERSION", "DELETE", "/firmware/{}/{}/{}", .view = &firmware_view,
	  .what = "forget a package; its files stay" },
	{ "ota", "push", "PK DN VERSION", "POST", "/upgrades/{}/{}", .body = "version", .options = upgrade_options,
	  .view = &upgrade_view,
	  .what = "upgrade a device, now or when it is back" },
	{ "ota", "confirm", "PK DN", "POST", "/upgrades/{}/{}/confirm", .options = module_options,
	  .view = &upgrade_list_view,
	  .what = "let an upgrade begin that waits for it" },
	{ "ota", "cancel", "PK DN", "POST", "/upgrades/{}/{}/cancel", .options = module_options,
	  .view = &upgrade_list_view,
	  .what = "end an upgrade that is not finished" },
	{ "ota", "status", "PK DN", "GET", "/upgrades/{}/{}", .view = &upgrade_list_view,
	  .what = "a device's upgrades, newest first" },
	{ "ota", "versions", "PK DN", "GET", "/upgrades/{}/{}", .view = &version_view,
	  .what = "what versions a device reported" },

	{ "job", "list", "", "GET", "/jobs", .view = &job_list_view,
	  .what = "all jobs" },
	{ "job", "show", "JOB", "GET", "/jobs/{}", .view = &job_view,
	  .what = "a job's tasks" },
	{ "job", "create", "PK DN NAME=VALUE...", "POST", "/jobs/{}/{}", .body = "jobDocument", .view = &job_view,
	  .what = "hand a job with this document out to a device" },
	{ "job", "cancel", "JOB", "POST", "/jobs/{}/cancel", .view = &job_view,
	  .what = "cancel what is not final" },

	{ "message", NULL, "PK DN TOPIC TEXT", "POST", "/messages/{}/{}", .body = "topic payload", .done = "told",
	  .what = "publish to a topic of a device" },
	{ "broadcast", NULL, "PK TEXT", "POST", "/broadcasts/{}", .body = "payload", .options = broadcast_options,
	  .view = &reached_view,
	  .what = "one message to all online devices of a product" },

	{ "cloud", "apply", "PATH...", "POST", "/cloud", .body = "files", .view = &applied_view,
	  .what = "add what cloud files have and the cloud lacks" },
	{ "cloud", "export", "", "GET", "/cloud",
	  .what = "the present state as one cloud file" },

	{ "reset", NULL, "", "POST", "/reset", .options = drop_options, .done = "reset",
	  .what = "return to the cloud files; devices stay connected" },
	{ "snapshot", "list", "", "GET", "/snapshots", .view = &snapshot_view,
	  .what = "saved states" },
	{ "snapshot", "save", "NAME", "POST", "/snapshots", .body = "name", .done = "saved",
	  .what = "save the present state" },
	{ "snapshot", "restore", "NAME", "POST", "/snapshots/{}/restore", .options = drop_options, .done = "restored",
	  .what = "return to a saved state; devices stay connected" },
	{ "snapshot", "delete", "NAME", "DELETE", "/snapshots/{}", .done = "deleted",
	  .what = "forget a saved state" },

	{ "scenario", "list", "", "GET", "/scenarios", .view = &scenario_list_view,
	  .what = "those that are loaded, and how they stand" },
	{ "scenario", "load", "PATH", "POST", "/scenarios", .body = "path", .view = &scenario_loaded_view,
	  .what = "let things go wrong as this file says, from now on" },
	{ "scenario", "unload", "NAME", "DELETE", "/scenarios/{}", .done = "unloaded",
	  .what = "end it and forget it" },
	{ "scenario", "show", "NAME", "GET", "/scenarios/{}", .view = &scenario_show_view,
	  .what = "what it is, and how its parts stand" },
	{ "scenario", "report", "NAME", "GET", "/scenarios/{}", .write = scenario_report_write, .judges = true,
	  .what = "each expectation with what was seen, each rule with what nearly made it fire; exit 1 if it failed" },
	{ "scenario", "stop", "NAME", "POST", "/scenarios/{}/stop", .write = scenario_report_write, .judges = true,
	  .what = "end its run, decide what is open, and report; it stays loaded" },

	{ "clock", "show", "", "GET", "/clock", .alone = true, .view = &clock_view,
	  .what = "the cloud's clock" },
	{ "clock", "advance", "TIME", "POST", "/clock", .body = "advanceMs", .view = &clock_view,
	  .what = "put it forward by so much: 61s, 2h, 7d; what is due on the way happens" },
	{ "clock", "set", "UNIX_MS", "POST", "/clock", .body = "set", .view = &clock_view,
	  .what = "put it forward to a time" },

	{ "log", NULL, "", "GET", "/log", .options = log_options, .view = &log_view,
	  .what = "what happened, oldest first" },

	{ "codes", NULL, "", "GET", "/codes", .view = &code_list_view,
	  .what = "every code the platform documents" },
	{ "codes", NULL, "CODE", "GET", "/codes/{}", .view = &code_view,
	  .what = "what one code means" },
	{ "codes", NULL, "", "GET", "/codes/coverage", .options = coverage_options, .view = &coverage_view,
	  .write = coverage_total_write,
	  .what = "how each code of each operation and of the log can be had: by a real rule, or injected by a scenario" },

	{ 0 }
};

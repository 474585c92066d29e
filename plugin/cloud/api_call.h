/*
 * One request of the emulator API being answered, and the route table's row. Inside the core only.
 *
 * Adding a route is a row in api_routes.c, what it answers in api_answer.c, and a function.
 */
#ifndef ALINK_API_CALL_H
#define ALINK_API_CALL_H

#include "api.h"
#include "code.h"
#include "state.h"
#include "topic.h"

#define API_SEGMENT_MAX 129
#define API_LATER 0             /* a handler's return: the ticket is answered already, or will be */
#define API_DEVICE "*"          /* a route's query: devices call it, and it judges by itself what they send */

struct api_call {
	struct cloud *cloud;
	uint64_t      ticket;
	char          segment[4][API_SEGMENT_MAX];   /* what stood for the path's {…}, in order */
	struct json   query, body;                   /* absent when there was none */
	struct text  *answer;                        /* the body of a successful answer: one JSON value */
	struct effects *out;
	const char   *request;                       /* as it came; NULL: no scenario rule is to look at it (again) */
	size_t        request_len;
};

struct api_route {
	const char *verb;       /* GET, POST, PUT, DELETE */
	const char *path;       /* "/devices/{productKey}/{deviceName}" */
	const char *summary;
	const char *query;      /* allowed names, blank-separated, `name:integer` or `name` for text; API_DEVICE */
	const char *body;       /* members, `name:type`, `!` behind the type when required; NULL: no body */
	int (*run)(struct api_call *call);   /* HTTP status, or API_LATER; errors through api_refuse */
};
const struct api_route *api_routes(size_t *count);

/* What a successful answer holds; the language of `members` stands in api_answer.c. */
struct api_answer {
	int       (*run)(struct api_call *call);
	int         status;
	const char *members;
};
struct api_schema {
	const char *name, *members;
};
const struct api_answer *api_answer_of(const struct api_route *route);   /* NULL: nobody has said */
const struct api_schema *api_schemas(size_t *count);

/* Answers with an error instead; returns `status`, for `return api_refuse(…)`. */
int api_refuse(struct api_call *call, int status, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* With all that is wrong with a file, a line each, as 400. */
int api_refuse_lines(struct api_call *call, const char *code, const struct text *complaints);
/* Lines as an array of texts. */
void api_add_lines(struct text *out, const char *lines);
/* With a platform code, as 409. */
int api_refuse_code(struct api_call *call, enum code code, const char *why);

/* The device of segments 0 and 1; NULL after refusing with 404. */
struct device *api_device(struct api_call *call);

/* Query values. api_query_int gives `otherwise` when absent and false (after refusing) when out of range. */
bool api_query(struct api_call *call, const char *name, char *buf, size_t size);
bool api_query_int(struct api_call *call, const char *name, int64_t min, int64_t max, int64_t otherwise, int64_t *out);

/* The member `timeoutMs` of the body: how long a device may take, 10 s by default. False after refusing. */
bool api_timeout(struct api_call *call, int64_t *timeout_ms);

/* The array `name` of the body, all of it text and at least one. Absent after refusing. */
struct json api_names(struct api_call *call, const char *name);

/* Answers the log readers for whom something new has come; drops the one of this ticket. */
void api_log_news(struct cloud *cloud, struct effects *out);
void api_log_forget(struct cloud *cloud, uint64_t ticket);
void api_log_free(struct cloud *cloud);

/* The handlers, by file. */
int api_status(struct api_call *call);             /* api_status.c */
int api_metrics(struct api_call *call);
int api_code_list(struct api_call *call);
int api_code_show(struct api_call *call);
int api_openapi(struct api_call *call);            /* api_openapi.c */
int api_product_list(struct api_call *call);       /* api_product.c */
int api_product_show(struct api_call *call);
int api_product_create(struct api_call *call);
int api_product_set(struct api_call *call);
int api_product_import(struct api_call *call);
int api_script_get(struct api_call *call);         /* api_script.c */
int api_script_set(struct api_call *call);
int api_script_delete(struct api_call *call);
int api_product_export(struct api_call *call);
int api_device_list(struct api_call *call);        /* api_device.c */
int api_device_show(struct api_call *call);
int api_device_create(struct api_call *call);
int api_device_delete(struct api_call *call);
int api_device_enable(struct api_call *call);
int api_device_disable(struct api_call *call);
int api_device_reset(struct api_call *call);
int api_device_kick(struct api_call *call);
int api_credentials(struct api_call *call);        /* api_credentials.c */
/* Mode login or topo-add of the above: what a gateway sends for this sub-device. */
int api_sub_credentials(struct api_call *call, const struct device *device, const char *mode);   /* api_sub_credentials.c */
int api_topology_list(struct api_call *call);      /* api_topology.c */
int api_topology_show(struct api_call *call);
int api_topology_add(struct api_call *call);
int api_topology_bind(struct api_call *call);
int api_topology_remove(struct api_call *call);
int api_topology_notify(struct api_call *call);
int api_topology_permit(struct api_call *call);
int api_topology_config(struct api_call *call);
int api_register_device(struct api_call *call);    /* api_auth.c */
int api_pre_authenticate(struct api_call *call);
int api_bootstrap(struct api_call *call);
int api_property_get(struct api_call *call);       /* api_property.c */
int api_property_set(struct api_call *call);
int api_config_list(struct api_call *call);        /* api_config.c */
int api_config_show(struct api_call *call);
int api_config_set(struct api_call *call);
int api_config_push(struct api_call *call);
int api_config_on(struct api_call *call);
int api_config_off(struct api_call *call);
int api_firmware_list(struct api_call *call);      /* api_ota.c */
int api_firmware_add(struct api_call *call);
int api_firmware_delete(struct api_call *call);
int api_upgrade_list(struct api_call *call);
int api_upgrade_start(struct api_call *call);
int api_upgrade_confirm(struct api_call *call);
int api_upgrade_cancel(struct api_call *call);
int api_file_get(struct api_call *call);           /* download.c */
int api_property_fetch(struct api_call *call);
int api_service_call(struct api_call *call);       /* api_service.c */
int api_rrpc(struct api_call *call);
int api_desired_get(struct api_call *call);        /* api_desired.c */
int api_desired_set(struct api_call *call);
int api_desired_delete(struct api_call *call);
int api_tag_get(struct api_call *call);            /* api_tag.c */
int api_tag_set(struct api_call *call);
int api_tag_delete(struct api_call *call);
int api_shadow_get(struct api_call *call);         /* api_shadow.c */
int api_shadow_set(struct api_call *call);
int api_job_list(struct api_call *call);           /* api_job.c */
int api_job_show(struct api_call *call);
int api_job_create(struct api_call *call);
int api_job_create_one(struct api_call *call);
int api_job_cancel(struct api_call *call);
int api_job_remove(struct api_call *call);
int api_message_publish(struct api_call *call);    /* api_message.c */
int api_broadcast(struct api_call *call);
int api_bootstrap_notify(struct api_call *call);
int api_log_mode(struct api_call *call);
int api_tunnel(struct api_call *call);
int api_upload_list(struct api_call *call);
int api_cloud_export(struct api_call *call);       /* api_cloud.c */
int api_cloud_apply(struct api_call *call);
int api_reset(struct api_call *call);              /* api_reset.c */
int api_snapshot_list(struct api_call *call);
int api_snapshot_save(struct api_call *call);
int api_snapshot_restore(struct api_call *call);
int api_snapshot_delete(struct api_call *call);
int api_property_history(struct api_call *call);   /* api_history.c */
int api_event_list(struct api_call *call);
int api_log(struct api_call *call);                /* api_log.c */

int api_scenario_list(struct api_call *call);      /* api_scenario.c */
int api_scenario_show(struct api_call *call);
int api_scenario_load(struct api_call *call);
int api_scenario_unload(struct api_call *call);
int api_scenario_stop(struct api_call *call);
int api_scenario_stop_all(struct api_call *call);
int api_code_coverage(struct api_call *call);
int api_clock_show(struct api_call *call);         /* api_clock.c */
int api_clock_set(struct api_call *call);

#endif

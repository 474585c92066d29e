#include "method.h"

#include <stdlib.h>
#include <string.h>

/* A method is in this table, or the cloud does not speak it. */
static const struct method methods[] = {
	{ "/sys/{pk}/{dn}/thing/event/property/post", "property.post", SERVICE_THING_MODEL, METHOD_MODEL | METHOD_DATA, property_post },
	{ "/sys/{pk}/{dn}/thing/event/*/post", "event.post", SERVICE_THING_MODEL, METHOD_MODEL | METHOD_DATA, event_post },
	{ "/sys/{pk}/{dn}/thing/event/property/batch/post", "batch.post", SERVICE_THING_MODEL, METHOD_MODEL | METHOD_DATA, batch_post },
	{ "/sys/{pk}/{dn}/thing/event/property/pack/post", "pack.post", SERVICE_THING_MODEL, METHOD_MODEL | METHOD_DATA | METHOD_GATEWAY,
	  pack_post },
	{ "/sys/{pk}/{dn}/thing/event/property/history/post", "history.post", SERVICE_THING_MODEL, METHOD_MODEL | METHOD_DATA,
	  history_post },
	{ "/sys/{pk}/{dn}/thing/config/get", "config.get", SERVICE_CONFIG, 0, config_get },
	{ "/sys/{pk}/{dn}/thing/config/push_reply", "config.push", SERVICE_CONFIG, METHOD_PLAIN, config_push_reply },
	{ "/ota/device/inform/{pk}/{dn}", "ota.inform", SERVICE_OTA, METHOD_OWN_ANSWER, ota_inform },
	{ "/ota/device/progress/{pk}/{dn}", "ota.progress", SERVICE_OTA, METHOD_OWN_ANSWER, ota_progress },
	{ "/ota/device/request/{pk}/{dn}", "ota.request", SERVICE_OTA, METHOD_OWN_ANSWER, ota_request },
	{ "/sys/{pk}/{dn}/thing/ota/firmware/get", "ota.firmware.get", SERVICE_OTA, METHOD_OWN_ANSWER, ota_firmware_get },
	{ "/sys/{pk}/{dn}/thing/file/download", "file.download", SERVICE_OTA, METHOD_OWN_ANSWER, file_download },
	{ "/sys/{pk}/{dn}/thing/config/log/get", "log.config.get", SERVICE_OTHER, 0, device_log_config_get },
	{ "/sys/{pk}/{dn}/thing/log/post", "log.post", SERVICE_OTHER, 0, device_log_post },
	{ "/sys/{pk}/{dn}/_thing/diag/post", "diag.post", SERVICE_OTHER, 0, diag_post },
	{ "/sys/{pk}/{dn}/thing/reset", "thing.reset", SERVICE_OTHER, METHOD_NO_PARAMS, thing_reset },
	{ "/sys/{pk}/{dn}/thing/awss/enrollee/match", "enrollee.match", SERVICE_OTHER, 0, enrollee_match },
	{ "/sys/{pk}/{dn}/codec/topic/update", "codec.update", SERVICE_OTHER, METHOD_NO_PARAMS, codec_update },
	{ "/sys/{pk}/{dn}/secure_tunnel/proxy/request", "tunnel.request", SERVICE_OTHER, METHOD_ANY_PAYLOAD, tunnel_request },
	{ "/sys/{pk}/{dn}/thing/job/get", "job.get", SERVICE_JOB, 0, job_get },
	{ "/sys/{pk}/{dn}/thing/job/update", "job.update", SERVICE_JOB, 0, job_update },
	{ "/sys/{pk}/{dn}/thing/file/upload/mqtt/init", "upload.init", SERVICE_OTHER, 0, upload_init },
	{ "/sys/{pk}/{dn}/thing/file/upload/mqtt/send", "upload.send", SERVICE_OTHER, METHOD_BINARY, upload_send },
	{ "/sys/{pk}/{dn}/thing/file/upload/mqtt/cancel", "upload.cancel", SERVICE_OTHER, 0, upload_cancel },
	{ "/sys/{pk}/{dn}/thing/property/desired/get", "desired.get", SERVICE_THING_MODEL, 0, desired_get },
	{ "/sys/{pk}/{dn}/thing/property/desired/delete", "desired.delete", SERVICE_THING_MODEL, METHOD_MODEL, desired_delete },
	{ "/sys/{pk}/{dn}/thing/dsltemplate/get", "tsl.get", SERVICE_THING_MODEL, METHOD_NO_PARAMS, model_get },
	{ "/sys/{pk}/{dn}/thing/dynamicTsl/get", "tsl.get", SERVICE_THING_MODEL, METHOD_NO_PARAMS, model_get },
	{ "/sys/{pk}/{dn}/thing/deviceinfo/update", "tag.update", SERVICE_OTHER, 0, tag_update },
	{ "/sys/{pk}/{dn}/thing/deviceinfo/delete", "tag.delete", SERVICE_OTHER, 0, tag_delete },
	{ "/sys/{pk}/{dn}/thing/deviceinfo/get", "tag.get", SERVICE_OTHER, 0, tag_get },
	{ "/shadow/update/{pk}/{dn}", "shadow.update", SERVICE_SHADOW, METHOD_PLAIN, shadow_update },
	{ "/ext/ntp/{pk}/{dn}/request", "ntp.request", SERVICE_OTHER, METHOD_PLAIN, ntp_request },

	{ "/sys/{pk}/{dn}/thing/sub/register", "subdevice.register", SERVICE_TOPO, METHOD_GATEWAY | METHOD_SECRETS, sub_register },
	{ "/sys/{pk}/{dn}/thing/proxy/provisioning/product_register", "subdevice.register", SERVICE_TOPO, METHOD_GATEWAY | METHOD_SECRETS,
	  sub_product_register },
	{ "/sys/{pk}/{dn}/thing/sub/unregister", "subdevice.unregister", SERVICE_TOPO, METHOD_GATEWAY, sub_unregister },
	{ "/sys/{pk}/{dn}/thing/topo/add", "topo.add", SERVICE_TOPO, METHOD_GATEWAY, topo_add },
	{ "/sys/{pk}/{dn}/thing/topo/delete", "topo.delete", SERVICE_TOPO, METHOD_GATEWAY, topo_delete },
	{ "/sys/{pk}/{dn}/thing/topo/get", "topo.get", SERVICE_TOPO, METHOD_GATEWAY | METHOD_NO_PARAMS, topo_get },
	{ "/sys/{pk}/{dn}/thing/list/found", "list.found", SERVICE_TOPO, METHOD_GATEWAY, topo_list_found },
	{ "/ext/session/{pk}/{dn}/combine/login", "session.login", SERVICE_DEVICE, METHOD_GATEWAY, session_login },
	{ "/ext/session/{pk}/{dn}/combine/batch_login", "session.login", SERVICE_DEVICE, METHOD_GATEWAY, session_batch_login },
	{ "/ext/session/{pk}/{dn}/combine/logout", "session.logout", SERVICE_DEVICE, METHOD_GATEWAY, session_logout },
	{ "/ext/session/{pk}/{dn}/combine/batch_logout", "session.logout", SERVICE_DEVICE, METHOD_GATEWAY, session_batch_logout },
};

#define METHOD_COUNT (sizeof(methods) / sizeof(methods[0]))

const struct method *method_rows(size_t *count)
{
	*count = METHOD_COUNT;
	return methods;
}

/* The rows by what stands behind the identity, made once: literal rows sorted, wildcard rows behind them. */
static struct row {
	struct topic topic;
	const struct method *method;
	bool wild;
} rows[METHOD_COUNT];
static size_t literal_count;

static int compare_topics(const struct topic *a, const struct topic *b)
{
	size_t len = a->rest.len < b->rest.len ? a->rest.len : b->rest.len;
	int order = memcmp(a->rest.at, b->rest.at, len);

	if (!order && a->rest.len != b->rest.len)
		order = a->rest.len < b->rest.len ? -1 : 1;
	return order ? order : strcmp(a->family->prefix, b->family->prefix);
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->wild != y->wild)
		return x->wild - y->wild;
	return compare_topics(&x->topic, &y->topic);
}

static void rows_make(void)
{
	size_t i;

	for (i = 0; i < METHOD_COUNT; i++) {
		rows[i].method = &methods[i];
		topic_parse(&rows[i].topic, methods[i].topic);
		rows[i].wild = memchr(rows[i].topic.rest.at, '*', rows[i].topic.rest.len) != NULL;
		literal_count += !rows[i].wild;
	}
	qsort(rows, METHOD_COUNT, sizeof(rows[0]), compare_rows);
}

const struct method *method_find(const struct topic *topic)
{
	size_t low = 0, high, i;

	if (!rows[0].method)
		rows_make();
	for (high = literal_count; low < high;) {
		size_t middle = (low + high) / 2;
		int order = compare_topics(topic, &rows[middle].topic);

		if (!order)
			return rows[middle].method;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	for (i = literal_count; i < METHOD_COUNT; i++)
		if (rows[i].topic.family == topic->family &&
		    topic_glob(rows[i].topic.rest.at, rows[i].topic.rest.len, topic->rest.at, topic->rest.len))
			return rows[i].method;
	return NULL;
}

bool method_reply(const struct topic *topic)
{
	static const char suffix[] = "_reply";
	struct topic request = *topic;
	const struct method *method;

	if (topic->rest.len <= strlen(suffix) ||
	    memcmp(topic->rest.at + topic->rest.len - strlen(suffix), suffix, strlen(suffix)))
		return false;
	request.rest.len -= strlen(suffix);
	method = method_find(&request);
	return method && !(method->flags & METHOD_PLAIN);
}

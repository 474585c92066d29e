#include <stdlib.h>

#include "config.h"

#include "api_call.h"
#include "metrics.h"

static void number(struct text *out, const char *name, int64_t value)
{
	text_add_key(out, name);
	text_add_int(out, value);
}

int api_status(struct api_call *call)
{
	struct cloud *cloud = call->cloud;
	struct text *out = call->answer;
	const struct device *device;
	int64_t devices = 0, online = 0, products = 0;

	if (store_count_devices(cloud->store, 0, &devices) || store_count_products(cloud->store, &products))
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(cloud->store));
	for (device = cloud->devices; device; device = device->hh_id.next)
		online += device_route(device) != NULL;
	text_add(out, "{\"version\":\"" PACKAGE_VERSION "\"");
	number(out, "uptimeMs", cloud_now(cloud) - cloud->started_ms);
	number(out, "now", cloud_now(cloud));
	number(out, "seed", (int64_t)cloud->seed);
	text_add_key(out, "state");
	text_add_json(out, cloud->state_path ? cloud->state_path : "memory");
	text_add_key(out, "region");
	text_add_json(out, cloud->region ? cloud->region : "");
	text_add_key(out, "broker");
	text_add_json(out, cloud->broker_version ? cloud->broker_version : "");
	number(out, "connections", HASH_COUNT(cloud->connections));
	number(out, "devicesOnline", online);
	number(out, "products", products);
	number(out, "devices", devices);
	number(out, "messagesUp", (int64_t)cloud->counters.messages_up);
	number(out, "messagesDown", (int64_t)cloud->counters.messages_down);
	number(out, "connectsAccepted", (int64_t)cloud->counters.connects_accepted);
	number(out, "connectsRefused", (int64_t)cloud->counters.connects_refused);
	number(out, "logRecords", (int64_t)journal_count(cloud->journal));
	text_add_char(out, '}');
	return 200;
}

int api_metrics(struct api_call *call)
{
	metrics_write(call->cloud, call->answer);
	return 200;
}

static void write_code(const struct code_row *row, struct text *out)
{
	text_add(out, "{\"name\":");
	text_add_json(out, row->name);
	number(out, "code", row->wire);
	text_add_key(out, "message");
	text_add_json(out, row->message);
	text_add_key(out, "meaning");
	text_add_json(out, row->meaning);
	text_add_key(out, "source");
	text_add_json(out, row->source);
	text_add_char(out, '}');
}

int api_code_list(struct api_call *call)
{
	size_t count, i;
	const struct code_row *rows = code_rows(&count);

	text_add(call->answer, "{\"codes\":[");
	for (i = 0; i < count; i++) {
		text_add_comma(call->answer);
		write_code(&rows[i], call->answer);
	}
	text_add(call->answer, "]}");
	return 200;
}

int api_code_show(struct api_call *call)
{
	const struct code_row *row = code_find_name(call->segment[0]);

	if (!row)
		return api_refuse(call, 404, "NotFound", "`%s` is no documented code", call->segment[0]);
	write_code(row, call->answer);
	return 200;
}

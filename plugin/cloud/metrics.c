#include "metrics.h"

#include <stdlib.h>
#include <string.h>

#include "scenario.h"

struct metric_key {
	const char *operation;       /* static, so its address is its identity */
	int64_t     code;            /* as wide as the pointer: the key has no padding */
};

struct metric {
	struct metric_key key;
	uint64_t count;
	UT_hash_handle hh;
};

void metrics_count(struct cloud *cloud, const char *operation, int code)
{
	struct metric_key key = { operation, code };
	struct metric *metric;

	/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): every byte of the key is set, it has no padding */
	HASH_FIND(hh, cloud->metrics, &key, sizeof(key), metric);
	if (!metric) {
		metric = calloc(1, sizeof(*metric));
		if (!metric)
			return;
		metric->key = key;
		HASH_ADD(hh, cloud->metrics, key, sizeof(key), metric);
	}
	metric->count++;
}

void metrics_free(struct cloud *cloud)
{
	struct metric *metric, *next;

	HASH_ITER(hh, cloud->metrics, metric, next) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): uthash frees its table with the last element, when the head is NULL */
		HASH_DELETE(hh, cloud->metrics, metric);
		free(metric);
	}
}

/* From a message's arrival to its answer's leaving, which includes the commit. Bounds in microseconds. */
static const int64_t bounds_us[LATENCY_BOUNDS] = { 50, 100, 250, 500, 1000, 2500, 5000, 10000, 50000, 250000 };

void cloud_measured(struct cloud *cloud, int64_t latency_us)
{
	size_t i;

	for (i = 0; i < LATENCY_BOUNDS && latency_us > bounds_us[i]; i++)
		;
	cloud->latency.buckets[i]++;
	cloud->latency.count++;
	cloud->latency.sum_us += latency_us;
}

static void head(struct text *out, const char *name, const char *type, const char *help)
{
	text_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(struct text *out, const char *name, const char *help, int64_t value)
{
	head(out, name, "gauge", help);
	text_addf(out, "%s %lld\n", name, (long long)value);
}

static void write_latency(const struct cloud *cloud, struct text *out)
{
	uint64_t sum = 0;
	size_t i;

	head(out, "alink_answer_seconds", "histogram", "From a message's arrival to its answer's leaving, commit included");
	for (i = 0; i < LATENCY_BOUNDS; i++) {
		sum += cloud->latency.buckets[i];
		text_addf(out, "alink_answer_seconds_bucket{le=\"%g\"} %llu\n", (double)bounds_us[i] / 1e6, (unsigned long long)sum);
	}
	text_addf(out, "alink_answer_seconds_bucket{le=\"+Inf\"} %llu\n", (unsigned long long)cloud->latency.count);
	text_addf(out, "alink_answer_seconds_sum %g\nalink_answer_seconds_count %llu\n", (double)cloud->latency.sum_us / 1e6,
	          (unsigned long long)cloud->latency.count);
}

static void write_queues(struct cloud *cloud, struct text *out)
{
	int64_t kept = 0;

	store_count_kept(cloud->store, &kept);
	head(out, "alink_queue_length", "gauge", "What waits: requests for devices' answers, scripts' calls to run, messages for devices that are away");
	text_addf(out, "alink_queue_length{queue=\"requests\"} %zu\nalink_queue_length{queue=\"scripts\"} %zu\n"
	          "alink_queue_length{queue=\"offline\"} %lld\n", cloud->downlinks_waiting, cloud->script_count,
	          (long long)kept);
}

static void write_rules(const struct cloud *cloud, struct text *out)
{
	head(out, "alink_scenario_rule_eligible_total", "counter", "Events that a scenario's rule applied to");
	scenario_write_metric(cloud, "alink_scenario_rule_eligible_total", false, out);
	head(out, "alink_scenario_rule_fired_total", "counter", "Those of them on which it acted");
	scenario_write_metric(cloud, "alink_scenario_rule_fired_total", true, out);
}

void metrics_write(struct cloud *cloud, struct text *answer)
{
	const struct connection *connection;
	const struct device *sub_device;
	const struct metric *metric;
	struct text text = { 0 }, *out = &text;
	int64_t sessions = 0, devices = 0, bytes = 0;

	for (connection = cloud->connections; connection; connection = connection->hh.next)
		for (sub_device = connection->sessions; sub_device; sub_device = sub_device->session_next)
			sessions++;
	store_count_devices(cloud->store, 0, &devices);
	store_bytes(cloud->store, &bytes);
	gauge(out, "alink_connections", "Open connections of devices", HASH_COUNT(cloud->connections));
	gauge(out, "alink_sub_device_sessions", "Sub-devices that are logged in", sessions);
	gauge(out, "alink_devices", "Devices in the registry", devices);
	gauge(out, "alink_store_bytes", "Size of the database", bytes);
	gauge(out, "alink_log_records", "Records kept in the log", (int64_t)journal_count(cloud->journal));
	write_queues(cloud, out);
	head(out, "alink_connects_total", "counter", "CONNECTs judged");
	text_addf(out, "alink_connects_total{result=\"accepted\"} %llu\nalink_connects_total{result=\"refused\"} %llu\n",
	          (unsigned long long)cloud->counters.connects_accepted, (unsigned long long)cloud->counters.connects_refused);
	head(out, "alink_messages_total", "counter", "Messages from and to devices");
	text_addf(out, "alink_messages_total{direction=\"up\"} %llu\nalink_messages_total{direction=\"down\"} %llu\n",
	          (unsigned long long)cloud->counters.messages_up, (unsigned long long)cloud->counters.messages_down);
	head(out, "alink_requests_total", "counter", "Requests of devices, by operation and the code of their outcome");
	for (metric = cloud->metrics; metric; metric = metric->hh.next)
		text_addf(out, "alink_requests_total{operation=\"%s\",code=\"%lld\"} %llu\n", metric->key.operation,
		          (long long)metric->key.code, (unsigned long long)metric->count);
	write_rules(cloud, out);
	write_latency(cloud, out);
	text_add(answer, "{\"text\":");
	text_add_json(answer, text_string(out));
	text_add_char(answer, '}');
	text_free(out);
}

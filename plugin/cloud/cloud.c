/* The cloud as a whole: made, ticked, committed, freed. */
#include "cloud.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_call.h"
#include "connection.h"
#include "downlink.h"
#include "remote_config.h"
#include "metrics.h"
#include "reset.h"
#include "scenario.h"
#include "state.h"
#include "upgrade.h"

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

/* Option platformRules off: nothing is refused or throttled for what a client sends. */
static void lift_limits(struct settings *settings)
{
	int64_t *const limits[] = {
		&settings->limits.connects_per_device_per_minute, &settings->limits.uplink_qos0_per_device_per_second,
		&settings->limits.uplink_qos1_per_device_per_second, &settings->limits.downlink_per_device_per_second,
		&settings->limits.bytes_per_connection_per_second, &settings->limits.subscriptions_per_device,
		&settings->limits.payload_bytes, &settings->limits.custom_topic_bytes, &settings->limits.custom_topic_slashes,
	};
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		*limits[i] = 0;
}

bool cloud_is_plain_broker(const struct cloud *cloud)
{
	return !cloud->settings.options.platform_rules;
}

struct cloud *cloud_new(const struct cloud_config *config, char *error, size_t error_size)
{
	struct cloud *cloud = calloc(1, sizeof(*cloud));

	if (!cloud) {
		snprintf(error, error_size, "out of memory");
		return NULL;
	}
	cloud->world = config->world;
	cloud->settings = config->file->settings;
	if (cloud_is_plain_broker(cloud))
		lift_limits(&cloud->settings);
	cloud->seed = config->seed;
	cloud->seed_given = config->seed_given;
	cloud->scenarios_open_ended = config->scenarios_open_ended;
	cloud->alone = config->alone;
	cloud->started_ms = cloud_now(cloud);
	cloud->region = copy(config->file->region);
	cloud->instance_id = copy(config->file->instance_id);
	cloud->state_path = copy(config->state_path);
	cloud->broker_version = copy(config->broker_version);
	cloud->file_url = copy(config->file_url);
	cloud->journal = journal_new((size_t)cloud->settings.limits.log_records);
	cloud->store = store_open(config->state_path, error, error_size);
	if (!cloud->store) {
		cloud_free(cloud);
		return NULL;
	}
	cloud->history = history_new((size_t)cloud->settings.limits.history_samples);
	if (!cloud->journal || !cloud->history || store_apply(cloud->store, config->file, false) ||
	    reset_prepare(cloud, config->file)) {
		snprintf(error, error_size, "%s", cloud->journal && cloud->history ? store_error(cloud->store) : "out of memory");
		cloud_free(cloud);
		return NULL;
	}
	if (reports_load(cloud)) {
		snprintf(error, error_size, "what the state file holds of history is damaged: %s", store_error(cloud->store));
		cloud_free(cloud);
		return NULL;
	}
	upgrades_begin(cloud);
	return cloud;
}

void cloud_free(struct cloud *cloud)
{
	if (!cloud)
		return;
	if (cloud->store)
		cloud_commit(cloud);
	while (cloud->connections)
		connection_free(cloud, cloud->connections);
	scenarios_free(cloud);
	downlinks_free(cloud);
	firmware_jobs_free(cloud);
	config_pushes_free(cloud);
	api_log_free(cloud);
	snapshots_free(cloud);
	metrics_free(cloud);
	registry_free(cloud);
	timers_free(&cloud->timers);
	timers_free(&cloud->world_timers);
	store_close(cloud->store);
	journal_free(cloud->journal);
	history_free(cloud->history);
	json_doc_free(&cloud->request);
	text_free(&cloud->data);
	text_free(&cloud->reply);
	text_free(&cloud->why);
	text_free(&cloud->topic);
	text_free(&cloud->message);
	free(cloud->region);
	free(cloud->instance_id);
	free(cloud->state_path);
	free(cloud->broker_version);
	free(cloud->file_url);
	free(cloud);
}

void cloud_tick(struct cloud *cloud, struct effects *out)
{
	struct tick tick = { cloud, out };
	size_t before = out->count;

	clock_step(cloud);
	timers_run(&cloud->timers, cloud_now(cloud), &tick);
	timers_run(&cloud->world_timers, cloud_world_now(cloud), &tick);
	upgrades_tick(cloud, out);
	scenario_settle(cloud, NULL, before, out);
	api_log_news(cloud, out);
}

int64_t cloud_next_ms(const struct cloud *cloud)
{
	int64_t world_ms = timers_next_ms(&cloud->world_timers);
	int64_t due_ms = clock_world_due(&cloud->clock, timers_next_ms(&cloud->timers));

	return due_ms < world_ms ? due_ms : world_ms;
}

/* The oldest sample that some value is still known by. */
static uint64_t reports_needed(const struct cloud *cloud)
{
	return cloud->dirty ? cloud->dirty->dirty_since : UINT64_MAX;
}

int cloud_commit(struct cloud *cloud)
{
	/* In memory nothing can be lost, and the memory holds what was reported: writing them would only cost. */
	if (!store_in_memory(cloud->store) && (values_save_due(cloud) || history_save(cloud->history, cloud->store, reports_needed(cloud))))
		goto fail;
	if (store_commit(cloud->store))
		goto fail;
	return 0;
fail:
	snprintf(cloud->error, sizeof(cloud->error), "%s", store_error(cloud->store));
	store_rollback(cloud->store);
	return -1;
}

bool cloud_can_commit(struct cloud *cloud, struct effects *out)
{
	bool lost = store_dirty(cloud->store);

	if (store_try(cloud->store))
		return true;
	if (lost)
		cloud_undo(cloud, out);
	return false;
}

uint64_t cloud_log_last(const struct cloud *cloud)
{
	return journal_last(cloud->journal);
}

uint64_t cloud_log_export(const struct cloud *cloud, uint64_t *after, size_t max, struct text *out)
{
	*after = journal_export(cloud->journal, *after, max, out);
	return journal_last(cloud->journal) + 1 - journal_count(cloud->journal);
}

int cloud_log_import(struct cloud *cloud, uint64_t first, const char *bytes, size_t len)
{
	return journal_import(cloud->journal, first, bytes, len);
}

const char *cloud_error(const struct cloud *cloud)
{
	return cloud->error;
}

int cloud_load_scenario(struct cloud *cloud, const char *path, struct text *complaints, struct effects *out)
{
	const struct scenario_source source = { path, NULL, 0 };

	return scenario_load(cloud, &source, complaints, out) ? 0 : -1;
}

/* The edge's beginning and end: options, the cloud, what the broker is to tell us. */
#include "edge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "helper.h"
#include "plugin_opt.h"
#include "splitmix.h"
#include "text.h"

#define API __attribute__((visibility("default")))
#define EVENT_CLIENT_OFFLINE 28   /* 2.1: replaces DISCONNECT for sessions that outlive their connection */

struct edge edge;

/* --- the world --- */

int64_t edge_now_ms(void *ctx)
{
	struct timespec now;

	(void)ctx;
	if (edge.message_ms)
		return edge.message_ms;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void draw(void *ctx, void *buf, size_t len)
{
	unsigned char *out = buf;
	uint64_t x = 0;
	size_t i;

	(void)ctx;
	for (i = 0; i < len; i++) {
		if (i % 8 == 0)
			x = splitmix64(&edge.random_state);
		out[i] = (unsigned char)(x >> (i % 8 * 8));
	}
}

/* --- life --- */

/* Registered and unregistered from the same rows. */
static const struct {
	int         event;
	MOSQ_FUNC_generic_callback callback;
	const char *topic;
	bool        optional;
} events[] = {
	{ MOSQ_EVT_BASIC_AUTH,   on_auth,    NULL,          false },
	{ MOSQ_EVT_PSK_KEY,      on_psk,     NULL,          true  },
	{ MOSQ_EVT_ACL_CHECK,    on_acl,     NULL,          false },
	{ MOSQ_EVT_MESSAGE,      on_message, NULL,          false },
	{ MOSQ_EVT_CONTROL,      on_control, CONTROL_TOPIC, false },
	{ MOSQ_EVT_DISCONNECT,   on_gone,    NULL,          false },
	{ EVENT_CLIENT_OFFLINE,  on_gone,    NULL,          true  },
	{ MOSQ_EVT_TICK,         on_tick,    NULL,          false },
};

API int mosquitto_plugin_version(int count, const int *versions)
{
	int i;

	for (i = 0; i < count; i++)
		if (versions[i] == 5)
			return 5;
	return -1;
}

/* Each line of `complaints` to the broker's log. */
static void log_lines(int level, const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		mosquitto_log_printf(level, "alink: %.*s", (int)len, lines);
		lines += len;
		lines += *lines == '\n';
	}
}

static int start_cloud(const struct plugin_opts *options)
{
	struct text complaints = { 0 };
	struct cloud_file *file;
	struct cloud_config config = {
		.world = { edge_now_ms, draw, NULL }, .state_path = options->state, .seed = options->seed,
		.broker_version = options->broker, .file_url = options->file_url, .seed_given = options->seed_given,
		.scenarios_open_ended = options->open_ended, .alone = !options->control,
	};
	char error[300] = "";
	size_t i;

	file = cloud_file_read(options->clouds, options->cloud_count, &complaints);
	log_lines(file ? MOSQ_LOG_WARNING : MOSQ_LOG_ERR, text_string(&complaints));
	text_free(&complaints);
	if (!file)
		return -1;
	config.file = file;
	edge.cloud = cloud_new(&config, error, sizeof(error));
	cloud_file_free(file);
	if (!edge.cloud) {
		mosquitto_log_printf(MOSQ_LOG_ERR, "alink: %s%s%s", options->state ? options->state : "", options->state ? ": " : "",
		                     error);
		return -1;
	}
	for (i = 0; i < options->scenario_count; i++)
		if (cloud_load_scenario(edge.cloud, options->scenarios[i], &complaints, &edge.outbox)) {
			log_lines(MOSQ_LOG_ERR, text_string(&complaints));
			text_free(&complaints);
			return -1;
		}
	text_free(&complaints);
	return 0;
}

static int start_keeper(const char *state_path)
{
	char *program = helper_find("alink-keeper"), why[300] = "out of memory";
	int64_t claim;
	enum log_kept kept = log_keeper_open(&edge.log_keeper, edge.cloud, state_path, &claim);

	if (kept == LOG_UNREADABLE)
		mosquitto_log_printf(MOSQ_LOG_WARNING, "alink: %s-log cannot be read: the log begins anew", state_path);
	if (kept == LOG_UNWRITABLE)
		mosquitto_log_printf(MOSQ_LOG_WARNING, "alink: %s-log cannot be written: the log stays in memory", state_path);
	edge.state_keeper = program ? state_keeper_start(program, state_path, claim, why, sizeof(why)) : NULL;
	free(program);
	if (!edge.state_keeper) {
		mosquitto_log_printf(MOSQ_LOG_ERR, "alink: %s", why);
		return -1;
	}
	if (claim)
		edge.log_keeper.writer = edge.state_keeper;
	return 0;
}

API int mosquitto_plugin_init(mosquitto_plugin_id_t *id, void **userdata, struct mosquitto_opt *opts, int count)
{
	struct plugin_opts options = { .seed = 1 };
	char error[200];
	size_t i;
	int k;

	(void)userdata;
	edge = (struct edge){ .id = id };
	for (k = 0; k < count; k++)
		if (!plugin_opt_read(&options, opts[k].key, opts[k].value, error, sizeof(error))) {
			mosquitto_log_printf(MOSQ_LOG_ERR, "alink: %s", error);
			return MOSQ_ERR_INVAL;
		}
	if (options.listeners && !listeners_parse(&edge.listeners, options.listeners)) {
		mosquitto_log_printf(MOSQ_LOG_ERR, "alink: plugin_opt_listeners must look like mqtt=1883,mqtts=8883, not `%s`",
		                     options.listeners);
		return MOSQ_ERR_INVAL;
	}
	edge.random_state = options.seed;
	if (options.control)
		edge.control_address = strdup(options.control);
	if (start_cloud(&options))
		return MOSQ_ERR_UNKNOWN;
	if (options.state && start_keeper(options.state))
		return MOSQ_ERR_UNKNOWN;
	edge.waker = waker_new(options.waker, draw, NULL);
	edge.scripts = scripts_new(edge.waker);
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (mosquitto_callback_register(id, events[i].event, events[i].callback, events[i].topic, NULL) != MOSQ_ERR_SUCCESS &&
		    !events[i].optional) {
			mosquitto_log_printf(MOSQ_LOG_ERR, "alink: this broker does not offer event %d", events[i].event);
			return MOSQ_ERR_UNKNOWN;
		}
	return MOSQ_ERR_SUCCESS;
}

API int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *opts, int count)
{
	size_t i;

	(void)userdata;
	(void)opts;
	(void)count;
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		mosquitto_callback_unregister(edge.id, events[i].event, events[i].callback, events[i].topic);
	/* Threads and the timer first: 2.0 unloads us after this, and what still runs would crash the broker. */
	log_keeper_stop(&edge.log_keeper, edge.cloud);
	if (!state_keeper_stop(edge.state_keeper))
		mosquitto_log_printf(MOSQ_LOG_WARNING, "alink: alink-keeper did not write all of the log in time");
	scripts_free(edge.scripts);
	waker_free(edge.waker);
	clients_free(&edge.clients);
	tickets_free(&edge.tickets);
	cloud_free(edge.cloud);
	effects_free(&edge.outbox);
	free(edge.due_kicks);
	free(edge.control_address);
	edge = (struct edge){ 0 };
	return MOSQ_ERR_SUCCESS;
}

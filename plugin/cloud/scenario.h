/*
 * Scenarios: what goes wrong, when, for whom, and what a device must do about it. Inside the core only.
 *
 * A rule acts at the core's entrances, which call the hooks below, and on the effects that came out; no handler
 * knows that faults exist. Without a scenario a hook is one look at a word of bits. scenarios/FORMAT.md is the
 * language; the parts of the engine are in scenario/.
 */
#ifndef ALINK_SCENARIO_H
#define ALINK_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cloud.h"
#include "effects.h"
#include "json.h"
#include "state.h"
#include "text.h"
#include "topic.h"

struct api_call;
struct script_call;
struct script_result;

/* What can happen, as `on` of a rule names it. */
enum event {
	EVENT_CONNECT, EVENT_SUBSCRIBE, EVENT_UNSUBSCRIBE, EVENT_PUBLISH_UP, EVENT_REPLY, EVENT_PUBLISH_DOWN,
	EVENT_DISCONNECT, EVENT_LIFECYCLE, EVENT_SCRIPT, EVENT_API, EVENT_HTTP_REQUEST,
	EVENT_COUNT,
};
const char *event_name(enum event event);    /* "publish.up" */

/* --- hooks: what the core's entrances call --- */

/* Whether any scenario wants to know; the other hooks need not be called then. */
static inline bool scenario_watches(const struct cloud *cloud, enum event event)
{
	return cloud->watched >> event & 1;
}

/* Before a CONNECT is judged. False: it is refused, *connack says how. */
bool scenario_connect(struct cloud *cloud, const struct connect *in, enum connack *connack, struct effects *out);
/* After it was accepted as this connection: what its rules do to one that is open. 0: it was refused, and they do nothing. */
void scenario_connected(struct cloud *cloud, uint64_t connection, struct effects *out);

/* False: the filter is refused. */
bool scenario_subscribe(struct cloud *cloud, struct connection *connection, const char *filter, int qos, struct effects *out);
void scenario_unsubscribe(struct cloud *cloud, struct connection *connection, const char *filter, struct effects *out);

/*
 * A message whose topic names `device`, before the platform does anything with it. Returns what cloud_message
 * is to return; the message itself, if it goes on, is handled through message_take in here.
 */
enum message_fate scenario_up(struct cloud *cloud, struct connection *connection, struct device *device,
                              const struct topic *topic, const char *topic_text, const struct message *in, uint64_t trace,
                              struct effects *out);

/*
 * Before a script runs for a device. Whether it is to run now: else *code says how it fails, and *label which rule has it
 * so; or, with 0, it waits and script_resume goes on with `ticket`.
 */
bool scenario_script(struct cloud *cloud, const struct script_call *call, uint64_t ticket, int *code, const char **label,
                     struct effects *out);

/* A script has made JSON of a device's bytes, which came in a message that publish.up was called for. Changes nothing. */
void scenario_bytes_read(struct cloud *cloud, const struct script_call *call, const struct script_result *result, struct effects *out);

/* Something became of a device: online, offline, disabled, enabled, deleted, bound, unbound. Only noted here. */
void scenario_lifecycle(struct cloud *cloud, const struct device *device, const char *change);
void scenario_disconnected(struct cloud *cloud, const struct device *device, const char *cause);

/*
 * At the end of each entrance: walks the effects from `before` on, which are replies to `request` (NULL: to
 * nothing known) and other messages down, and then what was noted.
 */
void scenario_settle(struct cloud *cloud, const struct message *request, size_t before, struct effects *out);

/* A request of the emulator API, before it is executed. True: it was answered, or will be. */
bool scenario_api(struct api_call *call, const char *verb, const char *path);
/* The same for a device that registers over HTTP, which is a request like a download and a message like any other. */
bool scenario_register(struct api_call *call, const char *product_key, const char *device_name);

/*
 * A download of some device of a product (NULL: unknown; a URL does not tell which device): appends
 * {"delayMs":…,"http":{…}}, what the server is to do instead, or nothing.
 */
void scenario_http(struct api_call *call, const char *product_key, const char *path, struct text *fault);

/* --- management --- */

/* Who loads: what a scenario's paths and a --seed are judged by. */
struct scenario_source {
	const char *name;       /* as messages call it, and how a report says it can be loaded again */
	const char *text;       /* NULL: read from the file `name` */
	size_t      len;
};

/* All or nothing; complaints are lines of FILE:LINE:COLUMN. NULL when nothing was loaded, else the scenario's name. */
const char *scenario_load(struct cloud *cloud, const struct scenario_source *source, struct text *complaints,
                          struct effects *out);
/* False when no scenario of that name is loaded. */
bool scenario_unload(struct cloud *cloud, const char *name, struct effects *out);
/* Ends a scenario's run, or with NULL every one's: what is not decided is decided now. Its report stays. */
bool scenario_stop(struct cloud *cloud, const char *name, const char *why, struct effects *out);
/* Before anything is freed; what was held back is dropped. */
void scenarios_free(struct cloud *cloud);
void scenario_forget_ticket(struct cloud *cloud, uint64_t ticket);

/* Judges a file alone, or against what cloud files say exists (NULL: names are then only warned about). */
bool scenario_check(const char *path, const struct cloud_file *file, struct text *complaints);

/*
 * What is wrong with the path of a report; NULL: nothing. A file from anyone is safe to load, so it writes only below
 * the folder that the tool runs in.
 */
const char *scenario_report_path_wrong(const char *path);

/* One JSON object per scenario, comma-separated; the report of one, false when there is none of that name. */
void scenario_write_list(const struct cloud *cloud, struct text *out);
void scenario_write_reports(const struct cloud *cloud, struct text *out);   /* all of them, comma-separated */
bool scenario_write_report(const struct cloud *cloud, const char *name, struct text *out);

/* One line of Prometheus' text format per rule: `metric`{scenario="…",rule="…"} and how often it fired, or was eligible. */
void scenario_write_metric(const struct cloud *cloud, const char *metric, bool fired, struct text *out);

#endif

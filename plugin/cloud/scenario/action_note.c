/* signal, checkpoint, log, clock: what is noted, and what the cloud's clock does. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "action.h"
#include "duration.h"
#include "load.h"
#include "timeline.h"

struct note {
	const char *text;
};

void *text_read(struct loading *loading, enum event event, struct json value)
{
	struct note *note = loading_new(loading, sizeof(*note));

	(void)event;
	if (json_is(value, JSON_STRING) && !json_string_bytes(value))
		form_complain(loading->form, value, "this text is empty");
	if (note)
		note->text = loading_string(loading, value);
	return note;
}

enum fate signal_run(struct act *act)
{
	const struct note *note = act->action->args;

	timeline_signal(act->scenario->engine, note->text);
	return FATE_GOES_ON;
}

enum fate checkpoint_run(struct act *act)
{
	const struct note *note = act->action->args;
	struct scenario *scenario = act->scenario;

	if (!scenario->checkpoints)
		scenario->checkpoints = calloc(CHECKPOINTS_MAX, sizeof(*scenario->checkpoints));
	if (scenario->checkpoints && scenario->checkpoint_count < CHECKPOINTS_MAX)
		scenario->checkpoints[scenario->checkpoint_count++] =
			(struct checkpoint){ act->happening->now_ms, note->text, act->label };
	act_log(act, SERVICE_OTHER, "checkpoint", 0, "%s", note->text);
	return FATE_GOES_ON;
}

/* --- log --- */

struct log_action {
	enum service service;
	int          code;
	const char  *operation, *content, *device;
};

const struct form_key log_keys[] = {
	{ "code",      FORM_NUMBER | FORM_STRING, NULL, false },
	{ "service",   FORM_STRING, NULL, false },
	{ "operation", FORM_STRING, NULL, false },
	{ "content",   FORM_STRING, NULL, false },
	{ "device",    FORM_STRING, NULL, false },
	{ 0 }
};

static void read_service(struct loading *loading, struct json value, enum service *service)
{
	const char *names[SERVICE_COUNT];
	char word[64], shown[FORM_SHOW_SIZE], hint[FORM_HINT_SIZE];
	int i;

	if (json_string(value, word, sizeof(word)) >= 0 && service_parse(word, service))
		return;
	for (i = 0; i < SERVICE_COUNT; i++)
		names[i] = service_name((enum service)i);
	form_complain(loading->form, value, "`%s` is no service type of the log%s", form_show(value, shown),
	              form_hint(loading->form, value, names, SERVICE_COUNT, sizeof(names[0]), hint));
}

void *log_read(struct loading *loading, enum event event, struct json value)
{
	struct log_action *log = loading_new(loading, sizeof(*log));

	(void)event;
	if (!log)
		return NULL;
	*log = (struct log_action){ .service = SERVICE_OTHER, .code = CODE_SUCCESS, .operation = "scenario" };
	if (json_is(value, JSON_STRING)) {
		log->content = loading_string(loading, value);
		return log;
	}
	loading_keys(loading, value, log_keys);
	if (json_is(json_get(value, "service"), JSON_STRING))
		read_service(loading, json_get(value, "service"), &log->service);
	loading_code(loading, json_get(value, "code"), &log->code);
	if (json_is(json_get(value, "operation"), JSON_STRING))
		log->operation = loading_string(loading, json_get(value, "operation"));
	log->content = loading_string(loading, json_get(value, "content"));
	if (json_is(json_get(value, "device"), JSON_STRING))
		log->device = loading_device(loading, json_get(value, "device"));
	return log;
}

static void log_one(void *ctx, struct device *device)
{
	struct act *act = ctx;
	const struct log_action *log = act->action->args;
	struct cloud *cloud = act->happening->cloud;
	struct record record = record_new(cloud, log->service, device, act->happening->trace, log->operation, log->code);
	const struct code_row *row = code_find(log->code);

	record.content = log->content;
	record.content_len = log->content ? strlen(log->content) : 0;
	record.why = log->code != CODE_SUCCESS && row ? row->meaning : NULL;
	record.rule = act->label;
	journal_add(cloud->journal, &record);
}

enum fate log_run(struct act *act)
{
	const struct log_action *log = act->action->args;

	if (log->device)
		act_targets(act, log->device, log_one, act);
	else
		log_one(act, act->happening->device);
	return FATE_GOES_ON;
}

/* --- clock --- */

struct clock_action {
	int64_t advance_ms, set_ms, skew_ms;
	bool    has_set, has_skew;
};

const struct form_key clock_keys[] = {
	{ "advance", FORM_STRING, NULL, false },
	{ "set",     FORM_STRING, NULL, false },
	{ "ntpSkew", FORM_STRING, NULL, false },
	{ 0 }
};

void *clock_read(struct loading *loading, enum event event, struct json value)
{
	struct clock_action *clock = loading_new(loading, sizeof(*clock));
	struct json skew = json_get(value, "ntpSkew");
	char text[32];

	(void)event;
	loading_keys(loading, value, clock_keys);
	if (!clock)
		return NULL;
	loading_duration(loading, json_get(value, "advance"), &clock->advance_ms);
	clock->has_set = loading_date(loading, json_get(value, "set"), &clock->set_ms);
	if (json_is(skew, JSON_STRING)) {
		bool back = json_string(skew, text, sizeof(text)) > 0 && *text == '-';

		clock->has_skew = true;
		if (json_string(skew, text, sizeof(text)) < 0 || !duration_parse(text + back, &clock->skew_ms))
			form_complain(loading->form, skew, "`ntpSkew` must be " DURATION_FORM ", with a - in front for the past");
		else if (back)
			clock->skew_ms = -clock->skew_ms;
	}
	if (json_count(value) != 1)
		form_complain(loading->form, value, "`clock` takes one of `advance`, `set`, `ntpSkew`");
	return clock;
}

enum fate clock_run(struct act *act)
{
	const struct clock_action *clock = act->action->args;
	struct cloud *cloud = act->happening->cloud;
	int64_t ahead_ms = clock->has_set ? clock->set_ms - cloud_now(cloud) : clock->advance_ms;

	if (clock->has_skew) {
		cloud->clock.ntp_skew_ms = clock->skew_ms;
	} else if (ahead_ms < 0) {
		act_log(act, SERVICE_OTHER, "clock", CODE_BAD_PARAMS, "the clock only goes forward, and that time is over");
	} else {
		clock_advance(cloud, ahead_ms);
		act_log(act, SERVICE_OTHER, "clock", 0, "scenario rule %s puts the clock forward by %lld ms", act->label,
		        (long long)ahead_ms);
	}
	return FATE_GOES_ON;
}

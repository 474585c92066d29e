#include "action.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "later.h"
#include "load.h"

#define ON(name)  (1u << EVENT_##name)
#define MESSAGES  (ON(PUBLISH_UP) | ON(REPLY) | ON(PUBLISH_DOWN))
#define QUIET     (ON(UNSUBSCRIBE) | ON(DISCONNECT) | ON(LIFECYCLE))
#define ANYWHERE  ((1u << EVENT_COUNT) - 1)
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* An action is in this table, or there is none. */
static const struct action_row rows[] = {
	{ "reply", MESSAGES | ON(API), ACTION_TERMINAL | ACTION_DOES, FORM_OBJECT, reply_keys, reply_read, reply_run, NULL },
	{ "delay", MESSAGES | ON(SCRIPT) | ON(API) | ON(HTTP_REQUEST), 0, FORM_STRING | FORM_OBJECT, delay_keys, delay_action_read, delay_run, NULL },
	{ "drop", MESSAGES, ACTION_TERMINAL, FORM_STRING, NULL, drop_read, drop_run, NULL },
	{ "duplicate", MESSAGES, 0, FORM_OBJECT, duplicate_keys, duplicate_read, duplicate_run, NULL },
	{ "reorder", MESSAGES, 0, FORM_OBJECT, reorder_keys, reorder_read, reorder_run, NULL },
	{ "mutate", MESSAGES, 0, FORM_OBJECT, mutate_keys, mutate_read, mutate_run, NULL },
	{ "corrupt", MESSAGES, 0, FORM_OBJECT, corrupt_keys, corrupt_read, corrupt_run, NULL },
	{ "stale", MESSAGES, ACTION_TERMINAL | ACTION_DOES, FORM_OBJECT, stale_keys, stale_read, stale_run, NULL },
	{ "refuse", ON(CONNECT) | ON(SUBSCRIBE), ACTION_TERMINAL, FORM_OBJECT, refuse_keys, refuse_read, refuse_run, NULL },
	{ "kick", MESSAGES | ON(CONNECT) | ON_TIMELINE, ACTION_TERMINAL | ACTION_DOES | ACTION_TARGETS, FORM_OBJECT, kick_keys,
	  kick_read, kick_run, NULL },
	{ "takeover", MESSAGES | ON(CONNECT) | ON_TIMELINE, ACTION_TERMINAL | ACTION_DOES | ACTION_TARGETS, FORM_OBJECT,
	  takeover_keys, takeover_read, takeover_run, NULL },
	{ "throttle.platform", MESSAGES | ON_TIMELINE, ACTION_TARGETS, FORM_OBJECT, throttle_keys, throttle_read,
	  throttle_run, NULL },
	{ "error", MESSAGES | QUIET | ON_TIMELINE, ACTION_DOES | ACTION_TARGETS, FORM_OBJECT, error_keys, error_read, error_run, NULL },
	{ "push", MESSAGES | QUIET | ON_TIMELINE, ACTION_DOES | ACTION_TARGETS, FORM_OBJECT, push_keys, push_read, push_run, NULL },
	{ "admin", MESSAGES | QUIET | ON_TIMELINE, ACTION_DOES, FORM_OBJECT, admin_keys, admin_read, admin_run, NULL },
	{ "clock", MESSAGES | QUIET | ON_TIMELINE, ACTION_DOES, FORM_OBJECT, clock_keys, clock_read, clock_run, NULL },
	{ "http", ON(HTTP_REQUEST), ACTION_TERMINAL, FORM_OBJECT, http_keys, http_read, http_run, NULL },
	{ "signal", ANYWHERE | ON_TIMELINE, ACTION_DOES, FORM_STRING, NULL, text_read, signal_run, NULL },
	{ "checkpoint", ANYWHERE | ON_TIMELINE, ACTION_DOES, FORM_STRING, NULL, text_read, checkpoint_run, NULL },
	{ "log", ANYWHERE | ON_TIMELINE, ACTION_DOES, FORM_STRING | FORM_OBJECT, log_keys, log_read, log_run, NULL },
	{ "script", ON(SCRIPT), ACTION_TERMINAL, FORM_OBJECT, script_keys, script_read, script_run, NULL },
	/* doc: scenario format, packet and link faults */
	{ .name = "connack", .missing = "needs the wire front, which this build lacks" },
	{ .name = "withhold", .missing = "needs the wire front, which this build lacks" },
	{ .name = "tcp", .missing = "needs the wire front, which this build lacks" },
	{ .name = "tls", .missing = "needs the wire front, which this build lacks" },
	{ .name = "slice", .missing = "needs the wire front, which this build lacks" },
	{ .name = "cut", .missing = "needs the wire front, which this build lacks" },
	{ .name = "loss", .missing = "needs the wire front, which this build lacks" },
	{ .name = "throttle", .missing = "needs the wire front, which this build lacks; `throttle.platform` limits messages" },
	{ .name = "listener", .missing = "needs the wire front, which this build lacks" },
};

const struct action_row *action_rows(size_t *count)
{
	*count = COUNT(rows);
	return rows;
}

void act_log(const struct act *act, enum service service, const char *operation, int code, const char *format, ...)
{
	struct happening *happening = act->happening;
	struct cloud *cloud = happening->cloud;
	struct record record = record_new(cloud, service, happening->device, happening->trace, operation, code ? code : CODE_SUCCESS);
	char why[512];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	record.product_key = happening->product_key;
	record.device_name = happening->device_name;
	if (happening->event == EVENT_PUBLISH_UP || happening->event == EVENT_REPLY || happening->event == EVENT_PUBLISH_DOWN) {
		record.message_id = happening_id(happening);
		record.content = happening->payload;
		record.content_len = happening->payload_len;
	}
	record.why = why;
	record.rule = act->label;
	journal_add(cloud->journal, &record);
}

/* On `reply` and `publish.down` an answer replaces what is there; nothing is done that could wait. */
static bool bends(const struct act *act)
{
	return act->happening->event != EVENT_PUBLISH_UP && act->happening->event != EVENT_API &&
	       (act->action->row->run == stale_run ||
	        (act->action->row->run == reply_run && !answer_in_bytes(act->happening, act->action->args)));
}

enum fate actions_run(const struct action_list *list, const struct act *about)
{
	enum fate fate = FATE_GOES_ON;
	size_t i;

	for (i = 0; i < list->count && fate == FATE_GOES_ON; i++) {
		struct act act = *about;
		const struct action_row *row = list->at[i].row;

		act.action = &list->at[i];
		if (act.subject && act.subject->delay_ms && row->flags & ACTION_DOES && !bends(&act)) {
			later_action(&act, act.subject->delay_ms);
			fate = row->flags & ACTION_TERMINAL ? FATE_TAKEN : FATE_GOES_ON;
		} else {
			action_run_now(&act, &fate);
		}
		if (act.subject && fate == FATE_TAKEN)
			act.subject->taken = true;
	}
	return fate;
}

void action_run_now(const struct act *about, enum fate *fate)
{
	struct cloud *cloud = about->happening->cloud;
	const char *before = cloud->touched;
	struct act act = *about;

	cloud->touched = act.label;
	*fate = act.action->row->run(&act);
	cloud->touched = before;
	happening_refresh(act.happening);
}

/* --- targets --- */

#define PAGE 500

struct page {
	struct cloud *cloud;
	const char *target;
	int64_t ids[PAGE], last;
	size_t  count, rows;
};

static int collect(void *ctx, const struct stored_device *row)
{
	struct page *page = ctx;
	const struct device *device = device_get(page->cloud, row->id);

	page->rows++;
	page->last = row->id;
	if (device && device_glob_matches(page->target, device->product->key, device->name))
		page->ids[page->count++] = row->id;
	return 0;
}

void targets_each(struct cloud *cloud, const char *target, void (*each)(void *ctx, struct device *device), void *ctx)
{
	struct page page = { .cloud = cloud, .target = target };
	size_t done = 0, i;

	/* `each` may write and delete, so rows are taken page by page, and each device is looked up again. */
	do {
		page.count = page.rows = 0;
		if (store_list_devices(cloud->store, 0, page.last, PAGE, collect, &page))
			return;
		for (i = 0; i < page.count && done < TARGETS_MAX; i++, done++) {
			struct device *device = device_get(cloud, page.ids[i]);

			if (device)
				each(ctx, device);
		}
	} while (page.rows == PAGE && done < TARGETS_MAX);
}

void act_targets(struct act *act, const char *to, void (*each)(void *ctx, struct device *device), void *ctx)
{
	const char *target = to ? to : act->target, *slash = target ? strchr(target, '/') : NULL;
	struct cloud *cloud = act->happening->cloud;
	struct device *device = act->happening->device;

	if (target && !is_glob(target) && slash) {
		struct product *product = product_find(cloud, target, (size_t)(slash - target));

		device = device_find(cloud, product, slash + 1, strlen(slash + 1));
	} else if (target) {
		targets_each(cloud, target, each, ctx);
		return;
	}
	if (device)
		each(ctx, device);
	else
		act_log(act, SERVICE_OTHER, act->action->row->name, CODE_DEVICE_NOT_FOUND, "there is no device %s",
		        target ? target : "to do this to");
}

#include "offline.h"

#include <string.h>

#include "code.h"
#include "subscription.h"

/* guess: the documents limit the days only; a device that never comes back must not fill the disk. */
#define KEPT_MESSAGES_MAX 1000
#define KEPT_BYTES_MAX    (4 * 1024 * 1024)

#define DAY_MS (24 * 3600 * 1000LL)

static int load_subscription(void *ctx, const char *filter, int qos)
{
	return subscription_restore(ctx, filter, qos) ? 0 : -1;
}

int offline_load(struct cloud *cloud, struct device *device)
{
	int result = store_list_subscriptions(cloud->store, device->id, load_subscription, device);

	device->keeps = device->subscriptions != NULL;
	return result;
}

struct resumption {
	struct cloud   *cloud;
	struct device  *device;
	struct effects *out;
	int64_t         oldest_ms;      /* what is older has waited too long */
};

static void log_kept(struct cloud *cloud, const struct device *device, const struct kept_message *message, int code, const char *why)
{
	struct record record = record_new(cloud, SERVICE_DOWNLINK, device, 0, message->topic, code);

	record.content = message->payload;
	record.content_len = message->payload_len;
	record.why = why;
	journal_add(cloud->journal, &record);
}

static int send_kept(void *ctx, const struct kept_message *message)
{
	struct resumption *resumption = ctx;
	struct connection *connection = device_route(resumption->device);
	struct effect *effect;

	if (message->time_ms < resumption->oldest_ms) {
		log_kept(resumption->cloud, resumption->device, message, CODE_DEVICE_OFFLINE,
		         "dropped: it waited for longer than offlineQueueDays");
		return 0;
	}
	effect = effects_publish(resumption->out, connection->number, ROLE_DOWN, message->topic, message->payload,
	                         message->payload_len, 1);
	effect->device = resumption->device->id;
	resumption->cloud->counters.messages_down++;
	log_kept(resumption->cloud, resumption->device, message, CODE_SUCCESS, "sent now: it was kept while the device was offline");
	return 0;
}

static void send_all_kept(struct timer *timer, void *ctx)
{
	struct tick *tick = ctx;
	struct cloud *cloud = tick->cloud;
	struct device *device = timer_owner(timer, struct device, resuming);
	int64_t days = cloud->settings.limits.offline_queue_days;
	struct resumption resumption = { cloud, device, tick->out, days ? cloud_now(cloud) - days * DAY_MS : 0 };

	if (!device_route(device))
		return;                /* gone again: they wait for the next time */
	store_list_kept(cloud->store, device->id, send_kept, &resumption);
	store_delete_kept(cloud->store, device->id);
}

void offline_forget(struct cloud *cloud, struct device *device)
{
	subscriptions_clear(device);
	timer_cancel(&cloud->timers, &device->resuming);
	if (!device->keeps)
		return;
	store_delete_subscriptions(cloud->store, device->id);
	store_delete_kept(cloud->store, device->id);
	device->keeps = false;
}

void offline_resume(struct cloud *cloud, struct device *device, bool clean)
{
	if (clean) {
		offline_forget(cloud, device);
		return;
	}
	/* In the tick that ends this turn: behind CONNACK, and behind the answer to a login. */
	device->resuming.fire = send_all_kept;
	if (device->keeps)
		timer_set(&cloud->timers, &device->resuming, cloud_now(cloud));
	device->keeps = true;
}

bool offline_keep(struct cloud *cloud, struct device *device, const char *topic, const char *payload, size_t payload_len)
{
	struct kept_message message = { cloud_now(cloud), topic, payload, payload_len };

	if (!device->keeps || subscription_qos(device, topic) < 1)
		return false;
	return !store_keep_message(cloud->store, device->id, &message, KEPT_MESSAGES_MAX, KEPT_BYTES_MAX);
}

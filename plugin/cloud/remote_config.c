#include "remote_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "downlink.h"
#include "download.h"
#include "method.h"
#include "push.h"
#include "store_config.h"

#define URL_VALID_MS (30 * 60 * 1000)   /* doc: 30 minutes */

/* What a device is told of a configuration. doc: signMethod is spelt so; sdk: v3 takes no other spelling. */
static void write_config(struct cloud *cloud, const struct stored_config *config, struct text *out)
{
	text_addf(out, "{\"configId\":\"%s\",\"configSize\":%zu,\"sign\":\"%s\",\"signMethod\":\"Sha256\",\"url\":\"",
	          config->config_id, config->size, config->sha256);
	download_url(cloud, config->config_id, URL_VALID_MS, out);
	text_add(out, "\",\"getType\":\"file\"}");
}

int config_download(struct cloud *cloud, const char *token, struct download *out, struct text *why)
{
	struct stored_config config = { 0 };
	int found = store_find_config(cloud->store, token, &config);

	if (found < 0)
		text_add(why, store_error(cloud->store));
	if (found == 1) {
		*out = (struct download){
			.content = config.content, .size = (int64_t)config.size, .type = "application/json",
		};
		config.content = NULL;
	}
	stored_config_free(&config);
	return found;
}

int config_address(struct cloud *cloud, const struct product *product, char sha256[65], struct text *url)
{
	struct stored_config config = { 0 };
	int found = product->config_enabled ? store_get_config(cloud->store, product->id, &config) : 0;

	if (found == 1) {
		memcpy(sha256, config.sha256, sizeof(config.sha256));
		download_url(cloud, config.config_id, URL_VALID_MS, url);
	}
	stored_config_free(&config);
	return found;
}

/* --- what devices ask --- */

enum code config_get(struct call *call)
{
	const struct product *product = call->device->product;
	struct stored_config config = { 0 };
	int found;

	/* guess: only these values are documented; sdk: v3 adds an empty `attributeKeys`. */
	if (!json_is_string(json_get(call->params, "configScope"), "product") ||
	    !json_is_string(json_get(call->params, "getType"), "file")) {
		text_add(call->why, "`params` must have configScope \"product\" and getType \"file\"");
		return CODE_BAD_PARAMS;
	}
	if (!product->config_enabled) {
		text_addf(call->why, "remote configuration is switched off for product %s", product->key);
		return CODE_CONFIG_OFF;
	}
	found = store_get_config(call->cloud->store, product->id, &config);
	if (found == 1)
		write_config(call->cloud, &config, call->data);
	else
		text_add(call->why, found ? store_error(call->cloud->store) : "no configuration has been saved for the product");
	stored_config_free(&config);
	return found == 1 ? CODE_SUCCESS : found ? CODE_SERVER_ERROR : CODE_CONFIG_EMPTY;
}

/*
 * What became of a push. sdk: v3 says so only on failure, and then without the outer braces (`"id":1,"code":"400",
 * "data":{}`); v4 never does; so nobody waits for it.
 */
enum code config_push_reply(struct call *call)
{
	static const char failed[] = "\"code\":\"400\"";
	struct json code;
	int64_t number = 0;

	if (json_parse(&call->cloud->request, call->payload, call->payload_len, JSON_LENIENT, NULL)) {
		if (memmem(call->payload, call->payload_len, failed, strlen(failed))) {
			text_add(call->why, "the device could not use the configuration (its answer lacks the braces, as that of C SDK 3 does)");
			return CODE_REQUEST_ERROR;
		}
		text_add(call->why, "the answer is not JSON");
		return CODE_SUCCESS;
	}
	code = json_get(json_root(&call->cloud->request), "code");
	if (json_int64(code, &number) && number != CODE_SUCCESS) {
		text_addf(call->why, "the device could not use the configuration: it answered code %lld", (long long)number);
		call->log_code = (int)number;
	}
	return CODE_SUCCESS;
}

/* --- what operators do --- */

int config_save(struct cloud *cloud, struct product *product, const char *content, size_t len, struct text *why)
{
	int64_t most = cloud->settings.limits.config_bytes;
	struct json_doc doc = { 0 };
	struct json_error error;
	char *copy;
	int result;

	if (most && len > (size_t)most) {
		text_addf(why, "the configuration has %zu bytes, more than %lld (limit configBytes)", len, (long long)most);
		return 1;
	}
	/* doc: the file is JSON. It is sent byte for byte as it is. */
	result = json_parse(&doc, content, len, JSON_STRICT, &error);
	json_doc_free(&doc);
	if (result) {
		text_addf(why, "the configuration is not JSON: %s at byte %zu", error.message, error.at + 1);
		return 1;
	}
	copy = strndup(content, len);
	result = copy ? store_add_config(cloud->store, product->id, product->key, copy, cloud_now(cloud)) : -1;
	free(copy);
	return result ? result : config_enable(cloud, product, true);
}

int config_enable(struct cloud *cloud, struct product *product, bool enabled)
{
	if (store_set_config_enabled(cloud->store, product->id, enabled))
		return -1;
	product->config_enabled = enabled;
	return 0;
}

/* --- push --- */

#define DEVICES_AT_ONCE 200     /* looked at in one tick */

struct config_push {
	struct config_push *next;
	struct timer timer;
	uint64_t     ticket;            /* 0: whoever asked is gone */
	int64_t      product;
	struct stored_config config;
	struct text  message;           /* {"configId":…} */
	int64_t      after, told;       /* the last device looked at; how many got it */
};

static void push_free(struct cloud *cloud, struct config_push *push)
{
	struct config_push **at = &cloud->config_pushes;

	while (*at != push)
		at = &(*at)->next;
	*at = push->next;
	timer_cancel(&cloud->timers, &push->timer);
	stored_config_free(&push->config);
	text_free(&push->message);
	free(push);
}

/* True when it left. */
static bool tell(struct cloud *cloud, const struct config_push *push, struct device *device, struct effects *out)
{
	struct text topic = { 0 }, payload = { 0 };
	enum delivery delivery = DELIVERY_OFFLINE;
	char id[24];
	int64_t number;

	if (down_id(cloud, &number))
		return false;
	snprintf(id, sizeof(id), "%lld", (long long)number);
	text_addf(&topic, "/sys/%s/%s/thing/config/push", device->product->key, device->name);
	text_addf(&payload, "{\"id\":\"%s\",\"version\":\"1.0\",\"method\":\"thing.config.push\",\"params\":%s}", id,
	          text_string(&push->message));
	if (!topic.failed && !payload.failed)
		delivery = push_send(cloud, &(struct push){
			.device = device, .role = ROLE_DOWN, .service = SERVICE_CONFIG, .operation = "config.push",
			.topic = text_string(&topic), .payload = text_string(&payload), .payload_len = payload.len, .id = id,
			.trace = trace_new(cloud),
		}, out);
	text_free(&topic);
	text_free(&payload);
	return delivery == DELIVERED;
}

struct page {
	int64_t ids[DEVICES_AT_ONCE];
	size_t  count;
};

static int collect(void *ctx, const struct stored_device *row)
{
	struct page *page = ctx;

	page->ids[page->count++] = row->id;
	return 0;
}

/* The next devices. True when there are no more. */
static bool push_on(struct cloud *cloud, struct config_push *push, struct effects *out)
{
	struct page page = { .count = 0 };
	size_t i;

	if (store_list_devices(cloud->store, push->product, push->after, DEVICES_AT_ONCE, collect, &page))
		return true;
	for (i = 0; i < page.count; i++) {
		struct device *device;

		push->after = page.ids[i];
		HASH_FIND(hh_id, cloud->devices, &page.ids[i], sizeof(page.ids[i]), device);   /* one not loaded is not online */
		if (!device || !device_route(device))
			continue;
		push->told += tell(cloud, push, device, out);
	}
	return page.count < DEVICES_AT_ONCE;
}

static void push_answer(const struct config_push *push, struct effects *out)
{
	struct text body = { 0 };

	text_addf(&body, "{\"configId\":\"%s\",\"devices\":%lld}", push->config.config_id, (long long)push->told);
	if (push->ticket)
		effects_answer(out, push->ticket, 200, text_string(&body), body.len);
	text_free(&body);
}

static void on_push(struct timer *timer, void *ctx)
{
	struct config_push *push = timer_owner(timer, struct config_push, timer);
	struct tick *tick = ctx;

	if (!push_on(tick->cloud, push, tick->out) && !timer_set(&tick->cloud->timers, timer, cloud_now(tick->cloud)))
		return;
	push_answer(push, tick->out);
	push_free(tick->cloud, push);
}

int config_push_start(struct cloud *cloud, struct product *product, uint64_t ticket, struct effects *out)
{
	struct config_push *push;
	int found;

	if (!product->config_enabled)
		return CODE_CONFIG_OFF;
	for (push = cloud->config_pushes; push; push = push->next)
		if (push->product == product->id)
			return CODE_TOO_MANY_REQUESTS;
	push = calloc(1, sizeof(*push));
	if (!push)
		return -1;
	push->timer.fire = on_push;
	push->ticket = ticket;
	push->product = product->id;
	push->next = cloud->config_pushes;
	cloud->config_pushes = push;
	found = store_get_config(cloud->store, product->id, &push->config);
	if (found == 1)
		write_config(cloud, &push->config, &push->message);
	if (found != 1 || push->message.failed) {
		push_free(cloud, push);
		return found ? -1 : CODE_CONFIG_EMPTY;
	}
	on_push(&push->timer, &(struct tick){ cloud, out });
	return 0;
}

void config_push_forget(struct cloud *cloud, uint64_t ticket)
{
	struct config_push *push;

	for (push = cloud->config_pushes; push; push = push->next)
		if (push->ticket == ticket)
			push->ticket = 0;
}

void config_pushes_free(struct cloud *cloud)
{
	while (cloud->config_pushes)
		push_free(cloud, cloud->config_pushes);
}

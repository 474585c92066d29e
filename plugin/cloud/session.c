/*
 * combine/login, combine/logout and their batch forms: a gateway brings sub-devices online and takes them offline.
 *
 * doc: "Connect or disconnect sub-devices"; connect reference, sections 5.1 to 5.5.
 */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#include "bucket.h"
#include "connection.h"
#include "ext_error.h"
#include "lifecycle.h"
#include "method.h"
#include "scenario.h"
#include "offline.h"
#include "sub_device.h"

static void log_session(struct cloud *cloud, const struct device *sub_device, uint64_t trace, const char *operation,
                        int code, const char *why)
{
	struct record record = record_new(cloud, SERVICE_DEVICE, sub_device, trace, operation, code);

	record.why = why;
	journal_add(cloud->journal, &record);
}

void session_close(struct cloud *cloud, struct device *sub_device, enum code code, const char *why)
{
	if (!sub_device->session)
		return;
	log_session(cloud, sub_device, 0, "offline", code, why);
	session_end(sub_device);
	scenario_lifecycle(cloud, sub_device, "offline");
}

void session_force_off(struct cloud *cloud, struct device *sub_device, enum code code, struct effects *out)
{
	struct device *gateway = sub_device->session ? sub_device->session->device : NULL;

	if (gateway)
		ext_error_forced(cloud, gateway, sub_device, code, out);
	session_close(cloud, sub_device, code, code_find(code)->meaning);
}

/* --- login --- */

/* A sub-device that may log in, until the whole batch is known to be right. */
struct login {
	struct device *device;
	bool auto_subscribe;       /* sdk: C SDK 3.2 asks with |_ss=1,…| in the login's clientId */
	bool clean;
};

/* A request's entries being judged one by one. */
struct judging {
	struct call *call;
	struct json  otherwise;        /* where a batch's common sign method stands */
	size_t       fresh;            /* of those judged, how many are not online over this gateway yet */
	struct text  why;              /* about the present entry */
};

/* Keeps the reason against the present entry for the log. */
static void judging_refused(struct judging *judging)
{
	text_add(judging->call->why, judging->call->why->len ? "; " : "");
	text_add(judging->call->why, text_string(&judging->why));
}

/* doc: cleanSession is the string "true" or "false"; sdk: some send a boolean. */
static const char *clean_session(struct json entry)
{
	struct json value = json_get(entry, "cleanSession");

	return json_is_string(value, "false") || json_is(value, JSON_FALSE) ? "false" : "true";
}

static bool sign_matches(struct judging *judging, const struct sub_claim *claim, struct json entry,
                         const struct device *device)
{
	struct call *call = judging->call;
	struct signature signature = sub_claim_signature(claim, device), legacy;

	signature.clean_session = clean_session(entry);
	if (!sub_sign_method(&signature, claim->sign_method, &judging->why))
		return false;
	/* doc: in 2018 the signed text began with cleanSession. */
	legacy = signature;
	legacy.fields[SIGN_FIELDS_MAX - 1] = (struct sign_field){ "cleanSession", signature.clean_session };
	if (call->cloud->settings.options.legacy_login_sign && signature_matches(&legacy))
		return true;
	return sub_sign_matches(call->cloud, &signature, !call->why->len, &judging->why);
}

/* A login of this sub-device, or of any over this gateway, too many. */
static bool too_fast(struct judging *judging, struct device *device)
{
	struct call *call = judging->call;
	const struct settings *settings = &call->cloud->settings;
	struct device *gateway = call->device;

	if (!bucket_take(&device->logins, settings->limits.logins_per_sub_device_per_minute, 60000, 1, call->now_ms))
		text_addf(&judging->why, "more than %lld logins of %s/%s in a minute (limit loginsPerSubDevicePerMinute)",
		          (long long)settings->limits.logins_per_sub_device_per_minute, device->product->key, device->name);
	else if (!bucket_take(&gateway->logins, settings->limits.logins_per_gateway_per_second, 1000, 1, call->now_ms))
		text_addf(&judging->why, "more than %lld logins over this gateway in a second (limit loginsPerGatewayPerSecond)",
		          (long long)settings->limits.logins_per_gateway_per_second);
	else
		return false;
	return true;
}

/* guess: the order of the checks, as the reference recommends it. */
static enum code judge_login(struct judging *judging, const struct sub_claim *claim, struct json entry, struct login *login)
{
	struct call *call = judging->call;
	struct cloud *cloud = call->cloud;
	int64_t capacity = cloud->settings.limits.online_sub_devices_per_gateway;
	struct product *product = product_find(cloud, claim->name.product_key, strlen(claim->name.product_key));
	struct device *device = sub_name_find(cloud, &claim->name, &judging->why);
	struct client_id id;
	const char *unused;

	/* guess: a deleted device is remembered until one of that name is created again. */
	if (!device && device_was_deleted(cloud, product, claim->name.device_name)) {
		text_add(&judging->why, ": it was deleted");
		return CODE_DEVICE_DELETED;
	}
	if (!device)
		return CODE_DEVICE_NOT_FOUND;
	login->device = device;
	if (too_fast(judging, device))
		return CODE_TOO_MANY_REQUESTS;
	if (device->gateway != call->device->id) {
		text_addf(&judging->why, "%s/%s is not bound to this gateway: send topo/add first", product->key, device->name);
		return CODE_TOPO_NOT_EXIST;
	}
	if (!device->enabled) {
		text_addf(&judging->why, "%s/%s is disabled", product->key, device->name);
		return cloud->settings.options.disabled_login_code ? CODE_DEVICE_DISABLED : CODE_DEVICE_FORBIDDEN;
	}
	if (!sign_matches(judging, claim, entry, device))
		return CODE_INVALID_SIGN;
	if (device->session != call->connection && device->named_in != call->trace) {
		if (capacity && (int64_t)(call->connection->session_count + judging->fresh) >= capacity) {
			text_addf(&judging->why, "%lld sub-devices are online over this gateway (limit onlineSubDevicesPerGateway)",
			          (long long)capacity);
			return CODE_TOO_MANY_ONLINE;
		}
		judging->fresh++;
	}
	device->named_in = call->trace;
	login->clean = !strcmp(clean_session(entry), "true");
	login->auto_subscribe = client_id_parse(&id, claim->client_id, &unused) && id.ss && !strcmp(id.ss, "1");
	return CODE_SUCCESS;
}

static void session_start(struct call *call, const struct login *login)
{
	struct cloud *cloud = call->cloud;
	struct device *device = login->device;

	if (device->session != call->connection) {
		/* doc: the new login wins. */
		connection_take_over(cloud, device, call->out);
		session_begin(call->connection, device);
		device_came_online(cloud, device);
		offline_resume(cloud, device, login->clean);
	}
	/* guess: a login of a sub-device that is online here already only refreshes it. */
	device->session_auto = login->auto_subscribe;
	log_session(cloud, device, call->trace, "online", CODE_SUCCESS, NULL);
}

/* The next of a batch; a single request has no next. */
static struct json next_entry(struct json entry, bool batch)
{
	return batch ? json_next(entry) : (struct json){ 0 };
}

/* Judges all, then starts all or none. `data` becomes the sub-devices: on failure those at fault. */
static enum code log_in(struct judging *judging, struct json first, bool batch, struct login *logins)
{
	struct call *call = judging->call;
	enum code result = CODE_SUCCESS;
	struct login *login = logins;

	for (struct json entry = first; json_present(entry); entry = next_entry(entry, batch), login++) {
		struct sub_claim claim;
		enum code code;

		text_clear(&judging->why);
		code = sub_claim_read(&claim, entry, judging->otherwise, true, &judging->why) ?
			judge_login(judging, &claim, entry, login) : CODE_BAD_PARAMS;
		if (code == CODE_SUCCESS)
			continue;
		judging_refused(judging);
		if (result == CODE_SUCCESS) {
			result = code;
			if (code == CODE_TOO_MANY_REQUESTS && !call->cloud->settings.options.login_rate_text)
				call->message = "rate limit, too many subDeviceOnline msg in one minute";
		}
		/* sdk: C SDK 3.2 finds the sub-device that waits by this, also when it was refused. */
		if (*claim.name.device_name)
			sub_name_write(call->data, claim.name.product_key, claim.name.device_name);
		if (login->device)
			log_session(call->cloud, login->device, call->trace, "login", code, text_string(&judging->why));
	}
	for (login = logins; result == CODE_SUCCESS && login->device; login++) {
		session_start(call, login);
		sub_name_write(call->data, login->device->product->key, login->device->name);
	}
	return result;
}

enum code session_login(struct call *call)
{
	struct judging judging = { .call = call };
	struct login logins[2] = { 0 };          /* the second ends the list */
	enum code code;

	if (!json_is(call->params, JSON_OBJECT)) {
		text_addf(call->why, "`params` is %s, not an object", json_type_name(json_type(call->params)));
		return CODE_BAD_PARAMS;
	}
	code = log_in(&judging, call->params, false, logins);
	text_free(&judging.why);
	return code;
}

/* Whether a batch may be worked on; otherwise the code for it. guess: 1914 is the log's; a reply says 460. */
static enum code check_batch(struct call *call, struct json list)
{
	const struct settings *settings = &call->cloud->settings;
	int64_t limit = settings->limits.entries_per_batch_login;

	if (sub_list_check(list, limit, "entriesPerBatchLogin", call->why))
		return CODE_SUCCESS;
	if (!json_is(list, JSON_ARRAY) || !limit || json_count(list) <= limit)
		return CODE_BAD_PARAMS;
	call->log_code = CODE_BATCH_TOO_LONG;
	return settings->options.batch_limit_code ? CODE_BATCH_TOO_LONG : CODE_BAD_PARAMS;
}

enum code session_batch_login(struct call *call)
{
	struct json list = json_get(call->params, "deviceList");
	struct judging judging = { .call = call, .otherwise = call->params };
	enum code code = check_batch(call, list);
	struct login *logins;

	if (code != CODE_SUCCESS)
		return code;
	logins = calloc(json_count(list) + 1, sizeof(*logins));
	if (!logins) {
		text_add(call->why, "out of memory");
		return CODE_SERVER_ERROR;
	}
	text_add_char(call->data, '[');
	code = log_in(&judging, json_first(list), true, logins);
	text_add_char(call->data, ']');
	text_free(&judging.why);
	free(logins);
	return code;
}

/* --- logout --- */

static struct device *online_here(struct call *call, const struct sub_name *name)
{
	struct device *device = device_find_key(call->cloud, name->product_key, name->device_name);

	return device && device->session == call->connection ? device : NULL;
}

/* As log_in: all or none. */
static enum code log_out(struct call *call, struct json first, bool batch)
{
	struct judging judging = { .call = call };
	enum code result = CODE_SUCCESS;
	struct sub_name name;

	for (struct json entry = first; json_present(entry); entry = next_entry(entry, batch)) {
		enum code code = CODE_SUCCESS;

		text_clear(&judging.why);
		if (!sub_name_read(&name, entry, &judging.why)) {
			code = CODE_BAD_PARAMS;
		} else if (!online_here(call, &name)) {
			text_addf(&judging.why, "%s/%s has no session over this gateway", name.product_key, name.device_name);
			code = CODE_NO_SESSION;
		}
		if (code == CODE_SUCCESS)
			continue;
		judging_refused(&judging);
		if (result == CODE_SUCCESS)
			result = code;
		if (*name.device_name)
			sub_name_write(call->data, name.product_key, name.device_name);
	}
	text_free(&judging.why);
	if (result != CODE_SUCCESS)
		return result;
	for (struct json entry = first; json_present(entry); entry = next_entry(entry, batch)) {
		struct device *device;

		sub_name_read(&name, entry, call->why);
		device = online_here(call, &name);
		if (device)
			session_close(call->cloud, device, CODE_SUCCESS, "its gateway logged it out");
		sub_name_write(call->data, name.product_key, name.device_name);
	}
	return CODE_SUCCESS;
}

enum code session_logout(struct call *call)
{
	if (!json_is(call->params, JSON_OBJECT)) {
		text_addf(call->why, "`params` is %s, not an object", json_type_name(json_type(call->params)));
		return CODE_BAD_PARAMS;
	}
	return log_out(call, call->params, false);
}

enum code session_batch_logout(struct call *call)
{
	enum code code = check_batch(call, call->params);

	if (code != CODE_SUCCESS)
		return code;
	text_add_char(call->data, '[');
	code = log_out(call, json_first(call->params), true);
	text_add_char(call->data, ']');
	return code;
}

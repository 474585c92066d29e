/* admin: what the cloud's operator does in the middle of a conversation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action.h"
#include "lifecycle.h"
#include "load.h"
#include "relation.h"
#include "remote_config.h"
#include "upgrade.h"

struct admin {
	const struct op *op;
	const char *target;        /* device glob; NULL: the event's or step's */
	struct json args;
	const char *gateway, *secret, *product, *version, *module;
};

/* An operation is in this table, or there is none. */
struct op {
	const char *name;
	bool        targets;       /* done to devices */
	const char *args;          /* allowed in `args`, blank-separated; NULL: see `check` */
	void (*check)(struct loading *loading, struct json args);
	int  (*device)(struct act *act, const struct admin *admin, struct device *device);   /* -1: the store failed */
	void (*once)(struct act *act, const struct admin *admin);
	const char *missing;
};

const struct form_key admin_keys[] = {
	{ "op",     FORM_STRING, NULL, true },
	{ "target", FORM_STRING, NULL, false },
	{ "args",   FORM_OBJECT, NULL, false },
	{ 0 }
};

/* --- to devices --- */

static int disable(struct act *act, const struct admin *admin, struct device *device)
{
	(void)admin;
	return device_disable(act->happening->cloud, device, act->happening->out);
}

static int enable(struct act *act, const struct admin *admin, struct device *device)
{
	(void)admin;
	return device_enable(act->happening->cloud, device, act->happening->out);
}

static int delete(struct act *act, const struct admin *admin, struct device *device)
{
	(void)admin;
	return device_delete(act->happening->cloud, device, act->happening->out);
}

static int kick(struct act *act, const struct admin *admin, struct device *device)
{
	(void)admin;
	if (device_route(device))
		device_kick(act->happening->cloud, device, act->happening->out);
	return 0;
}

static int reset(struct act *act, const struct admin *admin, struct device *device)
{
	(void)admin;
	return device_reset(act->happening->cloud, device, act->happening->out);
}

/* The device keeps its connection; what it signs with from now on is wrong. */
static int rotate_secret(struct act *act, const struct admin *admin, struct device *device)
{
	struct cloud *cloud = act->happening->cloud;
	char drawn[33];
	char *secret;

	snprintf(drawn, sizeof(drawn), "%016llx%016llx", (unsigned long long)chance_bits(act->chance),
	         (unsigned long long)chance_bits(act->chance));
	secret = strdup(admin->secret ? admin->secret : drawn);
	if (!secret || store_set_secret(cloud->store, device->id, secret)) {
		free(secret);
		return -1;
	}
	free(device->secret);
	device->secret = secret;
	return 0;
}

static int bind(struct act *act, const struct admin *admin, struct device *device)
{
	struct cloud *cloud = act->happening->cloud;
	char key[NAME_MAX_BYTES + 1];
	const char *slash = strchr(admin->gateway, '/');
	struct device *gateway = NULL;

	if (slash && (size_t)(slash - admin->gateway) < sizeof(key)) {
		snprintf(key, sizeof(key), "%.*s", (int)(slash - admin->gateway), admin->gateway);
		gateway = device_find_key(cloud, key, slash + 1);
	}
	if (!gateway || device->product->node_type != NODE_SUB_DEVICE) {
		act_log(act, SERVICE_TOPO, "topology.add", CODE_DEVICE_NOT_FOUND, "%s", gateway ?
		        "only a sub-device can be bound to a gateway" : "there is no such gateway");
		return 0;
	}
	if (relation_set(cloud, device, gateway, true, act->happening->out))
		return -1;
	relation_push(cloud, gateway, RELATION_CREATED, &device, 1, act->happening->out);
	return 0;
}

static int unbind(struct act *act, const struct admin *admin, struct device *device)
{
	struct cloud *cloud = act->happening->cloud;
	struct device *gateway = device_get(cloud, device->gateway);

	(void)admin;
	if (!gateway)
		return 0;
	if (relation_set(cloud, device, NULL, true, act->happening->out))
		return -1;
	relation_push(cloud, gateway, RELATION_DELETED, &device, 1, act->happening->out);
	return 0;
}

/* --- to the cloud --- */

static void check_settings(struct loading *loading, struct json args,
                           const char *set(struct settings *, struct json, char *, size_t))
{
	struct settings scratch;
	char buf[256];

	settings_init(&scratch, PROFILE_TEST);
	json_each(member, args) {
		const char *said = set(&scratch, member, buf, sizeof(buf));

		if (said)
			form_complain(loading->form, strncmp(said, "unknown", 7) ? member : json_key(member), "%s", said);
	}
	if (!json_count(args))
		form_complain(loading->form, loading->raw, "`args` says which and what: {\"loginsPerSubDevicePerMinute\": 1}");
}

static void check_limits(struct loading *loading, struct json args)
{
	check_settings(loading, args, settings_set_limit);
}

static void check_options(struct loading *loading, struct json args)
{
	check_settings(loading, args, settings_set_option);
}

/* Unloading brings back what was before the scenario's first change. */
static void change_settings(struct act *act, struct json args, const char *set(struct settings *, struct json, char *, size_t))
{
	struct cloud *cloud = act->happening->cloud;
	struct scenario *scenario = act->scenario;
	char buf[256];

	if (!scenario->settings_before) {
		scenario->settings_before = arena_alloc(&scenario->arena, sizeof(*scenario->settings_before));
		if (!scenario->settings_before)
			return;
		*scenario->settings_before = cloud->settings;
	}
	json_each(member, args)
		set(&cloud->settings, member, buf, sizeof(buf));
}

static void set_limits(struct act *act, const struct admin *admin)
{
	change_settings(act, admin->args, settings_set_limit);
}

static void set_options(struct act *act, const struct admin *admin)
{
	change_settings(act, admin->args, settings_set_option);
}

/* --- to products and their packages --- */

static void check_product(struct loading *loading, struct json args)
{
	struct json product = json_get(args, "product");

	if (json_is(product, JSON_STRING))
		loading_product(loading, product);
	else
		form_complain(loading->form, loading->raw, "`args` says for which product: {\"product\": \"PK\"}");
}

static int push_firmware(struct act *act, const struct admin *admin, struct device *device)
{
	struct cloud *cloud = act->happening->cloud;
	struct text why = { 0 };
	struct upgrade_of of = { cloud, device, act->happening->out, &why, act->happening->trace };
	struct upgrade_order order = { 0 };
	struct stored_firmware firmware = { 0 };
	struct stored_upgrade made = { 0 };
	int found = store_find_firmware(cloud->store, device->product->id, admin->module ? admin->module : MODULE_DEFAULT,
	                                admin->version, &firmware), result = 0;

	if (found > 0)
		result = upgrade_start(&of, &firmware, &order, &made);
	if (found >= 0 && (!found || result > 0))
		act_log(act, SERVICE_OTA, "ota.push", CODE_BAD_PARAMS, "%s", found ? text_string(&why) : "there is no such package");
	stored_upgrade_free(&made);
	stored_firmware_free(&firmware);
	text_free(&why);
	return found < 0 || result < 0 ? -1 : 0;
}

static struct product *product_of(struct act *act, const struct admin *admin)
{
	struct product *product = product_find(act->happening->cloud, admin->product, strlen(admin->product));

	if (!product)
		act_log(act, SERVICE_CONFIG, admin->op->name, CODE_PRODUCT_NOT_FOUND, "there is no product %s", admin->product);
	return product;
}

static void push_config(struct act *act, const struct admin *admin)
{
	struct product *product = product_of(act, admin);
	int code = product ? config_push_start(act->happening->cloud, product, 0, act->happening->out) : 0;

	if (code)
		act_log(act, SERVICE_CONFIG, "config.push", code > 0 ? code : CODE_SERVER_ERROR, "it could not be pushed");
}

static void config_on(struct act *act, const struct admin *admin)
{
	struct product *product = product_of(act, admin);

	if (product)
		config_enable(act->happening->cloud, product, true);
}

static void config_off(struct act *act, const struct admin *admin)
{
	struct product *product = product_of(act, admin);

	if (product)
		config_enable(act->happening->cloud, product, false);
}

static const struct op ops[] = {
	{ "device.disable",  true,  "",        NULL,          disable,       NULL,        NULL },
	{ "device.enable",   true,  "",        NULL,          enable,        NULL,        NULL },
	{ "device.delete",   true,  "",        NULL,          delete,        NULL,        NULL },
	{ "device.kick",     true,  "",        NULL,          kick,          NULL,        NULL },
	{ "device.reset",    true,  "",        NULL,          reset,         NULL,        NULL },
	{ "secret.rotate",   true,  "secret",  NULL,          rotate_secret, NULL,        NULL },
	{ "topology.add",    true,  "gateway", NULL,          bind,          NULL,        NULL },
	{ "topology.remove", true,  "",        NULL,          unbind,        NULL,        NULL },
	{ "limits.set",      false, NULL,      check_limits,  NULL,          set_limits,  NULL },
	{ "options.set",     false, NULL,      check_options, NULL,          set_options, NULL },
	{ "ota.push",        true,  "version module", NULL,   push_firmware, NULL,        NULL },
	{ "config.push",     false, "product", check_product, NULL,          push_config, NULL },
	{ "config.on",       false, "product", check_product, NULL,          config_on,   NULL },
	{ "config.off",      false, "product", check_product, NULL,          config_off,  NULL },
};
#define OP_COUNT (sizeof(ops) / sizeof(ops[0]))

/* --- reading --- */

static const struct op *op_named(struct loading *loading, struct json value)
{
	char shown[FORM_SHOW_SIZE], hint[FORM_HINT_SIZE];
	size_t i;

	for (i = 0; i < OP_COUNT; i++)
		if (json_is_string(value, ops[i].name))
			break;
	if (i < OP_COUNT && !ops[i].missing)
		return &ops[i];
	if (i < OP_COUNT)
		form_complain(loading->form, value, "`%s` cannot be done: %s", ops[i].name, ops[i].missing);
	else if (json_is(value, JSON_STRING))
		form_complain(loading->form, value, "unknown operation `%s`%s", form_show(value, shown),
		              form_hint(loading->form, value, ops, OP_COUNT, sizeof(ops[0]), hint));
	return NULL;
}

static void check_args(struct loading *loading, const struct op *op, struct json args)
{
	char shown[FORM_SHOW_SIZE];

	json_each(member, args)
		if (words_find(op->args, json_key(member)) < 0)
			form_complain(loading->form, json_key(member), *op->args ? "%s takes no `%s`, only `%s`" : "%s takes no `%s`%s",
			              op->name, form_show(json_key(member), shown), op->args);
		else if (!json_is(member, JSON_STRING))
			form_complain(loading->form, member, "this must be a string");
}

void *admin_read(struct loading *loading, enum event event, struct json value)
{
	struct admin *admin = loading_new(loading, sizeof(*admin));
	struct json args = json_get(value, "args"), gateway = json_get(args, "gateway");
	bool quiet = event == EVENT_COUNT;     /* the timeline: nobody is there by itself */

	loading_keys(loading, value, admin_keys);
	if (!admin)
		return NULL;
	admin->op = op_named(loading, json_get(value, "op"));
	if (!admin->op)
		return NULL;
	if (!json_is(args, JSON_OBJECT))
		args = (struct json){ 0 };
	admin->args = args;
	if (admin->op->args)
		check_args(loading, admin->op, args);
	if (admin->op->check) {
		struct json raw = loading->raw;

		loading->raw = value;
		admin->op->check(loading, args);
		loading->raw = raw;
	}
	if (json_present(json_get(value, "target")))
		admin->target = loading_device(loading, json_get(value, "target"));
	else if (admin->op->targets && quiet && !json_present(json_get(loading->raw, "target")))
		form_complain(loading->form, value, "on the timeline %s needs `target`", admin->op->name);
	admin->secret = loading_string(loading, json_get(args, "secret"));
	admin->product = loading_string(loading, json_get(args, "product"));
	admin->version = loading_string(loading, json_get(args, "version"));
	admin->module = loading_string(loading, json_get(args, "module"));
	if (!strcmp(admin->op->name, "ota.push") && !admin->version)
		form_complain(loading->form, value, "ota.push needs `args`: {\"version\": \"1.1.0\"}");
	if (!strcmp(admin->op->name, "topology.add")) {
		if (!json_present(gateway))
			form_complain(loading->form, value, "topology.add needs `args`: {\"gateway\": \"PK/DN\"}");
		else if (json_is(gateway, JSON_STRING))
			admin->gateway = loading_device(loading, gateway);
		if (admin->gateway && (!strchr(admin->gateway, '/') || is_glob(admin->gateway)))
			form_complain(loading->form, gateway, "a gateway is named `PK/DN`");
	}
	return admin;
}

struct admin_run {
	struct act *act;
	const struct admin *admin;
};

static void run_one(void *ctx, struct device *device)
{
	const struct admin_run *run = ctx;

	act_log(run->act, SERVICE_API, run->admin->op->name, 0, "done to %s/%s by scenario rule %s", device->product->key,
	        device->name, run->act->label);
	if (run->admin->op->device(run->act, run->admin, device))
		act_log(run->act, SERVICE_API, run->admin->op->name, CODE_SERVER_ERROR, "%s", store_error(run->act->happening->cloud->store));
}

enum fate admin_run(struct act *act)
{
	const struct admin *admin = act->action->args;
	struct admin_run run = { act, admin };

	if (admin->op->targets) {
		act_targets(act, admin->target, run_one, &run);
	} else {
		act_log(act, SERVICE_API, admin->op->name, 0, "done by scenario rule %s", act->label);
		admin->op->once(act, admin);
	}
	return FATE_GOES_ON;
}

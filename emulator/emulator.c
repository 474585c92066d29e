#include "emulator.h"

#include <errno.h>
#include <ifaddrs.h>
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "broker.h"
#include "certs.h"
#include "cloud_file.h"
#include "command.h"
#include "control.h"
#include "http.h"
#include "json.h"
#include "paths.h"
#include "reporter.h"

#define DEMO_CLOUD    "demo/cloud.json"
#define START_S       120       /* for the broker to open its listeners: a million devices take 17 s and more */
#define ANSWER_MS     10000
#define NAMES_MAX     96        /* of the certificate, beside the cloud's own */

/* What the private folder may hold. */
static const char *const folder_files[] = {
	"control.sock", "mosquitto.conf", "server.pem", "ca.pem", "ca.h", "ca-key.pem", "server-key.pem",
};

struct emulator {
	struct event_base *base;
	struct options    *options;
	struct emulator_events events;
	char  *folder;                 /* private to this run, removed at the end */
	char  *control_path, *certificate_path, *config_path, *demo_cloud;
	struct certs   *certs;
	struct broker  *broker;
	struct control *control;
	struct http    *http;
	struct reporter *reporter;
	struct event   *patience;
	struct demo     demo;
	bool asked, ready, stopping;
	int  code;                     /* with which it ends */
};

static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("alink-emulator: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

static void *must(void *allocated)
{
	if (!allocated) {
		say("out of memory");
		exit(EXIT_UNREACHABLE);
	}
	return allocated;
}

/* --- the private folder --- */

static char *in_folder(const struct emulator *emulator, const char *name)
{
	struct text path = { 0 };

	text_addf(&path, "%s/%s", emulator->folder, name);
	return must(text_take(&path));
}

static int folder_make(struct emulator *emulator)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR"), *temp = getenv("TMPDIR");
	const char *const parents[] = { runtime, temp, "/tmp" };
	const size_t room = sizeof(((struct sockaddr_un *)0)->sun_path);
	size_t i;

	for (i = 0; i < sizeof(parents) / sizeof(*parents); i++) {
		struct text path = { 0 };

		/* the control socket's whole path has to fit its address */
		if (!parents[i] || *parents[i] != '/' ||
		    strlen(parents[i]) + strlen("/alink-emulator-XXXXXX/control.sock") >= room)
			continue;
		text_addf(&path, "%s/alink-emulator-XXXXXX", parents[i]);
		emulator->folder = must(text_take(&path));
		if (mkdtemp(emulator->folder))
			return 0;
		free(emulator->folder);
		emulator->folder = NULL;
	}
	say("cannot make a private folder in XDG_RUNTIME_DIR, TMPDIR or /tmp: %s", strerror(errno));
	return -1;
}

static void folder_remove(struct emulator *emulator)
{
	size_t i;

	if (!emulator->folder)
		return;
	for (i = 0; i < sizeof(folder_files) / sizeof(*folder_files); i++) {
		char *path = in_folder(emulator, folder_files[i]);

		unlink(path);
		free(path);
	}
	rmdir(emulator->folder);
	free(emulator->folder);
}

/* --- certificates --- */

/* Somewhere to listen that is no address of its own: every address of this machine can be dialled. */
static size_t own_addresses(char (*out)[ADDRESS_MAX], size_t max)
{
	struct ifaddrs *list = NULL, *at;
	size_t count = 0;

	if (getifaddrs(&list))
		return 0;
	for (at = list; at && count < max; at = at->ifa_next) {
		const struct sockaddr_in6 *v6 = (const void *)at->ifa_addr;
		const void *binary;

		if (!at->ifa_addr)
			continue;
		if (at->ifa_addr->sa_family == AF_INET)
			binary = &((const struct sockaddr_in *)(const void *)at->ifa_addr)->sin_addr;
		else if (at->ifa_addr->sa_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr))
			binary = &v6->sin6_addr;
		else
			continue;
		if (inet_ntop(at->ifa_addr->sa_family, binary, out[count], ADDRESS_MAX))
			count++;
	}
	freeifaddrs(list);
	return count;
}

static int certificate_issue(struct emulator *emulator, struct text *error)
{
	const struct options *options = emulator->options;
	char own[32][ADDRESS_MAX];
	const char *names[NAMES_MAX];
	size_t count = 0, i, own_count;
	bool everywhere = options->bind && address_any(options->bind);
	int kind;

	for (i = 0; i < options->hosts.count; i++)
		names[count++] = options->hosts.at[i];
	for (kind = 0; kind < LISTENERS; kind++)
		for (i = 0; i < options->ports[kind].count; i++) {
			const char *address = options->ports[kind].at[i].address;

			if (address_any(address))
				everywhere = true;
			else if (listener_types[kind].tls && count < NAMES_MAX)
				names[count++] = address;
		}
	own_count = everywhere ? own_addresses(own, sizeof(own) / sizeof(*own)) : 0;
	for (i = 0; i < own_count && count < NAMES_MAX; i++)
		names[count++] = own[i];
	emulator->certificate_path = in_folder(emulator, "server.pem");
	return certs_issue(emulator->certs, names, count, time(NULL), emulator->certificate_path, error);
}

static int certs_prepare(struct emulator *emulator)
{
	const char *given = emulator->options->cert_folder;
	char *folder = given ? path_absolute(given) : path_state_folder();
	struct text error = { 0 };
	int err = -1;

	if (folder)
		emulator->certs = certs_open(folder, &error);
	else
		text_add(&error, "neither XDG_STATE_HOME nor HOME is set");
	if (!emulator->certs && !given) {
		say("warning: the CA is made anew for this run, and devices will not know it: %s", text_string(&error));
		text_clear(&error);
		emulator->certs = certs_open(emulator->folder, &error);
	}
	if (!emulator->certs || certificate_issue(emulator, &error))
		say("certificates: %s", text_string(&error));
	else
		err = 0;
	free(folder);
	text_free(&error);
	return err;
}

/* --- the end --- */

static void fail(struct emulator *emulator)
{
	if (!emulator->stopping)
		emulator->code = EXIT_UNREACHABLE;
	if (!emulator->stopping && emulator->broker)
		emulator_stop(emulator);
}

static void on_broker_died(void *ctx, int status)
{
	struct emulator *emulator = ctx;

	if (!emulator->stopping) {
		emulator->code = EXIT_UNREACHABLE;
		if (WIFSIGNALED(status))
			say("the broker was killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
		else
			say("the broker ended with exit code %d%s", WEXITSTATUS(status),
			    emulator->ready ? "" : " before it was ready");
	}
	emulator->events.ended(emulator->events.ctx, emulator->code);
}

static void on_patience_over(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	say("the broker was not ready within %d seconds", START_S);
	fail(ctx);
}

/* --- getting ready --- */

static void ready(struct emulator *emulator)
{
	emulator->ready = true;
	event_del(emulator->patience);
	http_ready(emulator->http, true);
	emulator->events.ready(emulator->events.ctx);
}

/* False and the emulator fails when the cloud did not answer with 200. */
static bool answer_fine(struct emulator *emulator, const char *asked, int status, const char *body, size_t len)
{
	if (status == 200)
		return true;
	say("the cloud refused %s with %d: %.*s", asked, status, (int)len, body);
	fail(emulator);
	return false;
}

static char *member(const struct json_doc *doc, const char *name)
{
	return json_strdup(json_get(json_root(doc), name));
}

static void on_credentials(void *ctx, int status, const char *body, size_t len)
{
	struct emulator *emulator = ctx;
	struct demo *demo = &emulator->demo;
	struct json_doc doc = { 0 };

	if (!answer_fine(emulator, "the demo device's credentials", status, body, len))
		return;
	json_parse(&doc, body, len, JSON_STRICT, NULL);
	demo->client_id = member(&doc, "clientId");
	demo->username = member(&doc, "username");
	demo->password = member(&doc, "password");
	json_doc_free(&doc);
	ready(emulator);
}

static void demo_ask(struct emulator *emulator, const char *what, control_answer *answer)
{
	struct text path = { 0 };

	text_addf(&path, "/devices/%s/%s%s", emulator->demo.product_key, emulator->demo.device_name, what);
	control_request(emulator->control, "GET", text_string(&path), NULL, NULL, ANSWER_MS, answer, emulator);
	text_free(&path);
}

static void on_device(void *ctx, int status, const char *body, size_t len)
{
	struct emulator *emulator = ctx;
	struct json_doc doc = { 0 };

	if (!answer_fine(emulator, "the demo device", status, body, len))
		return;
	json_parse(&doc, body, len, JSON_STRICT, NULL);
	emulator->demo.device_secret = member(&doc, "deviceSecret");
	json_doc_free(&doc);
	demo_ask(emulator, "/credentials", on_credentials);
}

static void on_status(void *ctx, int status, const char *body, size_t len)
{
	struct emulator *emulator = ctx;

	if (!answer_fine(emulator, "/status", status, body, len))
		return;
	if (emulator->demo.device_name)
		demo_ask(emulator, "", on_device);
	else
		ready(emulator);
}

static void on_control(void *ctx, bool is_up)
{
	struct emulator *emulator = ctx;

	if (!is_up || emulator->asked)
		return;
	emulator->asked = true;
	control_request(emulator->control, "GET", "/status", NULL, NULL, ANSWER_MS, on_status, emulator);
}

/* --- the start --- */

/* The demo's device is the first of its cloud file. */
static int demo_read(struct emulator *emulator)
{
	struct json_doc doc = { 0 };
	struct text content = { 0 };
	struct json device;
	char buf[4096];
	size_t got;
	FILE *file = fopen(emulator->demo_cloud, "re");

	while (file && content.len < 1024 * 1024 && (got = fread(buf, 1, sizeof(buf), file)) > 0)
		text_add_bytes(&content, buf, got);
	if (file)
		fclose(file);
	json_parse(&doc, text_string(&content), content.len, JSON_STRICT, NULL);
	device = json_first(json_get(json_root(&doc), "devices"));
	emulator->demo.product_key = json_strdup(json_get(device, "productKey"));
	emulator->demo.device_name = json_strdup(json_get(device, "deviceName"));
	json_doc_free(&doc);
	text_free(&content);
	if (emulator->demo.product_key && emulator->demo.device_name)
		return 0;
	say("%s has no first device", emulator->demo_cloud);
	return -1;
}

/* A list of files as absolute paths, each to be freed. */
static size_t files_absolute(const struct option_list *list, char **out)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		out[i] = must(path_absolute(list->at[i]));
	return list->count;
}

/* What the URLs of downloads begin with; NULL when nothing of ours serves them. To be freed. */
static char *file_url(const struct options *options)
{
	const struct ports *http = &options->ports[LISTENER_HTTP], *https = &options->ports[LISTENER_HTTPS];
	bool secure = !http->count;
	const struct port *port = secure ? &https->at[0] : &http->at[0];
	struct text base = { 0 };
	const char *host = NULL;
	size_t i;

	for (i = 0; i < options->hosts.count && !host; i++)
		if (*options->hosts.at[i] != '*')
			host = options->hosts.at[i];
	if (options->file_url) {
		text_add(&base, options->file_url);
		while (base.at[base.len - 1] == '/')
			base.at[--base.len] = '\0';
	} else if (http->count || https->count) {
		host = host ? host : port_dial_address(port);
		text_add(&base, secure ? "https://" : "http://");
		/* sdk: C SDK 3 takes a port for a part of the name, so one that goes without saying is not said */
		if (port->number == (secure ? 443 : 80))
			text_addf(&base, strchr(host, ':') ? "[%s]" : "%s", host);
		else
			address_add(&base, host, port->number);
	}
	return base.len ? must(text_take(&base)) : NULL;
}

/* Whether the cloud files ask for it; what is wrong with them is the plugin's to say. */
static bool asks_for_plain_broker(char *const *clouds, size_t count)
{
	struct text complaints = { 0 };
	struct cloud_file *file = cloud_file_read((const char *const *)clouds, count, &complaints);
	bool plain = file && !file->settings.options.platform_rules;

	cloud_file_free(file);
	text_free(&complaints);
	return plain;
}

static int config_write(struct emulator *emulator, const char *plugin, const char *version)
{
	const struct options *options = emulator->options;
	char *clouds[OPTION_FILES_MAX], *scenarios[OPTION_FILES_MAX];
	char *state = options->state ? must(path_absolute(options->state)) : NULL, *files = file_url(options);
	size_t cloud_count = files_absolute(&options->clouds, clouds), i;
	size_t scenario_count = files_absolute(&options->scenarios, scenarios);
	struct text config = { 0 }, error = { 0 };
	FILE *file = NULL;
	int err = -1;

	if (emulator->demo_cloud)
		clouds[cloud_count++] = must(strdup(emulator->demo_cloud));
	if (broker_config_add(&config, &(struct broker_config){
		.plugin = plugin, .version = version, .control = emulator->control_path,
		.certificate = emulator->certificate_path, .key = certs_key_path(emulator->certs),
		.ca = certs_ca_path(emulator->certs), .ports = options->ports,
		.clouds = (const char *const *)clouds, .cloud_count = cloud_count,
		.scenarios = (const char *const *)scenarios, .scenario_count = scenario_count,
		.scenarios_open_ended = options->scenarios_open_ended,
		.state = state, .seed = options->seed, .file_url = files, .root = !geteuid(),
		.plain = asks_for_plain_broker(clouds, cloud_count),
	}, &error)) {
		say("%s", text_string(&error));
	} else {
		emulator->config_path = in_folder(emulator, "mosquitto.conf");
		file = fopen(emulator->config_path, "we");
		if (file && fwrite(text_string(&config), 1, config.len, file) == config.len)
			err = 0;
		if (file && fclose(file))
			err = -1;
		if (err)
			say("%s: %s", emulator->config_path, strerror(errno));
	}
	for (i = 0; i < cloud_count; i++)
		free(clouds[i]);
	for (i = 0; i < scenario_count; i++)
		free(scenarios[i]);
	free(state);
	free(files);
	text_free(&config);
	text_free(&error);
	return err;
}

static int ports_prepare(struct options *options)
{
	struct text error = { 0 };
	int kind, err = 0;

	for (kind = 0; !err && kind < LISTENERS; kind++)
		err = ports_hold(&options->ports[kind], (enum listener)kind, &error);
	if (err)
		say("%s", text_string(&error));
	text_free(&error);
	return err;
}

static int http_prepare(struct emulator *emulator)
{
	struct text error = { 0 };

	emulator->http = http_new(emulator->base, &(struct http_config){
		.control = emulator->control, .reporter = emulator->reporter, .ports = emulator->options->ports,
		.certificate = emulator->certificate_path, .key = certs_key_path(emulator->certs),
		.ca_pem = certs_ca_pem(emulator->certs), .ca_header = certs_ca_header(emulator->certs),
		.hosts = emulator->options->hosts.at, .host_count = emulator->options->hosts.count,
		.file_url = emulator->options->file_url,
	}, &error);
	if (!emulator->http)
		say("%s", text_string(&error));
	text_free(&error);
	return emulator->http ? 0 : -1;
}

static int broker_prepare(struct emulator *emulator)
{
	static const struct timeval patience = { START_S, 0 };
	struct text tried = { 0 };
	char *mosquitto = path_mosquitto(emulator->options->mosquitto), *plugin = path_plugin(&tried);
	char *version = mosquitto && plugin ? broker_version(mosquitto) : NULL;
	int err = -1;

	if (!mosquitto && emulator->options->mosquitto) {
		say("there is no program %s (--mosquitto)", emulator->options->mosquitto);
	} else if (!mosquitto) {
		say("Mosquitto is missing: it is not in PATH, /usr/sbin or /usr/local/sbin "
		    "(Debian: apt-get install mosquitto)");
	} else if (!plugin) {
		say("the plugin is missing; looked for %s", text_string(&tried));
	} else if (!config_write(emulator, plugin, version)) {
		emulator->broker = broker_start(emulator->base, mosquitto, emulator->config_path, on_broker_died, emulator);
		if (emulator->broker)
			err = evtimer_add(emulator->patience, &patience);
		else
			say("%s: %s", mosquitto, strerror(errno));
	}
	free(mosquitto);
	free(plugin);
	free(version);
	text_free(&tried);
	return err;
}

static int demo_prepare(struct emulator *emulator)
{
	struct text tried = { 0 };

	if (emulator->options->clouds.count)
		return 0;
	emulator->demo_cloud = path_data(DEMO_CLOUD, &tried);
	if (!emulator->demo_cloud)
		say("the demo cloud is missing; looked for %s", text_string(&tried));
	text_free(&tried);
	return emulator->demo_cloud ? demo_read(emulator) : -1;
}

/* Nobody wants to learn at the end of a long run that its report has no place to go. */
static int reports_prepare(const struct options *options)
{
	struct text error = { 0 };
	int err = reporter_check(options, &error);

	if (err)
		say("%s", text_string(&error));
	text_free(&error);
	return err;
}

struct emulator *emulator_start(struct event_base *base, struct options *options,
                                const struct emulator_events *events)
{
	struct emulator *emulator = must(calloc(1, sizeof(*emulator)));

	emulator->base = base;
	emulator->options = options;
	emulator->events = *events;
	emulator->patience = must(evtimer_new(base, on_patience_over, emulator));
	if (reports_prepare(options) || demo_prepare(emulator) || ports_prepare(options) || folder_make(emulator))
		goto failed;
	emulator->control_path = in_folder(emulator, "control.sock");
	if (certs_prepare(emulator))
		goto failed;
	emulator->control = must(control_new(base, emulator->control_path, on_control, emulator));
	emulator->reporter = reporter_new(emulator->control, options);
	if (http_prepare(emulator) || broker_prepare(emulator))
		goto failed;
	return emulator;
failed:
	emulator_free(emulator);
	return NULL;
}

void emulator_judge(struct emulator *emulator, void (*judged)(void *ctx, int code), void *ctx)
{
	reporter_finish(emulator->reporter, judged, ctx);
}

void emulator_stop(struct emulator *emulator)
{
	if (!emulator->stopping) {
		emulator->stopping = true;
		event_del(emulator->patience);
		http_free(emulator->http);
		emulator->http = NULL;
	}
	broker_stop(emulator->broker);
}

void emulator_free(struct emulator *emulator)
{
	int kind;

	if (!emulator)
		return;
	http_free(emulator->http);
	broker_free(emulator->broker);
	reporter_free(emulator->reporter);
	control_free(emulator->control);
	certs_free(emulator->certs);
	event_free(emulator->patience);
	for (kind = 0; kind < LISTENERS; kind++)
		ports_release(&emulator->options->ports[kind]);
	folder_remove(emulator);
	free(emulator->control_path);
	free(emulator->certificate_path);
	free(emulator->config_path);
	free(emulator->demo_cloud);
	free(emulator->demo.product_key);
	free(emulator->demo.device_name);
	free(emulator->demo.device_secret);
	free(emulator->demo.client_id);
	free(emulator->demo.username);
	free(emulator->demo.password);
	free(emulator);
}

/* --- what there is --- */

const char *emulator_ca_path(const struct emulator *emulator)
{
	return certs_ca_path(emulator->certs);
}

const struct demo *emulator_demo(const struct emulator *emulator)
{
	return &emulator->demo;
}

const struct port *emulator_port(const struct emulator *emulator, enum listener listener)
{
	const struct ports *ports = &emulator->options->ports[listener];

	return ports->count ? &ports->at[0] : NULL;
}

const char *port_dial_address(const struct port *port)
{
	if (!address_any(port->address))
		return port->address;
	return strchr(port->address, ':') ? "::1" : "127.0.0.1";
}

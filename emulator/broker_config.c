#include "broker.h"

#include <string.h>

/*
 * A line `NAME VALUE`. A value reaches to the end of its line and loses blanks at its ends, so a path
 * with a line break, or with a blank there, cannot be written.
 */
static void line(struct text *out, const char *name, const char *value, struct text *error)
{
	size_t len = strlen(value);

	if (!len || strpbrk(value, "\r\n") || strchr(" \t", value[0]) || strchr(" \t", value[len - 1])) {
		if (!error->len)
			text_addf(error, "Mosquitto's configuration cannot hold '%s' as %s", value, name);
		return;
	}
	text_addf(out, "%s %s\n", name, value);
}

static void listener_add(struct text *out, const struct broker_config *config, enum listener kind,
                         const struct port *port, struct text *error)
{
	const struct listener_type *type = &listener_types[kind];

	/* seen: without socket_domain a websockets listener for an IPv4 address binds [::], which is
	   every interface (2.0.11 with Debian's libwebsockets) */
	text_addf(out, "\nlistener %u %s\nsocket_domain %s\n", port->number, port->address,
	          strchr(port->address, ':') ? "ipv6" : "ipv4");
	if (!config->plain)
		text_add(out, "max_qos 1\nmax_topic_alias 20\n");   /* doc: what an MQTT 5 CONNACK announces */
	if (type->websockets)
		text_add(out, "protocol websockets\n");
	if (type->tls) {
		line(out, "certfile", config->certificate, error);
		line(out, "keyfile", config->key, error);
		line(out, "cafile", config->ca, error);
	}
	if (type->broker_lines)
		text_add(out, type->broker_lines);
}

/* The plugin is not told over which listener a client came; by the port it can find out. */
static void listeners_option_add(struct text *out, const struct broker_config *config)
{
	const char *separator = "plugin_opt_listeners ";
	size_t i;
	int kind;

	for (kind = 0; kind < LISTENERS; kind++)
		for (i = 0; listener_types[kind].broker && i < config->ports[kind].count; i++) {
			text_addf(out, "%s%s=%u", separator, listener_types[kind].name, config->ports[kind].at[i].number);
			separator = ",";
		}
	if (*separator == ',')
		text_add_char(out, '\n');
}

int broker_config_add(struct text *out, const struct broker_config *config, struct text *error)
{
	size_t i;
	int kind;

	text_add(out,
	         /* per_listener_settings stays unset, which is false: true gives no TICK in 2.0.11, and 2.1 warns of either */
	         "allow_anonymous false\n"
	         "set_tcp_nodelay true\n"            /* else 44 ms for each QoS 1 request */
	         "max_inflight_messages 100\n"
	         "max_queued_messages 100000\n"      /* 0 makes Debian's broker disconnect who is denied */
	         "retain_available true\n"           /* false closes the connection of who sends the flag */
	         "persistence false\n"
	         "sys_interval 0\n"
	         "log_dest stderr\n"
	         "log_timestamp false\n"
	         "log_type error\n"
	         "log_type warning\n");
	/* else it becomes user mosquitto, who may read neither keys nor cloud files */
	if (config->root)
		text_add(out, "user root\n");

	text_add_char(out, '\n');
	line(out, "plugin", config->plugin, error);
	line(out, "plugin_opt_control", config->control, error);
	line(out, "plugin_opt_waker", config->control, error);
	if (config->version)
		line(out, "plugin_opt_broker", config->version, error);
	for (i = 0; i < config->cloud_count; i++)
		line(out, "plugin_opt_cloud", config->clouds[i], error);
	for (i = 0; i < config->scenario_count; i++)
		line(out, "plugin_opt_scenario", config->scenarios[i], error);
	if (config->scenarios_open_ended)
		line(out, "plugin_opt_scenario_stop", "end", error);
	if (config->state)
		line(out, "plugin_opt_state", config->state, error);
	if (config->seed)
		line(out, "plugin_opt_seed", config->seed, error);
	if (config->file_url)
		line(out, "plugin_opt_file_url", config->file_url, error);
	listeners_option_add(out, config);

	for (kind = 0; kind < LISTENERS; kind++)
		for (i = 0; listener_types[kind].broker && i < config->ports[kind].count; i++)
			listener_add(out, config, (enum listener)kind, &config->ports[kind].at[i], error);
	text_addf(out, "\nlistener 0 %s\nmax_qos 1\n", config->control);
	return error->len || out->failed ? -1 : 0;
}

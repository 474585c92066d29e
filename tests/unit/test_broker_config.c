/* The text of mosquitto.conf. */
#include <check.h>
#include <stdlib.h>

#include "broker.h"

static struct ports ports[LISTENERS];
static struct text config, error;

static int write_config(const struct broker_config *with)
{
	struct broker_config all = *with;

	all.plugin = "/opt/alink emulator/mosquitto_alink.so";
	all.control = "/run/x/control.sock";
	all.certificate = "/run/x/server.pem";
	all.key = all.key ? all.key : "/state/server-key.pem";
	all.ca = "/state/ca.pem";
	all.ports = ports;
	return broker_config_add(&config, &all, &error);
}

static void setup(void)
{
	int kind;

	for (kind = 0; kind < LISTENERS; kind++)
		ports[kind].count = 0;
}

static void teardown(void)
{
	text_free(&config);
	text_free(&error);
}

START_TEST(everything)
{
	static const char *const clouds[] = { "/a.json", "/b c.json" }, *const scenarios[] = { "/s.json" };

	ck_assert(!ports_parse(&ports[LISTENER_MQTT], "1883,0.0.0.0:443", "127.0.0.1"));
	ck_assert(!ports_parse(&ports[LISTENER_MQTTS], "8883", "127.0.0.1"));
	ck_assert(!ports_parse(&ports[LISTENER_WS], "[::1]:8083", "127.0.0.1"));
	ck_assert(!ports_parse(&ports[LISTENER_WSS], "8084", "127.0.0.1"));
	ck_assert(!ports_parse(&ports[LISTENER_X509], "8885", "127.0.0.1"));
	ck_assert(!ports_parse(&ports[LISTENER_PSK], "8884", "127.0.0.1"));
	ck_assert(!ports_parse(&ports[LISTENER_HTTP], "8080", "127.0.0.1"));
	ck_assert_int_eq(write_config(&(struct broker_config){
		.clouds = clouds, .cloud_count = 2, .scenarios = scenarios, .scenario_count = 1,
		.state = "/var/lib/s.sqlite", .seed = "42", .root = true, .version = "2.0.11",
		.file_url = "https://files.example:8443/x",
	}), 0);
	ck_assert_str_eq(text_string(&config),
		"allow_anonymous false\n"
		"set_tcp_nodelay true\n"
		"max_inflight_messages 100\n"
		"max_queued_messages 100000\n"
		"retain_available true\n"
		"persistence false\n"
		"sys_interval 0\n"
		"log_dest stderr\n"
		"log_timestamp false\n"
		"log_type error\n"
		"log_type warning\n"
		"user root\n"
		"\n"
		"plugin /opt/alink emulator/mosquitto_alink.so\n"
		"plugin_opt_control /run/x/control.sock\n"
		"plugin_opt_waker /run/x/control.sock\n"
		"plugin_opt_broker 2.0.11\n"
		"plugin_opt_cloud /a.json\n"
		"plugin_opt_cloud /b c.json\n"
		"plugin_opt_scenario /s.json\n"
		"plugin_opt_state /var/lib/s.sqlite\n"
		"plugin_opt_seed 42\n"
		"plugin_opt_file_url https://files.example:8443/x\n"
		"plugin_opt_listeners mqtt=1883,mqtt=443,mqtts=8883,ws=8083,wss=8084,x509=8885,psk=8884\n"
		"\n"
		"listener 1883 127.0.0.1\n"
		"socket_domain ipv4\n"
		"max_qos 1\n"
		"max_topic_alias 20\n"
		"\n"
		"listener 443 0.0.0.0\n"
		"socket_domain ipv4\n"
		"max_qos 1\n"
		"max_topic_alias 20\n"
		"\n"
		"listener 8883 127.0.0.1\n"
		"socket_domain ipv4\n"
		"max_qos 1\n"
		"max_topic_alias 20\n"
		"certfile /run/x/server.pem\n"
		"keyfile /state/server-key.pem\n"
		"cafile /state/ca.pem\n"
		"\n"
		"listener 8083 ::1\n"
		"socket_domain ipv6\n"
		"max_qos 1\n"
		"max_topic_alias 20\n"
		"protocol websockets\n"
		"\n"
		"listener 8084 127.0.0.1\n"
		"socket_domain ipv4\n"
		"max_qos 1\n"
		"max_topic_alias 20\n"
		"protocol websockets\n"
		"certfile /run/x/server.pem\n"
		"keyfile /state/server-key.pem\n"
		"cafile /state/ca.pem\n"
		"\n"
		"listener 8885 127.0.0.1\n"
		"socket_domain ipv4\n"
		"max_qos 1\n"
		"max_topic_alias 20\n"
		"certfile /run/x/server.pem\n"
		"keyfile /state/server-key.pem\n"
		"cafile /state/ca.pem\n"
		"require_certificate true\n"
		"use_identity_as_username false\n"
		"\n"
		"listener 8884 127.0.0.1\n"
		"socket_domain ipv4\n"
		"max_qos 1\n"
		"max_topic_alias 20\n"
		"psk_hint alink-emulator\n"
		"use_identity_as_username false\n"
		"\n"
		"listener 0 /run/x/control.sock\n"
		"max_qos 1\n");
}
END_TEST

START_TEST(the_least)
{
	ck_assert_int_eq(write_config(&(struct broker_config){ .root = false }), 0);
	ck_assert_ptr_null(strstr(text_string(&config), "user "));
	ck_assert_ptr_null(strstr(text_string(&config), "plugin_opt_cloud"));
	ck_assert_ptr_null(strstr(text_string(&config), "plugin_opt_state"));
	ck_assert_ptr_null(strstr(text_string(&config), "plugin_opt_seed"));
	ck_assert_ptr_null(strstr(text_string(&config), "plugin_opt_listeners"));
	ck_assert_ptr_nonnull(strstr(text_string(&config), "\nlistener 0 /run/x/control.sock\n"));
}
END_TEST

/* Option platformRules off: the broker's own QoS 2. */
START_TEST(a_plain_broker)
{
	ck_assert(!ports_parse(&ports[LISTENER_MQTT], "1883", "127.0.0.1"));
	ck_assert_int_eq(write_config(&(struct broker_config){ .plain = true }), 0);
	ck_assert_ptr_nonnull(strstr(text_string(&config), "\nlistener 1883 127.0.0.1\nsocket_domain ipv4\n\nlistener 0 "));
}
END_TEST

/* Anything else here would be another line of configuration, or another file. */
static const char *const unwritable[] = { "/a\nuser root", "/a\r", " /a", "/a ", "/a\t", "" };

START_TEST(a_path_that_a_line_cannot_hold)
{
	const char *const clouds[] = { unwritable[_i] };

	ck_assert_int_eq(write_config(&(struct broker_config){ .clouds = clouds, .cloud_count = 1 }), -1);
	ck_assert_ptr_nonnull(strstr(text_string(&error), "plugin_opt_cloud"));
	ck_assert_ptr_null(strstr(text_string(&config), "plugin_opt_cloud"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("broker_config");
	TCase *tcase = tcase_create("broker_config");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, everything);
	tcase_add_test(tcase, the_least);
	tcase_add_test(tcase, a_plain_broker);
	tcase_add_loop_test(tcase, a_path_that_a_line_cannot_hold, 0, (int)(sizeof(unwritable) / sizeof(*unwritable)));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

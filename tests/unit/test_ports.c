/* What the text of a port option means, and that a held port can be taken by a listener. */
#include <check.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ports.h"

static const struct {
	const char *text;
	size_t      count;
	const char *address[2];
	unsigned    number[2];
} fine[] = {
	{ "off",                         0, { NULL, NULL },               { 0, 0 } },
	{ "0",                           1, { "127.0.0.9", NULL },        { 0, 0 } },
	{ "1883",                        1, { "127.0.0.9", NULL },        { 1883, 0 } },
	{ "65535",                       1, { "127.0.0.9", NULL },        { 65535, 0 } },
	{ "1883,443",                    2, { "127.0.0.9", "127.0.0.9" }, { 1883, 443 } },
	{ "0.0.0.0:1883",                1, { "0.0.0.0", NULL },          { 1883, 0 } },
	{ "[::1]:1883",                  1, { "::1", NULL },              { 1883, 0 } },
	{ "[fe80::a:b]:1,10.1.2.3:443",  2, { "fe80::a:b", "10.1.2.3" },  { 1, 443 } },
};

START_TEST(reads)
{
	struct ports ports;
	size_t i;

	ck_assert_msg(!ports_parse(&ports, fine[_i].text, "127.0.0.9"), "%s", fine[_i].text);
	ck_assert_uint_eq(ports.count, fine[_i].count);
	for (i = 0; i < ports.count; i++) {
		ck_assert_str_eq(ports.at[i].address, fine[_i].address[i]);
		ck_assert_uint_eq(ports.at[i].number, fine[_i].number[i]);
		ck_assert_int_eq(ports.at[i].fd, -1);
	}
}
END_TEST

static const char *const wrong[] = {
	"", "x", "-1", "+1", " 1883", "1883 ", "65536", "999999", "123456789012345678901234567890", "1883,", ",1883",
	"1883,off", "localhost:1883", "127.0.0.1", "127.0.0.1:", ":1883", "::1:1883", "[::1]", "[::1]1883", "[]:1",
	"127.0.0.256:1", "1,2,3,4,5,6,7,8,9",
	"1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111",
};

START_TEST(refuses)
{
	struct ports ports = { .count = 3 };

	ck_assert_msg(ports_parse(&ports, wrong[_i], "127.0.0.1") != NULL, "'%s' was taken", wrong[_i]);
	ck_assert_uint_eq(ports.count, 0);
}
END_TEST

static int listen_beside(const struct port *port)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port->number), .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

START_TEST(a_held_port_can_be_listened_on)
{
	struct ports ports;
	struct text error = { 0 }, url = { 0 }, expected = { 0 };
	int fd;

	ck_assert(!ports_parse(&ports, "0,0", "127.0.0.1"));
	ck_assert_int_eq(ports_hold(&ports, LISTENER_MQTT, &error), 0);
	ck_assert_uint_ne(ports.at[0].number, 0);
	ck_assert_uint_ne(ports.at[0].number, ports.at[1].number);
	port_url_add(&url, LISTENER_MQTT, &ports.at[0]);
	text_addf(&expected, "tcp://127.0.0.1:%u", ports.at[0].number);
	ck_assert_str_eq(text_string(&url), text_string(&expected));
	fd = listen_beside(&ports.at[0]);
	close(fd);
	ports_release(&ports);
	text_free(&url);
	text_free(&expected);
	text_free(&error);
}
END_TEST

START_TEST(a_taken_port_names_itself_and_its_option)
{
	struct ports ports;
	struct text error = { 0 }, option = { 0 };
	int fd;

	ck_assert(!ports_parse(&ports, "0", "127.0.0.1"));
	ck_assert_int_eq(ports_hold(&ports, LISTENER_HTTP, &error), 0);
	fd = listen_beside(&ports.at[0]);
	ports_release(&ports);
	ck_assert_int_eq(ports_hold(&ports, LISTENER_HTTP, &error), -1);
	text_addf(&option, "http cannot listen on 127.0.0.1:%u: the port is taken (--http-port sets another",
	          ports.at[0].number);
	ck_assert_msg(!strncmp(text_string(&error), text_string(&option), option.len), "%s", text_string(&error));
	close(fd);
	text_free(&error);
	text_free(&option);
}
END_TEST

START_TEST(knows_addresses_that_mean_every_interface)
{
	ck_assert(address_any("0.0.0.0"));
	ck_assert(address_any("::"));
	ck_assert(!address_any("127.0.0.1"));
	ck_assert(!address_any("::1"));
	ck_assert(!address_any("nonsense"));
}
END_TEST

START_TEST(urls_have_brackets_around_ipv6)
{
	struct port port = { .address = "::1", .number = 8443, .fd = -1 };
	struct text url = { 0 };

	port_url_add(&url, LISTENER_HTTPS, &port);
	ck_assert_str_eq(text_string(&url), "https://[::1]:8443");
	text_free(&url);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ports");
	TCase *tcase = tcase_create("ports");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, reads, 0, (int)(sizeof(fine) / sizeof(*fine)));
	tcase_add_loop_test(tcase, refuses, 0, (int)(sizeof(wrong) / sizeof(*wrong)));
	tcase_add_test(tcase, a_held_port_can_be_listened_on);
	tcase_add_test(tcase, a_taken_port_names_itself_and_its_option);
	tcase_add_test(tcase, knows_addresses_that_mean_every_interface);
	tcase_add_test(tcase, urls_have_brackets_around_ipv6);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

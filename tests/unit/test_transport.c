/* What the edge makes of a broker's connection: trusted only after one of our own has shown the layout. */
#include "transport.h"

#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* How the broker's struct begins. */
struct peer {
	int ident, sock;
	char rest[64];
};

static const struct {
	const char *text;
	size_t      count;      /* 0: refused */
} options[] = {
	{ "mqtt=1883", 1 },
	{ "mqtt=1883,mqtts=8883,ws=8083,wss=8084,x509=8885,psk=8884", 6 },
	{ "mqtt=1883,mqtt=443", 2 },
	{ "", 0 }, { "mqtt", 0 }, { "mqtt=", 0 }, { "mqtt=0", 0 }, { "mqtt=65536", 0 }, { "mqtt=18x", 0 }, { "http=80", 0 },
	{ "mqtt=1883 mqtts=8883", 0 }, { "=1883", 0 }, { "mqtt=1883,", 1 }, { "mqttx=1", 0 },
};

START_TEST(option)
{
	struct listeners listeners = { 0 };

	ck_assert_msg(listeners_parse(&listeners, options[_i].text) == (options[_i].count > 0), "%s", options[_i].text);
	if (options[_i].count)
		ck_assert_uint_eq(listeners.count, options[_i].count);
}
END_TEST

/* Both ends of a connection over loopback; the port of the accepting one. */
static unsigned connection(int *ours, int *theirs)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	*ours = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(*ours, (struct sockaddr *)&address, sizeof(address)), 0);
	*theirs = accept(listener, NULL, NULL);
	ck_assert_int_ge(*theirs, 0);
	close(listener);
	return ntohs(address.sin_port);
}

START_TEST(of_a_connection)
{
	struct listeners listeners = { 0 };
	struct peer waker = { 0 }, client = { 0 }, other = { .sock = -1 };
	int ours, theirs, device, accepted;
	char text[64];

	connection(&ours, &theirs);
	snprintf(text, sizeof(text), "mqtt=1,mqtts=%u", connection(&device, &accepted));
	ck_assert(listeners_parse(&listeners, text));
	waker.sock = theirs;
	client.sock = accepted;

	/* Not before it is proven, and not by a descriptor that is no end of ours. */
	ck_assert_int_eq(listeners_transport(&listeners, &client, "127.0.0.1"), TRANSPORT_UNKNOWN);
	listeners_prove(&listeners, &client, ours);
	ck_assert(!listeners.proven);
	listeners_prove(&listeners, &other, ours);
	ck_assert(!listeners.proven);
	listeners_prove(&listeners, &waker, -1);
	ck_assert(!listeners.proven);
	listeners_prove(&listeners, &waker, ours);
	ck_assert(listeners.proven);

	ck_assert_int_eq(listeners_transport(&listeners, &client, "127.0.0.1"), TRANSPORT_TLS);
	/* Where the descriptor contradicts the API, where it is none, where the port is nobody's. */
	ck_assert_int_eq(listeners_transport(&listeners, &client, "10.0.0.1"), TRANSPORT_UNKNOWN);
	ck_assert_int_eq(listeners_transport(&listeners, &client, NULL), TRANSPORT_UNKNOWN);
	ck_assert_int_eq(listeners_transport(&listeners, &other, "127.0.0.1"), TRANSPORT_UNKNOWN);
	ck_assert_int_eq(listeners_transport(&listeners, &waker, "127.0.0.1"), TRANSPORT_UNKNOWN);
	close(ours);
	close(theirs);
	close(device);
	close(accepted);
}
END_TEST

/* The tool's waker comes over a Unix socket, whose client end has no name. */
START_TEST(proven_over_a_unix_socket)
{
	struct listeners listeners = { 0 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct peer waker = { 0 };
	int listener, ours;

	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/alink-test-%d", (int)getpid());
	unlink(address.sun_path);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ours = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(ours, (struct sockaddr *)&address, sizeof(address)), 0);
	waker.sock = accept(listener, NULL, NULL);
	unlink(address.sun_path);
	listeners_prove(&listeners, &waker, ours);
	ck_assert(listeners.proven);
	/* A Unix socket has no port: what comes over it stays unknown. */
	ck_assert_int_eq(listeners_transport(&listeners, &waker, address.sun_path), TRANSPORT_UNKNOWN);
	close(listener);
	close(ours);
	close(waker.sock);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("transport");
	TCase *tcase = tcase_create("transport");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, option, 0, COUNT(options));
	tcase_add_test(tcase, of_a_connection);
	tcase_add_test(tcase, proven_over_a_unix_socket);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

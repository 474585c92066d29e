/*
 * The load of the benchmark: N connections to a broker on this machine, one request under way on
 * each, the next sent the moment the answer to the last is complete (a closed loop). One thread,
 * raw sockets, epoll; just enough MQTT 3.1.1 for that, because a client library would be measured
 * along with the broker.
 *
 *   generator echo --port P                  each connection receives its own publishes back
 *   generator post --port P --devices FILE   each device posts properties and awaits the post_reply
 *   generator raw --port P --devices FILE    the same report as bytes, for devices whose product has a script
 *   generator sub --port P --devices FILE    gateways, each posting for --subs sub-devices, one after the other
 *   generator ask --port P                   as post, but of a mock on a stock broker: no signature, and a SUBSCRIBE
 *   generator hold --port P --devices FILE   opens idle connections, says so, and keeps them until its input ends
 *   generator free-port                      prints a loopback port that nobody listens on
 *
 * echo, post, sub and ask send the same bytes of payload. Prints one JSON line. The first answer that is wrong,
 * missing or refused ends the run with exit code 1: figures about failures are worth nothing.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "hold.h"
#include "link.h"
#include "login.h"
#include "measure.h"
#include "packet.h"
#include "report.h"

#define CONNECTIONS_MAX  20000
#define LOADED_MAX       1000      /* connections that carry messages */
#define INPUT_MAX        16384
#define ANSWER_TIMEOUT_S 5
#define NS_PER_S         UINT64_C(1000000000)
#define POST             "thing/event/property/post"

enum phase { PHASE_WARM_UP, PHASE_MEASURE, PHASE_DRAIN };

struct connection {
	unsigned      number;
	struct link   link;
	unsigned      subs, sub;          /* sub-devices to post for, 0: for itself; whose turn it was */
	size_t        name_at;            /* of the digits of its name in a topic */
	char          answer_topic[192];
	struct packet publish;            /* complete but for the packet id and the payload */
	size_t        topic_at;
	size_t        packet_id_at;       /* 0 with QoS 0 */
	size_t        payload_at;
	uint32_t      id;                 /* of the request under way */
	uint64_t      sent_ns;
	bool          awaits_answer, awaits_puback;
	unsigned char in[INPUT_MAX];
	size_t        in_len;
};

static bool open_echo(struct connection *connection, char *topic, size_t size, FILE *devices);
static bool open_post(struct connection *connection, char *topic, size_t size, FILE *devices);
static bool open_raw(struct connection *connection, char *topic, size_t size, FILE *devices);
static bool open_sub(struct connection *connection, char *topic, size_t size, FILE *devices);
static bool open_ask(struct connection *connection, char *topic, size_t size, FILE *devices);

/* What a connection does, by the word on the command line. */
static const struct mode {
	const char *name;
	bool        needs_devices;
	bool      (*open)(struct connection *connection, char *topic, size_t size, FILE *devices);
	size_t      payload_len;
	void      (*write)(char *at, uint32_t id);
	bool      (*is_accepted)(uint32_t id, const char *reply, size_t len);   /* NULL: the same bytes */
} modes[] = {
	{ "echo", false, open_echo, REPORT_LEN,     report_write,     NULL                   },
	{ "post", true,  open_post, REPORT_LEN,     report_write,     report_is_accepted     },
	{ "raw",  true,  open_raw,  RAW_REPORT_LEN, raw_report_write, raw_report_is_accepted },
	{ "sub",  true,  open_sub,  REPORT_LEN,     report_write,     report_is_accepted     },
	{ "ask",  false, open_ask,  REPORT_LEN,     report_write,     report_is_accepted     },
};

struct run {
	const struct mode *mode;
	struct dial        dial;
	bool               hold;
	unsigned           qos;
	unsigned           subs;
	unsigned           connection_count;
	const char        *devices_path;
	double             warm_up_s, measure_s;
	uint64_t           warm_up_count; /* 0: warm_up_s ends the warm-up */
	uint64_t           count;         /* 0: measure_s ends the measured phase */

	struct connection *connections;
	int                epoll_fd;
	enum phase         phase;
	uint64_t           phase_end_ns;
	unsigned           under_way;
	unsigned           errors;

	struct measure     measure;
};

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void __attribute__((format(printf, 3, 4)))
connection_fail(struct run *run, const struct connection *connection, const char *format, ...)
{
	va_list args;

	run->errors++;
	fprintf(stderr, "connection %u: ", connection->number);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static void connection_prepare(struct connection *connection, const char *topic, unsigned qos, size_t payload_len)
{
	static const unsigned char zeros[REPORT_LEN];
	struct packet *packet = &connection->publish;

	packet_begin(packet, PUBLISH | qos << 1, 2 + strlen(topic) + 2 * qos + payload_len);
	connection->topic_at = packet->len + 2;
	packet_add_string(packet, topic);
	if (qos) {
		connection->packet_id_at = packet->len;
		packet_add_number(packet, 1);
	}
	connection->payload_at = packet->len;
	packet_add(packet, zeros, payload_len);
}

static bool open_echo(struct connection *connection, char *topic, size_t size, FILE *devices)
{
	(void)devices;
	snprintf(topic, size, "bench/%u", connection->number);
	snprintf(connection->answer_topic, sizeof(connection->answer_topic), "%s", topic);
	return login_mqtt(&connection->link, topic, NULL, NULL) && login_subscribe(&connection->link, topic);
}

static bool read_device(struct device *device, FILE *devices)
{
	if (fscanf(devices, "%63s %63s %79s", device->product_key, device->device_name, device->device_secret) == 3)
		return true;
	fputs("the list of devices is shorter than that\n", stderr);
	return false;
}

static void topics_of(struct connection *connection, char *topic, size_t size, const struct device *device, const char *path)
{
	snprintf(topic, size, "/sys/%s/%s/%s", device->product_key, device->device_name, path);
	snprintf(connection->answer_topic, sizeof(connection->answer_topic), "%s_reply", topic);
}

/* As the next device of the list, which publishes below its /sys/… topic. */
static bool open_device(struct connection *connection, char *topic, size_t size, const char *path, FILE *devices)
{
	struct device device;

	if (!read_device(&device, devices))
		return false;
	topics_of(connection, topic, size, &device, path);
	return login_device(&connection->link, &device);
}

static bool open_post(struct connection *connection, char *topic, size_t size, FILE *devices)
{
	return open_device(connection, topic, size, POST, devices);
}

static bool open_raw(struct connection *connection, char *topic, size_t size, FILE *devices)
{
	return open_device(connection, topic, size, "thing/model/up_raw", devices);
}

#define SUB_PRODUCT "a1EmuBench4"

/* The next gateway, gw-0007, and its sub-devices node-0007-0001 and so on, all with the same secret. */
static bool open_sub(struct connection *connection, char *topic, size_t size, FILE *devices)
{
	struct device gateway, sub;
	char prefix[sizeof(sub.device_name) / 2];
	unsigned i;

	if (!read_device(&gateway, devices) || !login_device(&connection->link, &gateway))
		return false;
	sub = gateway;
	strcpy(sub.product_key, SUB_PRODUCT);
	snprintf(prefix, sizeof(prefix), "node%s", strrchr(gateway.device_name, '-'));
	for (i = 1; i <= connection->subs; i++) {
		snprintf(sub.device_name, sizeof(sub.device_name), "%s-%04u", prefix, i);
		if (!login_sub_device(&connection->link, &gateway, &sub))
			return false;
	}
	topics_of(connection, topic, size, &sub, POST);
	connection->name_at = strlen("/sys/" SUB_PRODUCT "/-") + strlen(prefix);
	return true;
}

/* A mock knows no sessions: it answers on the topic that the device has subscribed to. */
static bool open_ask(struct connection *connection, char *topic, size_t size, FILE *devices)
{
	struct device device = { .product_key = "a1EmuBench1" };

	(void)devices;
	snprintf(device.device_name, sizeof(device.device_name), "bench-%04u", connection->number + 1);
	topics_of(connection, topic, size, &device, POST);
	return login_mqtt(&connection->link, device.device_name, NULL, NULL) &&
	       login_subscribe(&connection->link, connection->answer_topic);
}

static bool connection_open(struct run *run, struct connection *connection, FILE *devices)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
	char topic[176];
	bool opened;

	connection->subs = run->subs;
	opened = link_open(&connection->link, &run->dial) && run->mode->open(connection, topic, sizeof(topic), devices);
	if (!opened) {
		fprintf(stderr, "connection %u could not be opened\n", connection->number);
		return false;
	}
	connection_prepare(connection, topic, run->qos, run->mode->payload_len);
	return link_unblock(&connection->link) &&
	       !epoll_ctl(run->epoll_fd, EPOLL_CTL_ADD, connection->link.fd, &event);
}

/* --- requests and answers --- */

static bool request_under_way(const struct connection *connection)
{
	return connection->awaits_answer || connection->awaits_puback;
}

/* The next sub-device's turn: its four digits in both topics. */
static void sub_next(struct connection *connection)
{
	char digits[12];

	connection->sub = connection->sub % connection->subs + 1;
	snprintf(digits, sizeof(digits), "%04u", connection->sub);
	memcpy(connection->publish.at + connection->topic_at + connection->name_at, digits, 4);
	memcpy(connection->answer_topic + connection->name_at, digits, 4);
}

static void request_send(struct run *run, struct connection *connection)
{
	unsigned char *packet = connection->publish.at;
	size_t len = connection->publish.len;

	connection->id++;
	if (connection->name_at)
		sub_next(connection);
	run->mode->write((char *)packet + connection->payload_at, connection->id);
	if (connection->packet_id_at) {
		unsigned packet_id = connection->id % 0xFFFF + 1;

		packet[connection->packet_id_at] = (unsigned char)(packet_id >> 8);
		packet[connection->packet_id_at + 1] = (unsigned char)(packet_id & 0xFF);
	}
	connection->awaits_answer = true;
	connection->awaits_puback = connection->packet_id_at != 0;
	connection->sent_ns = clock_ns();
	run->under_way++;
	/* One small packet under way always fits a loopback socket's buffer. */
	if (!link_send(&connection->link, packet, len))
		connection_fail(run, connection, "could not send: %s", strerror(errno));
}

static void answer_take(struct run *run, struct connection *connection, const unsigned char *body, size_t len)
{
	size_t wanted = strlen(connection->answer_topic), topic_len;
	const char *payload;
	bool right;

	topic_len = len < 2 ? SIZE_MAX : (size_t)body[0] << 8 | body[1];
	if (topic_len > len - 2) {
		connection_fail(run, connection, "a malformed PUBLISH");
		return;
	}
	if (topic_len != wanted || memcmp(body + 2, connection->answer_topic, wanted))
		return;          /* the cloud may push other things to a device */
	payload = (const char *)body + 2 + topic_len;
	len -= 2 + topic_len;
	if (run->mode->is_accepted)
		right = run->mode->is_accepted(connection->id, payload, len);
	else
		right = len == run->mode->payload_len && !memcmp(payload, connection->publish.at + connection->payload_at, len);
	if (!connection->awaits_answer || !right)
		connection_fail(run, connection, "not the answer to request %" PRIu32 ": %.*s",
		                connection->id, (int)len, payload);
	connection->awaits_answer = false;
}

static void packet_take(struct run *run, struct connection *connection, unsigned type,
                        const unsigned char *body, size_t len)
{
	const unsigned char *packet_id = connection->publish.at + connection->packet_id_at;

	if (type == PUBLISH)                /* QoS 0 only, so that both modes wait for the same packets */
		answer_take(run, connection, body, len);
	else if (type == PUBACK && connection->awaits_puback && len == 2 && !memcmp(body, packet_id, 2))
		connection->awaits_puback = false;
	else
		connection_fail(run, connection, "unexpected packet of type 0x%02x", type);
}

static void phase_enter(struct run *run, enum phase phase, uint64_t now_ns);

static void request_finish(struct run *run, struct connection *connection)
{
	uint64_t now_ns = clock_ns();

	run->under_way--;
	if (run->phase == PHASE_WARM_UP && run->warm_up_count && !--run->warm_up_count)
		phase_enter(run, PHASE_MEASURE, now_ns);
	if (run->phase == PHASE_MEASURE) {
		measure_add(&run->measure, now_ns - connection->sent_ns);
		if (run->measure.answers == run->count)
			phase_enter(run, PHASE_DRAIN, now_ns);
	}
	if (run->phase != PHASE_DRAIN)
		request_send(run, connection);
}

static void connection_read(struct run *run, struct connection *connection)
{
	ssize_t got = link_receive(&connection->link, connection->in + connection->in_len, INPUT_MAX - connection->in_len);
	size_t at = 0, body = 0;
	ssize_t len;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		connection_fail(run, connection, "closed by the broker");
		return;
	}
	connection->in_len += (size_t)got;
	while ((len = packet_find(connection->in + at, connection->in_len - at, INPUT_MAX, &body)) > 0 && !run->errors) {
		bool under_way = request_under_way(connection);

		packet_take(run, connection, connection->in[at], connection->in + at + body, (size_t)len - body);
		at += (size_t)len;
		if (under_way && !request_under_way(connection) && !run->errors)
			request_finish(run, connection);
	}
	if (len < 0)
		connection_fail(run, connection, "a packet that is malformed or larger than %d bytes", INPUT_MAX);
	connection->in_len -= at;
	memmove(connection->in, connection->in + at, connection->in_len);
}

/* --- the run --- */

static void phase_enter(struct run *run, enum phase phase, uint64_t now_ns)
{
	run->phase = phase;
	switch (phase) {
	case PHASE_WARM_UP:
		run->phase_end_ns = run->warm_up_count ? UINT64_MAX : now_ns + (uint64_t)(run->warm_up_s * (double)NS_PER_S);
		break;
	case PHASE_MEASURE:
		measure_begin(&run->measure, now_ns);
		run->phase_end_ns = run->count ? UINT64_MAX : now_ns + (uint64_t)(run->measure_s * (double)NS_PER_S);
		break;
	case PHASE_DRAIN:
		measure_end(&run->measure, now_ns);
		run->phase_end_ns = UINT64_MAX;
	}
}

static void run_check_timeouts(struct run *run, uint64_t now_ns)
{
	unsigned i;

	for (i = 0; i < run->connection_count && !run->errors; i++) {
		const struct connection *connection = &run->connections[i];

		if (request_under_way(connection) &&
		    now_ns > connection->sent_ns + ANSWER_TIMEOUT_S * NS_PER_S)
			connection_fail(run, connection, "no %s to request %" PRIu32 " within %d s",
			                connection->awaits_answer ? "answer" : "PUBACK", connection->id,
			                ANSWER_TIMEOUT_S);
	}
}

static void run_loop(struct run *run)
{
	struct epoll_event events[64];
	uint64_t now_ns = clock_ns(), next_check_ns = now_ns + NS_PER_S;
	int count, i;

	phase_enter(run, run->warm_up_s > 0 ? PHASE_WARM_UP : PHASE_MEASURE, now_ns);
	for (i = 0; i < (int)run->connection_count && !run->errors; i++)
		request_send(run, &run->connections[i]);
	while (run->under_way && !run->errors) {
		count = epoll_wait(run->epoll_fd, events, sizeof(events) / sizeof(events[0]), 10);
		now_ns = clock_ns();
		if (now_ns >= run->phase_end_ns)
			phase_enter(run, run->phase == PHASE_WARM_UP ? PHASE_MEASURE : PHASE_DRAIN, now_ns);
		for (i = 0; i < count && !run->errors; i++) {
			struct connection *connection = events[i].data.ptr;

			do
				connection_read(run, connection);
			while (!run->errors && link_holds_more(&connection->link));
		}
		if (now_ns >= next_check_ns) {
			run_check_timeouts(run, now_ns);
			next_check_ns = now_ns + NS_PER_S;
		}
	}
}

static bool run_open(struct run *run)
{
	FILE *devices = NULL;
	bool opened = true;
	unsigned i;

	if (run->mode->needs_devices && !(devices = fopen(run->devices_path, "r"))) {
		fprintf(stderr, "%s: %s\n", run->devices_path, strerror(errno));
		return false;
	}
	for (i = 0; i < run->connection_count; i++) {
		run->connections[i].number = i;
		run->connections[i].link.fd = -1;
		run->connections[i].id = REPORT_FIRST;
	}
	for (i = 0; i < run->connection_count && opened; i++)
		opened = connection_open(run, &run->connections[i], devices);
	if (devices)
		fclose(devices);
	return opened;
}

static void run_free(struct run *run)
{
	unsigned i;

	if (!run)
		return;
	for (i = 0; run->connections && i < run->connection_count; i++)
		link_close(&run->connections[i].link);
	if (run->epoll_fd >= 0)
		close(run->epoll_fd);
	free(run->connections);
	free(run);
}

static int free_port_print(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err = fd < 0 || bind(fd, (struct sockaddr *)&address, len) ||
	          getsockname(fd, (struct sockaddr *)&address, &len);

	if (err)
		perror("free-port");
	else
		printf("%u\n", ntohs(address.sin_port));
	if (fd >= 0)
		close(fd);
	return err;
}

static int usage(void)
{
	fputs("generator echo --port P [options]\n"
	      "generator post --port P --devices FILE [options]   lines of FILE: productKey deviceName deviceSecret\n"
	      "generator raw|sub|hold --port P --devices FILE [options]\n"
	      "generator ask --port P [options]\n"
	      "generator free-port\n"
	      "  --connections N (1)   --qos 0|1 (0)   --warm-up SECONDS (0.3)   --seconds SECONDS (2)\n"
	      "  --subs N (200)  sub-devices of each gateway   --tls\n"
	      "  --warm-up-count N  ends the warm-up after N answers instead\n"
	      "  --count N       ends after N answers instead of --seconds\n"
	      "  --broker PID    reports that process's CPU time per message\n", stderr);
	return 2;
}

/* The value of an option, `min`..`max`; anything else ends the program. */
static double number_read(const char *text, double min, double max)
{
	char *end;
	double number = strtod(text, &end);

	if (end == text || *end || !(number >= min && number <= max)) {
		fprintf(stderr, "%s is not a number from %g to %g\n", text, min, max);
		exit(usage());
	}
	return number;
}

static bool options_read(struct run *run, int argc, char **argv)
{
	static const struct option options[] = {
		{ "port",        required_argument, NULL, 'p' },
		{ "devices",     required_argument, NULL, 'd' },
		{ "connections", required_argument, NULL, 'c' },
		{ "qos",         required_argument, NULL, 'q' },
		{ "warm-up",     required_argument, NULL, 'w' },
		{ "warm-up-count", required_argument, NULL, 'm' },
		{ "seconds",     required_argument, NULL, 's' },
		{ "count",       required_argument, NULL, 'n' },
		{ "broker",      required_argument, NULL, 'b' },
		{ "subs",        required_argument, NULL, 'u' },
		{ "tls",         no_argument,       NULL, 't' },
		{ 0 },
	};
	int option;
	size_t i;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 't': run->dial.tls = true; break;
		case 'u': run->subs = (unsigned)number_read(optarg, 1, 9999); break;
		case 'p': run->dial.port = (in_port_t)number_read(optarg, 1, 65535); break;
		case 'd': run->devices_path = optarg; break;
		case 'c': run->connection_count = (unsigned)number_read(optarg, 1, CONNECTIONS_MAX); break;
		case 'q': run->qos = (unsigned)number_read(optarg, 0, 1); break;
		case 'm': run->warm_up_count = (uint64_t)number_read(optarg, 1, 1e12); break;
		case 'w': run->warm_up_s = number_read(optarg, 0, 3600); break;
		case 's': run->measure_s = number_read(optarg, 0.01, 3600); break;
		case 'n': run->count = (uint64_t)number_read(optarg, 1, 1e12); break;
		case 'b': run->measure.broker = (pid_t)number_read(optarg, 1, 1 << 30); break;
		default: return false;
		}
	}
	if (optind != argc - 1)
		return false;
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i].name, argv[optind]))
			run->mode = &modes[i];
	run->hold = !strcmp(argv[optind], "hold");
	if (run->hold)
		return run->dial.port && run->devices_path;
	return run->dial.port && run->mode && run->connection_count <= LOADED_MAX &&
	       (!run->mode->needs_devices || run->devices_path);
}

int main(int argc, char **argv)
{
	struct run *run;
	int status = 1;

	if (argc == 2 && !strcmp(argv[1], "free-port"))
		return free_port_print();
	run = calloc(1, sizeof(*run));
	if (!run)
		return 1;
	run->connection_count = 1;
	run->warm_up_s = 0.3;
	run->measure_s = 2;
	run->subs = 200;
	run->epoll_fd = -1;
	if (!options_read(run, argc, argv)) {
		status = usage();
		goto done;
	}
	if (run->hold) {
		status = hold(&run->dial, run->devices_path, run->connection_count) ? 0 : 1;
		goto done;
	}
	run->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	run->connections = calloc(run->connection_count, sizeof(*run->connections));
	if (run->epoll_fd < 0 || !run->connections || !run_open(run))
		goto done;
	run_loop(run);
	printf("{\"mode\":\"%s\",\"connections\":%u,\"qos\":%u,\"payload_bytes\":%d,",
	       run->mode->name, run->connection_count, run->qos, (int)run->mode->payload_len);
	measure_print(&run->measure);
	printf("\"errors\":%u}\n", run->errors);
	status = run->errors ? 1 : 0;
done:
	run_free(run);
	return status;
}

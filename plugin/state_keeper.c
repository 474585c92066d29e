#include "state_keeper.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "helper.h"
#include "keeper/message.h"
#include "monotonic.h"
#include "text.h"

#define AGAIN_MS  1000          /* between two starts */
#define FINISH_MS 10000

struct state_keeper {
	char   *program, *state_path;
	struct helper helper;
	int64_t started_ms;
	struct text out, in;
	size_t  sent;             /* of `out` */
	int64_t rest_ms;          /* that it has asked for; 0: none */
	bool    failing, told;    /* how things are, and what state_keeper_news said of it */
	char    why[300];
};

static void fails(struct state_keeper *keeper, const char *why, size_t len)
{
	keeper->failing = true;
	snprintf(keeper->why, sizeof(keeper->why), "%.*s", (int)len, why);
}

static bool start(struct state_keeper *keeper)
{
	char *argv[] = { (char *)"alink-keeper", keeper->state_path, NULL };
	char why[300];
	int err;

	keeper->started_ms = monotonic_ms();
	keeper->rest_ms = 0;
	err = helper_start(&keeper->helper, keeper->program, argv);
	if (err) {
		snprintf(why, sizeof(why), "%s cannot be started: %s", keeper->program, strerror(err));
		fails(keeper, why, strlen(why));
	}
	return !err;
}

static void died(struct state_keeper *keeper)
{
	int status = helper_kill(&keeper->helper);
	char why[80];

	snprintf(why, sizeof(why), WIFEXITED(status) ? "alink-keeper ended with exit code %d" : "alink-keeper ended by signal %d",
	         WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	fails(keeper, why, strlen(why));
	/* What was on its way to it is lost; what comes next is for the next one. */
	text_free(&keeper->out);
	text_free(&keeper->in);
	keeper->sent = 0;
}

/* --- to it --- */

static void send_more(struct state_keeper *keeper)
{
	while (keeper->helper.pid && keeper->sent < keeper->out.len) {
		ssize_t sent = send(keeper->helper.fd, keeper->out.at + keeper->sent, keeper->out.len - keeper->sent, MSG_NOSIGNAL);

		if (sent < 0 && errno == EAGAIN)
			return;
		if (sent < 0 && errno != EINTR)
			died(keeper);
		else if (sent > 0)
			keeper->sent += (size_t)sent;
	}
	if (keeper->out.failed && keeper->helper.pid)
		died(keeper);
	text_clear(&keeper->out);
	keeper->sent = 0;
}

static void tell(struct state_keeper *keeper, enum keeper_kind kind, uint64_t number, const char *bytes, size_t len)
{
	struct keeper_message head = { .kind = kind, .len = (uint32_t)len, .number = number };

	text_add_bytes(&keeper->out, (const char *)&head, sizeof(head));
	text_add_bytes(&keeper->out, bytes, len);
}

/* --- from it --- */

static void heard(struct state_keeper *keeper, const struct keeper_message *head, const char *bytes)
{
	switch (head->kind) {
	case KEEPER_REST:
		keeper->rest_ms = (int64_t)head->number;
		break;
	case KEEPER_MOVED:
		keeper->rest_ms = 0;
		break;
	case KEEPER_FAILS:
		fails(keeper, bytes, head->len);
		break;
	case KEEPER_WORKS:
		keeper->failing = false;
		break;
	}
}

/* False when it is gone. */
static bool read_more(struct state_keeper *keeper)
{
	char bytes[1024];
	ssize_t got;

	while ((got = recv(keeper->helper.fd, bytes, sizeof(bytes), 0)) > 0)
		text_add_bytes(&keeper->in, bytes, (size_t)got);
	return got < 0 && (errno == EAGAIN || errno == EINTR) && !keeper->in.failed;
}

static void receive(struct state_keeper *keeper)
{
	struct keeper_message head;
	bool alive = keeper->helper.pid && read_more(keeper);
	size_t done = 0;

	while (keeper->in.len - done >= sizeof(head)) {
		memcpy(&head, keeper->in.at + done, sizeof(head));
		if (keeper->in.len - done - sizeof(head) < head.len)
			break;
		heard(keeper, &head, keeper->in.at + done + sizeof(head));
		done += sizeof(head) + head.len;
	}
	if (done) {
		keeper->in.len -= done;
		memmove(keeper->in.at, keeper->in.at + done, keeper->in.len);
	}
	if (keeper->helper.pid && !alive)
		died(keeper);
}

static void rest(struct state_keeper *keeper)
{
	int64_t until_ms = monotonic_ms() + keeper->rest_ms, left_ms;

	tell(keeper, KEEPER_RESTING, 0, "", 0);
	send_more(keeper);
	while (keeper->helper.pid && keeper->rest_ms && (left_ms = until_ms - monotonic_ms()) > 0) {
		struct pollfd fd = { .fd = keeper->helper.fd, .events = POLLIN };

		if (poll(&fd, 1, (int)left_ms) > 0)
			receive(keeper);
	}
	keeper->rest_ms = 0;
}

/* --- for the plugin --- */

struct state_keeper *state_keeper_start(const char *program, const char *state_path, char *why, size_t size)
{
	struct state_keeper *keeper = calloc(1, sizeof(*keeper));

	snprintf(why, size, "out of memory");
	if (!keeper)
		return NULL;
	keeper->program = strdup(program);
	keeper->state_path = strdup(state_path);
	if (keeper->program && keeper->state_path) {
		if (start(keeper))
			return keeper;
		snprintf(why, size, "%s", keeper->why);
	}
	state_keeper_stop(keeper);
	return NULL;
}

void state_keeper_stop(struct state_keeper *keeper)
{
	int64_t until_ms = monotonic_ms() + FINISH_MS, left_ms;

	if (!keeper)
		return;
	for (send_more(keeper); keeper->out.len && (left_ms = until_ms - monotonic_ms()) > 0; send_more(keeper)) {
		struct pollfd fd = { .fd = keeper->helper.fd, .events = POLLIN | POLLOUT };

		if (poll(&fd, 1, (int)left_ms) > 0 && fd.revents & (POLLIN | POLLHUP))
			receive(keeper);
	}
	helper_finish(&keeper->helper, FINISH_MS);
	text_free(&keeper->out);
	text_free(&keeper->in);
	free(keeper->program);
	free(keeper->state_path);
	free(keeper);
}

void state_keeper_turn(struct state_keeper *keeper)
{
	if (!keeper)
		return;
	if (!keeper->helper.pid && monotonic_ms() - keeper->started_ms >= AGAIN_MS)
		start(keeper);
	send_more(keeper);
	receive(keeper);
	if (keeper->rest_ms && state_keeper_is_ready(keeper))
		rest(keeper);
}

int state_keeper_news(struct state_keeper *keeper, char *why, size_t size)
{
	int news;

	if (!keeper)
		return 0;
	news = keeper->failing - keeper->told;
	keeper->told = keeper->failing;
	snprintf(why, size, "%s", keeper->why);
	return news;
}

bool state_keeper_is_ready(const struct state_keeper *keeper)
{
	return keeper && keeper->helper.pid && !keeper->out.len;
}

void state_keeper_put(struct state_keeper *keeper, uint64_t first, const char *records, size_t len, uint64_t keep)
{
	if (!keeper || !keeper->helper.pid)
		return;
	tell(keeper, KEEPER_RECORDS, first, records, len);
	tell(keeper, KEEPER_KEEP, keep, "", 0);
	send_more(keeper);
}

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
#define SILENT_MS 30000         /* it says something twice a second, but a slow disk may hold it up */
#define REST_MAX_MS 100
#define FINISH_MS 5000          /* the tool waits ten for the broker's end */

struct state_keeper {
	char   *program, *state_path, claim[24];
	struct helper helper;
	int64_t started_ms, heard_ms;
	struct text out, in;
	size_t  sent;             /* of `out` */
	int64_t rest_ms;          /* that it has asked for; 0: none */
	uint64_t written;
	bool    lost;
	bool    explained;        /* it is known why the one that is ending does */
	bool    failing, failed, told;    /* how things are, whether they were bad meanwhile, what state_keeper_news said */
	char    why[300];
};

static void fails(struct state_keeper *keeper, const char *why, size_t len)
{
	keeper->failing = keeper->failed = true;
	snprintf(keeper->why, sizeof(keeper->why), "%.*s", (int)len, why);
}

static bool runs(const struct state_keeper *keeper)
{
	return keeper->helper.pid && keeper->helper.fd >= 0;
}

static bool start(struct state_keeper *keeper)
{
	char *argv[] = { (char *)"alink-keeper", keeper->state_path, keeper->claim, NULL };
	char why[300];
	int err;

	keeper->started_ms = keeper->heard_ms = monotonic_ms();
	keeper->rest_ms = 0;
	keeper->explained = false;
	err = helper_start(&keeper->helper, keeper->program, argv);
	if (err) {
		snprintf(why, sizeof(why), "%s cannot be started: %s", keeper->program, strerror(err));
		fails(keeper, why, strlen(why));
	}
	return !err;
}

/* `why` NULL: it died by itself, and how is known once it has ended. */
static void lose(struct state_keeper *keeper, const char *why)
{
	helper_let_go(&keeper->helper);
	if (why)
		fails(keeper, why, strlen(why));
	keeper->explained = why != NULL;
	keeper->lost = true;
	text_free(&keeper->out);
	text_free(&keeper->in);
	keeper->sent = 0;
}

/* Another one for the one that has ended, unless that began just now. */
static void replace(struct state_keeper *keeper)
{
	char why[80] = "alink-keeper ended";
	int status;

	if (keeper->helper.pid) {
		if (!helper_has_ended(&keeper->helper, &status))
			return;
		if (WIFSIGNALED(status))
			snprintf(why, sizeof(why), "alink-keeper ended by signal %d", WTERMSIG(status));
		else if (WEXITSTATUS(status))
			snprintf(why, sizeof(why), "alink-keeper ended with exit code %d", WEXITSTATUS(status));
		if (!keeper->explained)
			fails(keeper, why, strlen(why));
	}
	if (monotonic_ms() - keeper->started_ms >= AGAIN_MS)
		start(keeper);
}

/* --- to it --- */

static void send_more(struct state_keeper *keeper)
{
	while (runs(keeper) && keeper->sent < keeper->out.len) {
		ssize_t sent = send(keeper->helper.fd, keeper->out.at + keeper->sent, keeper->out.len - keeper->sent, MSG_NOSIGNAL);

		if (sent < 0 && errno == EAGAIN)
			return;
		if (sent < 0 && errno != EINTR)
			lose(keeper, NULL);
		else if (sent > 0)
			keeper->sent += (size_t)sent;
	}
	/* Half a message would be taken for something else. */
	if (keeper->out.failed)
		lose(keeper, "out of memory");
	text_clear(&keeper->out);
	keeper->sent = 0;
}

static void tell(struct state_keeper *keeper, struct keeper_message head, const char *bytes)
{
	text_add_bytes(&keeper->out, (const char *)&head, sizeof(head));
	text_add_bytes(&keeper->out, bytes, head.len);
}

/* --- from it --- */

static void heard(struct state_keeper *keeper, const struct keeper_message *head, const char *bytes)
{
	keeper->heard_ms = monotonic_ms();
	switch (head->kind) {
	case KEEPER_REST:
		keeper->rest_ms = head->number < REST_MAX_MS ? (int64_t)head->number : REST_MAX_MS;
		break;
	case KEEPER_MOVED:
		keeper->rest_ms = 0;
		break;
	case KEEPER_WROTE:
		keeper->written = head->last;
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
	bool alive = runs(keeper) && read_more(keeper);
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
	if (runs(keeper) && !alive)
		lose(keeper, keeper->in.failed ? "out of memory" : NULL);
}

static void rest(struct state_keeper *keeper)
{
	int64_t until_ms = monotonic_ms() + keeper->rest_ms, left_ms;

	tell(keeper, (struct keeper_message){ .kind = KEEPER_RESTING }, "");
	send_more(keeper);
	while (runs(keeper) && keeper->rest_ms && (left_ms = until_ms - monotonic_ms()) > 0) {
		struct pollfd fd = { .fd = keeper->helper.fd, .events = POLLIN };

		if (poll(&fd, 1, (int)left_ms) > 0)
			receive(keeper);
	}
	keeper->rest_ms = 0;
}

/* --- for the plugin --- */

struct state_keeper *state_keeper_start(const char *program, const char *state_path, int64_t claim, char *why, size_t size)
{
	struct state_keeper *keeper = calloc(1, sizeof(*keeper));

	snprintf(why, size, "out of memory");
	if (!keeper)
		return NULL;
	keeper->program = strdup(program);
	keeper->state_path = strdup(state_path);
	snprintf(keeper->claim, sizeof(keeper->claim), "%lld", (long long)claim);
	if (keeper->program && keeper->state_path) {
		if (start(keeper))
			return keeper;
		snprintf(why, size, "%s", keeper->why);
	}
	state_keeper_stop(keeper);
	return NULL;
}

bool state_keeper_stop(struct state_keeper *keeper)
{
	int64_t until_ms = monotonic_ms() + FINISH_MS, left_ms;
	bool finished;

	if (!keeper)
		return true;
	for (send_more(keeper); keeper->out.len && (left_ms = until_ms - monotonic_ms()) > 0; send_more(keeper)) {
		struct pollfd fd = { .fd = keeper->helper.fd, .events = POLLIN | POLLOUT };

		if (poll(&fd, 1, (int)left_ms) > 0 && fd.revents & (POLLIN | POLLHUP))
			receive(keeper);
	}
	finished = helper_finish(&keeper->helper, until_ms) && !keeper->out.len && !keeper->lost;
	text_free(&keeper->out);
	text_free(&keeper->in);
	free(keeper->program);
	free(keeper->state_path);
	free(keeper);
	return finished;
}

void state_keeper_turn(struct state_keeper *keeper)
{
	if (!keeper)
		return;
	if (!runs(keeper))
		replace(keeper);
	send_more(keeper);
	receive(keeper);
	if (runs(keeper) && monotonic_ms() - keeper->heard_ms > SILENT_MS)
		lose(keeper, "alink-keeper does not answer");
	if (keeper->rest_ms && state_keeper_is_ready(keeper))
		rest(keeper);
}

int state_keeper_news(struct state_keeper *keeper, char *why, size_t size)
{
	bool said;

	if (!keeper)
		return 0;
	said = keeper->told;
	keeper->told = keeper->failing || (keeper->failed && !said);
	keeper->failed = keeper->failing;
	snprintf(why, size, "%s", keeper->why);
	return keeper->told - said;
}

bool state_keeper_is_ready(const struct state_keeper *keeper)
{
	return keeper && runs(keeper) && !keeper->out.len;
}

void state_keeper_put(struct state_keeper *keeper, uint64_t first, uint64_t last, const char *records, size_t len, uint64_t keep)
{
	/* When all ends there is no time to lose. */
	if (!keeper || (!runs(keeper) && (keeper->helper.pid || !start(keeper))))
		return;
	tell(keeper, (struct keeper_message){ .kind = KEEPER_RECORDS, .len = (uint32_t)len, .number = first, .last = last }, records);
	tell(keeper, (struct keeper_message){ .kind = KEEPER_KEEP, .number = keep }, "");
	send_more(keeper);
}

uint64_t state_keeper_written(const struct state_keeper *keeper)
{
	return keeper ? keeper->written : 0;
}

bool state_keeper_has_lost(struct state_keeper *keeper)
{
	bool lost = keeper && keeper->lost;

	if (lost)
		keeper->lost = false;
	return lost;
}

/*
 * alink-keeper STATE-FILE CLAIM: does beside the broker what a state file needs and nobody waits for. It moves the write-ahead
 * log into the file, and writes the cloud's log into a file of its own. The plugin is at the other end of its standard
 * input, a socket; it ends when that does. A process, because the broker is faster without threads (waker.c).
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "message.h"
#include "monotonic.h"
#include "store_log.h"
#include "text.h"
#include "wal.h"

#define INTERVAL_MS 500
#define LONG_PAGES 4000         /* 16 MB */
#define COMES_WITHIN_MS 200     /* a broker that is at work turns every 100 ms at least */
#define LEN_MAX ((uint32_t)64 << 20)

struct keeper {
	struct wal *wal;
	struct log_store *log;
	const char *log_path;
	int64_t claim;          /* of the log; 0: there is none to write */
	int64_t next_ms;        /* when the write-ahead log is due */
	int     before;         /* how long it was at the last pass */
	bool    asked;          /* for a rest, which comes before next_ms or not at all */
};

static bool tell(const struct keeper_message *head, const char *bytes)
{
	return send(STDIN_FILENO, head, sizeof(*head), MSG_NOSIGNAL) == (ssize_t)sizeof(*head) &&
	       (!head->len || send(STDIN_FILENO, bytes, head->len, MSG_NOSIGNAL) == (ssize_t)head->len);
}

static bool say(enum keeper_kind kind, uint64_t number)
{
	return tell(&(struct keeper_message){ .kind = kind, .number = number }, NULL);
}

static void say_why(const char *why)
{
	tell(&(struct keeper_message){ .kind = KEEPER_FAILS, .len = (uint32_t)strlen(why) }, why);
}

/* False at the end of input. */
static bool hear(void *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t got = recv(STDIN_FILENO, (char *)bytes + done, len - done, 0);

		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		done += got > 0 ? (size_t)got : 0;
	}
	return true;
}

/* --- the write-ahead log --- */

/* How long it is, 0 when it cannot be moved. */
static int move(struct keeper *keeper)
{
	int pages;

	if (wal_move(keeper->wal, &pages)) {
		say_why(wal_error(keeper->wal));
		return 0;
	}
	say(KEEPER_WORKS, 0);
	return pages;
}

/*
 * A broker at work commits again while its last commit is being moved, so the log would never begin anew. Once it is long,
 * and all but the newest of it has been moved, the broker rests between two commits for as long as that takes. Should
 * the disk be too slow for that, so little has been lost, and the next rest, of a longer log, may be longer.
 */
static void pass(struct keeper *keeper)
{
	int pages = move(keeper), before = keeper->before;

	keeper->before = pages;
	keeper->asked = pages >= LONG_PAGES && pages != before &&
	                say(KEEPER_REST, (uint64_t)pages / (LONG_PAGES / 20));
	keeper->next_ms = monotonic_ms() + (keeper->asked ? COMES_WITHIN_MS : INTERVAL_MS);
}

static void pass_while_resting(struct keeper *keeper)
{
	keeper->before = move(keeper);
	keeper->asked = false;
	keeper->next_ms = monotonic_ms() + INTERVAL_MS;
	say(KEEPER_MOVED, 0);
}

/* --- the cloud's log --- */

/* A log that cannot be written is no reason to hold up the cloud; it goes on in memory. */
static void write_records(struct keeper *keeper, const struct keeper_message *head, const void *bytes)
{
	if (!keeper->claim)
		return;
	if (!keeper->log)
		keeper->log = log_store_open(keeper->log_path);
	if (keeper->log && !log_store_add(keeper->log, keeper->claim, head->number, bytes, head->len))
		tell(&(struct keeper_message){ .kind = KEEPER_WROTE, .last = head->last }, NULL);
}

/* --- both --- */

/* False when there will be nothing more. */
static bool take(struct keeper *keeper)
{
	struct keeper_message head;
	char *bytes;
	bool whole;

	if (!hear(&head, sizeof(head)) || head.len > LEN_MAX)
		return false;
	bytes = malloc(head.len + 1);
	whole = bytes && hear(bytes, head.len);
	if (whole && head.kind == KEEPER_RESTING && keeper->asked)
		pass_while_resting(keeper);
	else if (whole && head.kind == KEEPER_RECORDS)
		write_records(keeper, &head, bytes);
	else if (whole && head.kind == KEEPER_KEEP && keeper->log)
		log_store_prune(keeper->log, head.number);
	free(bytes);
	return whole;
}

static void run(struct keeper *keeper)
{
	for (;;) {
		struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
		int64_t left_ms = keeper->next_ms - monotonic_ms();

		if (poll(&in, 1, left_ms > 0 ? (int)left_ms : 0) > 0 && !take(keeper))
			return;
		if (monotonic_ms() < keeper->next_ms)
			continue;
		if (keeper->asked)
			pass_while_resting(keeper);
		else
			pass(keeper);
	}
}

int main(int argc, char **argv)
{
	struct keeper keeper = { 0 };
	struct text log_path = { 0 };
	int type;
	socklen_t len = sizeof(type);

	if (argc != 3 || getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &len)) {
		fputs("alink-keeper: this is for the plugin to start; it reads from a socket what to keep\n", stderr);
		return EXIT_FAILURE;
	}
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* Who ends all processes of a service at once means the broker: that has something to write, still. */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	text_addf(&log_path, "%s-log", argv[1]);
	keeper.log_path = text_string(&log_path);
	keeper.claim = strtoll(argv[2], NULL, 10);
	keeper.wal = wal_new(argv[1]);
	keeper.next_ms = monotonic_ms() + INTERVAL_MS;
	if (keeper.wal && !log_path.failed)
		run(&keeper);
	log_store_close(keeper.log);
	wal_free(keeper.wal);
	text_free(&log_path);
	return EXIT_SUCCESS;
}

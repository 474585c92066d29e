/*
 * alink-script: runs the parsing scripts of products for the plugin and the tool, one call after the other. A
 * request comes on standard input, which is a socket, and its result goes back there. It has no other way out:
 * the engine offers scripts neither files nor network, its memory has an end, and who started it kills it when
 * a script does not come to one.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine.h"
#include "frame.h"

#define AROUND_ENGINE ((size_t)256 << 20)   /* address space besides the engine's: libraries, images, buffers */

static void limit(int resource, rlim_t most)
{
	struct rlimit limits = { most, most };

	setrlimit(resource, &limits);
}

static void confine(void)
{
	/* Never left behind: it dies with the thread that started it, or finds the end of its input. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* A script that loops must not take the processor from the broker. */
	setpriority(PRIO_PROCESS, 0, 5);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
#ifndef __SANITIZE_ADDRESS__                       /* whose shadow takes terabytes of address space */
	limit(RLIMIT_AS, ENGINE_MEMORY + AROUND_ENGINE);
#endif
	/* guess: the platform's servers keep the time of China. So Date shows the same on every machine. */
	setenv("TZ", "CST-8", 1);
}

/* False at the end of input. */
static bool read_more(struct text *in)
{
	static char bytes[65536];
	ssize_t got;

	do
		got = read(STDIN_FILENO, bytes, sizeof(bytes));
	while (got < 0 && errno == EINTR);
	if (got > 0)
		text_add_bytes(in, bytes, (size_t)got);
	return got > 0 && !in->failed;
}

static bool write_all(const struct text *out)
{
	size_t done = 0;

	while (done < out->len) {
		ssize_t wrote = write(STDIN_FILENO, out->at + done, out->len - done);

		if (wrote < 0 && errno != EINTR)
			return false;
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	return !out->failed;
}

int main(void)
{
	struct text in = { 0 }, out = { 0 };
	struct engine *engine;
	int result = EXIT_SUCCESS;

	confine();
	engine = engine_new();
	if (!engine) {
		fputs("alink-script: no memory for the engine\n", stderr);
		return EXIT_FAILURE;
	}
	while (result == EXIT_SUCCESS && read_more(&in)) {
		struct script_request request;
		struct script_result answer;
		unsigned slot;
		ssize_t len = frame_read_request(text_string(&in), in.len, &slot, &request);

		if (len < 0 || len > (ssize_t)in.len)
			result = EXIT_FAILURE;
		if (len <= 0)
			continue;
		/* One at a time: the next request is sent when this one is answered. */
		answer = engine_run(engine, slot, &request);
		text_clear(&in);
		text_clear(&out);
		frame_add_result(&out, &answer);
		if (!write_all(&out))
			result = EXIT_FAILURE;
	}
	if (result != EXIT_SUCCESS)
		fputs("alink-script: this is for alink-emulator to start; it reads requests from a socket\n", stderr);
	engine_free(engine);
	text_free(&in);
	text_free(&out);
	return result;
}

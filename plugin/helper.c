#include "helper.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monotonic.h"
#include "text.h"

/* Installed it lies beside the plugin; in a build tree, where libtool hides the plugin in .libs, one folder up. */
static const char *const places[] = { "", "../" };

char *helper_find(const char *name)
{
	struct text path = { 0 };
	Dl_info here;
	const char *slash;
	size_t i;

	if (!dladdr(places, &here) || !(slash = strrchr(here.dli_fname, '/')))
		return strdup(name);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		text_clear(&path);
		text_addf(&path, "%.*s/%s%s", (int)(slash - here.dli_fname), here.dli_fname, places[i], name);
		if (!access(text_string(&path), X_OK))
			return text_take(&path);
	}
	/* The message of who cannot start it shows where it should be. */
	text_clear(&path);
	text_addf(&path, "%.*s/%s", (int)(slash - here.dli_fname), here.dli_fname, name);
	return text_take(&path);
}

/* posix_spawn: a fork of a broker with threads and a gigabyte of sessions is what it avoids. */
static int spawn(struct helper *helper, const char *path, char *const argv[], int end)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int err;

	sigemptyset(&none);
	sigfillset(&all);
	if (posix_spawn_file_actions_init(&files))
		return ENOMEM;
	if (posix_spawnattr_init(&attributes)) {
		posix_spawn_file_actions_destroy(&files);
		return ENOMEM;
	}
	posix_spawn_file_actions_adddup2(&files, end, STDIN_FILENO);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	/* The broker's sockets and files are none of its business. */
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	/* A group of its own, for the terminal's ^C is not meant for it. */
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	err = posix_spawn(&helper->pid, path, &files, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return err;
}

int helper_start(struct helper *helper, const char *path, char *const argv[])
{
	int ends[2], err;

	*helper = (struct helper){ 0 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return errno;
	err = spawn(helper, path, argv, ends[1]);
	close(ends[1]);
	if (err) {
		close(ends[0]);
		helper->pid = 0;
		return err;
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	helper->fd = ends[0];
	return 0;
}

void helper_let_go(struct helper *helper)
{
	if (!helper->pid || helper->fd < 0)
		return;
	kill(helper->pid, SIGKILL);
	close(helper->fd);
	helper->fd = -1;
}

/* ECHILD: somebody else, or nobody, was to hear of its end. */
static bool reap(struct helper *helper, int *status, int flags)
{
	pid_t ended;

	*status = 0;
	if (!helper->pid)
		return true;
	while ((ended = waitpid(helper->pid, status, flags)) < 0 && errno == EINTR)
		;
	if (ended == 0)
		return false;
	helper->pid = 0;
	return true;
}

bool helper_has_ended(struct helper *helper, int *status)
{
	return reap(helper, status, WNOHANG);
}

int helper_kill(struct helper *helper)
{
	int status;

	helper_let_go(helper);
	reap(helper, &status, 0);
	return status;
}

bool helper_finish(struct helper *helper, int64_t until_ms)
{
	bool finished = false;
	int64_t left_ms;
	char bytes[1024];
	int status;

	if (!helper->pid)
		return true;
	if (helper->fd < 0) {
		while (!helper_has_ended(helper, &status) && monotonic_ms() < until_ms)
			poll(NULL, 0, 5);
		return false;
	}
	shutdown(helper->fd, SHUT_WR);
	while (!finished && (left_ms = until_ms - monotonic_ms()) > 0) {
		struct pollfd fd = { .fd = helper->fd, .events = POLLIN };

		finished = poll(&fd, 1, (int)left_ms) > 0 && recv(helper->fd, bytes, sizeof(bytes), 0) <= 0;
	}
	helper_kill(helper);
	return finished;
}

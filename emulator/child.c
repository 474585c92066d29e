#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

/* Enough for any gateway park; the broker's websocket library allocates a table of this size. */
#define FILES_MANY 65536

struct child {
	pid_t pid;               /* 0 once it was waited for */
	struct event *sigchld, *impatient;
	bool stopping;
	void (*ended)(void *ctx, int status);
	void *ctx;
};

static void on_sigchld(evutil_socket_t sig, short what, void *ctx)
{
	struct child *child = ctx;
	int status;

	(void)sig;
	(void)what;
	if (!child->pid || waitpid(child->pid, &status, WNOHANG) != child->pid)
		return;
	child->pid = 0;
	event_del(child->sigchld);
	event_del(child->impatient);
	child->ended(child->ctx, status);
}

static void on_impatient(evutil_socket_t fd, short what, void *ctx)
{
	struct child *child = ctx;

	(void)fd;
	(void)what;
	if (child->pid)
		kill(child->pid, SIGKILL);
}

/* In the new process, between fork and exec; on failure errno goes through `report`. */
static void child_become(const struct child_options *options, pid_t parent, int report)
{
	static const int ours[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGPIPE };
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		signal(ours[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent)
		goto failed;
	if (options->own_group && setpgid(0, 0))
		goto failed;
	if (options->output >= 0 && (dup2(options->output, STDOUT_FILENO) < 0 ||
	                             dup2(options->output, STDERR_FILENO) < 0))
		goto failed;
	if (options->many_files) {
		struct rlimit files;

		/* each connection costs a descriptor; a refusal only means fewer devices */
		if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur < FILES_MANY) {
			files.rlim_cur = files.rlim_max < FILES_MANY ? files.rlim_max : FILES_MANY;
			setrlimit(RLIMIT_NOFILE, &files);
		}
	}
	execvp(options->argv[0], options->argv);
failed:
	i = (size_t)errno;
	while (write(report, &i, sizeof(i)) < 0 && errno == EINTR)
		;
	_exit(127);
}

struct child *child_start(struct event_base *base, const struct child_options *options)
{
	struct child *child = calloc(1, sizeof(*child));
	int report[2] = { -1, -1 };
	pid_t parent = getpid();
	size_t reason = 0;
	ssize_t got;

	if (!child || pipe2(report, O_CLOEXEC))
		goto failed;
	child->ended = options->ended;
	child->ctx = options->ctx;
	child->sigchld = evsignal_new(base, SIGCHLD, on_sigchld, child);
	child->impatient = evtimer_new(base, on_impatient, child);
	/* before the fork, so that no end goes unnoticed */
	if (!child->sigchld || !child->impatient || event_add(child->sigchld, NULL))
		goto failed;
	child->pid = fork();
	if (child->pid < 0) {
		child->pid = 0;
		goto failed;
	}
	if (!child->pid)
		child_become(options, parent, report[1]);
	close(report[1]);
	report[1] = -1;
	/* exec closes the pipe, so this waits no longer than exec takes */
	do
		got = read(report[0], &reason, sizeof(reason));
	while (got < 0 && errno == EINTR);
	if (got == sizeof(reason)) {
		waitpid(child->pid, NULL, 0);
		child->pid = 0;
		errno = (int)reason;
		goto failed;
	}
	close(report[0]);
	return child;
failed:
	got = errno;
	if (report[0] >= 0)
		close(report[0]);
	if (report[1] >= 0)
		close(report[1]);
	child_free(child);
	errno = (int)got;
	return NULL;
}

void child_signal(struct child *child, int sig)
{
	if (child->pid)
		kill(child->pid, sig);
}

void child_stop(struct child *child, int patience_ms)
{
	struct timeval patience = { patience_ms / 1000, patience_ms % 1000 * 1000 };

	if (!child->pid)
		return;
	kill(child->pid, child->stopping ? SIGKILL : SIGTERM);
	if (!child->stopping)
		evtimer_add(child->impatient, &patience);
	child->stopping = true;
}

void child_free(struct child *child)
{
	if (!child)
		return;
	if (child->pid) {
		kill(child->pid, SIGKILL);
		waitpid(child->pid, NULL, 0);
	}
	if (child->sigchld)
		event_free(child->sigchld);
	if (child->impatient)
		event_free(child->impatient);
	free(child);
}

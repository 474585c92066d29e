#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Brokers keep one descriptor to turn a connection away with, and it may be free just now: so there have to be two. */
bool descriptors_are_out(void)
{
	int first = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0), second = first < 0 ? -1 : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	bool out = second < 0 && errno == EMFILE;

	if (first >= 0)
		close(first);
	if (second >= 0)
		close(second);
	return out;
}

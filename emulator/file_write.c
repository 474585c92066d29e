#include "file_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

static void forget(struct file_write *file)
{
	int reason = errno;

	if (file->fd >= 0)
		close(file->fd);
	free(file->path);
	free(file->temp);
	*file = (struct file_write){ .fd = -1 };
	errno = reason;
}

/* A pipe that nobody reads would hold us up for good: that is an error. */
static int stream_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return fd;
}

int file_begin(struct file_write *file, const char *path, mode_t mode, bool replace)
{
	char *target = realpath(path, NULL);      /* a link stays one */
	struct text temp = { 0 };
	struct stat status;

	*file = (struct file_write){ .fd = -1, .replace = replace, .path = target ? target : strdup(path) };
	if (file->path && !*file->path) {
		errno = ENOENT;
	} else if (file->path && !stat(file->path, &status) && !S_ISREG(status.st_mode)) {
		if (S_ISDIR(status.st_mode))
			errno = EISDIR;
		else
			file->fd = stream_open(file->path);
	} else if (file->path) {
		text_addf(&temp, "%s.XXXXXX", file->path);
		file->temp = text_take(&temp);
		file->fd = file->temp ? mkstemp(file->temp) : -1;
		if (file->fd >= 0 && fchmod(file->fd, mode)) {
			file_end(file, false);
			return -1;
		}
	}
	if (file->fd >= 0)
		return 0;
	forget(file);
	return -1;
}

int file_add(struct file_write *file, const void *bytes, size_t len)
{
	const char *at = bytes;
	ssize_t done;

	while (len) {
		done = write(file->fd, at, len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		at += done;
		len -= (size_t)done;
	}
	return 0;
}

int file_end(struct file_write *file, bool keep)
{
	int err = 0, reason;

	if (file->temp) {
		if (keep && fsync(file->fd))
			err = -1;
		if (keep && !err)
			err = file->replace ? rename(file->temp, file->path) : link(file->temp, file->path);
		if (err && !file->replace && errno == EEXIST)
			err = 0;
		reason = errno;
		if (err || !keep || !file->replace)
			unlink(file->temp);
		errno = reason;
	}
	forget(file);
	return err;
}

int file_write(const char *path, const void *bytes, size_t len, mode_t mode, bool replace)
{
	struct file_write file;
	int reason;

	if (file_begin(&file, path, mode, replace))
		return -1;
	if (!file_add(&file, bytes, len))
		return file_end(&file, true);
	reason = errno;
	file_end(&file, false);
	errno = reason;
	return -1;
}

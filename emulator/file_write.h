/* Files that appear whole or not at all: written beside their place, then moved there. */
#ifndef ALINK_FILE_WRITE_H
#define ALINK_FILE_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* One that is being written. All functions give 0, or -1 with errno. */
struct file_write {
	char *path, *temp;     /* temp NULL: what is no regular file (/dev/stderr, a pipe) is written to as it comes */
	int   fd;
	bool  replace;
};

/*
 * Without `replace` an existing file wins, so that of two who write at once both end up with the same one.
 * After -1 there is nothing to end.
 */
int file_begin(struct file_write *file, const char *path, mode_t mode, bool replace);
int file_add(struct file_write *file, const void *bytes, size_t len);
/* Without `keep` nothing has happened. */
int file_end(struct file_write *file, bool keep);

/* All three. */
int file_write(const char *path, const void *bytes, size_t len, mode_t mode, bool replace);

#endif

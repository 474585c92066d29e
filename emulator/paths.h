/* Where things are: relative to this program, so that an installation can be moved and a build tree run from. */
#ifndef ALINK_PATHS_H
#define ALINK_PATHS_H

#include <sys/types.h>

#include "text.h"

/*
 * Absolute paths, to be freed; NULL when there is no such file, with `tried` (may be NULL) naming the
 * places that were looked at.
 */
char *path_plugin(struct text *tried);                     /* mosquitto_alink.so */
char *path_helper(struct text *tried);                     /* alink-script */
char *path_data(const char *name, struct text *tried);     /* what is installed in share/alink-emulator */
char *path_mosquitto(const char *given);                   /* `given` NULL: in PATH and the sbin folders */

/* ${XDG_STATE_HOME:-~/.local/state}/alink-emulator; NULL when the environment names neither. */
char *path_state_folder(void);

/* `path` seen from the working folder; the file need not exist. NULL only out of memory. */
char *path_absolute(const char *path);

/* mkdir -p. 0, or -1 with errno. */
int path_make_folder(const char *path, mode_t mode);

#endif

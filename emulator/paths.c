#include "paths.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Seen from the program's own folder, the build tree first, where libtool may have put the program
 * itself into .libs; the compiled-in folder last, for a --libdir that is not PREFIX/lib.
 */
static const char *const plugin_folders[] = {
	".libs", "../.libs", "../lib/alink-emulator", PKGLIBDIR, NULL,
};
static const char *const helper_folders[] = {
	".", "..", "../lib/alink-emulator", PKGLIBDIR, NULL,
};
static const char *const data_folders[] = {
	"share", "../share", "../share/alink-emulator", PKGDATADIR, NULL,
};
static const char *const sbin_folders[] = { "/usr/sbin", "/usr/local/sbin", NULL };

/* FOLDER/NAME when it is there, FOLDER being `base`/`folder` unless absolute. */
static char *look(const char *base, const char *folder, size_t folder_len, const char *name, int mode,
                  struct text *tried)
{
	struct text path = { 0 };
	struct stat about;
	char *found;

	if (*folder != '/' && base)
		text_addf(&path, "%s/", base);
	text_add_bytes(&path, folder, folder_len);
	text_addf(&path, "/%s", name);
	if (!stat(text_string(&path), &about) && S_ISREG(about.st_mode) && !access(text_string(&path), mode)) {
		found = realpath(text_string(&path), NULL);
		text_free(&path);
		return found;
	}
	if (tried)
		text_addf(tried, "%s%s", tried->len ? ", " : "", text_string(&path));
	text_free(&path);
	return NULL;
}

static char *look_around(const char *const *folders, const char *name, struct text *tried)
{
	char self[PATH_MAX], *found = NULL, *slash;
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len <= 0)
		return NULL;
	self[len] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	for (; !found && *folders; folders++)
		found = look(self, *folders, strlen(*folders), name, R_OK, tried);
	return found;
}

char *path_plugin(struct text *tried)
{
	return look_around(plugin_folders, "mosquitto_alink.so", tried);
}

char *path_helper(struct text *tried)
{
	return look_around(helper_folders, "alink-script", tried);
}

char *path_data(const char *name, struct text *tried)
{
	return look_around(data_folders, name, tried);
}

char *path_mosquitto(const char *given)
{
	const char *const *folder;
	const char *path = getenv("PATH");
	char *found = NULL;

	if (given && strchr(given, '/'))
		return access(given, X_OK) ? NULL : realpath(given, NULL);
	if (!given)
		given = "mosquitto";
	while (!found && path && *path) {
		size_t len = strcspn(path, ":");

		if (len)
			found = look(NULL, path, len, given, X_OK, NULL);
		path += len + (path[len] == ':');
	}
	for (folder = sbin_folders; !found && *folder; folder++)
		found = look(NULL, *folder, strlen(*folder), given, X_OK, NULL);
	return found;
}

char *path_state_folder(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	struct text path = { 0 };

	/* the base directory specification says to ignore a relative one */
	if (state && *state == '/')
		text_addf(&path, "%s/alink-emulator", state);
	else if (home && *home == '/')
		text_addf(&path, "%s/.local/state/alink-emulator", home);
	else
		return NULL;
	return text_take(&path);
}

char *path_absolute(const char *path)
{
	char *absolute = realpath(path, NULL), folder[PATH_MAX];
	struct text joined = { 0 };

	if (absolute)
		return absolute;
	if (*path != '/' && getcwd(folder, sizeof(folder)))
		text_addf(&joined, "%s/", folder);
	text_add(&joined, path);
	return text_take(&joined);
}

int path_make_folder(const char *path, mode_t mode)
{
	char *copy = strdup(path), *at;
	int err = 0;

	if (!copy)
		return -1;
	for (at = copy + 1; !err && (at = strchr(at, '/')); at++) {
		*at = '\0';
		if (mkdir(copy, mode) && errno != EEXIST)
			err = -1;
		*at = '/';
	}
	if (!err && mkdir(copy, mode) && errno != EEXIST)
		err = -1;
	free(copy);
	return err;
}

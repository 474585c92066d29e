/* Cloud files while the emulator runs: one more is added, or what there is becomes one. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api_call.h"
#include "cloud_export.h"
#include "cloud_file_private.h"
#include "store_ota.h"

#define FILES_MAX       32
#define NEW_BYTES_MAX   ((int64_t)16 << 20)   /* of firmware that is read in one go; nobody else is served meanwhile */

/* The files that the body names, as absolute paths. How many; 0 after refusing. */
static size_t read_paths(struct api_call *call, char *paths[FILES_MAX])
{
	struct json files = api_names(call, "files");
	size_t count = 0;

	if (!json_present(files))
		return 0;
	if (json_count(files) > FILES_MAX) {
		api_refuse(call, 400, "BadRequest", "`files` has more than %d entries", FILES_MAX);
		return 0;
	}
	json_each(file, files) {
		paths[count] = json_strdup(file);
		if (paths[count] && *paths[count] == '/') {
			count++;
			continue;
		}
		api_refuse(call, 400, "BadRequest", "`files` must hold absolute paths, as the emulator sees them");
		free(paths[count]);
		while (count)
			free(paths[--count]);
		return 0;
	}
	return count;
}

/* Digests of large files are made over many ticks, but not here. False after refusing. */
static bool firmware_fits(struct api_call *call, const struct cloud_file *file)
{
	int64_t bytes = 0;
	size_t i, j;

	for (i = 0; i < file->firmware_count; i++)
		for (j = 0; j < file->firmware[i].file_count; j++) {
			struct file_digest now = { 0 }, known;
			struct text why = { 0 };

			if (!digest_stat(file->firmware[i].files[j], &now, &why) &&
			    store_get_digest(call->cloud->store, file->firmware[i].files[j], &known) != 1)
				bytes += now.size;
			text_free(&why);
		}
	if (bytes <= NEW_BYTES_MAX)
		return true;
	api_refuse(call, 400, "TooLarge", "the files' firmware has %" PRId64 " bytes, more than %" PRId64
	           ": add it package by package (POST /firmware)", bytes, NEW_BYTES_MAX);
	return false;
}

static bool count_all(struct api_call *call, int64_t *products, int64_t *devices)
{
	return !store_count_products(call->cloud->store, products) && !store_count_devices(call->cloud->store, 0, devices);
}

/*
 * What the files have and the state lacks comes to be; what is there stays as it is, limits and options of the
 * cloud, too. Reset still returns to the files of the start.
 */
static int apply(struct api_call *call, const struct cloud_file *file, const struct text *warnings)
{
	struct store *store = call->cloud->store;
	int64_t products[2], devices[2];

	if (!firmware_fits(call, file))
		return 400;
	if (!count_all(call, &products[0], &devices[0]) || store_apply(store, file, false) ||
	    !count_all(call, &products[1], &devices[1]))
		return api_refuse(call, 500, "StoreFailed", "%s", store_error(store));
	text_addf(call->answer, "{\"products\":%" PRId64 ",\"devices\":%" PRId64 ",\"warnings\":", products[1] - products[0],
	          devices[1] - devices[0]);
	api_add_lines(call->answer, text_string(warnings));
	text_add_char(call->answer, '}');
	return 200;
}

int api_cloud_apply(struct api_call *call)
{
	char *paths[FILES_MAX];
	struct text complaints = { 0 };
	struct cloud_file *file;
	size_t count = read_paths(call, paths);
	int status = 400;

	if (!count)
		return status;
	file = cloud_file_read((const char *const *)paths, count, &complaints);
	status = file ? apply(call, file, &complaints) : api_refuse_lines(call, "BadRequest", &complaints);
	cloud_file_free(file);
	text_free(&complaints);
	while (count)
		free(paths[--count]);
	return status;
}

int api_cloud_export(struct api_call *call)
{
	struct text why = { 0 };
	int written = cloud_export(call->cloud, call->answer, &why), status = 200;

	if (!written)
		status = api_refuse(call, 409, "TooLarge", "as a cloud file the state has more than %zu bytes, the most that one"
		                    " may have; a state file (run --state) holds it all", CLOUD_FILE_BYTES_MAX);
	else if (written < 0)
		status = api_refuse(call, 500, "StoreFailed", "%s", text_string(&why));
	text_free(&why);
	return status;
}

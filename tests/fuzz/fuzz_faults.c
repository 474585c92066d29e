/*
 * Conversations while a scenario of the library is loaded: the first byte of an input says which, the rest is lines as
 * live.h has them. Afterwards the scenario reports, and leaves nothing behind.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "scenario.h"

#define LIBRARY TESTS "/../scenarios"
#define FILES_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(expression) \
	do { \
		if (!(expression)) { \
			fprintf(stderr, "fuzz_faults.c:%d: not so: %s\n", __LINE__, #expression); \
			abort(); \
		} \
	} while (0)

static struct { char *name, *text; size_t len; } files[FILES_MAX];
static size_t file_count;

static int is_scenario(const struct dirent *entry)
{
	const char *suffix = strrchr(entry->d_name, '.');

	return suffix && !strcmp(suffix, ".json");
}

static void read_library(void)
{
	struct dirent **entries;
	int count = scandir(LIBRARY, &entries, is_scenario, alphasort), i;
	char path[4096];

	check(count > 0 && count <= FILES_MAX);
	for (i = 0; i < count; i++) {
		FILE *file;

		snprintf(path, sizeof(path), LIBRARY "/%s", entries[i]->d_name);
		file = fopen(path, "rb");
		check(file);
		files[file_count].name = strdup(entries[i]->d_name);
		files[file_count].text = malloc(1 << 16);
		check(files[file_count].name && files[file_count].text);
		files[file_count].len = fread(files[file_count].text, 1, 1 << 16, file);
		file_count++;
		fclose(file);
		free(entries[i]);
	}
	free(entries);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text complaints = { 0 };
	struct scenario_source source;
	struct cloud *cloud = live_cloud(1000);
	const char *loaded;
	char name[80];
	size_t which;

	if (!file_count)
		read_library();
	if (!size)
		return 0;
	which = data[0] % file_count;
	source = (struct scenario_source){ files[which].name, files[which].text, files[which].len };
	live_bent();
	loaded = scenario_load(cloud, &source, &complaints, live_effects());
	check(loaded);
	snprintf(name, sizeof(name), "%s", loaded);
	live_run(data + 1, size - 1);
	live_end();
	text_clear(&complaints);
	/* The input may have unloaded it, or loaded others. */
	if (scenario_stop(cloud, name, "that is it", live_effects())) {
		check(scenario_write_report(cloud, name, &complaints));
		check(scenario_unload(cloud, name, live_effects()));
	}
	text_free(&complaints);
	return 0;
}

/* `alink-emulator check FILE…`: judges files without a running emulator. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud_file.h"
#include "code.h"
#include "command.h"
#include "json.h"
#include "scenario.h"
#include "script_file.h"
#include "text.h"

#define FILE_MAX (64 * 1024 * 1024)   /* bytes; more is no file of ours */

static const char help[] =
	"Usage: alink-emulator check FILE...\n\n"
	"Judges cloud files, with the scripts they name, TSL files and scenarios, and says\n"
	"FILE:LINE:COLUMN: what is wrong.\n"
	"What a file is, its content tells: \"cloud\" or \"scenario\" at its top level, else a thing model.\n"
	"Products and devices that a scenario names are looked for in the cloud files that are given with it.\n"
	"Exit code: 0 when all are fine (warnings are), 1 when any is bad.\n";

/* The cloud takes any script, and fails with it when it is called: so this is never more than a warning. */
static void check_script(const char *path, struct text *complaints)
{
	struct script_file script;
	struct text problem = { 0 };
	struct script_result result;

	if (!script_file_open(&script, path, &problem)) {
		text_addf(complaints, "%s:1:1: warning: not checked: %s\n", path, text_string(&problem));
	} else {
		result = script_file_call(&script, SCRIPT_CHECK, NULL, "", 0);
		if (result.code != CODE_SUCCESS)
			text_addf(complaints, "%s:%u:1: warning: code %d when it is called: %s\n", path, result.line ? result.line : 1,
			          result.code, result.why);
	}
	script_file_close(&script);
	text_free(&problem);
}

/* `clouds`: all the cloud files given, in their order, as `run` would read them; NULL: none, or one is bad. */
static bool check_cloud(const char *path, const struct cloud_file *clouds, struct text *complaints)
{
	struct cloud_file *file = cloud_file_read(&path, 1, complaints);
	bool fine = file != NULL;
	size_t i;

	(void)clouds;
	for (i = 0; fine && i < file->product_count; i++)
		if (file->products[i].script_path)
			check_script(file->products[i].script_path, complaints);
	cloud_file_free(file);
	return fine;
}

static bool check_scenario(const char *path, const struct cloud_file *clouds, struct text *complaints)
{
	return scenario_check(path, clouds, complaints);
}

static bool check_tsl(const char *path, const struct cloud_file *clouds, struct text *complaints)
{
	(void)clouds;
	return cloud_file_check_tsl(path, complaints);
}

/* What a file is, by a member of its top level; the last row takes the rest, a thing model having no mark. */
static const struct kind {
	const char *member;
	bool      (*check)(const char *path, const struct cloud_file *clouds, struct text *complaints);
} kinds[] = {
	{ "cloud",    check_cloud    },
	{ "scenario", check_scenario },
	{ NULL,       check_tsl      },
};

/* Appends the file's bytes; on failure says why in `complaints`. */
static bool file_read(const char *path, struct text *content, struct text *complaints)
{
	const char *wrong = NULL;
	FILE *file = fopen(path, "re");
	char bytes[16384];
	size_t got;

	if (!file) {
		text_addf(complaints, "%s: %s\n", path, strerror(errno));
		return false;
	}
	while (!wrong && (got = fread(bytes, 1, sizeof(bytes), file)) > 0) {
		text_add_bytes(content, bytes, got);
		if (content->failed || content->len > FILE_MAX)
			wrong = "too large";
	}
	if (ferror(file))
		wrong = strerror(errno);
	if (wrong)
		text_addf(complaints, "%s: %s\n", path, wrong);
	fclose(file);
	return !wrong;
}

/* NULL when it is no JSON at all. */
static const struct kind *file_kind(const char *path, struct text *complaints)
{
	const struct kind *kind = NULL;
	struct json_error error = { 0 };
	struct json_doc doc = { 0 };
	struct text content = { 0 };
	unsigned line, column;

	if (!file_read(path, &content, complaints))
		goto done;
	if (json_parse(&doc, text_string(&content), content.len, JSON_STRICT, &error)) {
		json_position(&doc, error.at, &line, &column);
		text_addf(complaints, "%s:%u:%u: %s\n", path, line, column, error.message);
		goto done;
	}
	kind = kinds;
	while (kind->member && !json_present(json_get(json_root(&doc), kind->member)))
		kind++;
done:
	json_doc_free(&doc);
	text_free(&content);
	return kind;
}

static struct cloud_file *clouds_read(char **paths, size_t count)
{
	const char **clouds = calloc(count, sizeof(*clouds));
	struct text unused = { 0 };      /* each is judged by itself as well */
	struct cloud_file *file = NULL;
	size_t found = 0, i;

	for (i = 0; clouds && i < count; i++) {
		const struct kind *kind = file_kind(paths[i], &unused);

		if (kind && kind->check == check_cloud)
			clouds[found++] = paths[i];
	}
	if (found)
		file = cloud_file_read(clouds, found, &unused);
	text_free(&unused);
	free(clouds);
	return file;
}

int command_check(int argc, char **argv)
{
	static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	struct text complaints = { 0 };
	struct cloud_file *clouds;
	enum exit_code result = EXIT_FINE;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		fputs(help, option == 'h' ? stdout : stderr);
		return option == 'h' ? EXIT_FINE : EXIT_USAGE;
	}
	if (optind == argc) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	clouds = clouds_read(argv + optind, (size_t)(argc - optind));
	for (; optind < argc; optind++) {
		const struct kind *kind = file_kind(argv[optind], &complaints);

		if (!kind || !kind->check(argv[optind], clouds, &complaints))
			result = EXIT_FAILED;
		fputs(text_string(&complaints), stderr);
		text_clear(&complaints);
	}
	cloud_file_free(clouds);
	text_free(&complaints);
	return result;
}

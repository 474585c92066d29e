/* A folder of files for cloud files to name, and cloud files written with ' for ". */
#ifndef CLOUD_FILE_FIXTURE_H
#define CLOUD_FILE_FIXTURE_H

#include "cloud_file.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- the folder --- */

static char folder[64];

static const struct {
	const char *name, *text;
} files[] = {
	{ "good.tsl.json",   "{\"properties\":[{\"identifier\":\"temp\",\"name\":\"t\",\"accessMode\":\"rw\",\n"
	                     "\"dataType\":{\"type\":\"int\",\"specs\":{\"min\":\"0\",\"max\":\"120\"}}}],"
	                     "\"events\":[],\"services\":[]}\n" },
	{ "motor.tsl.json",  "{\"functionBlockId\":\"Motor\",\"functionBlockName\":\"Motor\",\"properties\":["
	                     "{\"identifier\":\"speed\",\"name\":\"s\",\"accessMode\":\"r\","
	                     "\"dataType\":{\"type\":\"int\",\"specs\":{\"min\":\"0\",\"max\":\"9\"}}}],"
	                     "\"events\":[],\"services\":[]}" },
	{ "bad.tsl.json",    "{\n \"properties\": [\n  {\"identifier\":\"temp\",\"name\":\"t\",\"accessMode\":\"rw\",\n"
	                     "   \"dataType\":{\"type\":\"integer\",\"specs\":{}}}]}" },
	{ "broken.tsl.json", "{\"properties\": [\n}" },
	{ "node.js",         "function rawDataToProtocol(" },
	{ "empty.js",        "" },
	{ "config.json",     "{\"interval\": 30}" },
	{ "config.txt",      "interval = 30" },
	{ "fw.bin",          "firmware" },
	{ "fw2.bin",         "more of it" },
	{ "first.json",      "{\"cloud\":1,\"profile\":\"platform\",\"products\":[{\"productKey\":\"a1Gate\","
	                     "\"nodeType\":\"gateway\"}],"
	                     "\"devices\":[{\"productKey\":\"a1Sub\",\"deviceName\":\"node\",\"gateway\":\"a1Gate/gate\"}]}" },
	{ "second.json",     "{\"cloud\":1,\"limits\":{\"payloadBytes\":9},\"region\":\"eu-central-1\","
	                     "\"products\":[{\"productKey\":\"a1Sub\",\"nodeType\":\"sub-device\"}],"
	                     "\"devices\":[{\"productKey\":\"a1Gate\",\"deviceName\":\"gate\"}]}" },
	{ "third.json",      "{\"cloud\":1,\"products\":[\n {\"productKey\":\"a1Sub\"}],\"devices\":[\n"
	                     "{\"productKey\":\"a1Gate\",\"deviceName\":\"gate\"}]}" },
	{ "twice.json",      "{\"cloud\":1,\"cloud\":1,\"device\":[]}" },
	{ "syntax.json",     "{\"cloud\":1,\n\"devices\":[}" },
};

static inline void make_folder(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[128];
	size_t i;

	snprintf(folder, sizeof(folder), "%s/cloud_file.XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	for (i = 0; i < COUNT(files); i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", folder, files[i].name);
		file = fopen(path, "w");
		ck_assert_ptr_nonnull(file);
		fputs(files[i].text, file);
		ck_assert_int_eq(fclose(file), 0);
	}
	snprintf(path, sizeof(path), "%s/large.js", folder);
	fclose(fopen(path, "w"));
	ck_assert_int_eq(truncate(path, 131073), 0);
	snprintf(path, sizeof(path), "%s/fifo", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static inline void remove_folder(void)
{
	static const char *const others[] = { "large.js", "fifo" };
	char path[128];
	size_t i;

	for (i = 0; i < COUNT(files) + COUNT(others); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder,
		         i < COUNT(files) ? files[i].name : others[i - COUNT(files)]);
		unlink(path);
	}
	rmdir(folder);
}

/* --- cloud files --- */

#define TOP      "{'cloud':1,"
#define FIRMWARE TOP "'products':[{'productKey':'a1P'}],\n'firmware':[{'productKey':'a1P',"

/* Replaces every `word`; free() the result. */
static inline char *replace(const char *text, const char *word, const char *by)
{
	struct text out = { 0 };
	const char *found;

	for (; (found = strstr(text, word)); text = found + strlen(word)) {
		text_add_bytes(&out, text, (size_t)(found - text));
		text_add(&out, by);
	}
	text_add(&out, text);
	ck_assert(!out.failed);
	return text_take(&out);
}

/* JSON is written with ' for quotes here, because \" everywhere cannot be read. */
static inline char *spell(const char *json)
{
	return replace(json, "'", "\"");
}

static inline struct cloud_file *parse(const char *pattern, struct text *complaints)
{
	char *json = spell(pattern);
	struct cloud_file *file = cloud_file_parse("cloud.json", folder, json, strlen(json), complaints);

	free(json);   /* nothing may still point there */
	return file;
}

static inline struct cloud_file *read_files(const char *const *names, size_t count, struct text *complaints)
{
	static char paths[4][128];
	const char *list[4];
	size_t i;

	for (i = 0; i < count; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%s", folder, names[i]);
		list[i] = paths[i];
	}
	return cloud_file_read(list, count, complaints);
}

#endif

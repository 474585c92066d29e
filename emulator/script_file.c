#include "script_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "code.h"
#include "form.h"
#include "paths.h"

#define TIMEOUT_MS 3000      /* doc: data parsing */

bool script_file_open(struct script_file *file, const char *path, struct text *problem)
{
	struct text tried = { 0 };
	char why[160];

	*file = (struct script_file){ .path = path };
	file->source = file_load(path, SCRIPT_SOURCE_MAX, &file->source_len, why, sizeof(why));
	file->helper = path_helper(&tried);
	if (!file->source)
		text_addf(problem, "%s %s", path, why);
	else if (!file->helper)
		text_addf(problem, "alink-script, which runs scripts, is at none of %s", text_string(&tried));
	script_worker_init(&file->worker, file->helper);
	text_free(&tried);
	return file->source && file->helper;
}

void script_file_close(struct script_file *file)
{
	script_worker_free(&file->worker);
	free(file->source);
	free(file->helper);
}

struct script_result script_file_call(struct script_file *file, enum script_function function, const char *topic,
                                      const char *input, size_t input_len)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return script_worker_call(&file->worker, &(struct script_request){
		.script = 1, .source = file->source, .source_len = file->source_len, .function = function, .topic = topic,
		.input = input, .input_len = input_len, .now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000,
		.seed = 1, .timeout_ms = TIMEOUT_MS });
}

void script_result_explain(const char *path, const struct script_result *result, struct text *out)
{
	text_add(out, path);
	if (result->line)
		text_addf(out, ":%u", result->line);
	text_addf(out, ": %d %s: %s", result->code, code_message(result->code), result->why ? result->why : "");
}

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

bool hex_add(struct text *bytes, const char *hex)
{
	while (*hex) {
		if (isspace((unsigned char)*hex)) {
			hex++;
			continue;
		}
		if (!isxdigit((unsigned char)hex[0]) || !isxdigit((unsigned char)hex[1]))
			return false;
		text_add_char(bytes, (char)(digit(hex[0]) << 4 | digit(hex[1])));
		hex += 2;
	}
	return true;
}

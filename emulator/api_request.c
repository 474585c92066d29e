#include "api_request.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "form.h"
#include "json.h"
#include "paths.h"
#include "script.h"

#define FILE_BYTES_MAX ((size_t)512 << 10)   /* doc: limits, TSL import file */

/* The next blank-separated word of `words`; false at their end. */
static bool next_word(const char **words, size_t *len, const char **word)
{
	*words += strspn(*words, " ");
	*word = *words;
	*len = strcspn(*words, " ");
	*words += *len;
	return *len > 0;
}

/* "NAME..." and "[NAME=VALUE...]" take all that is left. */
static bool repeats(const char *word, size_t len)
{
	if (len && word[len - 1] == ']')
		len--;
	return len > 3 && !memcmp(word + len - 3, "...", 3);
}

bool api_request_needs_now(const struct api_words *words)
{
	size_t i;

	for (i = 0; i < words->option_count; i++)
		if (words->options[i].option->form == OPTION_SINCE)
			return true;
	return false;
}

static void query_add(struct text *path, const char *name, const char *value)
{
	text_add_char(path, strchr(text_string(path), '?') ? '&' : '?');
	text_add_uri(path, name);
	text_add_char(path, '=');
	text_add_uri(path, value);
}

/* A string for the query, the JSON of `literal` for the body. */
static void member_add(bool in_query, struct api_request *request, const char *name, const char *literal)
{
	if (in_query) {
		query_add(&request->path, name, literal);
	} else {
		text_add_key(&request->body, name);
		text_add(&request->body, literal);
	}
}

static void text_member_add(bool in_query, struct api_request *request, const char *name, const char *string)
{
	if (in_query) {
		query_add(&request->path, name, string);
	} else {
		text_add_key(&request->body, name);
		text_add_json(&request->body, string);
	}
}

/* NAME=VALUE to a member: VALUE as JSON when it is JSON, else as text. */
static bool pair_add(struct text *object, const char *pair, struct text *problem)
{
	const char *equals = strchr(pair, '='), *value;
	struct json_doc doc = { 0 };
	struct json_error error = { 0 };
	bool fine = true;

	if (!equals || equals == pair) {
		text_addf(problem, "'%s' is not NAME=VALUE", pair);
		return false;
	}
	value = equals + 1;
	text_add_comma(object);
	text_add_json_bytes(object, pair, (size_t)(equals - pair));
	text_add_char(object, ':');
	if (!json_parse(&doc, value, strlen(value), JSON_STRICT, &error)) {
		text_add(object, value);
	} else if (*value && strchr("{[\"", *value)) {
		/* Most likely a slip of the shell's quotes: sending it as text would hide that */
		text_addf(problem, "'%s': the value begins like JSON but is none: %s at its byte %zu", pair,
		          error.message, error.at + 1);
		fine = false;
	} else {
		text_add_json(object, value);
	}
	json_doc_free(&doc);
	return fine;
}

static void list_add(struct text *array, const char *const *words, size_t count)
{
	size_t i;

	text_add_char(array, '[');
	for (i = 0; i < count; i++) {
		text_add_comma(array);
		text_add_json(array, words[i]);
	}
	text_add_char(array, ']');
}

/* The emulator reads these files itself, and it need not be in our folder. */
static void path_add(struct text *out, const char *word)
{
	char *path = path_absolute(word);

	text_add_json(out, path ? path : word);
	free(path);
}

static void paths_add(struct text *array, const char *const *words, size_t count)
{
	size_t i;

	text_add_char(array, '[');
	for (i = 0; i < count; i++) {
		text_add_comma(array);
		path_add(array, words[i]);
	}
	text_add_char(array, ']');
}

/* A file's JSON byte for byte, so that the emulator's complaints tell the places in it. */
static bool file_add(struct api_request *request, const char *path, struct text *problem)
{
	struct json_doc doc = { 0 };
	struct json_error error;
	unsigned line, column;
	char why[160];
	size_t len;
	char *bytes = file_load(path, FILE_BYTES_MAX, &len, why, sizeof(why));

	if (!bytes) {
		text_addf(problem, "%s %s", path, why);
	} else if (json_parse(&doc, bytes, len, JSON_STRICT, &error)) {
		json_position(&doc, error.at, &line, &column);
		text_addf(problem, "%s:%u:%u: %s", path, line, column, error.message);
	} else {
		text_add_bytes(&request->body, bytes, len);
	}
	json_doc_free(&doc);
	free(bytes);
	request->bad_file = problem->len;
	return !request->bad_file;
}

/* A file's bytes as one string. */
static bool script_add(struct api_request *request, const char *path, struct text *problem)
{
	char why[160];
	size_t len;
	char *bytes = file_load(path, SCRIPT_SOURCE_MAX, &len, why, sizeof(why));

	if (bytes)
		text_add_json_bytes(&request->body, bytes, len);
	else
		text_addf(problem, "%s %s", path, why);
	free(bytes);
	request->bad_file = problem->len;
	return !request->bad_file;
}

static bool pairs_add(struct text *object, const char *const *pairs, size_t count, struct text *problem)
{
	size_t i, j;

	text_add_char(object, '{');
	for (i = 0; i < count; i++) {
		if (!pair_add(object, pairs[i], problem))
			return false;
		for (j = 0; j < i; j++) {
			size_t len = strcspn(pairs[i], "=");

			if (len != strcspn(pairs[j], "=") || memcmp(pairs[i], pairs[j], len))
				continue;
			text_addf(problem, "'%.*s' is given twice", (int)len, pairs[i]);
			return false;
		}
	}
	text_add_char(object, '}');
	return true;
}

static bool is_number(const char *text)
{
	size_t len = strlen(text);

	return len && len <= 15 && strspn(text, "0123456789") == len;
}

static bool number_add(struct text *out, const char *word, struct text *problem)
{
	if (!is_number(word)) {
		text_addf(problem, "`%s` is no whole number", word);
		return false;
	}
	text_add(out, word);
	return true;
}

static bool time_add(struct text *out, const char *word, struct text *problem)
{
	int64_t ms;

	if (!duration_parse(word, &ms)) {
		text_addf(problem, "`%s` is no time: say 250ms, 5s, 2m, 24h or 7d", word);
		return false;
	}
	text_add_int(out, ms);
	return true;
}

/* Fills the path's {} and then the members of query or body with the arguments, in order. */
static bool arguments_add(const struct api_words *words, bool in_query, struct api_request *request, struct text *problem)
{
	const struct api_command *command = words->command;
	const char *path = command->path, *hole, *names = command->arguments, *name;
	const char *members = command->body ? command->body : "", *member;
	size_t next = 0, name_len, len;

	for (; (hole = strstr(path, "{}")); path = hole + 2) {
		next_word(&names, &name_len, &name);
		text_add_bytes(&request->path, path, (size_t)(hole - path));
		if (!*words->arguments[next]) {
			text_addf(problem, "%.*s is empty", (int)name_len, name);
			return false;
		}
		text_add_uri(&request->path, words->arguments[next++]);
	}
	text_add(&request->path, path);

	while (in_query && next < words->argument_count && next_word(&members, &len, &member)) {
		char key[64];

		snprintf(key, sizeof(key), "%.*s", (int)len, member);
		query_add(&request->path, key, words->arguments[next++]);
	}
	while (!in_query && next_word(&members, &len, &member)) {
		text_add_comma(&request->body);
		text_add_json_bytes(&request->body, member, len);
		text_add_char(&request->body, ':');
		next_word(&names, &name_len, &name);
		if (repeats(name, name_len) && memchr(name, '=', name_len))
			return pairs_add(&request->body, words->arguments + next, words->argument_count - next, problem);
		if (name_len == strlen("PATH...") && !memcmp(name, "PATH...", name_len))
			paths_add(&request->body, words->arguments + next, words->argument_count - next);
		else if (repeats(name, name_len))
			list_add(&request->body, words->arguments + next, words->argument_count - next);
		else if (name_len == strlen("PATH") && !memcmp(name, "PATH", name_len))
			path_add(&request->body, words->arguments[next++]);
		else if (name_len == strlen("TIME") && !memcmp(name, "TIME", name_len))
			return time_add(&request->body, words->arguments[next], problem);
		else if (name_len == strlen("UNIX_MS") && !memcmp(name, "UNIX_MS", name_len))
			return number_add(&request->body, words->arguments[next], problem);
		else if (name_len == strlen("FILE") && !memcmp(name, "FILE", name_len))
			return file_add(request, words->arguments[next], problem);
		else if (name_len == strlen("SCRIPT") && !memcmp(name, "SCRIPT", name_len))
			return script_add(request, words->arguments[next], problem);
		else
			text_add_json(&request->body, words->arguments[next++]);
	}
	return true;
}

static bool device_add(bool in_query, struct api_request *request, const char *member, const char *device)
{
	const char *slash = strchr(device, '/');
	size_t len = slash ? (size_t)(slash - device) : strlen(device);
	char key[256];

	/* PK alone narrows a search, but names no device */
	if (!len || len >= sizeof(key) || (slash ? !slash[1] : !in_query))
		return false;
	snprintf(key, sizeof(key), "%.*s", (int)len, device);
	if (!in_query) {
		text_add_key(&request->body, member);
		text_add_char(&request->body, '{');
	}
	text_member_add(in_query, request, "productKey", key);
	if (slash)
		text_member_add(in_query, request, "deviceName", slash + 1);
	if (!in_query)
		text_add_char(&request->body, '}');
	return true;
}

/* "a,b" as ["a","b"] */
static void words_add(struct text *array, const char *words)
{
	size_t len;

	text_add_char(array, '[');
	for (; *words; words += len + (words[len] == ',')) {
		len = strcspn(words, ",");
		text_add_comma(array);
		text_add_json_bytes(array, words, len);
	}
	text_add_char(array, ']');
}

/* NULL when fine, else what the option's value should have been. */
static const char *option_add(const struct api_option *option, const char *value, bool in_query, int64_t now_ms,
                              struct api_request *request)
{
	int64_t number = 0;
	char digits[24];

	switch (option->form) {
	case OPTION_TEXT:
		text_member_add(in_query, request, option->member, value);
		return NULL;
	case OPTION_NAMES:
		return NULL;
	case OPTION_FOLLOW:
		request->follow = true;
		/* fall through */
	case OPTION_FLAG:
		member_add(in_query, request, option->member, option->literal);
		return NULL;
	case OPTION_DEVICE:
		return device_add(in_query, request, option->member, value) ? NULL : "PK/DN";
	case OPTION_NUMBER:
		if (!is_number(value))
			return "a whole number";
		number = strtoll(value, NULL, 10);
		break;
	case OPTION_WORDS:
		text_add_key(&request->body, option->member);
		words_add(&request->body, value);
		return NULL;
	case OPTION_DURATION:
	case OPTION_PERIOD:
	case OPTION_SINCE:
		if (!duration_parse(value, &number))
			return DURATION_FORM;
		if (option->form == OPTION_DURATION)
			request->wait_ms += number;
		if (option->form == OPTION_SINCE)
			number = now_ms > number ? now_ms - number : 0;
		break;
	}
	snprintf(digits, sizeof(digits), "%" PRId64, number);
	member_add(in_query, request, option->member, digits);
	return NULL;
}

/* Two options for one member would contradict each other; one option twice leaves open which counts. */
static bool option_repeats(const struct api_words *words, size_t index, struct text *problem)
{
	const struct api_option *option = words->options[index].option;
	size_t i;

	for (i = 0; i < index; i++) {
		const struct api_option *before = words->options[i].option;

		if (strcmp(before->member, option->member))
			continue;
		if (before == option)
			text_addf(problem, "--%s is given twice", option->name);
		else
			text_addf(problem, "--%s and --%s exclude each other", before->name, option->name);
		return true;
	}
	return false;
}

bool api_request_make(const struct api_words *words, int64_t now_ms, struct api_request *request,
                      struct text *problem)
{
	bool in_query = !strcmp(words->command->method, "GET");
	bool has_body = !strcmp(words->command->method, "POST") || !strcmp(words->command->method, "PUT");
	const char *wanted;
	size_t i;

	if (has_body)
		text_add_char(&request->body, '{');
	if (!arguments_add(words, in_query, request, problem))
		return false;
	for (i = 0; i < words->option_count; i++) {
		if (option_repeats(words, i, problem))
			return false;
		wanted = option_add(words->options[i].option, words->options[i].value, in_query, now_ms, request);
		if (wanted) {
			text_addf(problem, "--%s takes %s, not '%s'", words->options[i].option->name, wanted,
			          words->options[i].value);
			return false;
		}
	}
	if (has_body)
		text_add_char(&request->body, '}');
	if (request->path.failed || request->body.failed) {
		text_add(problem, "out of memory");
		return false;
	}
	return true;
}

void api_request_free(struct api_request *request)
{
	text_free(&request->path);
	text_free(&request->body);
}

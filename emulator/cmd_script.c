/* `alink-emulator script …`: runs parsing scripts without an emulator; what acts on a running one is command_api's. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "api_table.h"
#include "code.h"
#include "command.h"
#include "form.h"
#include "json.h"
#include "script_file.h"
#include "script_vectors.h"

enum { OPTION_RAW = 256, OPTION_ALINK, OPTION_TOPIC, OPTION_JSON };

struct words {
	const char *raw, *alink, *topic;
	bool        json;
};

/* Leaves optind at the verb. False after saying what is wrong. */
static bool read_options(struct words *words, int argc, char **argv)
{
	static const struct option options[] = {
		{ "raw",   required_argument, NULL, OPTION_RAW   },
		{ "alink", required_argument, NULL, OPTION_ALINK },
		{ "topic", required_argument, NULL, OPTION_TOPIC },
		{ "json",  no_argument,       NULL, OPTION_JSON  },
		{ 0 }
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case OPTION_RAW:   words->raw = optarg;   break;
		case OPTION_ALINK: words->alink = optarg; break;
		case OPTION_TOPIC: words->topic = optarg; break;
		case OPTION_JSON:  words->json = true;    break;
		default:           return false;          /* getopt has said why */
		}
	return true;
}

/* What the function is given: bytes, or the file's JSON. False with a problem. */
static bool read_input(const struct words *words, struct text *input, struct text *problem)
{
	struct json_doc doc = { 0 };
	struct json_error error;
	unsigned line, column;
	char why[160], *text;
	size_t len;

	if (words->raw) {
		if (!hex_add(input, words->raw))
			text_addf(problem, "'%s' is no hex digits, two for each byte", words->raw);
		return !problem->len;
	}
	text = file_load(words->alink, SCRIPT_INPUT_MAX, &len, why, sizeof(why));
	if (!text) {
		text_addf(problem, "%s %s", words->alink, why);
	} else if (json_parse(&doc, text, len, JSON_STRICT, &error)) {
		json_position(&doc, error.at, &line, &column);
		text_addf(problem, "%s:%u:%u: %s", words->alink, line, column, error.message);
	}
	text_add_bytes(input, text ? text : "", text ? len : 0);
	json_doc_free(&doc);
	free(text);
	return !problem->len;
}

static void print_json(const char *path, enum script_function function, const struct script_result *result)
{
	struct text out = { 0 };

	text_addf(&out, "{\"code\":%d,\"message\":", result->code);
	text_add_json(&out, code_message(result->code));
	if (result->code == CODE_SUCCESS) {
		text_add(&out, ",\"result\":");
		if (function == SCRIPT_DOWNLINK) {
			text_add_char(&out, '"');
			text_add_hex(&out, (const unsigned char *)result->output, result->output_len);
			text_add_char(&out, '"');
		} else {
			text_add_bytes(&out, result->output, result->output_len);
		}
	} else {
		text_add(&out, ",\"file\":");
		text_add_json(&out, path);
		if (result->line)
			text_addf(&out, ",\"line\":%u", result->line);
		text_add(&out, ",\"why\":");
		text_add_json(&out, result->why ? result->why : "");
	}
	text_add(&out, ",\"console\":");
	text_add_json_bytes(&out, result->console, result->console_len);
	text_add_char(&out, '}');
	puts(text_string(&out));
	text_free(&out);
}

static void print(const char *path, enum script_function function, const struct script_result *result)
{
	struct text out = { 0 };
	cJSON *tree = NULL;
	char *shown = NULL;

	fwrite(result->console, 1, result->console_len, stderr);
	if (result->code != CODE_SUCCESS) {
		script_result_explain(path, result, &out);
		fprintf(stderr, "%s\n", text_string(&out));
	} else if (function == SCRIPT_DOWNLINK) {
		text_add_hex(&out, (const unsigned char *)result->output, result->output_len);
		puts(text_string(&out));
	} else {
		tree = cJSON_Parse(result->output);
		shown = tree ? cJSON_Print(tree) : NULL;
		puts(shown ? shown : result->output);
	}
	cJSON_free(shown);
	cJSON_Delete(tree);
	text_free(&out);
}

static int run(struct script_file *script, const struct words *words, struct text *problem)
{
	enum script_function function = words->alink ? SCRIPT_DOWNLINK : words->topic ? SCRIPT_CUSTOM : SCRIPT_UPLINK;
	struct script_result result;
	struct text input = { 0 };
	int code = words->raw ? EXIT_USAGE : EXIT_FAILED;

	if (read_input(words, &input, problem)) {
		result = script_file_call(script, function, words->topic, text_string(&input), input.len);
		(words->json ? print_json : print)(script->path, function, &result);
		code = result.code == CODE_SUCCESS ? EXIT_FINE : EXIT_FAILED;
	}
	text_free(&input);
	return code;
}

/* NULL when the words fit the verb, else what is wrong with them. */
static const char *check_words(const struct words *words, bool test, int count)
{
	if (count != (test ? 2 : 1))
		return test ? "test takes a script and a file of examples" : "run takes one script";
	if (test)
		return words->raw || words->alink || words->topic ? "test takes no --raw, --alink or --topic" : NULL;
	if (!words->raw == !words->alink)
		return "run takes either --raw HEX or --alink JSONFILE";
	return words->topic && !words->raw ? "--topic goes with --raw" : NULL;
}

/* What needs no emulator; the options may stand anywhere. */
static int local(int argc, char **argv)
{
	struct words words = { 0 };
	struct script_file script;
	struct text problem = { 0 };
	const char *wrong;
	int code = EXIT_FAILED;
	bool test;

	if (!read_options(&words, argc, argv))
		return EXIT_USAGE;
	test = optind < argc && !strcmp(argv[optind], "test");
	wrong = check_words(&words, test, argc - optind - 1);
	if (wrong) {
		fprintf(stderr, "alink-emulator: script %s\n`alink-emulator script --help` shows how.\n", wrong);
		return EXIT_USAGE;
	}
	if (script_file_open(&script, argv[optind + 1], &problem))
		code = test ? script_vectors_run(&script, argv[optind + 2], words.json, &problem) : run(&script, &words, &problem);
	/* Complaints are lines that begin with a file's name, problems one sentence. */
	if (problem.len)
		fprintf(stderr, strchr(text_string(&problem), '\n') ? "%s" : "alink-emulator: %s\n", text_string(&problem));
	script_file_close(&script);
	text_free(&problem);
	return code;
}

static bool is_local(const char *verb)
{
	return !strcmp(verb, "run") || !strcmp(verb, "test");
}

int command_script(int argc, char **argv)
{
	const struct api_command *row;
	int i;

	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return command_api(argc, argv);
	/* The first word that is a verb decides. */
	for (i = 1; i < argc; i++)
		for (row = api_commands; row->noun; row++)
			if (!strcmp(row->noun, argv[0]) && !strcmp(row->verb, argv[i]))
				return is_local(argv[i]) ? local(argc, argv) : command_api(argc, argv);
	return command_api(argc, argv);
}

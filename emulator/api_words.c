#include "api_words.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "settings.h"

#define LONG_OPTIONS_MAX 64
#define VERBS_MAX        32
#define LONG_OPTION      256   /* what getopt_long returns for an option without a letter */

const struct common_option api_common_options[] = {
	{ "url",      "URL",  "the emulator (else $ALINK_HTTP_URL, else http://127.0.0.1:8080)", 0 },
	{ "timeout",  "TIME", "give up after so long without an answer (30s)", 0 },
	{ "json",     NULL,   "print the answer as it is", 0 },
	{ "no-color", NULL,   "no colours (nor with $NO_COLOR set, nor into a pipe)", 0 },
	{ "help",     NULL,   "this text", 'h' },
	{ NULL, NULL, NULL, 0 },
};

/* An option as typed, before the verb is known and with it the row it belongs to. */
struct typed {
	const char *name, *value;
};

static bool of_noun(const struct api_command *command, const struct api_command *first)
{
	return command->noun && !strcmp(command->noun, first->noun);
}

static int add_option(struct option *options, int count, const char *name, const char *argument, int letter)
{
	int i;

	for (i = 0; i < count; i++)
		if (!strcmp(options[i].name, name))
			return count;   /* several verbs may share a name */
	if (count == LONG_OPTIONS_MAX)
		abort();   /* the table has outgrown us */
	options[count] = (struct option){ name, argument ? required_argument : no_argument, NULL,
	                                  letter ? letter : LONG_OPTION };
	return count + 1;
}

/* The common options, and every one that some row of the noun takes; returns how many. */
static int long_options(const struct api_command *first, struct option options[LONG_OPTIONS_MAX + 1])
{
	const struct api_command *command;
	const struct common_option *common;
	const struct api_option *option;
	int count = 0;

	for (common = api_common_options; common->name; common++)
		count = add_option(options, count, common->name, common->argument, common->letter);
	for (command = first; of_noun(command, first); command++)
		for (option = command->options; option && option->name; option++)
			count = add_option(options, count, option->name, option->argument, 0);
	options[count] = (struct option){ 0 };
	return count;
}

/* False when it is none of them. */
static bool common_option(struct api_words *words, const char *name, const char *value, struct text *problem)
{
	if (!strcmp(name, "url"))
		words->url = value;
	else if (!strcmp(name, "json"))
		words->json = true;
	else if (!strcmp(name, "no-color"))
		words->plain = true;
	else if (!strcmp(name, "help"))
		words->help = true;
	else if (strcmp(name, "timeout"))
		return false;
	else if (!duration_parse(value, &words->timeout_ms) || !words->timeout_ms)
		text_addf(problem, "--timeout takes " DURATION_FORM ", not '%s'", value);
	return true;
}

/* What getopt_long stumbled over, in a sentence. */
static void option_problem(const char *word, int result, const struct option *options, int count,
                           struct text *problem)
{
	const char *near = NULL;
	char name[64];

	if (result == ':') {
		text_addf(problem, "%s takes a value", word);
		return;
	}
	if (!strncmp(word, "--", 2)) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
		near = suggest(name, options, (size_t)count, sizeof(*options));
		if (near && !strcmp(near, name)) {
			text_addf(problem, "--%s takes no value", name);
			return;
		}
	}
	text_addf(problem, "no option %s", word);
	if (near)
		text_addf(problem, "; did you mean --%s?", near);
}

/* Do so many arguments fit the row? */
static bool takes(const struct api_command *command, size_t count)
{
	const char *word = command->arguments;
	size_t needed = 0, most = 0, len;

	for (; *word; word += len, word += strspn(word, " ")) {
		len = strcspn(word, " ");
		needed += *word != '[';
		most++;
	}
	return count >= needed && (count <= most || strstr(command->arguments, "..."));
}

static void no_verb(const struct api_words *words, const char *verb, struct text *problem)
{
	const struct api_command *command;
	const char *verbs[VERBS_MAX], *near;
	size_t count = 0, i;

	for (command = words->first; of_noun(command, words->first) && count < VERBS_MAX; command++)
		verbs[count++] = command->verb;
	near = suggest(verb, verbs, count, sizeof(*verbs));
	text_addf(problem, "no verb '%s'", verb);
	if (near) {
		text_addf(problem, "; did you mean '%s'?", near);
		return;
	}
	for (i = 0; i < count; i++)
		text_addf(problem, "%s%s", i ? ", " : "; there are ", verbs[i]);
}

/* Does every naming option that was typed name this row, and are all there that do? */
static bool options_name(const struct api_command *command, const struct typed *typed, size_t count)
{
	const char *wanted = api_command_option(command);
	const struct api_command *other;
	bool given = false;
	size_t i;

	for (i = 0; i < count; i++)
		given = given || (wanted && !strcmp(typed[i].name, wanted));
	for (i = 0; !wanted && i < count; i++)
		for (other = command + 1; of_noun(other, command); other++)
			if (api_command_option(other) && !strcmp(api_command_option(other), typed[i].name))
				return false;
	return !wanted || given;
}

/* The verb of a noun alone. */
static const char *verb_alone(const struct api_command *first)
{
	const struct api_command *command;

	for (command = first; of_noun(command, first); command++)
		if (api_command_alone(command))
			return command->verb;
	return "list";
}

/* The row that verb, arguments and options name. */
static bool find_command(struct api_words *words, const struct typed *typed, size_t typed_count, struct text *problem)
{
	const struct api_command *command;
	struct text forms = { 0 };   /* of the rows so named that take other arguments */
	const char *verb = NULL;

	if (words->first->verb) {
		verb = verb_alone(words->first);
		if (words->argument_count) {
			verb = words->arguments[0];
			words->argument_count--;
			memmove(words->arguments, words->arguments + 1,
			        words->argument_count * sizeof(*words->arguments));
		}
	}
	for (command = words->first; of_noun(command, words->first); command++) {
		if (verb && strcmp(command->verb, verb))
			continue;
		if (takes(command, words->argument_count) && options_name(command, typed, typed_count)) {
			words->command = command;
			break;
		}
		text_addf(&forms, "%s`%s", forms.len ? " or " : "", command->noun);
		if (verb)
			text_addf(&forms, " %s", verb);
		text_addf(&forms, "%s%s", *command->arguments ? " " : "", command->arguments);
		if (api_command_option(command))
			text_addf(&forms, " --%s", api_command_option(command));
		text_add_char(&forms, '`');
	}
	if (!words->command && forms.len)
		text_addf(problem, "the form is %s", forms.at);
	else if (!words->command)
		no_verb(words, verb, problem);
	text_free(&forms);
	return words->command != NULL;
}

/* Gives the typed options to the row that was named. */
static bool place_options(struct api_words *words, const struct typed *typed, size_t count, struct text *problem)
{
	const struct api_command *command = words->command;
	const struct api_option *option;
	size_t i;

	for (i = 0; i < count; i++) {
		for (option = command->options; option && option->name; option++)
			if (!strcmp(option->name, typed[i].name))
				break;
		if (!option || !option->name) {
			text_addf(problem, "`%s%s%s` takes no --%s", command->noun, command->verb ? " " : "",
			          command->verb ? command->verb : "", typed[i].name);
			return false;
		}
		words->options[i].option = option;
		words->options[i].value = typed[i].value;
	}
	words->option_count = count;
	return true;
}

static bool is_utf8(const char *text)
{
	size_t len = strlen(text), step;

	for (; len; text += step, len -= step) {
		step = utf8_length(text, len);
		if (!step)
			return false;
	}
	return true;
}

bool api_words_parse(struct api_words *words, int argc, char **argv, struct text *problem)
{
	struct option options[LONG_OPTIONS_MAX + 1];
	struct typed typed[API_OPTIONS_MAX];
	size_t typed_count = 0;
	int count, result, index = 0, i;

	*words = (struct api_words){ .timeout_ms = CLIENT_TIMEOUT_MS };
	for (words->first = api_commands; strcmp(words->first->noun, argv[0]); )
		words->first++;   /* command.def sends only nouns here */
	for (i = 1; i < argc; i++) {
		if (!is_utf8(argv[i])) {
			text_addf(problem, "argument %d is not UTF-8", i);
			return false;
		}
	}
	count = long_options(words->first, options);
	opterr = 0;
	while ((result = getopt_long(argc, argv, ":h", options, &index)) != -1) {
		if (result == ':' || result == '?')
			option_problem(argv[optind - 1], result, options, count, problem);
		else if (result == 'h')
			words->help = true;
		else if (common_option(words, options[index].name, optarg, problem))
			;
		else if (typed_count == API_OPTIONS_MAX)
			text_add(problem, "too many options");
		else
			typed[typed_count++] = (struct typed){ options[index].name, optarg };
		if (problem->len)
			return false;
	}
	if (words->help)
		return true;
	if (argc - optind > API_ARGUMENTS_MAX) {
		text_addf(problem, "more than %d arguments", API_ARGUMENTS_MAX);
		return false;
	}
	while (optind < argc)
		words->arguments[words->argument_count++] = argv[optind++];
	return find_command(words, typed, typed_count, problem) && place_options(words, typed, typed_count, problem);
}

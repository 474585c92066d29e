#include "repeat.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"

/* As a shell reads it. */
static void quoted_add(struct text *out, const char *word)
{
	static const char bare[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-";

	if (*word && strspn(word, bare) == strlen(word)) {
		text_add(out, word);
		return;
	}
	text_add_char(out, '\'');
	for (; *word; word++)
		if (*word == '\'')
			text_add(out, "'\\''");
		else
			text_add_char(out, *word);
	text_add_char(out, '\'');
}

static void variables_add(struct text *out)
{
	static const char prefix[] = "ALINK_RUN_", seed[] = "ALINK_RUN_SEED=";
	char **at;

	for (at = environ; *at; at++) {
		size_t name = strcspn(*at, "=");

		/* set to nothing is not set; the seed is said below */
		if (strncmp(*at, prefix, strlen(prefix)) || !strncmp(*at, seed, strlen(seed)) || !(*at)[name] || !(*at)[name + 1])
			continue;
		text_add_bytes(out, *at, name + 1);
		quoted_add(out, *at + name + 1);
		text_add_char(out, ' ');
	}
}

static bool is_ours(const struct options *options, const char *source)
{
	bool found = false;
	size_t i;

	for (i = 0; i < options->scenarios.count && !found; i++) {
		char *path = path_absolute(options->scenarios.at[i]);

		found = path && !strcmp(path, source);
		free(path);
	}
	return found;
}

void repeat_add(struct text *out, const struct options *options, int64_t seed, const char *source)
{
	bool has_seed = false;
	int i;

	variables_add(out);
	text_addf(out, "alink-emulator %s", options->words[0]);
	for (i = 1; i < options->option_words; i++)
		has_seed = has_seed || !strncmp(options->words[i], "--seed", 6);
	if (!has_seed)
		text_addf(out, " --seed %lld", (long long)seed);
	if (!options->scenarios_open_ended && *source == '/' && !is_ours(options, source)) {
		text_add(out, " --scenario ");
		quoted_add(out, source);
	}
	for (i = 1; options->words[i]; i++) {
		text_add_char(out, ' ');
		quoted_add(out, options->words[i]);
	}
}

/*
 * Runs a fuzz target without a fuzzer: on the texts of a corpus, and on a fixed number of
 * mutations of them, the same ones each time for the same seed.
 *
 *     fuzz_json [--random N SEED] [FILE or FOLDER]…
 *
 * By default the corpus it was built for and as many cases as `make check` has time for.
 * The targets are written for libFuzzer; `make fuzz` links them with that instead.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifndef CASES_DEFAULT
#define CASES_DEFAULT 200000
#endif
#define CASE_MAX      4096    /* bytes of a mutation */
#define FILE_MAX      (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sample {
	uint8_t *bytes;
	size_t   len;
};

static struct sample *samples;
static size_t sample_count;

static void give_up(const char *what)
{
	perror(what);
	exit(2);
}

/* A copy of exactly that length on the heap, so that a sanitizer sees any step beyond it. */
static void run(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		give_up("malloc");
	memcpy(copy, bytes, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void read_file(const char *path)
{
	struct sample sample = { .bytes = malloc(FILE_MAX) };
	struct sample *grown = reallocarray(samples, sample_count + 1, sizeof(*samples));
	FILE *file = fopen(path, "rb");

	if (!file || !sample.bytes || !grown)
		give_up(path);
	samples = grown;
	sample.len = fread(sample.bytes, 1, FILE_MAX, file);
	if (ferror(file))
		give_up(path);
	fclose(file);
	samples[sample_count++] = sample;
}

static void read_path(const char *path)
{
	struct dirent **entries;
	struct stat status;
	int count;

	if (stat(path, &status))
		give_up(path);
	if (!S_ISDIR(status.st_mode)) {
		read_file(path);
		return;
	}
	count = scandir(path, &entries, NULL, alphasort);   /* sorted, so that a seed means the same everywhere */
	if (count < 0)
		give_up(path);
	for (int i = 0; i < count; i++) {
		char inner[4096];

		snprintf(inner, sizeof(inner), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			read_file(inner);
		free(entries[i]);
	}
	free(entries);
}

/* --- mutations --- */

static uint64_t random_state;

/* SplitMix64. */
static size_t random_below(size_t bound)
{
	uint64_t z = random_state += 0x9E3779B97F4A7C15;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
	z = (z ^ z >> 27) * 0x94D049BB133111EB;
	return bound ? (size_t)((z ^ z >> 31) % bound) : 0;
}

/* A text being bent; no step makes it longer than CASE_MAX. */
struct bent {
	uint8_t bytes[CASE_MAX];
	size_t  len;
};

static void insert(struct bent *bent, size_t at, const void *bytes, size_t len)
{
	if (len > CASE_MAX - bent->len)
		return;
	memmove(bent->bytes + at + len, bent->bytes + at, bent->len - at);
	memcpy(bent->bytes + at, bytes, len);
	bent->len += len;
}

static void flip_bit(struct bent *bent)
{
	if (bent->len)
		bent->bytes[random_below(bent->len)] ^= (uint8_t)(1 << random_below(8));
}

static void set_byte(struct bent *bent)
{
	if (bent->len)
		bent->bytes[random_below(bent->len)] = (uint8_t)random_below(256);
}

static void cut_out(struct bent *bent)
{
	size_t at = random_below(bent->len), len = random_below(bent->len - at + 1);

	if (random_below(4) && len > 4)
		len = 1 + random_below(4);
	memmove(bent->bytes + at, bent->bytes + at + len, bent->len - at - len);
	bent->len -= len;
}

static void cut_off(struct bent *bent)
{
	bent->len = random_below(bent->len + 1);
}

static void repeat(struct bent *bent)
{
	uint8_t piece[64];
	size_t at = random_below(bent->len), len = random_below(bent->len - at + 1);

	len = len < sizeof(piece) ? len : sizeof(piece);
	memcpy(piece, bent->bytes + at, len);
	insert(bent, random_below(bent->len + 1), piece, len);
}

static void insert_word(struct bent *bent)
{
	static const char *const words[] = {
		",", ",,", ":", "\"", "{", "}", "[", "]", "[[[[[[[[", "{\"\":", "\\", "\\\"", "\\u", "\\u0000",
		"\\ud83d", "\\ude00", "\\ud83d\\ude00", "\xC3\xA9", "\xED\xA0\x80", "\xF0\x9F\x98\x80", "\xFF",
		"-", "0", ".", "e", "E+", "1e999", "-0", "9223372036854775807", "-9223372036854775808",
		"12345678901234567890123456789012345678901234567890123456789012345", "null", "true", "false",
		" ", "\n", "\t", "\"id\":", "\"id\":7", "\"\"",
	};
	const char *word = words[random_below(sizeof(words) / sizeof(words[0]))];

	insert(bent, random_below(bent->len + 1), word, strlen(word));
}

static void splice(struct bent *bent)
{
	const struct sample *other = &samples[random_below(sample_count)];
	size_t at = random_below(other->len), len = random_below(other->len - at + 1);

	insert(bent, random_below(bent->len + 1), other->bytes + at, len < 256 ? len : 256);
}

static void run_mutations(long count, uint64_t seed)
{
	static void (*const steps[])(struct bent *bent) = {
		flip_bit, set_byte, cut_out, cut_off, repeat, insert_word, insert_word, splice,
	};
	static struct bent bent;

	random_state = seed;
	for (long i = 0; i < count; i++) {
		const struct sample *sample = &samples[random_below(sample_count)];

		bent.len = sample->len < CASE_MAX ? sample->len : CASE_MAX;
		memcpy(bent.bytes, sample->bytes, bent.len);
		for (size_t left = 1 + random_below(5); left; left--)
			steps[random_below(sizeof(steps) / sizeof(steps[0]))](&bent);
		run(bent.bytes, bent.len);
	}
}

int main(int argc, char **argv)
{
	long cases = CASES_DEFAULT;
	uint64_t seed = 1;
	int i = 1;

	if (argc > 3 && !strcmp(argv[1], "--random")) {
		cases = strtol(argv[2], NULL, 10);
		seed = strtoull(argv[3], NULL, 10);
		i = 4;
	}
	if (i == argc)
		read_path(FUZZ_CORPUS "/" FUZZ_TARGET);
	for (; i < argc; i++)
		read_path(argv[i]);
	if (!sample_count) {
		fputs("an empty corpus tests nothing\n", stderr);
		return 2;
	}
	for (size_t s = 0; s < sample_count; s++)
		run(samples[s].bytes, samples[s].len);
	run_mutations(cases, seed);
	printf("%zu texts and %ld mutations of them (seed %llu)\n", sample_count, cases, (unsigned long long)seed);
	for (size_t s = 0; s < sample_count; s++)
		free(samples[s].bytes);
	free(samples);
	return 0;
}

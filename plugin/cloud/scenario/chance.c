#include "chance.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

static void add(EVP_MD_CTX *hash, const char *text)
{
	EVP_DigestUpdate(hash, text, strlen(text) + 1);
}

uint64_t chance_bits(struct chance *chance)
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };
	char number[24];
	uint64_t bits = 0;
	int i;

	chance->draws++;
	if (hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL)) {
		snprintf(number, sizeof(number), "%" PRId64, chance->seed);
		add(hash, number);
		add(hash, chance->scenario);
		add(hash, chance->rule);
		add(hash, chance->key);
		snprintf(number, sizeof(number), "%" PRIu64, chance->n);
		add(hash, number);
		snprintf(number, sizeof(number), "%u", chance->draws);
		EVP_DigestUpdate(hash, number, strlen(number));   /* the last one has no NUL behind it */
		EVP_DigestFinal_ex(hash, digest, NULL);
	}
	EVP_MD_CTX_free(hash);
	for (i = 0; i < 8; i++)
		bits = bits << 8 | digest[i];
	return bits;
}

double chance_draw(struct chance *chance)
{
	/* 53 bits are what a double holds; more would round up to 1. */
	return (double)(chance_bits(chance) >> 11) / 9007199254740992.0;
}

double chance_normal(struct chance *chance)
{
	double u = chance_draw(chance), v = chance_draw(chance);

	/* Box-Muller; 1 - u is never 0. */
	return sqrt(-2 * log(1 - u)) * cos(2 * M_PI * v);
}

uint64_t chance_below(struct chance *chance, uint64_t bound)
{
	return chance_bits(chance) % bound;
}

/*
 * Chance that depends on nothing but what it is asked for: no stream is shared, so the fate of one device's
 * twelfth post is the same whatever other devices do, whatever rules are added and however slow the run is.
 *
 * Draw number `draw` is H / 2^64, H being the first 8 bytes, big endian, of SHA-256 over
 * `seed NUL scenario NUL rule NUL key NUL n NUL draw`, numbers in decimal.
 */
#ifndef ALINK_SCENARIO_CHANCE_H
#define ALINK_SCENARIO_CHANCE_H

#include <stdint.h>

struct chance {
	int64_t     seed;
	const char *scenario, *rule, *key;
	uint64_t    n;          /* of the eligible event, from 1 */
	unsigned    draws;      /* made so far; the first is number 1 */
};

/* The next draw: H itself, and as a number from 0 up to but not including 1. */
uint64_t chance_bits(struct chance *chance);
double   chance_draw(struct chance *chance);
/* The same for a normal distribution with mean 0 and standard deviation 1; two draws. */
double   chance_normal(struct chance *chance);
/* A whole number below `bound`, which is not 0. */
uint64_t chance_below(struct chance *chance, uint64_t bound);

#endif

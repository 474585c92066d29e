/* The generator splitmix64 (Steele, Lea, Flood 2014): numbers that look random and repeat with their seed. */
#ifndef ALINK_SPLITMIX_H
#define ALINK_SPLITMIX_H

#include <stdint.h>

#define SPLITMIX64_STEP 0x9E3779B97F4A7C15u

/* The next number of the sequence whose state this is; the state may begin as anything, a seed for one. */
static inline uint64_t splitmix64(uint64_t *state)
{
	uint64_t x = *state += SPLITMIX64_STEP;

	x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
	x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
	return x ^ (x >> 31);
}

#endif

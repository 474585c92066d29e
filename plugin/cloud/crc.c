#include "crc.h"

#include <stdbool.h>

/* One step of a reflected CRC for each value of a byte. */
#define FILL(table, type, polynomial) \
	for (unsigned value = 0; value < 256; value++) { \
		type entry = (type)value; \
		for (int bit = 0; bit < 8; bit++) \
			entry = (type)(entry & 1 ? entry >> 1 ^ (polynomial) : entry >> 1); \
		(table)[value] = entry; \
	}

uint16_t crc16(uint16_t crc, const void *bytes, size_t len)
{
	static uint16_t table[256];
	static bool filled;
	const uint8_t *at = bytes;

	if (!filled)
		FILL(table, uint16_t, 0xA001);
	filled = true;
	while (len--)
		crc = (uint16_t)(crc >> 8 ^ table[(crc ^ *at++) & 0xFF]);
	return crc;
}

uint64_t crc64(uint64_t crc, const void *bytes, size_t len)
{
	static uint64_t table[256];
	static bool filled;
	const uint8_t *at = bytes;

	if (!filled)
		FILL(table, uint64_t, 0xC96C5795D7870F42u);
	filled = true;
	crc = ~crc;
	while (len--)
		crc = crc >> 8 ^ table[(crc ^ *at++) & 0xFF];
	return ~crc;
}

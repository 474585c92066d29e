/*
 * Requests of the emulator API as the control channel brings them: each line of an input is one, whatever it holds.
 * live.h says what must be so afterwards.
 */
#include <stdlib.h>
#include <string.h>

#include "live.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *lines = malloc(2 * size + 1);
	size_t i, len = 0;

	if (!lines)
		abort();
	for (i = 0; i < size; i++) {
		if (!i || data[i - 1] == '\n')
			lines[len++] = 'a';
		lines[len++] = data[i];
	}
	live_cloud(1000);
	live_run(lines, len);
	live_end();
	free(lines);
	return 0;
}

/* Conversations of several devices with a cloud that has some of everything; live.h says what an input is. */
#include "live.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	live_cloud(1000);
	live_run(data, size);
	live_end();
	return 0;
}

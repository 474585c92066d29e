/* What the cloud may not fetch for itself: time and chance. Frozen in tests, virtual in scenarios. */
#ifndef ALINK_WORLD_H
#define ALINK_WORLD_H

#include <stddef.h>
#include <stdint.h>

struct world {
	int64_t (*now_ms)(void *ctx);                        /* Unix time, ms */
	void    (*random)(void *ctx, void *buf, size_t len); /* never fails */
	void     *ctx;
};

#endif

/*
 * What the plugin and alink-keeper tell each other on the socket between them: a head, and `len` bytes behind it. In the
 * machine's own byte order, because both ends are of one build.
 */
#ifndef ALINK_KEEPER_MESSAGE_H
#define ALINK_KEEPER_MESSAGE_H

#include <stdint.h>

enum keeper_kind {
	/* to the keeper */
	KEEPER_RECORDS = 1,     /* of the cloud's log, from `number` to `last` */
	KEEPER_KEEP,            /* records before `number` may go from the file */
	KEEPER_RESTING,         /* as was asked for */
	/* from it */
	KEEPER_REST,            /* it needs a rest of `number` ms at most */
	KEEPER_MOVED,           /* the rest may end */
	KEEPER_WROTE,           /* records to `last` */
	KEEPER_WORKS,           /* the write-ahead log could be moved; every time, so that it is known to live */
	KEEPER_FAILS,           /* it could not: why */
};

struct keeper_message {
	uint32_t kind;
	uint32_t len;
	uint64_t number, last;
};

#endif

#include "log_keeper.h"

#include "store_log.h"
#include "text.h"

#define EVERY_US 1000000
#define LATEST_US 10000000
#define SHARE    50              /* of a processor, one part in so many is enough for a log */
#define CHUNK    (256 * 1024)    /* copied in one turn: about 0.1 ms */

static int import(void *cloud, uint64_t first, const char *bytes, size_t len)
{
	return cloud_log_import(cloud, first, bytes, len);
}

bool log_keeper_start(struct log_keeper *keeper, struct cloud *cloud, const char *state_path)
{
	struct text path = { 0 };
	struct log_store *store;
	bool read;

	text_addf(&path, "%s-log", state_path);
	store = log_store_open(text_string(&path));
	read = store && !log_store_each(store, import, cloud);
	log_store_close(store);
	keeper->last = cloud_log_last(cloud);
	keeper->writer = log_writer_start(text_string(&path));
	text_free(&path);
	return read;
}

/* Hands what is new to the writer, at most one chunk. True when there was something. */
static bool hand_on(struct log_keeper *keeper, struct cloud *cloud)
{
	struct text records = { 0 };
	uint64_t first = keeper->last + 1, keep = cloud_log_export(cloud, &keeper->last, CHUNK, &records);
	size_t len = records.len;
	char *bytes;

	if (!len)
		return false;
	bytes = text_take(&records);
	if (bytes)
		log_writer_put(keeper->writer, first > keep ? first : keep, bytes, len, keep);
	return true;
}

/* A busy cloud fills all the log there is within a second: written that often it would take a tenth of a processor. */
static int64_t pause_us(const struct log_keeper *keeper)
{
	int64_t pause = (log_writer_spent_us(keeper->writer) - keeper->spent_us) * SHARE;

	return pause < EVERY_US ? EVERY_US : pause > LATEST_US ? LATEST_US : pause;
}

/*
 * Once in a while all that is new, in a few large chunks: a busy cloud has something new in every turn, and a
 * transaction for each of them costs the writer more than the messages cost us.
 */
void log_keeper_turn(struct log_keeper *keeper, struct cloud *cloud, int64_t now_us)
{
	if (!keeper->writer)
		return;
	if (!keeper->handing) {
		if (now_us - keeper->looked_us < EVERY_US || now_us - keeper->looked_us < pause_us(keeper))
			return;
		keeper->handing = true;
		keeper->spent_us = log_writer_spent_us(keeper->writer);
	}
	hand_on(keeper, cloud);
	if (keeper->last == cloud_log_last(cloud)) {
		keeper->handing = false;
		keeper->looked_us = now_us;
	}
}

void log_keeper_stop(struct log_keeper *keeper, struct cloud *cloud)
{
	while (keeper->writer && hand_on(keeper, cloud))
		;
	log_writer_stop(keeper->writer);
}

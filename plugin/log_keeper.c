#include "log_keeper.h"

#include "store_log.h"
#include "text.h"

#define EVERY_US 1000000
#define LATEST_US 10000000
#define BUSY     10000           /* records a second */
#define CHUNK    (256 * 1024)    /* copied in one turn: about 0.1 ms */

static int import(void *cloud, uint64_t first, const char *bytes, size_t len)
{
	return cloud_log_import(cloud, first, bytes, len);
}

enum log_kept log_keeper_open(struct log_keeper *keeper, struct cloud *cloud, const char *state_path, int64_t *claim)
{
	struct text path = { 0 };
	struct log_store *store;
	bool read = true;

	text_addf(&path, "%s-log", state_path);
	store = log_store_open(text_string(&path));
	*claim = store ? log_store_claim(store) : -1;
	if (*claim < 0)
		*claim = 0;
	if (store)
		read = !log_store_each(store, import, cloud);
	keeper->last = keeper->written = cloud_log_last(cloud);
	/* What follows is where the new ones will be. */
	if (!read && *claim && log_store_cut(store, keeper->last))
		*claim = 0;
	log_store_close(store);
	text_free(&path);
	return !*claim ? LOG_UNWRITABLE : read ? LOG_KEPT : LOG_UNREADABLE;
}

/* Hands what is new to the writer, at most one chunk. True when there was something. */
static bool hand_on(struct log_keeper *keeper, struct cloud *cloud)
{
	struct text records = { 0 };
	uint64_t first = keeper->last + 1, keep = cloud_log_export(cloud, &keeper->last, CHUNK, &records);
	bool some = records.len > 0;

	if (some && !records.failed)
		state_keeper_put(keeper->writer, first > keep ? first : keep, keeper->last, records.at, records.len, keep);
	text_free(&records);
	return some;
}

/* What was lost on the way is handed on once more. */
static void look_back(struct log_keeper *keeper)
{
	if (state_keeper_written(keeper->writer) > keeper->written)
		keeper->written = state_keeper_written(keeper->writer);
	if (state_keeper_has_lost(keeper->writer))
		keeper->last = keeper->written;
}

/*
 * A busy cloud fills all the log there is within a second: written every second that would take a tenth of a processor. One
 * with n times BUSY is written every n seconds, so that at most a fortieth of one is for a log.
 */
static bool is_time(const struct log_keeper *keeper, const struct cloud *cloud, int64_t now_us)
{
	int64_t pause_us = now_us - keeper->looked_us, fresh = (int64_t)(cloud_log_last(cloud) - keeper->last);

	if (pause_us < EVERY_US)
		return false;
	return pause_us >= LATEST_US || fresh * 1000000 / pause_us <= pause_us * BUSY / EVERY_US;
}

/*
 * Once in a while all that is new, in a few large chunks: a busy cloud has something new in every turn, and a
 * transaction for each of them costs the writer more than the messages cost us.
 */
void log_keeper_turn(struct log_keeper *keeper, struct cloud *cloud, int64_t now_us)
{
	if (!keeper->writer)
		return;
	look_back(keeper);
	if (!keeper->looked_us)
		keeper->looked_us = now_us;
	keeper->handing |= is_time(keeper, cloud, now_us);
	if (!keeper->handing)
		return;
	if (state_keeper_is_ready(keeper->writer))
		hand_on(keeper, cloud);
	if (keeper->last == cloud_log_last(cloud)) {
		keeper->handing = false;
		keeper->looked_us = now_us;
	}
}

void log_keeper_stop(struct log_keeper *keeper, struct cloud *cloud)
{
	look_back(keeper);
	while (keeper->writer && hand_on(keeper, cloud))
		;
}

#include "history.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "text.h"

#define NAME_MAX_SIZE 256
#define BYTES_PER_SAMPLE 1024
#define BYTES_MIN (1024 * 1024)

/* The samples of one device; exists while it has any. */
struct chain {
	int64_t  device;
	uint64_t newest;      /* seq */
	size_t   count;
	UT_hash_handle hh;
};

struct entry {
	struct chain *chain;
	uint64_t older;       /* seq of the same device's sample before; gone when below history.first */
	int64_t  time_ms;
	size_t   size;        /* allocated */
	uint16_t value_at;    /* in bytes */
	uint8_t  kind;
	char     bytes[];     /* name and value, each with its NUL */
};

struct history {
	struct entry **ring;  /* seq s at (s - 1) % capacity; NULL where memory was short */
	size_t   capacity, bytes, bytes_max;
	uint64_t first;       /* seq of the oldest kept; last + 1 when empty */
	uint64_t last;        /* of the newest */
	uint64_t saved;       /* up to here the store has them */
	uint64_t pruned;      /* below here the store has none */
	struct chain *chains, *recent;
	struct text chunk;    /* a row being written */
};

struct history *history_new(size_t capacity)
{
	struct history *history = calloc(1, sizeof(*history));

	if (!history)
		return NULL;
	history->capacity = capacity;
	history->bytes_max = capacity > BYTES_MIN / BYTES_PER_SAMPLE ? capacity * BYTES_PER_SAMPLE : BYTES_MIN;
	history->first = history->pruned = 1;
	history->ring = calloc(capacity ? capacity : 1, sizeof(*history->ring));
	if (!history->ring) {
		free(history);
		return NULL;
	}
	return history;
}

static struct entry **slot(const struct history *history, uint64_t seq)
{
	return &history->ring[(seq - 1) % history->capacity];
}

static void drop_oldest(struct history *history)
{
	struct entry **at = slot(history, history->first++), *entry = *at;

	*at = NULL;
	if (!entry)
		return;
	history->bytes -= entry->size;
	if (!--entry->chain->count) {
		if (history->recent == entry->chain)
			history->recent = NULL;
		HASH_DELETE(hh, history->chains, entry->chain);
		free(entry->chain);
	}
	free(entry);
}

void history_clear(struct history *history)
{
	while (history->first <= history->last)
		drop_oldest(history);
	history->first = history->pruned = 1;
	history->last = history->saved = 0;
}

void history_free(struct history *history)
{
	if (!history)
		return;
	history_clear(history);
	text_free(&history->chunk);
	free(history->ring);
	free(history);
}

size_t history_count(const struct history *history)
{
	return (size_t)(history->last + 1 - history->first);
}

/* The samples of a post come together, so mostly it is the chain of the time before. */
static struct chain *chain_of(struct history *history, int64_t device)
{
	struct chain *chain = history->recent;

	if (chain && chain->device == device)
		return chain;
	HASH_FIND(hh, history->chains, &device, sizeof(device), chain);
	if (!chain) {
		chain = calloc(1, sizeof(*chain));
		if (!chain)
			return NULL;
		chain->device = device;
		HASH_ADD(hh, history->chains, device, sizeof(chain->device), chain);
	}
	history->recent = chain;
	return chain;
}

/* Room for one more of so many bytes: its slot, which is empty. */
static struct entry **next_slot(struct history *history, size_t size)
{
	while (history->first <= history->last &&
	       (history_count(history) >= history->capacity || history->bytes + size > history->bytes_max))
		drop_oldest(history);
	return slot(history, ++history->last);
}

void history_add(struct history *history, const struct history_sample *sample)
{
	size_t name_len = strlen(sample->name), value_len = strlen(sample->value);
	size_t size = sizeof(struct entry) + name_len + value_len + 2;
	struct entry **at, *entry;
	struct chain *chain;

	if (!history->capacity || name_len >= NAME_MAX_SIZE)
		return;
	at = next_slot(history, size);
	entry = malloc(size);
	chain = entry ? chain_of(history, sample->device) : NULL;
	if (!chain) {
		free(entry);
		return;
	}
	*entry = (struct entry){
		.chain = chain, .older = chain->newest, .time_ms = sample->time_ms, .size = size,
		.value_at = (uint16_t)(name_len + 1), .kind = (uint8_t)sample->kind,
	};
	memcpy(entry->bytes, sample->name, name_len + 1);
	memcpy(entry->bytes + entry->value_at, sample->value, value_len + 1);
	chain->newest = history->last;
	chain->count++;
	history->bytes += size;
	*at = entry;
}

/* --- asking --- */

/* Whether a sample of this time and seq comes behind that one. */
static bool behind(int64_t time_ms, uint64_t seq, int64_t other_ms, uint64_t other_seq)
{
	return time_ms != other_ms ? time_ms < other_ms : seq < other_seq;
}

static bool matches(const struct entry *entry, uint64_t seq, const struct history_filter *filter)
{
	return entry->kind == (uint8_t)filter->kind && entry->time_ms >= filter->from_ms &&
	       (!filter->to_ms || entry->time_ms <= filter->to_ms) &&
	       (!filter->after_seq || behind(entry->time_ms, seq, filter->after_ms, filter->after_seq)) &&
	       (!filter->name || !strcmp(filter->name, entry->bytes));
}

/* Where among the `count` samples found so far this one belongs. Most come in order, so it is the end. */
static size_t place(const struct history_sample *found, size_t count, int64_t time_ms, uint64_t seq)
{
	size_t low = 0, high = count;

	if (!count || behind(time_ms, seq, found[count - 1].time_ms, found[count - 1].seq))
		return count;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (behind(time_ms, seq, found[middle].time_ms, found[middle].seq))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t history_query(const struct history *history, const struct history_filter *filter, size_t limit,
                     struct history_sample *out)
{
	struct chain *chain;
	uint64_t seq;
	size_t count = 0, at;

	HASH_FIND(hh, history->chains, &filter->device, sizeof(filter->device), chain);
	for (seq = chain ? chain->newest : 0; seq >= history->first && seq; ) {
		const struct entry *entry = *slot(history, seq);

		at = matches(entry, seq, filter) ? place(out, count, entry->time_ms, seq) : limit;
		if (at < limit) {
			count += count < limit;
			memmove(&out[at + 1], &out[at], (count - 1 - at) * sizeof(*out));
			out[at] = (struct history_sample){
				.seq = seq, .device = filter->device, .kind = filter->kind, .time_ms = entry->time_ms,
				.name = entry->bytes, .value = entry->bytes + entry->value_at,
			};
		}
		seq = entry->older;
	}
	return count;
}

/* --- in the store: rows of samples, each this and then name and value with their NULs --- */

struct stored {              /* as it stands in memory: state files stay with machines of one byte order */
	int64_t  device;     /* 0: memory was short; it keeps the count right */
	int64_t  time_ms;
	uint32_t value_len;
	uint16_t name_len;
	uint16_t kind;
};

static void write_sample(const struct entry *entry, struct text *out)
{
	struct stored stored = { 0 };
	size_t bytes = entry ? entry->size - sizeof(*entry) : 0;

	if (entry) {
		stored = (struct stored){
			.device = entry->chain->device, .time_ms = entry->time_ms, .kind = entry->kind,
			.name_len = (uint16_t)(entry->value_at - 1), .value_len = (uint32_t)(bytes - entry->value_at - 1),
		};
	}
	text_add_bytes(out, &stored, sizeof(stored));
	text_add_bytes(out, entry ? entry->bytes : "", bytes);
}

int history_save(struct history *history, struct store *store)
{
	uint64_t from = history->saved + 1 > history->first ? history->saved + 1 : history->first, seq;

	if (history->saved == history->last)
		return 0;
	text_clear(&history->chunk);
	for (seq = from; seq <= history->last; seq++)
		write_sample(*slot(history, seq), &history->chunk);
	if (history->chunk.failed || store_add_history(store, (int64_t)from, history->chunk.at, history->chunk.len))
		return -1;
	history->saved = history->last;
	/* Now and then, so that most turns cost the one insert. */
	if (history->first - history->pruned <= history->capacity / 8)
		return 0;
	if (store_prune_history(store, (int64_t)history->first))
		return -1;
	history->pruned = history->first;
	return 0;
}

/* The sample at *at, which is moved behind it. False when there is none: the row is damaged. */
static bool load_sample(struct history *history, const char **at, size_t *left)
{
	struct stored stored;
	const char *name = *at + sizeof(stored), *value;
	size_t size;

	if (*left < sizeof(stored))
		return false;
	memcpy(&stored, *at, sizeof(stored));
	size = sizeof(stored) + (stored.device ? (size_t)stored.name_len + stored.value_len + 2 : 0);
	if (*left < size || stored.name_len >= NAME_MAX_SIZE || stored.kind > SAMPLE_EVENT)
		return false;
	*at += size;
	*left -= size;
	if (!stored.device) {
		next_slot(history, 0);
		return true;
	}
	value = name + stored.name_len + 1;
	if (strnlen(name, stored.name_len + 1u) != stored.name_len ||
	    strnlen(value, (size_t)stored.value_len + 1) != stored.value_len)
		return false;
	history_add(history, &(struct history_sample){
		.device = stored.device, .kind = (enum sample_kind)stored.kind, .time_ms = stored.time_ms,
		.name = name, .value = value,
	});
	return true;
}

static int load_row(void *ctx, int64_t first, const char *bytes, size_t len)
{
	struct history *history = ctx;

	if ((uint64_t)first != history->last + 1) {
		/* The oldest row; the others follow each other without a gap. */
		history_clear(history);
		history->first = history->pruned = (uint64_t)first;
		history->last = (uint64_t)first - 1;
	}
	while (len)
		if (!load_sample(history, &bytes, &len))
			return -1;
	return 0;
}

int history_load(struct history *history, struct store *store)
{
	if (!history->capacity)
		return 0;
	if (store_list_history(store, load_row, history))
		return -1;
	history->saved = history->last;
	return 0;
}

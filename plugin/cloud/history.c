#include "history.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "fifo.h"
#include "history_stored.h"
#include "tape.h"
#include "text.h"

#define NAME_MAX_SIZE 256
#define BYTES_PER_SAMPLE 1024
#define BYTES_MIN (1024 * 1024)

/* The samples of one device. One whose samples are all gone goes at the next sweep. */
struct chain {
	int64_t  device;
	uint64_t newest;      /* seq */
	UT_hash_handle hh;
};

struct entry {
	int64_t  device;
	uint64_t older;       /* seq of the same device's sample before; gone when below history.first */
	int64_t  time_ms;
	uint32_t len;         /* of bytes */
	uint16_t value_at;    /* in bytes */
	uint8_t  kind;
	bool     current;
	char     bytes[];     /* name and value, each with its NUL */
};

struct history {
	struct entry **ring;  /* seq s at (s - 1) % capacity; NULL where memory was short */
	size_t   capacity, bytes_max;
	uint64_t first;       /* seq of the oldest kept; last + 1 when empty */
	uint64_t last;        /* of the newest */
	uint64_t saved;       /* up to here the store has them */
	uint64_t swept;       /* value of `first` when chains were last looked through */
	struct fifo fifo;     /* the entries */
	struct chain *chains, *recent;
	struct tape *tape;    /* the store's */
	bool     format_1;    /* the store has them in rows of the first format */
	struct text chunk;    /* a batch being written */
};

struct history *history_new(size_t capacity)
{
	struct history *history = calloc(1, sizeof(*history));

	if (!history)
		return NULL;
	history->capacity = capacity;
	history->bytes_max = capacity > BYTES_MIN / BYTES_PER_SAMPLE ? capacity * BYTES_PER_SAMPLE : BYTES_MIN;
	history->first = history->swept = 1;
	history->ring = calloc(capacity ? capacity : 1, sizeof(*history->ring));
	history->tape = tape_new();
	if (!history->ring || !history->tape) {
		history_free(history);
		return NULL;
	}
	return history;
}

static struct entry **slot(const struct history *history, uint64_t seq)
{
	return &history->ring[(seq - 1) % history->capacity];
}

/* NOLINTBEGIN(clang-analyzer-unix.Malloc): uthash frees its table with the last element, when the head is NULL */
/* Chains that hold nothing any more: looked for once for each round of the ring. */
static void sweep(struct history *history)
{
	struct chain *chain, *next;

	if (history->first - history->swept < history->capacity)
		return;
	history->swept = history->first;
	HASH_ITER(hh, history->chains, chain, next) {
		/* cppcheck-suppress uninitvar; chains are made with calloc */
		if (chain->newest >= history->first)
			continue;
		if (history->recent == chain)
			history->recent = NULL;
		HASH_DELETE(hh, history->chains, chain);
		free(chain);
	}
}

void history_clear(struct history *history)
{
	struct chain *chain, *next;

	history->first = history->last + 1;
	fifo_drop(&history->fifo, history->first);
	HASH_ITER(hh, history->chains, chain, next) {
		HASH_DELETE(hh, history->chains, chain);
		free(chain);
	}
	history->recent = NULL;
	history->saved = history->last;
	history->swept = history->first;
}

/* NOLINTEND(clang-analyzer-unix.Malloc) */

void history_free(struct history *history)
{
	if (!history)
		return;
	history_clear(history);
	fifo_free(&history->fifo);
	text_free(&history->chunk);
	tape_free(history->tape);
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

/* The newest seq, its slot empty; the oldest gone if there was no room for one more. */
static struct entry **next_slot(struct history *history)
{
	struct entry **at = slot(history, ++history->last);

	if (history_count(history) > history->capacity) {
		history->first++;
		fifo_drop(&history->fifo, history->first);
		sweep(history);
	}
	*at = NULL;
	return at;
}

/* Room for the next sample; the oldest go when there are too many. NULL: out of memory. */
static struct entry *room(struct history *history, size_t size)
{
	while (fifo_oldest(&history->fifo) && history->fifo.bytes + fifo_growth(&history->fifo, size) > history->bytes_max) {
		history->first = fifo_oldest(&history->fifo) + 1;
		fifo_drop(&history->fifo, history->first);
	}
	return fifo_add(&history->fifo, history->last + 1, size);
}

void history_add(struct history *history, const struct history_sample *sample)
{
	size_t name_len = strlen(sample->name), value_len = strlen(sample->value);
	size_t len = name_len + value_len + 2;
	struct entry **at, *entry;
	struct chain *chain;

	if (!history->capacity || name_len >= NAME_MAX_SIZE)
		return;
	entry = room(history, sizeof(*entry) + len);
	at = next_slot(history);
	chain = entry ? chain_of(history, sample->device) : NULL;
	if (!chain)
		return;
	*entry = (struct entry){
		.device = sample->device, .older = chain->newest, .time_ms = sample->time_ms, .len = (uint32_t)len,
		.value_at = (uint16_t)(name_len + 1), .kind = (uint8_t)sample->kind, .current = sample->current,
	};
	memcpy(entry->bytes, sample->name, name_len + 1);
	memcpy(entry->bytes + entry->value_at, sample->value, value_len + 1);
	chain->newest = history->last;
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

/* --- in the store: batches of samples, each behind the number of its first --- */

uint64_t history_last(const struct history *history)
{
	return history->last;
}

bool history_complete(const struct history *history)
{
	return history->capacity && !history->format_1 && history->first <= history->saved + 1;
}

static void write_sample(const struct entry *entry, struct stored_before *before, struct text *out)
{
	struct history_sample sample;

	if (!entry) {
		stored_write(before, NULL, 0, out);
		return;
	}
	sample = (struct history_sample){
		.device = entry->device, .kind = (enum sample_kind)entry->kind, .time_ms = entry->time_ms, .name = entry->bytes,
		.value = entry->bytes + entry->value_at, .current = entry->current,
	};
	stored_write(before, &sample, entry->len - entry->value_at, out);
}

int history_save(struct history *history, struct store *store, uint64_t needed)
{
	uint64_t keep = needed < history->first ? needed : history->first;
	uint64_t from = history->saved + 1 > history->first ? history->saved + 1 : history->first, seq;
	struct stored_before before = { 0 };

	if (history->saved == history->last)
		return 0;
	text_clear(&history->chunk);
	text_add_bytes(&history->chunk, &from, sizeof(from));
	for (seq = from; seq <= history->last; seq++)
		write_sample(*slot(history, seq), &before, &history->chunk);
	if (history->chunk.failed || (history->format_1 && store_drop_history(store)) ||
	    tape_add(history->tape, store, history->chunk.at, history->chunk.len, history->last, keep))
		return -1;
	history->saved = history->last;
	history->format_1 = false;
	return 0;
}

struct load {
	struct history *history;
	history_each   *each;
	void           *ctx;
	uint64_t        seq;     /* of the last one read */
};

/* Numbers go on behind `last`; nothing is kept of those before. */
static void begin_behind(struct history *history, uint64_t last)
{
	history_clear(history);
	history->first = history->swept = last + 1;
	history->last = history->saved = last;
}

static int load_samples(struct load *load, stored_reader *read, uint64_t first, const char *bytes, size_t len)
{
	struct stored_before before = { 0 };

	/* Batches follow each other without a gap; the oldest there is need not be the first there was. */
	if (first != load->seq + 1) {
		load->seq = first - 1;
		begin_behind(load->history, load->seq);
	}
	while (len) {
		struct history_sample sample;

		if (!read(&before, &bytes, &len, &sample) || (sample.name && strlen(sample.name) >= NAME_MAX_SIZE))
			return -1;
		sample.seq = ++load->seq;
		if (sample.name) {
			history_add(load->history, &sample);
			if (load->each)
				load->each(load->ctx, &sample);
		} else if (load->history->capacity) {
			next_slot(load->history);
		}
	}
	return 0;
}

static int load_batch(void *ctx, const char *bytes, size_t len, uint64_t *last)
{
	struct load *load = ctx;
	uint64_t first;

	if (len < sizeof(first))
		return -1;
	memcpy(&first, bytes, sizeof(first));
	if (load_samples(load, stored_read, first, bytes + sizeof(first), len - sizeof(first)))
		return -1;
	*last = load->seq;
	return 0;
}

static int load_row(void *ctx, int64_t first, const char *bytes, size_t len)
{
	struct load *load = ctx;

	load->history->format_1 = true;
	return load_samples(load, stored_read_1, (uint64_t)first, bytes, len);
}

int history_load(struct history *history, struct store *store, history_each *each, void *ctx)
{
	struct load load = { history, each, ctx, 0 };

	begin_behind(history, 0);
	history->format_1 = false;
	if (store_list_history(store, load_row, &load) || tape_load(history->tape, store, load_batch, &load))
		return -1;
	/* With room for none the numbers go on all the same: values are known to the store by them. */
	if (!history->capacity)
		begin_behind(history, load.seq);
	/* Of the first format all goes to the tape. */
	history->saved = history->format_1 ? history->first - 1 : history->last;
	return 0;
}

#include "tape.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/*
 * A row: where in it the first batch begins (0: none does), then bytes. A batch: its length, then its bytes; it goes on
 * in the next row. A length of 0 is the end. Numbers as they stand in memory: state files stay with machines of one byte order.
 */
typedef uint16_t row_head;
typedef uint32_t batch_head;

struct row {
	int64_t  slot;
	uint64_t last;          /* of the newest batch that has bytes in it */
};

struct tape {
	struct row *rows;       /* oldest first, a ring */
	size_t   oldest, count, size;
	int64_t  slots;         /* the largest there is */
	int64_t  number;        /* of the newest row */
	size_t   used;          /* of its bytes: */
	char     bytes[STORE_TAPE_ROW];
};

struct tape *tape_new(void)
{
	return calloc(1, sizeof(struct tape));
}

void tape_free(struct tape *tape)
{
	if (!tape)
		return;
	free(tape->rows);
	free(tape);
}

static struct row *row_at(struct tape *tape, size_t index)
{
	return &tape->rows[(tape->oldest + index) % tape->size];
}

static struct row *newest(struct tape *tape)
{
	return row_at(tape, tape->count - 1);
}

static int add_row(struct tape *tape, int64_t slot)
{
	if (tape->count == tape->size) {
		size_t size = tape->size ? tape->size * 2 : 64, i;
		struct row *grown = calloc(size, sizeof(*grown));

		if (!grown)
			return -1;
		for (i = 0; i < tape->count; i++)
			grown[i] = *row_at(tape, i);
		free(tape->rows);
		tape->rows = grown;
		tape->oldest = 0;
		tape->size = size;
	}
	*row_at(tape, tape->count++) = (struct row){ .slot = slot };
	if (tape->slots < slot)
		tape->slots = slot;
	return 0;
}

/* The oldest row becomes the newest, or a further one does. */
static int next_row(struct tape *tape, uint64_t keep)
{
	int64_t slot = tape->slots + 1;

	if (tape->count > 1 && row_at(tape, 0)->last < keep) {
		slot = row_at(tape, 0)->slot;
		tape->oldest = (tape->oldest + 1) % tape->size;
		tape->count--;
	}
	tape->number++;
	tape->used = sizeof(row_head);
	memset(tape->bytes, 0, sizeof(tape->bytes));
	return add_row(tape, slot);
}

static int write_row(struct tape *tape, struct store *store)
{
	return store_set_tape_row(store, newest(tape)->slot, tape->number, tape->bytes);
}

static int put(struct tape *tape, struct store *store, const void *bytes, size_t len, uint64_t last, uint64_t keep)
{
	const char *from = bytes;

	while (len) {
		size_t part = sizeof(tape->bytes) - tape->used;

		if (!part) {
			if (write_row(tape, store) || next_row(tape, keep))
				return -1;
			continue;
		}
		if (part > len)
			part = len;
		memcpy(tape->bytes + tape->used, from, part);
		tape->used += part;
		from += part;
		len -= part;
		newest(tape)->last = last;
	}
	return 0;
}

int tape_add(struct tape *tape, struct store *store, const void *bytes, size_t len, uint64_t last, uint64_t keep)
{
	batch_head head = (batch_head)len;
	row_head begins;

	if (len != head)
		return -1;
	if ((!tape->count || tape->used == sizeof(tape->bytes)) && next_row(tape, keep))
		return -1;
	memcpy(&begins, tape->bytes, sizeof(begins));
	if (!begins) {
		begins = (row_head)tape->used;
		memcpy(tape->bytes, &begins, sizeof(begins));
	}
	return put(tape, store, &head, sizeof(head), last, keep) || put(tape, store, bytes, len, last, keep) ||
	       write_row(tape, store) ? -1 : 0;
}

/* --- loading --- */

struct load {
	struct tape *tape;
	tape_each   *each;
	void        *ctx;
	struct text  pending;   /* from the beginning of a batch on */
	size_t       begun;     /* index of the row with that */
	bool         found, ended;
};

/* Hands on the batches that are there in full. */
static int load_batches(struct load *load)
{
	struct text *pending = &load->pending;
	size_t at = 0;

	while (!load->ended && pending->len - at >= sizeof(batch_head)) {
		batch_head len;
		uint64_t last;

		memcpy(&len, pending->at + at, sizeof(len));
		load->ended = !len;
		if (load->ended || pending->len - at - sizeof(len) < len)
			break;
		if (load->each(load->ctx, pending->at + at + sizeof(len), len, &last))
			return -1;
		at += sizeof(len) + len;
		for (; load->begun < load->tape->count - 1; load->begun++)
			row_at(load->tape, load->begun)->last = last;
		newest(load->tape)->last = last;
	}
	if (at) {
		memmove(pending->at, pending->at + at, pending->len - at);
		pending->len -= at;
	}
	return 0;
}

static int load_row(void *ctx, int64_t slot, int64_t number, const char *bytes, size_t len)
{
	struct load *load = ctx;
	struct tape *tape = load->tape;
	row_head from;

	if (len != sizeof(tape->bytes) || load->ended || (tape->count && number != tape->number + 1) || add_row(tape, slot))
		return -1;
	tape->number = number;
	memcpy(tape->bytes, bytes, len);
	memcpy(&from, bytes, sizeof(from));
	/* The first rows may have the rest of a batch that has been written over where it began. */
	if (load->found)
		from = sizeof(from);
	else if (!from)
		return 0;
	if (from < sizeof(from) || from >= len)
		return -1;
	load->found = true;
	if (!load->pending.len)
		load->begun = tape->count - 1;
	text_add_bytes(&load->pending, bytes + from, len - from);
	return load->pending.failed ? -1 : load_batches(load);
}

/* Where the newest row goes on; false when the last batch is not there in full. */
static bool find_end(struct load *load)
{
	const struct text *rest = &load->pending;
	size_t i;

	for (i = 0; !load->ended && i < rest->len; i++)
		if (rest->at[i] || i >= sizeof(batch_head) - 1)
			return false;
	load->tape->used = sizeof(load->tape->bytes) - rest->len;
	return !load->tape->count || (load->found && rest->len <= sizeof(load->tape->bytes) - sizeof(row_head));
}

int tape_load(struct tape *tape, struct store *store, tape_each *each, void *ctx)
{
	struct load load = { .tape = tape, .each = each, .ctx = ctx };
	int result;

	tape->count = tape->oldest = 0;
	tape->slots = tape->number = 0;
	result = store_list_tape(store, load_row, &load) || !find_end(&load) ? -1 : 0;
	text_free(&load.pending);
	return result;
}

/*
 * A state file whose rows hold anything: the first byte of an input names a row, the rest is what it holds. The cloud
 * reads its state again, with that in it, and lives on; or says that it is damaged.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "reset.h"
#include "state.h"
#include "tape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(expression) \
	do { \
		if (!(expression)) { \
			fprintf(stderr, "fuzz_state.c:%d: not so: %s\n", __LINE__, #expression); \
			abort(); \
		} \
	} while (0)

/* What is put where: all of it as a string, or as bytes. */
struct row {
	struct store *store;
	int64_t device;
	const char *text;       /* up to its first NUL */
	const char *bytes;
	size_t len;
};

static void put_values(const struct row *row)
{
	store_set_values(row->store, row->device, row->text, strlen(row->text));
}

static void put_tags(const struct row *row)
{
	store_set_tags(row->store, row->device, row->text);
}

static void put_desired(const struct row *row)
{
	store_set_desired(row->store, row->device, row->text);
}

static void put_shadow(const struct row *row)
{
	store_set_shadow(row->store, row->device, row->text);
}

static void put_filter(const struct row *row)
{
	store_set_subscription(row->store, row->device, row->text, (int)(row->len % 3) - 1);
}

static void put_message(const struct row *row)
{
	struct kept_message message = { 1700000000000, "/sys/a1EmuGate01/gw-0001/thing/service/property/set", row->bytes, row->len };

	store_keep_message(row->store, row->device, &message, 10, 10000);
}

static void put_model(const struct row *row)
{
	struct stored_product product = { 0 };
	char *text = strdup(row->text);

	check(text && store_find_product(row->store, "a1EmuGate01", &product) == 1);
	free(product.tsl);
	product.tsl = text;
	store_set_product(row->store, &product);
	stored_product_free(&product);
}

static void put_token(const struct row *row)
{
	store_add_token(row->store, row->device, row->text, row->text);
}

static const struct {
	char   letter;
	void (*put)(const struct row *row);
} rows[] = {
	{ 'v', put_values }, { 't', put_tags }, { 'd', put_desired }, { 's', put_shadow }, { 'f', put_filter },
	{ 'k', put_message }, { 'm', put_model }, { 'n', put_token },
};

static void count(void *ctx, const struct history_sample *sample)
{
	check(sample->name && sample->value && strlen(sample->name) < 256);
	++*(size_t *)ctx;
}

/* As one batch of a tape. */
static void put_batch(struct store *store, const char *bytes, size_t len)
{
	struct text batch = { 0 };
	struct tape *tape = tape_new();
	uint64_t first = 1;

	text_add_bytes(&batch, &first, sizeof(first));
	text_add_bytes(&batch, bytes, len);
	check(tape && !batch.failed && !tape_add(tape, store, batch.at, batch.len, 1, 0));
	tape_free(tape);
	text_free(&batch);
}

/* As the rows of a tape, the last one filled up with zeros. */
static void put_rows(struct store *store, const char *bytes, size_t len)
{
	char row[STORE_TAPE_ROW];
	int64_t number;

	for (number = 1; len; number++) {
		size_t part = len < sizeof(row) ? len : sizeof(row);

		memset(row, 0, sizeof(row));
		memcpy(row, bytes, part);
		check(!store_set_tape_row(store, number, number, row));
		bytes += part;
		len -= part;
	}
}

/* A cloud that finds damage here does not start. */
static void read_history(void (*put)(struct store *store, const char *bytes, size_t len), const char *bytes, size_t len)
{
	static struct store *store;
	struct history *history = history_new(50);
	struct history_filter filter = { .device = 1 };
	struct history_sample samples[50];
	char error[300];
	size_t counted = 0;

	if (!store)
		store = store_open(NULL, error, sizeof(error));
	check(store && history);
	put(store, bytes, len);
	if (!history_load(history, store, count, &counted)) {
		size_t found = history_query(history, &filter, 50, samples);

		check(history_count(history) <= 50 && found <= history_count(history) && found <= counted);
	}
	store_rollback(store);
	history_free(history);
}

static void read_batch(const char *bytes, size_t len)
{
	read_history(put_batch, bytes, len);
}

static void read_rows(const char *bytes, size_t len)
{
	read_history(put_rows, bytes, len);
}

/* The log has a file of its own. */
static void read_log(const char *bytes, size_t len)
{
	struct journal *journal = journal_new(50);
	struct journal_filter filter = { .keyword = "x" };
	struct text out = { 0 };
	uint64_t last;

	check(journal);
	journal_import(journal, 1 + len % 7, bytes, len);
	check(journal_count(journal) <= 50 && journal_count(journal) <= journal_last(journal));
	journal_query(journal, &filter, 0, false, 50, &out);
	filter.keyword = NULL;
	journal_query(journal, &filter, 0, true, 50, &out);
	text_clear(&out);
	last = journal_export(journal, 0, 1 << 20, &out);
	check(last == journal_last(journal) || !journal_count(journal));
	journal_free(journal);
	text_free(&out);
}

/* What needs no cloud. */
static const struct {
	char   letter;
	void (*read)(const char *bytes, size_t len);
} apart[] = {
	{ 'h', read_batch }, { 'r', read_rows }, { 'l', read_log },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* What reads each of them, and writes it again. */
	static const char life[] =
		"cg\n"
		"a{\"id\":1,\"method\":\"GET\",\"path\":\"/properties/a1EmuGate01/gw-0001\"}\n"
		"a{\"id\":1,\"method\":\"GET\",\"path\":\"/tags/a1EmuGate01/gw-0001\"}\n"
		"a{\"id\":1,\"method\":\"GET\",\"path\":\"/desired/a1EmuGate01/gw-0001\"}\n"
		"a{\"id\":1,\"method\":\"GET\",\"path\":\"/shadows/a1EmuGate01/gw-0001\"}\n"
		"a{\"id\":1,\"method\":\"GET\",\"path\":\"/products/a1EmuGate01/tsl\"}\n"
		"a{\"id\":1,\"method\":\"GET\",\"path\":\"/properties/a1EmuGate01/gw-0001/history\"}\n"
		"0g/sys/a1EmuGate01/gw-0001/thing/event/property/post {\"id\":\"1\",\"params\":{\"i\":2,\"t\":\"x\"}}\n"
		"0g/sys/a1EmuGate01/gw-0001/thing/property/desired/get {\"id\":\"2\",\"params\":[\"i\",\"t\"]}\n"
		"0g/sys/a1EmuGate01/gw-0001/thing/deviceinfo/update {\"id\":\"3\",\"params\":[{\"attrKey\":\"k\",\"attrValue\":\"v\"}]}\n"
		"0g/shadow/update/a1EmuGate01/gw-0001 {\"method\":\"update\",\"state\":{\"reported\":{\"x\":1}},\"version\":2}\n"
		"a{\"id\":1,\"method\":\"GET\",\"path\":\"/cloud\"}\n"
		"kg\nxg\nkg\n";
	struct cloud *cloud;
	struct row row;
	struct device *device;
	char *text;
	size_t i;

	if (!size)
		return 0;
	for (i = 0; i < sizeof(apart) / sizeof(apart[0]); i++)
		if (apart[i].letter == data[0]) {
			apart[i].read((const char *)data + 1, size - 1);
			return 0;
		}
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].letter == data[0])
			break;
	if (i == sizeof(rows) / sizeof(rows[0]))
		return 0;
	cloud = live_cloud(1000);
	device = device_find_key(cloud, "a1EmuGate01", "gw-0001");
	check(device);
	text = malloc(size);
	check(text);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	/* Where a reset reads. What other rows hold by now is what inputs before this one put there. */
	row = (struct row){ .store = cloud->pristine, .device = device->id, .text = text, .bytes = text, .len = size - 1 };
	rows[i].put(&row);
	check(!store_commit(cloud->pristine));
	check(!cloud_reset(cloud, false, live_effects()));
	live_run((const uint8_t *)life, strlen(life));
	live_end();
	free(text);
	return 0;
}

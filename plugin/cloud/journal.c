#include "journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fifo.h"

static const char *const service_names[SERVICE_COUNT] = {
	[SERVICE_DEVICE] = "device",
	[SERVICE_UPLINK] = "uplink",
	[SERVICE_DOWNLINK] = "downlink",
	[SERVICE_SUBSCRIBE] = "subscribe",
	[SERVICE_UNSUBSCRIBE] = "unsubscribe",
	[SERVICE_SERVER_SUBSCRIBE] = "ServerSubscribe",
	[SERVICE_RULE_ENGINE] = "ruleengine",
	[SERVICE_THING_MODEL] = "ThingModel",
	[SERVICE_HOT_STORAGE] = "HotDataStorage",
	[SERVICE_SCRIPT] = "ScriptParsing",
	[SERVICE_API] = "ApiService",
	[SERVICE_SHADOW] = "DeviceShadow",
	[SERVICE_OTA] = "OTA",
	[SERVICE_TOPO] = "ThingTopo",
	[SERVICE_CONFIG] = "RemoteConfig",
	[SERVICE_JOB] = "ThingJob",
	[SERVICE_OTHER] = "Other",
};

const char *service_name(enum service service)
{
	return service_names[service];
}

bool service_parse(const char *name, enum service *service)
{
	int i;

	for (i = 0; i < SERVICE_COUNT; i++) {
		if (strcasecmp(name, service_names[i]))
			continue;
		*service = (enum service)i;
		return true;
	}
	return false;
}

/* A record's strings stand one after the other in one piece of memory, each with its NUL. */
enum string { MESSAGE_ID, PRODUCT_KEY, DEVICE_NAME, OPERATION, WHY, RULE, CONTENT, STRING_COUNT };

struct entry {
	int64_t  time_ms;
	uint64_t trace;
	int      code;
	uint16_t start[STRING_COUNT];
	uint16_t content_len;
	uint8_t  service;
	uint8_t  cut;         /* 0 or 1 */
	char     bytes[];
};

#define ENTRY_MAX (sizeof(struct entry) + STRING_COUNT * (JOURNAL_CONTENT_MAX + 1))

struct journal {
	struct entry **ring;  /* seq s at (s - 1) % capacity; NULL where memory was short */
	struct fifo fifo;     /* the entries */
	size_t   capacity;
	uint64_t last;        /* seq of the newest */
	uint64_t first;       /* seq of the oldest kept; last + 1 when empty */
};

struct journal *journal_new(size_t capacity)
{
	struct journal *journal = calloc(1, sizeof(*journal));

	if (!journal)
		return NULL;
	journal->capacity = capacity ? capacity : 1;
	journal->first = 1;
	journal->ring = calloc(journal->capacity, sizeof(*journal->ring));
	if (!journal->ring) {
		free(journal);
		return NULL;
	}
	return journal;
}

void journal_clear(struct journal *journal)
{
	journal->first = journal->last + 1;
	fifo_drop(&journal->fifo, journal->first);
}

void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	fifo_free(&journal->fifo);
	free(journal->ring);
	free(journal);
}

uint64_t journal_last(const struct journal *journal)
{
	return journal->last;
}

size_t journal_count(const struct journal *journal)
{
	return (size_t)(journal->last + 1 - journal->first);
}

static struct entry *entry_new(struct journal *journal, size_t size)
{
	return fifo_add(&journal->fifo, journal->last + 1, size);
}

/* The newest, in the place of the oldest when there are as many as may be. */
static void entry_put(struct journal *journal, struct entry *entry)
{
	journal->ring[journal->last++ % journal->capacity] = entry;
	if (journal->last - journal->first < journal->capacity)
		return;
	journal->first = journal->last - journal->capacity + 1;
	fifo_drop(&journal->fifo, journal->first);
}

void journal_add(struct journal *journal, const struct record *record)
{
	const char *strings[STRING_COUNT] = {
		record->message_id, record->product_key, record->device_name, record->operation, record->why, record->rule,
		record->content,
	};
	size_t lengths[STRING_COUNT], total = 0;
	struct entry *entry;
	int i;

	for (i = 0; i < STRING_COUNT; i++) {
		size_t len = !strings[i] ? 0 : i == CONTENT ? record->content_len : strlen(strings[i]);

		lengths[i] = len < JOURNAL_CONTENT_MAX ? len : JOURNAL_CONTENT_MAX;
		total += lengths[i] + 1;
	}
	entry = entry_new(journal, sizeof(*entry) + total);
	entry_put(journal, entry);
	if (!entry)
		return;
	entry->time_ms = record->time_ms;
	entry->trace = record->trace;
	entry->code = record->code;
	entry->service = (uint8_t)record->service;
	entry->content_len = (uint16_t)lengths[CONTENT];
	entry->cut = record->content && record->content_len > JOURNAL_CONTENT_MAX;
	for (total = 0, i = 0; i < STRING_COUNT; i++) {
		entry->start[i] = (uint16_t)total;
		if (lengths[i])
			memcpy(entry->bytes + total, strings[i], lengths[i]);
		entry->bytes[total + lengths[i]] = '\0';
		total += lengths[i] + 1;
	}
	/* The strings begin in the structure's padding, so as much is left over behind them; it is exported, too. */
	memset(entry->bytes + total, 0, sizeof(*entry) - offsetof(struct entry, bytes));
}

/* --- kept elsewhere: each entry as it stands in memory, behind its size; 0 where memory was short --- */

static uint32_t entry_size(const struct entry *entry)
{
	return entry ? (uint32_t)(sizeof(*entry) + entry->start[CONTENT] + entry->content_len + 1u) : 0;
}

uint64_t journal_export(const struct journal *journal, uint64_t after, size_t max, struct text *out)
{
	uint64_t seq = after + 1 > journal->first ? after + 1 : journal->first;
	size_t start = out->len;

	for (; seq <= journal->last; seq++) {
		const struct entry *entry = journal->ring[(seq - 1) % journal->capacity];
		uint32_t size = entry_size(entry);

		if (out->len > start && out->len - start + sizeof(size) + size > max)
			break;
		text_add_bytes(out, &size, sizeof(size));
		text_add_bytes(out, entry, size);
	}
	return seq - 1 > after ? seq - 1 : after;
}

/* Whether the bytes are an entry that is safe to read. */
static bool entry_valid(const struct entry *entry, size_t size)
{
	size_t room = size - sizeof(*entry), i;

	if (entry->service >= SERVICE_COUNT || entry->cut > 1 || entry_size(entry) != size)
		return false;
	for (i = 0; i < STRING_COUNT; i++)
		if (entry->start[i] >= room || (i && (entry->start[i] <= entry->start[i - 1] || entry->bytes[entry->start[i] - 1])))
			return false;
	return !entry->start[0] && !entry->bytes[room - 1];
}

/* What is missing before this record has empty places, unless that is all there is room for. */
static void skip_to(struct journal *journal, uint64_t first)
{
	if (first <= journal->last + 1)
		return;
	if (!journal_count(journal) || first - journal->last > journal->capacity) {
		journal_clear(journal);
		journal->last = first - 1;
		journal->first = first;
	}
	while (journal->last + 1 < first)
		entry_put(journal, NULL);
}

int journal_import(struct journal *journal, uint64_t first, const char *bytes, size_t len)
{
	if (!first || first > INT64_MAX)
		return -1;
	skip_to(journal, first);
	for (; len; first++) {
		struct entry *entry = NULL;
		uint32_t size;

		if (len < sizeof(size))
			return -1;
		memcpy(&size, bytes, sizeof(size));
		if (size && (size < sizeof(*entry) + STRING_COUNT || size > len - sizeof(size) || size > ENTRY_MAX))
			return -1;
		bytes += sizeof(size);
		len -= sizeof(size);
		if (first > journal->last) {
			if (size)
				entry = entry_new(journal, size);
			if (entry) {
				memcpy(entry, bytes, size);
				if (!entry_valid(entry, size))
					return -1;
			}
			entry_put(journal, entry);
		}
		bytes += size;
		len -= size;
	}
	return 0;
}

static const char *entry_string(const struct entry *entry, enum string which)
{
	return entry->bytes + entry->start[which];
}

static bool holds(const struct entry *entry, const char *keyword)
{
	size_t len = strlen(keyword);
	char code[16];
	int i;

	for (i = 0; i < CONTENT; i++)
		if (strstr(entry_string(entry, (enum string)i), keyword))
			return true;
	if (memmem(entry_string(entry, CONTENT), entry->content_len, keyword, len))
		return true;
	snprintf(code, sizeof(code), "%d", entry->code);
	return !strcmp(code, keyword);
}

static bool equals(const char *wanted, const struct entry *entry, enum string which)
{
	return !wanted || !strcmp(wanted, entry_string(entry, which));
}

/* A reason, and for something: a refusal, or what a scenario's rule did. */
static bool explains(const struct entry *entry)
{
	return *entry_string(entry, WHY) && (entry->code != 200 || *entry_string(entry, RULE));
}

static bool matches(const struct entry *entry, const struct journal_filter *filter)
{
	return equals(filter->product_key, entry, PRODUCT_KEY) && equals(filter->device_name, entry, DEVICE_NAME) &&
	       equals(filter->message_id, entry, MESSAGE_ID) &&
	       (!filter->trace || filter->trace == entry->trace) &&
	       (!filter->has_service || (uint8_t)filter->service == entry->service) &&
	       (!filter->failed_only || entry->code != 200) && (!filter->ok_only || entry->code == 200) &&
	       (!filter->why_only || explains(entry)) &&
	       (!filter->from_ms || entry->time_ms >= filter->from_ms) &&
	       (!filter->to_ms || entry->time_ms <= filter->to_ms) &&
	       (!filter->keyword || holds(entry, filter->keyword));
}

static void write_entry(const struct entry *entry, uint64_t seq, struct text *out)
{
	static const struct { const char *name; enum string which; } strings[] = {
		{ "messageId", MESSAGE_ID }, { "productKey", PRODUCT_KEY }, { "deviceName", DEVICE_NAME },
		{ "operation", OPERATION },
	};
	size_t i;

	text_addf(out, "{\"seq\":%llu,\"time\":%lld,\"traceId\":\"%016llx\"", (unsigned long long)seq,
	          (long long)entry->time_ms, (unsigned long long)entry->trace);
	text_add_key(out, "service");
	text_add_json(out, service_names[entry->service]);
	for (i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		text_add_key(out, strings[i].name);
		text_add_json(out, entry_string(entry, strings[i].which));
	}
	text_add_key(out, "content");
	text_add_json_bytes(out, entry_string(entry, CONTENT), entry->content_len);
	if (entry->cut)
		text_add(out, ",\"contentCut\":true");
	text_addf(out, ",\"code\":%d", entry->code);
	if (*entry_string(entry, WHY)) {
		text_add_key(out, "why");
		text_add_json(out, entry_string(entry, WHY));
	}
	if (*entry_string(entry, RULE)) {
		text_add_key(out, "rule");
		text_add_json(out, entry_string(entry, RULE));
	}
	text_add_char(out, '}');
}

static const struct entry *entry_at(const struct journal *journal, uint64_t seq)
{
	return journal->ring[(seq - 1) % journal->capacity];
}

uint64_t journal_query(const struct journal *journal, const struct journal_filter *filter, uint64_t after,
                       bool newest, size_t limit, struct text *out)
{
	uint64_t from = after + 1 > journal->first ? after + 1 : journal->first, seq;
	size_t found = 0;

	if (newest) {
		/* Step back until enough match, then go forward as ever. */
		for (seq = journal->last; seq >= from && seq > 0; seq--) {
			const struct entry *entry = entry_at(journal, seq);

			if (entry && matches(entry, filter) && ++found == limit) {
				from = seq;
				break;
			}
		}
	}
	for (found = 0, seq = from; seq <= journal->last && found < limit; seq++) {
		const struct entry *entry = entry_at(journal, seq);

		if (!entry || !matches(entry, filter))
			continue;
		text_add_comma(out);
		write_entry(entry, seq, out);
		found++;
	}
	return seq > from ? seq - 1 : (after > journal->last ? journal->last : after);
}

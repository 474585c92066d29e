/* What devices reported: property samples and events. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_call.h"
#include "history.h"

#define LIMIT_MAX_SAMPLES 1000

/* Reads the query; a cursor is the time and the number of the last sample shown. False after refusing. */
static bool read_query(struct api_call *call, struct history_filter *filter, int64_t *limit)
{
	char after[64];
	int end = 0;

	if (!api_query_int(call, "from", 0, INT64_MAX, 0, &filter->from_ms) ||
	    !api_query_int(call, "to", 0, INT64_MAX, 0, &filter->to_ms) ||
	    !api_query_int(call, "limit", 1, LIMIT_MAX_SAMPLES, 100, limit))
		return false;
	if (api_query(call, "after", after, sizeof(after)) &&
	    (sscanf(after, "%" SCNd64 "-%" SCNu64 "%n", &filter->after_ms, &filter->after_seq, &end) != 2 || after[end])) {
		api_refuse(call, 400, "BadRequest", "query `after` must be the `next` of an answer");
		return false;
	}
	return true;
}

static void write_property(const struct product *product, const struct history_sample *sample, struct text *out)
{
	(void)product;
	text_add(out, "{\"property\":");
	text_add_json(out, sample->name);
}

static void write_event(const struct product *product, const struct history_sample *sample, struct text *out)
{
	int event = product->tsl ? tsl_find_event(product->tsl, sample->name, strlen(sample->name)) : -1;

	text_add(out, "{\"identifier\":");
	text_add_json(out, sample->name);
	text_add(out, ",\"type\":");
	text_add_json(out, event >= 0 ? product->tsl->events[event].type : "");
}

static int list(struct api_call *call, enum sample_kind kind, const char *name_query, const char *member,
                void (*write_name)(const struct product *, const struct history_sample *, struct text *))
{
	const struct device *device = api_device(call);
	struct history_filter filter = { .kind = kind };
	struct history_sample *samples;
	char name[API_SEGMENT_MAX];
	int64_t limit;
	size_t count, i;

	if (!device)
		return 404;
	if (!read_query(call, &filter, &limit))
		return 400;
	filter.device = device->id;
	if (api_query(call, name_query, name, sizeof(name)))
		filter.name = name;
	/* One more than asked for tells whether there is more. */
	samples = calloc((size_t)limit + 1, sizeof(*samples));
	if (!samples)
		return api_refuse(call, 500, "OutOfMemory", "out of memory");
	count = history_query(call->cloud->history, &filter, (size_t)limit + 1, samples);
	text_add_char(call->answer, '{');
	text_add_key(call->answer, member);
	text_add_char(call->answer, '[');
	for (i = 0; i < count && i < (size_t)limit; i++) {
		text_add_comma(call->answer);
		write_name(device->product, &samples[i], call->answer);
		text_addf(call->answer, ",\"value\":%s,\"time\":%" PRId64 "}", samples[i].value, samples[i].time_ms);
	}
	if (count > (size_t)limit)
		text_addf(call->answer, "],\"next\":\"%" PRId64 "-%" PRIu64 "\"}", samples[limit - 1].time_ms,
		          samples[limit - 1].seq);
	else
		text_add(call->answer, "],\"next\":null}");
	free(samples);
	return 200;
}

int api_property_history(struct api_call *call)
{
	return list(call, SAMPLE_PROPERTY, "property", "samples", write_property);
}

int api_event_list(struct api_call *call)
{
	return list(call, SAMPLE_EVENT, "identifier", "events", write_event);
}

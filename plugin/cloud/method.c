#include "method.h"

#include <stdlib.h>
#include <string.h>

/* A method is in this table, or the cloud does not speak it. */
static const struct method methods[] = {
	{ "/sys/{pk}/{dn}/thing/event/property/post", "property.post", SERVICE_THING_MODEL, METHOD_MODEL, property_post },
	{ "/sys/{pk}/{dn}/thing/property/desired/get", "desired.get", SERVICE_THING_MODEL, 0, desired_get },
	{ "/sys/{pk}/{dn}/thing/property/desired/delete", "desired.delete", SERVICE_THING_MODEL, METHOD_MODEL, desired_delete },
	{ "/sys/{pk}/{dn}/thing/dsltemplate/get", "tsl.get", SERVICE_THING_MODEL, METHOD_NO_PARAMS, model_get },
	{ "/sys/{pk}/{dn}/thing/dynamicTsl/get", "tsl.get", SERVICE_THING_MODEL, METHOD_NO_PARAMS, model_get },
	{ "/sys/{pk}/{dn}/thing/deviceinfo/update", "tag.update", SERVICE_OTHER, 0, tag_update },
	{ "/sys/{pk}/{dn}/thing/deviceinfo/delete", "tag.delete", SERVICE_OTHER, 0, tag_delete },
	{ "/sys/{pk}/{dn}/thing/deviceinfo/get", "tag.get", SERVICE_OTHER, 0, tag_get },
	{ "/shadow/update/{pk}/{dn}", "shadow.update", SERVICE_SHADOW, METHOD_PLAIN, shadow_update },
	{ "/ext/ntp/{pk}/{dn}/request", "ntp.request", SERVICE_OTHER, METHOD_PLAIN, ntp_request },
};

#define METHOD_COUNT (sizeof(methods) / sizeof(methods[0]))

const struct method *method_rows(size_t *count)
{
	*count = METHOD_COUNT;
	return methods;
}

/* The rows by what stands behind the identity, made once: literal rows sorted, wildcard rows behind them. */
static struct row {
	struct topic topic;
	const struct method *method;
	bool wild;
} rows[METHOD_COUNT];
static size_t literal_count;

static int compare_topics(const struct topic *a, const struct topic *b)
{
	size_t len = a->rest.len < b->rest.len ? a->rest.len : b->rest.len;
	int order = memcmp(a->rest.at, b->rest.at, len);

	if (!order && a->rest.len != b->rest.len)
		order = a->rest.len < b->rest.len ? -1 : 1;
	return order ? order : strcmp(a->family->prefix, b->family->prefix);
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->wild != y->wild)
		return x->wild - y->wild;
	return compare_topics(&x->topic, &y->topic);
}

static void rows_make(void)
{
	size_t i;

	for (i = 0; i < METHOD_COUNT; i++) {
		rows[i].method = &methods[i];
		topic_parse(&rows[i].topic, methods[i].topic);
		rows[i].wild = memchr(rows[i].topic.rest.at, '*', rows[i].topic.rest.len) != NULL;
		literal_count += !rows[i].wild;
	}
	qsort(rows, METHOD_COUNT, sizeof(rows[0]), compare_rows);
}

const struct method *method_find(const struct topic *topic)
{
	size_t low = 0, high, i;

	if (!rows[0].method)
		rows_make();
	for (high = literal_count; low < high;) {
		size_t middle = (low + high) / 2;
		int order = compare_topics(topic, &rows[middle].topic);

		if (!order)
			return rows[middle].method;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	for (i = literal_count; i < METHOD_COUNT; i++)
		if (rows[i].topic.family == topic->family &&
		    topic_glob(rows[i].topic.rest.at, rows[i].topic.rest.len, topic->rest.at, topic->rest.len))
			return rows[i].method;
	return NULL;
}

bool method_reply(const struct topic *topic)
{
	static const char suffix[] = "_reply";
	struct topic request = *topic;
	const struct method *method;

	if (topic->rest.len <= strlen(suffix) ||
	    memcmp(topic->rest.at + topic->rest.len - strlen(suffix), suffix, strlen(suffix)))
		return false;
	request.rest.len -= strlen(suffix);
	method = method_find(&request);
	return method && !(method->flags & METHOD_PLAIN);
}

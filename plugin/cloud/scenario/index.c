/*
 * Which rules could be about an event: found by the operation, or else the end of the topic, and the device that they
 * name, so that a thousand rules about other things cost nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "index.h"
#include "load.h"
#include "match.h"
#include "timeline.h"

struct rule_list {
	struct rule **at;          /* by rank */
	size_t        count, size;
};

struct of_name {                   /* rules about one deviceName */
	UT_hash_handle hh;
	struct rule_list rules;
	char name[];
};

struct bucket_of_rules {           /* of one operation, or of one end of topics, "/post"; "" those of any */
	UT_hash_handle hh;
	struct rule_list general;
	struct of_name  *named;
	char operation[];
};

/* --- making --- */

static void list_add(struct rule_list *list, struct rule *rule)
{
	if (list->count && list->at[list->count - 1] == rule)
		return;            /* two of its words lead here */
	if (list->count == list->size) {
		size_t size = list->size ? list->size * 2 : 8;
		struct rule **grown = reallocarray(list->at, size, sizeof(*grown));

		if (!grown)
			return;
		list->at = grown;
		list->size = size;
	}
	list->at[list->count++] = rule;
}

static struct bucket_of_rules *bucket_of(struct bucket_of_rules **buckets, const char *operation)
{
	size_t len = strlen(operation);
	struct bucket_of_rules *bucket;

	HASH_FIND(hh, *buckets, operation, len, bucket);
	if (bucket)
		return bucket;
	bucket = calloc(1, sizeof(*bucket) + len + 1);
	if (!bucket)
		return NULL;
	memcpy(bucket->operation, operation, len + 1);
	HASH_ADD_KEYPTR(hh, *buckets, bucket->operation, len, bucket);
	return bucket;
}

static struct rule_list *list_of(struct bucket_of_rules *bucket, const char *name)
{
	size_t len = strlen(name);
	struct of_name *named;

	HASH_FIND(hh, bucket->named, name, len, named);
	if (!named) {
		named = calloc(1, sizeof(*named) + len + 1);
		if (!named)
			return &bucket->general;
		memcpy(named->name, name, len + 1);
		HASH_ADD_KEYPTR(hh, bucket->named, named->name, len, named);
	}
	return &named->rules;
}

static const struct condition *condition_of(const struct rule *rule, const char *field)
{
	size_t i;

	for (i = 0; rule->match && i < rule->match->count; i++)
		if (!strcmp(rule->match->conditions[i].field->key.name, field))
			return &rule->match->conditions[i];
	return NULL;
}

/* NULL when some word is a glob: then the rule belongs to all. */
static const struct condition *exact(const struct condition *condition)
{
	size_t i;

	for (i = 0; condition && i < condition->word_count; i++)
		if (is_glob(condition->words[i]))
			return NULL;
	return condition;
}

/* What a filter and all that it matches end in, from the last slash on; NULL when it leaves that open. */
static const char *filter_end(const char *filter)
{
	const char *end = strrchr(filter, '/');

	return end && !strpbrk(end, "+#$") ? end : NULL;
}

static const struct condition *exact_end(const struct condition *condition)
{
	size_t i;

	for (i = 0; condition && i < condition->word_count; i++)
		if (!filter_end(condition->words[i]))
			return NULL;
	return condition;
}

static void add_named(struct bucket_of_rules *bucket, struct rule *rule)
{
	const struct condition *devices = exact(condition_of(rule, "device"));
	size_t i;

	if (!bucket)
		return;
	for (i = 0; devices && i < devices->word_count; i++) {
		const char *slash = strchr(devices->words[i], '/');

		list_add(list_of(bucket, slash ? slash + 1 : devices->words[i]), rule);
	}
	if (!devices)
		list_add(&bucket->general, rule);
}

static void index_rule(struct scenarios *engine, struct rule *rule)
{
	const struct condition *methods = exact(condition_of(rule, "method"));
	const struct condition *topics = methods ? NULL : exact_end(condition_of(rule, "topic"));
	struct bucket_of_rules **buckets = &engine->index[rule->event];
	size_t i;

	for (i = 0; methods && i < methods->word_count; i++) {
		const char *operation = method_operation(methods->words[i]);

		add_named(bucket_of(buckets, operation), rule);
		/* The reply to bytes knows which of the three it was, as the message does not. */
		if (!strcmp(operation, RAW_OPERATION))
			add_named(bucket_of(buckets, methods->words[i]), rule);
	}
	for (i = 0; topics && i < topics->word_count; i++)
		add_named(bucket_of(buckets, filter_end(topics->words[i])), rule);
	if (!methods && !topics)
		add_named(bucket_of(buckets, ""), rule);
	engine->cloud->watched |= 1u << rule->event;
}

static int compare_rules(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a, *y = *(const struct rule *const *)b;

	if (x->priority != y->priority)
		return x->priority > y->priority ? -1 : 1;
	return x->rank < y->rank ? -1 : 1;       /* until now: the order of files and within them */
}

void index_make(struct scenarios *engine)
{
	struct scenario *scenario;
	struct rule **rules;
	size_t count = 0, i;

	index_free(engine);
	engine->stale = false;
	engine->cloud->watched = 0;
	for (scenario = engine->first; scenario; scenario = scenario->next)
		count += scenario->rule_count;
	rules = calloc(count + 1, sizeof(*rules));
	if (!rules)
		return;
	count = 0;
	for (scenario = engine->first; scenario; scenario = scenario->next)
		for (i = 0; i < scenario->rule_count; i++) {
			struct rule *rule = &scenario->rules[i];

			if (!rule->enabled || (scenario->over && !scenario->keep))
				continue;
			rule->rank = count;
			rules[count++] = rule;
		}
	qsort(rules, count, sizeof(*rules), compare_rules);
	for (i = 0; i < count; i++)
		rules[i]->rank = i;
	for (i = 0; i < count; i++)
		index_rule(engine, rules[i]);
	free(rules);
	engine->cloud->watched |= expects_watch(engine) | timeline_watches(engine);
	for (scenario = engine->first; scenario; scenario = scenario->next)
		if (scenario->throttles && !scenario->over)
			engine->cloud->watched |= 1u << EVENT_PUBLISH_UP;
}

static void names_free(struct bucket_of_rules *bucket)
{
	struct of_name *named = bucket->named, *next;

	HASH_CLEAR(hh, bucket->named);
	for (; named; named = next) {
		next = named->hh.next;
		free(named->rules.at);
		free(named);
	}
}

void index_free(struct scenarios *engine)
{
	struct bucket_of_rules *bucket, *next;
	int event;

	for (event = 0; event < EVENT_COUNT; event++) {
		bucket = engine->index[event];
		HASH_CLEAR(hh, engine->index[event]);
		for (; bucket; bucket = next) {
			next = bucket->hh.next;
			names_free(bucket);
			free(bucket->general.at);
			free(bucket);
		}
	}
}

/* --- looking --- */

static void cursor_add(struct candidates *candidates, const struct rule_list *list)
{
	if (list->count)
		candidates->cursors[candidates->count++] = (struct cursor){ list->at, list->at + list->count };
}

static void cursors_of(struct candidates *candidates, struct bucket_of_rules *buckets, const char *key, const char *device_name)
{
	struct bucket_of_rules *bucket;
	struct of_name *named = NULL;

	HASH_FIND(hh, buckets, key, strlen(key), bucket);
	if (!bucket)
		return;
	cursor_add(candidates, &bucket->general);
	if (bucket->named)
		HASH_FIND(hh, bucket->named, device_name, strlen(device_name), named);
	if (named)
		cursor_add(candidates, &named->rules);
}

void candidates_find(struct candidates *candidates, const struct scenarios *engine, const struct happening *happening)
{
	struct bucket_of_rules *buckets = engine->index[happening->event];
	const char *end = strrchr(happening->topic, '/');

	candidates->count = 0;
	if (!buckets)
		return;
	cursors_of(candidates, buckets, "", happening->device_name);
	if (*happening->operation)
		cursors_of(candidates, buckets, happening->operation, happening->device_name);
	if (end)
		cursors_of(candidates, buckets, end, happening->device_name);
}

struct rule *candidates_next(struct candidates *candidates)
{
	struct cursor *best = NULL;
	size_t i;

	for (i = 0; i < candidates->count; i++) {
		struct cursor *cursor = &candidates->cursors[i];

		if (cursor->at < cursor->end && (!best || (*cursor->at)->rank < (*best->at)->rank))
			best = cursor;
	}
	return best ? *best->at++ : NULL;
}

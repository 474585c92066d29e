/* What devices reported: the newest value of each property, and when. */
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "state.h"

static void value_assign(struct value *value, const char *text, size_t len, int64_t time_ms)
{
	if (len >= value->size) {
		char *grown = realloc(value->text, len + 16);

		if (!grown)
			return;
		value->text = grown;
		value->size = len + 16;
	}
	memcpy(value->text, text, len);
	value->text[len] = '\0';
	value->len = len;
	value->time_ms = time_ms;
}

/* doc: a module has at most 300 features, so a device's unknown names end there, too. */
#define EXTRAS_MAX 300

struct value *value_slot(struct device *device, int property, const char *name)
{
	struct extra_value *extra;
	size_t len = strlen(name);

	if (property >= 0)
		return &device->values[property];
	HASH_FIND(hh, device->extras, name, len, extra);
	if (extra)
		return &extra->value;
	if (HASH_CNT(hh, device->extras) >= EXTRAS_MAX)
		return NULL;
	extra = calloc(1, sizeof(*extra) + len + 1);
	if (!extra)
		return NULL;
	memcpy(extra->name, name, len);
	HASH_ADD_KEYPTR(hh, device->extras, extra->name, len, extra);
	return &extra->value;
}

/* Its row lacks what came from this sample on. */
static void touch(struct cloud *cloud, struct device *device, uint64_t seq)
{
	if (device->dirty_since)
		return;
	device->dirty_since = seq;
	DL_APPEND2(cloud->dirty, device, dirty_prev, dirty_next);
}

void values_clean(struct cloud *cloud, struct device *device)
{
	if (!device->dirty_since)
		return;
	device->dirty_since = 0;
	DL_DELETE2(cloud->dirty, device, dirty_prev, dirty_next);
}

void value_set(struct cloud *cloud, struct device *device, struct value *slot, const char *text, size_t len, int64_t time_ms)
{
	value_assign(slot, text, len, time_ms);
	touch(cloud, device, history_last(cloud->history) + 1);   /* the sample that is about to be added */
}

/* NOLINTBEGIN(clang-analyzer-unix.Malloc): uthash frees its table with the last element, when the head is NULL */
void values_free(struct device *device)
{
	struct extra_value *extra;
	size_t i;

	for (i = 0; device->values && i < device->product->tsl->property_count; i++)
		free(device->values[i].text);
	free(device->values);
	while ((extra = device->extras)) {
		HASH_DELETE(hh, device->extras, extra);
		free(extra->value.text);
		free(extra);
	}
}

/* NOLINTEND(clang-analyzer-unix.Malloc) */

static void value_write(const char *name, const struct value *value, struct text *out)
{
	if (!value->text)
		return;
	text_add_key(out, name);
	text_add(out, "{\"value\":");
	text_add_bytes(out, value->text, value->len);
	text_add(out, ",\"time\":");
	text_add_int(out, value->time_ms);
	text_add_char(out, '}');
}

void values_write(const struct device *device, struct text *out)
{
	const struct tsl *tsl = device->product->tsl;
	const struct extra_value *extra;
	size_t i;

	text_add_char(out, '{');
	for (i = 0; tsl && i < tsl->property_count; i++)
		value_write(tsl->properties[i].identifier, &device->values[i], out);
	for (extra = device->extras; extra; extra = extra->hh.next)
		value_write(extra->name, &extra->value, out);
	text_add_char(out, '}');
}

size_t values_count(const struct device *device)
{
	const struct tsl *tsl = device->product->tsl;
	size_t count = HASH_CNT(hh, device->extras), i;

	for (i = 0; tsl && i < tsl->property_count; i++)
		count += device->values[i].text != NULL;
	return count;
}

/* Values that neither the model nor a product without validation has room for are left behind. */
int values_load(struct device *device, const char *doc_text, int64_t otherwise_ms)
{
	const struct product *product = device->product;
	struct json_doc doc = { 0 };
	int result = json_parse(&doc, doc_text, strlen(doc_text), JSON_STRICT, NULL);

	json_each(member, json_root(&doc)) {
		char name[NAME_MAX_BYTES];
		int len = json_string(json_key(member), name, sizeof(name));
		int property = len < 0 || !product->tsl ? -1 : tsl_find_property(product->tsl, name, (size_t)len);
		struct value *slot = NULL;
		struct json value = json_get(member, "value");
		int64_t time_ms = otherwise_ms;
		size_t value_len;
		const char *text;

		/* A cloud file gives plain values, the store wrapped ones. */
		if (!json_present(value))
			value = member;
		text = json_span(value, &value_len);
		json_int64(json_get(member, "time"), &time_ms);
		if (property >= 0 || (len >= 0 && product->validation == VALIDATION_NONE))
			slot = value_slot(device, property, name);
		if (slot)
			value_assign(slot, text, value_len, time_ms);
	}
	json_doc_free(&doc);
	return result;
}

/* --- in the store --- */

#define SAVED_UP_TO "valuesSaved"   /* a note of no device: the seq up to which the rows are right */
#define LAG 50000                   /* samples that a row may be behind; a start goes through them again */
#define AT_ONCE 64                  /* rows in one turn, so that it stays short */

static int save_one(struct cloud *cloud, struct device *device)
{
	text_clear(&cloud->data);
	values_write(device, &cloud->data);
	if (cloud->data.failed || store_set_values(cloud->store, device->id, cloud->data.at, cloud->data.len))
		return -1;
	values_clean(cloud, device);
	return 0;
}

/* Below it nothing is needed any more to know the values. */
static int note_saved(struct cloud *cloud)
{
	uint64_t saved = cloud->dirty ? cloud->dirty->dirty_since - 1 : history_last(cloud->history);

	return store_set_note(cloud->store, 0, SAVED_UP_TO, (int64_t)saved);
}

int values_save(struct cloud *cloud)
{
	bool any = cloud->dirty != NULL;

	while (cloud->dirty)
		if (save_one(cloud, cloud->dirty))
			return -1;
	cloud->values_urgent = false;
	return any ? note_saved(cloud) : 0;
}

int values_save_due(struct cloud *cloud)
{
	uint64_t last = history_last(cloud->history);
	size_t count = 0;

	if (cloud->values_urgent || !history_complete(cloud->history))
		return values_save(cloud);
	while (cloud->dirty && cloud->dirty->dirty_since + LAG <= last && count++ < AT_ONCE)
		if (save_one(cloud, cloud->dirty))
			return -1;
	return count ? note_saved(cloud) : 0;
}

struct replay {
	struct cloud *cloud;
	int64_t       saved;
};

static void replay_one(void *ctx, const struct history_sample *sample)
{
	const struct replay *replay = ctx;
	struct device *device;
	struct value *slot;
	int property;

	if (!sample->current || sample->seq <= (uint64_t)replay->saved)
		return;
	device = device_get(replay->cloud, sample->device);
	if (!device)
		return;      /* deleted since */
	property = device->product->tsl ? tsl_find_property(device->product->tsl, sample->name, strlen(sample->name)) : -1;
	if (property < 0 && device->product->validation != VALIDATION_NONE)
		return;
	slot = value_slot(device, property, sample->name);
	if (!slot)
		return;
	value_assign(slot, sample->value, strlen(sample->value), sample->time_ms);
	touch(replay->cloud, device, sample->seq);
}

int reports_load(struct cloud *cloud)
{
	struct replay replay = { .cloud = cloud };

	if (store_get_note(cloud->store, 0, SAVED_UP_TO, &replay.saved) < 0)
		return -1;
	return history_load(cloud->history, cloud->store, replay_one, &replay);
}

/* Where the properties of one model stand in another: -1 when they are gone, or of another type. */
static int *properties_map(const struct tsl *from, const struct tsl *to)
{
	size_t count = from ? from->property_count : 0, i;
	int *map = calloc(count + 1, sizeof(*map));

	for (i = 0; map && i < count; i++) {
		const struct tsl_field *old = &from->properties[i];

		map[i] = to ? tsl_find_property(to, old->identifier, strlen(old->identifier)) : -1;
		if (map[i] >= 0 && to->properties[map[i]].spec.type != old->spec.type)
			map[i] = -1;
	}
	return map;
}

/* NOLINTBEGIN(clang-analyzer-unix.Malloc): uthash frees its table with the last element, when the head is NULL */
/* What a device reported without a place in its model stays only where nothing is checked, and nothing has its name now. */
static void extras_move(struct cloud *cloud, struct device *device, const struct tsl *to, enum validation validation)
{
	struct extra_value *extra, *next;

	HASH_ITER(hh, device->extras, extra, next) {
		if (validation == VALIDATION_NONE && !(to && tsl_find_property(to, extra->name, strlen(extra->name)) >= 0))
			continue;
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): uthash frees its table with the last element, when the head is NULL */
		HASH_DELETE(hh, device->extras, extra);
		free(extra->value.text);
		free(extra);
		touch(cloud, device, history_last(cloud->history) + 1);
		cloud->values_urgent = true;
	}
}

/* NOLINTEND(clang-analyzer-unix.Malloc) */

static void device_move(struct cloud *cloud, struct device *device, const int *map, size_t count, struct value *fresh)
{
	size_t i;

	for (i = 0; device->values && i < count; i++) {
		if (map[i] >= 0 && fresh) {
			fresh[map[i]] = device->values[i];
		} else if (device->values[i].text) {
			free(device->values[i].text);
			touch(cloud, device, history_last(cloud->history) + 1);
			cloud->values_urgent = true;
		}
	}
	free(device->values);
	device->values = fresh;
}

int values_move(struct cloud *cloud, struct product *product, const struct tsl *to, enum validation validation)
{
	size_t devices = HASH_CNT(hh_name, product->devices), i = 0;
	struct value **fresh = calloc(devices + 1, sizeof(*fresh));
	int *map = properties_map(product->tsl, to), result = -1;
	struct device *device;

	if (!fresh || !map)
		goto done;
	/* First all that may fail, then the moving. */
	for (i = 0; to && i < devices; i++) {
		fresh[i] = calloc(to->property_count + 1, sizeof(**fresh));
		if (!fresh[i])
			goto done;
	}
	for (i = 0, device = product->devices; device; device = device->hh_name.next) {
		device_move(cloud, device, map, product->tsl ? product->tsl->property_count : 0, fresh[i]);
		fresh[i++] = NULL;
		extras_move(cloud, device, to, validation);
	}
	result = 0;
done:
	for (i = 0; fresh && i < devices; i++)
		free(fresh[i]);
	free(fresh);
	free(map);
	return result;
}

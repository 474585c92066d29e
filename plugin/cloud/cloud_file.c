#include "cloud_file.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud_file_private.h"

static const struct form_key keys[] = {
	{ "$schema",    FORM_STRING, NULL, false },   /* for editors */
	{ "cloud",      FORM_NUMBER, NULL, true },
	{ "profile",    FORM_STRING, "test platform", false },
	{ "region",     FORM_STRING, NULL, false },
	{ "instanceId", FORM_STRING, NULL, false },
	{ "limits",     FORM_OBJECT, NULL, false },
	{ "options",    FORM_OBJECT, NULL, false },
	{ "products",   FORM_ARRAY,  NULL, false },
	{ "devices",    FORM_ARRAY,  NULL, false },
	{ "firmware",   FORM_ARRAY,  NULL, false },
};

/* doc: scenario format, `fixtures` */
static const struct form_key part_keys[] = {
	{ "products", FORM_ARRAY, NULL, false },
	{ "devices",  FORM_ARRAY, NULL, false },
	{ "firmware", FORM_ARRAY, NULL, false },
};

const struct key_table file_keys = { "", keys, sizeof(keys) / sizeof(keys[0]) };

static const struct name_rule region_rule = { "region", "-", 1, 32 };
static const struct name_rule instance_rule = { "instanceId", "_-", 1, 64 };

/* --- memory --- */

void *loader_alloc(struct loader *loader, size_t size)
{
	void *room = arena_alloc(&loader->file->arena, size);

	loader->failed = loader->failed || !room;
	return room;
}

char *loader_copy(struct loader *loader, const char *bytes, size_t len)
{
	char *copy = loader_alloc(loader, len + 1);

	if (copy)
		memcpy(copy, bytes, len);
	return copy;
}

char *loader_literal(struct loader *loader, struct json value)
{
	size_t len;
	const char *literal = json_span(value, &len);

	return json_present(value) ? loader_copy(loader, literal, len) : NULL;
}

char *loader_string(struct loader *loader, struct json string)
{
	size_t size = json_string_bytes(string) + 1;
	char *copy = json_is(string, JSON_STRING) ? loader_alloc(loader, size) : NULL;

	if (copy)
		json_string(string, copy, size);
	return copy;
}

char *loader_place(struct loader *loader, struct form *form, struct json value)
{
	struct text place = { 0 };
	char *copy;

	form_place(form, json_offset(value), &place);
	copy = loader_copy(loader, text_string(&place), strlen(text_string(&place)));
	loader->failed = loader->failed || place.failed;
	text_free(&place);
	return copy;
}

void *loader_row(struct loader *loader, void *array, size_t *count, size_t *size, size_t row_size)
{
	void **rows = array;
	char *row;

	if (*count == *size) {
		size_t more = *size ? *size * 2 : 16;
		void *grown = reallocarray(*rows, more, row_size);

		if (!grown) {
			loader->failed = true;
			return NULL;
		}
		*rows = grown;
		*size = more;
	}
	row = (char *)*rows + *count * row_size;
	++*count;
	return memset(row, 0, row_size);
}

/* Equal rows stay in the order of the files. */
static int compare_stable(const void *a, const void *b, void *compare)
{
	int (*by)(const void *, const void *) = *(int (**)(const void *, const void *))compare;
	const char *left = *(const char *const *)a, *right = *(const char *const *)b;
	int order = by(a, b);

	return order ? order : (left > right) - (left < right);
}

void *loader_sort(struct loader *loader, const void *rows, size_t count, size_t row_size, size_t where,
                  int (*compare)(const void *, const void *), void (*name)(const void *row, struct text *out))
{
	struct text *out = loader->complaints.out;
	const char **sorted;
	size_t i;

	if (!count || loader->failed)
		return NULL;   /* what failed may be a name */
	sorted = calloc(count, sizeof(*sorted));
	if (!sorted) {
		loader->failed = true;
		return NULL;
	}
	for (i = 0; i < count; i++)
		sorted[i] = (const char *)rows + i * row_size;
	qsort_r(sorted, count, sizeof(*sorted), compare_stable, &compare);
	for (i = 1; i < count; i++) {
		if (compare(&sorted[i - 1], &sorted[i]) || loader->complaints.errors++ >= COMPLAINTS_MAX)
			continue;
		text_addf(out, "%s: ", *(char *const *)(sorted[i] + where));
		name(sorted[i], out);
		text_addf(out, " is already defined at %s\n", *(char *const *)(sorted[i - 1] + where));
	}
	return sorted;
}

/* --- names and files --- */

static bool name_fits(const char *name, const struct name_rule *rule)
{
	size_t len = strlen(name), i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c <= ' ' || c > '~')
			return false;
		if (rule->marks && !isalnum(c) && !strchr(rule->marks, c))
			return false;
	}
	return len >= rule->min && len <= rule->max;
}

bool product_key_valid(const char *product_key)
{
	return name_fits(product_key, &product_key_rule);
}

bool product_secret_valid(const char *product_secret)
{
	return name_fits(product_secret, &product_secret_rule);
}

char *loader_name(struct loader *loader, struct form *form, struct json value, const struct name_rule *rule)
{
	char *name = loader_string(loader, value);
	const char *mark;
	char marks[32] = "";

	if (!name || name_fits(name, rule))
		return name;
	for (mark = rule->marks ? rule->marks : ""; *mark; mark++)
		snprintf(marks + strlen(marks), sizeof(marks) - strlen(marks), " %c", *mark);
	form_complain(form, value, rule->marks ? "`%s` must have %zu to %zu characters of A-Z a-z 0-9%s"
	                                       : "`%s` must have %zu to %zu visible ASCII characters%s",
	              rule->key, rule->min, rule->max, marks);
	return NULL;
}

bool loader_file(struct loader *loader, struct source *source, struct json name, size_t max,
                 char **path, char **bytes, size_t *len)
{
	char *relative = json_strdup(name), shown[FORM_SHOW_SIZE], why[160];

	*bytes = NULL;
	*path = relative ? file_path(source->folder, relative) : NULL;
	free(relative);
	if (!*path) {
		loader->failed = true;
		return false;
	}
	*bytes = file_load(*path, max, len, why, sizeof(why));
	if (!*bytes)
		form_complain(&source->form, name, "`%s` %s", form_show(name, shown), why);
	return *bytes;
}

/* --- settings --- */

static void set_all(struct loader *loader, struct form *form, struct json members,
                    const char *set(struct settings *, struct json, char *, size_t))
{
	char buf[256];

	if (!json_is(members, JSON_OBJECT))
		return;
	json_each(member, members) {
		const char *said = set(&loader->file->settings, member, buf, sizeof(buf));

		if (said)   /* about its name or about its value */
			form_complain(form, strncmp(said, "unknown", 7) ? member : json_key(member), "%s", said);
	}
}

static void read_settings(struct loader *loader)
{
	enum profile profile = PROFILE_TEST;
	size_t i;

	for (i = 0; i < loader->source_count; i++) {
		int word = words_find("test platform", json_get(json_root(&loader->sources[i].form.doc), "profile"));

		if (word >= 0)
			profile = (enum profile)word;
	}
	settings_init(&loader->file->settings, profile);
	for (i = 0; i < loader->source_count; i++) {
		struct form *form = &loader->sources[i].form;
		struct json root = json_root(&form->doc), options = json_get(root, "options");

		set_all(loader, form, json_get(root, "limits"), settings_set_limit);
		set_all(loader, form, options, settings_set_option);
		if (json_is_string(json_get(options, "otaSignMethod"), "SHA256"))
			form_warn(form, json_get(options, "otaSignMethod"), SHA256_WARNING);
	}
}

/* --- reading --- */

static void read_head(struct loader *loader, struct form *form)
{
	struct json root = json_root(&form->doc), version = json_get(root, "cloud");
	int64_t number;
	char *name;

	if (loader->around) {
		form_check(form, root, part_keys, sizeof(part_keys) / sizeof(part_keys[0]));
		return;
	}
	form_check(form, root, keys, sizeof(keys) / sizeof(keys[0]));
	if (json_is(version, JSON_NUMBER) && (!json_int64(version, &number) || number != 1))
		form_complain(form, version, "`cloud` must be 1, the only format there is");
	name = loader_name(loader, form, json_get(root, "region"), &region_rule);
	if (name)
		loader->file->region = name;
	name = loader_name(loader, form, json_get(root, "instanceId"), &instance_rule);
	if (name)
		loader->file->instance_id = name;
}

static void read_each(struct loader *loader, const char *array,
                      void read(struct loader *, struct source *, struct json))
{
	size_t i;

	for (i = 0; i < loader->source_count; i++) {
		struct source *source = &loader->sources[i];
		struct json entries = json_get(json_root(&source->form.doc), array);

		if (!json_is(entries, JSON_ARRAY))
			continue;
		json_each(entry, entries)
			if (!loader->failed)
				read(loader, source, entry);
	}
}

/* Products that are there already, with their models, so that devices of the part are checked against them. */
static void take_around(struct loader *loader)
{
	struct cloud_file *file = loader->file;
	size_t i;

	for (i = 0; loader->around && i < loader->around->product_count; i++) {
		const struct cloud_file_product *known = &loader->around->products[i];
		struct cloud_file_product *product = loader_row(loader, &file->products, &file->product_count, &loader->product_size,
		                                                sizeof(*product));
		struct tsl **model = loader_row(loader, &loader->models, &loader->model_count, &loader->model_size, sizeof(struct tsl *));
		struct json_doc doc = { 0 };
		struct tsl_error error;

		if (!product || !model)
			return;
		product->product_key = loader_copy(loader, known->product_key, strlen(known->product_key));
		product->product_secret = loader_copy(loader, known->product_secret, strlen(known->product_secret));
		product->node_type = known->node_type;
		product->data_format = known->data_format;
		product->validation = known->validation;
		product->where = loader_copy(loader, "the cloud", strlen("the cloud"));
		if (known->tsl && !json_parse(&doc, known->tsl, strlen(known->tsl), JSON_STRICT, NULL))
			*model = tsl_new(json_root(&doc), &file->settings, &error);
		json_doc_free(&doc);
	}
}

/* Once all sources are open. */
static void read_all(struct loader *loader)
{
	size_t i;

	for (i = 0; i < loader->source_count; i++)
		read_head(loader, &loader->sources[i].form);
	read_settings(loader);
	take_around(loader);
	read_each(loader, "products", product_read);
	products_index(loader);
	read_each(loader, "devices", device_read);
	devices_index(loader);
	read_each(loader, "devices", device_read_gateway);
	read_each(loader, "firmware", firmware_read);
	firmware_index(loader);
}

static bool loader_begin(struct loader *loader, size_t count, struct text *complaints)
{
	*loader = (struct loader){ .complaints = { .out = complaints } };
	loader->file = calloc(1, sizeof(*loader->file));
	loader->sources = calloc(count + 1, sizeof(*loader->sources));
	if (!loader->file || !loader->sources) {
		loader->failed = true;
		return false;
	}
	loader->file->region = "cn-shanghai";
	return true;
}

/* The file, or NULL and why. */
static struct cloud_file *loader_end(struct loader *loader, const char *name)
{
	struct cloud_file *file = loader->file;
	size_t i;

	if (loader->failed || loader->complaints.out->failed) {
		text_addf(loader->complaints.out, "%s:1:1: out of memory\n", name);
		loader->complaints.errors++;
	}
	complaints_end(&loader->complaints);
	for (i = 0; file && i < loader->model_count; i++)
		tsl_free(loader->models[i]);
	free(loader->models);
	free(loader->products);
	free(loader->devices);
	for (i = 0; loader->sources && i < loader->source_count; i++) {
		form_close(&loader->sources[i].form);
		free(loader->sources[i].owned_folder);
		free(loader->sources[i].text);
	}
	free(loader->sources);
	if (!loader->complaints.errors)
		return file;
	cloud_file_free(file);
	return NULL;
}

/* False, after a complaint, when it is no JSON. */
static bool source_load(struct loader *loader, const char *path)
{
	struct source *source = &loader->sources[loader->source_count++];
	const char *slash = strrchr(path, '/');
	char why[160];
	size_t len;

	source->form.name = path;
	source->owned_folder = strndup(path, slash ? (size_t)(slash + 1 - path) : 0);
	source->folder = source->owned_folder;
	if (!source->folder)
		loader->failed = true;
	source->text = file_load(path, CLOUD_FILE_BYTES_MAX, &len, why, sizeof(why));
	if (source->text)
		return form_open(&source->form, path, source->text, len, &loader->complaints);
	text_addf(loader->complaints.out, "%s:1:1: %s\n", path, why);
	loader->complaints.errors++;
	return false;
}

struct cloud_file *cloud_file_read(const char *const *paths, size_t count, struct text *complaints)
{
	struct loader loader;
	bool open = true;
	size_t i;

	if (loader_begin(&loader, count, complaints)) {
		for (i = 0; i < count; i++)
			open = source_load(&loader, paths[i]) && open;
		/* A file that is no JSON has no entries, and all that refer to them would be complained about. */
		if (open && !loader.failed)
			read_all(&loader);
	}
	return loader_end(&loader, count ? paths[0] : "cloud");
}

struct cloud_file *cloud_file_parse(const char *name, const char *folder, const char *text, size_t len,
                                    struct text *complaints)
{
	struct loader loader;

	if (loader_begin(&loader, 1, complaints)) {
		loader.sources[0].folder = folder;
		loader.source_count = 1;
		if (form_open(&loader.sources[0].form, name, text, len, &loader.complaints))
			read_all(&loader);
	}
	return loader_end(&loader, name);
}

struct cloud_file *cloud_file_parse_part(const char *name, const char *folder, const char *text, size_t len,
                                         const struct cloud_file_around *around, struct text *complaints)
{
	struct loader loader;

	if (loader_begin(&loader, 1, complaints)) {
		loader.around = around;
		loader.sources[0].folder = folder;
		loader.source_count = 1;
		if (form_open(&loader.sources[0].form, name, text, len, &loader.complaints))
			read_all(&loader);
	}
	return loader_end(&loader, name);
}

void cloud_file_free(struct cloud_file *file)
{
	if (!file)
		return;
	arena_free(&file->arena);
	free(file->products);
	free(file->devices);
	free(file->firmware);
	free(file);
}

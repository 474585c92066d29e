#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cloud_file_private.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SIGN_METHODS "Md5 SHA256"
#define FILES_MAX    20    /* doc: OTA update, files per package */

static const struct form_key keys[] = {
	{ "productKey",     FORM_STRING,  NULL,         true },
	{ "module",         FORM_STRING,  NULL,         false },
	{ "version",        FORM_STRING,  NULL,         true },
	{ "sourceVersions", FORM_ARRAY,   NULL,         false },
	{ "file",           FORM_STRING,  NULL,         false },
	{ "files",          FORM_ARRAY,   NULL,         false },
	{ "signMethod",     FORM_STRING,  SIGN_METHODS, false },
	{ "isDiff",         FORM_BOOLEAN, NULL,         false },
	{ "extData",        FORM_OBJECT,  NULL,         false },
};

const struct key_table firmware_keys = { "firmware", keys, COUNT(keys) };

/* doc: OTA update, version and module names */
const struct name_rule module_rule = { "module", "._-", 1, 64 };
const struct name_rule version_rule = { "version", "._-", 1, 64 };

/* The absolute path of a file that can be read; NULL after a complaint. Its content is nobody's business here. */
static char *read_path(struct loader *loader, struct source *source, struct json value)
{
	char *relative = json_strdup(value), *path = relative ? file_path(source->folder, relative) : NULL;
	char *absolute = path ? realpath(path, NULL) : NULL, *kept = NULL, shown[FORM_SHOW_SIZE];
	struct stat info;

	if (!json_is(value, JSON_STRING))
		form_complain(&source->form, value, "a file must be a path");
	else if (!absolute || stat(absolute, &info) || access(absolute, R_OK))
		form_complain(&source->form, value, "`%s` cannot be read: %s", form_show(value, shown), strerror(errno));
	else if (!S_ISREG(info.st_mode))
		form_complain(&source->form, value, "`%s` is not a regular file", form_show(value, shown));
	else
		kept = loader_copy(loader, absolute, strlen(absolute));
	free(relative);
	free(path);
	free(absolute);
	return kept;
}

static void read_files(struct loader *loader, struct source *source, struct json entry,
                       struct cloud_file_firmware *firmware)
{
	struct json one = json_get(entry, "file"), several = json_get(entry, "files");
	uint32_t count = json_is(several, JSON_ARRAY) ? json_count(several) : 1;

	if (json_present(one) == json_present(several)) {
		form_complain(&source->form, entry, "firmware has either a `file` or `files`");
		return;
	}
	/* sdk: Link SDK 4.x takes a list of one for a package without files */
	if (json_is(several, JSON_ARRAY) && (count < 2 || count > FILES_MAX)) {
		form_complain(&source->form, several, "`files` holds 2 to %d files; use `file` for one", FILES_MAX);
		return;
	}
	if (!json_is(several, JSON_ARRAY) && !json_is(one, JSON_STRING))
		return;
	firmware->files = loader_alloc(loader, count * sizeof(*firmware->files));
	if (!firmware->files)
		return;
	if (json_present(one))
		firmware->files[firmware->file_count++] = read_path(loader, source, one);
	else
		json_each(file, several)
			firmware->files[firmware->file_count++] = read_path(loader, source, file);
}

static void read_source_versions(struct loader *loader, struct form *form, struct json versions,
                                 struct cloud_file_firmware *firmware)
{
	if (!json_is(versions, JSON_ARRAY))
		return;
	firmware->has_source_versions = true;
	firmware->source_versions = loader_alloc(loader, json_count(versions) * sizeof(*firmware->source_versions));
	if (!firmware->source_versions)
		return;
	json_each(version, versions) {
		if (!json_is(version, JSON_STRING))
			form_complain(form, version, "a source version must be a string");
		firmware->source_versions[firmware->source_version_count++] =
			loader_name(loader, form, version, &version_rule);
	}
}

void firmware_read(struct loader *loader, struct source *source, struct json entry)
{
	struct cloud_file *file = loader->file;
	struct form *form = &source->form;
	struct json sign_method = json_get(entry, "signMethod"), module = json_get(entry, "module");
	struct cloud_file_firmware firmware = { 0 }, *row;
	const struct cloud_file_product *product;

	form_check(form, entry, keys, COUNT(keys));
	firmware.where = loader_place(loader, form, entry);
	product = loader_product(loader, form, entry);
	firmware.module = json_present(module) ? loader_name(loader, form, module, &module_rule)
	                                       : loader_copy(loader, "default", strlen("default"));
	firmware.version = loader_name(loader, form, json_get(entry, "version"), &version_rule);
	firmware.sign_method = loader_string(loader, sign_method);
	firmware.is_diff = json_is(json_get(entry, "isDiff"), JSON_TRUE);
	firmware.ext_data = loader_literal(loader, json_get(entry, "extData"));
	read_source_versions(loader, form, json_get(entry, "sourceVersions"), &firmware);
	read_files(loader, source, entry, &firmware);
	if (json_is_string(sign_method, "SHA256"))
		form_warn(form, sign_method, SHA256_WARNING);
	if (firmware.is_diff && !firmware.has_source_versions)
		form_warn(form, json_get(entry, "isDiff"), "a differential package without `sourceVersions` goes to any version");
	if (!product || !firmware.module || !firmware.version || !firmware.where)
		return;   /* complained about, and nothing to compare with the others */
	firmware.product_key = product->product_key;
	row = loader_row(loader, &file->firmware, &file->firmware_count, &loader->firmware_size, sizeof(*row));
	if (row)
		*row = firmware;
}

static int compare_firmware(const void *a, const void *b)
{
	const struct cloud_file_firmware *const *left = a, *const *right = b;
	int order = strcmp((*left)->product_key, (*right)->product_key);

	if (!order)
		order = strcmp((*left)->module, (*right)->module);
	return order ? order : strcmp((*left)->version, (*right)->version);
}

static void name_firmware(const void *row, struct text *out)
{
	const struct cloud_file_firmware *firmware = row;

	text_addf(out, "firmware `%s` of module `%s` of product `%s`", firmware->version, firmware->module,
	          firmware->product_key);
}

void firmware_index(struct loader *loader)
{
	free(loader_sort(loader, loader->file->firmware, loader->file->firmware_count,
	                 sizeof(struct cloud_file_firmware), offsetof(struct cloud_file_firmware, where),
	                 compare_firmware, name_firmware));
}

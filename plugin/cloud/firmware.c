#include "firmware.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "download.h"

#define URL_VALID_MS (INT64_C(24) * 3600 * 1000)   /* doc: 24 hours */
#define CHOICE_MAX   500                           /* packages looked at; doc: 500 of an account */

static bool name_fits(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

	return *name && strspn(name, allowed) == strlen(name);
}

bool ota_name(struct json value, char out[OTA_NAME_MAX + 1])
{
	return json_string(value, out, OTA_NAME_MAX + 1) > 0 && name_fits(out);
}

/* Whether source_versions names it; *any is set when there are none, so that any will do. */
static bool names_version(const struct stored_firmware *firmware, const char *version, bool *any)
{
	struct json_doc doc = { 0 };
	bool found = false;

	*any = !firmware->source_versions;
	if (*any || !version || json_parse(&doc, firmware->source_versions, strlen(firmware->source_versions), JSON_STRICT, NULL))
		return false;
	json_each(source, json_root(&doc))
		found |= json_is_string(source, version);
	json_doc_free(&doc);
	return found;
}

bool firmware_accepts(const struct stored_firmware *firmware, const char *version)
{
	bool any, named = names_version(firmware, version, &any);

	/* doc: a differential package needs the source version to have been reported, a full one does not. */
	if (!version)
		return any && !firmware->is_diff;
	return named || (any && strcmp(firmware->version, version) != 0);
}

int firmware_choose(struct cloud *cloud, const struct product *product, const char *module, const char *version,
                    struct stored_firmware *out)
{
	int64_t ids[CHOICE_MAX], chosen = 0;
	int count = store_list_firmware(cloud->store, product->id, module, ids, CHOICE_MAX), i;
	bool undecided = true;    /* of the packages for any version only the newest counts: older ones would lead back */

	for (i = 0; i < count; i++) {
		bool any, named;

		if (store_get_firmware(cloud->store, ids[i], out) != 1)
			return -1;
		named = names_version(out, version, &any);
		if (out->automatic && named)
			return 1;
		if (out->automatic && any && undecided) {
			undecided = false;
			chosen = firmware_accepts(out, version) ? out->id : 0;
		}
		stored_firmware_free(out);
	}
	return count < 0 ? -1 : chosen ? store_get_firmware(cloud->store, chosen, out) : 0;
}

bool firmware_intact(const struct stored_firmware *firmware, struct text *why)
{
	struct file_digest now;
	size_t i;

	for (i = 0; i < firmware->file_count; i++) {
		const struct stored_file *file = &firmware->files[i];

		if (digest_stat(file->path, &now, why))
			return false;
		if (now.size != file->digest.size || now.changed_ns != file->digest.changed_ns) {
			text_addf(why, "%s has changed since it was added: remove the package and add it again", file->path);
			return false;
		}
	}
	return firmware->file_count > 0;
}

/* --- what devices are told --- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The file's own name is only for people to read, and for those who look at its ending. */
static void write_url(struct cloud *cloud, const struct stored_file *file, struct text *out)
{
	char token[DOWNLOAD_TOKEN_MAX];
	const char *at = base_name(file->path);
	size_t len = (size_t)snprintf(token, sizeof(token), "fw%lld-", (long long)file->id);

	for (; *at && len < sizeof(token) - 1; at++) {
		const char letter[] = { *at, '\0' };

		token[len++] = name_fits(letter) ? *at : '_';
	}
	token[len] = '\0';
	download_url(cloud, token, URL_VALID_MS, out);
}

static bool is_sha256(const struct cloud *cloud, const struct stored_firmware *firmware)
{
	return firmware->sign_method ? !strcmp(firmware->sign_method, "SHA256") :
	       cloud->settings.options.ota_sign_method == OTA_SIGN_SHA256;
}

/* doc: the members of a package of one file. `md5` comes only with signMethod Md5; sdk: C SDK 3 insists on it. */
static void write_file(struct cloud *cloud, const struct stored_firmware *firmware, bool over_mqtt, struct text *out)
{
	const struct stored_file *file = &firmware->files[0];
	bool sha256 = is_sha256(cloud, firmware);

	if (over_mqtt) {
		/* sdk: v4 asks for these two numbers with thing/file/download. */
		text_addf(out, ",\"dProtocol\":\"mqtt\",\"streamId\":%lld,\"streamFileId\":%lld", (long long)firmware->id,
		          (long long)file->id);
	} else {
		text_add(out, ",\"url\":\"");
		write_url(cloud, file, out);
		text_add_char(out, '"');
	}
	if (!sha256)
		text_addf(out, ",\"md5\":\"%s\"", file->digest.md5);
	text_addf(out, ",\"sign\":\"%s\"", sha256 ? file->digest.sha256 : file->digest.md5);
}

/* doc: packages of several files. */
static void write_files(struct cloud *cloud, const struct stored_firmware *firmware, struct text *out)
{
	bool sha256 = is_sha256(cloud, firmware);
	size_t i;

	text_add(out, ",\"files\":[");
	for (i = 0; i < firmware->file_count; i++) {
		const struct stored_file *file = &firmware->files[i];

		text_addf(out, "%s{\"fileSize\":%lld,\"fileName\":", i ? "," : "", (long long)file->digest.size);
		text_add_json(out, base_name(file->path));
		text_add(out, ",\"fileUrl\":\"");
		write_url(cloud, file, out);
		text_add_char(out, '"');
		if (!sha256)
			text_addf(out, ",\"fileMd5\":\"%s\"", file->digest.md5);
		text_addf(out, ",\"fileSign\":\"%s\"}", sha256 ? file->digest.sha256 : file->digest.md5);
	}
	text_add_char(out, ']');
}

void firmware_write(struct cloud *cloud, const struct stored_firmware *firmware, bool over_mqtt, struct text *out)
{
	bool single = firmware->file_count == 1;

	text_add_char(out, '{');
	if (single)
		text_addf(out, "\"size\":%lld,", (long long)firmware->files[0].digest.size);
	text_addf(out, "\"version\":\"%s\"", firmware->version);
	if (firmware->is_diff)
		text_add(out, ",\"isDiff\":1");
	/* sdk: v4 looks for the members of a single file, and fails, in a list of one. */
	if (single)
		write_file(cloud, firmware, over_mqtt, out);
	else
		write_files(cloud, firmware, out);
	/* doc: the newest sample says MD5; sdk: v4 refuses that spelling. */
	text_addf(out, ",\"signMethod\":\"%s\"", is_sha256(cloud, firmware) ? "SHA256" : "Md5");
	if (strcmp(firmware->module, MODULE_DEFAULT))
		text_addf(out, ",\"module\":\"%s\"", firmware->module);
	if (firmware->ext_data)
		text_addf(out, ",\"extData\":%s", firmware->ext_data);
	text_add_char(out, '}');
}

int firmware_download(struct cloud *cloud, const char *token, struct download *out, struct text *why)
{
	int64_t id = strtoll(token + strlen("fw"), NULL, 10), firmware_id;
	struct stored_firmware firmware;
	int found = store_find_firmware_file(cloud->store, id, &firmware_id);
	size_t i;

	if (found == 1)
		found = store_get_firmware(cloud->store, firmware_id, &firmware);
	if (found < 0)
		text_add(why, store_error(cloud->store));
	if (found != 1)
		return found;
	for (i = 0; i < firmware.file_count && firmware.files[i].id != id; i++)
		;
	out->product_key = firmware.product_key;
	firmware.product_key = NULL;
	if (!firmware_intact(&firmware, why) || i == firmware.file_count) {
		found = -1;
	} else {
		out->path = firmware.files[i].path;
		firmware.files[i].path = NULL;
		out->size = firmware.files[i].digest.size;
		out->type = "application/octet-stream";
	}
	stored_firmware_free(&firmware);
	return found;
}

/* --- what people see --- */

static void add_literal(struct text *out, const char *name, const char *value)
{
	text_add_key(out, name);
	text_add(out, value ? value : "null");
}

void firmware_show(const struct stored_firmware *firmware, struct text *out)
{
	size_t i;

	text_add_char(out, '{');
	text_add_member(out, "productKey", firmware->product_key);
	text_add_member(out, "module", firmware->module);
	text_add_member(out, "version", firmware->version);
	add_literal(out, "sourceVersions", firmware->source_versions);
	add_literal(out, "automatic", firmware->automatic ? "true" : "false");
	add_literal(out, "isDiff", firmware->is_diff ? "true" : "false");
	text_add_member(out, "signMethod", firmware->sign_method);
	add_literal(out, "extData", firmware->ext_data);
	text_add(out, ",\"files\":[");
	for (i = 0; i < firmware->file_count; i++) {
		const struct stored_file *file = &firmware->files[i];

		text_add(out, i ? ",{" : "{");
		text_add_member(out, "path", file->path);
		text_addf(out, ",\"size\":%lld,\"md5\":\"%s\",\"sha256\":\"%s\"}", (long long)file->digest.size, file->digest.md5,
		          file->digest.sha256);
	}
	text_add(out, "]}");
}

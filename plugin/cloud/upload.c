/*
 * thing.file.upload.mqtt.*: files over MQTT, in blocks. doc: "Upload files over MQTT"; things-and-data reference,
 * section 9.6.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "crc.h"
#include "message.h"
#include "method.h"
#include "state.h"
#include "store_upload.h"

#define FILE_BYTES_MAX   (16 * 1024 * 1024)
#define BLOCK_BYTES_MAX  131072
#define BLOCK_BYTES_MIN  256
#define FILE_NAME_MAX    100
#define UNFINISHED_MS    (24 * 3600 * 1000LL)   /* doc: unfinished tasks are kept 24 hours */

/* doc: [A-Za-z0-9][A-Za-z0-9_.]* of at most 100 bytes */
static bool name_valid(const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && (!i || (name[i] != '_' && name[i] != '.')))
			return false;
	return len > 0 && len <= FILE_NAME_MAX;
}

/* "U17" is 17; 0 for what no upload is called. */
static int64_t upload_number(struct json value)
{
	char name[32], *end;
	int64_t number;

	if (json_string(value, name, sizeof(name)) < 2 || name[0] != 'U')
		return 0;
	number = strtoll(name + 1, &end, 10);
	return *end ? 0 : number;
}

/* What an init asks for. */
struct wish {
	char    file_name[FILE_NAME_MAX + 2], strategy[16], init_uid[64], fic_value[32];
	int64_t file_size;
};

static enum code read_wish(struct call *call, struct wish *wish)
{
	struct json size = json_get(call->params, "fileSize"), fic_mode = json_get(call->params, "ficMode");

	*wish = (struct wish){ .strategy = "overwrite", .file_size = -1 };
	if (json_string(json_get(call->params, "fileName"), wish->file_name, sizeof(wish->file_name)) < 1 ||
	    !name_valid(wish->file_name)) {
		text_add(call->why, "`fileName` is missing, or not letters, digits, _ and . (at most 100 bytes)");
		return CODE_BAD_PARAMS;
	}
	if (json_present(size) && (!json_int64(size, &wish->file_size) || wish->file_size < -1)) {
		text_add(call->why, "`fileSize` is no number of bytes, nor -1");
		return CODE_BAD_PARAMS;
	}
	if (json_present(json_get(call->params, "conflictStrategy")))
		json_string(json_get(call->params, "conflictStrategy"), wish->strategy, sizeof(wish->strategy));
	if (strcmp(wish->strategy, "overwrite") && strcmp(wish->strategy, "append") && strcmp(wish->strategy, "reject")) {
		text_add(call->why, "`conflictStrategy` is none of overwrite, append, reject");
		return CODE_BAD_PARAMS;
	}
	json_string(json_get(call->params, "initUid"), wish->init_uid, sizeof(wish->init_uid));
	json_string(json_get(call->params, "ficValue"), wish->fic_value, sizeof(wish->fic_value));
	if (json_present(fic_mode) && !json_is_string(fic_mode, "crc64")) {
		text_add(call->why, "`ficMode` is not crc64");
		return CODE_BAD_PARAMS;
	}
	if (wish->file_size > FILE_BYTES_MAX) {
		text_addf(call->why, "%" PRId64 " bytes are more than 16 MB", wish->file_size);
		return CODE_UPLOAD_TOO_LARGE;
	}
	return CODE_SUCCESS;
}

/* What becomes of a file of that name that is there. CODE_SUCCESS with `old` emptied: make a new one. */
static enum code meet_old(struct call *call, const struct wish *wish, struct stored_upload *old)
{
	struct store *store = call->cloud->store;
	bool forgotten = !old->complete && call->now_ms - old->created_ms > UNFINISHED_MS;

	if (!old->id)
		return CODE_SUCCESS;
	/* doc: the same initUid is the same task, so that a device may repeat its request. */
	if (*wish->init_uid && old->init_uid && !strcmp(wish->init_uid, old->init_uid) && !forgotten)
		return CODE_SUCCESS;
	if (!forgotten && (!strcmp(wish->strategy, "reject") || (!strcmp(wish->strategy, "append") && old->complete))) {
		text_addf(call->why, "`%s` is there already (%s)", wish->file_name, old->complete ? "complete" : "unfinished");
		return CODE_UPLOAD_FILE_EXISTS;
	}
	if (!forgotten && !strcmp(wish->strategy, "append"))
		return CODE_SUCCESS;
	if (store_delete_upload(store, old->id))
		return CODE_SERVER_ERROR;
	stored_upload_free(old);
	return CODE_SUCCESS;
}

static enum code make_upload(struct call *call, const struct wish *wish, struct stored_upload *upload)
{
	struct store *store = call->cloud->store;
	int64_t limit = call->cloud->settings.limits.files_per_device, count = 0;

	if (store_count_uploads(store, call->device->id, &count))
		return CODE_SERVER_ERROR;
	if (limit && count >= limit) {
		text_addf(call->why, "the device has %" PRId64 " files already (limit filesPerDevice)", count);
		return CODE_UPLOAD_TOO_MANY_FILES;
	}
	upload->device = call->device->id;
	upload->file_name = strdup(wish->file_name);
	upload->init_uid = *wish->init_uid ? strdup(wish->init_uid) : NULL;
	upload->fic_value = *wish->fic_value ? strdup(wish->fic_value) : NULL;
	upload->file_size = wish->file_size;
	upload->created_ms = call->now_ms;
	return upload->file_name && !store_add_upload(store, upload) ? CODE_SUCCESS : CODE_SERVER_ERROR;
}

/* thing.file.upload.mqtt.init */
enum code upload_init(struct call *call)
{
	struct stored_upload upload = { 0 };
	struct wish wish;
	enum code code = read_wish(call, &wish);
	bool append;

	if (code == CODE_SUCCESS && store_find_upload_name(call->cloud->store, call->device->id, wish.file_name, &upload) < 0)
		code = CODE_SERVER_ERROR;
	if (code == CODE_SUCCESS)
		code = meet_old(call, &wish, &upload);
	append = upload.id != 0;
	if (code == CODE_SUCCESS && !upload.id)
		code = make_upload(call, &wish, &upload);
	/* sdk: v4 needs data.fileName in every answer. */
	text_add(call->data, "{\"fileName\":");
	text_add_json(call->data, wish.file_name);
	if (code == CODE_SUCCESS)
		text_addf(call->data, ",\"uploadId\":\"U%" PRId64 "\"", upload.id);
	if (code == CODE_SUCCESS && append && !strcmp(wish.strategy, "append"))
		text_addf(call->data, ",\"offset\":%" PRId64 ",\"fileSize\":%" PRId64, upload.received, upload.received);
	text_add_char(call->data, '}');
	stored_upload_free(&upload);
	return code;
}

/* thing.file.upload.mqtt.cancel */
enum code upload_cancel(struct call *call)
{
	struct json id = json_get(call->params, "uploadId");
	struct stored_upload upload = { 0 };
	int found = store_find_upload(call->cloud->store, call->device->id, upload_number(id), &upload);
	size_t len;
	const char *span = json_span(id, &len);
	enum code code = CODE_SUCCESS;

	text_add(call->data, "{\"uploadId\":");
	if (json_is(id, JSON_STRING))
		text_add_bytes(call->data, span, len);
	else
		text_add(call->data, "\"\"");
	text_add_char(call->data, '}');
	if (found != 1) {
		text_add(call->why, "there is no such upload");
		code = found ? CODE_SERVER_ERROR : CODE_UPLOAD_NOT_FOUND;
	} else if (upload.complete) {
		text_add(call->why, "the upload is complete");
		code = CODE_UPLOAD_FINISHED;
	} else if (store_delete_upload(call->cloud->store, upload.id)) {
		code = CODE_SERVER_ERROR;
	}
	stored_upload_free(&upload);
	return code;
}

/* --- blocks --- */

/* One block taken apart: two bytes of header length, the header, the data, its CRC-16 little endian. */
struct block {
	struct json header;
	const unsigned char *bytes;
	size_t   len;
	uint16_t crc;
	int64_t  offset;
	bool     last;       /* isComplete */
};

static enum code read_block(struct call *call, struct block *block)
{
	const unsigned char *at = (const unsigned char *)call->payload;
	size_t header_len = call->payload_len >= 2 ? (size_t)at[0] << 8 | at[1] : 0;
	int64_t size;

	*block = (struct block){ 0 };
	if (call->payload_len < 4 || header_len > call->payload_len - 4) {
		text_add(call->why, "the payload is no header length, header, data and checksum");
		return CODE_BAD_PARAMS;
	}
	if (json_parse(&call->cloud->request, (const char *)at + 2, header_len, JSON_LENIENT, NULL)) {
		text_add(call->why, "the header is not JSON");
		return CODE_BAD_PARAMS;
	}
	block->header = json_root(&call->cloud->request);
	call->request = block->header;
	call->params = json_get(block->header, "params");
	block->bytes = at + 2 + header_len;
	block->len = call->payload_len - 4 - header_len;
	block->crc = (uint16_t)(block->bytes[block->len] | block->bytes[block->len + 1] << 8);
	block->last = json_is(json_get(call->params, "isComplete"), JSON_TRUE);
	if (!json_int64(json_get(call->params, "offset"), &block->offset) || block->offset < 0 ||
	    !json_int64(json_get(call->params, "bSize"), &size) || size != (int64_t)block->len) {
		text_addf(call->why, "`offset` or `bSize` is missing, or bSize is not the %zu bytes that came", block->len);
		return CODE_BAD_PARAMS;
	}
	return CODE_SUCCESS;
}

/* Whether the block may be appended. */
static enum code judge_block(struct call *call, const struct block *block, const struct stored_upload *upload)
{
	int64_t end = block->offset + (int64_t)block->len;
	bool last = upload->file_size >= 0 ? end == upload->file_size : block->last;

	if (upload->complete) {
		text_add(call->why, "the upload is complete");
		return CODE_UPLOAD_FINISHED;
	}
	if (block->len > BLOCK_BYTES_MAX) {
		text_addf(call->why, "a block of %zu bytes is over 128 KB", block->len);
		return CODE_UPLOAD_BLOCK_TOO_LARGE;
	}
	if (crc16(0, block->bytes, block->len) != block->crc) {
		text_addf(call->why, "the block's CRC-16 is %04x, it says %04x", crc16(0, block->bytes, block->len), block->crc);
		return CODE_UPLOAD_BLOCK_CRC;
	}
	if (end <= upload->received && block->len) {
		text_addf(call->why, "the bytes before %" PRId64 " are there already", upload->received);
		return CODE_UPLOAD_DUPLICATE;
	}
	if (block->offset != upload->received) {
		text_addf(call->why, "the block begins at %" PRId64 ", the next byte is %" PRId64, block->offset, upload->received);
		return CODE_UPLOAD_OFFSET;
	}
	if (end > FILE_BYTES_MAX || (upload->file_size >= 0 && end > upload->file_size)) {
		text_add(call->why, "the file would be larger than announced, or than 16 MB");
		return CODE_UPLOAD_TOO_LARGE;
	}
	if (!last && block->len < BLOCK_BYTES_MIN) {
		text_addf(call->why, "a block of %zu bytes is too small for any but the last", block->len);
		return CODE_UPLOAD_BLOCK_TOO_SMALL;
	}
	return CODE_SUCCESS;
}

static enum code take_block(struct call *call, const struct block *block, struct stored_upload *upload, char server_crc[17])
{
	enum code code = judge_block(call, block, upload);

	if (code != CODE_SUCCESS)
		return code;
	upload->received += (int64_t)block->len;
	upload->crc64 = crc64(upload->crc64, block->bytes, block->len);
	upload->complete = upload->file_size >= 0 ? upload->received == upload->file_size : block->last;
	snprintf(server_crc, 17, "%016" PRIx64, upload->crc64);
	if (upload->complete && upload->fic_value && strcasecmp(upload->fic_value, server_crc)) {
		text_addf(call->why, "the file's CRC-64 is %s, announced was %s: it is discarded", server_crc, upload->fic_value);
		store_delete_upload(call->cloud->store, upload->id);
		return CODE_UPLOAD_FILE_CRC;
	}
	return store_add_block(call->cloud->store, upload, block->offset, block->bytes, block->len) ? CODE_SERVER_ERROR : CODE_SUCCESS;
}

/* thing.file.upload.mqtt.send: the request is binary, the answer an ordinary one. */
enum code upload_send(struct call *call)
{
	struct stored_upload upload = { 0 };
	struct block block;
	enum code code = read_block(call, &block);
	char id[MESSAGE_ID_MAX] = "0", upload_id[32] = "", server_crc[17] = "";
	int found;

	if (json_present(block.header)) {
		message_id_read(block.header, id);
		call->id = id;
		json_string(json_get(call->params, "uploadId"), upload_id, sizeof(upload_id));
	}
	if (code == CODE_SUCCESS) {
		found = store_find_upload(call->cloud->store, call->device->id, upload_number(json_get(call->params, "uploadId")), &upload);
		if (found == 1) {
			code = take_block(call, &block, &upload, server_crc);
		} else {
			text_addf(call->why, "there is no upload `%s`", upload_id);
			code = found ? CODE_SERVER_ERROR : CODE_UPLOAD_NOT_FOUND;
		}
	}
	/* sdk: v4 needs uploadId, offset and bSize in every answer. */
	text_add(call->data, "{\"uploadId\":");
	text_add_json(call->data, upload_id);
	text_addf(call->data, ",\"offset\":%" PRId64 ",\"bSize\":%zu", block.offset, block.len);
	if (code == CODE_SUCCESS && upload.complete) {
		text_add(call->data, ",\"complete\":true");
		if (upload.fic_value)
			text_addf(call->data, ",\"ficMode\":\"crc64\",\"ficValueClient\":\"%s\",\"ficValueServer\":\"%s\"",
			          upload.fic_value, server_crc);
	}
	text_add_char(call->data, '}');
	reply_send(call, code);
	stored_upload_free(&upload);
	call->id = "0";
	return code;
}

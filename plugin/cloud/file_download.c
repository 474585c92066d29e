/*
 * thing/file/download: firmware block by block over MQTT.
 *
 * sdk: Link SDK 4.x, aiot_mqtt_download; things-and-data reference, section 8.4. The answer is binary: the length of
 * a JSON header, the header, the bytes, their CRC-16.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "crc.h"
#include "firmware.h"
#include "method.h"
#include "state.h"
#include "subscription.h"

#define BLOCK_MAX (128 * 1024)  /* bytes; guess: as for uploads */

/* What is asked for, and what is answered. */
struct block {
	char    token[128];
	int64_t size, offset;
	int64_t file_size;
	char   *bytes;
	size_t  got;
};

/* The file that a stream's number names, if it is one of the device's product. 1, 0 with a reason, -1. */
static int find_file(struct call *call, int64_t stream, int64_t file, struct stored_firmware *firmware,
                     const struct stored_file **out)
{
	int found = store_get_firmware(call->cloud->store, stream, firmware);
	size_t i;

	*out = NULL;
	for (i = 0; found == 1 && firmware->product == call->device->product->id && i < firmware->file_count; i++)
		if (firmware->files[i].id == file)
			*out = &firmware->files[i];
	if (found < 0)
		text_add(call->why, store_error(call->cloud->store));
	else if (!*out)
		text_addf(call->why, "there is no file %lld in stream %lld of product %s", (long long)file, (long long)stream,
		          call->device->product->key);
	return found < 0 ? -1 : *out != NULL;
}

static bool read_bytes(struct call *call, const char *path, struct block *block)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got = -1;

	block->bytes = malloc((size_t)block->size);
	if (fd >= 0 && block->bytes)
		got = pread(fd, block->bytes, (size_t)block->size, (off_t)block->offset);

	if (got < 0)
		text_addf(call->why, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	block->got = got > 0 ? (size_t)got : 0;
	return got >= 0;
}

/* guess: what is wrong is 460; only the shape of a good answer is known. */
static enum code read_block(struct call *call, struct block *block)
{
	struct json info = json_get(call->params, "fileInfo"), wanted = json_get(call->params, "fileBlock");
	struct stored_firmware firmware = { 0 };
	const struct stored_file *file = NULL;
	int64_t stream, number;
	enum code code = CODE_BAD_PARAMS;
	int found;

	json_string(json_get(call->params, "fileToken"), block->token, sizeof(block->token));
	if (!json_int64(json_get(info, "streamId"), &stream) || !json_int64(json_get(info, "fileId"), &number) ||
	    !json_int64(json_get(wanted, "size"), &block->size) || !json_int64(json_get(wanted, "offset"), &block->offset)) {
		if (!call->why->len)
			text_add(call->why, "`params` must have fileInfo.streamId, fileInfo.fileId, fileBlock.size and fileBlock.offset");
		return CODE_BAD_PARAMS;
	}
	found = find_file(call, stream, number, &firmware, &file);
	if (found == 1)
		block->file_size = file->digest.size;
	if (found < 0) {
		code = CODE_SERVER_ERROR;
	} else if (found && (block->size < 1 || block->size > BLOCK_MAX || block->offset < 0 || block->offset >= block->file_size)) {
		text_addf(call->why, "the block must have 1 to %d bytes and begin within the file's %lld bytes", BLOCK_MAX,
		          (long long)block->file_size);
	} else if (found) {
		if (block->size > block->file_size - block->offset)
			block->size = block->file_size - block->offset;
		code = firmware_intact(&firmware, call->why) && read_bytes(call, file->path, block) ? CODE_SUCCESS : CODE_SERVER_ERROR;
	}
	stored_firmware_free(&firmware);
	return code;
}

static void write_header(const struct call *call, const struct block *block, enum code code, struct text *out)
{
	text_add(out, "{\"id\":");
	text_add_json(out, call->id);
	text_addf(out, ",\"code\":%d,\"message\":", code);
	text_add_json(out, code_message(code));
	text_add(out, ",\"data\":{\"fileToken\":");
	text_add_json(out, block->token);
	text_addf(out, ",\"fileLength\":%lld,\"bOffset\":%lld,\"bSize\":%zu}}", (long long)block->file_size,
	          (long long)block->offset, block->got);
}

static void send(struct call *call, const struct block *block, enum code code)
{
	struct cloud *cloud = call->cloud;
	struct text header = { 0 }, *payload = &cloud->reply;
	uint16_t crc = crc16(0, block->bytes, block->got);
	struct effect *effect = NULL;
	enum delivery delivery;
	struct record record;

	write_header(call, block, code, &header);
	text_clear(payload);
	text_add_char(payload, (char)(header.len >> 8));
	text_add_char(payload, (char)(header.len & 255));
	text_add_bytes(payload, text_string(&header), header.len);
	text_add_bytes(payload, block->bytes, block->got);
	/* sdk: unlike the length, the CRC has its low byte first. */
	text_add_char(payload, (char)(crc & 255));
	text_add_char(payload, (char)(crc >> 8));
	text_clear(&cloud->topic);
	text_addf(&cloud->topic, "%s_reply", call->topic_text);
	delivery = deliver(cloud, call->device, ROLE_REPLY, text_string(&cloud->topic), payload->at, payload->len, call->out, &effect);
	if (delivery == DELIVERED) {
		effect->operation = call->method->operation;
		effect->code = code;
	}
	/* The log shows the header: the bytes are in the file. */
	record = record_new(cloud, SERVICE_OTA, call->device, call->trace, text_string(&cloud->topic), code);
	record.message_id = call->id;
	record.content = header.at;
	record.content_len = header.len;
	record.why = delivery_why(delivery);
	journal_add(cloud->journal, &record);
	text_free(&header);
}

enum code file_download(struct call *call)
{
	struct block block = { 0 };
	enum code code = read_block(call, &block);

	send(call, &block, code);
	free(block.bytes);
	return code;
}

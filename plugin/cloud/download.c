#include "download.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_call.h"
#include "code.h"
#include "scenario.h"
#include "sign.h"

/* Without the tool there is nobody to serve: then at least the URL looks like one. */
#define DEFAULT_BASE "http://127.0.0.1:8080"

static const struct kind {
	const char  *prefix;
	enum service service;
	int        (*find)(struct cloud *cloud, const char *token, struct download *out, struct text *why);
} kinds[] = {
	{ "cfg", SERVICE_CONFIG, config_download   },
	{ "fw",  SERVICE_OTA,    firmware_download },
};

static const struct kind *kind_of(const char *token)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strncmp(token, kinds[i].prefix, strlen(kinds[i].prefix)))
			return &kinds[i];
	return NULL;
}

/* What makes `Expires` count: changed, it no longer fits. No secret, as nothing here is. */
static int sign(const char *token, const char *expires, char out[33])
{
	char content[DOWNLOAD_TOKEN_MAX + 32], hex[SIGN_HEX_MAX];

	snprintf(content, sizeof(content), "%s\n%s", token, expires);
	if (sign_hex(SIGN_SHA256, "alink-emulator download", content, strlen(content), hex))
		return -1;
	snprintf(out, 33, "%.32s", hex);
	return 0;
}

void download_url(struct cloud *cloud, const char *token, int64_t valid_ms, struct text *out)
{
	char expires[24], signature[33] = "";

	snprintf(expires, sizeof(expires), "%lld", (long long)((cloud_now(cloud) + valid_ms) / 1000));
	sign(token, expires, signature);
	text_addf(out, "%s/files/%s?Expires=%s&Signature=%s", cloud->file_url ? cloud->file_url : DEFAULT_BASE, token, expires,
	          signature);
}

void download_free(struct download *download)
{
	free(download->product_key);
	free(download->path);
	free(download->content);
	*download = (struct download){ 0 };
}

/* 200, or the status of the refusal with its reason. guess: statuses as the cloud's object storage gives them. */
static int check(struct api_call *call, const char *token, struct text *why)
{
	char expires[24] = "", signature[40] = "", expected[33];
	int64_t now_s = cloud_now(call->cloud) / 1000;

	api_query(call, "Expires", expires, sizeof(expires));
	api_query(call, "Signature", signature, sizeof(signature));
	if (sign(token, expires, expected))
		return 500;
	if (!*expires || strcmp(signature, expected)) {
		text_add(why, "the URL is not as it was sent to the device: `Expires` or `Signature` does not fit");
		return 403;
	}
	if (now_s >= strtoll(expires, NULL, 10)) {
		text_addf(why, "the URL was valid until %s (Unix seconds), now it is %lld: ask for a new one", expires, (long long)now_s);
		return 403;
	}
	return 200;
}

static void write_answer(const struct download *download, const struct text *fault, struct text *out)
{
	text_addf(out, "{\"size\":%lld,\"contentType\":\"%s\"", (long long)download->size, download->type);
	text_add_key(out, download->path ? "path" : "content");
	text_add_json(out, download->path ? download->path : download->content);
	if (fault->len) {
		text_add_key(out, "fault");
		text_add(out, text_string(fault));
	}
	text_add_char(out, '}');
}

int api_file_get(struct api_call *call)
{
	static const struct { int status; const char *code; } codes[] = {
		{ 403, "AccessDenied" }, { 404, "NotFound" }, { 500, "Internal" },
	};
	const char *token = call->segment[0];
	const struct kind *kind = kind_of(token);
	struct cloud *cloud = call->cloud;
	struct download download = { 0 };
	struct text why = { 0 }, operation = { 0 }, fault = { 0 };
	struct record record;
	int status = check(call, token, &why), found = 0;
	size_t i;

	if (status == 200 && kind)
		found = kind->find(cloud, token, &download, &why);
	if (status == 200)
		status = found > 0 ? 200 : found < 0 ? 500 : 404;
	if (status == 404)
		text_add(&why, "there is no such file; it may have been removed since the URL was sent");
	text_addf(&operation, "GET /files/%s", token);
	record = record_new(cloud, kind ? kind->service : SERVICE_OTHER, NULL, 0, text_string(&operation), status == 200 ? CODE_SUCCESS : status);
	record.product_key = download.product_key;
	record.why = text_string(&why);
	journal_add(cloud->journal, &record);
	if (status == 200) {
		if (scenario_watches(cloud, EVENT_HTTP_REQUEST))
			scenario_http(call, download.product_key, text_string(&operation) + strlen("GET "), &fault);
		write_answer(&download, &fault, call->answer);
	}
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].status == status)
			api_refuse(call, status, codes[i].code, "%s", text_string(&why));
	download_free(&download);
	text_free(&why);
	text_free(&operation);
	text_free(&fault);
	return status;
}

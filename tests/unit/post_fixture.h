/* A cloud, a connected device, and what it is answered. */
#ifndef POST_FIXTURE_H
#define POST_FIXTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud.h"
#include "cloud_file_private.h"
#include "json.h"
#include "sign.h"
#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define POST_NOW 1700000000000
#define POST_SECRET "0123456789abcdef0123456789abcdef"   /* of every device */

struct post_cloud {
	struct cloud      *cloud;
	struct cloud_file *file;
	struct effects     out;
	struct json_doc    reply;
};

static int64_t post_time = POST_NOW;

static inline int64_t post_now(void *ctx)
{
	(void)ctx;
	return post_time;
}

static inline void post_random(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 7, len);
}

/* `members` (or "") are put before the others of the cloud file's: "\"limits\":{…}," */
static inline struct post_cloud post_open_file(const char *path, const char *members, const char *state)
{
	struct post_cloud post = { 0 };
	struct cloud_config config = { .world = { post_now, post_random, NULL }, .seed = 1, .state_path = state };
	struct text text = { 0 }, complaints = { 0 };
	char error[300];
	size_t len;
	char *file = path ? file_load(path, 1 << 20, &len, error, sizeof(error)) : NULL;

	ck_assert_msg(!path || file, "%s %s", path, error);
	text_addf(&text, "{%s%s", members, file ? strchr(file, '{') + 1 : "");
	post.file = cloud_file_parse("test", ".", text_string(&text), text.len, &complaints);
	ck_assert_msg(post.file, "%s", text_string(&complaints));
	config.file = post.file;
	post.cloud = cloud_new(&config, error, sizeof(error));
	ck_assert_msg(post.cloud, "%s", error);
	text_free(&text);
	text_free(&complaints);
	free(file);
	return post;
}

static inline struct post_cloud post_open(const char *members)
{
	return post_open_file(TESTS "/transcripts/things.json", members, NULL);
}

static inline void post_close(struct post_cloud *post)
{
	json_doc_free(&post->reply);
	effects_free(&post->out);
	cloud_free(post->cloud);
	cloud_file_free(post->file);
}

/* "a1Types0001/gate1" */
static inline uint64_t post_connect(struct post_cloud *post, const char *device)
{
	char product_key[64], name[64], client[256], user[160], content[400], password[SIGN_HEX_MAX];
	struct connect in = {
		.client_id = client, .user_name = user, .password = password, .protocol = 4, .keepalive_s = 60, .clean = true,
		.address = "127.0.0.1",
	};
	struct connected connected = { 0 };

	ck_assert_int_eq(sscanf(device, "%63[^/]/%63s", product_key, name), 2);
	snprintf(client, sizeof(client), "%s.%s|securemode=3,signmethod=hmacsha256,_ss=1|", product_key, name);
	snprintf(user, sizeof(user), "%s&%s", name, product_key);
	snprintf(content, sizeof(content), "clientId%s.%sdeviceName%sproductKey%s", product_key, name, name, product_key);
	sign_hex(SIGN_SHA256, POST_SECRET, content, strlen(content), password);
	ck_assert_int_eq(cloud_connect(post->cloud, &in, &connected, &post->out), CONNACK_ACCEPTED);
	return connected.number;
}

/* The reply, absent when there was none. Valid until the next call. */
static inline struct json post_send(struct post_cloud *post, uint64_t connection, const char *topic, const char *payload)
{
	struct message in = { .topic = topic, .payload = payload, .payload_len = strlen(payload) };

	effects_clear(&post->out);
	json_doc_free(&post->reply);
	cloud_message(post->cloud, connection, &in, &post->out);
	cloud_tick(post->cloud, &post->out);
	ck_assert_int_eq(cloud_commit(post->cloud), 0);
	if (!post->out.count)
		return (struct json){ 0 };
	ck_assert_uint_eq(post->out.count, 1);
	ck_assert_int_eq(post->out.at[0].kind, EFFECT_PUBLISH);
	ck_assert_int_eq(json_parse(&post->reply, post->out.at[0].payload, post->out.at[0].payload_len, JSON_STRICT, NULL), 0);
	return json_root(&post->reply);
}

static inline int post_code(struct json reply)
{
	int64_t code = 0;

	ck_assert(!json_present(reply) || json_int64(json_get(reply, "code"), &code));
	return (int)code;
}

#endif

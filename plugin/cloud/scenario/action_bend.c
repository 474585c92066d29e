/* mutate and corrupt: a message goes on, but not as it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action.h"
#include "load.h"

#define GROWTH_MAX (4u << 20)       /* bytes that a rule may make a message */

/* --- mutate --- */

struct change {
	struct path path;
	const char *value;          /* JSON; NULL: take it out */
};

struct mutate {
	struct change *changes;
	size_t         count;
	const char    *topic;
	int            qos;         /* -1: as it is */
};

const struct form_key mutate_keys[] = {
	{ "set",   FORM_OBJECT, NULL, false },
	{ "unset", FORM_ARRAY,  NULL, false },
	{ "topic", FORM_STRING, NULL, false },
	{ "qos",   FORM_NUMBER, NULL, false },
	{ 0 }
};

void *mutate_read(struct loading *loading, enum event event, struct json value)
{
	struct mutate *mutate = loading_new(loading, sizeof(*mutate));
	struct json set = json_get(value, "set"), unset = json_get(value, "unset");
	int64_t qos = -1;

	(void)event;
	loading_keys(loading, value, mutate_keys);
	if (!mutate)
		return NULL;
	mutate->changes = loading_new(loading, (json_count(set) + json_count(unset) + 1) * sizeof(*mutate->changes));
	if (!mutate->changes)
		return NULL;
	json_each(member, json_is(set, JSON_OBJECT) ? set : (struct json){ 0 })
		if (loading_path(loading, json_key(member), &mutate->changes[mutate->count].path))
			mutate->changes[mutate->count++].value = loading_literal(loading, member);
	json_each(path, unset)
		if (!json_is(path, JSON_STRING))
			form_complain(loading->form, path, "`unset` must be a list of paths");
		else if (loading_path(loading, path, &mutate->changes[mutate->count].path))
			mutate->count++;
	mutate->topic = loading_string(loading, json_get(value, "topic"));
	loading_whole(loading, json_get(value, "qos"), 0, 1, &qos);
	mutate->qos = (int)qos;
	if (!json_count(value))
		form_complain(loading->form, value, "`mutate` changes nothing: give `set`, `unset`, `topic` or `qos`");
	return mutate;
}

/* $pk and $dn become the device's. */
static void add_topic(struct text *out, const char *topic, const struct happening *happening)
{
	while (*topic) {
		if (!strncmp(topic, "$pk", 3) || !strncmp(topic, "$dn", 3)) {
			text_add(out, topic[1] == 'p' ? happening->product_key : happening->device_name);
			topic += 3;
		} else {
			text_add_char(out, *topic++);
		}
	}
}

enum fate mutate_run(struct act *act)
{
	const struct mutate *mutate = act->action->args;
	struct subject *subject = act->subject;
	struct effects *out = act->happening->out;
	struct text now = { 0 }, next = { 0 };
	struct json_doc doc = { 0 };
	size_t i, failed = 0;

	text_add_bytes(&now, subject->payload, subject->payload_len);
	for (i = 0; i < mutate->count; i++) {
		text_clear(&next);
		if (json_parse(&doc, text_string(&now), now.len, JSON_LENIENT, NULL) ||
		    !path_set(&mutate->changes[i].path, json_root(&doc), mutate->changes[i].value, &next)) {
			failed++;
			continue;
		}
		text_clear(&now);
		text_add_bytes(&now, text_string(&next), next.len);
	}
	if (mutate->count && !now.failed) {
		subject->payload = effects_copy(out, text_string(&now), now.len);
		subject->payload_len = now.len;
	}
	if (mutate->topic) {
		text_clear(&next);
		add_topic(&next, mutate->topic, act->happening);
		subject->topic = effects_copy(out, text_string(&next), next.len);
	}
	if (mutate->qos >= 0)
		subject->qos = mutate->qos;
	act_log(act, act->happening->event == EVENT_PUBLISH_UP ? SERVICE_UPLINK : SERVICE_DOWNLINK, act->happening->topic,
	        act->happening->code, failed ? "changed by scenario rule %s, but %zu of its paths have no place in it" :
	        "changed by scenario rule %s", act->label, failed);
	json_doc_free(&doc);
	text_free(&now);
	text_free(&next);
	return FATE_GOES_ON;
}

/* --- corrupt --- */

enum corruption { CORRUPT_TRUNCATE, CORRUPT_BITFLIP, CORRUPT_GARBAGE, CORRUPT_INVALID_JSON, CORRUPT_BAD_UTF8, CORRUPT_OVERSIZE };
#define CORRUPTIONS "truncate bitflip garbage invalid-json bad-utf8 oversize"

struct corrupt {
	enum corruption mode;
	int64_t bytes;          /* 0: as many as the mode does by itself */
};

const struct form_key corrupt_keys[] = {
	{ "mode",  FORM_STRING, CORRUPTIONS, true },
	{ "bytes", FORM_NUMBER, NULL, false },
	{ 0 }
};

void *corrupt_read(struct loading *loading, enum event event, struct json value)
{
	struct corrupt *corrupt = loading_new(loading, sizeof(*corrupt));
	int mode = word_of(CORRUPTIONS, json_get(value, "mode"));

	(void)event;
	loading_keys(loading, value, corrupt_keys);
	if (!corrupt)
		return NULL;
	corrupt->mode = mode < 0 ? CORRUPT_TRUNCATE : (enum corruption)mode;
	loading_whole(loading, json_get(value, "bytes"), 1, GROWTH_MAX, &corrupt->bytes);
	return corrupt;
}

/* Puts `bytes`, so often, behind byte `at`. */
static void insert(struct text *payload, size_t at, const char *bytes, size_t times)
{
	struct text made = { 0 };

	text_add_bytes(&made, text_string(payload), at);
	while (times--)
		text_add(&made, bytes);
	text_add_bytes(&made, text_string(payload) + at, payload->len - at);
	text_free(payload);
	*payload = made;
}

static void truncate_text(struct text *payload, size_t bytes, struct chance *chance)
{
	(void)chance;
	/* What is cut off; by itself the second half. */
	payload->len -= bytes ? (bytes < payload->len ? bytes : payload->len) : payload->len - payload->len / 2;
}

static void flip_bits(struct text *payload, size_t bytes, struct chance *chance)
{
	size_t i;

	for (i = 0; payload->len && i < (bytes ? bytes : 1); i++) {
		uint64_t bits = chance_bits(chance);

		payload->at[(bits >> 3) % payload->len] ^= (char)(1 << (bits & 7));
	}
}

static void make_garbage(struct text *payload, size_t bytes, struct chance *chance)
{
	size_t len = bytes ? bytes : payload->len, i;
	uint64_t bits = 0;

	text_clear(payload);
	for (i = 0; i < len; i++) {
		if (i % 8 == 0)
			bits = chance_bits(chance);
		text_add_char(payload, (char)(bits >> i % 8 * 8));
	}
}

static void break_json(struct text *payload, size_t bytes, struct chance *chance)
{
	const char *brace = payload->len ? memrchr(payload->at, '}', payload->len) : NULL;

	(void)bytes;
	(void)chance;
	/* A comma before the end is the least that makes it none; without a brace, one that is never closed. */
	insert(payload, brace ? (size_t)(brace - payload->at) : 0, brace ? ",," : "{", 1);
}

static void break_utf8(struct text *payload, size_t bytes, struct chance *chance)
{
	const char *quote = payload->len ? memrchr(payload->at, '"', payload->len) : NULL;

	(void)chance;
	insert(payload, quote ? (size_t)(quote - payload->at) : 0, "\xFF", bytes ? bytes : 1);
}

static void grow(struct text *payload, size_t bytes, struct chance *chance)
{
	(void)chance;
	/* Blanks after the end: JSON stays what it was. */
	while (payload->len < bytes && !payload->failed)
		text_add_char(payload, ' ');
}

enum fate corrupt_run(struct act *act)
{
	static void (*const modes[])(struct text *payload, size_t bytes, struct chance *chance) = {
		[CORRUPT_TRUNCATE] = truncate_text, [CORRUPT_BITFLIP] = flip_bits, [CORRUPT_GARBAGE] = make_garbage,
		[CORRUPT_INVALID_JSON] = break_json, [CORRUPT_BAD_UTF8] = break_utf8, [CORRUPT_OVERSIZE] = grow,
	};
	const struct corrupt *corrupt = act->action->args;
	struct happening *happening = act->happening;
	size_t bytes = (size_t)corrupt->bytes;
	struct text payload = { 0 };
	char word[24];

	if (corrupt->mode == CORRUPT_OVERSIZE && !bytes)
		bytes = (size_t)happening->cloud->settings.limits.payload_bytes + 1;
	text_add_bytes(&payload, act->subject->payload, act->subject->payload_len);
	modes[corrupt->mode](&payload, bytes, act->chance);
	if (!payload.failed) {
		act->subject->payload = effects_copy(happening->out, text_string(&payload), payload.len);
		act->subject->payload_len = payload.len;
	}
	text_free(&payload);
	word_at(CORRUPTIONS, corrupt->mode, word, sizeof(word));
	act_log(act, happening->event == EVENT_PUBLISH_UP ? SERVICE_UPLINK : SERVICE_DOWNLINK, happening->topic, happening->code,
	        "corrupted (%s) by scenario rule %s", word, act->label);
	return FATE_GOES_ON;
}

/* Actions on the message itself: answer it, hold it back, lose it, send it twice, send another in its place. */
#include "action.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "api.h"
#include "catalogue.h"
#include "kept.h"
#include "later.h"
#include "load.h"
#include "raw.h"

#define ANY_VALUE (FORM_BOOLEAN | FORM_NUMBER | FORM_STRING | FORM_ARRAY | FORM_OBJECT | 1 << JSON_NULL)
#define COPIES_MAX 100
#define HOLD_MAX   1000

/* --- reply --- */

const struct form_key reply_keys[] = {
	{ "code",    FORM_NUMBER | FORM_STRING, NULL, false },
	{ "message", FORM_STRING, NULL, false },
	{ "data",    ANY_VALUE,   NULL, false },
	{ "merge",   FORM_OBJECT, NULL, false },
	{ "raw",     FORM_STRING, NULL, false },
	{ "base64",  FORM_STRING, NULL, false },
	{ 0 }
};

/* OpenSSL's decoder wants whole groups of four and counts the padding as bytes. */
static bool read_base64(struct loading *loading, struct json value, struct answer *answer)
{
	char *text = json_strdup(value);
	size_t len = text ? strlen(text) : 0, padding = 0;
	unsigned char *bytes = len % 4 ? NULL : loading_new(loading, len + 1);
	int decoded = bytes ? EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len) : -1;

	if (decoded < 0) {
		form_complain(loading->form, value, "`base64` is not Base64");
	} else {
		while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
			padding++;
		answer->raw = (const char *)bytes;
		answer->raw_len = (size_t)decoded - padding;
	}
	free(text);
	return decoded >= 0;
}

static void read_merge(struct loading *loading, struct json value, struct answer *answer)
{
	struct path *paths = loading_new(loading, (json_count(value) + 1) * sizeof(*paths));

	answer->merge_values = loading_new(loading, (json_count(value) + 1) * sizeof(*answer->merge_values));
	if (!paths || !answer->merge_values)
		return;
	json_each(member, value) {
		size_t len;
		const char *key = json_span(json_key(member), &len);
		struct path *path = &paths[answer->merge_count];

		if (len > 1 && key[1] == '$') {
			if (!loading_path(loading, json_key(member), path))
				continue;
		} else {
			path->steps = loading_new(loading, sizeof(*path->steps));
			if (!path->steps)
				return;
			path->text = path->steps->name = loading_string(loading, json_key(member));
			path->count = 1;
		}
		answer->merge_values[answer->merge_count++] = loading_literal(loading, member);
	}
	answer->merge = paths;
}

static bool is_json(const char *text, size_t len)
{
	struct json_doc doc = { 0 };
	bool good = !json_parse(&doc, text, len, JSON_STRICT, NULL);

	json_doc_free(&doc);
	return good;
}

void *reply_read(struct loading *loading, enum event event, struct json value)
{
	struct answer *answer = loading_new(loading, sizeof(*answer));
	struct json raw = json_get(value, "raw");

	loading_keys(loading, value, reply_keys);
	if (!answer)
		return NULL;
	answer->has_code = loading_code(loading, json_get(value, "code"), &answer->code);
	answer->message = loading_string(loading, json_get(value, "message"));
	answer->data = loading_literal(loading, json_get(value, "data"));
	if (json_is(json_get(value, "merge"), JSON_OBJECT))
		read_merge(loading, json_get(value, "merge"), answer);
	if (json_is(raw, JSON_STRING)) {
		answer->raw = loading_string(loading, raw);
		answer->raw_len = answer->raw ? strlen(answer->raw) : 0;
	}
	if (json_is(json_get(value, "base64"), JSON_STRING))
		read_base64(loading, json_get(value, "base64"), answer);
	if (json_present(raw) && json_present(json_get(value, "base64")))
		form_complain(loading->form, value, "`raw` and `base64` are two ways to say the same: give one");
	else if ((json_present(raw) || json_present(json_get(value, "base64"))) && json_count(value) > 1)
		form_complain(loading->form, value, "`raw` and `base64` are the whole answer: nothing can stand beside them");
	else if (!json_count(value))
		form_complain(loading->form, value, "`reply` says nothing: give `code`, `data`, `merge`, `raw` or `base64`");
	else if (answer->raw && event == EVENT_API && !is_json(answer->raw, answer->raw_len))
		form_complain(loading->form, value, "a caller of the API is answered with JSON, and this is none");
	else if (!answer->has_code && !answer->raw && event == EVENT_PUBLISH_UP)
		form_complain(loading->form, value, "an answer in the platform's place needs `code`, `raw` or `base64`");
	return answer;
}

/* A script wrote what is there, so it is to write what stands in its place. */
bool answer_in_bytes(const struct happening *happening, const struct answer *answer)
{
	return happening->alink && !answer->raw && happening->device;
}

/* The caller's request is answered, as by the API itself. */
static void answer_caller(struct act *act, const struct answer *answer)
{
	struct effects *out = act->happening->out;
	char name[16];

	if (answer->raw) {
		effects_answer(out, act->subject->ticket, 200, answer->raw, answer->raw_len);
	} else if (answer->has_code && answer->code != CODE_SUCCESS) {
		snprintf(name, sizeof(name), "%d", answer->code);
		api_answer_error(out, act->subject->ticket, 409, name, answer->message ? answer->message : code_message(answer->code));
	} else {
		effects_answer(out, act->subject->ticket, 200, answer->data ? answer->data : "{}", answer->data ? strlen(answer->data) : 2);
	}
}

static enum fate reply_with(struct act *act, const struct answer *answer)
{
	struct happening *happening = act->happening;
	struct text payload = { 0 };
	int code = answer->has_code ? answer->code : CODE_SUCCESS;

	switch (happening->event) {
	case EVENT_API:
		act_log(act, SERVICE_API, happening->topic, code, "answered by scenario rule %s instead of being executed", act->label);
		answer_caller(act, answer);
		return FATE_TAKEN;
	case EVENT_PUBLISH_UP:
		if (!answer_send(act, answer, code)) {
			act_log(act, SERVICE_UPLINK, happening->topic, 0, "scenario rule %s cannot answer it: nothing ever answers such a message",
			        act->label);
			return FATE_GOES_ON;
		}
		act_log(act, SERVICE_UPLINK, happening->topic, code, "answered by scenario rule %s, the platform did not see it", act->label);
		return FATE_TAKEN;
	default:
		code = happening->code;
		if (!answer_bend(answer, happening, &code, &payload)) {
			act_log(act, SERVICE_DOWNLINK, happening->topic, 0, "scenario rule %s cannot change it: it is no JSON object", act->label);
			text_free(&payload);
			return FATE_GOES_ON;
		}
		act_log(act, SERVICE_DOWNLINK, happening->topic, code, "replaced by scenario rule %s", act->label);
		if (answer_in_bytes(happening, answer)) {
			raw_answer(happening->cloud, happening->device, &(struct raw_answer){
				.operation = happening->operation, .id = happening_id(happening), .reply = text_string(&payload),
				.reply_len = payload.len, .code = code, .trace = happening->trace }, happening->out);
			text_free(&payload);
			return FATE_TAKEN;
		}
		if (!act->subject) {
			text_free(&payload);
			return FATE_TAKEN;       /* it was late, and its device is gone */
		}
		act->subject->code = code;
		act->subject->payload = effects_copy(happening->out, text_string(&payload), payload.len);
		act->subject->payload_len = payload.len;
		text_free(&payload);
		return FATE_STOPS;
	}
}

enum fate reply_run(struct act *act)
{
	return reply_with(act, act->action->args);
}

/* --- delay, drop, duplicate, reorder --- */

void *delay_action_read(struct loading *loading, enum event event, struct json value)
{
	struct delay *delay = loading_new(loading, sizeof(*delay));

	(void)event;
	if (delay)
		delay_read(loading, value, delay);
	return delay;
}

/* Who holds the message back, so that maxActive and unloading know of it. */
static void hold_by(struct act *act)
{
	act->subject->holder = act->rule;
	act->subject->holder_tally = act->tally;
}

enum fate delay_run(struct act *act)
{
	int64_t since_ms = act->tally ? act->happening->now_ms - act->tally->first_ms : 0;
	int64_t delay_ms = delay_draw(act->action->args, act->chance, since_ms);

	act->subject->delay_ms += delay_ms;
	hold_by(act);
	act_log(act, act->happening->event == EVENT_PUBLISH_UP ? SERVICE_UPLINK : SERVICE_DOWNLINK, act->happening->topic,
	        act->happening->code, "held back for %lld ms by scenario rule %s", (long long)delay_ms, act->label);
	return FATE_GOES_ON;
}

void *drop_read(struct loading *loading, enum event event, struct json value)
{
	(void)event;
	if (json_is(value, JSON_STRING) && !json_is_string(value, "this"))
		form_complain(loading->form, value, "`drop` must be \"this\"");
	return NULL;
}

enum fate drop_run(struct act *act)
{
	act_log(act, act->happening->event == EVENT_PUBLISH_UP ? SERVICE_UPLINK : SERVICE_DOWNLINK, act->happening->topic,
	        act->happening->code, "dropped by scenario rule %s", act->label);
	return FATE_TAKEN;
}

struct duplicate {
	int64_t count, gap_ms;
	bool    new_id;
};

const struct form_key duplicate_keys[] = {
	{ "count", FORM_NUMBER,  NULL, false },
	{ "gap",   FORM_STRING,  NULL, false },
	{ "newId", FORM_BOOLEAN, NULL, false },
	{ 0 }
};

void *duplicate_read(struct loading *loading, enum event event, struct json value)
{
	struct duplicate *duplicate = loading_new(loading, sizeof(*duplicate));

	(void)event;
	loading_keys(loading, value, duplicate_keys);
	if (!duplicate)
		return NULL;
	duplicate->count = 1;
	loading_whole(loading, json_get(value, "count"), 1, COPIES_MAX, &duplicate->count);
	loading_duration(loading, json_get(value, "gap"), &duplicate->gap_ms);
	duplicate->new_id = json_is(json_get(value, "newId"), JSON_TRUE);
	return duplicate;
}

enum fate duplicate_run(struct act *act)
{
	const struct duplicate *duplicate = act->action->args;
	bool has_id = !act->happening->alink && json_is(happening_body(act->happening), JSON_OBJECT);

	if (act->subject->ticket || act->subject->over_http) {
		act_log(act, SERVICE_DOWNLINK, act->happening->topic, act->happening->code,
		        "scenario rule %s cannot send it again: an HTTP request has one answer", act->label);
		return FATE_GOES_ON;
	}
	act->subject->copies = (size_t)duplicate->count;
	act->subject->copy_gap_ms = duplicate->gap_ms;
	act->subject->copy_new_ids = duplicate->new_id && has_id;
	hold_by(act);
	act_log(act, act->happening->event == EVENT_PUBLISH_UP ? SERVICE_UPLINK : SERVICE_DOWNLINK, act->happening->topic,
	        act->happening->code, "sent %lld times more by scenario rule %s%s", (long long)duplicate->count, act->label,
	        duplicate->new_id && !has_id ? ", with the id that is in its bytes" : "");
	return FATE_GOES_ON;
}

void copy_with_id(struct happening *happening, struct subject *copy, size_t index)
{
	struct chance chance = {
		copy->holder->scenario->seed, copy->holder->scenario->name, copy->holder->id, copy->holder_tally->key,
		copy->holder_tally->eligible, 1000 + (unsigned)index,      /* behind any draw of the actions */
	};
	struct path_step step = { "id", 0 };
	struct path path = { "$.id", &step, 1 };
	struct json body = happening_body(happening);
	struct text changed = { 0 };
	char id[16];

	/* doc: ids are decimal numbers below 2^32, as strings. */
	snprintf(id, sizeof(id), "\"%u\"", (unsigned)(chance_bits(&chance) >> 33) + 1);
	if (json_is(body, JSON_OBJECT) && path_set(&path, body, id, &changed)) {
		copy->payload = effects_copy(happening->out, text_string(&changed), changed.len);
		copy->payload_len = changed.len;
	}
	text_free(&changed);
}

struct reorder {
	int64_t hold, max_ms;
};

const struct form_key reorder_keys[] = {
	{ "hold", FORM_NUMBER, NULL, false },
	{ "max",  FORM_STRING, NULL, false },
	{ 0 }
};

void *reorder_read(struct loading *loading, enum event event, struct json value)
{
	struct reorder *reorder = loading_new(loading, sizeof(*reorder));

	(void)event;
	loading_keys(loading, value, reorder_keys);
	if (!reorder)
		return NULL;
	*reorder = (struct reorder){ 1, 5000 };
	loading_whole(loading, json_get(value, "hold"), 1, HOLD_MAX, &reorder->hold);
	loading_duration(loading, json_get(value, "max"), &reorder->max_ms);
	return reorder;
}

enum fate reorder_run(struct act *act)
{
	const struct reorder *reorder = act->action->args;

	/* While one waits for others to pass, the next one is such an other. */
	if (laters_passed(act->scenario->engine, act->tally))
		return FATE_GOES_ON;
	act->subject->hold = (size_t)reorder->hold;
	act->subject->hold_max_ms = reorder->max_ms;
	hold_by(act);
	return FATE_GOES_ON;
}

/* --- stale --- */

const struct form_key stale_keys[] = {
	{ "replay", FORM_STRING, "previous first", true },
	{ 0 }
};

struct stale {
	bool first;
};

void *stale_read(struct loading *loading, enum event event, struct json value)
{
	struct stale *stale = loading_new(loading, sizeof(*stale));

	(void)event;
	loading_keys(loading, value, stale_keys);
	if (stale)
		stale->first = json_is_string(json_get(value, "replay"), "first");
	return stale;
}

enum fate stale_run(struct act *act)
{
	const struct stale *stale = act->action->args;
	struct happening *happening = act->happening;
	struct answer answer = { 0 };

	if (!kept_find(act->scenario->engine, happening, stale->first, &answer.raw, &answer.raw_len)) {
		act_log(act, SERVICE_DOWNLINK, happening->topic, 0, "scenario rule %s has no earlier message to repeat", act->label);
		return FATE_GOES_ON;
	}
	if (happening->event == EVENT_PUBLISH_UP) {
		act_log(act, SERVICE_UPLINK, happening->topic, 0, "scenario rule %s repeats the %s answer, the platform did not see it",
		        act->label, stale->first ? "first" : "previous");
		return answer_send(act, &answer, CODE_SUCCESS) ? FATE_TAKEN : FATE_GOES_ON;
	}
	act->subject->payload = effects_copy(happening->out, answer.raw, answer.raw_len);
	act->subject->payload_len = answer.raw_len;
	act_log(act, SERVICE_DOWNLINK, happening->topic, 0, "scenario rule %s repeats the %s message instead", act->label,
	        stale->first ? "first" : "previous");
	return FATE_STOPS;
}

/* --- throttle.platform --- */

struct throttle {
	bool    off;
	int64_t rate, burst;
};

const struct form_key throttle_keys[] = {
	{ "rate",  FORM_NUMBER,  NULL, false },
	{ "burst", FORM_NUMBER,  NULL, false },
	{ "off",   FORM_BOOLEAN, NULL, false },
	{ 0 }
};

void *throttle_read(struct loading *loading, enum event event, struct json value)
{
	struct throttle *throttle = loading_new(loading, sizeof(*throttle));

	loading_keys(loading, value, throttle_keys);
	if (!throttle)
		return NULL;
	throttle->off = json_is(json_get(value, "off"), JSON_TRUE);
	loading_whole(loading, json_get(value, "rate"), 0, 1000000, &throttle->rate);
	throttle->burst = throttle->rate ? throttle->rate : 1;
	loading_whole(loading, json_get(value, "burst"), 1, 1000000, &throttle->burst);
	if (!throttle->off && !json_present(json_get(value, "rate")))
		form_complain(loading->form, value, "`rate` is missing: messages per second; 0 lets nothing through");
	if (throttle->off && event != EVENT_COUNT)
		form_complain(loading->form, value, "`off` ends a throttle of the timeline; a rule ends with `times`, `during` or `enabled`");
	return throttle;
}

/* What leaves too fast: an answer becomes 429, any other message is lost. */
static enum fate over_rate_down(struct act *act, int64_t rate)
{
	static const struct answer busy = { .has_code = true, .code = CODE_TOO_MANY_REQUESTS };
	struct happening *happening = act->happening;

	act_log(act, SERVICE_DOWNLINK, happening->topic, CODE_DEVICE_THROTTLED, "more than %lld messages in a second (scenario rule %s)",
	        (long long)rate, act->label);
	if (happening->event != EVENT_REPLY || !operation_documents(happening->operation, CODE_TOO_MANY_REQUESTS))
		return FATE_TAKEN;
	return reply_with(act, &busy);
}

/* doc: 429 where the operation has it, silence where the cloud is silent. */
static enum fate over_rate(struct act *act, int64_t rate)
{
	struct happening *happening = act->happening;
	struct answer answer = { .has_code = true, .code = CODE_TOO_MANY_REQUESTS };

	if (happening->event != EVENT_PUBLISH_UP)
		return over_rate_down(act, rate);
	if (operation_documents(happening->operation, CODE_TOO_MANY_REQUESTS)) {
		answer_send(act, &answer, CODE_TOO_MANY_REQUESTS);
		act_log(act, SERVICE_UPLINK, happening->topic, CODE_TOO_MANY_REQUESTS,
		        "more than %lld messages in a second (scenario rule %s)", (long long)rate, act->label);
	} else {
		act_log(act, SERVICE_UPLINK, happening->topic, CODE_DEVICE_THROTTLED,
		        "more than %lld messages in a second (scenario rule %s): not answered", (long long)rate, act->label);
	}
	return FATE_TAKEN;
}

/* A burst of so many at once, which comes back at the rate. */
static bool within_rate(struct tally *tally, int64_t rate, int64_t burst, int64_t now_ms)
{
	return rate && bucket_take(&tally->bucket, burst, burst * 1000 / rate > 0 ? burst * 1000 / rate : 1, 1, now_ms);
}

enum fate throttle_run(struct act *act)
{
	const struct throttle *throttle = act->action->args;
	struct standing_throttle *standing, **at;

	if (act->rule)
		return within_rate(act->tally, throttle->rate, throttle->burst, act->happening->now_ms) ? FATE_GOES_ON :
			over_rate(act, throttle->rate);
	/* On the timeline it stands from now on, one for each target. */
	for (at = &act->scenario->throttles; *at && strcmp((*at)->target, act->target); at = &(*at)->next)
		;
	standing = *at;
	if (standing) {
		*at = standing->next;
		tallies_free(act->scenario->engine, &standing->tallies);
	} else if (!throttle->off) {
		standing = arena_alloc(&act->scenario->arena, sizeof(*standing));
		if (!standing)
			return FATE_GOES_ON;
	}
	if (!throttle->off) {
		*standing = (struct standing_throttle){ .next = act->scenario->throttles, .target = act->target, .label = act->label,
		                                        .rate = throttle->rate, .burst = throttle->burst };
		act->scenario->throttles = standing;
	}
	act->scenario->engine->stale = true;
	act_log(act, SERVICE_OTHER, "throttle.platform", 0, throttle->off ? "scenario step %s ends the limit on %s" :
	        "scenario step %s limits the messages of %s", act->label, act->target);
	return FATE_GOES_ON;
}

bool throttles_take(struct scenarios *engine, struct happening *happening)
{
	struct scenario *scenario;
	struct standing_throttle *at;

	for (scenario = engine->first; scenario; scenario = scenario->next)
		for (at = scenario->throttles; at && !scenario->over; at = at->next) {
			struct act act = { .scenario = scenario, .label = at->label, .happening = happening };
			struct tally *tally;

			if (!device_glob_matches(at->target, happening->product_key, happening->device_name))
				continue;
			tally = tally_of(engine, &at->tallies, happening_key(happening, PER_DEVICE), true);
			if (tally && !within_rate(tally, at->rate, at->burst, happening->now_ms)) {
				over_rate(&act, at->rate);
				return true;
			}
		}
	return false;
}

bool operation_documents(const char *operation, int code)
{
	const struct catalogue_row *row = catalogue_find(operation);

	return row && codes_have(row->codes, code);
}

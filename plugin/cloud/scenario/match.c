#include "match.h"

#include <stdio.h>
#include <string.h>

#include "load.h"
#include "sample.h"
#include "tag.h"

bool is_glob(const char *text)
{
	return strpbrk(text, "*?") != NULL;
}

bool device_glob_matches(const char *pattern, const char *product_key, const char *device_name)
{
	const char *slash = strchr(pattern, '/');
	char product[NAME_MAX_BYTES + 1];

	if (!slash)
		return glob_matches(pattern, device_name);
	if ((size_t)(slash - pattern) >= sizeof(product))
		return false;
	snprintf(product, sizeof(product), "%.*s", (int)(slash - pattern), pattern);
	return glob_matches(product, product_key) && glob_matches(slash + 1, device_name);
}

static bool saw(struct seen *seen, const char *condition, const char *text)
{
	seen->condition = condition;
	snprintf(seen->text, sizeof(seen->text), "%.*s", (int)sizeof(seen->text) - 1, text);
	return false;
}

static bool saw_value(struct seen *seen, const char *condition, struct json value)
{
	size_t len;
	const char *literal = json_span(value, &len);

	seen->condition = condition;
	snprintf(seen->text, sizeof(seen->text), "%.*s", json_present(value) ? (int)(len < 79 ? len : 79) : 7,
	         json_present(value) ? literal : "nothing");
	return false;
}

/* --- text --- */

static bool any_glob(const struct condition *condition, const char *text)
{
	size_t i;

	for (i = 0; i < condition->word_count; i++)
		if (glob_matches(condition->words[i], text))
			return true;
	return false;
}

static bool product_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                          struct seen *seen)
{
	(void)scenario;
	return any_glob(condition, happening->product_key) || saw(seen, "match.product", happening->product_key);
}

static bool device_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                         struct seen *seen)
{
	size_t i;

	(void)scenario;
	for (i = 0; i < condition->word_count; i++)
		if (*happening->device_name &&
		    device_glob_matches(condition->words[i], happening->product_key, happening->device_name))
			return true;
	return saw(seen, "match.device", happening_key(happening, PER_DEVICE));
}

static bool gateway_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                          struct seen *seen)
{
	const struct device *gateway = happening_gateway(happening);
	size_t i;

	(void)scenario;
	for (i = 0; gateway && i < condition->word_count; i++)
		if (device_glob_matches(condition->words[i], gateway->product->key, gateway->name))
			return true;
	return saw(seen, "match.gateway", gateway ? gateway->name : "none");
}

/* `gateway` holds for what a gateway says for itself, too: this tells the two apart. */
static bool node_type_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                            struct seen *seen)
{
	static const char *const names[] = { [NODE_DEVICE] = "device", [NODE_GATEWAY] = "gateway", [NODE_SUB_DEVICE] = "sub-device" };
	const char *name = happening->device ? names[happening->device->product->node_type] : "unknown";

	(void)scenario;
	return any_glob(condition, name) || saw(seen, "match.nodeType", name);
}

static bool client_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                         struct seen *seen)
{
	(void)scenario;
	return any_glob(condition, happening->client_id) || saw(seen, "match.clientId", happening->client_id);
}

static bool listener_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                           struct seen *seen)
{
	static const char *const names[] = { [TRANSPORT_UNKNOWN] = "unknown", [TRANSPORT_TCP] = "tcp", [TRANSPORT_TLS] = "tls" };

	(void)scenario;
	return any_glob(condition, names[happening->transport]) || saw(seen, "match.listener", names[happening->transport]);
}

/* `filter` with $pk and $dn filled in. */
static bool filter_matches(const char *filter, const struct happening *happening)
{
	char full[600];
	size_t len = 0;

	if (!strchr(filter, '$'))
		return topic_matches(filter, happening->topic);
	while (*filter && len + NAME_MAX_BYTES + 2 < sizeof(full)) {
		bool pk = !strncmp(filter, "$pk", 3), dn = !strncmp(filter, "$dn", 3);

		if (pk || dn) {
			len += (size_t)snprintf(full + len, sizeof(full) - len, "%s", pk ? happening->product_key : happening->device_name);
			filter += 3;
		} else {
			full[len++] = *filter++;
		}
	}
	full[len] = '\0';
	return !*filter && topic_matches(full, happening->topic);
}

static bool topic_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                        struct seen *seen)
{
	size_t i;

	(void)scenario;
	for (i = 0; i < condition->word_count; i++)
		/* A filter that a device subscribes to is compared as it stands, too. */
		if (filter_matches(condition->words[i], happening) || !strcmp(condition->words[i], happening->topic))
			return true;
	return saw(seen, "match.topic", happening->topic);
}

/* The three words of pass-through posts name one topic: which it is only the script tells. */
static bool method_is(const char *word, const char *operation)
{
	size_t len = strlen(word);

	if (glob_matches(word, operation))
		return true;
	return len > 4 && !strcmp(word + len - 4, ".raw") && !strcmp(operation, RAW_OPERATION);
}

static bool method_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                         struct seen *seen)
{
	size_t i;

	(void)scenario;
	for (i = 0; i < condition->word_count; i++)
		if (method_is(condition->words[i], happening->operation) ||
		    (*happening->alink_method && glob_matches(condition->words[i], happening->alink_method)))
			return true;
	return saw(seen, "match.method", happening->operation);
}

static bool id_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                     struct seen *seen)
{
	const char *id = happening_id(happening);

	(void)scenario;
	return value_test_holds_text(condition->test, id) || saw(seen, "match.msgId", id);
}

/* --- numbers --- */

static bool number_holds(const struct condition *condition, int64_t number, const char *name, struct seen *seen)
{
	struct json_doc doc = { 0 };
	char digits[24];
	size_t i;
	bool holds = false;

	for (i = 0; i < condition->number_count; i++)
		if (condition->numbers[i] == number)
			return true;
	snprintf(digits, sizeof(digits), "%lld", (long long)number);
	if (condition->test) {
		holds = !json_parse(&doc, digits, strlen(digits), JSON_STRICT, NULL) &&
		        value_test_holds(condition->test, json_root(&doc));
		json_doc_free(&doc);
	}
	return holds || saw(seen, name, digits);
}

static bool version_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                          struct seen *seen)
{
	(void)scenario;
	return number_holds(condition, happening->protocol, "match.version", seen);
}

static bool qos_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                      struct seen *seen)
{
	(void)scenario;
	return number_holds(condition, happening->qos, "match.qos", seen);
}

static bool code_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                       struct seen *seen)
{
	int64_t code = happening->code;

	(void)scenario;
	if (!code)
		json_int64(json_get(happening_body(happening), "code"), &code);
	return number_holds(condition, code, "match.code", seen);
}

/* --- values --- */

/* Whether a value is what the device's model says of the property at that path, `$` being all of them. */
static bool tsl_violated(struct happening *happening, const struct path *path, struct json value)
{
	const struct tsl *tsl = happening->device ? happening->device->product->tsl : NULL;
	struct json unused;
	int row;

	if (!tsl)
		return true;
	if (!path->count) {
		json_each(member, value) {
			struct path_step step = { 0 };
			struct path one = { .steps = &step, .count = 1 };
			char name[NAME_MAX_BYTES];

			if (json_string(json_key(member), name, sizeof(name)) < 0)
				return true;
			step.name = name;
			if (tsl_violated(happening, &one, member))
				return true;
		}
		return !json_is(value, JSON_OBJECT);
	}
	row = path->count == 1 && path->steps[0].name ?
		tsl_find_property(tsl, path->steps[0].name, strlen(path->steps[0].name)) : -1;
	return row < 0 || tsl_check(&tsl->properties[row].spec, sample_unwrap(value, &unused), path->steps[0].name,
	                            VALIDATION_STRONG, &happening->cloud->settings, NULL) != CODE_SUCCESS;
}

bool path_tests_hold(const struct path_test *tests, size_t count, struct json root, struct happening *happening,
                     struct seen *seen)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct json value = path_get(&tests[i].path, root);
		bool holds = tests[i].tsl == TSL_NO_WORD ? value_test_holds(&tests[i].test, value) :
			tsl_violated(happening, &tests[i].path, value) == (tests[i].tsl == TSL_VIOLATES);

		if (!holds)
			return saw_value(seen, tests[i].path.text, value);
	}
	return true;
}

static bool params_hold(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                        struct seen *seen)
{
	(void)scenario;
	return path_tests_hold(condition->paths, condition->path_count, happening_params(happening), happening, seen);
}

static bool payload_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                          struct seen *seen)
{
	(void)scenario;
	return path_tests_hold(condition->paths, condition->path_count, happening_body(happening), happening, seen);
}

static bool http_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                       struct seen *seen)
{
	size_t i;

	(void)scenario;
	for (i = 0; i < condition->state_count; i++) {
		const struct named_test *test = &condition->states[i];
		const char *text = !strcmp(test->name, "path") ? happening->topic :
			!strcmp(test->name, "range") ? happening->range : happening->verb;
		bool holds = text ? value_test_holds_text(&test->test, text) : value_test_holds(&test->test, (struct json){ 0 });

		if (!holds)
			return saw(seen, "match.http", text ? text : "nothing");
	}
	return true;
}

/* A tag's value is text. */
static bool tag_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                      struct seen *seen)
{
	const char *tags = happening->device ? happening->device->tags : NULL;
	struct json_doc doc = { 0 };
	bool holds = true;
	size_t i;

	(void)scenario;
	if (tags)
		json_parse(&doc, tags, strlen(tags), JSON_LENIENT, NULL);
	for (i = 0; holds && i < condition->word_count; i++) {
		const char *equals = strchr(condition->words[i], '=');
		char name[NAME_MAX_BYTES], value[600];

		snprintf(name, sizeof(name), "%.*s", (int)(equals - condition->words[i]), condition->words[i]);
		holds = json_string(json_get(json_root(&doc), name), value, sizeof(value)) >= 0 && glob_matches(equals + 1, value);
	}
	json_doc_free(&doc);
	return holds || saw(seen, "match.tag", tags ? tags : "none");
}

static const char *device_state(const struct happening *happening)
{
	if (happening->event == EVENT_LIFECYCLE)
		return happening->change;
	if (!happening->device)
		return "unknown";
	return !happening->device->enabled ? "disabled" : device_route(happening->device) ? "online" : "offline";
}

static bool state_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                        struct seen *seen)
{
	size_t i;

	if (condition->word_count)
		return any_glob(condition, device_state(happening)) || saw(seen, "match.state", device_state(happening));
	for (i = 0; i < condition->state_count; i++) {
		const char *value = state_get(scenario, happening_key(happening, scenario->per), condition->states[i].name);

		if (!named_test_holds(&condition->states[i], value))
			return saw(seen, "match.state", value ? value : "nothing");
	}
	return true;
}

/* --- of other matches --- */

static bool any_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                      struct seen *seen)
{
	struct seen unused;
	size_t i;

	for (i = 0; i < condition->match_count; i++)
		if (match_holds(&condition->matches[i], happening, scenario, &unused))
			return true;
	return saw(seen, "match.any", "none of them holds");
}

static bool all_hold(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                     struct seen *seen)
{
	size_t i;

	for (i = 0; i < condition->match_count; i++)
		if (!match_holds(&condition->matches[i], happening, scenario, seen))
			return false;
	return true;
}

static bool not_holds(const struct condition *condition, struct happening *happening, const struct scenario *scenario,
                      struct seen *seen)
{
	struct seen unused;

	return !match_holds(&condition->matches[0], happening, scenario, &unused) || saw(seen, "match.not", "it holds");
}

#define BIT(name) (1u << EVENT_##name)
#define MESSAGES  (BIT(PUBLISH_UP) | BIT(REPLY) | BIT(PUBLISH_DOWN))
#define READ_BY_SCRIPTS (MESSAGES | BIT(SCRIPT))
#define LINKED    (MESSAGES | BIT(CONNECT) | BIT(SUBSCRIBE) | BIT(UNSUBSCRIBE))
#define EVERY     ((1u << EVENT_COUNT) - 1)
#define TEXTS     (FORM_STRING | FORM_ARRAY)
#define NUMBERS   (FORM_NUMBER | FORM_STRING | FORM_ARRAY | FORM_OBJECT)

static const struct match_field fields[] = {
	{ { "product",  TEXTS, NULL, false },   EVERY, read_globs, product_holds },
	{ { "device",   TEXTS, NULL, false },   EVERY, read_device_globs, device_holds },
	{ { "gateway",  TEXTS, NULL, false },   EVERY, read_device_globs, gateway_holds },
	{ { "nodeType", FORM_STRING, "device gateway sub-device", false }, EVERY, read_globs, node_type_holds },
	{ { "tag",      TEXTS, NULL, false },   EVERY, read_tags, tag_holds },
	{ { "clientId", TEXTS, NULL, false },   LINKED, read_globs, client_holds },
	{ { "listener", FORM_STRING, "tcp tls", false }, LINKED, read_globs, listener_holds },
	{ { "version",  NUMBERS, NULL, false }, LINKED, read_numbers, version_holds },
	{ { "topic",    TEXTS, NULL, false },   READ_BY_SCRIPTS | BIT(SUBSCRIBE) | BIT(UNSUBSCRIBE), read_filters, topic_holds },
	{ { "method",   TEXTS, NULL, false },   READ_BY_SCRIPTS, read_methods, method_holds },
	{ { "msgId",    FORM_STRING | FORM_OBJECT, NULL, false }, READ_BY_SCRIPTS, read_test, id_holds },
	{ { "qos",      NUMBERS, NULL, false }, MESSAGES | BIT(SUBSCRIBE), read_numbers, qos_holds },
	{ { "code",     NUMBERS, NULL, false }, READ_BY_SCRIPTS, read_codes, code_holds },
	{ { "params",   FORM_OBJECT, NULL, false }, MESSAGES | BIT(API), read_params, params_hold },
	{ { "payload",  FORM_OBJECT, NULL, false }, READ_BY_SCRIPTS, read_payload, payload_holds },
	{ { "http",     FORM_OBJECT, NULL, false }, BIT(API) | BIT(HTTP_REQUEST), read_http, http_holds },
	{ { "state",    TEXTS | FORM_OBJECT, NULL, false }, EVERY, read_states, state_holds },
	{ { "any",      FORM_ARRAY, NULL, false },  EVERY, read_matches, any_holds },
	{ { "all",      FORM_ARRAY, NULL, false },  EVERY, read_matches, all_hold },
	{ { "not",      FORM_OBJECT, NULL, false }, EVERY, read_not, not_holds },
};

const struct match_field *match_fields(size_t *count)
{
	*count = sizeof(fields) / sizeof(fields[0]);
	return fields;
}

bool match_holds(const struct match *match, struct happening *happening, const struct scenario *scenario,
                 struct seen *seen)
{
	size_t i;

	for (i = 0; match && i < match->count; i++)
		if (!match->conditions[i].field->holds(&match->conditions[i], happening, scenario, seen))
			return false;
	return true;
}

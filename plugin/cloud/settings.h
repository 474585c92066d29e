/*
 * Limits and options of a cloud, one row each in settings.def, from which the
 * struct, the loader, the README's tables and the JSON Schema are made.
 */
#ifndef ALINK_SETTINGS_H
#define ALINK_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"

enum profile { PROFILE_TEST, PROFILE_PLATFORM };

/* The values of options that are words, in the order of settings.def (test_settings compares them). */
enum { FORCED_OFFLINE_ERROR, FORCED_OFFLINE_LOGOUT_REPLY, FORCED_OFFLINE_BOTH };
enum { DISABLED_LOGIN_522, DISABLED_LOGIN_6204 };
enum { BATCH_LIMIT_460, BATCH_LIMIT_1914 };
enum { TOPOLOGY_REPLY_ARRAY, TOPOLOGY_REPLY_OBJECT };
enum { KEEPALIVE_ABOVE_MAX_ACCEPT, KEEPALIVE_ABOVE_MAX_REFUSE };
enum { PROTOCOL_DOWNGRADE_ACCEPT, PROTOCOL_DOWNGRADE_REFUSE };
enum { DEVICE_NAME_API, DEVICE_NAME_STRICT };
enum { CUSTOM_TOPICS_BOTH, CUSTOM_TOPICS_USER, CUSTOM_TOPICS_LEGACY };
enum { AUTO_SUBSCRIBE_FLAG, AUTO_SUBSCRIBE_ALWAYS, AUTO_SUBSCRIBE_NEVER };
enum { TOPOLOGY_ADD_MOVE, TOPOLOGY_ADD_REFUSE };
enum { MALFORMED_REPLY, MALFORMED_SILENT };
enum { PROPERTY_REPLY_DATA, PROPERTY_REPLY_CODE };
enum { PROPERTY_TEXT_LEGACY, PROPERTY_TEXT_CODE };
enum { OTA_SIGN_MD5, OTA_SIGN_SHA256 };
enum { PRODUCT_REGISTER_ENTRY, PRODUCT_REGISTER_ALWAYS_200 };
enum { LOGIN_RATE_NEW, LOGIN_RATE_OLD };
enum { NTP_MIRROR, NTP_STRING };
enum { RAW_FALLBACK_NONE, RAW_FALLBACK_JSON };

#define LIMIT_MAX INT32_MAX   /* the largest value a limit may have */

/*
 * settings.def rows:
 *   LIMIT(field, "jsonName", default in profile test, default in profile platform, "what lies beyond it")
 *   OPTION(field, "jsonName", "value0 value1 …" (default first; true/false are JSON booleans), "what it does")
 * An option's field holds the index of its value, by the enums below; that of a true/false option
 * simply 1 for true and 0 for false, whichever is the default.
 */
struct settings {
	enum profile profile;
	struct {
#define LIMIT(field, name, test, platform, beyond) int64_t field;
#define OPTION(field, name, values, what)
#include "settings.def"
#undef LIMIT
#undef OPTION
	} limits;
	struct {
#define LIMIT(field, name, test, platform, beyond)
#define OPTION(field, name, values, what) int field;
#include "settings.def"
#undef LIMIT
#undef OPTION
	} options;
};

struct limit_row {
	const char *name;
	int64_t     test, platform;
	const char *beyond;
	size_t      offset;      /* of the int64_t in struct settings */
};

struct option_row {
	const char *name;
	const char *values;      /* separated by one blank, default first */
	const char *what;
	size_t      offset;      /* of the int in struct settings */
};

const struct limit_row  *settings_limits(size_t *count);
const struct option_row *settings_options(size_t *count);

/* Every default of that profile. */
void settings_init(struct settings *settings, enum profile profile);

/*
 * One member of `limits` or `options`. NULL when fine, else a static or `buf`-held sentence
 * ("must be a whole number from 0 to …", "must be one of a, b"); unknown names come with a suggestion.
 */
const char *settings_set_limit(struct settings *settings, struct json member, char *buf, size_t size);
const char *settings_set_option(struct settings *settings, struct json member, char *buf, size_t size);

bool option_is_boolean(const struct option_row *row);
/* The text of an option's present value. */
const char *option_value(const struct settings *settings, const struct option_row *row, char *buf, size_t size);

/* Words separated by one blank: the index of the one that `value` is, -1 when it is none. A number's
   literal counts as a word, so that codes may be written without quotes. */
int words_find(const char *words, struct json value);
/* "a, b, c", cut off at the end of buf. */
const char *words_list(const char *words, char *buf, size_t size);

/* The name among `rows` (count of them, `stride` bytes apart, the first member a const char *) nearest to
   `word`; NULL when none is near. For "did you mean". */
const char *suggest(const char *word, const void *rows, size_t count, size_t stride);

#endif

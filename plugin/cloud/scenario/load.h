/*
 * Reading a scenario file: strictly, with a complaint for each thing that is wrong and the place where it stands.
 *
 * A reader complains and goes on, so that one run shows all that is wrong; what is wrong reads as absent.
 */
#ifndef ALINK_SCENARIO_LOAD_H
#define ALINK_SCENARIO_LOAD_H

#include "action.h"
#include "duration.h"
#include "engine.h"
#include "match.h"

#define SCENARIO_BYTES_MAX ((size_t)4 << 20)
#define ID_MAX 64
#define RULES_MAX 10000
#define RAW_OPERATION "thing.model.up_raw"     /* the topic of pass-through posts, whatever the script makes of it */

/* What exists, for names in the file. Globs are not asked for. */
struct names {
	bool (*has_product)(const void *ctx, const char *product_key);
	bool (*has_device)(const void *ctx, const char *product_key, const char *device_name);   /* key NULL: of any */
	/* Up to `max` names for suggestions ("PK" or "PK/DN"), as static or long-lived text. */
	size_t (*products)(const void *ctx, const char **rows, size_t max);
	size_t (*devices)(const void *ctx, const char **rows, size_t max);
	const struct cloud_file_product *around;   /* those that exist, for fixtures; NULL: none are known */
	size_t      around_count;
	const void *ctx;
	bool        open;              /* nothing is known: an unknown name is only worth a warning */
};

struct loading {
	struct scenario   *scenario;   /* being filled */
	struct form       *form;
	const struct names *names;
	struct scenarios  *engine;     /* NULL: only judged */
	struct json        raw;        /* the rule or step being read, for messages */
	int                depth;      /* of matches within matches */
};

/* The keys of the objects that a file is made of; a table of keys ends with a row without a name. */
extern const struct form_key scenario_keys[], clock_spec_keys[], defaults_keys[], stop_keys[], report_keys[],
	rule_keys[], when_keys[], burst_keys[], set_keys[], step_keys[], after_keys[], repeat_keys[],
	expect_keys[], count_keys[], intervals_keys[], http_match_keys[];
/* load_value.c */
size_t keys_count(const struct form_key *keys);
void   loading_keys(struct loading *loading, struct json object, const struct form_key *keys);   /* form_check with them */

void *loading_new(struct loading *loading, size_t size);                    /* of the scenario's arena */
char *loading_string(struct loading *loading, struct json string);          /* decoded copy; NULL when it is none */
char *loading_id(struct loading *loading, struct json value);               /* NULL after a complaint */
char *loading_label(struct loading *loading, const char *id);               /* "scenario/id" */
char *loading_literal(struct loading *loading, struct json value);          /* its JSON text */
void  loading_test(struct loading *loading, struct value_test *test, struct json value);

/* Complains when a scenario is over by then, of its own will or by default. */
void loading_in_time(struct loading *loading, struct json value, int64_t ms);

/* False after a complaint, or when absent. */
bool loading_duration(struct loading *loading, struct json value, int64_t *ms);
bool loading_whole(struct loading *loading, struct json value, int64_t min, int64_t max, int64_t *number);
bool loading_chance(struct loading *loading, struct json value, double *chance);
bool loading_code(struct loading *loading, struct json value, int *code);
bool loading_date(struct loading *loading, struct json value, int64_t *ms);
bool loading_path(struct loading *loading, struct json key, struct path *path);
void loading_ref(struct loading *loading, struct json value, struct ref *ref);
/* A name of products or devices, or a glob of them; what is no glob must exist. NULL after a complaint. */
char *loading_product(struct loading *loading, struct json value);
char *loading_device(struct loading *loading, struct json value);
bool  loading_event(struct loading *loading, struct json value, enum event *event);
struct path_test *loading_path_tests(struct loading *loading, struct json object, bool with_tsl, size_t *count);
struct named_test *loading_named_tests(struct loading *loading, struct json object, size_t *count);

/* load_match.c: the readers of match's fields */
void read_globs(struct loading *loading, struct condition *condition, enum event event, struct json value);
void read_device_globs(struct loading *loading, struct condition *condition, enum event event, struct json value);
void read_tags(struct loading *loading, struct condition *condition, enum event event, struct json value);
void read_filters(struct loading *loading, struct condition *condition, enum event event, struct json value);
void read_methods(struct loading *loading, struct condition *condition, enum event event, struct json value);
void read_numbers(struct loading *loading, struct condition *condition, enum event event, struct json value);
void read_codes(struct loading *loading, struct condition *condition, enum event event, struct json value);
void read_test(struct loading *loading, struct condition *condition, enum event event, struct json value);
void read_params(struct loading *loading, struct condition *condition, enum event event, struct json value);
void read_payload(struct loading *loading, struct condition *condition, enum event event, struct json value);
void read_http(struct loading *loading, struct condition *condition, enum event event, struct json value);
void read_states(struct loading *loading, struct condition *condition, enum event event, struct json value);
void read_matches(struct loading *loading, struct condition *condition, enum event event, struct json value);
void read_not(struct loading *loading, struct condition *condition, enum event event, struct json value);

/* load_action.c */
void actions_read(struct loading *loading, unsigned where, enum event event, struct json list, struct action_list *actions);
/* load_rule.c, load_time.c */
void rules_read(struct loading *loading, struct json list);
void steps_read(struct loading *loading, struct json list);
void expects_read(struct loading *loading, struct json list);
/* load_report.c */
void report_read(struct loading *loading, struct json value);

/* load_refs.c: after everything is read */
void refs_check(struct loading *loading, struct json root);

/* The whole file. NULL after complaints. `names` may be NULL: nothing is known. */
struct scenario *scenario_read(const struct scenario_source *source, const struct names *names, struct scenarios *engine,
                               struct text *complaints);
void scenario_free(struct scenario *scenario);

/* `field` of an enum by its word in a blank-separated list, -1 absent. */
int word_of(const char *words, struct json value);
void word_at(const char *words, int index, char *buf, size_t size);

/* load_names.c: complains when a `method` is none, or none of that event. */
void loading_method(struct loading *loading, struct json value, const char *word, enum event event);
/* What the index knows it by: "property.post" for "thing.event.property.post". */
const char *method_operation(const char *word);

#endif

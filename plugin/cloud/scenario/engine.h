/*
 * The engine's own shapes: what a loaded scenario is, and what its parts share.
 *
 * A scenario is read once (load*.c) into memory that lives as long as it does; its JSON document stays, too,
 * because tests and data are looked at where they stand in the file. What changes while it runs is in the
 * `tally` of a rule and key, and in the counters beside each rule, step and expectation.
 */
#ifndef ALINK_SCENARIO_ENGINE_H
#define ALINK_SCENARIO_ENGINE_H

#include <uthash.h>

#include "../scenario.h"
#include "arena.h"
#include "bucket.h"
#include "chance.h"
#include "clock.h"
#include "form.h"
#include "value_test.h"

#define TALLIES_MAX  200000    /* keys that all rules together remember */
#define LATERS_MAX   20000     /* messages and actions held back at the same time */
#define LATER_BYTES_MAX ((size_t)64 << 20)
#define REACHED_MAX  20        /* newest events that a report tells of */
#define KEY_MAX      300       /* PK/DN and a connection's number */
#define LABEL_MAX    140       /* NAME/ID */
#define ROUNDS_MAX   8         /* of effects that actions caused and rules may judge again */

struct scenario;
struct happening;

/* What counters, cursors and states belong to. */
enum per { PER_DEVICE, PER_PRODUCT, PER_GATEWAY, PER_CONNECTION, PER_GLOBAL };
#define PER_WORDS "device product gateway connection global"

/* --- what reached something, for reports --- */

struct seen {
	const char *condition;     /* that failed first, "match.device"; NULL: none did */
	char        text[80];      /* the value that was seen */
};

struct reach {
	int64_t     time_ms;
	char        key[64];
	struct seen seen;
};

/* The newest ones; `count` of all. */
struct reached {
	struct reach at[REACHED_MAX];
	uint64_t     count;
};
void reached_add(struct reached *reached, int64_t time_ms, const char *key, const struct seen *seen);

/* --- names of other parts: ids of rules, steps and expectations --- */

enum part { PART_NONE, PART_RULE, PART_STEP, PART_EXPECT };

struct ref {
	const char *text;          /* as written, "id" or "scenario/id"; NULL: none */
	struct json at;            /* where */
	enum part   part;          /* PART_NONE while nothing of that name is loaded */
	union {
		struct rule   *rule;
		struct step   *step;
		struct expect *expect;
	};
};

/* --- rules --- */

struct range {
	uint64_t from, to;
};

/* A machine or a variable, and what it must be. */
struct named_test {
	const char       *name;
	struct value_test test;
};

struct when {
	enum per      per;
	struct range *nth;
	size_t        nth_count;
	uint64_t      skip, every, times, max_active;      /* times, max_active: 0 is without a bound */
	int64_t       cooldown_ms;
	double        probability;                         /* 1: always */
	bool          has_burst;
	double        enter, leave;
	bool          has_during;
	int64_t       from_ms, to_ms;
	struct ref    after;
	struct named_test *states, *vars;
	size_t        state_count, var_count;
};

struct action {
	const struct action_row *row;
	void       *args;              /* of the row's own type; NULL when it has none */
};

struct action_list {
	struct action *at;
	size_t         count;
};

enum on_end { ON_END_STOP, ON_END_STAY, ON_END_CYCLE };

struct assignment {
	const char *name;
	struct json value;             /* a state, or a variable's value */
	int64_t     add;
};

struct set {
	struct assignment *states, *vars, *adds;
	size_t state_count, var_count, add_count;
};

/* What a rule remembers of one key. */
struct tally {
	UT_hash_handle hh;
	uint64_t eligible, fired, active;      /* active: fired, and not all of it over yet */
	int64_t  first_ms, last_ms;            /* of firing */
	size_t   cursor;                       /* in the sequence */
	bool     bad;                          /* state of the burst */
	struct bucket bucket;                  /* of throttle.platform */
	char     key[];
};

struct rule {
	struct scenario *scenario;
	const char *id, *label;        /* "lost-answer", "scenario/lost-answer" */
	enum event  event;
	int64_t     priority;
	size_t      rank;              /* among all live rules: the order of evaluation */
	bool        enabled, optional;
	struct match *match;           /* NULL: everything */
	struct when  when;
	struct action_list *lists;     /* one, or those of a sequence */
	size_t      list_count;
	bool        sequence;
	enum on_end on_end;
	struct set  set;
	struct tally *tallies;         /* by key */
	uint64_t    eligible, fired, first_seq;
	struct reached reached;
};

/* --- the timeline --- */

enum trigger { TRIGGER_AT, TRIGGER_EVENT, TRIGGER_PART, TRIGGER_SIGNAL };

struct step {
	struct scenario *scenario;
	const char  *id, *label;
	enum trigger trigger;
	int64_t      at_ms, plus_ms;       /* at: of the scenario's time */
	enum event   event;
	struct match *match;
	struct ref   after;
	const char  *signal;
	struct action_list actions;
	const char  *target;           /* glob; NULL: none */
	int64_t      every_ms;         /* 0: once */
	uint64_t     times;            /* 0: until the scenario stops */
	uint64_t     done, first_seq;  /* so often */
	int64_t      first_ms;
	bool         armed;
	struct timer timer;
};

/* --- expectations --- */

enum expect_kind { EXPECT_THAT, EXPECT_RULE, EXPECT_DEVICE, EXPECT_ORDER, EXPECT_INVARIANT };
enum verdict { VERDICT_OPEN, VERDICT_MET, VERDICT_FAILED };

struct expect {
	struct scenario *scenario;
	const char *id, *label;
	enum expect_kind kind;
	enum event   event;                    /* EXPECT_THAT */
	struct ref   rule;                     /* EXPECT_RULE */
	const char  *device;                   /* EXPECT_DEVICE: PK/DN */
	struct path_test *values;
	size_t       value_count;
	struct ref  *order;                    /* EXPECT_ORDER */
	size_t       order_count;
	const struct invariant *invariant;     /* EXPECT_INVARIANT */
	struct match *match;
	bool         has_min, has_max;
	uint64_t     min, max;                 /* of the count */
	bool         never, warn;
	int64_t      within_ms;                /* 0: until the end */
	struct ref   after;
	bool         has_per, has_count;
	enum per     per;
	int64_t      latency_ms;               /* 0: any */
	int64_t      interval_min_ms, interval_max_ms;   /* 0: any */
	double       growth, jitter;           /* growth 0: any */
	bool         has_intervals;

	enum verdict verdict;
	char         why[200];                 /* against it */
	struct sighting *sightings;            /* by key */
	uint64_t     count, first_seq;         /* first_seq: when it was first satisfied */
	int64_t      first_ms;
	struct timer timer;                    /* of `within` */
	struct reached reached;
	struct tally *tallies;                 /* what an invariant remembers, by key */
};

/* --- a scenario --- */

struct var {
	UT_hash_handle hh;
	char *value;               /* JSON text */
	char  name[];
};

/* A machine of one key: "KEY\nMACHINE". */
struct state_value {
	UT_hash_handle hh;
	char *value;               /* JSON text */
	char  name[];
};

struct checkpoint {
	int64_t     time_ms;
	const char *text;          /* the scenario's own */
	const char *by;            /* label of the rule or step */
};
#define CHECKPOINTS_MAX 1000

/* What a fixture or an action changed and unloading takes back. */
struct standing_throttle {
	struct standing_throttle *next;
	const char *target, *label;    /* glob; of the step */
	int64_t     rate, burst;
	struct tally *tallies;
};

struct scenario {
	struct scenario  *next;
	struct scenarios *engine;
	struct arena      arena;
	struct regexes    regexes;
	struct form       form;
	char             *text;
	const char *name, *description, *source;
	struct json tags;
	int64_t     seed;
	bool        has_seed;
	enum per    per;                       /* of rules that do not say */
	struct clock_request clock;            /* has_clock */
	bool        has_clock;
	struct rule   *rules;    size_t rule_count;
	struct step   *steps;    size_t step_count;
	struct expect *expects;  size_t expect_count;
	int64_t     stop_ms;                   /* 0: not by time */
	bool        stop_given, stop_when_decided, keep;
	const char *junit, *json, *trace;      /* where the tool is to write reports; NULL: not */
	struct cloud_file *fixtures;           /* NULL: none */
	bool       *made_products, *made_devices, *made_firmware;   /* which of them were not there before */

	bool        over;
	int64_t     began_ms, ended_ms;        /* by the cloud's clock */
	const char *why_over;
	uint64_t    log_from, log_to;          /* seq of the log's last record before it began, and when it ended */
	struct var *vars;
	struct state_value *states;
	struct checkpoint  *checkpoints;
	size_t      checkpoint_count;
	struct standing_throttle *throttles;
	struct settings *settings_before;      /* NULL: nothing was changed */
	struct timer stop_timer, bound_timer;
};

/* --- the engine --- */

struct bucket_of_rules;

struct noted {                             /* a change of a device, until the entrance ends */
	enum event  event;
	const char *change;                /* static */
	int64_t     device;
	char        product_key[NAME_MAX_BYTES + 1], device_name[NAME_MAX_BYTES + 1];
};
#define NOTED_MAX 4096

struct scenarios {
	struct cloud    *cloud;
	struct scenario *first;            /* in the order of loading */
	struct bucket_of_rules *index[EVENT_COUNT];
	bool      stale;                   /* the index and `watched` are to be made again */
	bool      keeps;                   /* some rule may repeat an earlier message */
	bool      follows;                 /* some expectation asks for requests under way */
	bool      looks;                   /* some expectation looks at a device */
	struct noted *noted;
	size_t    noted_count, noted_size;
	struct effect *todo;
	size_t    todo_size;
	struct later *laters;
	size_t    later_count, later_bytes, tally_count;
	struct http_fault *http_faults;    /* of answers that are still to come */
	struct kept *kept;                 /* answers that `stale` may repeat */
	size_t    kept_count;
	struct held_identity *identities;  /* takeovers that insist */
	uint64_t  sequence;                /* of parts that happened */
	bool      end_asked;               /* a scenario may be decided */
	uint64_t flight_moment;            /* counts them, as several fit into a millisecond */
	struct flight *flights;            /* requests under way, while some expectation asks for them */
	struct after_connect {                 /* what a connect rule does once the connection is there */
		const struct action *action;   /* NULL: nothing */
		struct scenario *scenario;
		const char *label;
	} connected;
};

/* Never NULL but out of memory. */
struct scenarios *engine_of(struct cloud *cloud);
int64_t scenario_time_ms(const struct scenario *scenario);

/* A part by its name, as seen from `scenario` (NULL: only full names). */
bool ref_find(struct scenarios *engine, const struct scenario *scenario, const char *text, struct ref *ref);
/* Whether that part has happened, for the key that it would have for this event (NULL: for any). */
bool ref_happened(const struct ref *ref, const struct happening *happening);
/* When it first did; INT64_MIN when it has not. */
int64_t ref_first_ms(const struct ref *ref);

/* fixtures.c: what is there already is left as it is. -1: the store failed. */
int  fixtures_make(struct cloud *cloud, struct scenario *scenario);
void fixtures_remove(struct cloud *cloud, struct scenario *scenario, struct effects *out);

/* index.c */
void index_make(struct scenarios *engine);
void index_free(struct scenarios *engine);

/* state.c: states and variables. NULL text: none. */
const char *state_get(const struct scenario *scenario, const char *key, const char *machine);
void        state_set(struct scenario *scenario, const char *key, const char *machine, struct json value);
const char *var_get(const struct scenario *scenario, const char *name);
void        var_set(struct scenario *scenario, const char *name, struct json value);
void        var_add(struct scenario *scenario, const char *name, int64_t add);
void        states_free(struct scenario *scenario);
bool        named_test_holds(const struct named_test *test, const char *value);

/* rule.c */
struct tally *tally_of(struct scenarios *engine, struct tally **tallies, const char *key, bool make);
void tallies_free(struct scenarios *engine, struct tally **tallies);
void set_apply(const struct set *set, struct scenario *scenario, const char *key);

#endif

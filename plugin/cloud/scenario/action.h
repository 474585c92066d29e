/*
 * What a rule or a timeline step does: one row per action, and what the rows' functions share.
 *
 * Adding an action is a row in action.c, a reader and a function.
 */
#ifndef ALINK_SCENARIO_ACTION_H
#define ALINK_SCENARIO_ACTION_H

#include "happening.h"
#include "path.h"

struct loading;

/* The message that an event is about, or the question that is to be answered: what a rule may bend. */
struct subject {
	bool        taken;             /* a terminal action: it goes no further */
	int64_t     delay_ms;          /* before it goes on, and before what later actions do */
	const char *topic, *payload;   /* replaced ones live as long as the list of effects */
	size_t      payload_len;
	int         qos, code;
	bool        over_http;         /* an answer there, of which there can be one only */
	size_t      copies;            /* besides itself */
	int64_t     copy_gap_ms;
	bool        copy_new_ids;
	size_t      hold;              /* until so many others have passed; 0: not */
	int64_t     hold_max_ms;
	const char   *touched;         /* label of the last rule that fired; NULL: none did */
	struct rule  *holder;
	struct tally *holder_tally;
	/* Of the questions: */
	uint64_t      ticket;          /* api */
	int           script_code;     /* script: how it fails */
	enum connack  connack;         /* connect */
	struct text  *fault;           /* http.request */
};

/* One action being done. */
struct act {
	const struct action *action;
	struct scenario  *scenario;
	struct rule      *rule;        /* NULL: a timeline step's */
	struct tally     *tally;       /* of the rule and key; NULL: none */
	const char       *label;       /* of rule or step */
	const char       *target;      /* of a step; NULL: none */
	struct happening *happening;   /* of a step: one that is about nobody */
	struct subject   *subject;     /* NULL: nothing to bend */
	struct chance    *chance;
};

/* What becomes of the message, and of the rules behind this one. */
enum fate {
	FATE_GOES_ON,              /* so do further actions and rules */
	FATE_STOPS,                /* the message goes on; no further rule looks at it */
	FATE_TAKEN,                /* the message is gone */
};

/* Bits beside those of the events. */
#define ON_TIMELINE (1u << EVENT_COUNT)

enum action_flags {
	ACTION_TERMINAL = 1,       /* the message goes no further, unless the function says otherwise */
	ACTION_DOES     = 2,       /* does something by itself: waits when a `delay` stands before it */
	ACTION_TARGETS  = 4,       /* needs somebody: on the timeline, a target */
};

struct action_row {
	const char *name;
	unsigned    events;        /* where it may stand; 0: in no build yet, `missing` says why */
	unsigned    flags;
	unsigned    types;         /* FORM_…, of its value */
	const struct form_key *keys;   /* of the object form; see keys_count */
	void *(*read)(struct loading *loading, enum event event, struct json value);   /* its args; complains */
	enum fate (*run)(struct act *act);
	const char *missing;
};
const struct action_row *action_rows(size_t *count);

/* Does the list for one event. */
enum fate actions_run(const struct action_list *list, const struct act *about);
/* One of them; also later, about a happening that was kept (later.c). */
void action_run_now(const struct act *act, enum fate *fate);

/* A record in the log that names the rule. `code` 0: 200. */
void act_log(const struct act *act, enum service service, const char *operation, int code, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* The devices that a glob names, among those that exist, at most TARGETS_MAX; `each` may change the world. */
#define TARGETS_MAX 10000
void targets_each(struct cloud *cloud, const char *target, void (*each)(void *ctx, struct device *device), void *ctx);
/* What an action is about: `to` or the step's target by glob, else the event's own device. */
void act_targets(struct act *act, const char *to, void (*each)(void *ctx, struct device *device), void *ctx);

/* --- durations by chance --- */

enum delay_kind { DELAY_FIXED, DELAY_UNIFORM, DELAY_NORMAL, DELAY_LOGNORMAL, DELAY_PARETO, DELAY_RAMP };

struct delay {
	enum delay_kind kind;
	int64_t a_ms, b_ms, max_ms;    /* as the kind has them: fixed a; uniform a, b; normal mean a, sd b; … */
	double  shape;                 /* sigma, alpha */
};
void    delay_read(struct loading *loading, struct json value, struct delay *delay);
/* `since_ms`: how long ago its rule first fired, for a ramp. */
int64_t delay_draw(const struct delay *delay, struct chance *chance, int64_t since_ms);

/* --- answers (answer.c) --- */

struct answer {                        /* `reply` as written */
	bool        has_code;
	int         code;
	const char *message;           /* NULL: the documented one */
	const char *data, *raw;        /* JSON; bytes */
	size_t      raw_len;
	const struct path *merge;      /* members to set in the answer */
	const char **merge_values;
	size_t      merge_count;
};

/* Answers a message that no method has seen. False when nothing ever answers such a message. */
bool answer_send(struct act *act, const struct answer *answer, int code);
/*
 * The payload of an answer that is there, bent; *code is what it then carries. False when it cannot be. Of an answer
 * in bytes it is the JSON that the script is to write anew.
 */
bool answer_bend(const struct answer *answer, struct happening *happening, int *code, struct text *out);
bool answer_in_bytes(const struct happening *happening, const struct answer *answer);
/* The `data` that the documents show when an operation is refused. */
void answer_data(const struct cloud *cloud, const char *operation, struct json params, struct text *out);

/* Whether an operation has an answer at all, and documents this code for it. */
bool operation_documents(const char *operation, int code);

/* --- the rows' readers and functions, by file --- */

void *reply_read(struct loading *loading, enum event event, struct json value);      /* action_message.c */
enum fate reply_run(struct act *act);
void *delay_action_read(struct loading *loading, enum event event, struct json value);
enum fate delay_run(struct act *act);
void *drop_read(struct loading *loading, enum event event, struct json value);
enum fate drop_run(struct act *act);
void *duplicate_read(struct loading *loading, enum event event, struct json value);
enum fate duplicate_run(struct act *act);
void *reorder_read(struct loading *loading, enum event event, struct json value);
/* A copy of the message, the index-th, with an id of its own. */
void  copy_with_id(struct happening *happening, struct subject *copy, size_t index);
enum fate reorder_run(struct act *act);
void *stale_read(struct loading *loading, enum event event, struct json value);
enum fate stale_run(struct act *act);
void *throttle_read(struct loading *loading, enum event event, struct json value);
enum fate throttle_run(struct act *act);
/* Whether a throttle of some timeline takes the message away. */
bool  throttles_take(struct scenarios *engine, struct happening *happening);

void *mutate_read(struct loading *loading, enum event event, struct json value);     /* action_bend.c */
enum fate mutate_run(struct act *act);
void *corrupt_read(struct loading *loading, enum event event, struct json value);
enum fate corrupt_run(struct act *act);

void *error_read(struct loading *loading, enum event event, struct json value);      /* action_push.c */
enum fate error_run(struct act *act);
void *push_read(struct loading *loading, enum event event, struct json value);
enum fate push_run(struct act *act);
bool  push_has_target(const void *args);       /* its own `to` */

void *refuse_read(struct loading *loading, enum event event, struct json value);     /* action_connection.c */
enum fate refuse_run(struct act *act);
void *kick_read(struct loading *loading, enum event event, struct json value);
enum fate kick_run(struct act *act);
void *takeover_read(struct loading *loading, enum event event, struct json value);
enum fate takeover_run(struct act *act);
/* What was begun on `connect`, now that the connection is there; and who insists on an identity. */
void  identities_insist(struct scenarios *engine, struct device *device, struct effects *out);
void  identities_free(struct scenarios *engine, const struct scenario *scenario);

void *admin_read(struct loading *loading, enum event event, struct json value);      /* action_admin.c */
enum fate admin_run(struct act *act);

void *text_read(struct loading *loading, enum event event, struct json value);       /* action_note.c */
enum fate signal_run(struct act *act);
enum fate checkpoint_run(struct act *act);
void *log_read(struct loading *loading, enum event event, struct json value);
enum fate log_run(struct act *act);
void *clock_read(struct loading *loading, enum event event, struct json value);
enum fate clock_run(struct act *act);

void *http_read(struct loading *loading, enum event event, struct json value);       /* action_http.c */
enum fate http_run(struct act *act);

void *script_read(struct loading *loading, enum event event, struct json value);     /* action_script.c */
enum fate script_run(struct act *act);

/* Key tables that the JSON Schema is held against. */
extern const struct form_key reply_keys[], delay_keys[], duplicate_keys[], reorder_keys[], mutate_keys[], corrupt_keys[],
	normal_keys[], lognormal_keys[], pareto_keys[], ramp_keys[], stale_keys[], throttle_keys[], error_keys[], push_keys[], refuse_keys[], kick_keys[], takeover_keys[], admin_keys[],
	log_keys[], clock_keys[], http_keys[], script_keys[];

#endif

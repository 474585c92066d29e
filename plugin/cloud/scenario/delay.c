/* How long something is held back: a fixed time, or one drawn from a distribution. */
#include <math.h>
#include <string.h>

#include "action.h"
#include "load.h"

#define DELAY_MAX_MS (INT64_C(7) * 86400 * 1000)

const struct form_key delay_keys[] = {
	{ "fixed",     FORM_STRING, NULL, false },
	{ "uniform",   FORM_ARRAY,  NULL, false },
	{ "normal",    FORM_OBJECT, NULL, false },
	{ "lognormal", FORM_OBJECT, NULL, false },
	{ "pareto",    FORM_OBJECT, NULL, false },
	{ "ramp",      FORM_OBJECT, NULL, false },
	{ 0 }
};

const struct form_key normal_keys[] = {
	{ "mean", FORM_STRING, NULL, true }, { "sd", FORM_STRING, NULL, true }, { 0 }
};
const struct form_key lognormal_keys[] = {
	{ "median", FORM_STRING, NULL, true }, { "sigma", FORM_NUMBER, NULL, true }, { "max", FORM_STRING, NULL, false }, { 0 }
};
const struct form_key pareto_keys[] = {
	{ "min", FORM_STRING, NULL, true }, { "alpha", FORM_NUMBER, NULL, true }, { "max", FORM_STRING, NULL, false }, { 0 }
};
const struct form_key ramp_keys[] = {
	{ "from", FORM_STRING, NULL, true }, { "to", FORM_STRING, NULL, true }, { "over", FORM_STRING, NULL, true }, { 0 }
};

/* Above 0 and not so large that what comes of it is no time any more. */
static void read_shape(struct loading *loading, struct json value, double *shape)
{
	if (json_is(value, JSON_NUMBER) && (!json_double(value, shape) || *shape <= 0 || *shape > 100))
		form_complain(loading->form, value, "this must be above 0 and at most 100");
}

static void read_bounds(struct loading *loading, struct json pair, struct delay *delay)
{
	struct json first = json_first(pair), second = json_next(first);

	if (json_count(pair) != 2 || !json_is(first, JSON_STRING) || !json_is(second, JSON_STRING)) {
		form_complain(loading->form, pair, "`uniform` must be two durations, as in [\"100ms\", \"2s\"]");
		return;
	}
	if (loading_duration(loading, first, &delay->a_ms) && loading_duration(loading, second, &delay->b_ms) && delay->b_ms < delay->a_ms)
		form_complain(loading->form, second, "the upper bound is below the lower one");
}

/* The kinds that are objects: two durations, a shape, and the most. */
static const struct {
	const char *name;
	const struct form_key *keys;
	const char *a, *b, *shape;
} shapes[] = {
	[DELAY_NORMAL]    = { "normal",    normal_keys,    "mean",   "sd",   NULL    },
	[DELAY_LOGNORMAL] = { "lognormal", lognormal_keys, "median", NULL,   "sigma" },
	[DELAY_PARETO]    = { "pareto",    pareto_keys,    "min",    NULL,   "alpha" },
	[DELAY_RAMP]      = { "ramp",      ramp_keys,      "from",   "to",   NULL    },
};

static void read_shaped(struct loading *loading, enum delay_kind kind, struct json value, struct delay *delay)
{
	loading_keys(loading, value, shapes[kind].keys);
	loading_duration(loading, json_get(value, shapes[kind].a), &delay->a_ms);
	if (shapes[kind].b)
		loading_duration(loading, json_get(value, shapes[kind].b), &delay->b_ms);
	if (shapes[kind].shape)
		read_shape(loading, json_get(value, shapes[kind].shape), &delay->shape);
	loading_duration(loading, json_get(value, kind == DELAY_RAMP ? "over" : "max"), &delay->max_ms);
	if (kind == DELAY_RAMP && !delay->max_ms)
		delay->max_ms = 1;
}

void delay_read(struct loading *loading, struct json value, struct delay *delay)
{
	enum delay_kind kind;

	*delay = (struct delay){ .kind = DELAY_FIXED, .shape = 1 };
	if (json_is(value, JSON_STRING)) {
		loading_duration(loading, value, &delay->a_ms);
		return;
	}
	loading_keys(loading, value, delay_keys);
	if (json_count(value) != 1) {
		form_complain(loading->form, value, "a delay is drawn in one way: give one of fixed, uniform, normal, lognormal, pareto, ramp");
		return;
	}
	for (kind = DELAY_NORMAL; kind <= DELAY_RAMP; kind++)
		if (json_is(json_get(value, shapes[kind].name), JSON_OBJECT)) {
			delay->kind = kind;
			read_shaped(loading, kind, json_get(value, shapes[kind].name), delay);
		}
	if (json_is(json_get(value, "fixed"), JSON_STRING))
		loading_duration(loading, json_get(value, "fixed"), &delay->a_ms);
	if (json_is(json_get(value, "uniform"), JSON_ARRAY)) {
		delay->kind = DELAY_UNIFORM;
		read_bounds(loading, json_get(value, "uniform"), delay);
	}
}

int64_t delay_draw(const struct delay *delay, struct chance *chance, int64_t since_ms)
{
	double ms = (double)delay->a_ms, most = (double)(delay->max_ms ? delay->max_ms : DELAY_MAX_MS);

	switch (delay->kind) {
	case DELAY_FIXED:
		return delay->a_ms;
	case DELAY_UNIFORM:
		ms += chance_draw(chance) * (double)(delay->b_ms - delay->a_ms);
		break;
	case DELAY_NORMAL:
		ms += chance_normal(chance) * (double)delay->b_ms;
		break;
	case DELAY_LOGNORMAL:
		ms *= exp(delay->shape * chance_normal(chance));
		break;
	case DELAY_PARETO:
		ms /= pow(1 - chance_draw(chance), 1 / delay->shape);
		break;
	case DELAY_RAMP:
		ms += (double)(delay->b_ms - delay->a_ms) * (since_ms >= delay->max_ms ? 1 : (double)since_ms / (double)delay->max_ms);
		most = (double)DELAY_MAX_MS;
		break;
	}
	return ms < 0 ? 0 : (int64_t)(ms < most ? ms : most);
}

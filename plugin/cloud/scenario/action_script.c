/* script: a parsing script that does not do what it should, without running at all. */
#include "action.h"
#include "load.h"

struct script_action {
	int code;
};

const struct form_key script_keys[] = {
	{ "fail", FORM_NUMBER | FORM_STRING, NULL, true },
	{ 0 }
};

/* doc: "Data parsing", error codes. */
static const int failures[] = { 26001, 26002, 26003, 26006, 26007, 26010, 26015, 6200, 6201 };

void *script_read(struct loading *loading, enum event event, struct json value)
{
	struct script_action *script = loading_new(loading, sizeof(*script));
	struct json fail = json_get(value, "fail");
	size_t i;

	(void)event;
	loading_keys(loading, value, script_keys);
	if (!script || !loading_code(loading, fail, &script->code))
		return script;
	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (failures[i] == script->code)
			return script;
	form_complain(loading->form, fail, "a script fails with one of 26001, 26002, 26003, 26006, 26007, 26010, 26015, 6200, 6201");
	return script;
}

enum fate script_run(struct act *act)
{
	const struct script_action *script = act->action->args;

	act->subject->script_code = script->code;
	act_log(act, SERVICE_SCRIPT, act->happening->topic, script->code, "scenario rule %s lets the script fail", act->label);
	return FATE_TAKEN;
}

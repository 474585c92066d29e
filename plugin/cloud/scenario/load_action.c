/* Reading `do`: a list of objects, each with one action. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

#define ACTIONS_MAX 50

static const struct action_row *row_named(struct loading *loading, struct json key)
{
	char shown[FORM_SHOW_SIZE], hint[FORM_HINT_SIZE];
	const struct action_row *rows;
	size_t count, i;

	rows = action_rows(&count);
	for (i = 0; i < count; i++)
		if (json_is_string(key, rows[i].name))
			break;
	if (i < count && !rows[i].missing)
		return &rows[i];
	if (i < count)
		form_complain(loading->form, key, "`%s` cannot be done: it %s", rows[i].name, rows[i].missing);
	else
		form_complain(loading->form, key, "unknown action `%s`%s", form_show(key, shown),
		              form_hint(loading->form, key, rows, count, sizeof(rows[0]), hint));
	return NULL;
}

/* What may stand here, for a complaint. */
static const char *allowed(unsigned where, char *buf, size_t size)
{
	const struct action_row *rows;
	size_t count, i, used = 0;

	rows = action_rows(&count);
	buf[0] = '\0';
	for (i = 0; i < count && used < size; i++)
		if (rows[i].events & where)
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "", rows[i].name);
	return buf;
}

static bool read_one(struct loading *loading, unsigned where, enum event event, struct json item, struct action *action)
{
	struct json member = json_first(item);
	const struct action_row *row;
	char names[400];

	if (!json_is(item, JSON_OBJECT) || json_count(item) != 1) {
		form_complain(loading->form, item, "an action is an object with one key, as in {\"drop\": \"this\"}");
		return false;
	}
	row = row_named(loading, json_key(member));
	if (!row)
		return false;
	if (!strcmp(row->name, "delay") && where == 1u << EVENT_CONNECT) {
		form_complain(loading->form, json_key(member), "`delay` cannot be done on connect: a plugin cannot hold a CONNECT back, and "
		              "the wire front that could is not part of this build");
		return false;
	}
	if (!(row->events & where)) {
		form_complain(loading->form, json_key(member), "`%s` cannot be done on %s, which takes %s", row->name,
		              event_name(event), allowed(where, names, sizeof(names)));
		return false;
	}
	if (!(row->types >> json_type(member) & 1)) {
		form_complain(loading->form, member, row->types & FORM_OBJECT && row->types & FORM_STRING ?
		              "`%s` must be a string or an object" : row->types & FORM_OBJECT ? "`%s` must be an object" :
		              "`%s` must be a string", row->name);
		return false;
	}
	action->row = row;
	action->args = row->read(loading, event, member);
	return true;
}

void actions_read(struct loading *loading, unsigned where, enum event event, struct json list, struct action_list *actions)
{
	const struct action *last = NULL;

	actions->at = loading_new(loading, (json_count(list) + 1) * sizeof(*actions->at));
	if (!actions->at || !json_is(list, JSON_ARRAY))
		return;
	if (json_count(list) > ACTIONS_MAX) {
		form_complain(loading->form, list, "more than %d actions", ACTIONS_MAX);
		return;
	}
	json_each(item, list) {
		if (last && last->row->flags & ACTION_TERMINAL) {
			form_complain(loading->form, item, "nothing is done after `%s`, so this could never happen", last->row->name);
			return;
		}
		if (read_one(loading, where, event, item, &actions->at[actions->count]))
			last = &actions->at[actions->count++];
	}
	if (!json_count(list))
		form_complain(loading->form, list, "this list of actions is empty");
}

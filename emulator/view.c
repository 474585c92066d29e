#include "view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char nothing[] = "-";

/* The value's own spelling: numbers keep their literal. */
static void add_span(struct json value, struct cell *cell)
{
	size_t len;
	const char *span = json_span(value, &len);

	cell_add(cell, span, len);
}

void view_text(struct json value, struct cell *cell)
{
	char *string = json_strdup(value);   /* NULL for a string with U+0000, too: then its spelling must do */

	if (string)
		cell_add(cell, string, strlen(string));
	else
		add_span(value, cell);
	free(string);
}

void view_json(struct json value, struct cell *cell)
{
	add_span(value, cell);
}

void view_name(struct json value, struct cell *cell)
{
	view_text(json_key(value), cell);
}

void view_time(struct json value, struct cell *cell)
{
	int64_t ms, within;
	struct tm tm;
	time_t s;
	char day[32];

	if (!json_int64(value, &ms)) {
		add_span(value, cell);
		return;
	}
	within = ms % 1000 < 0 ? ms % 1000 + 1000 : ms % 1000;
	s = (time_t)((ms - within) / 1000);
	if (!localtime_r(&s, &tm) || !strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm)) {
		add_span(value, cell);
		return;
	}
	text_addf(&cell->text, "%s.%03d", day, (int)within);
}

void view_duration(struct json value, struct cell *cell)
{
	int64_t ms, s;

	if (!json_int64(value, &ms) || ms < 0) {
		add_span(value, cell);
		return;
	}
	s = ms / 1000;
	if (s >= 86400)
		text_addf(&cell->text, "%" PRId64 "d %02dh %02dm", s / 86400, (int)(s / 3600 % 24), (int)(s / 60 % 60));
	else if (s >= 3600)
		text_addf(&cell->text, "%dh %02dm %02ds", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
	else if (s >= 60)
		text_addf(&cell->text, "%dm %02ds", (int)(s / 60), (int)(s % 60));
	else
		text_addf(&cell->text, "%d.%03ds", (int)s, (int)(ms % 1000));
}

void view_yes_no(struct json value, struct cell *cell)
{
	if (json_is(value, JSON_TRUE))
		text_add(&cell->text, "yes");
	else if (json_is(value, JSON_FALSE))
		text_add(&cell->text, "no");
	else
		add_span(value, cell);
}

void view_status(struct json value, struct cell *cell)
{
	static const struct {
		const char *status;
		enum colour colour;
	} colours[] = {
		{ "ONLINE",   COLOUR_GOOD },
		{ "OFFLINE",  COLOUR_ODD  },
		{ "INACTIVE", COLOUR_DIM  },
		{ "DISABLED", COLOUR_BAD  },
	};
	size_t i;

	view_text(value, cell);
	for (i = 0; i < sizeof(colours) / sizeof(*colours); i++)
		if (json_is_string(value, colours[i].status))
			cell->colour = colours[i].colour;
}

void view_code(struct json value, struct cell *cell)
{
	view_text(value, cell);
	cell->colour = !strcmp(text_string(&cell->text), "200") ? COLOUR_GOOD : COLOUR_BAD;
}

void view_device(struct json value, struct cell *cell)
{
	struct json key = json_get(value, "productKey"), name = json_get(value, "deviceName");

	/* A log record may be about no device, or about a product only */
	if (json_string_bytes(key))
		view_text(key, cell);
	if (json_string_bytes(name)) {
		text_add_char(&cell->text, '/');
		view_text(name, cell);
	}
	if (!cell->text.len)
		text_add(&cell->text, nothing);
}

void view_branch(struct json value, struct cell *cell)
{
	text_add(&cell->text, json_present(json_next(value)) ? "├─ " : "└─ ");
	view_device(value, cell);
}

void view_online(struct json value, struct cell *cell)
{
	bool online = json_is(value, JSON_TRUE);

	text_add(&cell->text, online ? "ONLINE" : "OFFLINE");
	if (online)
		cell->colour = COLOUR_GOOD;
}

void view_subscription(struct json value, struct cell *cell)
{
	struct json qos = json_get(value, "qos");
	int64_t level;

	view_text(json_get(value, "filter"), cell);
	if (json_int64(qos, &level) && level)
		text_addf(&cell->text, " (QoS %" PRId64 ")", level);
}

void view_model(struct json value, struct cell *cell)
{
	static const struct {
		const char *member, *one, *many;
	} features[] = {
		{ "properties", "property", "properties" },
		{ "events",     "event",    "events"     },
		{ "services",   "service",  "services"   },
	};
	size_t i;

	for (i = 0; i < sizeof(features) / sizeof(*features); i++) {
		uint32_t count = json_count(json_get(value, features[i].member));

		/* A model of several modules is an array of models */
		json_each(module, value)
			if (json_is(value, JSON_ARRAY))
				count += json_count(json_get(module, features[i].member));
		text_addf(&cell->text, "%s%" PRIu32 " %s", i ? ", " : "", count,
		          count == 1 ? features[i].one : features[i].many);
	}
}

void view_words(struct json value, struct cell *cell)
{
	if (!json_is(value, JSON_ARRAY))
		view_text(value, cell);
	json_each(word, value) {
		if (cell->text.len)
			text_add(&cell->text, ", ");
		view_text(word, cell);
	}
	if (!cell->text.len)
		text_add(&cell->text, nothing);
}

void view_file(struct json value, struct cell *cell)
{
	char *path = json_strdup(json_get(value, "path"));
	const char *slash = path ? strrchr(path, '/') : NULL;

	json_each(file, value)
		if (json_is(value, JSON_ARRAY)) {
			if (cell->text.len)
				text_add(&cell->text, ", ");
			view_file(file, cell);
		}
	if (path) {
		cell_add(cell, slash ? slash + 1 : path, strlen(slash ? slash + 1 : path));
		text_add(&cell->text, " (");
		view_text(json_get(value, "size"), cell);
		text_add(&cell->text, " bytes)");
	}
	free(path);
}

void view_outcome(struct json value, struct cell *cell)
{
	struct json reason = json_get(value, "reason"), description = json_get(value, "description");

	if (json_string_bytes(reason))
		view_text(reason, cell);
	if (json_string_bytes(description)) {
		text_add(&cell->text, cell->text.len ? "; the device says: " : "the device says: ");
		view_text(description, cell);
	}
	cell->colour = COLOUR_DIM;
}

void view_reason(struct json value, struct cell *cell)
{
	struct json why = json_get(value, "why"), rule = json_get(value, "rule");

	if (json_string_bytes(why))
		view_text(why, cell);
	if (json_string_bytes(rule)) {
		text_add(&cell->text, cell->text.len ? " (scenario rule " : "(scenario rule ");
		view_text(rule, cell);
		text_add_char(&cell->text, ')');
	}
	cell->colour = COLOUR_DIM;
}

static void write_cell(const struct column *column, struct json value, struct cell *cell)
{
	bool empty = json_is(value, JSON_NULL) || json_is_string(value, "");

	/* As JSON, null and "" are something */
	if (!json_present(value) || (empty && column->write != view_json))
		text_add(&cell->text, nothing);
	else
		column->write(value, cell);
}

static struct json column_value(const struct column *column, struct json row)
{
	return *column->member ? json_get(row, column->member) : row;
}

static void add_headings(const struct view *view, struct table *table)
{
	struct table_row *line = table_add(table);
	unsigned i;

	for (i = 0; view->columns[i].write; i++) {
		text_add(&line->cells[i].text, view->columns[i].title);
		line->cells[i].colour = COLOUR_TITLE;
	}
	table->columns = i;
}

void view_add_row(const struct view *view, struct json row, struct table *table)
{
	struct table_row *line = table_add(table);
	unsigned i;

	for (i = 0; view->columns[i].write; i++)
		write_cell(&view->columns[i], column_value(&view->columns[i], row), &line->cells[i]);
	table->columns = i;
	if (view->note)
		view->note->write(column_value(view->note, row), &line->note);
}

static void print_list(const struct view *view, struct json rows, struct table *table,
                       const struct screen *screen, FILE *out)
{
	if (!json_count(rows)) {
		if (view->none)
			fprintf(out, "%s\n", view->none);
		return;
	}
	if (view->columns->title)
		add_headings(view, table);
	json_each(row, rows)
		view_add_row(view, row, table);
	table_print(table, screen, out);
}

/* One line for each column; an array fills one line for each element. */
static void print_record(const struct view *view, struct json record, const struct screen *screen, FILE *out)
{
	/* Nothing of a record is shortened: whoever asks for one device wants all of it */
	struct screen whole = { .colour = screen->colour };
	struct table table = { .columns = 2 };
	const struct column *column;

	for (column = view->columns; column->write; column++) {
		struct json value = column_value(column, record);
		struct table_row *line;

		if (view->varied && !json_present(value))
			continue;
		line = table_add(&table);
		text_add(&line->cells[0].text, column->title);
		line->cells[0].colour = COLOUR_DIM;
		if (!json_is(value, JSON_ARRAY) || column->write == view_json || column->write == view_model) {
			write_cell(column, value, &line->cells[1]);
			continue;
		}
		if (!json_count(value))
			text_add(&line->cells[1].text, nothing);
		json_each(element, value) {
			if (line->cells[1].text.len)
				line = table_add(&table);
			write_cell(column, element, &line->cells[1]);
		}
	}
	table_print(&table, &whole, out);
	table_free(&table);
}

void view_print(const struct view *view, struct json answer, struct table *table,
                const struct screen *screen, FILE *out)
{
	if (view->rows)
		print_list(view, json_get(answer, view->rows), table, screen, out);
	else
		print_record(view, answer, screen, out);
}

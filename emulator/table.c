#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_UNKNOWN 80
#define WIDTH_MAX     10000
#define LAST_WIDTH_MIN 16     /* a column shortened further says nothing */
#define GAP "  "
#define NOTE_INDENT "    "

static const char *const colours[] = {
	[COLOUR_NONE]  = "",
	[COLOUR_GOOD]  = "\033[32m",
	[COLOUR_BAD]   = "\033[31m",
	[COLOUR_ODD]   = "\033[33m",
	[COLOUR_DIM]   = "\033[2m",
	[COLOUR_TITLE] = "\033[1m",
};

struct screen screen_of(int fd, bool plain)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM"), *columns = getenv("COLUMNS");
	struct screen screen = { 0 };
	struct winsize size = { 0 };
	long asked;

	if (!isatty(fd))
		return screen;
	screen.colour = !plain && !(no_colour && *no_colour) && !(term && !strcmp(term, "dumb"));
	asked = columns ? strtol(columns, NULL, 10) : 0;
	if (asked > 0 && asked <= WIDTH_MAX)
		screen.width = (unsigned)asked;
	else if (!ioctl(fd, TIOCGWINSZ, &size) && size.ws_col)
		screen.width = size.ws_col;
	else
		screen.width = WIDTH_UNKNOWN;
	return screen;
}

struct table_row *table_add(struct table *table)
{
	if (table->count == table->size) {
		table->size = table->size ? table->size * 2 : 64;
		table->rows = reallocarray(table->rows, table->size, sizeof(*table->rows));
		if (!table->rows)
			exit(EXIT_FAILURE);
	}
	table->rows[table->count] = (struct table_row){ 0 };
	return &table->rows[table->count++];
}

void cell_add(struct cell *cell, const char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];
		unsigned char after = i + 1 < len ? (unsigned char)bytes[i + 1] : 0;

		if (c == '\n' || c == '\r' || c == '\t') {
			text_add(&cell->text, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
		} else if (c < 0x20 || c == 0x7F) {
			text_addf(&cell->text, "\\u%04x", c);
		} else if (c == 0xC2 && after >= 0x80 && after < 0xA0) {   /* U+0080..U+009F */
			text_addf(&cell->text, "\\u%04x", after);
			i++;
		} else {
			text_add_char(&cell->text, (char)c);
		}
	}
}

static bool starts_character(char c)
{
	return ((unsigned char)c & 0xC0) != 0x80;
}

static unsigned text_width(const struct text *text)
{
	unsigned width = 0;
	size_t i;

	for (i = 0; i < text->len; i++)
		width += starts_character(text->at[i]);
	return width;
}

/* Bytes of the first `width` code points. */
static size_t text_prefix(const struct text *text, unsigned width)
{
	size_t i;

	for (i = 0; i < text->len; i++)
		if (starts_character(text->at[i]) && !width--)
			break;
	return i;
}

static void cell_print(const struct cell *cell, const struct screen *screen, unsigned room, FILE *out)
{
	bool colour = screen->colour && cell->colour != COLOUR_NONE;
	bool cut = room && text_width(&cell->text) > room;

	if (colour)
		fputs(colours[cell->colour], out);
	fwrite(text_string(&cell->text), 1, cut ? text_prefix(&cell->text, room - 1) : cell->text.len, out);
	if (cut)
		fputs("…", out);
	if (colour)
		fputs("\033[0m", out);
}

static void row_print(const struct table *table, const struct table_row *row,
                      const struct screen *screen, FILE *out)
{
	unsigned i, last = 0, at = 0, pad = 0;

	for (i = 0; i < table->columns; i++)
		if (row->cells[i].text.len)
			last = i;
	for (i = 0; i <= last; i++) {
		unsigned width = text_width(&row->cells[i].text), room = 0;

		fprintf(out, "%*s%s", (int)pad, "", i ? GAP : "");
		if (screen->width && i == table->columns - 1)
			room = screen->width > at + LAST_WIDTH_MIN ? screen->width - at : LAST_WIDTH_MIN;
		cell_print(&row->cells[i], screen, room, out);
		pad = width < table->widths[i] ? table->widths[i] - width : 0;
		at += width + pad + (unsigned)strlen(GAP);
	}
	fputc('\n', out);
	if (row->note.text.len) {
		fputs(NOTE_INDENT, out);
		cell_print(&row->note, screen, 0, out);
		fputc('\n', out);
	}
}

static void rows_forget(struct table *table)
{
	unsigned i;

	while (table->count) {
		struct table_row *row = &table->rows[--table->count];

		for (i = 0; i < TABLE_COLUMNS; i++)
			text_free(&row->cells[i].text);
		text_free(&row->note.text);
	}
}

void table_print(struct table *table, const struct screen *screen, FILE *out)
{
	unsigned i;
	size_t r;

	for (r = 0; r < table->count; r++) {
		for (i = 0; i < table->columns; i++) {
			unsigned width = text_width(&table->rows[r].cells[i].text);

			if (width > table->widths[i] && width <= TABLE_COLUMN_WIDTH)
				table->widths[i] = width;
		}
	}
	for (r = 0; r < table->count; r++)
		row_print(table, &table->rows[r], screen, out);
	rows_forget(table);
}

void table_free(struct table *table)
{
	rows_forget(table);
	free(table->rows);
	*table = (struct table){ 0 };
}

/*
 * Aligned columns for people: what `list` and `show` print.
 *
 * Rows collect and are printed together. Column widths only grow, so a table that is printed again
 * and again (log --follow) keeps its columns where they were. Widths count code points.
 */
#ifndef ALINK_TABLE_H
#define ALINK_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "text.h"

#define TABLE_COLUMNS 8
#define TABLE_COLUMN_WIDTH 44   /* PK/DN fits; a longer cell, say a topic, pushes its own line only */

/* Where the lines go. */
struct screen {
	bool     colour;
	unsigned width;    /* columns of a terminal; 0: not a terminal, nothing is shortened */
};

/* Colour only on a terminal, unless $NO_COLOR is set, $TERM is dumb or `plain` is asked for. */
struct screen screen_of(int fd, bool plain);

enum colour { COLOUR_NONE, COLOUR_GOOD, COLOUR_BAD, COLOUR_ODD, COLOUR_DIM, COLOUR_TITLE };

struct cell {
	struct text text;    /* nothing that moves a cursor: see cell_add */
	enum colour colour;
};

struct table_row {
	struct cell cells[TABLE_COLUMNS];
	struct cell note;    /* printed whole on a line below, indented; empty: none */
};

/* `struct table table = { .columns = 3 };` is a valid empty table. */
struct table {
	unsigned          columns;
	unsigned          widths[TABLE_COLUMNS];
	struct table_row *rows;   /* owned */
	size_t            count, size;
};

/* An empty row, valid until the next call. Exits when memory is out. */
struct table_row *table_add(struct table *table);

/* Text from outside: control characters are shown as JSON escapes, never sent to a terminal. */
void cell_add(struct cell *cell, const char *bytes, size_t len);

/* Prints the rows and forgets them. The last column is shortened to the screen's width. */
void table_print(struct table *table, const struct screen *screen, FILE *out);
void table_free(struct table *table);

#endif

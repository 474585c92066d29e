/*
 * How an answer of the emulator API looks to a person: a list as a table, a record as keys and values.
 */
#ifndef ALINK_VIEW_H
#define ALINK_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "json.h"
#include "table.h"

/* One way to write a value. Absent, null and "" come out as "-" before it is asked. */
typedef void view_writer(struct json value, struct cell *cell);

view_writer view_text;           /* strings bare, anything else as its JSON */
view_writer view_json;           /* always as JSON, so that "21" and 21 differ, and null and "" show */
view_writer view_name;           /* of a member, not its value: for rows that are an object's members */
view_writer view_time;           /* Unix ms as local time, 2023-11-14T22:13:20.123 */
view_writer view_duration;       /* ms as 1h 02m 03s */
view_writer view_yes_no;
view_writer view_status;         /* of a device, coloured */
view_writer view_code;           /* 200 is good, anything else is bad */
view_writer view_device;         /* an object with productKey and deviceName as PK/DN */
view_writer view_branch;         /* a row with productKey and deviceName as a branch of a tree */
view_writer view_online;         /* true is ONLINE, coloured */
view_writer view_subscription;   /* FILTER, and its QoS when that is not 0 */
view_writer view_model;          /* a TSL's features, counted */
view_writer view_words;          /* an array's texts with commas between them */
view_writer view_file;           /* a file's name and size; of an array those of all */
view_writer view_outcome;        /* of an upgrade: why it ended, and what the device said */
view_writer view_reason;         /* of a log record: why, and the scenario rule that had a hand in it */

struct column {
	const char  *title;    /* of a table: NULL in its first column leaves the heading out */
	const char  *member;   /* "" is the row itself */
	view_writer *write;
};

struct view {
	const char          *rows;      /* the member that holds the rows, in an array or an object; NULL: one record */
	const char          *none;      /* said in place of an empty table */
	const struct column *columns;   /* ended by one without a writer */
	const struct column *note;      /* a line below a row; NULL: none */
	bool                 varied;    /* records differ in their members: what one lacks is not shown */
};

/* One row of a list, to be printed with the next table_print. */
void view_add_row(const struct view *view, struct json row, struct table *table);

/* A list goes through `table`, which keeps its column widths for the next call. */
void view_print(const struct view *view, struct json answer, struct table *table,
                const struct screen *screen, FILE *out);

#endif

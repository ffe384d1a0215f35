/* profile_row.c - writes a measured pair in the three output formats.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile_row.h"

#include <stdio.h>
#include <string.h>

#include "printable.h"
#include "text.h"

enum {
    DIGITS = 10,     /* significant digits of fractions; densities are exact, so that they give back the nonzeros */
    NAME_WIDTH = 20, /* longest column name, for the table */
    VALUE_WIDTH = 22,
    VALUE_MOST = 500 /* characters of a text in the table */
};

/* One cell: a text, or a number where `text` is NULL. */
struct cell {
    const char *name, *text, *meaning;
    double number;
    bool exact;
};

#define SC_CELL_TEXT(value) .text = (value)
#define SC_CELL_NUMBER(value) .number = (value)

enum {
#define X(name, kind, value, meaning) COLUMN_##name,
    SC_PROFILE_COLUMNS(X)
#undef X
    COLUMNS
};

static void fill_cells(struct cell cells[COLUMNS], const struct sc_profile_row *row)
{
    const struct sc_profile *p = row->profile;
    const struct sc_measured *m = row->measured;
#define X(column, kind, value, explained)                                                                              \
    cells[COLUMN_##column] = (struct cell){.name = #column, .meaning = explained, SC_CELL_##kind(value)};
    SC_PROFILE_COLUMNS(X)
#undef X
    cells[COLUMN_density_a].exact = cells[COLUMN_density_b].exact = true;
}

/* What is being written; after a failure in `status` the rest is skipped. */
struct sink {
    struct sc_output *output;
    struct sc_error *err;
    int status;
};

static void put_bytes(struct sink *sink, const char *bytes, size_t size)
{
    if (sink->status == SC_OK)
        sink->status = sc_output_write(sink->output, bytes, size, sink->err);
}

static void put_literal(struct sink *sink, const char *text)
{
    put_bytes(sink, text, strlen(text));
}

static void format_cell(char out[SC_NUMBER_SIZE], const struct cell *cell)
{
    if (cell->exact)
        sc_format_exact(out, cell->number);
    else
        sc_format_number(out, cell->number, DIGITS);
}

/* Text through one of the quoting functions of printable.h, whose output takes at most `growth` bytes per byte. */
static void put_quoted(struct sink *sink, char *(*quote)(char *out, const char *text), size_t growth, const char *text)
{
    char *room = NULL;

    if (sink->status == SC_OK)
        sink->status = sc_output_reserve(sink->output, growth * strlen(text) + 2, &room, sink->err);
    if (sink->status == SC_OK)
        sc_output_advance(sink->output, quote(room, text));
}

static void write_csv(struct sink *sink, const struct cell cells[COLUMNS])
{
    char number[SC_NUMBER_SIZE];

    for (int i = 0; i < COLUMNS; i++) {
        put_literal(sink, i ? "," : "");
        put_literal(sink, cells[i].name);
    }
    put_literal(sink, "\n");
    for (int i = 0; i < COLUMNS; i++) {
        put_literal(sink, i ? "," : "");
        if (cells[i].text) {
            put_quoted(sink, sc_csv_text, 2, cells[i].text);
        } else {
            format_cell(number, &cells[i]);
            put_literal(sink, number);
        }
    }
    put_literal(sink, "\n");
}

static void write_json(struct sink *sink, const struct cell cells[COLUMNS], const char *version, const char *command)
{
    char number[SC_NUMBER_SIZE];

    put_literal(sink, "{\n  \"meta\": {\n    \"version\": ");
    put_quoted(sink, sc_json_text, 6, version);
    put_literal(sink, ",\n    \"command\": ");
    put_quoted(sink, sc_json_text, 6, command);
    put_literal(sink, "\n  },\n  \"results\": [\n    {");
    for (int i = 0; i < COLUMNS; i++) {
        put_literal(sink, i ? ", \"" : "\"");
        put_literal(sink, cells[i].name);
        put_literal(sink, "\": ");
        if (cells[i].text) {
            put_quoted(sink, sc_json_text, 6, cells[i].text);
        } else {
            format_cell(number, &cells[i]);
            put_literal(sink, number);
        }
    }
    put_literal(sink, "}\n  ]\n}\n");
}

static void write_table(struct sink *sink, const struct cell cells[COLUMNS])
{
    char line[8 * VALUE_MOST], number[SC_NUMBER_SIZE], text[4 * VALUE_MOST + 1];

    for (int i = 0; i < COLUMNS; i++) {
        const char *value = number;
        if (cells[i].text) {
            sc_printable(text, cells[i].text, VALUE_MOST);
            value = text;
        } else {
            format_cell(number, &cells[i]);
        }
        int length = cells[i].meaning[0]
                         ? snprintf(line, sizeof line, "%-*s %-*s %s\n", NAME_WIDTH, cells[i].name, VALUE_WIDTH, value,
                                    cells[i].meaning)
                         : snprintf(line, sizeof line, "%-*s %s\n", NAME_WIDTH, cells[i].name, value);
        put_bytes(sink, line, (size_t)length);
    }
}

int sc_profile_row_write(struct sc_output *output, enum sc_format format, const struct sc_profile_row *row,
                         const char *version, const char *command, struct sc_error *err)
{
    struct sink sink = {.output = output, .err = err};
    struct cell cells[COLUMNS];

    fill_cells(cells, row);
    switch (format) {
    case SC_FORMAT_CSV:
        write_csv(&sink, cells);
        break;
    case SC_FORMAT_JSON:
        write_json(&sink, cells, version, command);
        break;
    case SC_FORMAT_TABLE:
        write_table(&sink, cells);
        break;
    }
    return sink.status;
}

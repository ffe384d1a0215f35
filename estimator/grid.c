/* grid.c - rows of cells as a table, CSV or JSON.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "grid.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "memory_stream.h"
#include "output.h"
#include "printable.h"
#include "text.h"

enum { EXACT_DIGITS = 12 };

void sc_grid_start(struct sc_grid *g, const struct sc_grid_column *column, size_t columns, enum sc_format format)
{
    *g = (struct sc_grid){.column = column, .columns = columns, .exact = format != SC_FORMAT_TABLE};
}

void sc_grid_free(struct sc_grid *g)
{
    for (size_t i = 0; g->cell && i < g->rows * g->columns; i++)
        free(g->cell[i]);
    free(g->cell);
    g->cell = NULL;
    g->rows = 0;
}

int sc_grid_row(struct sc_grid *g, struct sc_error *err)
{
    char **cell = sc_grow(g->cell, g->rows, &g->room, g->columns * sizeof *cell);
    if (!cell)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a table");
    g->cell = cell;
    memset(g->cell + g->rows++ * g->columns, 0, g->columns * sizeof *g->cell);
    return SC_OK;
}

int sc_grid_text(struct sc_grid *g, size_t column, const char *text, struct sc_error *err)
{
    char **cell = &g->cell[(g->rows - 1) * g->columns + column], *copy = malloc(strlen(text) + 1);
    if (!copy)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a table");
    strcpy(copy, text);
    free(*cell);
    *cell = copy;
    return SC_OK;
}

int sc_grid_number(struct sc_grid *g, size_t column, double value, struct sc_error *err)
{
    char text[SC_NUMBER_SIZE] = "";
    if (isfinite(value))
        sc_format_number(text, value, g->exact ? EXACT_DIGITS : g->column[column].digits);
    return sc_grid_text(g, column, text, err);
}

static const char *cell(const struct sc_grid *g, size_t row, size_t column)
{
    const char *text = g->cell[row * g->columns + column];
    return text ? text : "";
}

/* Characters of the widest cell of a column, its name included. */
static int width_of(const struct sc_grid *g, size_t column)
{
    size_t width = strlen(g->column[column].name);
    for (size_t r = 0; r < g->rows; r++)
        width = strlen(cell(g, r, column)) > width ? strlen(cell(g, r, column)) : width;
    return (int)width;
}

static bool put_table(FILE *out, const struct sc_grid *g)
{
    int *width = malloc((g->columns + 1) * sizeof *width);
    for (size_t c = 0; width && c < g->columns; c++)
        width[c] = width_of(g, c);
    for (size_t row = 0; width && row <= g->rows; row++)
        for (size_t c = 0; c < g->columns; c++) {
            const char *text = row == 0 ? g->column[c].name : cell(g, row - 1, c);
            bool last = c + 1 == g->columns, right = g->column[c].number;
            fprintf(out, "%s%*s%s", c ? "  " : "", right ? width[c] : last ? 0 : -width[c], text, last ? "\n" : "");
        }
    free(width);
    return width != NULL;
}

/* Writes a text as `quote` says.  Returns memory to free(), NULL when there is none. */
static char *quoted(FILE *out, char *(*quote)(char *, const char *), const char *text)
{
    char *room = malloc(6 * strlen(text) + 3);
    if (room)
        fwrite(room, 1, (size_t)(quote(room, text) - room), out);
    return room;
}

static bool put_csv(FILE *out, const struct sc_grid *g)
{
    bool good = true;
    for (size_t row = 0; row <= g->rows && good; row++)
        for (size_t c = 0; c < g->columns && good; c++) {
            char *room = quoted(out, sc_csv_text, row == 0 ? g->column[c].name : cell(g, row - 1, c));
            good = room != NULL;
            free(room);
            fputc(c + 1 < g->columns ? ',' : '\n', out);
        }
    return good;
}

static bool put_json_text(FILE *out, const char *text)
{
    char *room = quoted(out, sc_json_text, text);
    free(room);
    return room != NULL;
}

static bool put_json(FILE *out, const struct sc_grid *g, const struct sc_meta *meta, size_t metas)
{
    bool good = true;
    fputs("{\n  \"meta\": {", out);
    for (size_t i = 0; i < metas && good; i++) {
        fputs(i ? ",\n    " : "\n    ", out);
        good = put_json_text(out, meta[i].name);
        fputs(": ", out);
        good = good && put_json_text(out, meta[i].value);
    }
    fputs("\n  },\n  \"results\": [", out);
    for (size_t row = 0; row < g->rows && good; row++) {
        fputs(row ? ",\n    {" : "\n    {", out);
        for (size_t c = 0; c < g->columns && good; c++) {
            const char *text = cell(g, row, c);
            fprintf(out, "%s\"%s\": ", c ? ", " : "", g->column[c].name);
            if (g->column[c].number)
                fputs(*text ? text : "null", out);
            else
                good = put_json_text(out, text);
        }
        fputc('}', out);
    }
    fputs("\n  ]\n}\n", out);
    return good;
}

int sc_grid_write(const struct sc_grid *g, const char *path, enum sc_format format, const char *note,
                  const struct sc_meta *meta, size_t metas, struct sc_error *err)
{
    char *text = NULL;
    size_t length = 0;
    bool good = true;
    FILE *out = sc_memory_stream(&text, &length);
    if (out && format == SC_FORMAT_TABLE)
        good = put_table(out, g);
    else if (out)
        good = format == SC_FORMAT_CSV ? put_csv(out, g) : put_json(out, g, meta, metas);
    if (out && note && format == SC_FORMAT_TABLE)
        fprintf(out, "\n%s\n", note);
    int status =
        !out || fclose(out) != 0 || !good ? sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a table") : SC_OK;
    if (status == SC_OK)
        status = sc_output_text(path, text, length, err);
    free(text);
    return status;
}

/* residuals.c - reads estimates beside simulations, and writes them for gnuplot.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "residuals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "grow.h"
#include "printable.h"
#include "rows.h"
#include "text.h"

enum column { MACHINE, DATAFLOW, SIMULATED, ESTIMATED, LOW, HIGH, COLUMNS };
enum { NAME_COLUMNS = 40, DIGITS = 6 };

static const char *const column_names[COLUMNS] = {"machine", "dataflow",   "simulated_cycles",
                                                  "cycles",  "cycles_low", "cycles_high"};

/* Where each column is; the name of one that is missing, or NULL. */
static const char *find_columns(size_t place[COLUMNS], const struct sc_row *header)
{
    for (int c = 0; c < COLUMNS; c++) {
        place[c] = 0;
        while (place[c] < header->cells && strcmp(header->cell[place[c]], column_names[c]) != 0)
            place[c]++;
        if (place[c] == header->cells)
            return column_names[c];
    }
    return NULL;
}

bool sc_residuals_is(const struct sc_row *header)
{
    size_t place[COLUMNS];
    return !find_columns(place, header);
}

static int add_point(struct sc_residuals *p, const struct sc_residuals_point *point, struct sc_error *err)
{
    struct sc_residuals_point *grown = sc_grow(p->point, p->points, &p->room, sizeof *grown);
    if (!grown)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu points", p->points);
    p->point = grown;
    p->point[p->points++] = *point;
    p->covered += point->simulated >= point->low * (1 - 1e-8) && point->simulated <= point->high * (1 + 1e-8);
    return SC_OK;
}

static int read_row(struct sc_residuals *p, const struct sc_rows *rows, const struct sc_row *row,
                    const size_t place[COLUMNS], struct sc_error *err)
{
    double value[COLUMNS];
    for (int c = 0; c < COLUMNS; c++)
        if (place[c] >= row->written ||
            (c >= SIMULATED &&
             (!sc_parse_number(row->cell[place[c]], row->length[place[c]], &value[c]) || value[c] < 0)))
            return sc_fail(err, SC_BAD_INPUT, sc_rows_path(rows), row->line, "column %s: expected %s", column_names[c],
                           c >= SIMULATED ? "a number of cycles" : "a name");
    struct sc_residuals_point point = {sc_name_number(&p->dataflows, row->cell[place[DATAFLOW]]), value[SIMULATED],
                                    value[ESTIMATED], value[LOW], value[HIGH]};
    unsigned machine = sc_name_number(&p->machines, row->cell[place[MACHINE]]);
    if (machine == SC_NAMES_NO_MEMORY || point.dataflow == SC_NAMES_NO_MEMORY)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the names of a figure");
    if (machine == SC_SET_NAMES || point.dataflow == SC_SET_NAMES)
        return sc_fail(err, SC_BAD_INPUT, sc_rows_path(rows), row->line, "more than %d machines or dataflows",
                       SC_SET_NAMES);
    return point.simulated > 0 && point.estimated > 0 ? add_point(p, &point, err) : SC_OK;
}

int sc_residuals_read(struct sc_residuals *p, const char *path, struct sc_error *err)
{
    struct sc_rows *rows;
    struct sc_row row;
    size_t place[COLUMNS];
    *p = (struct sc_residuals){.points = 0};
    int status = sc_rows_open(&rows, path, err);
    if (status != SC_OK)
        return status;
    status = sc_rows_next(rows, &row, err);
    const char *missing = status == SC_OK ? find_columns(place, &row) : NULL;
    if (missing)
        status = sc_fail(err, SC_BAD_INPUT, sc_rows_path(rows), row.line,
                         "column %s is missing; expected a file that 'sparsecast calibrate --rows' wrote", missing);
    while (status == SC_OK && (status = sc_rows_next(rows, &row, err)) == SC_OK)
        status = read_row(p, rows, &row, place, err);
    if (status == SC_END)
        status = p->points > 0 ? SC_OK
                               : sc_fail(err, SC_BAD_INPUT, sc_rows_path(rows), 0, "has no rows with cycles above 0");
    sc_rows_close(rows);
    return status;
}

void sc_residuals_free(struct sc_residuals *p)
{
    for (unsigned i = 0; i < p->dataflows.count; i++)
        free(p->dataflows.name[i]);
    for (unsigned i = 0; i < p->machines.count; i++)
        free(p->machines.name[i]);
    free(p->point);
    *p = (struct sc_residuals){.points = 0};
}

/* printf() would use the locale's decimal point. */
static void put_number(FILE *out, double value, const char *after)
{
    char text[SC_NUMBER_SIZE];
    sc_format_number(text, value, DIGITS);
    fprintf(out, "%s%s", text, after);
}

static void put_title(FILE *out, const struct sc_residuals *p)
{
    char name[4 * NAME_COLUMNS + 1], title[4 * NAME_COLUMNS + 200];
    sc_printable(name, p->machines.name[0], NAME_COLUMNS);
    snprintf(title, sizeof title, "%s%s: %zu estimates, %zu of the simulations within their intervals", name,
             p->machines.count > 1 ? " and others" : "", p->points, p->covered);
    fputs("title = ", out);
    sc_gnuplot_string(out, title);
    fputc('\n', out);
}

void sc_residuals_write(const struct sc_residuals *p, FILE *out)
{
    double low = HUGE_VAL, high = 0;
    for (size_t i = 0; i < p->points; i++) {
        low = fmin(low, fmin(p->point[i].simulated, p->point[i].estimated));
        high = fmax(high, fmax(p->point[i].simulated, p->point[i].estimated));
    }
    put_title(out, p);
    fputs("low = ", out);
    put_number(out, low, "\nhigh = ");
    put_number(out, high, "\n$points << END_OF_POINTS\n");
    for (unsigned d = 0; d < p->dataflows.count; d++) {
        char name[4 * NAME_COLUMNS + 1];
        sc_printable(name, p->dataflows.name[d], NAME_COLUMNS);
        for (char *c = name; *c; c++)
            if (*c == '"' || *c == '\\')
                *c = '\'';
        fprintf(out, "\"%s\"\n", name);
        for (size_t i = 0; i < p->points; i++)
            if (p->point[i].dataflow == d) {
                put_number(out, p->point[i].simulated, " ");
                put_number(out, p->point[i].estimated, "\n");
            }
        fputs("\n\n", out);
    }
    fprintf(out, "END_OF_POINTS\nseries = %u\n", p->dataflows.count);
}

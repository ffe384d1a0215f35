/* sensitivity.c - a table of changed assumptions as gnuplot commands: variables and data blocks, no looks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensitivity.h"

#include <string.h>

#include "printable.h"
#include "table.h"
#include "text.h"

enum { ASSUMPTION, CHANGED, STORAGE, INDEX, ENERGY, COLUMNS, LABEL_COLUMNS = 44, DIGITS = 6, FIRST_COLUMNS = 6 };

static const char *const columns[COLUMNS] = {"assumption", "changed_to", "storage", "index", "energy"};
/* With which columns such a table starts. */
static const char *const header[FIRST_COLUMNS] = {"assumption", "set", "changed_to", "storage", "index", "energy"};

bool sc_sensitivity_is(const struct sc_row *row)
{
    size_t same = 0;
    while (same < row->cells && same < FIRST_COLUMNS && strcmp(row->cell[same], header[same]) == 0)
        same++;
    return same == FIRST_COLUMNS;
}

/* "assumption: changed", safe between double quotes. */
static void put_label(FILE *out, const struct sc_table *table, size_t row)
{
    char text[256], label[4 * LABEL_COLUMNS + 1];
    snprintf(text, sizeof text, "%.100s: %.100s", sc_table_text(table, row, ASSUMPTION),
             sc_table_text(table, row, CHANGED));
    sc_printable(label, text, LABEL_COLUMNS);
    for (char *c = label; *c; c++)
        if (*c == '"' || *c == '\\')
            *c = '\'';
    fprintf(out, "\"%s\"", label);
}

static int put_row(FILE *out, const struct sc_table *table, size_t row, const double base[COLUMNS],
                   struct sc_error *err)
{
    char number[SC_NUMBER_SIZE];
    int status = SC_OK;
    fprintf(out, "%zu ", row);
    put_label(out, table, row);
    for (size_t c = STORAGE; c < COLUMNS && status == SC_OK; c++) {
        double value;
        status = sc_table_positive(table, row, c, &value, err);
        if (status != SC_OK)
            break;
        sc_format_number(number, value / base[c], DIGITS);
        fprintf(out, " %s", number);
    }
    fputc('\n', out);
    return status;
}

int sc_sensitivity_write(const char *path, FILE *out, struct sc_error *err)
{
    struct sc_table *table;
    double base[COLUMNS] = {0};
    int status = sc_table_open(&table, path, columns, COLUMNS, err);
    if (status != SC_OK)
        return status;
    if (sc_table_rows(table) < 2)
        status = sc_fail(err, SC_BAD_INPUT, path, 0, "has %zu rows, expected the set itself and at least one change",
                         sc_table_rows(table));
    for (size_t c = STORAGE; c < COLUMNS && status == SC_OK; c++)
        status = sc_table_positive(table, 0, c, &base[c], err);
    fputs("array base[3] = [", out);
    for (size_t c = STORAGE; c < COLUMNS && status == SC_OK; c++) {
        char number[SC_NUMBER_SIZE];
        sc_format_number(number, base[c], 5);
        fprintf(out, "%s%s", c > STORAGE ? ", " : "", number);
    }
    fprintf(out, "]\nrows = %zu\n$moves << EOD\n", sc_table_rows(table) - 1);
    for (size_t row = 1; row < sc_table_rows(table) && status == SC_OK; row++)
        status = put_row(out, table, row, base, err);
    fputs("EOD\n", out);
    sc_table_close(table);
    return status;
}

/* result_csv.c - result rows as CSV (RFC 4180 quoting, lines ended by LF).
 *
 * Called once per row of lists with millions of layers: everything is formatted straight into the output's buffer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "printable.h"
#include "result_writer.h"
#include "text.h"

static char *put_number(char *out, double value)
{
    return value < 0 ? out : out + sc_format_number(out, value, SC_RESULT_DIGITS);
}

static int csv_begin(struct sc_writer *writer, struct sc_error *err)
{
    static const char ours[] =
#define X(name, kind, unit, meaning) #name ","
        SC_RESULT_COLUMNS(X)
#undef X
        ;
    size_t bound = sizeof ours;
    for (size_t i = 0; i < writer->extras; i++)
        bound += 2 * strlen(writer->extra_names[writer->extra_columns[i]]) + 3;
    char *out;
    int status = sc_output_reserve(writer->output, bound, &out, err);
    if (status != SC_OK)
        return status;
    memcpy(out, ours, sizeof ours - 1);
    out += sizeof ours - 1;
    for (size_t i = 0; i < writer->extras; i++) {
        out = sc_csv_text(out, writer->extra_names[writer->extra_columns[i]]);
        *out++ = ',';
    }
    out[-1] = '\n';
    sc_output_advance(writer->output, out);
    return SC_OK;
}

static int csv_row(struct sc_writer *writer, const struct sc_result *row, const char *const *extra,
                   struct sc_error *err)
{
    /* A quote may double; a value adds two quotes and a comma, or a number. */
    char *out;
    size_t bound = sc_writer_row_bound(writer, row, extra, 2, SC_NUMBER_SIZE);
    int status = sc_output_reserve(writer->output, bound, &out, err);
    if (status != SC_OK)
        return status;
#define SC_PUT_TEXT(name) out = sc_csv_text(out, row->name);
#define SC_PUT_FLAG(name) *out++ = row->name ? '1' : '0';
#define SC_PUT_NUMBER(name) out = put_number(out, row->name);
#define X(name, kind, unit, meaning)                                                                                   \
    SC_PUT_##kind(name)                                                                                                \
    *out++ = ',';
    SC_RESULT_COLUMNS(X)
#undef X
#undef SC_PUT_TEXT
#undef SC_PUT_FLAG
#undef SC_PUT_NUMBER
    for (size_t i = 0; i < writer->extras; i++) {
        out = sc_csv_text(out, extra[writer->extra_columns[i]]);
        *out++ = ',';
    }
    out[-1] = '\n';
    sc_output_advance(writer->output, out);
    return SC_OK;
}

static int csv_end(struct sc_writer *writer, struct sc_error *err)
{
    (void)writer, (void)err;
    return SC_OK;
}

const struct sc_writer_format sc_csv_format = {csv_begin, csv_row, csv_end};

/* result_table.c - result rows as a table for the terminal: the columns a person looks at first, in fixed widths.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "printable.h"
#include "result_writer.h"

enum {
    LINE_SIZE = 1024, /* more than the widths below, four bytes a character */
    NOTE_COLUMNS = 200
};

/* The columns: X(heading, unit, width, align, cell).  The widths hold the names of shipped machines and counts below
 * 10^11; a longer name is cut with an ellipsis, a larger number takes an exponent. */
#define TABLE_COLUMNS(X)                                                                                               \
    X("layer", "", 18, LEFT, put_name(out, 18, row->layer))                                                            \
    X("model", "", 16, LEFT, put_name(out, 16, row->model))                                                            \
    X("machine", "", 20, LEFT, put_name(out, 20, row->machine))                                                        \
    X("dataflow", "", 10, LEFT, put_dataflow(out, 10, row))                                                            \
    X("cycles", "", 11, RIGHT, put_number(out, 11, round(row->cycles)))                                                \
    X("util", "%", 6, RIGHT, put_number(out, 6, 100 * row->utilization))                                               \
    X("products", "", 11, RIGHT, put_number(out, 11, round(row->products)))                                            \
    X("DRAM", "MB", 9, RIGHT, put_number(out, 9, (row->dram_read_bytes + row->dram_write_bytes) / 1e6))                \
    X("energy", "uJ", 9, RIGHT, put_number(out, 9, row->energy_j * 1e6))                                               \
    X("EDP", "nJ s", 9, RIGHT, put_number(out, 9, row->edp_js * 1e9))                                                  \
    X("perf/area", "MAC/ns/mm2", 10, RIGHT, put_number(out, 10, per_area(row)))

enum alignment { LEFT, RIGHT };

/* Effectual multiplies per nanosecond and mm2; unknown, -1, where there is no area or no time. */
static double per_area(const struct sc_result *row)
{
    return row->area_mm2 > 0 && row->time_s > 0 ? row->products / (row->time_s * 1e9) / row->area_mm2 : -1;
}

static char *pad(char *out, unsigned columns)
{
    memset(out, ' ', columns);
    return out + columns;
}

static char *put_name(char *out, unsigned width, const char *name)
{
    unsigned shown = sc_printable(out, name, width);
    return pad(out + strlen(out), width - shown);
}

/* The dataflow, marked where it is the best one. */
static char *put_dataflow(char *out, unsigned width, const struct sc_result *row)
{
    char *end = put_name(out, width, row->dataflow);
    if (row->best)
        end[-1] = '*';
    return end;
}

/* Writes a number >= 0 with four significant digits, all those before the point included, '.' whatever the locale;
 * with an exponent when that takes more than `width`. */
static void format_number(char *out, size_t size, unsigned width, double value)
{
    static const unsigned powers[] = {1, 10, 100, 1000, 10000};
    int magnitude = value > 0 ? (int)floor(log10(value)) : 0;
    if (value == floor(value) && magnitude < (int)width) {
        snprintf(out, size, "%.0f", value);
    } else if (value >= 1e-3 && magnitude < (int)width) {
        int decimals = magnitude >= 3 ? 0 : magnitude < 0 ? 4 : 3 - magnitude;
        double scaled = round(value * powers[decimals]);
        if (decimals == 0)
            snprintf(out, size, "%.0f", scaled);
        else
            snprintf(out, size, "%.0f.%0*.0f", floor(scaled / powers[decimals]), decimals,
                     fmod(scaled, powers[decimals]));
    } else {
        unsigned one = powers[width >= 9 ? 3 : 0];
        double mantissa = round(value / pow(10, magnitude) * one);
        if (mantissa >= 10.0 * one) {
            mantissa /= 10;
            magnitude++;
        }
        if (one == 1)
            snprintf(out, size, "%.0fe%+03d", mantissa, magnitude);
        else
            snprintf(out, size, "%.0f.%03.0fe%+03d", floor(mantissa / one), fmod(mantissa, one), magnitude);
    }
}

static char *put_number(char *out, unsigned width, double value)
{
    char text[64] = "-";
    if (value >= 0)
        format_number(text, sizeof text, width, value);
    unsigned length = (unsigned)strlen(text);
    out = pad(out, length < width ? width - length : 0);
    memcpy(out, text, length);
    return out + length;
}

static char *put_heading(char *out, unsigned width, enum alignment align, const char *text)
{
    unsigned length = (unsigned)strlen(text);
    if (align == RIGHT)
        out = pad(out, width - length);
    memcpy(out, text, length);
    out += length;
    return align == LEFT ? pad(out, width - length) : out;
}

/* Ends the line that starts at `line`, without blanks at its end, and hands it to the output. */
static void end_line(struct sc_writer *writer, const char *line, char *end)
{
    while (end > line && end[-1] == ' ')
        end--;
    *end++ = '\n';
    sc_output_advance(writer->output, end);
}

static int table_begin(struct sc_writer *writer, struct sc_error *err)
{
    char *line, *out;
    int status = sc_output_reserve(writer->output, LINE_SIZE, &line, err);
    if (status != SC_OK)
        return status;
    out = line;
#define X(heading, unit, width, align, cell)                                                                           \
    out = put_heading(out, width, align, heading);                                                                     \
    *out++ = ' ';
    TABLE_COLUMNS(X)
#undef X
    end_line(writer, line, out);
    status = sc_output_reserve(writer->output, LINE_SIZE, &line, err);
    if (status != SC_OK)
        return status;
    out = line;
#define X(heading, unit, width, align, cell)                                                                           \
    out = put_heading(out, width, align, unit);                                                                        \
    *out++ = ' ';
    TABLE_COLUMNS(X)
#undef X
    end_line(writer, line, out);
    return SC_OK;
}

static int table_row(struct sc_writer *writer, const struct sc_result *row, const char *const *extra,
                     struct sc_error *err)
{
    char *line, *out;
    int status = sc_output_reserve(writer->output, LINE_SIZE, &line, err);
    (void)extra;
    if (status != SC_OK)
        return status;
    out = line;
#define X(heading, unit, width, align, cell)                                                                           \
    out = cell;                                                                                                        \
    *out++ = ' ';
    TABLE_COLUMNS(X)
#undef X
    end_line(writer, line, out);
    return SC_OK;
}

static int table_end(struct sc_writer *writer, struct sc_error *err)
{
    static const char legend[] =
        "\n* chosen: fewest cycles for the layer on this machine or, with --network, for the whole network\n";
    char name[4 * NOTE_COLUMNS + 1], value[4 * NOTE_COLUMNS + 1], line[2 * sizeof name + 4];
    int status = SC_OK;

    if (writer->rows)
        status = sc_output_write(writer->output, legend, sizeof legend - 1, err);
    for (size_t i = 0; i < writer->metas && status == SC_OK; i++) {
        sc_printable(name, writer->meta[i].name, NOTE_COLUMNS);
        sc_printable(value, writer->meta[i].value, NOTE_COLUMNS);
        int length = snprintf(line, sizeof line, "%s: %s\n", name, value);
        status = sc_output_write(writer->output, line, (size_t)length, err);
    }
    return status;
}

const struct sc_writer_format sc_table_format = {table_begin, table_row, table_end};

/* result_json.c - result rows as JSON: {"meta": {...}, "results": [...]}, one row a line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "printable.h"
#include "result_writer.h"
#include "text.h"

/* A byte of text becomes at most \u00XX or the escape of U+FFFD. */
enum { ESCAPED_SIZE = 6 };

static char *put_literal(char *out, const char *text)
{
    size_t length = strlen(text);
    memcpy(out, text, length);
    return out + length;
}

static char *put_number(char *out, double value)
{
    return value < 0 ? put_literal(out, "null") : out + sc_format_number(out, value, SC_RESULT_DIGITS);
}

static int json_begin(struct sc_writer *writer, struct sc_error *err)
{
    size_t bound = 64;
    for (size_t i = 0; i < writer->metas; i++)
        bound += ESCAPED_SIZE * (strlen(writer->meta[i].name) + strlen(writer->meta[i].value)) + 16;
    char *out;
    int status = sc_output_reserve(writer->output, bound, &out, err);
    if (status != SC_OK)
        return status;
    out = put_literal(out, "{\n  \"meta\": {");
    for (size_t i = 0; i < writer->metas; i++) {
        out = put_literal(out, i ? ",\n    " : "\n    ");
        out = sc_json_text(out, writer->meta[i].name);
        out = put_literal(out, ": ");
        out = sc_json_text(out, writer->meta[i].value);
    }
    out = put_literal(out, writer->metas ? "\n  },\n  \"results\": [" : "},\n  \"results\": [");
    sc_output_advance(writer->output, out);
    return SC_OK;
}

/* Bytes of keys, colons and commas in a row. */
static size_t keys_bound(const struct sc_writer *writer)
{
    size_t bound = 16;
#define X(name, kind, unit, meaning) bound += sizeof #name + 8;
    SC_RESULT_COLUMNS(X)
#undef X
    for (size_t i = 0; i < writer->extras; i++)
        bound += ESCAPED_SIZE * strlen(writer->extra_names[writer->extra_columns[i]]) + 8;
    return bound;
}

static int json_row(struct sc_writer *writer, const struct sc_result *row, const char *const *extra,
                    struct sc_error *err)
{
    size_t values = sc_writer_row_bound(writer, row, extra, ESCAPED_SIZE, SC_NUMBER_SIZE);
    char *out;
    int status = sc_output_reserve(writer->output, keys_bound(writer) + values, &out, err);
    if (status != SC_OK)
        return status;
    out = put_literal(out, writer->rows > 1 ? ",\n    {" : "\n    {");
#define SC_PUT_TEXT(name) out = sc_json_text(out, row->name);
#define SC_PUT_FLAG(name) *out++ = row->name ? '1' : '0';
#define SC_PUT_NUMBER(name) out = put_number(out, row->name);
#define X(name, kind, unit, meaning)                                                                                   \
    out = put_literal(out, "\"" #name "\": ");                                                                         \
    SC_PUT_##kind(name)                                                                                                \
    out = put_literal(out, ", ");
    SC_RESULT_COLUMNS(X)
#undef X
#undef SC_PUT_TEXT
#undef SC_PUT_FLAG
#undef SC_PUT_NUMBER
    for (size_t i = 0; i < writer->extras; i++) {
        out = sc_json_text(out, writer->extra_names[writer->extra_columns[i]]);
        out = put_literal(out, ": ");
        const char *cell = extra[writer->extra_columns[i]];
        if (writer->last_is_number && i + 1 == writer->extras)
            out = put_literal(out, cell[0] ? cell : "null");
        else
            out = sc_json_text(out, cell);
        out = put_literal(out, ", ");
    }
    out = put_literal(out - 2, "}");
    sc_output_advance(writer->output, out);
    return SC_OK;
}

static int json_end(struct sc_writer *writer, struct sc_error *err)
{
    const char *tail = writer->rows ? "\n  ]\n}\n" : "]\n}\n";
    return sc_output_write(writer->output, tail, strlen(tail), err);
}

const struct sc_writer_format sc_json_format = {json_begin, json_row, json_end};

/* result.c - opening, feeding and closing a writer of result rows, whatever its format.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "result_writer.h"

static const struct sc_writer_format *const formats[] = {
    [SC_FORMAT_TABLE] = &sc_table_format,
    [SC_FORMAT_CSV] = &sc_csv_format,
    [SC_FORMAT_JSON] = &sc_json_format,
};

static bool is_our_column(const char *name)
{
    static const char *const columns[] = {
#define X(name, kind, unit, meaning) #name,
        SC_RESULT_COLUMNS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (strcmp(columns[i], name) == 0)
            return true;
    return false;
}

int sc_writer_open(struct sc_writer **writer, const char *path, enum sc_format format, const struct sc_meta *meta,
                   size_t metas, const char *const *extra_names, size_t extras, struct sc_error *err)
{
    struct sc_writer *opened = calloc(1, sizeof *opened);
    int status = SC_OK;

    *writer = NULL;
    if (opened)
        opened->extra_columns = malloc((extras + 1) * sizeof *opened->extra_columns);
    if (!opened || !opened->extra_columns) {
        status = sc_fail(err, SC_NO_MEMORY, path, 0, "out of memory for a result writer");
        goto done;
    }
    opened->format = formats[format];
    opened->meta = meta;
    opened->metas = metas;
    opened->extra_names = extra_names;
    for (size_t i = 0; i < extras; i++)
        if (!is_our_column(extra_names[i]))
            opened->extra_columns[opened->extras++] = i;
    status = sc_output_open(&opened->output, path, err);
    if (status == SC_OK)
        status = opened->format->begin(opened, err);
done:
    if (status != SC_OK)
        sc_writer_abandon(opened);
    else
        *writer = opened;
    return status;
}

void sc_writer_last_is_number(struct sc_writer *writer)
{
    writer->last_is_number = true;
}

size_t sc_writer_row_bound(const struct sc_writer *writer, const struct sc_result *row, const char *const *extra,
                           size_t per_byte, size_t per_value)
{
    size_t bytes = 0, values = writer->extras;
#define SC_TEXT_LENGTH(name) bytes += strlen(row->name);
#define SC_FLAG_LENGTH(name)
#define SC_NUMBER_LENGTH(name)
#define X(name, kind, unit, meaning)                                                                                   \
    values++;                                                                                                          \
    SC_##kind##_LENGTH(name)
    SC_RESULT_COLUMNS(X)
#undef X
#undef SC_TEXT_LENGTH
#undef SC_FLAG_LENGTH
#undef SC_NUMBER_LENGTH
    for (size_t i = 0; i < writer->extras; i++)
        bytes += strlen(extra[writer->extra_columns[i]]);
    return bytes * per_byte + values * per_value;
}

/* The first column of the row that holds NaN or infinity, or NULL. */
static const char *non_finite_column(const struct sc_result *row)
{
#define SC_TEXT_CHECK(name)
#define SC_FLAG_CHECK(name)
#define SC_NUMBER_CHECK(name)                                                                                          \
    if (!isfinite(row->name))                                                                                          \
        return #name;
#define X(name, kind, unit, meaning) SC_##kind##_CHECK(name)
    SC_RESULT_COLUMNS(X)
#undef X
#undef SC_TEXT_CHECK
#undef SC_FLAG_CHECK
#undef SC_NUMBER_CHECK
    return NULL;
}

int sc_writer_row(struct sc_writer *writer, const struct sc_result *row, const char *const *extra, struct sc_error *err)
{
    const char *column = non_finite_column(row);
    if (column)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "layer '%s' on %s with %s: %s is not a finite number; the layer is too large for the model",
                       row->layer, row->machine, row->dataflow, column);
    writer->rows++;
    return writer->format->row(writer, row, extra, err);
}

int sc_writer_close(struct sc_writer *writer, struct sc_error *err)
{
    int status = writer->format->end(writer, err);
    if (status == SC_OK) {
        status = sc_output_close(writer->output, err);
        writer->output = NULL;
    }
    sc_writer_abandon(writer);
    return status;
}

void sc_writer_abandon(struct sc_writer *writer)
{
    if (!writer)
        return;
    sc_output_abandon(writer->output);
    free(writer->extra_columns);
    free(writer);
}

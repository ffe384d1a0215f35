/* layer_write.c - writes layers as a layer CSV.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "layer_write.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "layer_reader.h"
#include "text.h"

static void put_bytes(struct sc_layer_sheet *sheet, const char *bytes, size_t size)
{
    if (sheet->status == SC_OK)
        sheet->status = sc_output_write(sheet->output, bytes, size, sheet->err);
}

static void put_cell(struct sc_layer_sheet *sheet, const char *text)
{
    if (sheet->in_row)
        put_bytes(sheet, ",", 1);
    sheet->in_row = true;
    if (!text[strcspn(text, ",\"\r\n")]) {
        put_bytes(sheet, text, strlen(text));
        return;
    }
    put_bytes(sheet, "\"", 1);
    for (size_t part; *text; text += part) {
        part = strcspn(text, "\"");
        put_bytes(sheet, text, part);
        if (text[part] == '"') {
            put_bytes(sheet, "\"\"", 2);
            part++;
        }
    }
    put_bytes(sheet, "\"", 1);
}

static void put_count(struct sc_layer_sheet *sheet, uint64_t count)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, count);
    put_cell(sheet, text);
}

/* A count, or a blank cell where there is none. */
static void put_known(struct sc_layer_sheet *sheet, bool known, uint64_t count)
{
    if (known)
        put_count(sheet, count);
    else
        put_cell(sheet, "");
}

/* A negative density stands for "in the pattern file". */
static void put_density(struct sc_layer_sheet *sheet, double density)
{
    char text[SC_NUMBER_SIZE] = "";
    if (density >= 0)
        sc_format_exact(text, density);
    put_cell(sheet, text);
}

static void put_pattern(struct sc_layer_sheet *sheet, const struct sc_pattern_spec *pattern)
{
    char text[128];
    sc_pattern_format(text, sizeof text, pattern);
    put_cell(sheet, text);
}

/* Pattern files are relative to the list that names them; the new list may lie elsewhere. */
static void put_path(struct sc_layer_sheet *sheet, const char *path)
{
    char directory[PATH_MAX], absolute[PATH_MAX + SC_CELL_LIMIT];

    if (!path || path[0] == '/') {
        put_cell(sheet, path ? path : "");
        return;
    }
    if (!getcwd(directory, sizeof directory)) {
        sheet->status = sc_fail(sheet->err, SC_IO, path, 0, "cannot make this path absolute: %s", strerror(errno));
        return;
    }
    snprintf(absolute, sizeof absolute, "%s/%s", directory, path);
    put_cell(sheet, absolute);
}

static void end_row(struct sc_layer_sheet *sheet)
{
    put_bytes(sheet, "\n", 1);
    sheet->in_row = false;
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* A column that is only passed through must not read as one of ours, nor as another one passed through. */
static void put_extra_name(struct sc_layer_sheet *sheet, const char *const *names, size_t count, size_t index)
{
    char renamed[256];

    if (!sc_layer_csv_knows(names[index])) {
        put_cell(sheet, names[index]);
        return;
    }
    snprintf(renamed, sizeof renamed, "source_%s", names[index]);
    while (is_among(renamed, names, count) && strlen(renamed) + 2 < sizeof renamed)
        strcat(renamed, "_");
    put_cell(sheet, renamed);
}

void sc_layer_put_header(struct sc_layer_sheet *sheet, const char *const *extra, size_t extras)
{
    static const char *const ours[] = {"layer",     "model",     "M",    "N",     "K", "density_a", "density_b",
                                       "pattern_a", "pattern_b", "kind", "count", "a", "b"};

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        put_cell(sheet, ours[i]);
    if (sheet->with & SC_WITH_GEOMETRY) {
#define X(name) put_cell(sheet, #name);
        SC_GEOMETRY_LIST(X)
#undef X
    }
    if (sheet->with & SC_WITH_HEADS)
        put_cell(sheet, "heads");
    for (size_t i = 0; i < extras; i++)
        put_extra_name(sheet, extra, extras, i);
    end_row(sheet);
}

/* The geometry of a convolution and the heads of attention; blank where there are none. */
static void put_operator(struct sc_layer_sheet *sheet, const struct sc_operator *op)
{
    bool known = sc_operator_has_geometry(op);

    if (sheet->with & SC_WITH_GEOMETRY) {
#define X(name) put_known(sheet, known, op->name);
        SC_GEOMETRY_LIST(X)
#undef X
    }
    if (sheet->with & SC_WITH_HEADS)
        put_known(sheet, op->heads > 0, op->heads);
}

void sc_layer_put(struct sc_layer_sheet *sheet, const struct sc_layer *layer)
{
    put_cell(sheet, layer->name);
    put_cell(sheet, layer->model);
    put_count(sheet, layer->M);
    put_count(sheet, layer->N);
    put_count(sheet, layer->K);
    put_density(sheet, layer->density_a);
    put_density(sheet, layer->density_b);
    put_pattern(sheet, &layer->pattern_a);
    put_pattern(sheet, &layer->pattern_b);
    put_cell(sheet, sc_layer_kind_name(layer->op.kind));
    put_count(sheet, layer->count);
    put_path(sheet, layer->a_file);
    put_path(sheet, layer->b_file);
    put_operator(sheet, &layer->op);
    for (size_t i = 0; i < layer->extras; i++)
        put_cell(sheet, layer->extra[i]);
    end_row(sheet);
}

int sc_layer_write_all(const char *path, unsigned with, const char *const *extra, size_t extras, sc_layer_source *next,
                       void *source, uint64_t *layers, struct sc_error *err)
{
    struct sc_layer_sheet sheet = {.err = err, .with = with};
    struct sc_layer layer;
    int status = sc_output_open(&sheet.output, path, err);

    *layers = 0;
    if (status != SC_OK)
        return status;
    sc_layer_put_header(&sheet, extra, extras);
    while (sheet.status == SC_OK && (status = next(source, &layer, err)) == SC_OK) {
        sc_layer_put(&sheet, &layer);
        ++*layers;
    }
    if (sheet.status == SC_OK && status == SC_END)
        return sc_output_close(sheet.output, err);
    sc_output_abandon(sheet.output);
    return sheet.status != SC_OK ? sheet.status : status;
}

int sc_layer_write_one(const struct sc_layer *layer, const char *path, unsigned with, struct sc_error *err)
{
    struct sc_layer_sheet sheet = {.err = err, .with = with};
    int status = sc_output_open(&sheet.output, path, err);

    if (status != SC_OK)
        return status;
    sc_layer_put_header(&sheet, NULL, 0);
    sc_layer_put(&sheet, layer);
    if (sheet.status == SC_OK)
        return sc_output_close(sheet.output, err);
    sc_output_abandon(sheet.output);
    return sheet.status;
}

/* lists.c - fuzz targets for layer lists: our CSV, and SCALE-Sim's topologies.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "fuzz.h"
#include "layer_cells.h"
#include "layer_hold.h"
#include "printable.h"

enum { HELD_MAX = 400, ESTIMATED_MAX = 3 };
#define SIZE_MOST (UINT64_C(1) << 53)

static void check_warning(void *context, const char *file, uint64_t line, const char *message)
{
    struct sc_error err = {.status = SC_BAD_INPUT, .line = line};

    (void)context;
    snprintf(err.file, sizeof err.file, "%s", file);
    snprintf(err.message, sizeof err.message, "%s", message);
    fuzz_error(SC_BAD_INPUT, &err, FUZZ_LINE);
}

void fuzz_layer_holds(const struct sc_layer *layer)
{
    bool gemm = sc_operator_is_gemm(&layer->op);

    FUZZ_CHECK(layer->name && layer->name[0] && layer->model, "a layer without name or model");
    FUZZ_CHECK(layer->M >= 1 && layer->N >= 1 && layer->K >= 1 && layer->count >= 1, "%s: a size of 0", layer->name);
    FUZZ_CHECK(layer->M <= SIZE_MOST && layer->N <= SIZE_MOST && layer->K <= SIZE_MOST, "%s: an inexact size",
               layer->name);
    FUZZ_CHECK((layer->density_a >= 0 && layer->density_a <= 1) || (layer->density_a == -1 && layer->a_file),
               "%s: density of A is %g", layer->name, layer->density_a);
    FUZZ_CHECK((layer->density_b >= 0 && layer->density_b <= 1) || (layer->density_b == -1 && layer->b_file),
               "%s: density of B is %g", layer->name, layer->density_b);
    FUZZ_CHECK(gemm || (layer->density_a == 1 && layer->density_b == 1), "%s: a sparse operator", layer->name);
    FUZZ_CHECK((double)layer->M * (double)layer->N * (double)layer->K * (double)layer->count <= 0x1p64,
               "%s: more products than 64 bits", layer->name);
}

/* Reads a list to its end, its first error, or HELD_MAX rows; the columns that it has in *with. */
static int hold(struct sc_held_layers *held, unsigned *with, const char *path, const struct sc_layer_options *options)
{
    struct sc_layer_options warned = options ? *options : (struct sc_layer_options){.warn = NULL};
    struct sc_layer_reader *reader;
    struct sc_layer layer;
    struct sc_error err;

    warned.warn = check_warning;
    int status = sc_layer_open(&reader, path, &warned, &err);
    if (status != SC_OK) {
        fuzz_error(status, &err, FUZZ_LINE);
        return status;
    }
    FUZZ_CHECK(sc_layer_format(reader)[0], "a list of no format");
    *with = sc_layer_columns(reader);
    while (held->layers < HELD_MAX && (status = sc_layer_next(reader, &layer, &err)) == SC_OK) {
        fuzz_layer_holds(&layer);
        layer.extras = 0;
        FUZZ_CHECK(sc_hold_layer(held, &layer, &err) == SC_OK, "%s", err.message);
    }
    if (status != SC_OK && status != SC_END)
        fuzz_error(status, &err, FUZZ_LINE);
    sc_layer_close(reader);
    return status;
}

static void put_text(FILE *out, const char *text, char separator)
{
    char *cell = malloc(2 * strlen(text) + 3);

    FUZZ_CHECK(cell, "out of memory");
    fwrite(cell, 1, (size_t)(sc_csv_text(cell, text) - cell), out);
    fputc(separator, out);
    free(cell);
}

/* The layers as a CSV; free() it. */
static char *write_list(const struct sc_held_layers *held, unsigned with, size_t *size)
{
    struct sc_layer_cells cells;
    struct sc_error err;
    char *text = NULL;
    FILE *out = open_memstream(&text, size);

    FUZZ_CHECK(out && sc_layer_cells_open(&cells, with, NULL, 0, NULL, &err) == SC_OK, "out of memory");
    fputs("layer,model", out);
    for (size_t i = 0; i < cells.columns; i++)
        fprintf(out, ",%s", cells.column[i]);
    fputc('\n', out);
    for (size_t l = 0; l < held->layers; l++) {
        FUZZ_CHECK(sc_layer_cells_fill(&cells, &held->layer[l], &err) == SC_OK, "%s", err.message);
        put_text(out, held->layer[l].name, ',');
        put_text(out, held->layer[l].model, ',');
        for (size_t i = 0; i < cells.columns; i++)
            put_text(out, cells.cell[i], i + 1 < cells.columns ? ',' : '\n');
    }
    fclose(out);
    sc_layer_cells_free(&cells);
    return text;
}

/* What was accepted, written as a result is, reads back as the same list. */
static void check_rewritten(const struct sc_held_layers *held, unsigned with)
{
    struct sc_held_layers back = {0};
    size_t size, size_again;
    unsigned with_again = 0;
    char *text = write_list(held, with, &size);

    int status = hold(&back, &with_again, fuzz_file("rewritten.csv", text, size), NULL);
    FUZZ_CHECK(status == SC_END || back.layers == HELD_MAX, "a list that we wrote is refused: %s", text);
    FUZZ_CHECK(with_again == with && back.layers == held->layers, "%zu layers became %zu: %s", held->layers,
               back.layers, text);
    char *again = write_list(&back, with_again, &size_again);
    FUZZ_CHECK(size == size_again && memcmp(text, again, size) == 0, "a list changed when written again:\n%s\n%s", text,
               again);
    free(text);
    free(again);
    sc_held_layers_free(&back);
}

void fuzz_list(const char *path, const struct sc_layer_options *options)
{
    struct sc_held_layers held = {0};
    unsigned with = 0;

    hold(&held, &with, path, options);
    for (size_t i = 0; i < held.layers && i < ESTIMATED_MAX; i++)
        fuzz_layer(&held.layer[i], (unsigned)(held.layer[i].M + held.layer[i].N + i));
    if (held.layers > 0)
        check_rewritten(&held, with);
    sc_held_layers_free(&held);
}

void fuzz_layers(const uint8_t *bytes, size_t size)
{
    fuzz_list(fuzz_file("list.csv", bytes, size), NULL);
}

void fuzz_scalesim(const uint8_t *bytes, size_t size)
{
    const char *path = fuzz_file("topology.csv", bytes, size);
    bool other = sc_digest(SC_DIGEST_START, bytes, size) & 1;
    struct sc_layer_options options = {.same_padding = other, .split_depthwise = !other};

    fuzz_list(path, NULL);
    fuzz_list(fuzz_file("topology.csv", bytes, size), &options);
}

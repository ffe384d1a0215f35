/* round_trip.h - a layer list through the cells behind a result and back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_ROUND_TRIP_H
#define TESTS_ROUND_TRIP_H

#include <criterion/criterion.h>
#include <inttypes.h>

#include "layer_cells.h"
#include "layer_hold.h"
#include "lists.h"

/* Reads a list whole; the caller frees `held`. */
static inline void hold_list(struct sc_held_layers *held, const char *path, const struct sc_layer_options *options,
                             unsigned *with)
{
    struct sc_layer_reader *reader;
    struct sc_layer layer;
    struct sc_error err = {.status = SC_OK};
    int status = sc_layer_open(&reader, path, options, &err);

    cr_assert_eq(status, SC_OK, "%s:%" PRIu64 ": %s", path, err.line, err.message);
    *with = sc_layer_columns(reader);
    while ((status = sc_layer_next(reader, &layer, &err)) == SC_OK)
        cr_assert_eq(sc_hold_layer(held, &layer, &err), SC_OK, "%s", err.message);
    cr_assert_eq(status, SC_END, "%s:%" PRIu64 ": %s", path, err.line, err.message);
    sc_layer_close(reader);
}

/* The layers as a CSV of their names, models and cells; free() it. */
static inline char *list_text(const struct sc_held_layers *held, unsigned with, size_t *size)
{
    struct sc_layer_cells cells;
    struct sc_error err;
    char *text = NULL;
    FILE *out = open_memstream(&text, size);

    cr_assert_eq(sc_layer_cells_open(&cells, with, NULL, 0, NULL, &err), SC_OK);
    fprintf(out, "layer,model");
    for (size_t i = 0; i < cells.columns; i++)
        fprintf(out, ",%s", cells.column[i]);
    for (size_t l = 0; l < held->layers; l++) {
        struct sc_layer layer = held->layer[l];
        layer.extras = 0;
        cr_assert_eq(sc_layer_cells_fill(&cells, &layer, &err), SC_OK);
        fprintf(out, "\n\"%s\",\"%s\"", layer.name, layer.model);
        for (size_t i = 0; i < cells.columns; i++)
            fprintf(out, ",%s", cells.cell[i]);
    }
    fputc('\n', out);
    fclose(out);
    sc_layer_cells_free(&cells);
    return text;
}

static inline bool same_operator(const struct sc_operator *a, const struct sc_operator *b)
{
    bool same = a->kind == b->kind && a->heads == b->heads && a->filters == b->filters;
#define X(name) same = same && a->name == b->name;
    SC_GEOMETRY_LIST(X)
#undef X
    return same;
}

/* Reads a list, writes it as a result would, reads that: the same layers, and writing them gives the same bytes.
 * Leaves the layers in `held`, to be freed by the caller. */
static inline void expect_round_trip(struct sc_held_layers *held, const char *path,
                                     const struct sc_layer_options *options)
{
    struct sc_held_layers back = {0};
    unsigned with, again;
    size_t size, second_size;

    hold_list(held, path, options, &with);
    char *text = list_text(held, with, &size);
    char *copy = strdup(list_file(text, size));
    cr_assert_not_null(copy);
    hold_list(&back, copy, NULL, &again);
    cr_expect_eq(again, with, "%s: columns %u, then %u", path, with, again);
    cr_assert_eq(back.layers, held->layers, "%s", path);
    for (size_t i = 0; i < back.layers; i++) {
        const struct sc_layer *a = &held->layer[i], *b = &back.layer[i];
        cr_expect_str_eq(a->name, b->name);
        cr_expect_str_eq(a->model, b->model);
        cr_expect(a->M == b->M && a->N == b->N && a->K == b->K && a->count == b->count, "%s: %s", path, a->name);
        cr_expect(a->density_a == b->density_a && a->density_b == b->density_b, "%s: %s", path, a->name);
        cr_expect(same_operator(&a->op, &b->op), "%s: %s", path, a->name);
    }
    char *second = list_text(&back, again, &second_size);
    cr_expect(size == second_size && memcmp(text, second, size) == 0, "%s: other bytes the second time", path);
    unlink(copy);
    free(copy);
    free(text);
    free(second);
    sc_held_layers_free(&back);
}

#endif

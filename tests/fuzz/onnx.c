/* onnx.c - fuzz target for ONNX models.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "fuzz.h"
#include "onnx/onnx.h"

enum { LAYERS_MAX = 200, ESTIMATED_MAX = 2 };

static void check_note(void *context, const char *note)
{
    struct sc_error err = {.status = SC_BAD_INPUT};

    (void)context;
    snprintf(err.message, sizeof err.message, "%.1000s", note);
    fuzz_error(SC_BAD_INPUT, &err, FUZZ_ANYWHERE);
}

static void read_model(const char *path, const struct sc_onnx_dim *dim, size_t dims)
{
    struct sc_onnx *model;
    struct sc_layer layer;
    struct sc_error err;
    unsigned layers = 0;
    int status = sc_onnx_open(&model, path, dim, dims, &err);

    if (status != SC_OK) {
        fuzz_error(status, &err, FUZZ_ANYWHERE);
        return;
    }
    while (layers < LAYERS_MAX && (status = sc_onnx_next(model, &layer, &err)) == SC_OK) {
        fuzz_layer_holds(&layer);
        if (layers++ < ESTIMATED_MAX)
            fuzz_layer(&layer, layers);
    }
    if (status == SC_END)
        sc_onnx_notes(model, check_note, NULL);
    else if (status != SC_OK)
        fuzz_error(status, &err, FUZZ_ANYWHERE);
    sc_onnx_close(model);
}

/* With and without sizes for what is symbolic. */
void fuzz_onnx(const uint8_t *bytes, size_t size)
{
    static const struct sc_onnx_dim dim[] = {{"N", 2}};
    const char *path = fuzz_file("model.onnx", bytes, size);

    read_model(path, NULL, 0);
    read_model(path, dim, 1);
}

/* import_foreign.c - problems of Timeloop and models of MAESTRO as a layer CSV.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "import_foreign.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "layer_write.h"
#include "maestro.h"
#include "timeloop.h"

static bool has_ending(const char *path, const char *ending)
{
    const char *dot = strrchr(path, '.');
    return dot && strcasecmp(dot, ending) == 0;
}

bool sc_import_is_foreign(const char *path)
{
    return has_ending(path, ".yaml") || has_ending(path, ".yml") || has_ending(path, ".m");
}

static int import_problem(const char *input, const char *output, struct sc_error *err)
{
    char name[SC_TIMELOOP_NAME];
    struct sc_layer layer;
    int status = sc_timeloop_read(&layer, name, input, err);

    if (status != SC_OK)
        return status;
    fprintf(stderr,
            "sparsecast: %s: Timeloop problem: A = weights (called so, or the first input), B = the other input; "
            "distributions hypergeometric and fixed-structured become uniform\n",
            input);
    return sc_layer_write_one(&layer, output, layer.op.kind == SC_CONV ? SC_WITH_GEOMETRY : 0, err);
}

static int next_layer(void *model, struct sc_layer *layer, struct sc_error *err)
{
    return sc_maestro_next(model, layer, err);
}

static int import_model(const char *input, const char *output, bool same_padding, uint64_t *layers,
                        struct sc_error *err)
{
    struct sc_maestro *model;
    const char *first;
    int status = sc_maestro_open(&model, input, same_padding, err);

    if (status != SC_OK)
        return status;
    fprintf(stderr, "sparsecast: %s: MAESTRO model, lowered by im2col: A = filters, B = input windows; %s\n", input,
            same_padding ? "padded so that output = ceil(input / stride)" : "nothing is padded (see --same-padding)");
    status = sc_layer_write_all(output, SC_WITH_GEOMETRY, NULL, 0, next_layer, model, layers, err);
    uint64_t skipped = sc_maestro_skipped(model, &first);
    if (status == SC_OK && skipped > 0)
        fprintf(stderr, "sparsecast: %s: %" PRIu64 " layers are of types that are not imported, the first is %s\n",
                input, skipped, first);
    sc_maestro_close(model);
    return status;
}

int sc_import_foreign(const char *input, const char *output, bool same_padding, uint64_t *layers, struct sc_error *err)
{
    if (has_ending(input, ".m"))
        return import_model(input, output, same_padding, layers, err);
    *layers = 1;
    return import_problem(input, output, err);
}

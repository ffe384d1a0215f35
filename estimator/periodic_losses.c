/* periodic_losses.c - adds up what the layers of a network do on the systolic array.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "periodic_losses.h"

#include <stddef.h>

const char *sc_dense_reason_name(enum sc_dense_reason reason)
{
    static const char *const names[SC_DENSE_REASONS] = {"kernels of the pattern", "first layer", "1x1 kernels",
                                                        "other kernels", "fully connected"};
    return names[reason];
}

enum sc_dense_reason sc_losses_reason(const struct sc_layer *layer, const struct sc_periodic_spec *spec, bool first)
{
    const struct sc_operator *op = &layer->op;
    uint32_t height = spec && spec->height ? spec->height : 3, width = spec && spec->height ? spec->width : 3;
    if (op->kind != SC_CONV)
        return SC_DENSE_CONNECTED;
    if (first)
        return SC_DENSE_FIRST;
    if (!sc_operator_has_geometry(op))
        return layer->K % ((uint64_t)height * width) == 0 ? SC_IS_PERIODIC : SC_DENSE_POINTWISE;
    if (op->filter_height == 1 && op->filter_width == 1)
        return SC_DENSE_POINTWISE;
    return op->filter_height == height && op->filter_width == width ? SC_IS_PERIODIC : SC_DENSE_KERNEL;
}

int sc_losses_add(struct sc_losses *sum, const struct sc_systolic *array, const struct sc_layer *layer,
                  const struct sc_periodic_spec *spec, bool first, struct sc_error *err)
{
    static const struct sc_periodic_spec none = {0};
    enum sc_dense_reason reason = sc_losses_reason(layer, spec, first);
    struct sc_systolic_layer lowered;
    struct sc_systolic_counts c;
    struct sc_periodic table;
    double times = (double)layer->count;
    if (!sc_operator_is_gemm(&layer->op))
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "is of kind '%s', expected gemm or conv",
                       sc_layer_kind_name(layer->op.kind));
    sc_systolic_lower(&lowered, &table, &layer->op, layer->M, layer->N, layer->K,
                      spec && reason == SC_IS_PERIODIC ? spec : &none);
    sc_systolic_model(array, &lowered, &table, &c);
    sum->layers += times;
    sum->cycles_of[reason] += times * sc_systolic_cycles(&c);
    sum->energy += times * sc_systolic_energy(array, &c, SC_ENERGY_NOMINAL);
    sum->positions += times * (double)layer->M * (double)layer->K;
    sum->nonzeros += times * (double)sc_periodic_nonzeros(&table, lowered.filters, lowered.channels);
#define X(name, meaning) sum->counts.name += times * c.name;
    SC_SYSTOLIC_COUNTS(X)
#undef X
    return SC_OK;
}
